/*
 * siblings.c - which files hold one value alone, and which of a folder's values belong together.
 *
 * Everything is behind one lock: few files are such files. They are kept in a table that is cut
 * back, at twice its limit, to those that come first by folder and path; the first ones of all
 * files are thus kept whoever reads them first.
 */
#include "scan/siblings.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/finding_copy.h"
#include "base/limits.h"
#include "detect/confirm.h"
#include "detect/filter.h"
#include "detect/label.h"

/* The shortest value that is a part of any credential. */
enum { VALUE_MIN = 16 };

/* A file that holds one value alone. */
struct half {
    const char *target;
    const char *path;
    const struct s3_origin *s3; /* or NULL */
    struct slice folder;        /* of path, with what ends it */
    struct slice text;          /* all of the file */
    struct slice value;         /* in text */
    size_t kind;
    enum role role;
    uint64_t stem; /* of the file's name, see label.h */
    bool names_it; /* the name says what the value is */
    bool used;
};

struct siblings {
    const struct ruleset *set;
    struct form_set forms; /* that find a value by its shape, by an anchor */
    pthread_mutex_t lock;  /* guards the rest until siblings_finish() */
    struct confirmer *confirmer;
    struct half *halves; /* count of them */
    size_t count, cap;
    struct arena arena; /* their text */
    bool cut;           /* there were more than are kept */
    bool lost;          /* and one of them was an id, which may have had a partner */
};

/* --- set-up --- */

/* Is the part one of several in some rule? */
static bool is_half(const struct ruleset *set, size_t part)
{
    for (size_t i = 0; i < ruleset_rules(set); i++) {
        const struct composition *rule = ruleset_rule(set, i);

        if (rule->part[ROLE_ID] == SIZE_MAX || rule->part[ROLE_SECRET] == SIZE_MAX)
            continue;
        for (size_t role = 0; role < ROLE_COUNT; role++)
            if (rule->part[role] == part)
                return true;
    }
    return false;
}

enum status siblings_new(struct siblings **out, const struct ruleset *set)
{
    struct siblings *s = calloc(1, sizeof(*s));

    if (!s || confirmer_new(&s->confirmer, set, 0)) {
        free(s);
        return err_nomem();
    }
    s->set = set;
    for (size_t i = 0; i < ruleset_forms(set); i++)
        if (!ruleset_form(set, i)->run)
            form_set_add(&s->forms, i);
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return STATUS_OK;
}

