/*
 * confirm.c - PCRE2 over a view, form by form, and the checks that no pattern can express.
 */
#include "detect/confirm.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "detect/filter.h"
#include "detect/label.h"

/* The groups of a form's pattern that are looked at; 0: it has none of that name. */
struct names {
    bool known;
    uint32_t name, value, expires, date, lifetime;
};

struct confirmer {
    const struct ruleset *set;
    int64_t now; /* seconds since 1970 */
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    struct {
        uint8_t name[256];
        size_t len; /* 0: none */
        uint64_t stem;
    } last; /* name whose stem was wanted: a log calls its million ids all alike */
    struct names names[RULESET_FORMS_MAX];
};

/* Bytes of stack for compiled patterns, at first and at most. */
enum { STACK_MIN = 32 * 1024, STACK_MAX = 512 * 1024 };

/* Groups that are looked at: the match, `name`, `value` and those of a time. */
enum { GROUPS = 8 };

enum status confirmer_new(struct confirmer **out, const struct ruleset *set, int64_t now)
{
    struct confirmer *c = calloc(1, sizeof(*c));

    if (!c)
        return err_nomem();
    c->set = set;
    c->now = now;
    c->data = pcre2_match_data_create(GROUPS, NULL);
    c->context = pcre2_match_context_create(NULL);
    c->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
    if (!c->data || !c->context) {
        confirmer_free(c);
        return err_nomem();
    }
    pcre2_set_match_limit(c->context, LIMIT_PCRE2_MATCH);
    if (c->stack)
        pcre2_jit_stack_assign(c->context, NULL, c->stack);
    *out = c;
    return STATUS_OK;
}

void confirmer_free(struct confirmer *c)
{
    if (!c)
        return;
    pcre2_match_data_free(c->data);
    pcre2_match_context_free(c->context);
    pcre2_jit_stack_free(c->stack);
    free(c);
}

/* One form at work on one view. */
struct search {
    struct confirmer *confirmer;
    const struct form *form;
    const struct part_kind *kind;
    const pcre2_code *code;
    const struct names *groups;
    struct slice view;
    confirm_fn *fn;
    void *ctx;
};

static uint32_t group_number(const pcre2_code *code, const char *name)
{
    int number = pcre2_substring_number_from_name(code, (PCRE2_SPTR)name);

    return number > 0 && number < GROUPS ? (uint32_t)number : 0;
}

static const struct names *names_of(struct confirmer *c, size_t form, const pcre2_code *code)
{
    struct names *names = &c->names[form];

    if (!names->known)
        *names = (struct names){ .known = true,
                                 .name = group_number(code, "name"),
                                 .value = group_number(code, "value"),
                                 .expires = group_number(code, "expires"),
                                 .date = group_number(code, "date"),
                                 .lifetime = group_number(code, "lifetime") };
    return names;
}

static enum status search_init(struct search *s, struct confirmer *c, size_t form,
                               struct slice view, confirm_fn *fn, void *ctx)
{
    *s = (struct search){ .confirmer = c,
                          .form = ruleset_form(c->set, form),
                          .code = ruleset_pattern(c->set, form),
                          .view = view,
                          .fn = fn,
                          .ctx = ctx };
    if (!s->code)
        return STATUS_INVALID;
    s->kind = ruleset_part(c->set, s->form->part);
    s->groups = names_of(c, form, s->code);
    return STATUS_OK;
}

/* What the value itself says. */
static bool is_genuine(const struct search *s, struct slice value, size_t start)
{
    if (s->kind->entropy_min > 0 && filter_entropy(value) < s->kind->entropy_min)
        return false;
    if (filter_is_filler(value) || ruleset_is_documented(s->confirmer->set, value))
        return false;
    if (s->kind->role == ROLE_ID && filter_in_base64(s->view, start, start + value.len))
        return false;
    return !s->kind->random ||
           !(filter_is_wordy(value, s->form->label > LABEL_NONE) || filter_is_encoded(value));
}

static struct slice name_of(const struct search *s, size_t start, const size_t *groups)
{
    if (s->groups->name && groups[2 * s->groups->name] != PCRE2_UNSET)
        return label_around(s->view, groups[2 * s->groups->name], groups[2 * s->groups->name + 1]);
    return label_before(s->view, start);
}

