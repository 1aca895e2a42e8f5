/* tally.c - two sorts: the findings by fingerprint, then their rules by id. */
#include "report/tally.h"

#include <stdlib.h>

static int cmp_mention(const void *left, const void *right, void *context)
{
    const struct mention *mentions = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    int order = memcmp(mentions[a].fingerprint, mentions[b].fingerprint, FINGERPRINT_SIZE);

    return order ? order : (a > b) - (a < b);
}

/* Chain the places of each credential; `order` holds the findings' indices by fingerprint. */
static void chain(struct tally *tally, const size_t *order, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        struct mention *mention = &tally->mentions[order[i]];
        struct mention *after = i + 1 < count ? &tally->mentions[order[i + 1]] : NULL;

        mention->next = TALLY_NONE;
        mention->first = true;
        if (after && memcmp(mention->fingerprint, after->fingerprint, FINGERPRINT_SIZE) == 0) {
            mention->next = order[i + 1];
            mention->more = after->more + 1;
            after->first = false;
        } else {
            tally->credentials++;
        }
    }
}

static int cmp_rule(const void *left, const void *right)
{
    const struct rule_tally *a = left, *b = right;

    return strcmp(a->rule->id, b->rule->id);
}

/* Run after run of equal rules becomes one record; the array shrinks in place. */
static void count_rules(struct tally *tally, const struct outcome *outcome)
{
    struct rule_tally *rules = tally->rules;

    for (size_t i = 0; i < outcome->finding_count; i++)
        rules[i] = (struct rule_tally){ outcome->findings[i].rule, 1, tally->mentions[i].first };
    qsort(rules, outcome->finding_count, sizeof(*rules), cmp_rule);
    for (size_t i = 0; i < outcome->finding_count; i++) {
        if (tally->rule_count && cmp_rule(&rules[tally->rule_count - 1], &rules[i]) == 0) {
            rules[tally->rule_count - 1].findings += rules[i].findings;
            rules[tally->rule_count - 1].credentials += rules[i].credentials;
        } else {
            rules[tally->rule_count++] = rules[i];
        }
    }
}

enum status tally_init(struct tally *tally, const struct outcome *outcome)
{
    size_t count = outcome->finding_count;
    size_t *order = NULL;

    *tally = (struct tally){ 0 };
    if (count == 0)
        return STATUS_OK;
    order = calloc(count, sizeof(*order));
    tally->mentions = calloc(count, sizeof(*tally->mentions));
    tally->rules = calloc(count, sizeof(*tally->rules));
    if (!order || !tally->mentions || !tally->rules) {
        free(order);
        tally_release(tally);
        return err_nomem();
    }
    for (size_t i = 0; i < count; i++) {
        fingerprint_of(&outcome->findings[i], tally->mentions[i].fingerprint);
        order[i] = i;
    }
    qsort_r(order, count, sizeof(*order), cmp_mention, tally->mentions);
    chain(tally, order, count);
    for (size_t i = 0; i < count; i++)
        if (tally->mentions[i].first)
            tally->verdicts[finding_verdict(&outcome->findings[i])]++;
    free(order);
    count_rules(tally, outcome);
    return STATUS_OK;
}

void tally_release(struct tally *tally)
{
    free(tally->mentions);
    free(tally->rules);
    *tally = (struct tally){ 0 };
}
