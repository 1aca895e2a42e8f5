/* revision.c - names are looked up in the order of git's own rules. */
#include "git/graph/revision.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/array.h"
#include "base/limits.h"
#include "git/files/reflog.h"
#include "git/store/content.h"

enum { SHORT_DIGITS_MIN = 4 };

static enum status unknown(struct slice name, const char *why)
{
    return err_set(STATUS_INVALID, "%.*s: %s", (int)name.len, (const char *)name.ptr, why);
}

/* --- refs --- */

/* A ref whose full name is `before`, `name` and `after`. */
static const struct tip *find_ref(const struct refs *refs, const char *before, struct slice name,
                                  const char *after)
{
    size_t before_len = strlen(before), after_len = strlen(after);

    for (size_t i = 0; i < refs->tip_count; i++) {
        struct slice full = slice_of(refs->tips[i].name);

        if (full.len == before_len + name.len + after_len && slice_starts(full, slice_of(before)) &&
            !memcmp(full.ptr + before_len, name.ptr, name.len) &&
            !memcmp(full.ptr + before_len + name.len, after, after_len)) {
            return &refs->tips[i];
        }
    }
    return NULL;
}

/* The ref that git takes `name` for; NULL: none. */
static const struct tip *find_short_ref(const struct refs *refs, struct slice name)
{
    static const char *const places[][2] = { { "", "" },
                                             { "refs/", "" },
                                             { "refs/tags/", "" },
                                             { "refs/heads/", "" },
                                             { "refs/remotes/", "" },
                                             { "refs/remotes/", "/HEAD" } };
    const struct tip *tip = NULL;

    for (size_t i = 0; !tip && i < COUNT_OF(places); i++)
        tip = find_ref(refs, places[i][0], name, places[i][1]);
    return tip;
}

static bool is_head(struct slice name)
{
    return slice_eq(name, SLICE("HEAD")) || slice_eq(name, SLICE("@"));
}

static bool find_name(const struct refs *refs, struct slice name, struct object_id *id)
{
    const struct tip *tip;

    if (!name.len || is_head(name)) {
        *id = refs->head;
        return !id_is_zero(id);
    }
    tip = find_short_ref(refs, name);
    if (tip)
        *id = tip->id;
    return tip;
}

/* --- ids --- */

static bool is_hex(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isxdigit(name.ptr[i]))
            return false;
    return name.len >= SHORT_DIGITS_MIN && name.len <= ID_DIGITS;
}

/* The object whose id begins with `name`; where there are several, the only commit among them. */
static enum status find_short(const struct graph *graph, struct slice name, struct object_id *id)
{
    const struct objects *objects = graph->objects;
    bool found = false, commit = false, twice = false;

    for (uint32_t i = 0; i < objects->order_count; i++) {
        const struct object_id *other = objects_id(objects, objects->order[i]);
        bool is_commit = graph->commit_of[objects->order[i]] != NO_COMMIT;
        char hex[ID_DIGITS + 1];

        id_hex(other, hex);
        if (strncasecmp(hex, (const char *)name.ptr, name.len) != 0 ||
            (found && commit && !is_commit))
            continue;
        twice = found && commit == is_commit;
        found = true;
        commit = is_commit;
        *id = *other;
        if (twice)
            return unknown(name, "more than one object has an id that begins so");
    }
    return found ? STATUS_OK : unknown(name, "there is no such commit, branch or tag");
}

/* --- what stands behind a name --- */

static enum status step_to_parent(const struct graph *graph, struct slice name,
                                  struct object_id *id, size_t which)
{
    const struct commit *commit;
    uint32_t number;

    if (!objects_find(graph->objects, id, &number) || graph->commit_of[number] == NO_COMMIT)
        return unknown(name, "it is no commit");
    commit = &graph->commits[graph->commit_of[number]];
    if (which == 0)
        return STATUS_OK;
    if (which > commit->parent_count)
        return unknown(name, "there is no such commit");
    number = graph->commits[graph->parents[commit->parents + which - 1]].number;
    *id = *objects_id(graph->objects, number);
    return STATUS_OK;
}

static enum status peel(const struct graph *graph, struct reader *reader, struct object_id *id)
{
    uint32_t number;
    enum status status = graph_peel(graph, reader, id, &number, NULL, NULL);

    if (!status && number != NO_NUMBER)
        *id = *objects_id(graph->objects, number);
    return status;
}

/* Follow ~N, ^N, ^{} and ^{commit}. A name alone may stand for a tag, which is to be seen too. */
static enum status follow(const struct graph *graph, struct reader *reader, struct slice name,
                          struct slice suffix, struct object_id *id)
{
    enum status status = suffix.len ? peel(graph, reader, id) : STATUS_OK;

