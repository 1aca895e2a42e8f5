/*
 * outcome.c - gathering, merging and bounding of what a scan found.
 *
 * A lone id is found again through an open-addressed table of its (rule, target, id). Findings and
 * troubles may grow to twice their limit; then the first LIMIT_... of them in an order of their
 * content are kept and everything they point to is copied into a fresh arena. Keeping the smallest
 * k of each worker and again of the whole is keeping the smallest k of all, whoever found what. For
 * that the order puts lone ids last and by their name alone: one that is dropped once is dropped
 * always, so a count that is printed is whole.
 */
#include "base/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/outcome_order.h"
#include "base/s3.h"

const char *skip_name(enum skip reason)
{
    static const char *const names[SKIP_COUNT] = {
        [SKIP_TOO_LARGE] = "too_large", [SKIP_UNREADABLE] = "unreadable",
        [SKIP_SYMLINK] = "symlink",     [SKIP_SPECIAL] = "special",
        [SKIP_PSEUDO_FS] = "pseudo_fs", [SKIP_IGNORED] = "ignored",
        [SKIP_MISSING] = "missing",     [SKIP_SHALLOW] = "shallow",
        [SKIP_ENCRYPTED] = "encrypted", [SKIP_LIMIT] = "limit",
        [SKIP_EXCLUDED] = "excluded",   [SKIP_ARCHIVED] = "archived",
        [SKIP_EMPTY] = "empty",
    };

    assert(reason < SKIP_COUNT);
    return names[reason];
}

bool skip_is_loss(enum skip reason)
{
    return reason == SKIP_UNREADABLE || reason == SKIP_MISSING || reason == SKIP_ENCRYPTED ||
           reason == SKIP_LIMIT || reason == SKIP_ARCHIVED || reason == SKIP_EMPTY;
}

/* --- copies --- */

static const struct git_origin *copy_git(struct arena *arena, const struct git_origin *git,
                                         bool *good)
{
    struct git_origin *copy = arena_alloc(arena, sizeof(*copy));
    const char **paths = arena_alloc(arena, git->path_count * sizeof(*paths));

    if (!copy || !paths) {
        *good = false;
        return NULL;
    }
    *copy = *git;
    copy->repository = arena_keep_text(arena, git->repository, good);
    copy->blob = arena_keep_text(arena, git->blob, good);
    copy->kind = arena_keep_text(arena, git->kind, good);
    copy->first_commit = arena_keep_text(arena, git->first_commit, good);
    copy->last_commit = arena_keep_text(arena, git->last_commit, good);
    copy->author = arena_keep_text(arena, git->author, good);
    copy->date = arena_keep_text(arena, git->date, good);
    copy->last_date = arena_keep_text(arena, git->last_date, good);
    for (size_t i = 0; i < git->path_count; i++)
        paths[i] = arena_keep_text(arena, git->paths[i], good);
    copy->paths = paths;
    return copy;
}

static const struct candidate *copy_candidates(struct arena *arena, const struct candidate *from,
                                               size_t count, bool *good)
{
    struct candidate *copy = arena_alloc(arena, count * sizeof(*copy));

    *good = *good && copy;
    for (size_t i = 0; copy && i < count; i++)
        copy[i] = (struct candidate){ arena_keep(arena, from[i].secret, good), from[i].place };
    return copy;
}

static const struct verification *copy_verification(struct arena *arena,
                                                    const struct verification *from, bool *good)
{
    struct verification *copy = arena_alloc(arena, sizeof(*copy));

    *good = *good && copy;
    if (copy)
        *copy = (struct verification){ .verdict = from->verdict,
                                       .arn = arena_keep_text(arena, from->arn, good),
                                       .account = arena_keep_text(arena, from->account, good),
                                       .user_id = arena_keep_text(arena, from->user_id, good),
                                       .checked_at = arena_keep_text(arena, from->checked_at, good),
                                       .error = arena_keep_text(arena, from->error, good) };
    return copy;
}

