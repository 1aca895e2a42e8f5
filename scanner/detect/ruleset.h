/*
 * ruleset.h - the rules, as data, and the engines made from them.
 *
 * A rule file (patterns/README.md has its form) names PARTS of credentials and the RULES that say
 * which parts make a finding. A part is found in one or more FORMS: Hyperscan anchors that one pass
 * over a document looks for all at once, and a PCRE2 pattern that confirms and captures near an
 * anchor. This module parses, checks and compiles; match.h and confirm.h run.
 *
 * May include: base. Libraries: Hyperscan, PCRE2, cJSON.
 * Threads: a ruleset is shared and constant after ruleset_new(); PCRE2 code is compiled under a
 * lock on first use, because most documents need none.
 */
#ifndef DETECT_RULESET_H
#define DETECT_RULESET_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <hs.h>
#include <pcre2.h>

#include "base/codec.h"
#include "base/finding.h"
#include "base/status.h"

/* The most forms of one ruleset: their numbers are bits of a form_set. Marks are numbered from here
 * on. */
#define RULESET_FORMS_MAX 256

enum role { ROLE_ID, ROLE_SECRET, ROLE_TOKEN, ROLE_COUNT };

/* What stands before a value tells how much of a credential it is by itself. */
enum label {
    LABEL_NONE,   /* shape only: counts beside an id */
    LABEL_WEAK,   /* "secret_key": pairs from further away, nothing by itself */
    LABEL_STRONG, /* "aws_secret_access_key": a finding by itself */
};

/* A kind of value, in the order of the rule files. */
struct part_kind {
    const char *name;
    enum role role;
    double entropy_min; /* bits a byte; 0: no floor */
    bool random;        /* a random string: words, paths and plain names are not it */
};

/* One way in which a part is found. */
struct form {
    size_t part; /* index into ruleset_part() */
    enum label label;
    const char *pattern; /* PCRE2, with a group called `value` */
    size_t run; /* not 0: found by its shape beside an id, a run of so many of A-Za-z0-9+/ */
    uint32_t before, after; /* bytes round an anchor's end in which the pattern is tried */
};

/* The Hyperscan databases of a ruleset. */
enum engine {
    ENGINE_ANCHORS, /* where to look; run over everything */
    ENGINE_MARKS,   /* what people allow; run only over text that holds a part */
    ENGINE_COUNT
};

/* Which lines a mark ("gitleaks:allow") speaks for. */
enum covers {
    COVERS_LINE,   /* its own */
    COVERS_NEXT,   /* the one after it */
    COVERS_AROUND, /* its own, and the ones before and after it */
    COVERS_BEGIN,  /* all from here on, until a COVERS_END */
    COVERS_END,
};

/* A finding's kind: the parts that it is made of; SIZE_MAX where it has none of that role. */
struct composition {
    struct rule rule;
    size_t part[ROLE_COUNT];
};

/* One text of the "examples" or "counterexamples" of a rule. */
struct example {
    size_t rule; /* index for ruleset_rule() */
    const char
        *text; /* {{id}}, {{temporary_id}}, {{secret}}, {{token}} ... stand for made-up ones */
    bool counter;
};

/* A rule file's bytes. */
struct rule_source {
    const char *name; /* for messages */
    struct slice text;
};

struct ruleset;

/*
 * Parse and check `n` rule files as one set. No engine is made yet. On success `*out` is the
 * caller's. On failure the text names the file, and line and column where the fault has a place.
 * Returns STATUS_OK, STATUS_INVALID or STATUS_NOMEM.
 */
enum status ruleset_new(struct ruleset **out, const struct rule_source *sources, size_t n);

/* Takes the text of one mistake: "FILE:LINE:COLUMN: MEMBER: what". */
typedef void ruleset_fault_fn(void *ctx, const char *text);

