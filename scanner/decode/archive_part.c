/*
 * archive_part.c - archives in archives that are unpacked apart, by whoever has time.
 *
 * Each has a budget of its own: until it is known what it took of it, all of it is set aside in
 * that of the whole. So what is read does not depend on who unpacks it, or when.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "decode/archive_private.h"

/* An archive, whole. */
struct inner {
    struct archive_part part;
    struct budget *whole;
    struct archive_limits limits; /* what is set aside for it */
    sem_t *turn;                  /* large: to be given back when it is done; NULL: it is not */
    bool large;                   /* it is large, or came out of one that is */
    enum archive_kind kind;
    unsigned depth;
    char *path;
    struct buf bytes;
};

static void inner_free(struct inner *inner)
{
    buf_release(&inner->bytes);
    if (inner->turn)
        sem_post(inner->turn);
    free(inner->path);
    free(inner);
}

static enum status unpack_inner(struct archive_part *part,
                                const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct inner *inner = (struct inner *)part;
    struct budget budget = { .limits = inner->limits,
                             .callbacks = callbacks,
                             .large = inner->large };
    enum status status =
        archive_bytes(&budget, buf_view(&inner->bytes), inner->kind, inner->path, inner->depth);

    status = budget_finish(&budget, status, archives);
    budget_close_part(inner->whole, &budget);
    inner_free(inner);
    return status;
}

/* Give `bytes` away, which are taken over, to be unpacked by whoever has time. So is the turn of
 * `part`, if it has one. */
static enum status give_part(struct budget *budget, const struct inner *part, struct buf *bytes,
                             const char *path)
{
    struct inner *inner = malloc(sizeof(*inner));

    if (!inner) {
        if (part->turn)
            sem_post(part->turn);
        return err_nomem();
    }
    *inner = *part;
    inner->part.unpack = unpack_inner;
    inner->part.bytes = bytes->len;
    inner->whole = budget;
    inner->large = budget->large;
    inner->bytes = *bytes;
    *bytes = (struct buf){ 0 };
    inner->path = strdup(path);
    if (!inner->path) {
        inner_free(inner);
        return err_nomem();
    }
    budget_open_part(budget, &inner->limits);
    budget->callbacks->part(budget->callbacks->ctx, &inner->part);
    return STATUS_OK;
}

enum status archive_give_small(struct budget *budget, struct slice bytes, enum archive_kind kind,
                               const char *path, unsigned depth)
{
    struct inner inner = { .kind = kind, .depth = depth };
    struct buf copy = { 0 };
    enum status status;

    inner.limits = (struct archive_limits){ budget->limits.depth, LIMIT_ARCHIVE_PART_EXPANDED_BYTES,
                                            LIMIT_ARCHIVE_PART_MEMBERS };
    buf_append(&copy, bytes);
    status = buf_status(&copy) ? copy.failed : give_part(budget, &inner, &copy, path);
    buf_release(&copy);
    return status;
}

enum status archive_give_large(struct budget *budget, struct buf *bytes, sem_t **turn,
                               enum archive_kind kind, const char *path, unsigned depth)
{
    struct inner inner = { .part.shares = true, .turn = *turn, .kind = kind, .depth = depth };
    bool apart =
        depth > 1 && budget->callbacks->part && (*turn || bytes->len <= LIMIT_ARCHIVE_MEMORY_BYTES);

    inner.limits = budget_limits_apart(budget, bytes->len);
    if (!apart || !budget_holds(budget, inner.limits.expanded_bytes, inner.limits.members))
        return archive_bytes(budget, buf_view(bytes), kind, path, depth);
    *turn = NULL;
    return give_part(budget, &inner, bytes, path);
}

size_t archive_part_bytes(const struct archive_part *part)
{
    return part->bytes;
}

uint64_t archive_part_packed(const struct archive_part *part)
{
    return part->packed;
}

bool archive_part_shares(const struct archive_part *part)
{
    return part->shares;
}

enum status archive_part_unpack(struct archive_part *part,
                                const struct archive_callbacks *callbacks, uint64_t *archives)
{
    assert(part->shares || !callbacks->part);
    return part->unpack(part, callbacks, archives);
}