void siblings_free(struct siblings *s)
{
    if (!s)
        return;
    confirmer_free(s->confirmer);
    free(s->halves);
    arena_release(&s->arena);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* --- one value alone --- */

static bool is_around(uint8_t c)
{
    return c && strchr(" \t\r\n\"'`", c);
}

/* What stands between white space and quotes; the empty slice where that is no single value. */
static struct slice only_value(struct slice text)
{
    const struct slice mark = SLICE("\xef\xbb\xbf");
    size_t start = slice_starts(text, mark) ? mark.len : 0, end = text.len;

    while (start < end && is_around(text.ptr[start]))
        start++;
    while (end > start && is_around(text.ptr[end - 1]))
        end--;
    if (end - start < VALUE_MIN)
        return (struct slice){ 0 };
    for (size_t i = start; i < end; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || is_around(text.ptr[i]))
            return (struct slice){ 0 };
    return slice_sub(text, start, end);
}

/* The first kind that all of a text is. */
struct whole {
    const struct ruleset *set;
    size_t len;
    size_t kind; /* SIZE_MAX: none yet */
};

static void on_value(void *ctx, const struct part *part)
{
    struct whole *whole = ctx;

    if (whole->kind == SIZE_MAX && part->offset == 0 && part->end == whole->len &&
        is_half(whole->set, part->kind))
        whole->kind = part->kind;
}

/* The name says that the value is something else: the token of another service, a digest. */
static bool is_other(struct slice name)
{
    bool ours = label_has(name, "aws") || label_has(name, "secret");

    return filter_label_is_digest(name) ||
           (!ours && (label_has(name, "token") || label_has(name, "api")));
}

static bool names_role(struct slice name, enum role role)
{
    if (role == ROLE_SECRET)
        return label_has(name, "secret");
    if (role == ROLE_TOKEN)
        return label_has(name, "token");
    return !label_has(name, "secret") && (label_has(name, "key") || label_has(name, "id"));
}

/* Fill in what the text and the path tell. False: the file is no half of anything. */
static bool read_half(struct siblings *s, struct half *half)
{
    struct whole whole = { .set = s->set, .kind = SIZE_MAX };
    const char *slash = strrchr(half->path, '/'), *inside = strrchr(half->path, '!');
    struct slice name;

    if (!slash || (inside && inside > slash)) /* "dump.zip!access_key" */
        slash = inside;
    name = slice_of(slash ? slash + 1 : half->path);
    whole.len = half->value.len;
    confirm_view(s->confirmer, half->value, &s->forms, on_value, &whole);
    if (whole.kind == SIZE_MAX)
        confirm_runs(s->confirmer, half->value, on_value, &whole);
    if (whole.kind == SIZE_MAX)
        return false;
    half->kind = whole.kind;
    half->role = ruleset_part(s->set, whole.kind)->role;
    half->folder = (struct slice){ (const uint8_t *)half->path, strlen(half->path) - name.len };
    half->stem = label_stem(name);
    half->names_it = names_role(name, half->role);
    return half->role != ROLE_SECRET || !is_other(name);
}

/* --- keeping --- */

static int by_path(const void *a, const void *b)
{
    const struct half *left = a, *right = b;
    int order = slice_cmp(left->folder, right->folder);

    if (!order)
        order = strcmp(left->path, right->path);
    return order ? order : strcmp(left->target, right->target);
}

/* Scan what was kept back as any other file. */
static enum status scan_half(const struct half *half, struct lane *lane)
{
    struct finding origin = { .target = half->target, .path = half->path, .s3 = half->s3 };

    return lane_document(lane, &origin, half->text);
}

/* A copy of all that `half` points to, in `arena`. False: memory is out. */
static bool adopt(struct arena *arena, struct half *half)
{
    struct slice path = arena_copy(arena, slice_of(half->path));
    struct slice text = arena_copy(arena, half->text);
    bool good = path.ptr && text.ptr;

    half->s3 = finding_copy_s3(arena, half->s3, &good);
    if (!good)
        return false;
    half->value.ptr = text.ptr + (half->value.ptr - half->text.ptr);
    half->text = text;
    half->path = (const char *)path.ptr;
    half->folder.ptr = path.ptr;
    return true;
}

/* Scan what is beyond the limit, and forget it. */
static void cut(struct siblings *s, struct lane *lane)
{
    struct arena fresh = { 0 };
    bool good = true;

    qsort(s->halves, s->count, sizeof(*s->halves), by_path);
    for (size_t i = LIMIT_SIBLINGS; i < s->count; i++) {
        s->lost |= s->halves[i].role == ROLE_ID;
        scan_half(&s->halves[i], lane);
    }
    s->count = LIMIT_SIBLINGS;
    s->cut = true;
    for (size_t i = 0; i < s->count && good; i++) {
        struct half copy = s->halves[i];

        good = adopt(&fresh, &copy);
        if (good)
            s->halves[i] = copy;
    }
    if (good)
        arena_release(&s->arena);
    arena_join(&s->arena, &fresh);
}

/* Keep a copy of `half`. False: memory is out. */
static bool keep(struct siblings *s, const struct half *half)
{
    struct half *grown;
    struct half copy = *half;

    grown = array_room(s->halves, s->count, &s->cap, sizeof(*grown));
    if (!grown)
        return false;
    s->halves = grown;
    if (!adopt(&s->arena, &copy))
        return false;
    s->halves[s->count++] = copy;
    return true;
}

bool siblings_note(struct siblings *s, struct lane *lane, const struct finding *origin,
                   struct slice text)
{
    struct half half = {
        .target = origin->target, .path = origin->path, .s3 = origin->s3, .text = text
    };
    bool kept;

    if (!s || text.len > LIMIT_SIBLING_BYTES)
        return false;
    half.value = only_value(text);
    if (!half.value.len)
        return false;
    pthread_mutex_lock(&s->lock);
    kept = read_half(s, &half) && keep(s, &half);
    if (s->count == 2 * LIMIT_SIBLINGS)
        cut(s, lane);
    pthread_mutex_unlock(&s->lock);
    return kept;
}

/* --- pairing --- */

/* The halves of one folder. */
struct group {
    const struct ruleset *set;
    struct half *halves; /* count of them, by path */
    size_t count;
};

/* How many halves have this role (and this stem, where it is asked for); the last one in `*last`.
 */
static size_t count_of(const struct group *g, enum role role, const uint64_t *stem,
                       struct half **last)
{
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        struct half *half = &g->halves[i];

        if (half->role != role || (stem && (half->stem != *stem || (!*stem && !half->names_it))))
            continue;
        n++;
        *last = half;
    }
    return n;
}

