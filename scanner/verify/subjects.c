/* subjects.c - tries gathered by id, and what follows from what. */
#include "verify/subjects.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"

enum { ID_LEN = 20, SECRET_LEN = 40 };

bool subject_is_askable(const struct finding *finding)
{
    return finding->id.len == ID_LEN && finding->secret.len == SECRET_LEN && !finding->redacted &&
           (slice_starts(finding->id, SLICE("AKIA")) || slice_starts(finding->id, SLICE("ASIA")));
}

static bool is_session(struct slice id)
{
    return slice_starts(id, SLICE("ASIA"));
}

/* --- gathering --- */

/* A subject's place in the tree that finds it by its id. */
struct node {
    struct slice id;
    size_t subject;
};

static int cmp_node(const void *left, const void *right)
{
    return slice_cmp(((const struct node *)left)->id, ((const struct node *)right)->id);
}

static void free_nothing(void *node)
{
    (void)node;
}

/* Room for one subject more. */
static bool reserve(struct subjects *subjects)
{
    size_t cap = subjects->cap ? 2 * subjects->cap : 64;
    struct subject *grown;

    if (subjects->count < subjects->cap)
        return true;
    grown = realloc(subjects->list, cap * sizeof(*grown));
    if (!grown)
        return false;
    subjects->list = grown;
    subjects->cap = cap;
    return true;
}

/* The index of the subject `id`, made where it is not there; SIZE_MAX: memory is out. */
static size_t subject_of(struct subjects *subjects, void **tree, struct slice id)
{
    struct node key = { id, 0 }, *node;
    void *found = tfind(&key, tree, cmp_node);
    struct subject subject = { .id = id, .first_seen = INT64_MAX };

    if (found)
        return (*(struct node *const *)found)->subject;
    node = arena_alloc(&subjects->arena, sizeof(*node));
    subject.tries =
        arena_alloc(&subjects->arena, (LIMIT_TRIES + LIMIT_CANDIDATES) * sizeof(*subject.tries));
    if (!node || !subject.tries || !reserve(subjects))
        return SIZE_MAX;
    *node = (struct node){ id, subjects->count };
    if (!tsearch(node, tree, cmp_node))
        return SIZE_MAX;
    account_of(id, subject.account);
    subjects->list[subjects->count] = subject;
    return subjects->count++;
}

