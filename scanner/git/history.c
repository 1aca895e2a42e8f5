/*
 * history.c - opening a repository, and handing out its objects unit by unit.
 *
 * Where all objects are listed, their links are checked while they are handed out: trees are read
 * for that alone. A tree differs little from the one it is a delta of, so a small table of ids that
 * were found a moment ago answers most of the questions. Where only reached objects are listed,
 * reach.c has read the trees and found what is missing.
 */
#include "git/history_private.h"

#include <stdlib.h>

#include "base/limits.h"
#include "git/content.h"

enum { UNIT_OBJECTS = 256, RECENT = 16384 };

struct history_reader {
    const struct history *history;
    struct reader reader;
    struct object_id recent[RECENT]; /* ids that are known to be there, at their first bytes */
};

/* --- what could not be read --- */

/* git itself knows these two without storing them. */
static bool is_builtin(const struct object_id *id)
{
    static const char *const builtin[] = { "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
                                           "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" };
    char hex[ID_DIGITS + 1];

    id_hex(id, hex);
    return !strcmp(hex, builtin[0]) || !strcmp(hex, builtin[1]);
}

void history_missing(const struct history *history, struct outcome *outcome,
                     const struct object_id *id)
{
    char hex[ID_DIGITS + 1];
    enum status status;

    if (id_is_zero(id) || is_builtin(id))
        return;
    pthread_mutex_lock(&history->missing->lock);
    status = id_map_add(&history->missing->ids, id, 0);
    pthread_mutex_unlock(&history->missing->lock);
    if (status == STATUS_STOPPED)
        return;
    id_hex(id, hex);
    if (history->lacks)
        outcome->coverage.skipped[SKIP_MISSING]++;
    else
        outcome_trouble(outcome, SKIP_MISSING, history->target, history->path,
                        "object %s is missing", hex);
}

void history_unread(const struct history *history, struct outcome *outcome, uint32_t number,
                    enum object_type type, enum status status)
{
    char hex[ID_DIGITS + 1];

    id_hex(objects_id(&history->objects, number), hex);
    if (status != STATUS_STOPPED)
        outcome_trouble(outcome,
                        status == STATUS_LIMIT || status == STATUS_NOMEM ? SKIP_LIMIT
                                                                         : SKIP_UNREADABLE,
                        history->target, history->path, "object %s cannot be read: %s", hex,
                        err_text());
    else if (type == OBJECT_BLOB && history->blob_max_asked)
        outcome->coverage.skipped[SKIP_TOO_LARGE]++;
    else
        outcome_trouble(outcome, SKIP_LIMIT, history->target, history->path,
                        "object %s is larger than %llu bytes", hex,
                        type == OBJECT_BLOB ? (unsigned long long)history->blob_max
                                            : (unsigned long long)LIMIT_BLOB_BYTES);
}

/* --- opening --- */

bool history_is_repository(const char *path)
{
    return layout_is_repository(path);
}

/* Every ref must name something that is there; what else is missing the objects themselves tell. */
static void check_tips(const struct history *history, struct outcome *outcome)
{
    for (size_t i = 0; i < history->refs.tip_count; i++) {
        const struct tip *tip = &history->refs.tips[i];
        char hex[ID_DIGITS + 1];
        uint32_t number;

        /* git keeps what refs, logs and the index name; FETCH_HEAD and its like may outlive it. */
        if (tip->kind == TIP_PSEUDO || objects_find(&history->objects, &tip->id, &number))
            continue;
        if (tip->kind != TIP_REF) {
            history_missing(history, outcome, &tip->id);
        } else if (id_is_zero(&tip->id) ||
                   id_map_add(&history->missing->ids, &tip->id, 0) != STATUS_STOPPED) {
            id_hex(&tip->id, hex);
            outcome_trouble(outcome, SKIP_MISSING, history->target, history->path,
                            "%s names object %s, which is missing", tip->name, hex);
        }
    }
}

static enum status list_objects(struct history *history, struct outcome *outcome)
{
    char *folder = path_join(history->layout.common, "objects");
    enum status status =
        folder ? objects_open(&history->objects, folder, history->target, outcome) : err_nomem();

    free(folder);
    if (status)
        return status;
    history->lacks =
        history->layout.shallow || history->layout.partial || history->objects.promised;
    check_tips(history, outcome);
    if (!history->all)
        return history_list_reached(history, outcome);
    history->list = history->objects.order;
    history->list_count = history->objects.order_count;
    return STATUS_OK;
}

static struct missing *missing_new(void)
{
    struct missing *missing = calloc(1, sizeof(*missing));

    if (missing)
        pthread_mutex_init(&missing->lock, NULL);
    return missing;
}

enum status history_open(struct history **out, const char *target, const char *path,
                         const struct history_options *options, struct outcome *outcome)
{
    struct history *history = calloc(1, sizeof(*history));
    enum status status;

    if (!history)
        return err_nomem();
    history->target = target;
    history->all = options->all_objects;
    history->blob_max_asked = options->blob_max && options->blob_max < LIMIT_BLOB_BYTES;
    history->blob_max = history->blob_max_asked ? options->blob_max : LIMIT_BLOB_BYTES;
    history->path = strdup(path);
    history->missing = missing_new();
    status = history->path && history->missing ? layout_find(&history->layout, path) : err_nomem();
    if (status == STATUS_ABSENT)
        status = err_set(STATUS_INVALID, "%s: not a git repository", path);
    if (!status)
        status = refs_read(&history->refs, &history->layout, target, outcome);
    if (!status)
        status = list_objects(history, outcome);
    if (status) {
        history_free(history);
        return status;
    }
    outcome->coverage.repositories++;
    outcome->coverage.refs += history->refs.ref_count;
    *out = history;
    return STATUS_OK;
}

