/*
 * pair_units.h - pairs that a unit of the document holds by itself, and what they say of the rest.
 *
 * A row, an object or a block with one id and one secret is a pair, whatever stands nearer. And a
 * document that shows how its pairs are kept ("accessKeyId" and "secretAccessKey" in one object)
 * keeps the others so: halves of that name in two objects are halves of two credentials.
 *
 * May include: base, ruleset.h, part.h. Threads: pure.
 */
#ifndef DETECT_PAIR_UNITS_H
#define DETECT_PAIR_UNITS_H

#include "base/arena.h"
#include "base/status.h"
#include "detect/part.h"

/* What holds a pair. */
enum unit { UNIT_ROW, UNIT_OBJECT, UNIT_BLOCK, UNIT_COUNT };

/* How a document keeps its pairs; {0}: nothing is known. */
struct pair_examples {
    struct pair_example {
        enum unit unit;
        uint64_t id_name, secret_name;
        bool labelled; /* the secret says that it is one */
    } list[16];
    size_t count;
    bool stems; /* a stem ("prod") tells which halves belong together */
};

/* Learn from a pair. */
void pair_examples_add(struct pair_examples *examples, const struct part *id,
                       const struct part *secret);

/* Would the two be a pair that is kept in another way than the examples are? */
bool pair_examples_forbid(const struct pair_examples *examples, const struct part *id,
                          const struct part *secret);

/* Takes a pair that was found: indices of an id and its secret. */
typedef void pair_units_fn(void *ctx, size_t id, size_t secret);

/*
 * Hand on each pair that is alone in a unit: of the `n` parts those count whose `partner` is 0,
 * which `fn` is expected to change for both. Secrets without a label count where `examples` (NULL:
 * there are none yet) do not forbid it. STATUS_OK or STATUS_NOMEM.
 */
enum status pair_units(const struct ruleset *set, const struct part *parts, size_t n,
                       const uint32_t *partner, const struct pair_examples *examples,
                       struct arena *arena, pair_units_fn *fn, void *ctx);

#endif
