/* output.c - a temporary file in the folder of the one that it becomes. */
#include "command/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status failed(const char *name)
{
    return err_set(STATUS_IO, "%s: %s", name, strerror(errno ? errno : EIO));
}

/* The rights of a new file, or of the one that it replaces. */
static mode_t mode_of(const struct stat *old, bool secret)
{
    mode_t mask = umask(0);

    umask(mask);
    if (old)
        return old->st_mode & 0777;
    return (secret ? 0600 : 0666) & ~mask;
}

/*
 * Make the temporary file beside `output->final`. -1 where the folder takes none: what may be
 * written in place is then written so.
 */
static int open_beside(struct output *output, const struct stat *old, bool secret)
{
    int fd;

    buf_printf(&output->temporary, "%s.XXXXXX", output->final);
    fd = buf_status(&output->temporary) ? -1 : mkostemp((char *)output->temporary.ptr, O_CLOEXEC);
    if (fd >= 0 && fchmod(fd, mode_of(old, secret)) == 0)
        return fd;
    if (fd >= 0) {
        unlink(buf_cstr(&output->temporary));
        close(fd);
    }
    buf_reset(&output->temporary);
    return -1;
}

/* The path behind links, so that a link to a report stays one; NULL where memory is out. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);

    return real ? real : strdup(path);
}

enum status output_open(struct output *output, const char *path, bool secret)
{
    struct stat old;
    bool there;
    int fd = -1;

    *output = (struct output){ .file = stdout, .name = "stdout" };
    if (!path || strcmp(path, "-") == 0)
        return STATUS_OK;
    output->name = path;
    there = stat(path, &old) == 0;
    output->final = resolve(path);
    if (!output->final)
        return err_nomem();
    if (!there || S_ISREG(old.st_mode))
        fd = open_beside(output, there ? &old : NULL, secret);
    if (fd < 0)
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0666);
    output->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!output->file) {
        enum status status = failed(path);

        output_release(output);
        return status;
    }
    return STATUS_OK;
}

enum status output_commit(struct output *output)
{
    errno = 0;
    if (fflush(output->file) || ferror(output->file))
        return failed(output->name);
    if (output->temporary.len && rename(buf_cstr(&output->temporary), output->final))
        return failed(output->name);
    buf_reset(&output->temporary);
    if (output->file != stdout) {
        FILE *file = output->file;

        output->file = NULL;
        if (fclose(file))
            return failed(output->name);
    }
    return STATUS_OK;
}

void output_release(struct output *output)
{
    if (output->file && output->file != stdout) {
        __fpurge(output->file);
        fclose(output->file);
    }
    if (output->temporary.len)
        unlink(buf_cstr(&output->temporary));
    buf_release(&output->temporary);
    free(output->final);
    *output = (struct output){ 0 };
}