    while (!status && suffix.len > 0) {
        bool tilde = suffix.ptr[0] == '~';
        size_t number = 1, used = 1;

        if (!tilde && slice_starts(suffix, SLICE("^{"))) {
            size_t len = slice_starts(suffix, SLICE("^{}")) ? strlen("^{}") : strlen("^{commit}");

            if (len > 3 && !slice_starts(suffix, SLICE("^{commit}")))
                return unknown(name, "it is no name of a commit");
            suffix = slice_sub(suffix, len, suffix.len);
            continue;
        }
        if (suffix.ptr[0] != '^' && !tilde)
            return unknown(name, "it is no name of a commit");
        if (used < suffix.len && isdigit(suffix.ptr[used]))
            for (number = 0; used < suffix.len && isdigit(suffix.ptr[used]); used++)
                number = number > UINT32_MAX ? number : number * 10 + suffix.ptr[used] - '0';
        suffix = slice_sub(suffix, used, suffix.len);
        if (!tilde)
            status = step_to_parent(graph, name, id, number);
        for (size_t i = 0; tilde && i < number && !status; i++)
            status = step_to_parent(graph, name, id, 1);
    }
    return status;
}

/* --- what reflogs say --- */

/* A number; false where `text` is none. */
static bool read_number(struct slice text, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!isdigit(text.ptr[i]) || *number > UINT32_MAX)
            return false;
        *number = *number * 10 + (size_t)(text.ptr[i] - '0');
    }
    return text.len > 0;
}

/* The full name of what `base` of base@{…} stands for: nothing is the branch at hand. */
static enum status full_name(const struct revisions *in, struct slice base, struct buf *name)
{
    const struct tip *tip;
    enum status status = STATUS_OK;

    if (is_head(base)) {
        buf_text(name, "HEAD");
    } else if (!base.len) {
        status = reflog_branch(name, in->layout);
        if (status == STATUS_ABSENT) /* no branch: HEAD's own log */
            buf_text(name, "HEAD");
    } else if ((tip = find_short_ref(in->refs, base))) {
        buf_text(name, tip->name);
    } else {
        return STATUS_ABSENT;
    }
    return status == STATUS_ABSENT || !status ? buf_status(name) : status;
}

/* The id that a log has for REF@{N}, counted from the newest line. */
static bool logged_at(const struct reflog *log, size_t n, struct object_id *id)
{
    if (n < log->count)
        *id = log->lines[log->count - 1 - n].after;
    else if (n == log->count && n)
        *id = log->lines[0].before;
    else
        return false;
    return !id_is_zero(id);
}

/* The id that a ref had at a time; of one before the first line, the oldest there is. */
static bool logged_then(const struct reflog *log, int64_t then, struct object_id *id)
{
    if (!log->count)
        return false;
    *id = id_is_zero(&log->lines[0].before) ? log->lines[0].after : log->lines[0].before;
    for (size_t i = 0; i < log->count; i++)
        if (log->lines[i].date <= then)
            *id = log->lines[i].after;
    return !id_is_zero(id);
}

/* @{-N}: what was checked out before, N times ago. */
static enum status find_earlier(const struct revisions *in, struct slice name, size_t n,
                                struct object_id *id)
{
    static const char moving[] = "checkout: moving from ";
    struct reflog log;
    enum status status = reflog_read(&log, in->layout, "HEAD");
    bool found = false;

    for (size_t i = status ? 0 : log.count; i-- > 0 && n > 0;) {
        struct slice from = log.lines[i].message;
        const uint8_t *to;

        if (!slice_starts(from, slice_of(moving)) || --n > 0)
            continue;
        from = slice_sub(from, strlen(moving), from.len);
        to = memmem(from.ptr, from.len, " to ", 4);
        from = slice_sub(from, 0, to ? (size_t)(to - from.ptr) : from.len);
        found = find_name(in->refs, from, id) || (from.len == ID_DIGITS && id_parse(id, from));
    }
    reflog_release(&log);
    return found ? STATUS_OK : unknown(name, "the reflog of HEAD does not say what that was");
}

static enum status find_upstream(const struct revisions *in, struct slice name, const char *branch,
                                 struct object_id *id)
{
    struct buf current = { 0 }, upstream = { 0 };
    enum status status = STATUS_OK;

    if (!strcmp(branch, "HEAD") && !(status = reflog_branch(&current, in->layout)))
        branch = buf_cstr(&current);
    if (!status)
        status = reflog_upstream(&upstream, in->layout, branch);
    if (!status && !find_name(in->refs, buf_view(&upstream), id))
        status = STATUS_ABSENT;
    buf_release(&current);
    buf_release(&upstream);
    return status == STATUS_ABSENT ? unknown(name, "the branch follows none that is there")
                                   : status;
}