/* The outcome's own copy of `path`, made once for the run of findings of one document. */
static const char *keep_path(struct outcome *outcome, struct arena *arena, const char *path,
                             bool *good)
{
    if (!outcome->last_path || strcmp(outcome->last_path, path))
        outcome->last_path = arena_keep_text(arena, path, good);
    return outcome->last_path;
}

/* Make `finding` point into `arena` only (rule and target aside). False: memory is out. */
static bool adopt(struct outcome *outcome, struct arena *arena, struct finding *finding)
{
    bool good = true;

    finding->path = keep_path(outcome, arena, finding->path, &good);
    finding->id = arena_keep(arena, finding->id, &good);
    finding->secret = arena_keep(arena, finding->secret, &good);
    finding->token = arena_keep(arena, finding->token, &good);
    finding->secret_path = arena_keep_text(arena, finding->secret_path, &good);
    finding->fingerprint = arena_keep_text(arena, finding->fingerprint, &good);
    finding->account_label = arena_keep_text(arena, finding->account_label, &good);
    if (finding->git)
        finding->git = copy_git(arena, finding->git, &good);
    finding->s3 = s3_copy(arena, finding->s3, &good);
    if (finding->candidate_count)
        finding->candidates =
            copy_candidates(arena, finding->candidates, finding->candidate_count, &good);
    if (finding->verification)
        finding->verification = copy_verification(arena, finding->verification, &good);
    return good;
}

/* --- the table of lone ids --- */

/*
 * Ids are chosen by whoever wrote the documents. The addresses of rule and target, which nobody
 * outside knows, begin the hash, so that ids cannot be made to collide.
 */