/* A value without a label that its surroundings call something else than a secret access key. */
static bool is_something_else(const struct search *s, struct slice name, size_t start, size_t end)
{
    bool other_service = (label_has(name, "token") || label_has(name, "api")) &&
                         !label_has(name, "secret") && !label_has(name, "aws");

    return other_service || filter_label_is_digest(name) || filter_is_wrapped(s->view, start, end);
}

static struct slice group_text(const struct search *s, const size_t *groups, uint32_t group)
{
    if (!group || groups[2 * group] == PCRE2_UNSET)
        return (struct slice){ 0 };
    return slice_sub(s->view, groups[2 * group], groups[2 * group + 1]);
}

/* The number in bytes [from, to) of `text`, which is at most 12 digits long; -1 where it is none.
 */
static int64_t number_in(struct slice text, size_t from, size_t to)
{
    int64_t number = 0;

    if (from == to || to > text.len || to - from > 12)
        return -1;
    for (size_t i = from; i < to; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        number = number * 10 + (text.ptr[i] - '0');
    }
    return number;
}

/* 20260131T235959Z in seconds since 1970; -1 where it is none. */
static int64_t date_in(struct slice text)
{
    struct tm date = { .tm_year = (int)number_in(text, 0, 4) - 1900,
                       .tm_mon = (int)number_in(text, 4, 6) - 1,
                       .tm_mday = (int)number_in(text, 6, 8),
                       .tm_hour = (int)number_in(text, 9, 11),
                       .tm_min = (int)number_in(text, 11, 13),
                       .tm_sec = (int)number_in(text, 13, 15) };

    return text.len == 16 ? (int64_t)timegm(&date) : -1;
}

/* Is the time over that stands beside the value? */
static bool is_expired(const struct search *s, const size_t *groups)
{
    struct slice expires = group_text(s, groups, s->groups->expires);
    struct slice date = group_text(s, groups, s->groups->date);
    struct slice lifetime = group_text(s, groups, s->groups->lifetime);
    int64_t end = -1;

    if (expires.len)
        end = number_in(expires, 0, expires.len);
    else if (date.len && lifetime.len)
        end = date_in(date) + number_in(lifetime, 0, lifetime.len);
    return end >= 0 && end <= s->confirmer->now;
}

static uint64_t stem_of(struct confirmer *c, struct slice name)
{
    if (name.len && slice_eq(name, (struct slice){ c->last.name, c->last.len }))
        return c->last.stem;
    if (!name.len || name.len > sizeof(c->last.name))
        return label_stem(name);
    memcpy(c->last.name, name.ptr, name.len);
    c->last.len = name.len;
    c->last.stem = label_stem(name);
    return c->last.stem;
}

static void report(struct search *s, const size_t *groups)
{
    size_t start = groups[2 * s->groups->value], end = groups[2 * s->groups->value + 1];
    struct slice value = slice_sub(s->view, start, end);
    enum label label = s->form->label;
    struct slice name;
    struct part part;

    if (!is_genuine(s, value, start) || is_expired(s, groups))
        return;
    name = name_of(s, start, groups);
    if (label < LABEL_STRONG && s->kind->random && filter_label_is_other_service(name))
        return;
    if (s->form->run) {
        if (is_something_else(s, name, start, end))
            return;
        if (label_has(name, "secret"))
            label = LABEL_WEAK;
    }
    part = (struct part){ .kind = s->form->part,
                          .role = s->kind->role,
                          .label = label,
                          .value = value,
                          .offset = start,
                          .end = end,
                          .stem = stem_of(s->confirmer, name),
                          .name = label_hash(name) };
    s->fn(s->ctx, &part);
}

/*
 * Match from `at`; the groups, or NULL where there is no match. STATUS_LIMIT's text is set where
 * the pattern gave up.
 */
static const size_t *match(struct search *s, size_t at, uint32_t options, enum status *status)
{
    struct confirmer *c = s->confirmer;
    int n = pcre2_match(s->code, s->view.ptr, s->view.len, at, options, c->data, c->context);

    if (n < 0 && n != PCRE2_ERROR_NOMATCH)
        *status =
            err_set(STATUS_LIMIT, "the pattern of part \"%s\" took too many steps", s->kind->name);
    /* 0: more groups than GROUPS; those that are looked at come first. */
    return n < 0 ? NULL : pcre2_get_ovector_pointer(c->data);
}

static enum status search_pattern(struct search *s, void (*take)(struct search *, const size_t *))
{
    enum status status = STATUS_OK;
    size_t at = 0;

