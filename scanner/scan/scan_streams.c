/*
 * scan_streams.c - stdin and the pipes that the user named.
 *
 * Stdin may be a large file, which is then shared among all workers like any other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "scan/scan_private.h"
#include "scan/shared_file.h"

/* How stdin is shown, as ripgrep and git show it. */
#define STDIN_PATH "<stdin>"

/* The first bytes of a stream, as many as tell an archive, into `head`. How many they are. */
static size_t read_head(const struct stream *stream, uint8_t head[static ARCHIVE_SNIFF_BYTES])
{
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0 && len < ARCHIVE_SNIFF_BYTES) {
        n = stream->read(stream->ctx, head + len, ARCHIVE_SNIFF_BYTES - len);
        len += n > 0 ? (size_t)n : 0;
    }
    return len; /* what kept the stream from being read does so again, and is told then */
}

/* A stream is no file where nothing comes out of it. */
static void scan_stream(struct scan *scan, unsigned worker, int fd, uint64_t size,
                        const struct finding *origin)
{
    struct reader *reader = &scan->readers[worker];
    uint64_t files = reader->outcome->coverage.files;
    uint8_t head[ARCHIVE_SNIFF_BYTES];
    struct stream raw = stream_of_fd(&fd);
    struct progress_stream counted = { &raw, scan->progress, worker, size };
    struct stream rest = progress_stream(&counted);
    struct stream_begun begun = { .rest = &rest };
    struct stream stream = stream_begun(&begun);
    struct archive_scan archive = scan_archives(scan, worker);
    enum archive_kind kind = ARCHIVE_NONE;

    begun.head = (struct slice){ head, read_head(&rest, head) };
    if (scan->request.archive_depth)
        kind = archive_sniff(begun.head);
    if (kind)
        scan_archive_stream(&archive, &stream, size, kind, origin);
    else if (!scan_document(reader, &stream, size, UINT64_MAX, origin, NULL))
        reader->outcome->coverage.files = files;
}

/* Stdin, or a pipe that the user named. An empty one is not counted as a file. */
struct stream_task {
    struct task task;
    struct scan *scan;
    const char *target;
    const char *path; /* NULL: stdin */
    const char *shown;
};

static void scan_pipe(const struct stream_task *task, unsigned worker, const struct finding *origin)
{
    struct reader *reader = &task->scan->readers[worker];
    /* This waits for whoever writes into the pipe, as cat does. */
    int fd = open(task->path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd < 0) {
        outcome_trouble(reader->outcome, SKIP_UNREADABLE, task->target, task->path, "%s",
                        strerror(errno));
        return;
    }
    scan_stream(task->scan, worker, fd, 0, origin);
    close(fd);
}

static void run_stream(struct task *queued, unsigned worker)
{
    struct stream_task *task = (struct stream_task *)queued;
    struct scan *scan = task->scan;
    struct finding origin = { .target = task->target, .path = task->shown };
    struct special special = { .ask_archive = scan->request.archive_depth };
    off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);
    struct stat st;
    uint64_t size = 0;

    if (!task->path && at >= 0 && !fstat(STDIN_FILENO, &st) && S_ISREG(st.st_mode) &&
        st.st_size > at)
        size = (uint64_t)(st.st_size - at);
    if (scan->target_count == 1)
        progress_expect(scan->progress, size);
    if (size > LIMIT_SHARED_FILE_BYTES && !scan_sniff(STDIN_FILENO, at, &special)) {
        int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

        shared_file_scan(scan->pool, worker, scan->readers, fd, (uint64_t)at, size, &origin);
    } else if (task->path) {
        scan_pipe(task, worker, &origin);
    } else {
        scan_stream(scan, worker, STDIN_FILENO, size, &origin);
    }
    free(task);
}

static bool is_same_stream(const struct stat *a, const struct stat *b)
{
    if ((a->st_mode & S_IFMT) != (b->st_mode & S_IFMT))
        return false;
    if (S_ISCHR(a->st_mode)) /* a terminal has many names */
        return a->st_rdev == b->st_rdev;
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Queue a stream. One that was named before is not read by two at once. */
static enum status add_stream(struct scan *scan, const struct stat *st,
                              const struct stream_task *stream)
{
    struct stream_task *task;

    for (size_t i = 0; i < scan->stream_count; i++)
        if (is_same_stream(&scan->streams[i], st))
            return STATUS_OK;
    task = malloc(sizeof(*task));
    if (!task)
        return err_nomem();
    *task = *stream;
    scan->streams[scan->stream_count++] = *st;
    pool_submit(scan->pool, 0, &task->task);
    return STATUS_OK;
}

enum status scan_add_if_stream(struct scan *scan, const char *target)
{
    struct stream_task task = { { run_stream }, scan, target, NULL, target };
    struct stat named, standard;
    bool stdin_known = fstat(STDIN_FILENO, &standard) == 0;

    if (strcmp(target, "-") == 0) {
        task.shown = STDIN_PATH;
        if (!stdin_known)
            standard = (struct stat){ 0 };
        return add_stream(scan, &standard, &task);
    }
    if (stat(target, &named) || S_ISREG(named.st_mode) || S_ISDIR(named.st_mode))
        return STATUS_ABSENT;
    if (!stdin_known || !is_same_stream(&named, &standard)) {
        if (!S_ISFIFO(named.st_mode))
            return STATUS_ABSENT;
        task.path = target;
    }
    return add_stream(scan, &named, &task);
}
