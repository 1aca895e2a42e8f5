/*
 * config_file.h - the options of a configuration file, a JSON object whose members are called as
 * the options are.
 *
 * {"exclude-path": ["tests/fixtures/"], "severity": {"aws-access-key-id": "medium"}, "jobs": 4}
 *
 * What may stand there is in the table of options (SOURCE_FILE). A member that is unknown, stands
 * twice or has a wrong value is a mistake, whether this command would have used it or not.
 *
 * May include: base, option_value.h, detect's position.h. Library: cJSON. Threads: the main thread.
 */
#ifndef COMMAND_CONFIG_FILE_H
#define COMMAND_CONFIG_FILE_H

#include "base/buf.h"
#include "command/options.h"

struct config_file {
    const char *path;   /* of the file, as messages name it */
    const char *folder; /* that paths in it count from: "" or with a slash at its end */
    const char *base;   /* that patterns in it count from, likewise */
    bool confined;      /* it came with the tree: no link is followed, no path leaves `folder` */
};

/* Takes the text of one mistake: "FILE:LINE:COLUMN: MEMBER: what". */
typedef void config_fault_fn(void *ctx, const char *text);

/*
 * Give `options` what the file says, of the options that their command takes and that were not
 * given yet; they are then given. Texts live in options->memory. `on_fault` (or NULL) is told of
 * each mistake. STATUS_OK; STATUS_ABSENT: there is no such file; STATUS_INVALID with the text of
 * the first mistake; STATUS_IO, STATUS_LIMIT, STATUS_NOMEM with a text that names the file.
 */
enum status config_file_read(struct options *options, const struct config_file *file,
                             config_fault_fn *on_fault, void *ctx);

/* Read the file's bytes into `text`. As config_file_read(), but for STATUS_INVALID. */
enum status config_file_load(struct buf *text, const struct config_file *file);

/* Likewise for `text`, the bytes of the file. */
enum status config_file_parse(struct options *options, const struct config_file *file,
                              struct slice text, config_fault_fn *on_fault, void *ctx);

#endif
