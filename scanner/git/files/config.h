/*
 * config.h - the lines of a repository's configuration, as far as this room needs them.
 *
 * Sections, names of sections in double quotes, and one-line values; what is included is not
 * followed.
 *
 * May include: base. Threads: pure.
 */
#ifndef GIT_CONFIG_H
#define GIT_CONFIG_H

#include "base/slice.h"

/* One setting, [section "name"] key = value. {0} before the first. Borrowed from the text. */
struct config_line {
    struct slice section, name, key, value; /* a key alone has the value "true" */
};

/* The next setting of `rest`, which is taken off. False at the end. */
bool config_next(struct slice *rest, struct config_line *line);

/* Are they the same but for the case of letters, as section and key are compared? */
bool config_is(struct slice word, const char *other);

#endif
