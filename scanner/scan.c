/*
 * scan.c - set up, run the pool over the targets, then over the repositories found, sort.
 */
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "git/history.h"
#include "git/ignore.h"
#include "progress.h"
#include "scan_history.h"
#include "shared_file.h"
#include "source/pieces.h"
#include "source/tree.h"

/* How stdin is shown, as ripgrep and git show it. */
#define STDIN_PATH "<stdin>"

struct scan {
    struct scan_request request;
    struct ruleset *set;
    struct databases databases;
    struct pool *pool;
    struct outcome *outcomes; /* one a worker; merged into `outcome` at the end */
    struct reader *readers;   /* one a worker */
    struct ignore **ignores;  /* one a worker, or NULL */
    struct progress *progress;
    struct tree *tree;
    struct scan_history *history;
    struct outcome outcome;
    struct arena arena;   /* the paths of --files-from */
    const char **targets; /* target_count of them */
    size_t target_count;
    bool stdin_was_empty;
};

/* --- rules --- */

static enum status read_rules(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rbe");
    uint8_t piece[8192];
    size_t n;

    if (!file)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    out->max = LIMIT_RULE_FILE_BYTES;
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_append(out, (struct slice){ piece, n });
    if (ferror(file))
        err_set(out->failed = STATUS_IO, "%s: %s", path, strerror(errno));
    else if (out->failed == STATUS_LIMIT)
        err_set(STATUS_LIMIT, "%s: larger than %u bytes", path, LIMIT_RULE_FILE_BYTES);
    fclose(file);
    return out->failed;
}

enum status scan_load_rules(struct ruleset **out, const char *path)
{
    size_t n = embedded_rules.source_count;
    struct rule_source *sources = calloc(n + 1, sizeof(*sources));
    struct buf text = { 0 };
    enum status status = STATUS_OK;

    if (!sources)
        return err_nomem();
    memcpy(sources, embedded_rules.sources, n * sizeof(*sources));
    if (path) {
        status = read_rules(path, &text);
        sources[n++] = (struct rule_source){ path, buf_view(&text) };
    }
    if (!status)
        status = ruleset_new(out, sources, n);
    buf_release(&text);
    free(sources);
    return status;
}

/* --- files --- */

/* A file that one worker reads by itself. */
struct reading {
    struct reader *reader;
    struct document document;
    bool limited; /* a pattern gave up somewhere, which was said */
};

static enum status on_piece(void *ctx, const struct piece *piece)
{
    struct reading *r = ctx;
    struct piece_parts parts;
    enum status status = lane_piece(r->reader->lane, piece, &parts);

    if (status == STATUS_LIMIT && !r->limited) {
        outcome_trouble(r->reader->outcome, SKIP_LIMIT, r->document.origin.target,
                        r->document.origin.path, "%s", err_text());
        r->limited = true;
    }
    if (!status || status == STATUS_LIMIT)
        status = document_add(&r->document, r->reader->lane, &parts);
    piece_parts_release(&parts);
    return status;
}

static uint64_t scan_stream(struct reader *reader, int fd, uint64_t size, uint64_t limit,
                            const struct finding *origin)
{
    struct reading r = { .reader = reader };
    uint64_t bytes;
    enum status status, ended;

    document_init(&r.document, origin);
    status = pieces_stream(fd, size, limit, reader->buffer, &bytes, on_piece, &r);
    ended = document_end(&r.document, reader->lane);
    if (status < 0 || ended < 0)
        outcome_trouble(reader->outcome, SKIP_UNREADABLE, origin->target, origin->path, "%s",
                        err_text());
    else
        reader->outcome->coverage.files++;
    reader->outcome->coverage.bytes += bytes;
    return bytes;
}

static void on_file(void *ctx, unsigned worker, const struct tree_file *file)
{
    struct scan *scan = ctx;
    struct finding origin = { .target = file->target, .path = file->path };

    if (file->size > LIMIT_SHARED_FILE_BYTES) {
        shared_file_scan(scan->pool, worker, scan->readers, file->fd, 0, file->size, &origin);
        progress_add(scan->progress, worker, file->size);
        return;
    }
    progress_add(scan->progress, worker,
                 scan_stream(&scan->readers[worker], file->fd, file->size,
                             scan->request.max_file_size, &origin));
    close(file->fd);
}

