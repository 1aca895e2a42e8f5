/*
 * config_file.h - the AWS CLI's two files, as sections of keys and values.
 *
 * Source: "Configuration and credential file settings" in the AWS CLI User Guide; where that is
 * silent, what botocore does. What a value means is settings.h's and credentials.h's.
 *
 * May include: base. Threads: one owner at a time; constant once read.
 */
#ifndef AWS_CONFIG_FILE_H
#define AWS_CONFIG_FILE_H

#include "base/arena.h"
#include "base/status.h"

/* How a file names its sections. */
enum config_kind {
    CONFIG_SETTINGS,    /* ~/.aws/config: [default], [profile NAME], [sso-session NAME], ... */
    CONFIG_CREDENTIALS, /* ~/.aws/credentials: each section is a profile */
};

struct config_entry;

/* All that was read. {0} is a valid empty one. */
struct config {
    struct arena arena;
    struct config_entry *first, **last;
};

/*
 * Add the text of a file called `path` (for errors) to `config`. What is there under the same name
 * already gives way. STATUS_OK; STATUS_INVALID with a text that names file and line, but no value;
 * STATUS_NOMEM.
 */
enum status config_parse(struct config *config, struct slice text, const char *path,
                         enum config_kind kind);

/* Likewise the file itself; one that is not there is an empty one. STATUS_IO or STATUS_LIMIT too.
 */
enum status config_read(struct config *config, const char *path, enum config_kind kind);

/* Is there a section "[kind name]", as in "profile" and "default"? */
bool config_has(const struct config *config, const char *kind, const char *name);

/*
 * A key's value, or NULL. The keys below another ("s3 =" and then indented lines) have both names:
 * "s3.addressing_style". Lives as long as `config`.
 */
const char *config_get(const struct config *config, const char *kind, const char *name,
                       const char *key);

/* Overwrites the values, which may be secrets, and frees. */
void config_release(struct config *config);

#endif
