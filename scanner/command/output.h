/*
 * output.h - the file that a report goes to, which is whole or not there.
 *
 * One that was cut by a full disk or a signal never looks like a short one (see replace.h).
 *
 * May include: base. Threads: the main thread.
 */
#ifndef COMMAND_OUTPUT_H
#define COMMAND_OUTPUT_H

#include "base/replace.h"
#include "base/slice.h"

struct output {
    FILE *file;
    const char *name;       /* as typed, or "stdout" */
    struct replace replace; /* of what is not stdout */
    bool committed;         /* of stdout: all of it was written */
};

/*
 * Open `path`; NULL and "-" are stdout. `secret` lets nobody else read a new file. On success the
 * output is the caller's, to be released. Returns STATUS_OK, STATUS_NOMEM or STATUS_IO with a text
 * that names the path.
 */
enum status output_open(struct output *output, const char *path, bool secret);

/* Append `bytes`. STATUS_OK, or STATUS_IO with a text that names the output. */
enum status output_write(struct output *output, struct slice bytes);

/* The report is whole: flush it and give it its name. STATUS_OK, or STATUS_IO with a text. */
enum status output_commit(struct output *output);

/* Close the file; what was not committed is dropped, also what stdout has not passed on. */
void output_release(struct output *output);

#endif