static bool on_repository(void *ctx, unsigned worker, const char *target, const char *path)
{
    struct scan *scan = ctx;

    if (!history_is_repository(path))
        return false;
    if (scan->request.history)
        scan_history_add(scan->history, &scan->outcomes[worker], target, path);
    return true;
}

static bool on_ignored(void *ctx, unsigned worker, const char *path, bool folder)
{
    struct scan *scan = ctx;

    return ignore_has(scan->ignores[worker], path, folder);
}

/* --- stdin --- */

struct stdin_task {
    struct task task;
    struct scan *scan;
    const char *target;
};

static void run_stdin(struct task *queued, unsigned worker)
{
    struct stdin_task *task = (struct stdin_task *)queued;
    struct scan *scan = task->scan;
    struct finding origin = { .target = task->target, .path = STDIN_PATH };
    off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);
    struct stat st;
    uint64_t size = 0;

    free(task);
    if (at >= 0 && !fstat(STDIN_FILENO, &st) && S_ISREG(st.st_mode) && st.st_size > at)
        size = (uint64_t)(st.st_size - at);
    if (size > LIMIT_SHARED_FILE_BYTES) {
        int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

        shared_file_scan(scan->pool, worker, scan->readers, fd, (uint64_t)at, size, &origin);
    } else if (!scan_stream(&scan->readers[worker], STDIN_FILENO, size, UINT64_MAX, &origin)) {
        scan->stdin_was_empty = true;
    }
}

static enum status add_stdin(struct scan *scan, const char *target)
{
    struct stdin_task *task = malloc(sizeof(*task));

    if (!task)
        return err_nomem();
    *task = (struct stdin_task){ { run_stdin }, scan, target };
    pool_submit(scan->pool, 0, &task->task);
    return STATUS_OK;
}

/* --- targets --- */

static enum status add_path(struct scan *scan, const char *target, const char *path,
                            const char *shown)
{
    enum status status = tree_add(scan->tree, target, path, shown);

    if (status == STATUS_ABSENT || status == STATUS_IO) {
        outcome_trouble(&scan->outcomes[0], SKIP_UNREADABLE, target, path, "%s", err_text());
        return STATUS_OK;
    }
    return status;
}

static enum status add_target(struct scan *scan, const char *target)
{
    const struct scan_request *request = &scan->request;

    scan->targets[scan->target_count++] = target;
    if (!request->work_tree) {
        scan_history_add(scan->history, &scan->outcomes[0], target, target);
        return STATUS_OK;
    }
    if (strcmp(target, "-") == 0)
        return add_stdin(scan, target);
    return add_path(scan, target, target, request->implied_target ? "" : target);
}

static enum status add_listed_file(struct scan *scan, FILE *list)
{
    const char *name = scan->request.files_from;
    int separator = scan->request.nul_separated ? 0 : '\n';
    enum status status = STATUS_OK;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;

    while (!status && (len = getdelim(&line, &cap, separator, list)) > 0) {
        struct slice path = { (uint8_t *)line, (size_t)len };
        const char *kept;

        if (line[len - 1] == (char)separator)
            path.len--;
        if (!path.len)
            continue;
        kept = (const char *)arena_copy(&scan->arena, path).ptr;
        status = kept ? add_path(scan, name, kept, kept) : err_nomem();
    }
    if (!status && ferror(list))
        status = err_set(STATUS_IO, "%s: %s", name, strerror(errno));
    free(line);
    return status;
}

static enum status add_files_from(struct scan *scan)
{
    const char *name = scan->request.files_from;
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *list = is_stdin ? stdin : fopen(name, "re");
    enum status status;

    if (!list)
        return err_set(STATUS_IO, "%s: %s", name, strerror(errno));
    scan->targets[scan->target_count++] = name;
    status = add_listed_file(scan, list);
    if (!is_stdin)
        fclose(list);
    return status;
}

static enum status add_targets(struct scan *scan)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < scan->request.target_count && !status; i++)
        status = add_target(scan, scan->request.targets[i]);
    if (!status && scan->request.files_from)
        status = add_files_from(scan);
    return status;
}

/* --- set-up --- */

static enum status make_readers(struct scan *scan)
{
    struct pipeline_options options = { .ignore_marks = scan->request.ignore_marks };

