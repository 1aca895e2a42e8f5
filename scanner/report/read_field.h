/*
 * read_field.h - the fields of one line of a report, each checked for its kind; for read*.c alone.
 *
 * A field that is missing or null is no fault unless it is needed; one of the wrong kind is, and
 * its name is kept for the message. An OBJECT that is NULL has no fields.
 *
 * May include: base. Library: cJSON. Threads: one owner at a time.
 */
#ifndef REPORT_READ_FIELD_H
#define REPORT_READ_FIELD_H

#include <cJSON.h>

#include "report/read.h"

/* A line being taken apart. What its records point to lives in `arena` or in the parsed line. */
struct line {
    struct report_pool *pool;
    struct outcome *outcome;
    struct arena *arena;
    const char *fault; /* the first field that is not as it must be; NULL: none */
    bool starved;      /* memory was out */
};

/* Note `field` as at fault, unless another was before. */
void field_blame(struct line *line, const char *field);

/* The member `key`, borrowed; NULL where it is not there or null. */
const cJSON *field_member(const cJSON *object, const char *key);

/* A string, borrowed from the line; NULL where there is none. */
const char *field_text(struct line *line, const cJSON *object, const char *key);

/* Likewise, where it must be there; "" with the blame where it is not. */
const char *field_needed(struct line *line, const cJSON *object, const char *key);

/* A whole number from 0 to 2^53; 0 where there is none. */
uint64_t field_number(struct line *line, const cJSON *object, const char *key);

/* False where there is none. */
bool field_bool(struct line *line, const cJSON *object, const char *key);

/* KNOWN_NOT where there is none. */
enum known field_known(struct line *line, const cJSON *object, const char *key);

/* NULL where there is none. */
const cJSON *field_object(struct line *line, const cJSON *object, const char *key);

/* Which of the `n` names it is, from 0; it must be one. */
unsigned field_word(struct line *line, const cJSON *object, const char *key,
                    const char *const *names, unsigned n);

/* Does the encoding under `key` say that names are percent-encoded? "percent" is the only one. */
bool field_is_percent(struct line *line, const cJSON *object, const char *key);

/* The bytes that `text` stands for: with `percent`, %NN undone. A %00 is a fault. */
const char *field_decode(struct line *line, const char *text, bool percent);

/* A name by the "path_encoding" beside it; NULL where there is none. */
const char *field_name(struct line *line, const cJSON *object, const char *key);

/* --- read_finding.c --- */

/* Add the finding that `object` describes to the outcome, unless there is a fault. */
void read_finding(struct line *line, const cJSON *object);

/* The pool's copy of the target `text`; NULL for NULL. */
const char *read_target(struct line *line, const char *text);

#endif
