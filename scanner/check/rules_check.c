/* rules_check.c - one check after the other over what a rule file adds to the built-in rules. */
#include "check/rules_check.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "check/rules_speed.h"
#include "check/rules_values.h"
#include "detect/database.h"
#include "scan/pipeline.h"
#include "scan/scan_rules.h"

/* With whose values an example is tried. */
enum { SEEDS = 4 };

struct check {
    struct ruleset *set;
    struct ruleset *built_in;
    struct rules_speed speed;
    ruleset_fault_fn *on_mistake;
    void *ctx;
    size_t mistakes;
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

/* --- anchors --- */

static enum status check_expression(const struct check *check, enum engine engine, size_t i)
{
    size_t number;
    enum status status;

    ruleset_expression(check->set, engine, i, &number);
    if (engine == ENGINE_MARKS && ruleset_mark(check->set, number) >= COVERS_BEGIN)
        return STATUS_OK; /* it was told of as an anchor */
    status = database_check(check->set, engine, i);
    if (!status && engine == ENGINE_ANCHORS)
        status = rules_speed_anchor(&check->speed, i);
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

static enum status check_patterns(struct check *check)
{
    enum status status = STATUS_OK;

    for (size_t i = ruleset_forms(check->built_in);
         i < ruleset_forms(check->set) && status != STATUS_NOMEM; i++) {
        if (!ruleset_form(check->set, i)->pattern)
            continue; /* which was told of */
        status = rules_speed_pattern(&check->speed, i);
        if (status == STATUS_INVALID)
            tell(check);
    }
    return status == STATUS_NOMEM ? status : STATUS_OK;
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
    struct rules_values values;
    size_t n = 0;
    bool known;

    rules_values_make(&values, &seed);
    known = rules_values_fill(&text, example->text, &values);
    lane_document(lane, &origin, buf_view(&text));
    for (size_t k = 0; k < found->finding_count; k++)
        n += found->findings[k].rule == rule;
    buf_release(&text);
    outcome_release(found);
    if (known && n == !example->counter)
        return true;
    if (!known)
        ruleset_blame_example(check->set, i, "a placeholder is none of " RULES_PLACEHOLDERS);
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
    const struct pipeline_options options = { .now = time(NULL) };
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

enum status rules_check(const char *path, ruleset_fault_fn *on_mistake, void *ctx, size_t *mistakes)
{
    struct check check = { .on_mistake = on_mistake, .ctx = ctx };
    enum status status =
        ruleset_new(&check.built_in, embedded_rules.sources, embedded_rules.source_count);

    if (!status)
        status = rules_speed_init(&check.speed, check.built_in);
    if (!status)
        status = scan_read_rules(&check.set, path, on_fault, &check);
    if (status == STATUS_INVALID && check.mistakes)
        status = STATUS_OK;
    check.speed.set = check.set;
    if (!status && check.set)
        status = check_patterns(&check);
    if (!status && check.set)
        check_expressions(&check);
    if (!status && !check.mistakes)
        status = check_examples(&check);
    *mistakes = check.mistakes;
    rules_speed_release(&check.speed);
    ruleset_free(check.set);
    ruleset_free(check.built_in);
    return status;
}
