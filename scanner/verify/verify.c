/* verify.c - what is decided without a call, the cache, and the way there and back. */
#include "verify/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "verify/ask.h"
#include "verify/cache.h"
#include "verify/inquiries.h"

/* The longest that AWS issues a session for: GetSessionToken, "DurationSeconds" in the STS API
 * reference. */
enum { SESSION_MAX_S = 36 * 3600 };

struct verify {
    struct verify_options options;
    struct inquiries inquiries;
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

static bool is_session(const struct inquiry *inquiry)
{
    return slice_starts(inquiry->id, SLICE("ASIA"));
}

/* Decide `inquiry` where it is not to be asked about at all. */
static void decide_unasked(struct verify *verify, struct inquiry *inquiry)
{
    const char *canary = accounts_name(verify->options.canaries, inquiry->account);
    const char *name = accounts_name(verify->options.labels, inquiry->account);
    const char *only = verify->options.only;
    struct verification known = { .verdict = VERDICT_UNVERIFIED };

    if (canary) {
        known.verdict = VERDICT_CANARY;
        known.error = text_of(verify, "not tried: account %s is one of canary tokens: %s",
                              inquiry->account, canary);
    } else if (only && (!name || strcmp(only, name) != 0)) {
        known.error = text_of(verify, "not tried: its account is not known as \"%s\"%s", only, "");
    } else if (is_session(inquiry) && inquiry->first_seen != INT64_MAX &&
               inquiry->first_seen < (int64_t)verify->now - SESSION_MAX_S) {
        known.verdict = VERDICT_EXPIRED;
        known.error = "not tried: no session lasts for the 36 hours since its first commit";
    } else {
        return;
    }
    inquiry_decide_all(inquiry, &known);
}

static void decide_without_token(struct inquiry *inquiry)
{
    static const struct verification known = {
        .verdict = VERDICT_UNVERIFIED,
        .error = "not tried: a session's key works with its token only, and none stands near it"
    };

    for (size_t i = 0; is_session(inquiry) && i < inquiry->try_count; i++)
        if (!inquiry->tries[i].token.len)
            inquiry_decide(inquiry, i, &known);
}

static struct cache_name name_of(const struct verify *verify, const struct inquiry *inquiry,
                                 size_t n)
{
    return cache_name_of(&verify->cache, verify->where, inquiry->id, inquiry->tries[n].secret,
                         inquiry->tries[n].token);
}

static void decide_by_cache(struct verify *verify, struct inquiry *inquiry)
{
    int n;

    while ((n = inquiry_next(inquiry)) != TRY_NONE) {
        struct cache_name name = name_of(verify, inquiry, (size_t)n);
        const struct verification *known = cache_get(&verify->cache, &name);

        if (!known)
            return;
        inquiry_decide(inquiry, (size_t)n, known);
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
        status = inquiries_init(&verify->inquiries, outcome);
    if (!status && options->cache_path)
        status = cache_read(&verify->cache, options->cache_path, verify->now);
    for (size_t i = 0; !status && i < verify->inquiries.count; i++) {
        decide_unasked(verify, &verify->inquiries.list[i]);
        decide_without_token(&verify->inquiries.list[i]);
        decide_by_cache(verify, &verify->inquiries.list[i]);
    }
    if (status)
        verify_free(verify);
    else
        *out = verify;
    return status;
}

size_t verify_ids(const struct verify *verify)
{
    return verify->inquiries.count;
}

size_t verify_asked(const struct verify *verify)
{
    size_t n = 0;

    for (size_t i = 0; i < verify->inquiries.count; i++)
        n += inquiry_next(&verify->inquiries.list[i]) != TRY_NONE;
    return n;
}

struct planned verify_planned(const struct verify *verify, size_t index)
{
    const struct inquiry *inquiry = &verify->inquiries.list[index];
    struct planned planned = { .id = inquiry->id,
                               .account = inquiry->account,
                               .name = accounts_name(verify->options.labels, inquiry->account) };

    for (size_t i = 0; i < inquiry->try_count; i++) {
        bool own = inquiry->tries[i].candidate == SIZE_MAX;

        planned.secrets += !inquiry->tries[i].decided && own;
        planned.candidates += !inquiry->tries[i].decided && !own;
    }
    if (inquiry->tries[0].decided)
        planned.known = inquiry->tries[0].known;
    return planned;
}

static enum status on_told(void *ctx, const struct inquiry *inquiry, size_t n)
{
    struct verify *verify = ctx;
    struct cache_name name = name_of(verify, inquiry, n);

    return cache_put(&verify->cache, &name, &inquiry->tries[n].known, time(NULL));
}

/* What makes one doubt a verdict, or says how far it goes, whoever told it. */
static const char *doubt_of(struct verify *verify, const struct inquiry *inquiry,
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
    if (inquiry->account[0] && strcmp(inquiry->account, known->account) != 0)
        return text_of(verify, "STS names account %s, and the id carries %s", known->account,
                       inquiry->account);
    return NULL;
}

static void add_doubts(struct verify *verify)
{
    for (size_t i = 0; i < verify->inquiries.count; i++) {
        struct inquiry *inquiry = &verify->inquiries.list[i];

        for (size_t t = 0; t < inquiry->try_count; t++)
            if (inquiry->tries[t].decided && !inquiry->tries[t].known.error)
                inquiry->tries[t].known.error = doubt_of(verify, inquiry, &inquiry->tries[t].known);
    }
}

enum status verify_run(struct verify *verify)
{
    enum status status = STATUS_OK;

    if (verify_asked(verify))
        status = ask_all(&verify->inquiries, &verify->options, &verify->arena, on_told, verify);
    add_doubts(verify);
    return status ? status : cache_write(&verify->cache);
}

enum status verify_tell(const struct verify *verify, struct outcome *outcome)
{
    return inquiries_tell(&verify->inquiries, outcome);
}

void verify_free(struct verify *verify)
{
    if (!verify)
        return;
    cache_release(&verify->cache);
    inquiries_release(&verify->inquiries);
    arena_release(&verify->arena);
    free(verify->where);
    free(verify);
}