static enum status find_in_log(const struct revisions *in, struct slice name, const char *ref,
                               struct slice inside, struct object_id *id)
{
    char time[64];
    struct reflog log;
    int64_t then;
    size_t n;
    enum status status = reflog_read(&log, in->layout, ref);
    bool found = false;

    if (status == STATUS_ABSENT)
        return unknown(name, "there is no reflog");
    if (status)
        return status;
    if (read_number(inside, &n)) {
        found = logged_at(&log, n, id);
    } else if (inside.len < sizeof(time)) {
        memcpy(time, inside.ptr, inside.len);
        time[inside.len] = 0;
        found = revision_time(time, in->now, &then) && logged_then(&log, then, id);
    }
    reflog_release(&log);
    return found ? STATUS_OK
                 : unknown(name, "the reflog does not go back to that, or it is no "
                                 "number and no time");
}

/* `base`@{`inside`}, of `name`. */
static enum status find_logged(const struct revisions *in, struct slice name, struct slice base,
                               struct slice inside, struct object_id *id)
{
    struct buf full = { 0 };
    enum status status;
    size_t n;

    if (!base.len && inside.len && inside.ptr[0] == '-' &&
        read_number(slice_sub(inside, 1, inside.len), &n) && n)
        return find_earlier(in, name, n, id);
    if (slice_eq(inside, SLICE("push")))
        return unknown(name, "@{push} is not supported; name the branch that is pushed to");
    status = full_name(in, base, &full);
    if (status == STATUS_ABSENT)
        status = unknown(name, "there is no such branch");
    else if (!status && (slice_eq(inside, SLICE("u")) || slice_eq(inside, SLICE("upstream"))))
        status = find_upstream(in, name, buf_cstr(&full), id);
    else if (!status)
        status = find_in_log(in, name, buf_cstr(&full), inside, id);
    buf_release(&full);
    return status;
}

/* --- the whole --- */

/* Where "@{…}" ends in a name; 0: there is none. */
static size_t braces_end(struct slice name)
{
    const uint8_t *open = name.len ? memmem(name.ptr, name.len, "@{", 2) : NULL;
    const uint8_t *shut = open ? memchr(open, '}', name.len - (size_t)(open - name.ptr)) : NULL;

    return shut ? (size_t)(shut - name.ptr) + 1 : 0;
}

/* What is refused by name, so that nobody takes it for a misspelt branch. NULL: nothing. */
static const char *refused(struct slice name)
{
    struct slice rest = slice_sub(name, braces_end(name), name.len);

    if (name.len && name.ptr[0] == ':')
        return "searches of messages and entries of the index are not supported; name a commit";
    if (rest.len && memmem(rest.ptr, rest.len, "^{/", 3))
        return "searches of messages are not supported; name a commit";
    if (rest.len && memchr(rest.ptr, ':', rest.len))
        return "paths in commits are not supported; name a commit";
    return NULL;
}

/* "v1.2-14-gabcdef", as git describe says: the id behind the last "-g". */
static struct slice described(struct slice name)
{
    for (size_t i = name.len; i-- > 1;)
        if (name.ptr[i - 1] == '-' && name.ptr[i] == 'g')
            return slice_sub(name, i + 1, name.len);
    return (struct slice){ 0 };
}

/* The name without its suffix, which begins with ~ or ^; what stands in braces is the name's. */
static struct slice stem_of(struct slice name)
{
    size_t i = braces_end(name);

    while (i < name.len && name.ptr[i] != '~' && name.ptr[i] != '^')
        i++;
    return slice_sub(name, 0, i);
}

static enum status find_stem(const struct revisions *in, struct slice name, struct slice stem,
                             struct object_id *id)
{
    const uint8_t *open = stem.len ? memmem(stem.ptr, stem.len, "@{", 2) : NULL;
    size_t at = open ? (size_t)(open - stem.ptr) : 0;

    if (find_name(in->refs, stem, id))
        return STATUS_OK;
    if (open && stem.ptr[stem.len - 1] == '}')
        return find_logged(in, name, slice_sub(stem, 0, at), slice_sub(stem, at + 2, stem.len - 1),
                           id);
    if (is_hex(stem))
        return find_short(in->graph, stem, id);
    if (is_hex(described(stem)))
        return find_short(in->graph, described(stem), id);
    return unknown(name, "there is no such commit, branch or tag");
}

enum status revision_find(const struct revisions *in, struct slice name, struct object_id *id)
{
    struct slice stem = stem_of(name);
    enum status status;

    if (refused(name))
        return unknown(name, refused(name));
    status = find_stem(in, name, stem, id);
    return status ? status
                  : follow(in->graph, in->reader, name, slice_sub(name, stem.len, name.len), id);
}
