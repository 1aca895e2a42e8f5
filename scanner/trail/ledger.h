/*
 * ledger.h - what subjects did and what was done to them, added up.
 *
 * State grows with what is different (who, which call, from where), never with the number of
 * records. Every sum, first and last is the same in whatever order records come, and where a limit
 * is reached those are kept that come first by their content: the result is the same for any number
 * of threads.
 *
 * May include: base, record, subjects. Threads: one at a time; the caller locks.
 */
#ifndef TRAIL_LEDGER_H
#define TRAIL_LEDGER_H

#include "base/arena.h"
#include "base/status.h"
#include "trail/record.h"
#include "trail/repeats.h"
#include "trail/subjects.h"
#include "trail/table.h"

/* One moment of the logs; within a second records count in the order of their file. */
struct moment {
    int64_t time;
    uint64_t order;
    char event_id[40]; /* a UUID */
};

/* Is `a` before `b`? */
bool moment_before(const struct moment *a, const struct moment *b);

/* Calls that are alike. Texts are never NULL and belong to the ledger. */
struct step {
    uint32_t actor, about; /* subjects, or SUBJECT_NONE */
    const char *by;        /* ARN of the caller */
    const char *key;       /* its long-lived access key id, else "" */
    const char *source, *name, *error, *detail, *address, *agent, *region;
    uint64_t count;
    uint64_t bytes; /* that the calls gave out, where the log says so */
    uint64_t after; /* of them, calls after the key was switched off */
    struct moment first;
    int64_t last;
};

/* An indicator that `subject` showed. */
struct hit {
    uint32_t subject;
    uint32_t indicator; /* index */
    uint64_t count;
    struct moment first;
    const char *evidence;
};

/* Ten minutes of a subject at one address. */
struct spell {
    uint32_t subject;
    int64_t slot; /* time / SPELL_SECONDS */
    const char *address;
    int64_t from, to;
    uint64_t reads;  /* bits of the names of reading calls, hashed */
    uint64_t denied; /* likewise of refused calls */
};

enum { SPELL_SECONDS = 600 };

/* Somebody who showed seeds (indicators.h) in a hunt. */
struct suspect {
    enum subject_kind kind;
    const char *id;
    uint64_t seeds; /* bits of indicators' indexes */
};

struct ledger {
    struct arena texts;
    struct table names; /* of texts: each is held once */
    struct table steps, hits, spells, suspects;
    struct repeats repeats; /* by event id, account and time */
    uint64_t records, duplicates;
    int64_t first, last; /* of all records */
};

/* The state before any record. */
void ledger_init(struct ledger *ledger);
void ledger_release(struct ledger *ledger);

/* True where `record` was noted before: the same event id, account and time. Counts it. */
bool ledger_is_known(struct ledger *ledger, const struct record *record);

/* One call more. `detail` and `bytes` are this record's; `order` its place in its file. */
enum status ledger_step(struct ledger *ledger, const struct record *record, uint64_t order,
                        uint32_t actor, uint32_t about, const char *detail, uint64_t bytes,
                        bool after);
enum status ledger_hit(struct ledger *ledger, uint32_t subject, size_t indicator,
                       const struct record *record, uint64_t order, const char *evidence);
enum status ledger_spell(struct ledger *ledger, uint32_t subject, const struct record *record);
enum status ledger_suspect(struct ledger *ledger, enum subject_kind kind, const char *id,
                           size_t indicator);

/* Put everything into its one order (steps by time, suspects by name), and keep no more than the
 * limits say. */
void ledger_finish(struct ledger *ledger);

/* Things that were dropped because a limit was reached. */
uint64_t ledger_dropped(const struct ledger *ledger);

static inline struct step *ledger_steps(const struct ledger *ledger)
{
    return ledger->steps.entries;
}

static inline struct hit *ledger_hits(const struct ledger *ledger)
{
    return ledger->hits.entries;
}

static inline struct spell *ledger_spells(const struct ledger *ledger)
{
    return ledger->spells.entries;
}

static inline struct suspect *ledger_suspects(const struct ledger *ledger)
{
    return ledger->suspects.entries;
}

/* Is it a call that only looks: Get, List, Describe, Head, Lookup, Search? */
bool call_reads(const char *name);

/* Was it refused for want of permission? */
bool call_denied(const char *error);

/* Is `address` a service of AWS, "secretsmanager.amazonaws.com" or "AWS Internal", and none? */
bool call_by_service(const char *address);

#endif
