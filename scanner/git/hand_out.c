/*
 * hand_out.c - reading units, object by object.
 *
 * Where all objects are listed, their links are checked while they are handed out: trees are read
 * for that alone, and of those only the entries that a tree's delta brings. Where only reached
 * objects are listed, reach.c has read the trees and found what is missing.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "git/history_private.h"
#include "git/store/content.h"
#include "git/store/fresh.h"

struct history_reader {
    const struct history *history;
    struct reader reader;
    struct fresh_spans spans;
};

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
