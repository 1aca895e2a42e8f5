/*
 * sign.h - AWS Signature Version 4.
 *
 * Source: "Signature Version 4 signing process" in the AWS IAM User Guide, and for S3 "Signature
 * Calculations for the Authorization Header" in the S3 API reference. It is our own and not
 * libcurl's (CURLOPT_AWS_SIGV4 of 7.88.1), which signs with this machine's clock whatever the
 * server's says, signs parameters in the order they stand and those without a value as they are
 * (both refused), and leaves copies of the secret behind.
 *
 * May include: base. Library: nettle. Threads: pure.
 */
#ifndef AWS_SIGN_H
#define AWS_SIGN_H

#include <time.h>

#include "aws/keys.h"
#include "base/buf.h"

struct sign_header {
    const char *name; /* in lower case */
    const char *value;
};

/* What is signed; everything is borrowed. */
struct sign_request {
    const char *method;  /* "GET" */
    const char *host;    /* as the Host header has it, with a port that is not the scheme's own */
    const char *path;    /* as it is sent: percent-encoded, beginning with `/` */
    struct slice query;  /* as it is sent: encoded, sorted by name, each with its `=` */
    struct slice body;   /* hashed */
    const char *service; /* "s3", "sts" */
    const char *region;
    const struct sign_header *headers; /* header_count of them, ascending by name, beside those */
    size_t header_count;               /* that are added here */
    time_t time;                       /* by the server's clock */
};

/*
 * Append the headers that sign the request with `keys` (its id must be set, asserted), each as
 * "Name: value" and a LF: Authorization, X-Amz-Date, X-Amz-Security-Token where there is a token,
 * and X-Amz-Content-Sha256 for S3. `host` and all of `headers` are signed too. Failures of memory
 * are remembered by `out`.
 */
void sign_request(struct buf *out, const struct sign_request *request, const struct keys *keys);

#endif
