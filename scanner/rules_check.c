/*
 * rules_check.c - one check after the other over what a rule file adds to the built-in rules.
 *
 * Whatever is measured is measured in time of this thread's processor, the best of some runs, on
 * text from a generator: the same text each time. Bounds are wide: what is refused is slow by a
 * factor, not by a shade.
 */
#include "rules_check.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/limits.h"
#include "detect/database.h"
#include "detect/filter.h"
#include "pipeline.h"
#include "scan.h"

enum {
    ANCHOR_MIN_BYTES = 3,         /* of its shortest match */
    TEXT_BYTES = 2 * 1024 * 1024, /* that an anchor is tried on */
    HITS_PER_BYTES = 1024,        /* one hit in so many bytes of it is too many */
    RUN_BYTES = 1024,             /* behind an example, to see whether an anchor goes on and on */
    RUN_HITS_MAX = 64,            /* for so long */
    SLOWER_MAX = 3,               /* times the pass of the built-in anchors */
    SLOW_BYTES = 16 * 1024,       /* of a text made to be slow */
    SLOW_MS = 50,                 /* that a pattern may take on it: 1,000 times what is usual */
    SLOW_TEXTS_MAX = 600,         /* for each pattern */
    RUNS = 3,                     /* of which the fastest counts */
    SEEDS = 4,                    /* with whose values an example is tried */
    VALUE_SIZE = 512,
};

struct check {
    struct ruleset *set;
    struct ruleset *built_in;
    ruleset_fault_fn *on_mistake;
    void *ctx;
    size_t mistakes;
    uint8_t *text;  /* TEXT_BYTES */
    double pass_ms; /* of the built-in anchors over it */
};

static void on_fault(void *ctx, const char *text)
{
    struct check *check = ctx;

    check->mistakes++;
    check->on_mistake(check->ctx, text);
}

/* The text that is set is a mistake. */
static void tell(struct check *check)
{
    on_fault(check, err_text());
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* --- made-up text --- */

static uint64_t next_number(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void fill_from(uint64_t *seed, const char *alphabet, uint8_t *out, size_t len)
{
    size_t letters = strlen(alphabet);

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)alphabet[next_number(seed) % letters];
}

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define CAPITAL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Blocks like words, source text, base64, hex, numbers, and bytes of any value. */
static void make_text(uint8_t *out, size_t len)
{
    static const char *const alphabets[] = {
        SMALL SMALL "      \n",    SMALL CAPITAL DIGITS "____..,,==(){}\"\";;::  \n    ",
        SMALL CAPITAL DIGITS "+/", DIGITS "abcdef",
        DIGITS DIGITS ".,-: \n",   NULL,
    };
    uint64_t seed = 1;

    for (size_t at = 0, kind = 0; at < len; kind++) {
        const char *alphabet = alphabets[kind % (sizeof(alphabets) / sizeof(alphabets[0]))];
        size_t block = len - at < 4096 ? len - at : 4096;

        if (alphabet)
            fill_from(&seed, alphabet, out + at, block);
        for (size_t i = 0; !alphabet && i < block; i++)
            out[at + i] = (uint8_t)next_number(&seed);
        at += block;
    }
}

/* A value for each placeholder of an example. */
struct values {
    char id[VALUE_SIZE], temporary_id[VALUE_SIZE], secret[VALUE_SIZE], token[VALUE_SIZE];
    char code[VALUE_SIZE], uuid[VALUE_SIZE];
};

static void make_value(uint64_t *seed, const char *prefix, const char *alphabet, size_t len,
                       char *out)
{
    size_t start = strlen(prefix);

    memcpy(out, prefix, start);
    fill_from(seed, alphabet, (uint8_t *)out + start, len);
    out[start + len] = 0;
}

static void make_values(struct values *values, uint64_t seed)
{
    make_value(&seed,
               "AKIA"
               "Z",
               CAPITAL "234567", 15, values->id);
    make_value(&seed,
               "ASIA"
               "Z",
               CAPITAL "234567", 15, values->temporary_id);
    /* What the filters take for words, as they do with 2 in 1,000, would prove nothing. */
    do
        make_value(&seed, "", SMALL CAPITAL DIGITS "+/", 40, values->secret);
    while (filter_is_wordy(slice_of(values->secret), false) ||
           filter_entropy(slice_of(values->secret)) < 4.5);
    make_value(&seed,
               "IQoJb3Jp"
               "Z2luX2Vj",
               SMALL CAPITAL DIGITS "+/", 300, values->token);
    make_value(&seed, "", SMALL DIGITS, 26, values->code);
    make_value(&seed, "", DIGITS "abcdef", 36, values->uuid);
    for (size_t i = 8; i <= 23; i += 5) /* 8-4-4-4-12 (RFC 9562) */
        values->uuid[i] = '-';
}

/* Append an example with its placeholders filled in. False: one of them nobody knows. */
static bool fill_in(struct buf *out, const char *text, const struct values *values)
{
    const struct {
        const char *name, *value;
    } known[] = { { "{{id}}", values->id },         { "{{temporary_id}}", values->temporary_id },
                  { "{{secret}}", values->secret }, { "{{token}}", values->token },
                  { "{{code}}", values->code },     { "{{uuid}}", values->uuid } };
    const size_t count = sizeof(known) / sizeof(known[0]);
    const char *open;

    while ((open = strstr(text, "{{")) && strstr(open, "}}")) {
        size_t i = 0;

        while (i < count && strncmp(open, known[i].name, strlen(known[i].name)) != 0)
            i++;
        if (i == count)
            return false;
        buf_append(out, (struct slice){ (const uint8_t *)text, (size_t)(open - text) });
        buf_text(out, known[i].value);
        text = open + strlen(known[i].name);
    }
    buf_text(out, text);
    return true;
}

/* --- anchors --- */

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void *ctx)
{
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    ++*(size_t *)ctx;
    return 0;
}

