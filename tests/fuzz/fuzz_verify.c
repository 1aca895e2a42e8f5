/*
 * fuzz_verify.c - any bytes as an answer of STS, as a list of accounts and as an ARN: no crash, and
 * what is live has an ARN of the account that is named with it.
 */
#include <stdlib.h>

#include "base/arn.h"
#include "base/array.h"
#include "verify/accounts.h"
#include "verify/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(struct slice body, int code)
{
    const struct reply reply = { .http_code = code, .body = body };
    struct arena arena = { 0 };
    struct answer answer;
    struct arn arn;

    if (!answer_read(&answer, &arena, &reply) && answer.verdict == VERDICT_LIVE &&
        (!arn_parse(slice_of(answer.arn), &arn) ||
         !slice_eq(arn.account, slice_of(answer.account))))
        abort();
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int http[] = { 200, 400, 403, 429, 500 };
    struct slice bytes = { data, size };
    struct accounts accounts = { 0 };
    struct arn arn;

    for (size_t i = 0; i < COUNT_OF(http); i++)
        check_answer(bytes, http[i]);
    if (!accounts_add(&accounts, bytes, "fuzz"))
        for (size_t i = 0; i < accounts.count; i++)
            if (!accounts_name(&accounts, accounts.list[i].account))
                abort();
    accounts_release(&accounts);
    arn_parse(bytes, &arn);
    return 0;
}
