/* archive_budget.c - what an archive and its parts have taken of what they may. */
#include "base/limits.h"
#include "decode/archive_private.h"

void budget_tell(const struct budget *budget, enum archive_loss why, const char *path,
                 const char *message)
{
    budget->callbacks->loss(budget->callbacks->ctx, why, path, message);
}

/*
 * Could parts that are not done, and so much more, lead beyond the limits? What is set aside is
 * read first: a part that ends meanwhile counts twice and not never.
 */
static bool may_be_spent(struct budget *budget, uint64_t bytes, uint64_t members)
{
    bytes += atomic_load(&budget->aside_expanded);
    bytes += atomic_load(&budget->expanded);
    members += atomic_load(&budget->aside_members);
    members += atomic_load(&budget->members);
    return bytes > budget->limits.expanded_bytes || members > budget->limits.members;
}

bool budget_has_parts(struct budget *budget)
{
    return atomic_load(&budget->aside_members) > 0;
}

bool budget_is_spent(struct budget *budget)
{
    if (budget_has_parts(budget) && may_be_spent(budget, 0, 0))
        budget->callbacks->settle(budget->callbacks->ctx);
    return budget->expanded > budget->limits.expanded_bytes ||
           budget->members > budget->limits.members;
}

bool budget_ends(struct budget *budget, const char *path)
{
    bool spent = budget_is_spent(budget);

    if (spent && !budget->told) {
        budget->told = true;
        budget_tell(budget, ARCHIVE_LIMIT, path,
                    budget->members > budget->limits.members
                        ? "more members than are looked at; the rest was not read"
                        : "expands to more bytes than are looked at; the rest was not read");
    }
    return spent;
}

struct archive_limits budget_limits_apart(const struct budget *budget, uint64_t packed)
{
    uint64_t expanded =
        packed > INT64_MAX / LIMIT_ARCHIVE_RATIO ? INT64_MAX : packed * LIMIT_ARCHIVE_RATIO;

    return (struct archive_limits){
        .depth = budget->limits.depth,
        .expanded_bytes =
            expanded > LIMIT_ARCHIVE_EXPANDED_BYTES ? expanded : LIMIT_ARCHIVE_EXPANDED_BYTES,
        .members = LIMIT_ARCHIVE_SHARED_MEMBERS,
    };
}

void budget_open_part(struct budget *budget, const struct archive_limits *limits)
{
    if (may_be_spent(budget, limits->expanded_bytes, limits->members))
        budget->callbacks->settle(budget->callbacks->ctx);
    atomic_fetch_add(&budget->aside_expanded, limits->expanded_bytes);
    atomic_fetch_add(&budget->aside_members, limits->members);
}

void budget_close_part(struct budget *budget, const struct budget *part)
{
    atomic_fetch_add(&budget->expanded, part->expanded);
    atomic_fetch_add(&budget->members, part->members);
    atomic_fetch_sub(&budget->aside_expanded, part->limits.expanded_bytes);
    atomic_fetch_sub(&budget->aside_members, part->limits.members);
}

bool budget_holds(struct budget *budget, uint64_t bytes, uint64_t members)
{
    const struct archive_limits *limits = &budget->limits;

    if (bytes > limits->expanded_bytes || members > limits->members)
        return false;
    if (budget_has_parts(budget) && may_be_spent(budget, bytes, members))
        budget->callbacks->settle(budget->callbacks->ctx);
    return !may_be_spent(budget, bytes, members);
}

enum status budget_finish(struct budget *budget, enum status status, uint64_t *archives)
{
    if (budget_has_parts(budget))
        budget->callbacks->settle(budget->callbacks->ctx);
    *archives += budget->archives;
    return status;
}

static ssize_t read_charged(void *ctx, uint8_t *out, size_t n)
{
    struct charged *c = ctx;
    ssize_t got = budget_is_spent(c->budget) ? 0 : c->stream->read(c->stream->ctx, out, n);

    if (got > 0)
        atomic_fetch_add(&c->budget->expanded, (uint64_t)got);
    return got;
}

struct stream charged_stream(struct charged *charged)
{
    return (struct stream){ read_charged, charged };
}

ssize_t archive_take_in(const struct stream *stream, size_t max, struct buf *out)
{
    ssize_t n = 1;

    while (n > 0 && out->len < max) {
        size_t want = max - out->len < ARCHIVE_BLOCK_BYTES ? max - out->len : ARCHIVE_BLOCK_BYTES;

        buf_reserve(out, want + 1);
        if (buf_status(out))
            return -1;
        n = stream->read(stream->ctx, out->ptr + out->len, want);
        out->len += n > 0 ? (size_t)n : 0;
    }
    return n;
}
