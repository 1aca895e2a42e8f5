/*
 * replace.c - write beside, then rename.
 */
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static enum status fail(struct replace *replace, const char *path)
{
    enum status status = err_set(STATUS_IO, "%s: %s", path, strerror(errno));

    replace_abandon(replace);
    return status;
}

/* The umask can only be asked for by setting it; /proc says it without. */
static mode_t current_umask(void)
{
    unsigned mask = 022;
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");

    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "Umask: %o", &mask) == 1)
            break;
    if (status)
        fclose(status);
    return (mode_t)mask;
}

/* A new file beside `replace->path`, open. -1 with errno. */
static int open_beside(struct replace *replace, mode_t mode)
{
    struct buf name = { 0 };
    int fd;

    buf_printf(&name, "%s.XXXXXX", replace->path);
    if (buf_status(&name)) {
        buf_release(&name);
        errno = ENOMEM;
        return -1;
    }
    fd = mkostemp((char *)name.ptr, O_CLOEXEC);
    if (fd < 0) {
        buf_release(&name);
        return -1;
    }
    replace->temporary = (char *)name.ptr;
    return fchmod(fd, mode) ? (close(fd), -1) : fd;
}

enum status replace_open(struct replace *replace, const char *path, mode_t mode)
{
    struct stat st;
    bool there = stat(path, &st) == 0;
    int fd;

    *replace = (struct replace){ .path = there ? realpath(path, NULL) : strdup(path) };
    if (!replace->path)
        return errno == ENOMEM ? err_nomem() : fail(replace, path);
    if (there && !S_ISREG(st.st_mode))
        fd = open(path, O_WRONLY | O_CLOEXEC);
    else if (there && access(path, W_OK))
        fd = -1;
    else
        fd = open_beside(replace, there ? st.st_mode & 07777 : mode & ~current_umask());
    if (fd < 0)
        return fail(replace, path);
    replace->file = fdopen(fd, "w");
    if (!replace->file) {
        close(fd);
        return fail(replace, path);
    }
    return STATUS_OK;
}

enum status replace_commit(struct replace *replace)
{
    bool bad = fflush(replace->file) || ferror(replace->file);
    int error = errno;

    if (fclose(replace->file) && !bad) {
        bad = true;
        error = errno;
    }
    replace->file = NULL;
    if (!bad && replace->temporary && rename(replace->temporary, replace->path)) {
        bad = true;
        error = errno;
    }
    if (bad) {
        errno = error;
        return fail(replace, replace->path);
    }
    free(replace->temporary);
    replace->temporary = NULL;
    replace_abandon(replace);
    return STATUS_OK;
}

void replace_abandon(struct replace *replace)
{
    if (replace->file)
        fclose(replace->file);
    if (replace->temporary)
        unlink(replace->temporary);
    free(replace->temporary);
    free(replace->path);
    *replace = (struct replace){ 0 };
}
