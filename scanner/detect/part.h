/*
 * part.h - one confirmed value of a document, with all that pairing needs to know of its place.
 *
 * The text of a large document is gone when its parts are paired, so whatever pairing weighs
 * (label, line, the structure round it) is taken down here while the text is at hand.
 *
 * May include: base, ruleset.h.
 */
#ifndef DETECT_PART_H
#define DETECT_PART_H

#include "detect/ruleset.h"

struct part {
    size_t kind; /* index for ruleset_part() */
    enum role role;
    enum label label;
    struct slice value;    /* decoded; lives in the arena that confirm_window() was given */
    uint64_t offset, end;  /* in the document as it lies */
    uint64_t line, column; /* from 1; filled in by context_fill() */
    uint64_t stem; /* what the label says beyond "access key" ("prod" of PROD_SECRET_KEY), as a
                      hash; 0: nothing */
    /* Offsets (plus 1) of what stands round it; 0: nothing, or too far to be seen. */
    uint64_t object;    /* the innermost open brace */
    uint64_t outer;     /* the brace round that one */
    uint64_t section;   /* the header line of an INI section */
    uint64_t paragraph; /* the last blank line */
    bool allowed;       /* a mark in the text says that this is no leak */
};

#endif
