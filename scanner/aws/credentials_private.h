/*
 * credentials_private.h - what the files of credentials_*.c share: each is one kind of place.
 *
 * A place gives STATUS_ABSENT (no text) where it holds nothing, STATUS_OK and keys, or what failed.
 */
#ifndef AWS_CREDENTIALS_PRIVATE_H
#define AWS_CREDENTIALS_PRIVATE_H

#include <pthread.h>

#include "aws/credentials.h"

struct cJSON;

struct credentials {
    struct credentials_options options;
    pthread_mutex_t lock; /* guards all below */
    struct keys keys;
    bool loaded;
    enum status failed; /* of the first look; its text is in `failure` */
    char failure[600];
};

/* What a profile says of a role to assume. Texts are borrowed, NULL where nothing is said. */
struct credentials_role {
    const char *profile, *arn, *session_name, *external_id, *mfa_serial;
    unsigned seconds; /* that a session lasts; 0: as the role says */
};

/* The role of `profile`, by its source_profile or credential_source. `depth`: of roles on roles. */
enum status credentials_from_role(struct credentials *c, const char *profile, unsigned depth,
                                  struct keys *out);

/* The session that the AWS CLI keeps of the role, if it lasts. STATUS_OK; STATUS_ABSENT, also where
 * its file cannot be read; STATUS_NOMEM. */
enum status credentials_from_cli_cache(struct credentials *c, const struct credentials_role *role,
                                       struct keys *out);

enum { MFA_CODE_SIZE = 8 }; /* six digits, one that is too many, and the NUL */

/* Ask on the terminal for the code of the device `serial` that `profile` names. STATUS_OK;
 * STATUS_UNSUPPORTED: there is no terminal; STATUS_INVALID: that is no code. */
enum status credentials_ask_mfa(struct credentials *c, const char *profile, const char *serial,
                                char code[static MFA_CODE_SIZE]);

/* AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN. */
enum status credentials_from_web_environment(struct credentials *c, struct keys *out);

/* web_identity_token_file and role_arn of `profile`. */
enum status credentials_from_web_profile(struct credentials *c, const char *profile,
                                         struct keys *out);

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
enum status credentials_from_environment(struct keys *out);

/* All that `profile` itself may hold but for a role: keys, a web identity, a process. */
enum status credentials_from_profile(struct credentials *c, const char *profile, struct keys *out);

/* The role of IAM Identity Center that `profile` names (sso_session, or sso_start_url). */
enum status credentials_from_sso(struct credentials *c, const char *profile, struct keys *out);

/* The program of credential_process, which `profile` of the user's own files names. */
enum status credentials_from_process(const char *command, const char *profile, struct keys *out);

/* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI. */
enum status credentials_from_container(struct credentials *c, struct keys *out);

/* The metadata service of EC2, version 2. */
enum status credentials_from_instance(struct credentials *c, struct keys *out);

/*
 * Keys out of a JSON document as metadata and processes give it: AccessKeyId, SecretAccessKey,
 * Token or SessionToken, Expiration. `source` stands in errors; the document does not.
 */
enum status credentials_from_document(struct slice json, const char *source, struct keys *out);

/* The same of an object; NULL is allowed. STATUS_INVALID has no text. */
enum status credentials_from_object(const struct cJSON *object, struct keys *out);

/* The text of a JSON object's member; NULL where it is none, or empty. `object` may be NULL. */
const char *credentials_text(const struct cJSON *object, const char *name);

/* Overwrite the texts of a JSON object's members, then free it. NULL is allowed. */
void credentials_wipe_json(struct cJSON *object);

/* Seconds since 1970 of an ISO 8601 time ("2024-05-31T12:00:00Z", also with +00:00, and with UTC,
 * as the AWS CLI writes it); 0: it is none. */
time_t credentials_time(const char *text);

/* Read a small file (a token) that `what` names; white space at its end is left out. */
enum status credentials_read_token(const char *path, const char *what, struct buf *out);

/* Overwrite, then release. */
void credentials_wipe(struct buf *buf);

#endif
