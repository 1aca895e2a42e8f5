/*
 * outcome.c - gathering, merging and bounding of what a scan found.
 *
 * Findings and troubles may grow to twice their limit; then the first LIMIT_... of them in an order
 * of their content are kept and everything they point to is copied into a fresh arena. Keeping the
 * smallest k of each worker and again of the whole is keeping the smallest k of all, whoever found
 * what. For that the order puts lone ids last and by their name alone: one that is dropped once is
 * dropped always, so a count that is printed is whole.
 */
#include "base/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/finding_copy.h"
#include "base/limits.h"
#include "base/outcome_order.h"

/* --- bounds --- */

/* Copy what is held into a fresh arena and drop the old one; where memory is out both stay. */
static void compact(struct outcome *outcome)
{
    struct arena fresh = { 0 };
    bool good = true;

    outcome->last_path = NULL;
    for (size_t i = 0; good && i < outcome->finding_count; i++) {
        struct finding copy = outcome->findings[i];

        good = finding_copy(&copy, &fresh, &outcome->last_path);
        if (good)
            outcome->findings[i] = copy;
    }
    for (size_t i = 0; good && i < outcome->trouble_count; i++) {
        struct trouble *trouble = &outcome->troubles[i];
        const char *path = arena_keep_text(&fresh, trouble->path, &good);
        const char *message = arena_keep_text(&fresh, trouble->message, &good);

        if (good)
            *trouble = (struct trouble){ trouble->target, path, message, trouble->archive_len };
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
        lone_ids_refill(&outcome->lone, outcome->findings, outcome->finding_count);
}

/* --- adding --- */

/* Append a finding that the outcome owns. False: memory is out. */
static bool append(struct outcome *outcome, const struct finding *finding)
{
    struct finding *grown = array_room(outcome->findings, outcome->finding_count,
                                       &outcome->finding_cap, sizeof(*outcome->findings));

    if (!grown)
        return false;
    outcome->findings = grown;
    grown[outcome->finding_count] = *finding;
    if (finding_is_lone(finding) && !outcome->every_lone &&
        !lone_ids_add(&outcome->lone, grown, outcome->finding_count))
        return false;
    outcome->finding_count++;
    outcome->bytes += weight(finding);
    return true;
}

/* Nothing is held any more; the memory for it stays. */
static void clear(struct outcome *outcome)
{
    outcome->finding_count = outcome->trouble_count = 0;
    outcome->bytes = 0;
    outcome->last_path = NULL;
    arena_reset(&outcome->arena);
    lone_ids_refill(&outcome->lone, outcome->findings, outcome->finding_count);
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
    kept = lone_ids_find(&outcome->lone, outcome->findings, finding);
    if (copy.count == 0)
        copy.count = 1;
    if (kept && order_of_lone(finding, kept) >= 0) {
        kept->count += copy.count;
        return;
    }
    if (!finding_copy(&copy, &outcome->arena, &outcome->last_path)) {
        outcome->last_path = NULL;
        outcome->starved = true;
    } else if (kept) {
        order_join_lone(kept, &copy);
    } else {
        outcome->starved |= !append(outcome, &copy);
        bound(outcome);
    }
}

enum status outcome_verify(struct outcome *outcome, size_t index,
                           const struct verification *verification)
{
    bool good = true;
    const struct verification *copy =
        finding_copy_verification(&outcome->arena, verification, &good);

    assert(index < outcome->finding_count);
    if (!good)
        return err_nomem();
    outcome->findings[index].verification = copy;
    return STATUS_OK;
}

static void append_trouble(struct outcome *outcome, const struct trouble *trouble)
{
    struct trouble *grown = array_room(outcome->troubles, outcome->trouble_count,
                                       &outcome->trouble_cap, sizeof(*outcome->troubles));

    if (!grown)
        return; /* it has been counted */
    outcome->troubles = grown;
    outcome->troubles[outcome->trouble_count++] = *trouble;
}

void outcome_retell(struct outcome *outcome, const struct trouble *trouble)
{
    struct trouble copy = { .target = trouble->target, .archive_len = trouble->archive_len };
    bool good = true;

    copy.path = arena_keep_text(&outcome->arena, trouble->path, &good);
    copy.message = arena_keep_text(&outcome->arena, trouble->message, &good);
    if (good)
        append_trouble(outcome, &copy);
    bound(outcome);
}

static void count_trouble(struct outcome *outcome, enum skip reason, struct trouble trouble,
                          const char *format, va_list args)
{
    char message[1024];

    assert(reason < SKIP_COUNT);
    outcome->coverage.skipped[reason]++;
    outcome->coverage.errors++;
    vsnprintf(message, sizeof(message), format, args);
    trouble.message = message;
    outcome_retell(outcome, &trouble);
}

void outcome_trouble(struct outcome *outcome, enum skip reason, const char *target,
                     const char *path, const char *format, ...)
{
    struct trouble trouble = { .target = target, .path = path };
    va_list args;

    va_start(args, format);
    count_trouble(outcome, reason, trouble, format, args);
    va_end(args);
}

void outcome_trouble_at(struct outcome *outcome, enum skip reason, const struct finding *origin,
                        const char *format, ...)
{
    struct trouble trouble = { .target = origin->target,
                               .path = origin->path,
                               .archive_len = origin->archive_len };
    va_list args;

    va_start(args, format);
    count_trouble(outcome, reason, trouble, format, args);
    va_end(args);
}

/* --- the whole --- */

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
    coverage_add(&into->coverage, &old.coverage);
    *from = (struct outcome){ .pot = from->pot, .every_lone = from->every_lone };
    outcome_release(&old);
}

void outcome_merge(struct outcome *into, struct outcome *from)
{
    assert(into != from);
    if (is_bare(into) && into->every_lone == from->every_lone)
        move(into, from);
    for (size_t i = 0; i < from->finding_count; i++) {
        struct finding *kept = lone_ids_find(&into->lone, into->findings, &from->findings[i]);

        if (kept)
            order_join_lone(kept, &from->findings[i]);
        else
            into->starved |= !append(into, &from->findings[i]);
    }
    for (size_t i = 0; i < from->trouble_count; i++)
        append_trouble(into, &from->troubles[i]);
    coverage_add(&into->coverage, &from->coverage);
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
    coverage_add(&into->coverage, &from->coverage);
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
    lone_ids_refill(&outcome->lone, outcome->findings, outcome->finding_count);
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
    lone_ids_refill(&outcome->lone, outcome->findings, outcome->finding_count);
    return dropped;
}

bool outcome_complete(const struct outcome *outcome)
{
    return !outcome->cut && !outcome->starved && coverage_is_complete(&outcome->coverage);
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
    lone_ids_release(&outcome->lone);
    arena_release(&outcome->arena);
    *outcome = (struct outcome){ 0 };
}
