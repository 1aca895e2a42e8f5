/*
 * credentials.h - the keys that requests are signed with, found where the AWS CLI finds them.
 *
 * In its order: the environment (unless --profile is given), a role to assume, a web identity, the
 * profile's own keys, its credential_process, the container's and the instance's metadata. The
 * first place that holds something decides: where that fails, the next is not tried. Nothing that
 * is scanned is ever asked, and nothing is written.
 *
 * May include: base. Threads: may be shared; credentials_get() may wait for the network, so it is
 * not called on a client's own thread.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "aws/call.h"
#include "aws/settings.h"

struct credentials;

struct credentials_options {
    const struct settings *settings; /* borrowed; must outlive it */
    struct call_client *client;      /* likewise */
    bool no_sign_request;            /* no keys at all: requests go out unsigned */
    /* The terminal is needed for a question (`now`), and is not any more. On the thread that gets
     * keys. NULL: nobody else writes to it. */
    void (*asking)(void *ctx, bool now);
    void *asking_ctx;
};

/* Looks nothing up yet. On success `*out` is the caller's. STATUS_OK or STATUS_NOMEM. */
enum status credentials_new(struct credentials **out, const struct credentials_options *options);

/*
 * The keys, looked up at the first call and again shortly before they expire; a copy, which is the
 * caller's. The first time may ask for an MFA code on the terminal; where it fails, so do all that
 * follow, and nobody is asked twice. STATUS_OK; else a text that names the place: STATUS_INVALID,
 * STATUS_IO, STATUS_UNSUPPORTED (an MFA code is wanted, and there is no terminal), STATUS_NOMEM.
 */
enum status credentials_get(struct credentials *credentials, struct keys *out);

/* Wipes the keys. NULL is allowed. */
void credentials_free(struct credentials *credentials);

#endif
