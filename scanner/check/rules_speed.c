/* rules_speed.c - anchors over random text; patterns over texts made to be slow. */
#include "check/rules_speed.h"

#include <stdlib.h>
#include <time.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"
#include "check/rules_values.h"
#include "detect/database.h"

enum {
    TEXT_BYTES = 2 * 1024 * 1024, /* that an anchor is tried on */
    HITS_PER_BYTES = 1024,        /* one hit in so many bytes of it is too many */
    RUN_BYTES = 1024,             /* behind an example, to see whether an anchor goes on and on */
    RUN_HITS_MAX = 64,            /* for so long */
    SLOWER_MAX = 3,               /* times the pass of the built-in anchors */
    SLOW_BYTES = 16 * 1024,       /* of a text made to be slow */
    SLOW_MS = 50,                 /* that a pattern may take on it: 1,000 times what is usual */
    SLOW_TEXTS_MAX = 600,         /* for each pattern */
    RUNS = 3,                     /* of which the fastest counts */
};

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* --- anchors --- */

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
        const char *alphabet = alphabets[kind % COUNT_OF(alphabets)];
        size_t block = len - at < 4096 ? len - at : 4096;

        if (alphabet)
            rules_values_draw(&seed, alphabet, out + at, block);
        for (size_t i = 0; !alphabet && i < block; i++)
            out[at + i] = (uint8_t)rules_values_number(&seed);
        at += block;
    }
}

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
static size_t hits_of_a_run(const struct rules_speed *speed, const hs_database_t *database)
{
    struct rules_values values;
    uint64_t seed = 1;
    size_t most = 0;

    rules_values_make(&values, &seed);
    for (size_t i = 0; i < ruleset_examples(speed->set); i++) {
        struct buf text = { 0 };
        size_t hits = 0;

        rules_values_fill(&text, ruleset_example(speed->set, i)->text, &values);
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

enum status rules_speed_anchor(const struct rules_speed *speed, size_t i)
{
    size_t number;
    const char *text = ruleset_expression(speed->set, ENGINE_ANCHORS, i, &number);
    const char *part = ruleset_expression_part(speed->set, ENGINE_ANCHORS, i);
    hs_compile_error_t *error = NULL;
    hs_database_t *database = NULL;
    enum status status = STATUS_OK;
    size_t hits = 0, run;
    double ms;

    if (hs_compile(text, HS_FLAG_DOTALL, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
        status = database_blame(speed->set, ENGINE_ANCHORS, i, error->message);
        hs_free_compile_error(error);
        return status;
    }
    ms = pass(database, (struct slice){ speed->text, TEXT_BYTES }, &hits);
    if (ms < 0) {
        hs_free_database(database);
        return err_nomem();
    }
    run = hits_of_a_run(speed, database);
    if (hits > TEXT_BYTES / HITS_PER_BYTES)
        status = ruleset_blame_expression(speed->set, ENGINE_ANCHORS, i,
                                          ANCHOR "the anchor stands everywhere: %zu times in each "
                                                 "MiB of random text",
                                          ANCHOR_ARGUMENTS, hits / (TEXT_BYTES >> 20));
    else if (run > RUN_HITS_MAX)
        status = ruleset_blame_expression(speed->set, ENGINE_ANCHORS, i,
                                          ANCHOR "the anchor goes on and on: it should end where "
                                                 "the value can be told from other text",
                                          ANCHOR_ARGUMENTS);
    else if (ms > SLOWER_MAX * speed->pass_ms)
        status = ruleset_blame_expression(speed->set, ENGINE_ANCHORS, i,
                                          ANCHOR "the anchor is slow: %.1f times the time of all "
                                                 "built-in anchors; does it begin with a repeat, "
                                                 "or lack a fixed text?",
                                          ANCHOR_ARGUMENTS, ms / speed->pass_ms);
    hs_free_database(database);
    return status;
}

/* --- patterns --- */

/* One pattern under test. */
struct trial {
    const struct rules_speed *speed;
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
    part = ruleset_part(t->speed->set, ruleset_form(t->speed->set, t->form)->part)->name;
    if (t->slow)
        ruleset_blame_form(t->speed->set, t->form, "pattern",
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
    struct rules_values values;
    uint64_t seed = 1;

    rules_values_make(&values, &seed);
    for (size_t i = ruleset_examples(t->speed->built_in); i < ruleset_examples(t->speed->set);
         i++) {
        struct buf text = { 0 };
        size_t step;

        rules_values_fill(&text, ruleset_example(t->speed->set, i)->text, &values);
        step = 1 + text.len / 24;
        for (size_t len = 1; len <= text.len && !buf_status(&text); len += step) {
            try_text(t, (struct slice){ text.ptr, len }, text.ptr[len - 1]);
            try_text(t, (struct slice){ text.ptr, len }, 'a');
        }
        buf_release(&text);
    }
}

enum status rules_speed_pattern(const struct rules_speed *speed, size_t form)
{
    struct trial t = { .speed = speed, .form = form };
    enum status status = STATUS_OK;

    t.code = ruleset_pattern(speed->set, form);
    if (!t.code)
        return STATUS_INVALID;
    t.data = pcre2_match_data_create_from_pattern(t.code, NULL);
    t.context = pcre2_match_context_create(NULL);
    t.stack = pcre2_jit_stack_create(32 * 1024, 512 * 1024, NULL); /* as in a scan */
    t.text = malloc(SLOW_BYTES);
    make_tail(&t, ruleset_form(speed->set, form)->pattern);
    if (t.data && t.context && t.text && !buf_status(&t.tail)) {
        pcre2_set_match_limit(t.context, LIMIT_PCRE2_MATCH);
        if (t.stack)
            pcre2_jit_stack_assign(t.context, NULL, t.stack);
        try_fillers(&t, (struct slice){ 0 });
        try_literals(&t, ruleset_form(speed->set, form)->pattern);
        try_examples(&t);
        status = t.slow ? STATUS_INVALID : STATUS_OK;
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

/* --- set-up --- */

enum status rules_speed_init(struct rules_speed *speed, const struct ruleset *built_in)
{
    struct databases databases;
    enum status status;
    size_t hits;

    *speed = (struct rules_speed){ .built_in = built_in, .text = malloc(TEXT_BYTES) };
    if (!speed->text)
        return err_nomem();
    make_text(speed->text, TEXT_BYTES);
    status = databases_get(&databases, built_in, &embedded_rules, NULL);
    if (status)
        return status;
    speed->pass_ms =
        pass(databases.engine[ENGINE_ANCHORS], (struct slice){ speed->text, TEXT_BYTES }, &hits);
    databases_release(&databases);
    return speed->pass_ms < 0 ? err_nomem() : STATUS_OK;
}

void rules_speed_release(struct rules_speed *speed)
{
    free(speed->text);
    *speed = (struct rules_speed){ 0 };
}
