/* output.c - stdout, or a file by replace.h. */
#include "command/output.h"

#include <errno.h>
#include <stdio_ext.h>

enum status output_open(struct output *output, const char *path, bool secret)
{
    enum status status;

    *output = (struct output){ .file = stdout, .name = "stdout" };
    if (!path || strcmp(path, "-") == 0)
        return STATUS_OK;
    status = replace_open(&output->replace, path, secret ? 0600 : 0666);
    output->name = path;
    output->file = output->replace.file;
    return status;
}

static enum status fail(const struct output *output)
{
    return err_set(STATUS_IO, "%s: %s", output->name, strerror(errno ? errno : EIO));
}

enum status output_write(struct output *output, struct slice bytes)
{
    errno = 0;
    return bytes.len && fwrite(bytes.ptr, 1, bytes.len, output->file) != bytes.len ? fail(output)
                                                                                   : STATUS_OK;
}

enum status output_commit(struct output *output)
{
    if (output->file != stdout)
        return replace_commit(&output->replace);
    errno = 0;
    if (fflush(stdout) || ferror(stdout))
        return fail(output);
    output->committed = true;
    return STATUS_OK;
}

void output_release(struct output *output)
{
    /* What could not be written has been said: it must not fail a second time at the end. */
    if (output->file == stdout && !output->committed) {
        __fpurge(stdout);
        clearerr(stdout);
    }
    replace_abandon(&output->replace);
    *output = (struct output){ 0 };
}
