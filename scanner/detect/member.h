/*
 * member.h - members of the JSON objects of rule files: their types, and where a mistake stands.
 *
 * Every mistake is told of by file, line and column and by the path of the member
 * ("parts[2].forms[0].pattern"); reading goes on behind it. It knows no rule.
 *
 * May include: base, ruleset_private.h. Library: cJSON. Threads: those of the ruleset being read.
 */
#ifndef DETECT_MEMBER_H
#define DETECT_MEMBER_H

#include <cjson/cJSON.h>

#include "detect/ruleset_private.h"

/* Where reading is: the set that it fills, the file, and the path of the object. */
struct at {
    struct ruleset *set;
    const struct rule_source *source;
    char path[128];
};

/* The text that is set is a mistake of a file: count it, and tell whoever listens. */
void member_count_fault(struct ruleset *set);

/* Tell of a mistake in `member` (NULL: the whole) of what stands at `at`. Returns STATUS_INVALID.
 */
enum status member_fault(const struct at *at, const char *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The place of `member` of what stands at `at`, or of the entry `index` of that list. */
struct at member_of(const struct at *at, const char *member);
struct at member_at(const struct at *at, const char *member, int index);

/* `at` to be kept for later messages; its path is NULL where memory is out. */
struct origin member_origin(const struct at *at);

/*
 * Only the `n` members in `known` may stand in `object`, each once: a mistyped name must not be
 * passed over.
 */
enum status member_check(const struct at *at, const cJSON *object, const char *const *known,
                         size_t n);

/*
 * Read the member `name` of `object` into `*out`. A wrong type or value is a fault; where the
 * member is absent `*out` is the fallback, and without one that is a fault too. STATUS_OK,
 * STATUS_INVALID or STATUS_NOMEM. A text is kept in the set and is not empty. A number lies in
 * [min, max], a count is a whole number. A flag is false where it is absent. A word is given by its
 * index in `words`, with SIZE_MAX for no fallback.
 */
enum status member_text(const struct at *at, const cJSON *object, const char *name,
                        const char **out);
enum status member_number(const struct at *at, const cJSON *object, const char *name, double min,
                          double max, double fallback, double *out);
enum status member_count(const struct at *at, const cJSON *object, const char *name, uint32_t min,
                         uint32_t max, uint32_t fallback, uint32_t *out);
enum status member_flag(const struct at *at, const cJSON *object, const char *name, bool *out);
enum status member_word(const struct at *at, const cJSON *object, const char *name,
                        const char *const *words, size_t n, size_t fallback, size_t *out);

/* Likewise "pattern": a text, or a list of texts that are read one after the other. */
enum status member_pattern(const struct at *at, const cJSON *object, const char **out);

/* Reads one object of a rule file into at->set: STATUS_OK, STATUS_INVALID or STATUS_NOMEM. */
typedef enum status member_fn(const struct at *at, const cJSON *object);

/* Call `fn` for each entry of the list `name` of `object`, which may be absent; the worst of what
 * comes back. */
enum status member_list(const struct at *at, const cJSON *object, const char *name, member_fn *fn);

/* Call `fn` for the member `name` of `object`, if it is there. */
enum status member_object(const struct at *at, const cJSON *object, const char *name,
                          member_fn *fn);

#endif