/* The index of the try of `finding`, made where it is not there; SIZE_MAX: there are too many. */
static size_t try_of(struct subject *subject, const struct finding *finding, size_t index)
{
    size_t i = 0;

    while (i < subject->try_count && !(slice_eq(subject->tries[i].secret, finding->secret) &&
                                       slice_eq(subject->tries[i].token, finding->token)))
        i++;
    if (i == LIMIT_TRIES)
        return SIZE_MAX;
    if (i == subject->try_count)
        subject->tries[subject->try_count++] = (struct try){ .secret = finding->secret,
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

static bool gather(struct subjects *subjects, void **tree, const struct finding *finding,
                   size_t index)
{
    struct owner *owner = &subjects->owners[index];
    struct subject *subject;
    int64_t seen;

    *owner = (struct owner){ SIZE_MAX, SIZE_MAX };
    if (!subject_is_askable(finding))
        return true;
    owner->subject = subject_of(subjects, tree, finding->id);
    if (owner->subject == SIZE_MAX)
        return false;
    subject = &subjects->list[owner->subject];
    owner->try = try_of(subject, finding, index);
    seen = seconds_of(finding->git ? finding->git->date : NULL);
    if (seen < subject->first_seen)
        subject->first_seen = seen;
    return true;
}

static bool has_secret(const struct subject *subject, struct slice secret)
{
    for (size_t i = 0; i < subject->try_count; i++)
        if (slice_eq(subject->tries[i].secret, secret))
            return true;
    return false;
}

/* The candidates beside the tries, the likeliest of each first, LIMIT_CANDIDATES of them at most.
 */
static void add_candidates(struct subject *subject, const struct finding *findings)
{
    size_t own = subject->try_count;

    for (size_t rank = 0; rank < LIMIT_CANDIDATES; rank++) {
        for (size_t i = 0; i < own && subject->try_count < own + LIMIT_CANDIDATES; i++) {
            const struct finding *finding = &findings[subject->tries[i].finding];
            struct slice secret;

            if (rank >= finding->candidate_count)
                continue;
            secret = finding->candidates[rank].secret;
            if (secret.len == SECRET_LEN && !has_secret(subject, secret))
                subject->tries[subject->try_count++] =
                    (struct try){ .secret = secret,
                                  .token = finding->token,
                                  .finding = subject->tries[i].finding,
                                  .candidate = rank };
        }
    }
}

enum status subjects_init(struct subjects *subjects, const struct outcome *outcome)
{
    void *tree = NULL;
    bool good;

    *subjects = (struct subjects){ 0 };
    subjects->owners = calloc(outcome->finding_count + 1, sizeof(*subjects->owners));
    good = subjects->owners;
    for (size_t i = 0; good && i < outcome->finding_count; i++)
        good = gather(subjects, &tree, &outcome->findings[i], i);
    tdestroy(tree, free_nothing);
    for (size_t i = 0; good && i < subjects->count; i++)
        add_candidates(&subjects->list[i], outcome->findings);
    if (good)
        return STATUS_OK;
    subjects_release(subjects);
    return err_nomem();
}

void subjects_release(struct subjects *subjects)
{
    free(subjects->list);
    free(subjects->owners);
    arena_release(&subjects->arena);
    *subjects = (struct subjects){ 0 };
}

/* --- deciding --- */

int subject_next(const struct subject *subject)
{
    bool mismatch = false;

    for (size_t i = 0; i < subject->try_count; i++) {
        const struct try *try = &subject->tries[i];

        if (!try->decided && (try->candidate == SIZE_MAX || mismatch))
            return (int)i;
        mismatch |= try->decided && try->known.verdict == VERDICT_MISMATCH;
    }
    return TRY_NONE;
}

static void decide(struct try *try, const struct verification *known)
{
    if (try->decided)
        return;
    try->decided = true;
    try->known = *known;
}

void subject_decide(struct subject *subject, size_t n, const struct verification *known)
{
    const struct try *told = &subject->tries[n];
    struct verification other = { .verdict = VERDICT_MISMATCH,
                                  .checked_at = known->checked_at,
                                  .error = "another secret of this id works" };

    decide(&subject->tries[n], known);
    if (known->verdict == VERDICT_DEAD && !is_session(subject->id))
        subject_decide_all(subject, known);
    for (size_t i = 0; known->verdict == VERDICT_LIVE && i < subject->try_count; i++)
        if (!slice_eq(subject->tries[i].secret, told->secret))
            decide(&subject->tries[i], &other);
}

/* Is it the secret of an id that works? */
static bool is_taken(const struct subjects *subjects, struct slice secret)
{
    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->list[i];

        for (size_t t = 0; t < subject->try_count; t++)
            if (subject->tries[t].decided && subject->tries[t].known.verdict == VERDICT_LIVE &&
                slice_eq(subject->tries[t].secret, secret))
                return true;
    }
    return false;
}

void subject_decide_all(struct subject *subject, const struct verification *known)
{
    for (size_t i = 0; i < subject->try_count; i++)
        decide(&subject->tries[i], known);
}

void subject_skip_taken(const struct subjects *subjects, struct subject *subject)
{
    static const struct verification known = { .verdict = VERDICT_MISMATCH };
    int n;

    while ((n = subject_next(subject)) != TRY_NONE && subject->tries[n].candidate != SIZE_MAX &&
           is_taken(subjects, subject->tries[n].secret))
        subject_decide(subject, (size_t)n, &known);
}

/* --- telling --- */

/* A finding of its own for the candidate `try`, which works. */
static enum status tell_candidate(struct outcome *outcome, const struct try *try)
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
static bool tells_more(const struct finding *finding, const struct try *try)
{
    return try->decided && (try->known.verdict != VERDICT_UNVERIFIED || !finding->verification);
}

enum status subjects_tell(const struct subjects *subjects, struct outcome *outcome)
{
    static const struct verification too_many = {
        .verdict = VERDICT_UNVERIFIED, .error = "not tried: too many secrets stand with this id"
    };
    size_t count = outcome->finding_count;
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < count; i++) {
        const struct owner *owner = &subjects->owners[i];
        const struct subject *subject;

        if (owner->subject == SIZE_MAX)
            continue;
        subject = &subjects->list[owner->subject];
        if (owner->try == SIZE_MAX && !outcome->findings[i].verification)
            status = outcome_verify(outcome, i, &too_many);
        else if (owner->try != SIZE_MAX &&
                 tells_more(&outcome->findings[i], &subject->tries[owner->try]))
            status = outcome_verify(outcome, i, &subject->tries[owner->try].known);
    }
    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->list[i];

        for (size_t t = 0; !status && t < subject->try_count; t++)
            if (subject->tries[t].candidate != SIZE_MAX && subject->tries[t].decided &&
                subject->tries[t].known.verdict == VERDICT_LIVE)
                status = tell_candidate(outcome, &subject->tries[t]);
    }
    return status;
}
