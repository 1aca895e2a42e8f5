/*
 * scan_files.c - what is done with the files and folders that the walk finds.
 */
#include <unistd.h>

#include "base/limits.h"
#include "scan/scan_private.h"
#include "scan/shared_file.h"

struct archive_scan scan_archives(struct scan *scan, unsigned worker)
{
    return (struct archive_scan){ .reader = &scan->readers[worker],
                                  .depth = scan->request.archive_depth,
                                  .pool = scan->pool,
                                  .readers = scan->readers };
}

bool scan_sniff(int fd, off_t at, struct special *special)
{
    uint8_t head[ARCHIVE_SNIFF_BYTES];
    ssize_t n = pread(fd, head, sizeof(head), at);

    return n > 0 && special_sniff(special, (struct slice){ head, (size_t)n });
}

/* Let `origin` name the object that its file is a copy of, if it is one; `s3` is filled in. */
static void set_object(struct scan *scan, unsigned worker, struct finding *origin,
                       struct s3_origin *s3)
{
    if (!scan->mirrors)
        return;
    if (mirrors_find(scan->mirrors, origin->path, &scan->keys[worker], s3))
        origin->s3 = s3;
    else if (scan->keys[worker].failed)
        outcome_trouble(&scan->outcomes[worker], SKIP_LIMIT, origin->target, origin->path,
                        "out of memory for the name of its object");
}

static void on_file(void *ctx, unsigned worker, const struct tree_file *file)
{
    struct scan *scan = ctx;
    const struct scan_request *request = &scan->request;
    struct reader *reader = &scan->readers[worker];
    struct finding origin = { .target = file->target, .path = file->path };
    struct special special = { .ask_archive = request->archive_depth,
                               .ask_bundle = request->history };
    struct archive_scan archive = scan_archives(scan, worker);
    bool large = file->size > LIMIT_SHARED_FILE_BYTES;
    int fd = file->fd;
    struct stream stream = stream_of_fd(&fd);
    struct s3_origin s3;

    set_object(scan, worker, &origin, &s3);
    if (large && !scan_sniff(fd, 0, &special)) {
        shared_file_scan(scan->pool, worker, scan->readers, fd, 0, file->size, &origin);
        progress_step(scan->progress, worker, PROGRESS_OPEN_STEPS);
        return;
    }
    if (!large)
        scan_document(reader, &stream, file->size, request->max_file_size, &origin, &special);
    if (special.bundle)
        scan_history_add(scan->history, reader->outcome, file->target, file->path, true);
    else if (special.archive)
        scan_archive(&archive, fd, file->size, special.archive, &origin);
    progress_step(scan->progress, worker, PROGRESS_OPEN_STEPS + (special.archive ? 0 : file->size));
    close(fd);
}

/* With streams beside them nobody knows how much there is to read. */
static void on_files(void *ctx, uint64_t files, uint64_t bytes)
{
    struct scan *scan = ctx;

    if (!scan->stream_count)
        progress_expect(scan->progress, files * PROGRESS_OPEN_STEPS + bytes);
}

static bool on_repository(void *ctx, unsigned worker, const char *target, const char *path)
{
    struct scan *scan = ctx;

    if (!history_is_repository(path))
        return false;
    if (scan->request.history)
        scan_history_add(scan->history, &scan->outcomes[worker], target, path, false);
    return true;
}

static bool on_ignored(void *ctx, unsigned worker, const char *path, bool folder)
{
    struct scan *scan = ctx;

    return ignore_has(scan->ignores[worker], path, folder);
}

static bool on_excluded(void *ctx, unsigned worker, const char *path, bool folder)
{
    struct scan *scan = ctx;

    return scope_hides(scan->scope, path, folder, &scan->scratch[worker]);
}

struct tree_callbacks scan_callbacks(struct scan *scan)
{
    return (struct tree_callbacks){ .ctx = scan,
                                    .file = on_file,
                                    .repository = on_repository,
                                    .ignored = scan->request.respect_gitignore ? on_ignored : NULL,
                                    .excluded = scope_has_paths(scan->scope) ? on_excluded : NULL,
                                    .files = on_files };
}