/* The time of one pass over `text`, and its hits. Below 0: memory is out. */
static double pass(const hs_database_t *database, struct slice text, size_t *hits)
{
    hs_scratch_t *scratch = NULL;
    double best = -1;

    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
        return -1;
    for (int i = 0; i < RUNS; i++) {
        double began = now_ms(), took;

        *hits = 0;
        hs_scan(database, (const char *)text.ptr, (unsigned)text.len, 0, scratch, count_hit, hits);
        took = now_ms() - began;
        best = best < 0 || took < best ? took : best;
    }
    hs_free_scratch(scratch);
    return best;
}

/* How often an anchor hits behind an example of a rule, where nothing but one character stands. */
static size_t hits_of_a_run(const struct check *check, const hs_database_t *database)
{
    struct values values;
    size_t most = 0;

    make_values(&values, 1);
    for (size_t i = 0; i < ruleset_examples(check->set); i++) {
        struct buf text = { 0 };
        size_t hits = 0;

        fill_in(&text, ruleset_example(check->set, i)->text, &values);
        while (text.len && text.ptr[text.len - 1] <= ' ')
            buf_truncate(&text, text.len - 1);
        for (size_t k = 0; k < RUN_BYTES; k++)
            buf_byte(&text, k < RUN_BYTES / 2 ? 'a' : '0');
        if (!buf_status(&text))
            pass(database, buf_view(&text), &hits);
        most = hits > most ? hits : most;
        buf_release(&text);
    }
    return most;
}

/* The anchor as a message calls it. */
#define ANCHOR "%s%s%s\"%.200s\": "
#define ANCHOR_ARGUMENTS part ? "part \"" : "", part ? part : "", part ? "\": " : "", text

static enum status measure_anchor(const struct check *check, size_t i, const char *text)
{
    const char *part = ruleset_expression_part(check->set, ENGINE_ANCHORS, i);
    hs_compile_error_t *error = NULL;
    hs_database_t *database = NULL;
    enum status status = STATUS_OK;
    size_t hits, run;
    double ms;

