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

/* What the last mark of a stretch that opens or closes a block did; none: all is as before it. */
enum block { BLOCK_AS_BEFORE, BLOCK_OPENED, BLOCK_CLOSED };

struct part {
    size_t kind; /* index for ruleset_part() */
    enum role role;
    enum label label;
    struct slice value;    /* decoded; who hands the part over says where it lives */
    uint64_t offset, end;  /* in the document as it lies */
    uint64_t line, column; /* from 1 */
    uint64_t stem; /* what the label says beyond "access key" ("prod" of PROD_SECRET_KEY), as a
                      hash; 0: nothing */
    uint64_t name; /* the label as a hash, odd; in a row of columns without one twice the column,
                      from 1; 0: nothing */
    /*
     * What stands round it, as offsets (plus 1) in the text in which it was read; 0: nothing, or
     * too far away to be seen. They compare with those of parts of the same layer only.
     */
    uint64_t here;      /* itself */
    uint64_t row;       /* the beginning of its line */
    uint64_t object;    /* the innermost open brace */
    uint64_t outer;     /* the brace round that one */
    uint64_t section;   /* the header line of an INI section */
    uint64_t block;     /* the line that its own line is indented under */
    uint64_t paragraph; /* the last blank line */
    uint64_t layer;     /* which decoded text that is; 0: the document itself */
    bool allowed;       /* a mark in the text says that this is no leak */
    bool inherits; /* no block mark of its piece stands before it: the one before them counts */
    uint8_t decoded_count;
    uint8_t decoded[CODEC_DEPTH_MAX]; /* enum codec: what was undone, the outermost first */
};

/* Has the part no name but its column? */
static inline bool part_in_column(const struct part *part)
{
    return part->name && !(part->name & 1);
}

#endif
