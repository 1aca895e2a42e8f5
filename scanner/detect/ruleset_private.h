/*
 * ruleset_private.h - the tables of a ruleset, for the files that read and ask them.
 *
 * May include: base, ruleset.h. Threads: as ruleset.h.
 */
#ifndef DETECT_RULESET_PRIVATE_H
#define DETECT_RULESET_PRIVATE_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/array.h"
#include "detect/ruleset.h"

/* Where something was read, for messages about it. */
struct origin {
    const struct rule_source *source;
    const char *path; /* of the member in it */
};

struct expression {
    const char *text;
    size_t number;
    struct origin origin;
};

/* A growable table of entries of one size. */
struct table {
    void *entries;
    size_t count, cap;
};

struct ruleset {
    struct arena arena;
    struct table parts;                     /* struct part_kind */
    struct table forms;                     /* struct form */
    struct table expressions[ENGINE_COUNT]; /* struct expression */
    struct table marks;                     /* enum covers */
    struct table rules;                     /* struct composition */
    struct table examples;                  /* struct example */
    struct table documented;                /* struct slice, each of 4 bytes and more */
    bool documented_starts[1024];           /* by ruleset_start(): one of them begins so */
    struct table runs;                      /* size_t */
    struct table form_origins;              /* struct origin */
    struct table example_origins;           /* struct origin */
    struct rule_source *sources;            /* copies, in the arena */
    ruleset_fault_fn *on_fault;             /* NULL: nobody listens */
    void *on_fault_ctx;
    size_t faults;
    char first_fault[1024];
    pthread_mutex_t lock; /* held while a pattern is compiled */
    _Atomic(pcre2_code *) code[RULESET_FORMS_MAX];
};

/*
 * Set the failure text about the member at `path` of `source`: the file, line and column, then
 * `shown` (a path for people; "": none) and the message in vprintf's form. Returns STATUS_INVALID.
 */
enum status ruleset_blame(const struct rule_source *source, const char *path, const char *shown,
                          const char *format, va_list args);

/* A new zeroed entry of `size` bytes at the table's end, or NULL. */
static inline void *ruleset_add(struct table *table, size_t size)
{
    void *entries = array_room(table->entries, table->count, &table->cap, size);

    if (!entries)
        return NULL;
    table->entries = entries;
    return memset((char *)table->entries + size * table->count++, 0, size);
}

/* What the first two bytes of a text have in common with those of its other spellings, in small
 * letters or capitals. */
static inline size_t ruleset_start(const uint8_t *text)
{
    return (text[0] & 31u) << 5 | (text[1] & 31u);
}

/* A copy of `text` that lives as long as the set, or NULL. */
static inline const char *ruleset_keep(struct ruleset *set, const char *text)
{
    return (const char *)arena_copy(&set->arena, slice_of(text)).ptr;
}

#endif
