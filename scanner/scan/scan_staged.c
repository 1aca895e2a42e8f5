/* scan_staged.c - the staged files first; HEAD's only where something was found in them. */
#include "scan/scan_staged.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/parallel.h"
#include "git/staged.h"
#include "git/worktree.h"
#include "scan/scan_archive.h"

enum { FILES_STEP = 16 };

struct job {
    const struct scan_staged_options *options;
    struct staged *staged;
    struct reader *readers;
    struct outcome *found; /* one a worker */
    char *root;            /* of the work tree, where files may be hidden; else NULL */
};

/* Is the file, named from the top of its work tree, hidden? */
static bool is_hidden(const struct job *job, const char *path)
{
    struct buf whole = { 0 }, scratch = { 0 };
    bool hidden = false;

    if (!scope_has_paths(job->options->scope))
        return false;
    buf_printf(&whole, "%s%s", job->root ? job->root : "", path);
    hidden =
        !buf_status(&whole) && scope_hides(job->options->scope, buf_cstr(&whole), false, &scratch);
    buf_release(&whole);
    buf_release(&scratch);
    return hidden;
}

/* One object on its way into a lane. */
struct passing {
    struct job *job;
    unsigned worker;
    const struct staged_file *file; /* NULL: what stood there before */
};

static void match(void *ctx, struct slice content)
{
    const struct passing *p = ctx;
    struct outcome *found = &p->job->found[p->worker];
    enum archive_kind kind = p->job->options->archive_depth ? archive_sniff(content) : ARCHIVE_NONE;
    const char *path = p->file ? p->file->path : "";
    const char *paths[] = { path };
    struct git_origin git = {
        .kind = "blob", .paths = paths, .path_count = 1, .on_remote = KNOWN_NO, .in_work_tree = true
    };
    struct finding origin = { .target = p->job->options->target, .path = path, .git = &git };

    if (p->file && content.len > p->job->options->max_bytes) {
        found->coverage.skipped[SKIP_TOO_LARGE]++;
        return;
    }
    if (p->file) {
        git.blob = p->file->id;
        found->coverage.blobs++;
        found->coverage.blob_bytes += content.len;
    }
    if (kind)
        scan_archive_blob(&p->job->readers[p->worker], found, p->job->options->archive_depth,
                          content, kind, &origin);
    else if (lane_document(p->job->readers[p->worker].lane, &origin, content) && p->file)
        outcome_trouble(found, SKIP_LIMIT, origin.target, path, "%s", err_text());
}

static void match_files(void *ctx, unsigned worker, size_t from, size_t to)
{
    struct job *job = ctx;
    size_t n;
    const struct staged_file *files = staged_files(job->staged, &n);

    lane_redirect(job->readers[worker].lane, &job->found[worker]);
    for (size_t i = from; i < to; i++) {
        struct passing passing = { job, worker, &files[i] };
        enum status status;

        if (is_hidden(job, files[i].path)) {
            job->found[worker].coverage.skipped[SKIP_EXCLUDED]++;
            continue;
        }
        status = staged_read(job->staged, worker, files[i].id, match, &passing);
        if (status)
            outcome_trouble(&job->found[worker],
                            status == STATUS_LIMIT ? SKIP_LIMIT : SKIP_UNREADABLE,
                            job->options->target, files[i].path, "%s", err_text());
    }
    lane_redirect(job->readers[worker].lane, job->readers[worker].outcome);
}

/* --- what was there before --- */

static int by_credential(const void *a, const void *b)
{
    const struct finding *left = a, *right = b;
    int order = slice_cmp(left->id, right->id);

    order = order ? order : slice_cmp(left->secret, right->secret);
    return order ? order : slice_cmp(left->token, right->token);
}

/* A finding of the same rule; or, for a lone half, one that held this half already. */
static bool stood_before(const struct finding *finding, const struct outcome *before)
{
    for (size_t i = 0; i < before->finding_count; i++) {
        const struct finding *old = &before->findings[i];

        if (finding->rule == old->rule && by_credential(finding, old) == 0)
            return true;
        if (finding_is_lone(finding) && slice_eq(finding->id, old->id))
            return true;
        if (!finding->id.ptr && old->secret.ptr && slice_eq(finding->secret, old->secret))
            return true;
    }
    return false;
}

/* Each file with findings once: they stand in the order of their files or nearly so. */
static void match_merged(struct job *job, const struct outcome *found, struct passing *passing)
{
    const char *last = "";

    for (size_t i = 0; i < found->finding_count; i++) {
        const char *path = found->findings[i].git->paths[0]; /* without what leads into archives */

        if (strcmp(path, last))
            staged_merged(job->staged, path, match, passing);
        last = path;
    }
}

static void report_new(struct job *job, struct outcome *found, struct outcome *outcome)
{
    struct outcome before = { .every_lone = true };
    struct passing passing = { job, 0, NULL };

    job->found[0] = before;
    if (found->finding_count) {
        lane_redirect(job->readers[0].lane, &job->found[0]);
        staged_before(job->staged, match, &passing);
        match_merged(job, found, &passing);
        lane_redirect(job->readers[0].lane, job->readers[0].outcome);
    }
    for (size_t i = 0; i < found->finding_count; i++)
        if (!stood_before(&found->findings[i], &job->found[0]))
            outcome_add(outcome, &found->findings[i]);
    outcome_release(&job->found[0]);
    found->finding_count = 0;
    outcome_merge(outcome, found);
}

static enum status scan_files(struct job *job, struct pool *pool, struct outcome *outcome)
{
    struct outcome found = { .every_lone = true };
    size_t n;
    enum status status;

    staged_files(job->staged, &n);
    status = parallel_run(pool, n, FILES_STEP, match_files, job);
    for (unsigned i = 0; i < pool_workers(pool); i++)
        outcome_merge(&found, &job->found[i]);
    if (!status)
        report_new(job, &found, outcome);
    outcome_release(&found);
    return status;
}

enum status scan_staged(const struct scan_staged_options *options, struct pool *pool,
                        struct reader *readers, struct outcome *outcome,
                        struct staged_without *without)
{
    struct job job = { .options = options, .readers = readers };
    enum status status = staged_open(&job.staged, options->path, pool_workers(pool));

    if (status)
        return status;
    outcome->coverage.repositories++;
    *without = (struct staged_without){ staged_removed(job.staged), staged_submodules(job.staged) };
    if (scope_has_paths(options->scope))
        job.root = worktree_root(options->path ? options->path : ".");
    job.found = calloc(pool_workers(pool), sizeof(*job.found));
    for (unsigned i = 0; job.found && i < pool_workers(pool); i++)
        job.found[i].every_lone = true;
    status = job.found ? scan_files(&job, pool, outcome) : err_nomem();
    free(job.found);
    free(job.root);
    staged_free(job.staged);
    return status;
}
