/*
 * position.h - where in a JSON text a member stands.
 *
 * The parser that reads rule files keeps no positions; this walks the text once more, only where
 * there is a mistake to be shown.
 *
 * May include: base. Threads: pure.
 */
#ifndef DETECT_POSITION_H
#define DETECT_POSITION_H

#include "base/slice.h"

/* Line and column, both from 1, the column in bytes. */
struct position {
    size_t line, column;
};

/* Of byte `offset` of `text`, or of its end where that is less. */
struct position position_at(struct slice text, size_t offset);

/*
 * Of the member that `path` leads to, such as "parts[2].forms[0].pattern" (its name), or of an
 * element such as "rules[1]" (its first byte), in `json`, which a parser has taken. Where the path
 * leads nowhere, of the last thing on its way that is there. Of names that stand twice in one
 * object the first is meant. A name with a dot or a bracket in it cannot be asked for.
 */
struct position position_of(struct slice json, const char *path);

#endif
