/*
 * history.c - opening a repository, and handing out its objects unit by unit.
 *
 * Where all objects are listed, their links are checked while they are handed out: trees are read
 * for that alone, and of those only the entries that a tree's delta brings. Where only reached
 * objects are listed, reach.c has read the trees and found what is missing. A unit is a run of the
 * list, cut where a tree of deltas ends, so that no base is decoded for two units, but for trees so
 * large that one worker would be left alone with them.
 */
#include "git/history_private.h"

#include <stdlib.h>

#include "base/limits.h"
#include "git/store/content.h"
#include "git/store/fresh.h"

/* A unit ends at the first root after so many objects, or anywhere after so many. */
enum { UNIT_OBJECTS = 256, UNIT_OBJECTS_MOST = 4096 };

struct history_reader {
    const struct history *history;
    struct reader reader;
    struct fresh_spans spans;
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

void history_missing_parent(const struct history *history, struct outcome *outcome,
                            const struct object_id *commit, const struct object_id *id)
{
    enum status status;

    if (!id_map_find(&history->refs.shallow, commit)) {
        history_missing(history, outcome, id);
        return;
    }
    if (id_is_zero(id))
        return;
    pthread_mutex_lock(&history->missing->lock);
    status = id_map_add(&history->missing->beyond, id, 0);
    pthread_mutex_unlock(&history->missing->lock);
    if (status != STATUS_STOPPED)
        outcome->coverage.skipped[SKIP_SHALLOW]++;
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

static enum status list_objects(struct history *history, const struct history_range *range,
                                struct outcome *outcome)
{
    char *folder = path_join(history->layout.common, "objects");
    bool obey = history->obey_environment;
    const char *const folders[] = { folder, obey ? getenv("GIT_OBJECT_DIRECTORY") : NULL };
    enum status status =
        folder ? objects_open(&history->objects, folders, 2,
                              obey ? getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES") : NULL,
                              history->target, outcome, history->pool)
               : err_nomem();

    free(folder);
    if (status)
        return status;
    history->lacks = history->layout.partial || history->objects.promised;
    if (!range) /* else what is outside of the range is nobody's business */
        check_tips(history, outcome);
    if (!history->all)
        return history_list_reached(history, range, outcome);
    history->list = history->objects.order;
    history->list_count = history->objects.order_count;
    return STATUS_OK;
}

/* Is it the root of a tree of deltas? */
static bool is_root(const struct objects *objects, uint32_t number)
{
    const struct pack *pack;

    if (number >= objects->loose_first)
        return true;
    pack = &objects->packs[objects_pack_of(objects, number)];
    return pack->entries[number - pack->first].base >= pack->count;
}

static enum status cut_units(struct history *history)
{
    const struct objects *objects = &history->objects;
    size_t count = 0;

    history->cuts = malloc((history->list_count / UNIT_OBJECTS + (size_t)2) * sizeof(uint32_t));
    if (!history->cuts)
        return err_nomem();
    history->cuts[0] = 0;
    for (uint32_t i = 0; i < history->list_count; i++, count++) {
        bool enough = count >= UNIT_OBJECTS;
        bool most = count >= UNIT_OBJECTS_MOST;

        if (most || (enough && is_root(objects, history->list[i]))) {
            history->cuts[++history->unit_count] = i;
            count = 0;
        }
    }
    if (history->list_count)
        history->cuts[++history->unit_count] = history->list_count;
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
    history->all = options->all_objects && !options->range;
    history->ranged = options->range != NULL;
    history->obey_environment = options->obey_environment;
    history->reach = options->reach;
    history->pool = options->pool;
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
        status = list_objects(history, options->range, outcome);
    if (!status)
        status = cut_units(history);
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
    return history->unit_count;
}

size_t history_tips(const struct history *history)
{
    return history->refs.tip_count;
}

void history_tip(const struct history *history, size_t i, char id[HISTORY_ID_SIZE])
{
    assert(i < history->refs.tip_count);
    id_hex(&history->refs.tips[i].id, id);
}

void history_free(struct history *history)
{
    if (!history)
        return;
    if (history->list != history->objects.order)
        free(history->list);
    free(history->cuts);
    history_attribution_free(history->attribution);
    if (history->graph_ready)
        graph_release(&history->graph);
    if (history->missing) {
        pthread_mutex_destroy(&history->missing->lock);
        id_map_release(&history->missing->ids);
        id_map_release(&history->missing->beyond);
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
    fresh_release(&reader->spans);
    free(reader);
}

/* Who checks the links of an object. */
struct checking {
    const struct history *history;
    struct outcome *outcome;
};

/* The object that `id` names must be there. */
static void check_link(const struct checking *checking, const struct object_id *id)
{
    uint32_t number;

    if (!objects_find(&checking->history->objects, id, &number))
        history_missing(checking->history, checking->outcome, id);
}

static enum status check_entry(void *ctx, const struct tree_entry *entry)
{
    if ((entry->mode & MODE_MASK) != MODE_SUBMODULE)
        check_link(ctx, &entry->id);
    return STATUS_OK;
}

static bool check_commit(const struct checking *checking, struct slice content,
                         const struct object_id *own)
{
    struct commit_head head;

    if (!commit_parse(&head, content))
        return false;
    check_link(checking, &head.tree);
    for (size_t i = 0; i < head.parent_count; i++) {
        struct object_id id = commit_parent(&head, i);
        uint32_t number;

        if (!objects_find(&checking->history->objects, &id, &number))
            history_missing_parent(checking->history, checking->outcome, own, &id);
    }
    return true;
}

/* Check the links of an object, where nobody has yet. False where it is malformed. */
static bool check_links(const struct history *history, struct outcome *outcome,
                        const struct object *object, uint32_t number)
{
    struct checking checking = { history, outcome };
    struct object_id id;

    if (!history->all || object->type == OBJECT_BLOB)
        return true;
    if (object->type == OBJECT_TREE)
        return fresh_entries(object, check_entry, &checking) != STATUS_CORRUPT;
    if (object->type == OBJECT_COMMIT)
        return check_commit(&checking, object->content, objects_id(&history->objects, number));
    if (!tag_parse(&id, object->content))
        return false;
    check_link(&checking, &id);
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

/* Hand an object out, and mark it where nothing was in it. */
static enum status hand_out(struct history_reader *reader, uint32_t number,
                            const struct object *object, enum history_kind kind,
                            history_object_fn *fn, void *ctx)
{
    struct history_object handed = { .kind = kind, .content = object->content };
    struct history_span whole = { 0, object->content.len };
    enum history_answer answer;

    handed.fresh = &whole;
    handed.fresh_count = 1;
    if (reader->history->reach && !fresh_list(&reader->spans, object, reader->history->reach)) {
        handed.fresh = reader->spans.spans;
        handed.fresh_count = reader->spans.count;
    }
    id_hex(objects_id(&reader->history->objects, number), handed.id);
    answer = fn(ctx, &handed);
    if (answer == HISTORY_CLEAN && object->link)
        object->link->mark = FRESH_DONE;
    return answer == HISTORY_STOP ? STATUS_STOPPED : STATUS_OK;
}

static enum status read_object(struct history_reader *reader, uint32_t number,
                               struct outcome *outcome, history_object_fn *fn, void *ctx)
{
    const struct history *history = reader->history;
    enum object_type type = objects_type(&history->objects, number);
    uint64_t max = type == OBJECT_BLOB ? history->blob_max : LIMIT_BLOB_BYTES;
    enum history_kind kind;
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
    if (fn && !check_links(history, outcome, &object, number)) {
        err_set(STATUS_CORRUPT, "it does not have the form of its kind");
        history_unread(history, outcome, number, type, STATUS_CORRUPT);
    }
    if (!count(&outcome->coverage, &object, &kind) || !fn)
        return STATUS_OK;
    return hand_out(reader, number, &object, kind, fn, ctx);
}

enum status history_read_unit(struct history_reader *reader, size_t unit, struct outcome *outcome,
                              history_object_fn *fn, void *ctx)
{
    const struct history *history = reader->history;

    assert(unit < history_units(history));
    for (uint32_t i = history->cuts[unit]; i < history->cuts[unit + 1]; i++)
        if (read_object(reader, history->list[i], outcome, fn, ctx) == STATUS_STOPPED)
            return STATUS_STOPPED;
    return STATUS_OK;
}
