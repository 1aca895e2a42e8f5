/* resume_file.c - a lock, and a line and a report at a time. */
#include "scan/resume_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

/* Times that the file is opened, where others replace it. */
enum { OPEN_TRIES = 10 };

static enum status busy(const char *path)
{
    return err_set(STATUS_INVALID, "%s: another scan writes to it", path);
}

/* The file at the path, for this scan alone. STATUS_ABSENT: it was replaced meanwhile. */
static enum status open_locked(const char *path, int *fd)
{
    struct stat ours, there;

    *fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (*fd < 0)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    if (flock(*fd, LOCK_EX | LOCK_NB))
        return errno == EWOULDBLOCK ? busy(path)
                                    : err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    if (fstat(*fd, &ours) || stat(path, &there) || ours.st_ino != there.st_ino ||
        ours.st_dev != there.st_dev) {
        close(*fd);
        *fd = -1;
        return STATUS_ABSENT;
    }
    return STATUS_OK;
}

enum status resume_file_open(const char *path, int *fd)
{
    enum status status = STATUS_ABSENT;

    for (unsigned i = 0; i < OPEN_TRIES && status == STATUS_ABSENT; i++)
        status = open_locked(path, fd);
    return status == STATUS_ABSENT ? busy(path) : status;
}

/* --- records --- */

enum status resume_records_open(struct resume_records *records, int fd, const char *path)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    *records = (struct resume_records){ .file = copy < 0 ? NULL : fdopen(copy, "r") };
    if (!records->file) {
        enum status status = err_set(STATUS_IO, "%s: %s", path, strerror(errno));

        if (copy >= 0)
            close(copy);
        return status;
    }
    rewind(records->file);
    return STATUS_OK;
}

bool resume_records_next(struct resume_records *records, uint64_t size)
{
    ssize_t len = getline(&records->line, &records->cap, records->file);

    records->at = records->end;
    if (len <= 0 || !resume_head_read(&records->head, records->line) ||
        (uint64_t)len > LIMIT_RESUME_RECORD_BYTES)
        return false;
    records->end += (uint64_t)len + records->head.length;
    return records->end <= size;
}

bool resume_records_skip(struct resume_records *records)
{
    return !fseeko(records->file, (off_t)records->head.length, SEEK_CUR);
}

void resume_records_close(struct resume_records *records)
{
    fclose(records->file);
    free(records->line);
}

bool resume_records_copy(struct resume_records *records, FILE *to)
{
    uint64_t left = records->head.length;
    char bytes[4096];

    fputs(records->line, to);
    while (left) {
        size_t n =
            fread(bytes, 1, left < sizeof(bytes) ? (size_t)left : sizeof(bytes), records->file);

        if (!n)
            return false;
        fwrite(bytes, 1, n, to);
        left -= n;
    }
    return true;
}
