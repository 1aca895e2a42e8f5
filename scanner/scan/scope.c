/* scope.c - paths made whole, cut to what lies below a list's folder, and matched. */
#include "scan/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/path_globs.h"

/* A list of patterns and the folder that it counts from, with a slash at its end. */
struct view {
    struct path_globs globs;
    struct buf base;
};

struct scope {
    struct scope_options options;
    struct view exclude, include;
    char *here; /* the current folder */
};

/* --- paths --- */

/* Append the names of `path` to `out`, an absolute path; "." and ".." are undone by the text. */
static void append_names(struct buf *out, const char *path)
{
    while (*path) {
        size_t len = strcspn(path, "/");
        struct slice name = { (const uint8_t *)path, len };

        if (slice_eq(name, SLICE(".."))) {
            while (out->len > 0 && out->ptr[--out->len] != '/')
                ;
        } else if (len && !slice_eq(name, SLICE("."))) {
            buf_byte(out, '/');
            buf_append(out, name);
        }
        path += len + (path[len] == '/');
    }
}

static void make_whole(struct buf *out, const char *here, const char *path)
{
    buf_reset(out);
    if (path[0] != '/')
        append_names(out, here);
    append_names(out, path);
}

static enum status view_init(struct view *view, const struct scope_list *list, const char *here)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < list->count && !status; i++)
        status = path_globs_add(&view->globs, list->patterns[i]);
    make_whole(&view->base, here, list->base ? list->base : here);
    buf_byte(&view->base, '/');
    return status ? status : buf_status(&view->base);
}

static bool view_match(const struct view *view, struct slice whole, bool folder)
{
    struct slice base = buf_view(&view->base);
    size_t cut = slice_starts(whole, base) ? base.len : 1;

    return whole.len > cut &&
           path_globs_match(&view->globs, slice_sub(whole, cut, whole.len), folder);
}

bool scope_hides(const struct scope *scope, const char *path, bool folder, struct buf *buf)
{
    make_whole(buf, scope->here, path);
    if (buf_status(buf))
        return false;
    if (view_match(&scope->exclude, buf_view(buf), folder))
        return true;
    return !folder && scope->include.globs.count &&
           !view_match(&scope->include, buf_view(buf), false);
}

bool scope_has_paths(const struct scope *scope)
{
    return scope && (scope->exclude.globs.count || scope->include.globs.count);
}

/* --- findings --- */

struct thinning {
    const struct scope *scope;
    struct outcome *outcome;
    struct buf path, whole;
};

static bool is_off(const struct scope *scope, const struct rule *rule)
{
    for (size_t i = 0; i < scope->options.rules_off_count; i++)
        if (strcmp(scope->options.rules_off[i], rule->id) == 0)
            return true;
    return false;
}

/* The bytes of a repository's path before its work tree's own: "proj/" of "proj/.git". */
static size_t work_tree_len(const char *repository)
{
    size_t len = strlen(repository);
    bool dot_git = len >= 4 && strcmp(repository + len - 4, ".git") == 0 &&
                   (len == 4 || repository[len - 5] == '/');

    return dot_git ? len - 4 : len;
}

/* Are all paths of what history holds hidden? Where not all of them are known, no. */
static bool is_hidden(struct thinning *t, const struct finding *finding)
{
    const struct git_origin *git = finding->git;

    if (!scope_has_paths(t->scope) || !finding_in_history(finding) || !git->path_count ||
        git->path_count >= LIMIT_GIT_PATHS)
        return false;
    for (size_t i = 0; i < git->path_count; i++) {
        const char *repository = git->repository ? git->repository : finding->target;

        buf_reset(&t->path);
        buf_append(&t->path, slice_sub(slice_of(repository), 0, work_tree_len(repository)));
        buf_printf(&t->path, "/%s", git->paths[i]);
        /* ".git" alone has its work tree here. */
        if (buf_status(&t->path) ||
            !scope_hides(t->scope, buf_cstr(&t->path) + (work_tree_len(repository) == 0), false,
                         &t->whole))
            return false;
    }
    return true;
}

static bool keep(void *ctx, const struct finding *finding)
{
    struct thinning *t = ctx;
    bool off = is_off(t->scope, finding->rule);

    t->outcome->coverage.rules_off += off;
    if (!off && is_hidden(t, finding)) {
        t->outcome->coverage.skipped[SKIP_EXCLUDED]++;
        return false;
    }
    return !off;
}

void scope_thin(const struct scope *scope, struct outcome *outcome)
{
    struct thinning t = { .scope = scope, .outcome = outcome };

    if (scope)
        outcome_filter(outcome, keep, &t);
    buf_release(&t.path);
    buf_release(&t.whole);
}

/* --- life --- */

enum status scope_new(struct scope **out, const struct scope_options *options)
{
    struct scope *scope;
    enum status status;

    *out = NULL;
    if (!options->exclude.count && !options->include.count && !options->rules_off_count)
        return STATUS_OK;
    scope = calloc(1, sizeof(*scope));
    if (!scope)
        return err_nomem();
    scope->options = *options;
    scope->here = getcwd(NULL, 0);
    status =
        scope->here ? STATUS_OK : err_set(STATUS_IO, "the current folder: %s", strerror(errno));
    if (!status)
        status = view_init(&scope->exclude, &options->exclude, scope->here);
    if (!status)
        status = view_init(&scope->include, &options->include, scope->here);
    if (status) {
        scope_free(scope);
        return status;
    }
    *out = scope;
    return STATUS_OK;
}

void scope_free(struct scope *scope)
{
    if (!scope)
        return;
    path_globs_release(&scope->exclude.globs);
    path_globs_release(&scope->include.globs);
    buf_release(&scope->exclude.base);
    buf_release(&scope->include.base);
    free(scope->here);
    free(scope);
}
