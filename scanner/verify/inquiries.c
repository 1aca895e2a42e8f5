/* inquiries.c - tries gathered by id, and what follows from what. */
#include "verify/inquiries.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/array.h"
#include "base/limits.h"

enum { ID_LEN = 20, SECRET_LEN = 40 };

bool inquiry_is_askable(const struct finding *finding)
{
    return finding->id.len == ID_LEN && finding->secret.len == SECRET_LEN && !finding->redacted &&
           (slice_starts(finding->id, SLICE("AKIA")) || slice_starts(finding->id, SLICE("ASIA")));
}

static bool is_session(struct slice id)
{
    return slice_starts(id, SLICE("ASIA"));
}

/* --- gathering --- */

/* An inquiry's place in the tree that finds it by its id. */
struct node {
    struct slice id;
    size_t inquiry;
};

static int cmp_node(const void *left, const void *right)
{
    return slice_cmp(((const struct node *)left)->id, ((const struct node *)right)->id);
}

static void free_nothing(void *node)
{
    (void)node;
}

/* Room for one inquiry more. */
static bool reserve(struct inquiries *inquiries)
{
    struct inquiry *grown =
        array_room(inquiries->list, inquiries->count, &inquiries->cap, sizeof(*grown));

    inquiries->list = grown ? grown : inquiries->list;
    return grown;
}

/* The index of the inquiry `id`, made where it is not there; SIZE_MAX: memory is out. */
static size_t inquiry_of(struct inquiries *inquiries, void **tree, struct slice id)
{
    struct node key = { id, 0 }, *node;
    void *found = tfind(&key, tree, cmp_node);
    struct inquiry inquiry = { .id = id, .first_seen = INT64_MAX };

    if (found)
        return (*(struct node *const *)found)->inquiry;
    node = arena_alloc(&inquiries->arena, sizeof(*node));
    inquiry.tries =
        arena_alloc(&inquiries->arena, (LIMIT_TRIES + LIMIT_CANDIDATES) * sizeof(*inquiry.tries));
    if (!node || !inquiry.tries || !reserve(inquiries))
        return SIZE_MAX;
    *node = (struct node){ id, inquiries->count };
    if (!tsearch(node, tree, cmp_node))
        return SIZE_MAX;
    account_of(id, inquiry.account);
    inquiries->list[inquiries->count] = inquiry;
    return inquiries->count++;
}

/* The index of the try of `finding`, made where it is not there; SIZE_MAX: there are too many. */
static size_t try_of(struct inquiry *inquiry, const struct finding *finding, size_t index)
{
    size_t i = 0;

    while (i < inquiry->try_count && !(slice_eq(inquiry->tries[i].secret, finding->secret) &&
                                       slice_eq(inquiry->tries[i].token, finding->token)))
        i++;
    if (i == LIMIT_TRIES)
        return SIZE_MAX;
    if (i == inquiry->try_count)
        inquiry->tries[inquiry->try_count++] = (struct attempt){ .secret = finding->secret,
                                                                 .token = finding->token,
                                                                 .finding = index,
                                                                 .candidate = SIZE_MAX };
    return i;
}