    while (at < s->view.len) {
        const size_t *groups = match(s, at, 0, &status);
        size_t end;

        if (!groups)
            break;
        end = groups[2 * s->groups->value + 1];
        if (groups[2 * s->groups->value] != PCRE2_UNSET && end > groups[2 * s->groups->value])
            take(s, groups);
        else
            end = groups[1];
        /* Behind the value and not the match: what follows a value may begin the next match. */
        at = end > at ? end : at + 1;
    }
    return status;
}

static bool is_base64(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* Characters that may stand in a run before its value: signs of a patch, an id in front of a slash.
 */
enum { SIGNS_MAX = 2, ID = 20 };

/*
 * Where the value begins in the run [start, end), which is longer than one: behind the signs of a
 * patch (+VALUE at a line's start, {+VALUE+} in a line), or behind ID/. SIZE_MAX: there is none.
 */
static size_t value_in(struct slice s, size_t start, size_t end, size_t length)
{
    size_t more = end - start - length;
    uint8_t before = start > 0 ? s.ptr[start - 1] : '\n', behind = end < s.len ? s.ptr[end] : 0;
    bool line = before == '\n' || before == '\r';

    if (more == ID + 1 && s.ptr[start + ID] == '/' &&
        label_is_key_id(slice_sub(s, start, start + ID)))
        return start + ID + 1;
    if (more > SIGNS_MAX || s.ptr[start] != '+')
        return SIZE_MAX;
    if (before == '{' && behind == '}' && more == 2 && s.ptr[end - 1] == '+')
        return start + 1;
    return line && (more == 1 || s.ptr[start + 1] == '+') ? start + more : SIZE_MAX;
}

/*
 * Runs of form->run of base64's characters, and values in somewhat longer ones. A run that long
 * covers every run-th place, so most text is passed over in steps of that length.
 */
static enum status search_runs(struct search *s)
{
    const uint8_t *text = s->view.ptr;
    size_t run = s->form->run, floor = 0; /* no run that is sought begins before floor */
    enum status status = STATUS_OK;

    for (size_t at = run - 1; at < s->view.len; at += run) {
        size_t start = at, end = at;

        if (!is_base64(text[at]))
            continue;
        while (start > floor && is_base64(text[start - 1]))
            start--;
        while (end < s->view.len && is_base64(text[end]))
            end++;
        floor = end;
        at = end;
        if (end - start > run)
            start = value_in(s->view, start, end, run);
        if (start != SIZE_MAX && end - start >= run) {
            const size_t *groups = match(s, start, PCRE2_ANCHORED, &status);

            if (groups)
                report(s, groups);
        }
    }
    return status;
}

/* Every form of `forms`, or of those without anchors where that is NULL. */
static enum status search_forms(struct confirmer *c, struct slice view,
                                const struct form_set *forms, confirm_fn *fn, void *ctx)
{
    enum status status, result = STATUS_OK;

    for (size_t i = 0; i < ruleset_forms(c->set); i++) {
        const struct form *form = ruleset_form(c->set, i);
        struct search search;

        if (forms ? !form_set_has(forms, i) : !form->run)
            continue;
        if ((status = search_init(&search, c, i, view, fn, ctx)))
            return status;
        status = form->run ? search_runs(&search) : search_pattern(&search, report);
        if (status)
            result = status;
    }
    return result;
}

enum status confirm_view(struct confirmer *c, struct slice view, const struct form_set *forms,
                         confirm_fn *fn, void *ctx)
{
    return search_forms(c, view, forms, fn, ctx);
}

/* What confirm_count() counts, and where. */
struct tally {
    size_t from, to;
    uint64_t *count;
};

static void count(struct search *s, const size_t *groups)
{
    const struct tally *tally = s->ctx;
    size_t start = groups[2 * s->groups->value], end = groups[2 * s->groups->value + 1];

    if (start >= tally->from && start < tally->to &&
        is_genuine(s, slice_sub(s->view, start, end), start) && !is_expired(s, groups))
        ++*tally->count;
}

enum status confirm_count(struct confirmer *c, struct slice view, size_t form, size_t from,
                          size_t to, uint64_t *n)
{
    struct tally tally = { from, to, n };
    struct search search;
    enum status status = search_init(&search, c, form, view, NULL, &tally);

    return status ? status : search_pattern(&search, count);
}

enum status confirm_runs(struct confirmer *c, struct slice view, confirm_fn *fn, void *ctx)
{
    return search_forms(c, view, NULL, fn, ctx);
}