static size_t lone_hash(const struct finding *finding)
{
    uint64_t hash = (uint64_t)(uintptr_t)finding->rule * 31 + (uint64_t)(uintptr_t)finding->target;

    for (size_t i = 0; i < finding->id.len; i++) {
        hash = (hash ^ finding->id.ptr[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return (size_t)hash;
}

/* The slot of `finding`'s id, or the empty one where it belongs. lone_cap > lone_count. */
static size_t *lone_slot(const struct outcome *outcome, const struct finding *finding)
{
    size_t mask = outcome->lone_cap - 1;
    size_t i = lone_hash(finding) & mask;

    for (; outcome->lone[i]; i = (i + 1) & mask) {
        const struct finding *other = &outcome->findings[outcome->lone[i] - 1];

        if (other->rule == finding->rule && other->target == finding->target &&
            slice_eq(other->id, finding->id))
            break;
    }
    return &outcome->lone[i];
}

/* Fill the table anew, after the findings have moved. Needs no memory. */
static void lone_refill(struct outcome *outcome)
{
    outcome->lone_count = 0;
    if (!outcome->lone_cap)
        return;
    memset(outcome->lone, 0, outcome->lone_cap * sizeof(*outcome->lone));
    for (size_t i = 0; i < outcome->finding_count; i++) {
        if (finding_is_lone(&outcome->findings[i])) {
            *lone_slot(outcome, &outcome->findings[i]) = i + 1;
            outcome->lone_count++;
        }
    }
}

/* Room for one lone id more, half of the table staying empty. False: memory is out. */
static bool lone_reserve(struct outcome *outcome)
{
    size_t cap = outcome->lone_cap ? outcome->lone_cap * 2 : 64;
    size_t *table;

    if (outcome->lone_count < outcome->lone_cap / 2)
        return true;
    table = malloc(cap * sizeof(*table));
    if (!table)
        return false;
    free(outcome->lone);
    outcome->lone = table;
    outcome->lone_cap = cap;
    lone_refill(outcome);
    return true;
}

/* The finding that holds this lone id already, or NULL. */
static struct finding *lone_find(const struct outcome *outcome, const struct finding *finding)
{
    size_t *slot;

    if (outcome->every_lone || !outcome->lone_cap || !finding_is_lone(finding))
        return NULL;
    slot = lone_slot(outcome, finding);
    return *slot ? &outcome->findings[*slot - 1] : NULL;
}

/* --- bounds --- */

/* `array` with room for one element of `size` bytes more; NULL, and `array` as it was, without
 * memory. */
static void *room(void *array, size_t count, size_t *cap, size_t size)
{
    size_t more = *cap ? *cap * 2 : 16;

    if (count < *cap)
        return array;
    array = realloc(array, more * size);
    if (array)
        *cap = more;
    return array;
}

/* Copy what is held into a fresh arena and drop the old one; where memory is out both stay. */
static void compact(struct outcome *outcome)
{
    struct arena fresh = { 0 };
    bool good = true;

    outcome->last_path = NULL;
    for (size_t i = 0; good && i < outcome->finding_count; i++) {
        struct finding copy = outcome->findings[i];

        good = adopt(outcome, &fresh, &copy);
        if (good)
            outcome->findings[i] = copy;
    }
    for (size_t i = 0; good && i < outcome->trouble_count; i++) {
        struct trouble *trouble = &outcome->troubles[i];
        const char *path = arena_keep_text(&fresh, trouble->path, &good);
        const char *message = arena_keep_text(&fresh, trouble->message, &good);

        if (good)
            *trouble = (struct trouble){ trouble->target, path, message };
    }
    if (good)
        arena_release(&outcome->arena);
    else
        outcome->last_path = NULL;
    arena_join(&outcome->arena, &fresh);
}

/* What a finding counts for in LIMIT_FINDINGS_BYTES: what no other sighting of it can change. */
static size_t weight(const struct finding *finding)
{
    size_t bytes = finding->id.len + finding->secret.len + finding->token.len;

    for (size_t i = 0; i < finding->candidate_count; i++)
        bytes += finding->candidates[i].secret.len;
    return bytes;
}

/* How many of the findings, which are in the order of keeping, the limits allow. */
static size_t allowed(const struct outcome *outcome)
{
    size_t bytes = 0, n = 0;

    while (n < outcome->finding_count && n < LIMIT_FINDINGS && bytes <= LIMIT_FINDINGS_BYTES)
        bytes += weight(&outcome->findings[n++]);
    return n;
}

/* Cut findings and troubles back to their limits where they are more than `slack` times that. */
static void trim(struct outcome *outcome, size_t slack)
{
    bool findings = outcome->finding_count > slack * LIMIT_FINDINGS ||
                    outcome->bytes > slack * LIMIT_FINDINGS_BYTES;
    bool troubles = outcome->trouble_count > slack * LIMIT_TROUBLES;

    if (findings) {
        size_t kept;

        order_findings_to_keep(outcome->findings, outcome->finding_count);
        kept = allowed(outcome);
        outcome->cut |= kept < outcome->finding_count;
        outcome->finding_count = kept;
        outcome->bytes = 0;
        for (size_t i = 0; i < kept; i++)
            outcome->bytes += weight(&outcome->findings[i]);
    }
    if (troubles) {
        order_troubles(outcome->troubles, outcome->trouble_count);
        outcome->trouble_count = LIMIT_TROUBLES;
    }
    if (findings || troubles)
        compact(outcome);
    if (findings)
        lone_refill(outcome);
}

/* --- adding --- */

/* Append a finding that the outcome owns. False: memory is out. */
static bool append(struct outcome *outcome, const struct finding *finding)
{
    struct finding *grown = room(outcome->findings, outcome->finding_count, &outcome->finding_cap,
                                 sizeof(*outcome->findings));

    if (!grown)
        return false;
    outcome->findings = grown;
    if (finding_is_lone(finding) && !outcome->every_lone) {
        if (!lone_reserve(outcome))
            return false;
        *lone_slot(outcome, finding) = outcome->finding_count + 1;
        outcome->lone_count++;
    }
    outcome->findings[outcome->finding_count++] = *finding;
    outcome->bytes += weight(finding);
    return true;
}

/* `kept` takes in one more sighting of its lone id, owned by the outcome where it is the better
 * one. */
static void join_lone(struct finding *kept, const struct finding *seen)
{
    uint64_t count = kept->count + seen->count;

    if (order_of_lone(seen, kept) < 0)
        *kept = *seen;
    kept->count = count;
}

/* Nothing is held any more; the memory for it stays. */
static void clear(struct outcome *outcome)
{
    outcome->finding_count = outcome->trouble_count = 0;
    outcome->bytes = 0;
    outcome->last_path = NULL;
    arena_reset(&outcome->arena);
    lone_refill(outcome);
}

/* Put what is held into the pot where it has become much, or else cut it back to the limits. */
static void bound(struct outcome *outcome)
{
    struct outcome_pot *pot = outcome->pot;

    if (!pot) {
        trim(outcome, 2);
        return;
    }
    if (outcome->finding_count < LIMIT_FINDINGS_APART &&
        outcome->trouble_count < LIMIT_FINDINGS_APART && outcome->bytes < LIMIT_FINDINGS_BYTES / 32)
        return;
    pthread_mutex_lock(&pot->lock);
    for (size_t i = 0; i < outcome->finding_count; i++)
        outcome_add(&pot->outcome, &outcome->findings[i]);
    for (size_t i = 0; i < outcome->trouble_count; i++)
        outcome_retell(&pot->outcome, &outcome->troubles[i]);
    pthread_mutex_unlock(&pot->lock);
    clear(outcome);
}

void outcome_add(struct outcome *outcome, const struct finding *finding)
{
    struct finding copy = *finding;
    struct finding *kept;

    assert(finding->rule && finding->path && (finding->id.ptr || finding->secret.ptr));
    kept = lone_find(outcome, finding);
    if (copy.count == 0)
        copy.count = 1;
    if (kept && order_of_lone(finding, kept) >= 0) {
        kept->count += copy.count;
        return;
    }
    if (!adopt(outcome, &outcome->arena, &copy)) {
        outcome->last_path = NULL;
        outcome->starved = true;
    } else if (kept) {
        join_lone(kept, &copy);
    } else {
        outcome->starved |= !append(outcome, &copy);
        bound(outcome);
    }
}

enum status outcome_verify(struct outcome *outcome, size_t index,
                           const struct verification *verification)
{
    bool good = true;
    const struct verification *copy = copy_verification(&outcome->arena, verification, &good);

    assert(index < outcome->finding_count);
    if (!good)
        return err_nomem();
    outcome->findings[index].verification = copy;
    return STATUS_OK;
}

static void append_trouble(struct outcome *outcome, const struct trouble *trouble)
{
    struct trouble *grown = room(outcome->troubles, outcome->trouble_count, &outcome->trouble_cap,
                                 sizeof(*outcome->troubles));

    if (!grown)
        return; /* it has been counted */
    outcome->troubles = grown;
    outcome->troubles[outcome->trouble_count++] = *trouble;
}

void outcome_retell(struct outcome *outcome, const struct trouble *trouble)
{
    struct trouble copy = { .target = trouble->target };
    bool good = true;

    copy.path = arena_keep_text(&outcome->arena, trouble->path, &good);
    copy.message = arena_keep_text(&outcome->arena, trouble->message, &good);
    if (good)
        append_trouble(outcome, &copy);
    bound(outcome);
}

void outcome_trouble(struct outcome *outcome, enum skip reason, const char *target,
                     const char *path, const char *format, ...)
{
    char message[1024];
    va_list args;

    assert(reason < SKIP_COUNT);
    outcome->coverage.skipped[reason]++;
    outcome->coverage.errors++;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    outcome_retell(outcome, &(struct trouble){ target, path, message });
}

/* --- the whole --- */

static void add_coverage(struct coverage *into, const struct coverage *from)
{
    into->files += from->files;
    into->bytes += from->bytes;
    into->archives += from->archives;
    into->repositories += from->repositories;
    into->blobs += from->blobs;
    into->commits += from->commits;
    into->merges += from->merges;
    into->tags += from->tags;
    into->refs += from->refs;
    into->objects += from->objects;
    into->blob_bytes += from->blob_bytes;
    for (size_t i = 0; i < SKIP_COUNT; i++)
        into->skipped[i] += from->skipped[i];
    into->temporary_ids += from->temporary_ids;
    into->allowed += from->allowed;
    into->baselined += from->baselined;
    into->rules_off += from->rules_off;
    into->errors += from->errors;
}

/* Has nothing been found by it, whatever it has counted? */
static bool is_bare(const struct outcome *outcome)
{
    return !outcome->finding_count && !outcome->trouble_count && !outcome->arena.head;
}

/* Give all of `from` to `into`, which is bare, without a copy. */
static void move(struct outcome *into, struct outcome *from)
{
    struct outcome old = *into;

    *into = *from;
    into->pot = old.pot;
    into->every_lone = old.every_lone;
    into->cut |= old.cut;
    into->starved |= old.starved;
    add_coverage(&into->coverage, &old.coverage);
    *from = (struct outcome){ .pot = from->pot, .every_lone = from->every_lone };
    outcome_release(&old);
}

void outcome_merge(struct outcome *into, struct outcome *from)
{
    assert(into != from);
    if (is_bare(into) && into->every_lone == from->every_lone)
        move(into, from);
    for (size_t i = 0; i < from->finding_count; i++) {
        struct finding *kept = lone_find(into, &from->findings[i]);

        if (kept)
            join_lone(kept, &from->findings[i]);
        else
            into->starved |= !append(into, &from->findings[i]);
    }
    for (size_t i = 0; i < from->trouble_count; i++)
        append_trouble(into, &from->troubles[i]);
    add_coverage(&into->coverage, &from->coverage);
    arena_join(&into->arena, &from->arena);
    into->cut |= from->cut;
    into->starved |= from->starved;
    outcome_release(from);
    trim(into, 2);
}

void outcome_pour(struct outcome *into, struct outcome *from)
{
    assert(into != from && !from->pot);
    for (size_t i = 0; i < from->finding_count; i++)
        outcome_add(into, &from->findings[i]);
    for (size_t i = 0; i < from->trouble_count; i++)
        outcome_retell(into, &from->troubles[i]);
    add_coverage(&into->coverage, &from->coverage);
    into->cut |= from->cut;
    into->starved |= from->starved;
    clear(from);
    from->coverage = (struct coverage){ 0 };
    from->cut = from->starved = false;
}

void outcome_sort(struct outcome *outcome, const char *const *targets, size_t n)
{
    trim(outcome, 1);
    /* Noted once however many workers met the limit, and only after it can cut away no trouble. */
    if (outcome->cut)
        outcome_trouble(outcome, SKIP_LIMIT, NULL, NULL,
                        "more than %u findings, or %u MiB of them: the others are left out of "
                        "the report",
                        LIMIT_FINDINGS, LIMIT_FINDINGS_BYTES >> 20);
    if (outcome->starved)
        outcome_trouble(outcome, SKIP_LIMIT, NULL, NULL, "out of memory: findings were lost");
    outcome->cut = outcome->starved = false;
    order_findings(outcome->findings, outcome->finding_count, targets, n);
    order_troubles(outcome->troubles, outcome->trouble_count);
    lone_refill(outcome);
}

size_t outcome_filter(struct outcome *outcome, bool (*keep)(void *ctx, const struct finding *),
                      void *ctx)
{
    size_t kept = 0, dropped;

    outcome->bytes = 0;
    for (size_t i = 0; i < outcome->finding_count; i++) {
        if (!keep(ctx, &outcome->findings[i]))
            continue;
        outcome->findings[kept++] = outcome->findings[i];
        outcome->bytes += weight(&outcome->findings[i]);
    }
    dropped = outcome->finding_count - kept;
    outcome->finding_count = kept;
    lone_refill(outcome);
    return dropped;
}

bool outcome_complete(const struct outcome *outcome)
{
    if (outcome->cut || outcome->starved)
        return false;
    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (skip_is_loss((enum skip)i) && outcome->coverage.skipped[i])
            return false;
    return true;
}

void outcome_pot_init(struct outcome_pot *pot)
{
    *pot = (struct outcome_pot){ 0 };
    pthread_mutex_init(&pot->lock, NULL);
}

void outcome_pot_release(struct outcome_pot *pot)
{
    outcome_release(&pot->outcome);
    pthread_mutex_destroy(&pot->lock);
}

void outcome_release(struct outcome *outcome)
{
    free(outcome->findings);
    free(outcome->troubles);
    free(outcome->lone);
    arena_release(&outcome->arena);
    *outcome = (struct outcome){ 0 };
}