/* Seconds since 1970 of an author's date, RFC 3339; INT64_MAX where it is none. */
static int64_t seconds_of(const char *date)
{
    int hour = 0, minute = 0;
    struct tm tm = { 0 };
    char sign = 'Z';

    if (!date ||
        sscanf(date, "%4d-%2d-%2dT%2d:%2d:%2d%c%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &sign, &hour, &minute) < 7)
        return INT64_MAX;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)timegm(&tm) -
           (sign == '-' ? -1 : sign == '+') * (int64_t)(hour * 3600 + minute * 60);
}

static bool gather(struct inquiries *inquiries, void **tree, const struct finding *finding,
                   size_t index)
{
    struct owner *owner = &inquiries->owners[index];
    struct inquiry *inquiry;
    int64_t seen;

    *owner = (struct owner){ SIZE_MAX, SIZE_MAX };
    if (!inquiry_is_askable(finding))
        return true;
    owner->inquiry = inquiry_of(inquiries, tree, finding->id);
    if (owner->inquiry == SIZE_MAX)
        return false;
    inquiry = &inquiries->list[owner->inquiry];
    owner->try = try_of(inquiry, finding, index);
    seen = seconds_of(finding->git ? finding->git->date : NULL);
    if (seen < inquiry->first_seen)
        inquiry->first_seen = seen;
    return true;
}

static bool has_secret(const struct inquiry *inquiry, struct slice secret)
{
    for (size_t i = 0; i < inquiry->try_count; i++)
        if (slice_eq(inquiry->tries[i].secret, secret))
            return true;
    return false;
}

/* The candidates beside the tries, the likeliest of each first, LIMIT_CANDIDATES of them at most.
 */
static void add_candidates(struct inquiry *inquiry, const struct finding *findings)
{
    size_t own = inquiry->try_count;

    for (size_t rank = 0; rank < LIMIT_CANDIDATES; rank++) {
        for (size_t i = 0; i < own && inquiry->try_count < own + LIMIT_CANDIDATES; i++) {
            const struct finding *finding = &findings[inquiry->tries[i].finding];
            struct slice secret;

            if (rank >= finding->candidate_count)
                continue;
            secret = finding->candidates[rank].secret;
            if (secret.len == SECRET_LEN && !has_secret(inquiry, secret))
                inquiry->tries[inquiry->try_count++] =
                    (struct attempt){ .secret = secret,
                                      .token = finding->token,
                                      .finding = inquiry->tries[i].finding,
                                      .candidate = rank };
        }
    }
}

enum status inquiries_init(struct inquiries *inquiries, const struct outcome *outcome)
{
    void *tree = NULL;
    bool good;

    *inquiries = (struct inquiries){ 0 };
    inquiries->owners = calloc(outcome->finding_count + 1, sizeof(*inquiries->owners));
    good = inquiries->owners;
    for (size_t i = 0; good && i < outcome->finding_count; i++)
        good = gather(inquiries, &tree, &outcome->findings[i], i);
    tdestroy(tree, free_nothing);
    for (size_t i = 0; good && i < inquiries->count; i++)
        add_candidates(&inquiries->list[i], outcome->findings);
    if (good)
        return STATUS_OK;
    inquiries_release(inquiries);
    return err_nomem();
}

void inquiries_release(struct inquiries *inquiries)
{
    free(inquiries->list);
    free(inquiries->owners);
    arena_release(&inquiries->arena);
    *inquiries = (struct inquiries){ 0 };
}

/* --- deciding --- */

int inquiry_next(const struct inquiry *inquiry)
{
    bool mismatch = false;

    for (size_t i = 0; i < inquiry->try_count; i++) {
        const struct attempt *try = &inquiry->tries[i];

        if (!try->decided && (try->candidate == SIZE_MAX || mismatch))
            return (int)i;
        mismatch |= try->decided && try->known.verdict == VERDICT_MISMATCH;
    }
    return TRY_NONE;
}

static void decide(struct attempt *try, const struct verification *known)
{
    if (try->decided)
        return;
    try->decided = true;
    try->known = *known;
}

void inquiry_decide(struct inquiry *inquiry, size_t n, const struct verification *known)
{
    const struct attempt *told = &inquiry->tries[n];
    struct verification other = { .verdict = VERDICT_MISMATCH,
                                  .checked_at = known->checked_at,
                                  .error = "another secret of this id works" };

    decide(&inquiry->tries[n], known);
    if (known->verdict == VERDICT_DEAD && !is_session(inquiry->id))
        inquiry_decide_all(inquiry, known);
    for (size_t i = 0; known->verdict == VERDICT_LIVE && i < inquiry->try_count; i++)
        if (!slice_eq(inquiry->tries[i].secret, told->secret))
            decide(&inquiry->tries[i], &other);
}

/* Is it the secret of an id that works? */
static bool is_taken(const struct inquiries *inquiries, struct slice secret)
{
    for (size_t i = 0; i < inquiries->count; i++) {
        const struct inquiry *inquiry = &inquiries->list[i];

        for (size_t t = 0; t < inquiry->try_count; t++)
            if (inquiry->tries[t].decided && inquiry->tries[t].known.verdict == VERDICT_LIVE &&
                slice_eq(inquiry->tries[t].secret, secret))
                return true;
    }
    return false;
}

void inquiry_decide_all(struct inquiry *inquiry, const struct verification *known)
{
    for (size_t i = 0; i < inquiry->try_count; i++)
        decide(&inquiry->tries[i], known);
}

void inquiry_skip_taken(const struct inquiries *inquiries, struct inquiry *inquiry)
{
    static const struct verification known = { .verdict = VERDICT_MISMATCH };
    int n;

    while ((n = inquiry_next(inquiry)) != TRY_NONE && inquiry->tries[n].candidate != SIZE_MAX &&
           is_taken(inquiries, inquiry->tries[n].secret))
        inquiry_decide(inquiry, (size_t)n, &known);
}

/* --- telling --- */

/* A finding of its own for the candidate `try`, which works. */
static enum status tell_candidate(struct outcome *outcome, const struct attempt *try)
{
    struct finding finding = outcome->findings[try->finding];

    finding.secret = finding.candidates[try->candidate].secret;
    finding.secret_place = finding.candidates[try->candidate].place;
    finding.secret_path = NULL;
    finding.fingerprint = NULL;
    finding.candidates = NULL;
    finding.candidate_count = 0;
    finding.verification = &try->known;
    outcome_add(outcome, &finding);
    return outcome->starved ? err_nomem() : STATUS_OK;
}

/* What was not asked now leaves what an earlier report knows. */
static bool tells_more(const struct finding *finding, const struct attempt *try)
{
    return try->decided && (try->known.verdict != VERDICT_UNVERIFIED || !finding->verification);
}

enum status inquiries_tell(const struct inquiries *inquiries, struct outcome *outcome)
{
    static const struct verification too_many = {
        .verdict = VERDICT_UNVERIFIED, .error = "not tried: too many secrets stand with this id"
    };
    size_t count = outcome->finding_count;
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < count; i++) {
        const struct owner *owner = &inquiries->owners[i];
        const struct inquiry *inquiry;

        if (owner->inquiry == SIZE_MAX)
            continue;
        inquiry = &inquiries->list[owner->inquiry];
        if (owner->try == SIZE_MAX && !outcome->findings[i].verification)
            status = outcome_verify(outcome, i, &too_many);
        else if (owner->try != SIZE_MAX &&
                 tells_more(&outcome->findings[i], &inquiry->tries[owner->try]))
            status = outcome_verify(outcome, i, &inquiry->tries[owner->try].known);
    }
    for (size_t i = 0; i < inquiries->count; i++) {
        const struct inquiry *inquiry = &inquiries->list[i];

        for (size_t t = 0; !status && t < inquiry->try_count; t++)
            if (inquiry->tries[t].candidate != SIZE_MAX && inquiry->tries[t].decided &&
                inquiry->tries[t].known.verdict == VERDICT_LIVE)
                status = tell_candidate(outcome, &inquiry->tries[t]);
    }
    return status;
}