size_t history_units(const struct history *history)
{
    return (history->list_count + (size_t)UNIT_OBJECTS - 1) / UNIT_OBJECTS;
}

const char *history_worktree(const struct history *history)
{
    return history->layout.worktree;
}

void history_free(struct history *history)
{
    if (!history)
        return;
    if (history->list != history->objects.order)
        free(history->list);
    if (history->missing) {
        pthread_mutex_destroy(&history->missing->lock);
        id_map_release(&history->missing->ids);
    }
    free(history->missing);
    free(history->path);
    refs_release(&history->refs);
    objects_release(&history->objects);
    layout_release(&history->layout);
    free(history);
}

/* --- reading --- */

enum status history_reader_new(struct history_reader **out, const struct history *history)
{
    struct history_reader *reader = calloc(1, sizeof(*reader));
    enum status status = reader ? reader_init(&reader->reader, &history->objects) : err_nomem();

    if (status) {
        free(reader);
        return status;
    }
    reader->history = history;
    *out = reader;
    return STATUS_OK;
}

void history_reader_free(struct history_reader *reader)
{
    if (!reader)
        return;
    reader_release(&reader->reader);
    free(reader);
}

/* The object that `id` names must be there. */
static void check_link(struct history_reader *reader, struct outcome *outcome,
                       const struct object_id *id)
{
    struct object_id *recent = &reader->recent[(id->byte[0] << 8 | id->byte[1]) % RECENT];
    uint32_t number;

    if (id_eq(recent, id))
        return;
    if (objects_find(&reader->history->objects, id, &number))
        *recent = *id;
    else
        history_missing(reader->history, outcome, id);
}

static bool check_tree(struct history_reader *reader, struct outcome *outcome, struct slice content)
{
    struct tree_entry entry;
    enum status status;

    while (!(status = tree_next(&content, &entry)))
        if ((entry.mode & MODE_MASK) != MODE_SUBMODULE)
            check_link(reader, outcome, &entry.id);
    return status == STATUS_ABSENT;
}

/* Check the links of an object, where nobody has yet. False where it is malformed. */
static bool check_links(struct history_reader *reader, struct outcome *outcome,
                        const struct object *object)
{
    struct commit_head head;
    struct object_id id;

    if (!reader->history->all || object->type == OBJECT_BLOB)
        return true;
    if (object->type == OBJECT_TREE)
        return check_tree(reader, outcome, object->content);
    if (object->type == OBJECT_TAG) {
        if (!tag_parse(&id, object->content))
            return false;
        check_link(reader, outcome, &id);
        return true;
    }
    if (!commit_parse(&head, object->content))
        return false;
    check_link(reader, outcome, &head.tree);
    for (size_t i = 0; i < head.parent_count; i++) {
        id = commit_parent(&head, i);
        check_link(reader, outcome, &id);
    }
    return true;
}

/* Count an object that was read, and say as what it is handed out. False for a tree. */
static bool count(struct coverage *coverage, const struct object *object, enum history_kind *kind)
{
    struct commit_head head;

    switch (object->type) {
    case OBJECT_BLOB:
        coverage->blobs++;
        coverage->blob_bytes += object->content.len;
        *kind = HISTORY_BLOB;
        return true;
    case OBJECT_COMMIT:
        coverage->commits++;
        coverage->merges += commit_parse(&head, object->content) && head.parent_count > 1;
        *kind = HISTORY_COMMIT;
        return true;
    case OBJECT_TAG:
        coverage->tags++;
        *kind = HISTORY_TAG;
        return true;
    case OBJECT_TREE:
    case OBJECT_UNKNOWN:
        break;
    }
    return false;
}

static enum status read_object(struct history_reader *reader, uint32_t number,
                               struct outcome *outcome, history_object_fn *fn, void *ctx)
{
    const struct history *history = reader->history;
    enum object_type type = objects_type(&history->objects, number);
    uint64_t max = type == OBJECT_BLOB ? history->blob_max : LIMIT_BLOB_BYTES;
    struct history_object handed;
    struct object object;
    enum status status = reader_read(&reader->reader, number, max, &object);

    if (type == OBJECT_UNKNOWN)
        type = object.type == OBJECT_UNKNOWN ? OBJECT_BLOB : object.type;
    if (!status && object.type == OBJECT_BLOB && object.content.len > history->blob_max)
        status = STATUS_STOPPED;
    if (status) {
        history_unread(history, outcome, number, type, status);
        return STATUS_OK;
    }
    if (!check_links(reader, outcome, &object)) {
        err_set(STATUS_CORRUPT, "it does not have the form of its kind");
        history_unread(history, outcome, number, type, STATUS_CORRUPT);
    }
    if (!count(&outcome->coverage, &object, &handed.kind))
        return STATUS_OK;
    id_hex(objects_id(&history->objects, number), handed.id);
    handed.content = object.content;
    return fn(ctx, &handed) ? STATUS_STOPPED : STATUS_OK;
}

enum status history_read_unit(struct history_reader *reader, size_t unit, struct outcome *outcome,
                              history_object_fn *fn, void *ctx)
{
    const struct history *history = reader->history;
    size_t from = unit * UNIT_OBJECTS, to = from + UNIT_OBJECTS;

    assert(unit < history_units(history));
    for (size_t i = from; i < to && i < history->list_count; i++)
        if (read_object(reader, history->list[i], outcome, fn, ctx) == STATUS_STOPPED)
            return STATUS_STOPPED;
    return STATUS_OK;
}
