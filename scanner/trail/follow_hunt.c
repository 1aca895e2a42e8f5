/* follow_hunt.c - whoever shows seeds enough becomes somebody to follow. */
#include <stdlib.h>

#include "base/limits.h"
#include "trail/follow_private.h"

/* AWS itself, which acts in everybody's account, is nobody to hunt. */
static bool is_aws(const char *principal)
{
    return strstr(principal, "/aws-service-role/") || call_by_service(principal);
}

enum status follow_hunt_note(struct follow *f, const struct record *r)
{
    char user[FOLLOW_USER_SIZE];
    enum status status = STATUS_OK;

    if (ledger_is_known(&f->ledger, r))
        return STATUS_OK;
    for (size_t i = 0; i < f->indicators->count && !status; i++) {
        const struct indicator *indicator = &f->indicators->list[i];
        const char *evidence;

        if (!indicator->seed || !indicator->when ||
            !indicator_matches(indicator, r->json, &evidence))
            continue;
        if (indicator->target)
            follow_user(user, r->account, follow_target(r));
        else
            follow_user(user, r->user_account, r->user);
        if (user[0])
            status = ledger_suspect(&f->ledger, SUBJECT_USER, user, i);
        else if (!indicator->target && r->principal[0] && !is_aws(r->principal))
            status = ledger_suspect(&f->ledger, SUBJECT_PRINCIPAL, r->principal, i);
    }
    return status;
}

struct ranked {
    const struct suspect *suspect;
    unsigned score;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;

    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    if (left->suspect->kind != right->suspect->kind)
        return left->suspect->kind < right->suspect->kind ? -1 : 1;
    return strcmp(left->suspect->id, right->suspect->id);
}

static unsigned score_of_seeds(const struct follow *f, uint64_t seeds)
{
    unsigned score = 0;

    for (size_t i = 0; i < f->indicators->count; i++)
        score += seeds >> i & 1 ? f->indicators->list[i].score : 0;
    return score;
}

enum status follow_hunt_take(struct follow *f, bool *changed)
{
    size_t n = f->ledger.suspects.count, kept = 0;
    struct ranked *ranked = calloc(n + 1, sizeof(*ranked));
    enum status status = ranked ? STATUS_OK : err_nomem();

    for (size_t i = 0; i < n && ranked; i++) {
        struct ranked one = { &ledger_suspects(&f->ledger)[i], 0 };

        one.score = score_of_seeds(f, one.suspect->seeds);
        if (one.score >= f->indicators->hunt_score)
            ranked[kept++] = one;
    }
    if (kept)
        qsort(ranked, kept, sizeof(*ranked), by_score);
    f->subjects.cut |= kept > LIMIT_TRAIL_SUSPECTS;
    for (size_t i = 0; i < kept && i < LIMIT_TRAIL_SUSPECTS && !status; i++) {
        struct subject root = follow_subject(ranked[i].suspect->kind, ranked[i].suspect->id);

        root.root = true;
        status = subjects_add(&f->subjects, &root, changed);
    }
    free(ranked);
    return status;
}
