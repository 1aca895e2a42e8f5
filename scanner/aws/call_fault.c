/* call_fault.c - what a refusal says, and which of them pass. */
#include <stdio.h>

#include "aws/call_private.h"
#include "aws/xml.h"
#include "base/array.h"

void call_fail(struct call *call, const char *code, const char *message)
{
    call->status = STATUS_IO;
    snprintf(call->code, sizeof(call->code), "%s", code);
    snprintf(call->message, sizeof(call->message), "%s", message);
}

struct fault {
    struct call *call;
    struct buf message;
};

static enum status on_fault_end(void *ctx, unsigned depth, struct slice name, struct slice text)
{
    struct fault *fault = ctx;
    char *code = fault->call->code;

    (void)depth;
    if (slice_eq(name, SLICE("Code")) && !code[0] && text.len < sizeof(fault->call->code)) {
        for (size_t i = 0; i < text.len; i++) /* a word: codes decide what is done */
            if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
                return STATUS_OK;
        memcpy(code, text.ptr ? text.ptr : (const uint8_t *)"", text.len);
        code[text.len] = 0;
    } else if (slice_eq(name, SLICE("Message")) && !fault->message.len) {
        buf_append(&fault->message, text);
    }
    return STATUS_OK;
}

void call_fault_read(struct call *call)
{
    struct fault fault = { .call = call };
    struct xml_handler handler = { &fault, NULL, on_fault_end };

    call->code[0] = 0;
    if (call->http.fault.len)
        xml_parse(buf_view(&call->http.fault), &handler);
    if (call->code[0])
        snprintf(call->message, sizeof(call->message), "%s: %.400s", call->code,
                 fault.message.len ? buf_cstr(&fault.message) : "(no message)");
    else
        snprintf(call->message, sizeof(call->message), "HTTP status %d", call->http.code);
    buf_release(&fault.message);
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* The SDKs' lists ("Retry behavior" in the AWS SDKs and Tools Reference Guide). */
static bool is_passing_code(const char *code)
{
    static const char *const codes[] = {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "InternalError",
        "ServiceUnavailable",
        "IDPCommunicationError",
    };

    return is_one_of(code, codes, COUNT_OF(codes));
}

bool call_fault_passes(const struct call *call)
{
    int status = call->http.code;

    return status == 429 || status == 500 || status == 502 || status == 503 || status == 504 ||
           is_passing_code(call->code);
}

bool call_fault_is_of_time(const struct call *call)
{
    static const char *const codes[] = { "RequestTimeTooSkewed",  "RequestExpired",
                                         "RequestInTheFuture",    "InvalidSignatureException",
                                         "SignatureDoesNotMatch", "AuthFailure" };

    return is_one_of(call->code, codes, COUNT_OF(codes));
}
