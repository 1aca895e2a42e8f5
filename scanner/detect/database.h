/*
 * database.h - the Hyperscan database of a ruleset's anchors, compiled, embedded or cached.
 *
 * Compiling takes 25 ms and more, too slow for a hook. The built-in rules' database is therefore
 * compiled at build time for each class of CPU and embedded; one of them fits unless the library
 * was replaced since. A ruleset with a team's own rules is compiled on first use and kept in a
 * cache file that is checked before it is trusted: by its owner and mode, the hash of rules,
 * library and CPU that it is named by and holds, its own SHA-256, and Hyperscan's own check.
 *
 * May include: base, ruleset.h. Libraries: Hyperscan, nettle. Threads: pure but for the cache file,
 * which is replaced atomically.
 */
#ifndef DETECT_DATABASE_H
#define DETECT_DATABASE_H

#include "detect/ruleset.h"

/* What the build embeds (embedded.c, made by embed.c). */
struct embedded {
    const struct rule_source *sources; /* the built-in rules without their examples */
    size_t source_count, rule_count;
    const struct slice *images[ENGINE_COUNT]; /* serialized databases, the best CPU's first */
    size_t image_count;                       /* of each engine */
    uint8_t hash[ENGINE_COUNT][32]; /* database_hash() of what the images were compiled from */
};
extern const struct embedded embedded_rules;

/* The databases of one ruleset. */
struct databases {
    hs_database_t *engine[ENGINE_COUNT];
};

/*
 * Get the databases for `set`: each from `embedded` where it was compiled from the same expressions
 * (NULL: not looked at), else from `cache_dir` (NULL: no cache), else compiled and put there. A
 * cache that cannot be read or written is no failure. On success the caller releases `*out`.
 * Returns STATUS_OK, STATUS_INVALID (an expression that Hyperscan refuses, named), STATUS_NOMEM, or
 * STATUS_UNSUPPORTED where the CPU lacks what Hyperscan needs.
 */
enum status databases_get(struct databases *out, const struct ruleset *set,
                          const struct embedded *embedded, const char *cache_dir);

void databases_release(struct databases *databases);

/*
 * Compile the expressions of one engine for `platform` (NULL: this machine). On success `*out` is
 * the caller's, for hs_free_database(). Errors as in databases_get().
 */
enum status database_compile(hs_database_t **out, const struct ruleset *set, enum engine engine,
                             const hs_platform_info_t *platform);

/*
 * Is expression `i` one that Hyperscan takes, and long enough to be worth a look wherever it
 * stands? STATUS_OK, or STATUS_INVALID with a text.
 */
enum status database_check(const struct ruleset *set, enum engine engine, size_t i);

/* Set the text of a failure: what Hyperscan says of expression `i`. Returns STATUS_INVALID. */
enum status database_blame(const struct ruleset *set, enum engine engine, size_t i,
                           const char *message);

/* SHA-256 over what decides a database's content: the expressions, their order and their numbers.
 */
void database_hash(const struct ruleset *set, enum engine engine, uint8_t out[static 32]);

#endif
