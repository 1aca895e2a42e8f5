/*
 * indicators.h - signs of an attacker, as data: patterns/trail/indicators.json.
 *
 * An indicator either says what one record must hold (`when`: each member is one of its patterns,
 * in which * stands for anything; null: the member is absent), or names a comparison of many
 * records (`context`), which story.c makes. Each has a score, a severity, its source, and examples
 * that a test runs.
 *
 * May include: base, pick, record. Library: cJSON. Threads: constant once read.
 */
#ifndef TRAIL_INDICATORS_H
#define TRAIL_INDICATORS_H

#include "base/finding.h"
#include "trail/pick.h"
#include "trail/record.h"

enum context {
    CONTEXT_NONE,
    CONTEXT_FIRST_CALL,         /* GetCallerIdentity before anything else */
    CONTEXT_BURST,              /* `at_least` different reading calls within ten minutes */
    CONTEXT_DENIED,             /* `at_least` different calls refused */
    CONTEXT_NEW_ADDRESS,        /* after a day, from an address never seen before */
    CONTEXT_NEW_NETWORK,        /* likewise the first 16 bits of it, 32 of IPv6 */
    CONTEXT_NEW_REGION,         /* likewise a region */
    CONTEXT_NEW_COUNTRY,        /* likewise a country */
    CONTEXT_TRAVEL,             /* faster than `at_least` km/h from one address to the next */
    CONTEXT_AFTER_DEACTIVATION, /* a key that was used after it was switched off */
    CONTEXT_COUNT
};

struct indicator {
    const char *id, *title, *source;
    const char *uuid; /* its name as a Sigma rule */
    enum severity severity;
    unsigned score;
    bool seed;   /* enough by itself to look at whoever did it, in a hunt */
    bool calls;  /* it speaks of what was called, not of the program that called */
    bool target; /* it speaks of the user that the call was about, not of the caller */
    enum context context;
    uint64_t at_least;
    const cJSON *when; /* an array of objects, any of which may hold; NULL with a context */
};

struct indicators {
    cJSON *json;
    struct indicator *list; /* count of them */
    size_t count;
    unsigned hunt_score; /* a principal whose seeds reach it is listed by a hunt */
};

/* The built-in file's text. */
struct slice indicators_builtin(void);

/* Read indicators from `text`, called `name` in the failure's text. STATUS_OK, STATUS_INVALID or
 * STATUS_NOMEM; on success the caller releases `out`. */
enum status indicators_read(struct indicators *out, struct slice text, const char *name);
void indicators_release(struct indicators *indicators);

/* Does `json`, a record, hold what the indicator asks for? `*evidence` is the text that decided,
 * borrowed from it. */
bool indicator_matches(const struct indicator *indicator, const cJSON *json, const char **evidence);

/* Add texts that every record holds which matches any seed. */
void indicators_pick(const struct indicators *indicators, struct pick_list *list);

/* The index of the indicator with this context; SIZE_MAX: there is none. */
size_t indicators_context(const struct indicators *indicators, enum context context);

#endif
