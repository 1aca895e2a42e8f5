/*
 * detect_scene.h - rulesets, whole lanes and texts with made-up credentials, for the unit tests of
 * detection.
 *
 * Include after cmocka.h.
 */
#ifndef TESTS_DETECT_SCENE_H
#define TESTS_DETECT_SCENE_H

#include <stdlib.h>
#include <time.h>

#include "base/array.h"
#include "base/buf.h"
#include "check/rules_values.h"
#include "detect/filter.h"
#include "made_up.h"
#include "scan/pipeline.h"

/* A secret of 40 that the filters let through: what they drop of genuine ones is test_filter.c's.
 */
static inline void made_up_plain_secret(uint64_t *seed, char out[static MADE_UP_SIZE])
{
    do
        made_up_secret(seed, 40, out);
    while (filter_is_wordy(slice_of(out), false) || filter_entropy(slice_of(out)) < 4.25);
}

/* A session token as STS makes them: how all of them begin, and some hundred of base64. */
static inline void made_up_token(uint64_t *seed, char out[static MADE_UP_SIZE])
{
    int len = snprintf(out, MADE_UP_SIZE, "%s%s", "IQoJb3Jp", "Z2luX2Vj");

    made_up_run(seed, MADE_UP_BASE64, 64, 300, out + len);
}

/* Append `text` with {{id}} and its kin filled in. A placeholder that nobody knows fails the test.
 */
static inline void values_fill(struct buf *out, const char *text, const struct rules_values *values)
{
    if (!rules_values_fill(out, text, values))
        fail_msg("no value is known for a placeholder in: %s", text);
    assert_int_equal(buf_status(out), STATUS_OK);
}

/* A ruleset from one JSON text, which must be good. */
static inline struct ruleset *ruleset_from(const char *json)
{
    const struct rule_source source = { "test.json", slice_of(json) };
    struct ruleset *set = NULL;

    if (ruleset_new(&set, &source, 1))
        fail_msg("expected a ruleset, got: %s", err_text());
    return set;
}

/* One worker's stages on a ruleset, and what they found. */
struct scene {
    struct ruleset *set;
    struct databases databases;
    struct outcome outcome;
    struct lane *lane;
};

/* A scene of the rules in `sources`; every fault fails the test. */
static inline void scene_begin(struct scene *s, const struct rule_source *sources, size_t n)
{
    const struct pipeline_options options = { .now = time(NULL) };

    *s = (struct scene){ 0 };
    if (ruleset_new(&s->set, sources, n) || ruleset_check_patterns(s->set) ||
        databases_get(&s->databases, s->set, &embedded_rules, NULL) ||
        lane_new(&s->lane, s->set, &s->databases, &options, &s->outcome))
        fail_msg("expected a scene, got: %s", err_text());
}

/* A scene of the rules that the program has built in. */
static inline void scene_begin_builtin(struct scene *s)
{
    scene_begin(s, embedded_rules.sources, embedded_rules.source_count);
}

/* Forget what was found. */
static inline void scene_forget(struct scene *s)
{
    outcome_release(&s->outcome);
    s->outcome = (struct outcome){ 0 };
}

static const char *const scene_target = "target";

static inline struct finding scene_origin(void)
{
    return (struct finding){ .target = scene_target, .path = "path" };
}

/* Scan `text` as one document; the findings before are forgotten. */
static inline void scene_scan(struct scene *s, struct slice text)
{
    const struct finding origin = scene_origin();

    scene_forget(s);
    if (lane_document(s->lane, &origin, text))
        fail_msg("expected a scan, got: %s", err_text());
    outcome_sort(&s->outcome, &scene_target, 1);
}

static inline void scene_end(struct scene *s)
{
    scene_forget(s);
    lane_free(s->lane);
    databases_release(&s->databases);
    ruleset_free(s->set);
}

#endif
