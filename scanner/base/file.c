/* file.c - opens without waiting, reads within a maximum. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum status file_open(const char *path, int *fd, uint64_t *size)
{
    /* O_NONBLOCK: opening a pipe that nobody writes to would wait for ever. */
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (opened < 0 && (errno == ENOENT || errno == ENOTDIR))
        return STATUS_ABSENT;
    if (opened < 0)
        return err_set(STATUS_IO, "%s", strerror(errno));
    if (fstat(opened, &st) || !S_ISREG(st.st_mode)) {
        close(opened);
        return err_set(STATUS_IO, "not a regular file");
    }
    *fd = opened;
    *size = (uint64_t)st.st_size;
    return STATUS_OK;
}

bool file_read_at(int fd, uint8_t *out, size_t len, uint64_t offset)
{
    while (len > 0) {
        ssize_t got = pread(fd, out, len, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        len -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

enum status file_read(struct buf *out, const char *path, uint64_t max)
{
    uint8_t piece[16 * 1024];
    uint64_t size;
    enum status status;
    ssize_t got;
    int fd;

    buf_reset(out);
    status = file_open(path, &fd, &size);
    if (status)
        return status;
    out->max = (size_t)max;
    /* The file may grow while it is read: go by what comes, not by its size. */
    while ((got = read(fd, piece, sizeof(piece))) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            buf_append(out, (struct slice){ piece, (size_t)got });
    if (got < 0)
        status = err_set(STATUS_IO, "%s", strerror(errno));
    close(fd);
    return status ? status : buf_status(out);
}

char *path_join(const char *folder, const char *name)
{
    size_t folder_len = strlen(folder), name_len = strlen(name);
    char *path;

    if (name[0] == '/')
        return strdup(name);
    path = malloc(folder_len + name_len + 2);
    if (!path)
        return NULL;
    memcpy(path, folder, folder_len);
    if (folder_len && folder[folder_len - 1] != '/')
        path[folder_len++] = '/';
    memcpy(path + folder_len, name, name_len + 1);
    return path;
}

bool path_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool path_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool file_write(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = slice_sub(bytes, (size_t)n, bytes.len);
    }
    return true;
}
