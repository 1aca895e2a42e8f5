/* verify.c - what is decided without a call, the cache, and the way there and back. */
#include "verify/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "verify/ask.h"
#include "verify/cache.h"
#include "verify/subjects.h"

/* The longest that AWS issues a session for: GetSessionToken, "DurationSeconds" in the STS API
 * reference. */
enum { SESSION_MAX_S = 36 * 3600 };

struct verify {
    struct verify_options options;
    struct subjects subjects;
    struct arena arena; /* texts of what is known */
    struct cache cache;
    char *where; /* the servers, as the cache names them */
    time_t now;
};

/* --- without a call --- */

static const char *text_of(struct verify *verify, const char *format, const char *a, const char *b)
{
    char text[1024];

    snprintf(text, sizeof(text), format, a, b);
    return (const char *)arena_copy(&verify->arena, slice_of(text)).ptr;
}

static bool is_session(const struct subject *subject)
{
    return slice_starts(subject->id, SLICE("ASIA"));
}

/* Decide `subject` where it is not to be asked about at all. */
static void decide_unasked(struct verify *verify, struct subject *subject)
{
    const char *canary = accounts_name(verify->options.canaries, subject->account);
    const char *name = accounts_name(verify->options.labels, subject->account);
    const char *only = verify->options.only;
    struct verification known = { .verdict = VERDICT_UNVERIFIED };

    if (canary) {
        known.verdict = VERDICT_CANARY;
        known.error = text_of(verify, "not tried: account %s is one of canary tokens: %s",
                              subject->account, canary);
    } else if (only && (!name || strcmp(only, name) != 0)) {
        known.error = text_of(verify, "not tried: its account is not known as \"%s\"%s", only, "");
    } else if (is_session(subject) && subject->first_seen != INT64_MAX &&
               subject->first_seen < (int64_t)verify->now - SESSION_MAX_S) {
        known.verdict = VERDICT_EXPIRED;
        known.error = "not tried: no session lasts for the 36 hours since its first commit";
    } else {
        return;
    }
    subject_decide_all(subject, &known);
}

static void decide_without_token(struct subject *subject)
{
    static const struct verification known = {
        .verdict = VERDICT_UNVERIFIED,
        .error = "not tried: a session's key works with its token only, and none stands near it"
    };

    for (size_t i = 0; is_session(subject) && i < subject->try_count; i++)
        if (!subject->tries[i].token.len)
            subject_decide(subject, i, &known);
}

static struct cache_name name_of(const struct verify *verify, const struct subject *subject,
                                 size_t n)
{
    return cache_name_of(&verify->cache, verify->where, subject->id, subject->tries[n].secret,
                         subject->tries[n].token);
}

static void decide_by_cache(struct verify *verify, struct subject *subject)
{
    int n;

    while ((n = subject_next(subject)) != TRY_NONE) {
        struct cache_name name = name_of(verify, subject, (size_t)n);
        const struct verification *known = cache_get(&verify->cache, &name);

        if (!known)
            return;
        subject_decide(subject, (size_t)n, known);
    }
}

/* --- the way there and back --- */

/* All servers in their order: another order may tell otherwise. */
static enum status name_servers(struct verify *verify)
{
    const struct servers *servers = verify->options.servers;
    struct buf text = { 0 };

    for (size_t i = 0; i < servers->count; i++)
        buf_printf(&text, "%s%s ", buf_cstr(&servers->list[i].endpoint.origin),
                   buf_cstr(&servers->list[i].endpoint.path));
    verify->where = (char *)text.ptr;
    return buf_status(&text);
}

enum status verify_new(struct verify **out, const struct outcome *outcome,
                       const struct verify_options *options)
{
    struct verify *verify = calloc(1, sizeof(*verify));
    enum status status = verify ? STATUS_OK : err_nomem();

    if (status)
        return status;
    verify->options = *options;
    verify->now = time(NULL);
    status = name_servers(verify);
    if (!status)
        status = subjects_init(&verify->subjects, outcome);
    if (!status && options->cache_path)
        status = cache_read(&verify->cache, options->cache_path, verify->now);
    for (size_t i = 0; !status && i < verify->subjects.count; i++) {
        decide_unasked(verify, &verify->subjects.list[i]);
        decide_without_token(&verify->subjects.list[i]);
        decide_by_cache(verify, &verify->subjects.list[i]);
    }
    if (status)
        verify_free(verify);
    else
        *out = verify;
    return status;
}

size_t verify_ids(const struct verify *verify)
{
    return verify->subjects.count;
}

size_t verify_asked(const struct verify *verify)
{
    size_t n = 0;

    for (size_t i = 0; i < verify->subjects.count; i++)
        n += subject_next(&verify->subjects.list[i]) != TRY_NONE;
    return n;
}

struct planned verify_planned(const struct verify *verify, size_t index)
{
    const struct subject *subject = &verify->subjects.list[index];
    struct planned planned = { .id = subject->id,
                               .account = subject->account,
                               .name = accounts_name(verify->options.labels, subject->account) };

    for (size_t i = 0; i < subject->try_count; i++) {
        bool own = subject->tries[i].candidate == SIZE_MAX;

        planned.secrets += !subject->tries[i].decided && own;
        planned.candidates += !subject->tries[i].decided && !own;
    }
    if (subject->tries[0].decided)
        planned.known = subject->tries[0].known;
    return planned;
}

static enum status on_told(void *ctx, const struct subject *subject, size_t n)
{
    struct verify *verify = ctx;
    struct cache_name name = name_of(verify, subject, n);

    return cache_put(&verify->cache, &name, &subject->tries[n].known, time(NULL));
}

/* What makes one doubt a verdict, or says how far it goes, whoever told it. */
static const char *doubt_of(struct verify *verify, const struct subject *subject,
                            const struct verification *known)
{
    const struct servers *servers = verify->options.servers;
    const char *canary;

    if (known->verdict == VERDICT_DEAD && servers->count == 1 && servers->list[0].partition)
        return text_of(verify,
                       "not known in partition %s; the others were not asked "
                       "(--verify-partition=all)%s",
                       servers->list[0].partition, "");
    if (known->verdict != VERDICT_LIVE || !known->account)
        return NULL;
    canary = accounts_name(verify->options.canaries, known->account);
    if (canary)
        return text_of(verify, "account %s is one of canary tokens: %s", known->account, canary);
    if (subject->account[0] && strcmp(subject->account, known->account) != 0)
        return text_of(verify, "STS names account %s, and the id carries %s", known->account,
                       subject->account);
    return NULL;
}

static void add_doubts(struct verify *verify)
{
    for (size_t i = 0; i < verify->subjects.count; i++) {
        struct subject *subject = &verify->subjects.list[i];

        for (size_t t = 0; t < subject->try_count; t++)
            if (subject->tries[t].decided && !subject->tries[t].known.error)
                subject->tries[t].known.error = doubt_of(verify, subject, &subject->tries[t].known);
    }
}

enum status verify_run(struct verify *verify)
{
    enum status status = STATUS_OK;

    if (verify_asked(verify))
        status = ask_all(&verify->subjects, &verify->options, &verify->arena, on_told, verify);
    add_doubts(verify);
    return status ? status : cache_write(&verify->cache);
}

enum status verify_tell(const struct verify *verify, struct outcome *outcome)
{
    return subjects_tell(&verify->subjects, outcome);
}

void verify_free(struct verify *verify)
{
    if (!verify)
        return;
    cache_release(&verify->cache);
    subjects_release(&verify->subjects);
    arena_release(&verify->arena);
    free(verify->where);
    free(verify);
}
