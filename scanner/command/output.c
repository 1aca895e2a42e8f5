/* output.c - stdout, or a file by replace.h. */
#include "command/output.h"

#include <errno.h>

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

enum status output_commit(struct output *output)
{
    if (output->file != stdout)
        return replace_commit(&output->replace);
    errno = 0;
    if (fflush(stdout) || ferror(stdout))
        return err_set(STATUS_IO, "%s: %s", output->name, strerror(errno ? errno : EIO));
    return STATUS_OK;
}

void output_release(struct output *output)
{
    replace_abandon(&output->replace);
    *output = (struct output){ 0 };
}