/*
 * The partner of `id` among the halves of `role`: the only one where `id` is the only id, unless
 * their names say that they are of two credentials; else the only one whose name agrees with that
 * of no other id. NULL: there is none.
 */
static struct half *partner_of(const struct group *g, const struct half *id, enum role role)
{
    struct half *partner = NULL, *same = NULL;

    if (count_of(g, ROLE_ID, NULL, &same) == 1 && count_of(g, role, NULL, &partner) == 1)
        return id->stem && partner->stem && id->stem != partner->stem ? NULL : partner;
    if (!id->stem && !id->names_it)
        return NULL;
    if (count_of(g, ROLE_ID, &id->stem, &same) == 1 && count_of(g, role, &id->stem, &partner) == 1)
        return partner;
    return NULL;
}

static struct place place_of(const struct half *half)
{
    struct place place = { .offset = (uint64_t)(half->value.ptr - half->text.ptr), .line = 1 };
    size_t begin = 0;

    for (size_t i = 0; i < place.offset; i++) {
        uint8_t c = half->text.ptr[i];

        if (c == '\n' || (c == '\r' && half->text.ptr[i + 1] != '\n')) {
            place.line++;
            begin = i + 1;
        }
    }
    place.column = place.offset - begin + 1;
    return place;
}

static void report_pair(const struct composition *rule, struct half *id, struct half *secret,
                        struct half *token, struct outcome *outcome)
{
    struct finding finding = { .rule = &rule->rule,
                               .confidence = id->names_it && secret->names_it ? CONFIDENCE_MEDIUM
                                                                              : CONFIDENCE_LOW,
                               .id = id->value,
                               .secret = secret->value,
                               .target = id->target,
                               .path = id->path,
                               .s3 = id->s3,
                               .secret_path = secret->path,
                               .place = place_of(id),
                               .secret_place = place_of(secret),
                               .count = 1 };

    if (token) {
        finding.token = token->value;
        token->used = true;
    }
    id->used = secret->used = true;
    outcome_add(outcome, &finding);
}

static void pair_group(const struct group *g, struct outcome *outcome)
{
    for (size_t i = 0; i < g->count; i++) {
        struct half *id = &g->halves[i], *secret, *token;
        const struct composition *rule = NULL;

        if (id->role != ROLE_ID || !(secret = partner_of(g, id, ROLE_SECRET)) || secret->used)
            continue;
        token = partner_of(g, id, ROLE_TOKEN);
        if (token && !token->used)
            rule = ruleset_compose(g->set, id->kind, secret->kind, token->kind);
        if (!rule) {
            token = NULL;
            rule = ruleset_compose(g->set, id->kind, secret->kind, SIZE_MAX);
        }
        if (rule)
            report_pair(rule, id, secret, token, outcome);
    }
}

/* The same file may have been reached through two targets; it is one half. */
static size_t without_repeated(struct half *halves, size_t n, struct lane *lane)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept && strcmp(halves[kept - 1].path, halves[i].path) == 0)
            scan_half(&halves[i], lane);
        else
            halves[kept++] = halves[i];
    }
    return kept;
}

/* How many of the halves from `first` on are of one folder. */
static size_t folder_size(const struct siblings *s, size_t first)
{
    size_t n = 1;

    while (first + n < s->count && slice_eq(s->halves[first].folder, s->halves[first + n].folder))
        n++;
    return n;
}

enum status siblings_finish(struct siblings *s, struct lane *lane, struct outcome *outcome)
{
    enum status status = STATUS_OK;
    struct half *last;

    if (!s->count)
        return STATUS_OK;
    if (s->count > LIMIT_SIBLINGS)
        cut(s, lane);
    qsort(s->halves, s->count, sizeof(*s->halves), by_path);
    s->count = without_repeated(s->halves, s->count, lane);
    for (size_t first = 0; first < s->count;) {
        struct group group = { s->set, &s->halves[first], folder_size(s, first) };

        /* Of the last folder that is kept not all may be. */
        if (s->cut && first + group.count == s->count)
            s->lost |= count_of(&group, ROLE_ID, NULL, &last) > 0;
        else
            pair_group(&group, outcome);
        first += group.count;
    }
    if (s->lost)
        outcome_trouble(outcome, SKIP_LIMIT, NULL, NULL,
                        "more than %u files hold one value each: not all of them were paired",
                        LIMIT_SIBLINGS);
    for (size_t i = 0; i < s->count && status != STATUS_NOMEM; i++)
        if (!s->halves[i].used)
            status = scan_half(&s->halves[i], lane);
    return status == STATUS_NOMEM ? status : STATUS_OK;
}