/*
 * Likewise, and tell `on_fault` of each mistake in the order of the files; ruleset_new() tells of
 * the first, and how many there are. Where it returns STATUS_INVALID `*out` is NULL (a file that is
 * no JSON), or the caller's: what is good of the rules, to be checked further and not to be used.
 */
enum status ruleset_read(struct ruleset **out, const struct rule_source *sources, size_t n,
                         ruleset_fault_fn *on_fault, void *ctx);

/* NULL is allowed. */
void ruleset_free(struct ruleset *set);

size_t ruleset_parts(const struct ruleset *set);
const struct part_kind *ruleset_part(const struct ruleset *set, size_t i);
size_t ruleset_forms(const struct ruleset *set);
const struct form *ruleset_form(const struct ruleset *set, size_t i);
size_t ruleset_rules(const struct ruleset *set);
const struct composition *ruleset_rule(const struct ruleset *set, size_t i);

/* The index of the rule called `id`; SIZE_MAX: there is none. */
size_t ruleset_find(const struct ruleset *set, struct slice id);

/* Give a rule another severity, before the ruleset is shared. */
void ruleset_set_severity(struct ruleset *set, size_t i, enum severity severity);
size_t ruleset_examples(const struct ruleset *set);
const struct example *ruleset_example(const struct ruleset *set, size_t i);

/* The number of the anchors that say that a block mark is in the text: see ruleset_expression(). */
#define RULESET_BLOCK_MARK (RULESET_FORMS_MAX + CODEC_COUNT)

/*
 * The expressions of one engine, and the number that their hits carry: an anchor's is that of its
 * form, or RULESET_FORMS_MAX + an enum codec; a mark's is its own. Marks that open and close blocks
 * are anchors too (RULESET_BLOCK_MARK), for they count for parts of pieces that they are not in.
 */
size_t ruleset_expressions(const struct ruleset *set, enum engine engine);
const char *ruleset_expression(const struct ruleset *set, enum engine engine, size_t i,
                               size_t *number);
enum covers ruleset_mark(const struct ruleset *set, size_t number);

/*
 * The composition of exactly these parts (indices, SIZE_MAX for none), or NULL. A token is
 * optional: an id and a secret whose only rule has a token find that rule without one too.
 */
const struct composition *ruleset_compose(const struct ruleset *set, size_t id, size_t secret,
                                          size_t token);

/*
 * Are parts of `kind` ids of credentials that have a session token? By themselves those are counted
 * in the coverage, unless a rule says more of them.
 */
bool ruleset_is_temporary(const struct ruleset *set, size_t kind);

/* The lengths of the forms that are found by their shape, each once; `*n` of them. Borrowed. */
const size_t *ruleset_run_lengths(const struct ruleset *set, size_t *n);

/* The documented example values, which are nobody's: true where `value` is one of them. */
bool ruleset_is_documented(const struct ruleset *set, struct slice value);

/*
 * The compiled pattern of form `i`, compiled on the first call (any thread). NULL, with a text,
 * where it cannot be compiled; ruleset_check_patterns() has excluded that.
 */
const pcre2_code *ruleset_pattern(const struct ruleset *set, size_t i);

/* Compile every PCRE2 pattern now. STATUS_INVALID with the name of the first that cannot be used.
 */
enum status ruleset_check_patterns(const struct ruleset *set);

/*
 * Set the failure text about a form's `member` (NULL: the form), an expression or an example, in
 * printf's form, behind "FILE:LINE:COLUMN: MEMBER: ". Returns STATUS_INVALID.
 */
enum status ruleset_blame_form(const struct ruleset *set, size_t i, const char *member,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));
enum status ruleset_blame_expression(const struct ruleset *set, enum engine engine, size_t i,
                                     const char *format, ...) __attribute__((format(printf, 4, 5)));
enum status ruleset_blame_example(const struct ruleset *set, size_t i, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name of the part that an expression is an anchor of; NULL where it is another's. */
const char *ruleset_expression_part(const struct ruleset *set, enum engine engine, size_t i);

#endif
