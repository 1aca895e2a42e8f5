/*
 * baseline.c - what a baseline knows: asked, added to, pruned and printed. Reading one is
 * baseline_parse.c's.
 */
#include "report/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/array.h"
#include "report/baseline_private.h"

void baseline_release(struct baseline *baseline)
{
    free(baseline->entries);
    arena_release(&baseline->arena);
    *baseline = (struct baseline){ 0 };
}

/* --- asking --- */

static int by_name(const void *a, const void *b)
{
    const struct baseline_entry *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order ? order : strcmp(left->rule, right->rule);
}

void baseline_sort(struct baseline *baseline)
{
    if (baseline->count)
        qsort(baseline->entries, baseline->count, sizeof(*baseline->entries), by_name);
}

bool baseline_same(const struct baseline_entry *a, const struct baseline_entry *b)
{
    return by_name(a, b) == 0;
}

static struct baseline_entry *find_named(const struct baseline *baseline, size_t count,
                                         const char *name, const char *rule)
{
    const struct baseline_entry key = { .name = name, .rule = rule };

    return count ? bsearch(&key, baseline->entries, count, sizeof(key), by_name) : NULL;
}

/*
 * The entry of the finding's credential among the first `count`, which are in order; or NULL.
 * Salted or not: a rule may have become a team's own, or a built-in one, since.
 */
static struct baseline_entry *find(const struct baseline *baseline, size_t count,
                                   const struct finding *finding)
{
    char name[FINGERPRINT_SIZE], salted[FINGERPRINT_SALTED_SIZE];
    struct baseline_entry *entry;

    fingerprint_of(finding, name);
    entry = find_named(baseline, count, name, finding->rule->id);
    if (entry || !baseline->salted)
        return entry;
    fingerprint_salt(name, baseline->salt, salted);
    return find_named(baseline, count, salted, finding->rule->id);
}

bool baseline_in_force(const struct baseline_entry *entry, const char *today)
{
    return !entry->expires || strcmp(entry->expires, today) >= 0;
}

struct suppressing {
    const struct baseline *baseline;
    const char *today;
    struct baseline_use use;
};

static bool keep(void *ctx, const struct finding *finding)
{
    struct suppressing *s = ctx;
    struct baseline_entry *entry = find(s->baseline, s->baseline->count, finding);

    if (!entry)
        return true;
    entry->matched = true;
    if (baseline_in_force(entry, s->today))
        return false;
    s->use.expired++;
    if (!s->use.lapsed || entry->line < s->use.lapsed->line)
        s->use.lapsed = entry;
    return true;
}

struct baseline_use baseline_suppress(struct baseline *baseline, struct outcome *outcome,
                                      const char *today)
{
    struct suppressing s = { .baseline = baseline, .today = today };

    s.use.suppressed = outcome_filter(outcome, keep, &s);
    outcome->coverage.baselined += s.use.suppressed;
    return s.use;
}

/* --- changing --- */

struct baseline_entry *baseline_append(struct baseline *baseline)
{
    struct baseline_entry *grown =
        array_room(baseline->entries, baseline->count, &baseline->cap, sizeof(*grown));

    if (!grown)
        return NULL;
    baseline->entries = grown;
    grown[baseline->count] = (struct baseline_entry){ .comment = "" };
    return &grown[baseline->count++];
}

static enum status make_salt(struct baseline *baseline)
{
    if (baseline->salted)
        return STATUS_OK;
    if (getrandom(baseline->salt, sizeof(baseline->salt), 0) != sizeof(baseline->salt))
        return err_set(STATUS_IO, "no random bytes for a salt: %s", strerror(errno));
    baseline->salted = true;
    return STATUS_OK;
}

static const char *keep_text(struct baseline *baseline, const char *text, bool *good)
{
    const char *copy = text ? (const char *)arena_copy(&baseline->arena, slice_of(text)).ptr : NULL;

    *good = *good && (copy || !text);
    return copy;
}

/* A new last entry for the finding, salted where it is weak. */
static enum status add(struct baseline *baseline, const struct finding *finding,
                       const struct baseline_terms *terms)
{
    char name[FINGERPRINT_SIZE], salted[FINGERPRINT_SALTED_SIZE];
    bool weak = terms->is_weak(terms->ctx, finding->rule), good = true;
    struct baseline_entry *entry;
    enum status status;

    fingerprint_of(finding, name);
    if (weak) {
        if ((status = make_salt(baseline)))
            return status;
        fingerprint_salt(name, baseline->salt, salted);
    }
    if (!(entry = baseline_append(baseline)))
        return err_nomem();
    entry->name = keep_text(baseline, weak ? salted : name, &good);
    entry->rule = keep_text(baseline, finding->rule->id, &good);
    entry->expires = keep_text(baseline, terms->expires, &good);
    entry->reason = keep_text(baseline, terms->reason, &good);
    entry->matched = true;
    return good ? STATUS_OK : err_nomem();
}

/* The places of one credential were added one by one. */
static void drop_repeats(struct baseline *baseline)
{
    size_t kept = 0;

    for (size_t i = 0; i < baseline->count; i++)
        if (i == 0 || by_name(&baseline->entries[kept - 1], &baseline->entries[i]) != 0)
            baseline->entries[kept++] = baseline->entries[i];
    baseline->count = kept;
}

enum status baseline_add(struct baseline *baseline, const struct outcome *outcome,
                         const struct baseline_terms *terms, size_t *added)
{
    size_t known = baseline->count;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < outcome->finding_count && !status; i++)
        if (!find(baseline, known, &outcome->findings[i]))
            status = add(baseline, &outcome->findings[i], terms);
    if (status)
        baseline->count = known;
    baseline_sort(baseline);
    drop_repeats(baseline);
    *added = baseline->count - known;
    return status;
}

size_t baseline_prune(struct baseline *baseline)
{
    size_t kept = 0, dropped;

    for (size_t i = 0; i < baseline->count; i++)
        if (baseline->entries[i].matched)
            baseline->entries[kept++] = baseline->entries[i];
    dropped = baseline->count - kept;
    baseline->count = kept;
    return dropped;
}

/* --- printing --- */

void baseline_put_entry(struct buf *out, const struct baseline_entry *entry)
{
    buf_printf(out, "%s %s", entry->name, entry->rule);
    if (entry->expires)
        buf_printf(out, " expires=%s", entry->expires);
    if (entry->reason)
        buf_printf(out, " reason=%s", entry->reason);
}

void baseline_put(struct buf *out, const struct baseline *baseline)
{
    buf_text(out, BASELINE_HEADER BASELINE_VERSION "\n");
    if (baseline->salted) {
        buf_text(out, BASELINE_SALT);
        buf_hex(out, baseline->salt, sizeof(baseline->salt));
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < baseline->count; i++) {
        buf_text(out, baseline->entries[i].comment);
        baseline_put_entry(out, &baseline->entries[i]);
        buf_byte(out, '\n');
    }
    buf_text(out, baseline->end ? baseline->end : "");
}