    if (hs_compile(text, HS_FLAG_DOTALL, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
        status = database_blame(check->set, ENGINE_ANCHORS, i, error->message);
        hs_free_compile_error(error);
        return status;
    }
    ms = pass(database, (struct slice){ check->text, TEXT_BYTES }, &hits);
    run = hits_of_a_run(check, database);
    if (hits > TEXT_BYTES / HITS_PER_BYTES)
        status = ruleset_blame_expression(check->set, ENGINE_ANCHORS, i,
                                          ANCHOR "the anchor stands everywhere: %zu times in each "
                                                 "MiB of random text",
                                          ANCHOR_ARGUMENTS, hits / (TEXT_BYTES >> 20));
    else if (run > RUN_HITS_MAX)
        status = ruleset_blame_expression(check->set, ENGINE_ANCHORS, i,
                                          ANCHOR "the anchor goes on and on: it should end where "
                                                 "the value can be told from other text",
                                          ANCHOR_ARGUMENTS);
    else if (ms > SLOWER_MAX * check->pass_ms)
        status = ruleset_blame_expression(check->set, ENGINE_ANCHORS, i,
                                          ANCHOR "the anchor is slow: %.1f times the time of all "
                                                 "built-in anchors; does it begin with a repeat, "
                                                 "or lack a fixed text?",
                                          ANCHOR_ARGUMENTS, ms / check->pass_ms);
    hs_free_database(database);
    return status;
}

static enum status check_expression(const struct check *check, enum engine engine, size_t i)
{
    const char *part = ruleset_expression_part(check->set, engine, i);
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *error = NULL;
    enum status status = STATUS_OK;
    size_t number;
    const char *text = ruleset_expression(check->set, engine, i, &number);

