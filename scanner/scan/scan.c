/*
 * scan.c - set up, run the pool over the targets, then over the repositories found, sort.
 */
#include "scan/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "git/history.h"
#include "git/ignore.h"
#include "scan/mirrored.h"
#include "scan/progress.h"
#include "scan/scan_archive.h"
#include "scan/scan_document.h"
#include "scan/scan_history.h"
#include "scan/scan_staged.h"
#include "scan/shared_file.h"
#include "scan/siblings.h"
#include "source/mirror.h"
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
    struct outcome_pot pot;   /* of `outcomes` */
    struct reader *readers;   /* one a worker */
    struct ignore **ignores;  /* one a worker, or NULL */
    struct scope *scope;      /* NULL: nothing is out of sight */
    struct buf *scratch;      /* one a worker, for scope_hides() */
    struct mirrors *mirrors;  /* NULL: none */
    struct buf *keys;         /* one a worker: of the mirrored object that it reads */
    struct progress *progress;
    struct tree *tree;
    struct scan_history *history;
    struct siblings *siblings;
    struct scan_buckets *buckets; /* NULL: a target s3://... is a file like any other */
    struct outcome outcome;
    struct arena arena;   /* the paths of --files-from; mirrored objects with findings */
    const char **targets; /* target_count of them */
    size_t target_count;
    struct stat *streams; /* what add_stream() was asked for: stream_count of them */
    size_t stream_count;
    size_t removed; /* files whose removal is staged */
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

enum status scan_read_rules(struct ruleset **out, const char *path, ruleset_fault_fn *on_fault,
                            void *ctx)
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
        status =
            on_fault ? ruleset_read(out, sources, n, on_fault, ctx) : ruleset_new(out, sources, n);
    buf_release(&text);
    free(sources);
    return status;
}

enum status scan_load_rules(struct ruleset **out, const char *path)
{
    enum status status = scan_read_rules(out, path, NULL, NULL);

    /* The built-in ones were checked when they were built in. */
    for (size_t engine = 0; path && engine < ENGINE_COUNT; engine++)
        for (size_t i = 0; !status && i < ruleset_expressions(*out, (enum engine)engine); i++)
            status = database_check(*out, (enum engine)engine, i);
    if (!status && path)
        status = ruleset_check_patterns(*out);
    if (status) {
        ruleset_free(*out);
        *out = NULL;
    }
    return status;
}

/* A mistyped rule must not be passed over: what was to be off would be on. */
static enum status adjust_rules(struct ruleset *set, const struct scan_request *request)
{
    for (size_t i = 0; i < request->severity_count; i++) {
        struct slice id = request->severities[i].rule;
        size_t rule = ruleset_find(set, id);

        if (rule == SIZE_MAX)
            return err_set(STATUS_INVALID, "severity: there is no rule \"%.*s\"", (int)id.len,
                           (const char *)id.ptr);
        ruleset_set_severity(set, rule, request->severities[i].severity);
    }
    for (size_t i = 0; i < request->scope.rules_off_count; i++)
        if (ruleset_find(set, slice_of(request->scope.rules_off[i])) == SIZE_MAX)
            return err_set(STATUS_INVALID, "rules-off: there is no rule \"%s\"",
                           request->scope.rules_off[i]);
    return STATUS_OK;
}

/* --- files --- */

static struct archive_scan archive_scan(struct scan *scan, unsigned worker)
{
    return (struct archive_scan){ .reader = &scan->readers[worker],
                                  .depth = scan->request.archive_depth,
                                  .pool = scan->pool,
                                  .worker = worker,
                                  .readers = scan->readers };
}

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
    struct stream rest = stream_of_fd(&fd);
    struct stream_begun begun = { .rest = &rest };
    struct stream stream = stream_begun(&begun);
    struct archive_scan archive = archive_scan(scan, worker);
    enum archive_kind kind = ARCHIVE_NONE;

    begun.head = (struct slice){ head, read_head(&rest, head) };
    if (scan->request.archive_depth)
        kind = archive_sniff(begun.head);
    if (kind)
        scan_archive_stream(&archive, &stream, size, kind, origin);
    else if (!scan_document(reader, &stream, size, UINT64_MAX, origin, NULL))
        reader->outcome->coverage.files = files;
}