    scan->outcomes = calloc(scan->request.jobs, sizeof(*scan->outcomes));
    scan->readers = calloc(scan->request.jobs, sizeof(*scan->readers));
    scan->ignores = calloc(scan->request.jobs, sizeof(*scan->ignores));
    if (!scan->outcomes || !scan->readers || !scan->ignores)
        return err_nomem();
    for (unsigned i = 0; i < scan->request.jobs; i++) {
        struct reader *reader = &scan->readers[i];
        enum status status;

        reader->outcome = &scan->outcomes[i];
        reader->buffer = malloc(PIECES_BUFFER_BYTES);
        if (!reader->buffer)
            return err_nomem();
        status = lane_new(&reader->lane, scan->set, &scan->databases, &options, reader->outcome);
        if (!status && scan->request.respect_gitignore)
            status = ignore_new(&scan->ignores[i]);
        if (status)
            return status;
    }
    return STATUS_OK;
}

static enum status set_up(struct scan *scan)
{
    const struct scan_request *request = &scan->request;
    struct tree_options options = { .max_file_size = request->max_file_size };
    struct tree_callbacks callbacks = { .ctx = scan,
                                        .file = on_file,
                                        .repository = on_repository,
                                        .ignored = request->respect_gitignore ? on_ignored : NULL };
    struct scan_history_options history = { .all_objects = request->all_objects,
                                            .max_blob_size = request->max_file_size };
    enum status status = scan_load_rules(&scan->set, request->rules_file);

    if (!status)
        status = databases_get(&scan->databases, scan->set, &embedded_rules, request->cache_dir);
    if (!status && request->rules_file)
        status = ruleset_check_patterns(scan->set);
    if (status)
        return status;
    scan->targets = calloc(request->target_count + 1, sizeof(*scan->targets));
    scan->pool = pool_new(request->jobs);
    if (!scan->targets || !scan->pool)
        return err_nomem();
    if ((status = make_readers(scan)) ||
        (status = tree_new(&scan->tree, scan->pool, scan->outcomes, &options, &callbacks)) ||
        (status = scan_history_new(&scan->history, &history)))
        return status;
    return request->progress ? progress_start(&scan->progress, request->jobs) : STATUS_OK;
}

static void merge_outcomes(struct scan *scan)
{
    for (unsigned i = 0; i < scan->request.jobs; i++)
        outcome_merge(&scan->outcome, &scan->outcomes[i]);
}

static enum status run(struct scan *scan)
{
    enum status status = set_up(scan);

    if (status || (status = add_targets(scan)) || (status = pool_run(scan->pool)))
        return status;
    merge_outcomes(scan);
    status =
        scan_history_run(scan->history, scan->pool, scan->readers, &scan->outcome, scan->progress);
    progress_stop(scan->progress);
    scan->progress = NULL;
    if (!status)
        outcome_sort(&scan->outcome, scan->targets, scan->target_count);
    return status;
}

enum status scan_run(struct scan **out, const struct scan_request *request)
{
    struct scan *scan = calloc(1, sizeof(*scan));
    enum status status;

    if (!scan)
        return err_nomem();
    scan->request = *request;
    status = run(scan);
    if (status) {
        scan_free(scan);
        return status;
    }
    *out = scan;
    return STATUS_OK;
}

/* --- results --- */

const struct outcome *scan_outcome(const struct scan *scan)
{
    return &scan->outcome;
}

bool scan_saw_anything(const struct scan *scan)
{
    const struct coverage *seen = &scan->outcome.coverage;

    return seen->files > (uint64_t)scan->stdin_was_empty || seen->blobs || seen->commits ||
           seen->tags;
}

const char *const *scan_targets(const struct scan *scan, size_t *n)
{
    *n = scan->target_count;
    return scan->targets;
}

void scan_free(struct scan *scan)
{
    if (!scan)
        return;
    progress_stop(scan->progress);
    scan_history_free(scan->history);
    tree_free(scan->tree);
    for (unsigned i = 0; scan->readers && i < scan->request.jobs; i++) {
        lane_free(scan->readers[i].lane);
        free(scan->readers[i].buffer);
        ignore_free(scan->ignores[i]);
        outcome_release(&scan->outcomes[i]);
    }
    free(scan->readers);
    free(scan->ignores);
    free(scan->outcomes);
    pool_free(scan->pool);
    databases_release(&scan->databases);
    ruleset_free(scan->set);
    outcome_release(&scan->outcome);
    arena_release(&scan->arena);
    free(scan->targets);
    free(scan);
}
