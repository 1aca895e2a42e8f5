/*
 * outcome_join.c - one finding out of the several that reports of the same thing make.
 *
 * All findings are put into the order of their content first; an order of their identity over that
 * lets each group be taken in one sweep, whatever order the reports came in.
 */
#include <stdlib.h>

#include "base/outcome.h"
#include "base/outcome_order.h"

static int cmp_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int cmp_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int cmp_credential(const struct finding *a, const struct finding *b)
{
    int order = strcmp(a->fingerprint, b->fingerprint);

    return order ? order : cmp_text(a->target, b->target);
}

static const char *version_of(const struct finding *finding)
{
    return finding->s3 ? finding->s3->version_id : NULL;
}

/* Do both say where one and the same copy of the credential stands? */
static int cmp_identity(const struct finding *a, const struct finding *b)
{
    bool history = finding_in_history(a);
    int order = cmp_credential(a, b);

    if (!order)
        order = strcmp(a->path, b->path);
    if (!order)
        order = cmp_number(a->place.offset, b->place.offset);
    if (!order)
        order = (int)history - (int)finding_in_history(b);
    if (!order && history)
        order = cmp_text(a->git->repository, b->git->repository);
    if (!order && history)
        order = cmp_text(a->git->blob, b->git->blob);
    return order ? order : cmp_text(version_of(a), version_of(b));
}

/* The one that tells more comes first. */
static int cmp_worth(const struct finding *a, const struct finding *b)
{
    int order = (int)a->redacted - (int)b->redacted;

    if (!order)
        order = (b->git != NULL) - (a->git != NULL);
    if (!order)
        order = (b->s3 != NULL) - (a->s3 != NULL);
    return order ? order : cmp_number(b->count, a->count);
}

static int cmp_joined(const void *left, const void *right, void *context)
{
    const struct finding *findings = context;
    size_t i = *(const size_t *)left, k = *(const size_t *)right;
    int order = cmp_identity(&findings[i], &findings[k]);

    if (!order)
        order = cmp_worth(&findings[i], &findings[k]);
    return order ? order : cmp_number(i, k);
}

/* When AWS told something of it, as text that sorts by time; NULL: never. */
static const char *told_at(const struct finding *finding)
{
    return finding_verdict(finding) == VERDICT_UNKNOWN || !finding->verification
               ? NULL
               : finding->verification->checked_at;
}

/* `kept` is the same finding as `seen`: what AWS told last, and the name of the account, stay. */
static void join_known(struct finding *kept, const struct finding *seen)
{
    if (!kept->verification || cmp_text(told_at(kept), told_at(seen)) < 0)
        kept->verification = seen->verification;
    if (!kept->account_label)
        kept->account_label = seen->account_label;
}

void outcome_join(struct outcome *outcome)
{
    size_t count = outcome->finding_count, n = 0;
    size_t *order = calloc(count + 1, sizeof(*order));
    struct finding *joined = calloc(count + 1, sizeof(*joined));

    if (!order || !joined) {
        outcome->starved = true;
        count = 0; /* what is there twice stays twice, and the report is not complete */
    }
    order_findings(outcome->findings, count, NULL, 0);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    if (count)
        qsort_r(order, count, sizeof(*order), cmp_joined, outcome->findings);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &outcome->findings[order[i]];

        if (i && cmp_identity(&outcome->findings[order[i - 1]], finding) == 0) {
            join_known(&joined[n - 1], finding);
            continue;
        }
        if (n && finding_is_lone(finding) && cmp_credential(&joined[n - 1], finding) == 0)
            order_join_lone(&joined[n - 1], finding);
        else
            joined[n++] = *finding;
    }
    if (count) {
        memcpy(outcome->findings, joined, n * sizeof(*joined));
        outcome->finding_count = n;
    }
    free(order);
    free(joined);
}