/* What a large file is, by its bytes from `at` on. True where it is something special. */
static bool sniff_file(int fd, off_t at, struct special *special)
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
    struct archive_scan archive = archive_scan(scan, worker);
    bool large = file->size > LIMIT_SHARED_FILE_BYTES;
    uint64_t bytes = file->size;
    int fd = file->fd;
    struct stream stream = stream_of_fd(&fd);
    struct s3_origin s3;

    set_object(scan, worker, &origin, &s3);
    if (large && !sniff_file(fd, 0, &special)) {
        shared_file_scan(scan->pool, worker, scan->readers, fd, 0, file->size, &origin);
        progress_add(scan->progress, worker, bytes);
        return;
    }
    if (!large)
        bytes =
            scan_document(reader, &stream, file->size, request->max_file_size, &origin, &special);
    if (special.bundle)
        scan_history_add(scan->history, reader->outcome, file->target, file->path, true);
    else if (special.archive)
        bytes = scan_archive(&archive, fd, file->size, special.archive, &origin);
    progress_add(scan->progress, worker, bytes);
    close(fd);
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

/* --- streams --- */

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
    if (size > LIMIT_SHARED_FILE_BYTES && !sniff_file(STDIN_FILENO, at, &special)) {
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

/*
 * Add `target` where it is a stream: "-", a pipe (as <(command) names one), or stdin by a name such
 * as /dev/stdin. STATUS_ABSENT: it is none. Below a folder pipes are left alone, and so they are in
 * a list of files: nobody there has said that somebody writes into them.
 */
static enum status add_if_stream(struct scan *scan, const char *target)
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
    enum status status;

    scan->targets[scan->target_count++] = target;
    if (!request->work_tree) {
        scan_history_add(scan->history, &scan->outcomes[0], target, target, false);
        return STATUS_OK;
    }
    if (scan->buckets && fetch_is_target(target))
        return scan_buckets_add(scan->buckets, target);
    status = add_if_stream(scan, target);
    if (status != STATUS_ABSENT)
        return status;
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

/* Whether there is room for what each worker has of its own. */
static bool has_desks(const struct scan *scan)
{
    return scan->outcomes && scan->readers && scan->ignores && scan->scratch && scan->keys;
}

static enum status make_readers(struct scan *scan)
{
    struct pipeline_options options = { .ignore_marks = scan->request.ignore_marks,
                                        .candidates = scan->request.candidates,
                                        .now = time(NULL) };

    if (siblings_new(&scan->siblings, scan->set))
        return err_nomem();
    scan->outcomes = calloc(scan->request.jobs, sizeof(*scan->outcomes));
    scan->readers = calloc(scan->request.jobs, sizeof(*scan->readers));
    scan->ignores = calloc(scan->request.jobs, sizeof(*scan->ignores));
    scan->scratch = calloc(scan->request.jobs, sizeof(*scan->scratch));
    scan->keys = calloc(scan->request.jobs, sizeof(*scan->keys));
    if (!has_desks(scan))
        return err_nomem();
    for (unsigned i = 0; i < scan->request.jobs; i++) {
        struct reader *reader = &scan->readers[i];
        enum status status;

        reader->outcome = &scan->outcomes[i];
        reader->outcome->pot = &scan->pot;
        reader->siblings = scan->siblings;
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
                                            .range = request->range,
                                            .hook = request->hook,
                                            .covered = request->covered,
                                            .note = request->note,
                                            .max_blob_size = request->max_file_size,
                                            .no_delta_skip = request->no_delta_skip,
                                            .all_occurrences = request->all_occurrences,
                                            .decode_only = request->decode_only,
                                            .archive_depth = request->archive_depth };
    enum status status = scan_load_rules(&scan->set, request->rules_file);

    if (!status)
        status = adjust_rules(scan->set, request);
    if (!status)
        status = scope_new(&scan->scope, &request->scope);
    if (!status)
        status = mirrors_new(&scan->mirrors, request->mirrors, request->mirror_count);
    for (size_t i = 0; i < request->inventory_count && !status; i++)
        if (access(request->inventories[i], R_OK))
            status = err_set(STATUS_IO, "%s: %s", request->inventories[i], strerror(errno));
    if (!status)
        status = databases_get(&scan->databases, scan->set, &embedded_rules, request->cache_dir);
    if (status)
        return status;
    history.set = scan->set;
    callbacks.excluded = scope_has_paths(scan->scope) ? on_excluded : NULL;
    scan->targets = calloc(request->target_count + 1, sizeof(*scan->targets));
    scan->streams = calloc(request->target_count + 1, sizeof(*scan->streams));
    scan->pool = pool_new(request->jobs);
    if (!scan->targets || !scan->streams || !scan->pool)
        return err_nomem();
    if (request->buckets &&
        (status = scan_buckets_new(&scan->buckets, request->buckets, scan->set)))
        return status;
    if ((status = make_readers(scan)) ||
        (status = tree_new(&scan->tree, scan->pool, scan->outcomes, &options, &callbacks)) ||
        (status = scan_history_new(&scan->history, &history)))
        return status;
    return request->progress ? progress_start(&scan->progress, request->jobs) : STATUS_OK;
}

static void merge_outcomes(struct scan *scan)
{
    outcome_merge(&scan->outcome, &scan->pot.outcome);
    for (unsigned i = 0; i < scan->request.jobs; i++)
        outcome_merge(&scan->outcome, &scan->outcomes[i]);
}

/* The one order, without what is out of sight. */
static void settle(struct scan *scan)
{
    outcome_sort(&scan->outcome, scan->targets, scan->target_count);
    scope_thin(scan->scope, &scan->outcome);
}

static enum status run_staged(struct scan *scan)
{
    const struct scan_request *request = &scan->request;
    const char *target = request->targets[0];
    struct scan_staged_options options = { .path = request->implied_target ? NULL : target,
                                           .target = target,
                                           .scope = scan->scope,
                                           .max_bytes = request->max_file_size };
    enum status status;

    scan->targets[scan->target_count++] = target;
    status = scan_staged(&options, scan->pool, scan->readers, &scan->outcome, &scan->removed);
    merge_outcomes(scan);
    if (!status)
        settle(scan);
    return status;
}

/* Pair the values that lie one a file, and scan those that have no partner. */
static enum status pair_siblings(struct scan *scan)
{
    struct reader *reader = &scan->readers[0];
    enum status status;

    lane_redirect(reader->lane, &scan->outcome);
    status = siblings_finish(scan->siblings, reader->lane, &scan->outcome);
    lane_redirect(reader->lane, reader->outcome);
    return status;
}

static enum status run(struct scan *scan)
{
    enum status status = set_up(scan);

    if (!status && scan->request.staged)
        return run_staged(scan);
    if (status || (status = add_targets(scan)))
        return status;
    pool_run(scan->pool);
    if (scan->buckets && (status = scan_buckets_run(scan->buckets, scan->pool, scan->readers,
                                                    &scan->outcome, scan->progress)))
        return status;
    merge_outcomes(scan);
    if ((status = pair_siblings(scan)))
        return status;
    status =
        scan_history_run(scan->history, scan->pool, scan->readers, &scan->outcome, scan->progress);
    progress_stop(scan->progress);
    scan->progress = NULL;
    if (!status && scan->mirrors && scan->request.inventory_count)
        status = mirrored_describe(scan->mirrors, scan->request.inventories,
                                   scan->request.inventory_count, &scan->arena, &scan->outcome);
    if (!status)
        settle(scan);
    return status;
}

enum status scan_run(struct scan **out, const struct scan_request *request)
{
    struct scan *scan = calloc(1, sizeof(*scan));
    enum status status;

    if (!scan)
        return err_nomem();
    scan->request = *request;
    outcome_pot_init(&scan->pot);
    status = run(scan);
    if (status) {
        scan_free(scan);
        return status;
    }
    *out = scan;
    return STATUS_OK;
}

/* --- results --- */

struct outcome *scan_outcome(struct scan *scan)
{
    return &scan->outcome;
}

bool scan_rule_is_own(const struct scan *scan, const struct rule *rule)
{
    size_t i = 0;

    while (&ruleset_rule(scan->set, i)->rule != rule)
        i++;
    return i >= embedded_rules.rule_count;
}

bool scan_saw_anything(const struct scan *scan)
{
    const struct coverage *seen = &scan->outcome.coverage;

    return seen->files || seen->blobs || seen->commits || seen->tags;
}

size_t scan_removed(const struct scan *scan)
{
    return scan->removed;
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
    siblings_free(scan->siblings);
    scan_buckets_free(scan->buckets);
    tree_free(scan->tree);
    for (unsigned i = 0; has_desks(scan) && i < scan->request.jobs; i++) {
        lane_free(scan->readers[i].lane);
        free(scan->readers[i].buffer);
        ignore_free(scan->ignores[i]);
        buf_release(&scan->scratch[i]);
        buf_release(&scan->keys[i]);
        outcome_release(&scan->outcomes[i]);
    }
    free(scan->readers);
    free(scan->ignores);
    free(scan->scratch);
    scope_free(scan->scope);
    free(scan->keys);
    mirrors_free(scan->mirrors);
    free(scan->outcomes);
    pool_free(scan->pool);
    databases_release(&scan->databases);
    ruleset_free(scan->set);
    outcome_pot_release(&scan->pot);
    outcome_release(&scan->outcome);
    arena_release(&scan->arena);
    free(scan->targets);
    free(scan->streams);
    free(scan);
}