    if (hs_expression_info(text, HS_FLAG_DOTALL, &info, &error) != HS_SUCCESS) {
        status = database_blame(check->set, engine, i, error->message);
        hs_free_compile_error(error);
        return status;
    }
    if (info->min_width < ANCHOR_MIN_BYTES)
        status =
            ruleset_blame_expression(check->set, engine, i,
                                     ANCHOR "the anchor matches %u byte%s: at least %d are needed",
                                     ANCHOR_ARGUMENTS, info->min_width,
                                     info->min_width == 1 ? "" : "s", ANCHOR_MIN_BYTES);
    else if (engine == ENGINE_ANCHORS)
        status = measure_anchor(check, i, text);
    free(info);
    return status;
}

static void check_expressions(struct check *check)
{
    for (size_t engine = 0; engine < ENGINE_COUNT; engine++)
        for (size_t i = ruleset_expressions(check->built_in, (enum engine)engine);
             i < ruleset_expressions(check->set, (enum engine)engine); i++)
            if (check_expression(check, (enum engine)engine, i))
                tell(check);
}

/* --- patterns --- */

/* One pattern under test. */
struct trial {
    const struct check *check;
    size_t form;
    const pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    uint8_t *text;   /* SLOW_BYTES */
    struct buf tail; /* what ends each text */
    size_t tried;
    bool slow;
};

static bool is_literal(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/*
 * What a match needs must stand somewhere, or PCRE2 gives up before it begins: every character, and
 * the pattern's own plain text, none of them where it would complete a match.
 */
static void make_tail(struct trial *t, const char *pattern)
{
    buf_text(&t->tail, "!\n!");
    for (char c = ' '; c <= '~'; c++)
        buf_byte(&t->tail, (uint8_t)c);
    for (const char *c = pattern; *c && t->tail.len < SLOW_BYTES / 4; c++)
        buf_byte(&t->tail, is_literal(*c) ? (uint8_t)*c : '!');
    buf_text(&t->tail, "\n!");
}

/* `head`, then `filler`, then the tail: a text made to be slow. */
static void try_text(struct trial *t, struct slice head, uint8_t filler)
{
    size_t len = head.len < SLOW_BYTES / 2 ? head.len : SLOW_BYTES / 2;
    const char *part;
    double began, took;
    int n;

    if (t->slow || t->tried++ >= SLOW_TEXTS_MAX)
        return;
    memset(t->text, filler, SLOW_BYTES);
    if (len)
        memcpy(t->text, head.ptr, len);
    memcpy(t->text + SLOW_BYTES - t->tail.len, t->tail.ptr, t->tail.len);
    began = now_ms();
    n = pcre2_match(t->code, t->text, SLOW_BYTES, 0, 0, t->data, t->context);
    took = now_ms() - began;
    t->slow = took > SLOW_MS || (n < 0 && n != PCRE2_ERROR_NOMATCH);
    part = ruleset_part(t->check->set, ruleset_form(t->check->set, t->form)->part)->name;
    if (t->slow)
        ruleset_blame_form(t->check->set, t->form, "pattern",
                           "part \"%s\": the pattern takes too %s on %d bytes of '%c' behind "
                           "\"%.*s\": bound its repeats ({1,64} for +)",
                           part, took > SLOW_MS ? "long" : "many steps", SLOW_BYTES, filler,
                           (int)(len < 40 ? len : 40), (const char *)t->text);
}

static void try_fillers(struct trial *t, struct slice head)
{
    static const char fillers[] = "aA0 =-_/\".x:\t";

    for (size_t i = 0; i + 1 < sizeof(fillers); i++)
        try_text(t, head, (uint8_t)fillers[i]);
    if (head.len)
        try_text(t, head, head.ptr[head.len - 1]);
}

/* What the pattern holds of plain text, each piece by itself: a start for what comes behind it. */
static void try_literals(struct trial *t, const char *pattern)
{
    while (*pattern) {
        size_t len = 0;

        if (*pattern == '\\' && pattern[1]) {
            pattern += 2;
            continue;
        }
        while (is_literal(pattern[len]))
            len++;
        if (len > 1)
            try_fillers(t, (struct slice){ (const uint8_t *)pattern, len });
        pattern += len ? len : 1;
    }
}

/* Examples, cut behind each of some dozen bytes. */
static void try_examples(struct trial *t)
{
    struct values values;

    make_values(&values, 1);
    for (size_t i = ruleset_examples(t->check->built_in); i < ruleset_examples(t->check->set);
         i++) {
        struct buf text = { 0 };
        size_t step;

        fill_in(&text, ruleset_example(t->check->set, i)->text, &values);
        step = 1 + text.len / 24;
        for (size_t len = 1; len <= text.len && !buf_status(&text); len += step) {
            try_text(t, (struct slice){ text.ptr, len }, text.ptr[len - 1]);
            try_text(t, (struct slice){ text.ptr, len }, 'a');
        }
        buf_release(&text);
    }
}

static enum status check_pattern(struct check *check, size_t form)
{
    struct trial t = { .check = check, .form = form };
    enum status status = STATUS_OK;

    t.code = ruleset_pattern(check->set, form);
    if (!t.code) {
        tell(check);
        return STATUS_OK;
    }
    t.data = pcre2_match_data_create_from_pattern(t.code, NULL);
    t.context = pcre2_match_context_create(NULL);
    t.stack = pcre2_jit_stack_create(32 * 1024, 512 * 1024, NULL); /* as in a scan */
    t.text = malloc(SLOW_BYTES);
    make_tail(&t, ruleset_form(check->set, form)->pattern);
    if (t.data && t.context && t.text && !buf_status(&t.tail)) {
        pcre2_set_match_limit(t.context, LIMIT_PCRE2_MATCH);
        if (t.stack)
            pcre2_jit_stack_assign(t.context, NULL, t.stack);
        try_fillers(&t, (struct slice){ 0 });
        try_literals(&t, ruleset_form(check->set, form)->pattern);
        try_examples(&t);
        if (t.slow)
            tell(check);
    } else {
        status = err_nomem();
    }
    pcre2_match_data_free(t.data);
    pcre2_match_context_free(t.context);
    pcre2_jit_stack_free(t.stack);
    free(t.text);
    buf_release(&t.tail);
    return status;
}

static enum status check_patterns(struct check *check)
{
    enum status status = STATUS_OK;

    for (size_t i = ruleset_forms(check->built_in); i < ruleset_forms(check->set) && !status; i++)
        if (ruleset_form(check->set, i)->pattern) /* else it was told of */
            status = check_pattern(check, i);
    return status;
}

/* --- examples --- */

/* One example with the values of `seed`. False: it does not hold, which was told. */
static bool holds(struct check *check, struct lane *lane, struct outcome *found, size_t i,
                  uint64_t seed)
{
    const struct example *example = ruleset_example(check->set, i);
    const struct rule *rule = &ruleset_rule(check->set, example->rule)->rule;
    const struct finding origin = { .target = "", .path = "" };
    struct buf text = { 0 };
    struct values values;
    size_t n = 0;
    bool known;

    make_values(&values, seed);
    known = fill_in(&text, example->text, &values);
    lane_document(lane, &origin, buf_view(&text));
    for (size_t k = 0; k < found->finding_count; k++)
        n += found->findings[k].rule == rule;
    buf_release(&text);
    outcome_release(found);
    if (known && n == !example->counter)
        return true;
    if (!known)
        ruleset_blame_example(check->set, i,
                              "a placeholder is none of {{id}}, {{temporary_id}}, "
                              "{{secret}}, {{token}}, {{code}}, {{uuid}}");
    else if (example->counter)
        ruleset_blame_example(check->set, i, "rule \"%s\" finds something in this counter-example",
                              rule->id);
    else
        ruleset_blame_example(check->set, i,
                              "rule \"%s\" finds %zu credentials in this example, not 1", rule->id,
                              n);
    tell(check);
    return false;
}

static enum status check_examples(struct check *check)
{
    const struct pipeline_options options = { 0 };
    struct outcome found = { 0 };
    struct databases databases;
    struct lane *lane = NULL;
    enum status status = databases_get(&databases, check->set, &embedded_rules, NULL);

    if (!status)
        status = lane_new(&lane, check->set, &databases, &options, &found);
    for (size_t i = ruleset_examples(check->built_in); i < ruleset_examples(check->set) && !status;
         i++)
        for (uint64_t seed = 1; seed <= SEEDS && holds(check, lane, &found, i, seed); seed++)
            ;
    lane_free(lane);
    outcome_release(&found);
    databases_release(&databases);
    if (status == STATUS_INVALID) { /* each anchor is good, but not all of them together */
        tell(check);
        status = STATUS_OK;
    }
    return status;
}

/* --- all of it --- */

/* What speed is usual here. */
static enum status set_up(struct check *check)
{
    struct databases databases;
    enum status status =
        ruleset_new(&check->built_in, embedded_rules.sources, embedded_rules.source_count);
    size_t hits;

    check->text = malloc(TEXT_BYTES);
    if (!check->text)
        return err_nomem();
    make_text(check->text, TEXT_BYTES);
    if (!status)
        status = databases_get(&databases, check->built_in, &embedded_rules, NULL);
    if (status)
        return status;
    check->pass_ms =
        pass(databases.engine[ENGINE_ANCHORS], (struct slice){ check->text, TEXT_BYTES }, &hits);
    databases_release(&databases);
    return check->pass_ms < 0 ? err_nomem() : STATUS_OK;
}

enum status rules_check(const char *path, ruleset_fault_fn *on_mistake, void *ctx, size_t *mistakes)
{
    struct check check = { .on_mistake = on_mistake, .ctx = ctx };
    enum status status = set_up(&check);

    if (!status)
        status = scan_read_rules(&check.set, path, on_fault, &check);
    if (status == STATUS_INVALID && check.mistakes)
        status = STATUS_OK;
    if (!status && check.set)
        status = check_patterns(&check);
    if (!status && check.set)
        check_expressions(&check);
    if (!status && !check.mistakes)
        status = check_examples(&check);
    *mistakes = check.mistakes;
    ruleset_free(check.set);
    ruleset_free(check.built_in);
    free(check.text);
    return status;
}
