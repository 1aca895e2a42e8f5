/*
 * resume_index.h - which objects a file of --resume knows, and where in it.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef SCAN_RESUME_INDEX_H
#define SCAN_RESUME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESUME_ID_BYTES = 16 };

/* 32 bytes for each object of a bucket. */
struct resume_entry {
    uint8_t id[RESUME_ID_BYTES];
    uint64_t offset;     /* of its record; 0: the slot is empty */
    uint32_t bytes : 30; /* of the record */
    uint32_t met : 1;    /* the scan has come by the object */
    uint32_t again : 1;  /* and has put it down anew */
    uint32_t scope;      /* what the scan was asked for that wrote the record */
};

/* {0} is a valid empty one. */
struct resume_index {
    struct resume_entry *table; /* cap slots, a power of two, at most half of them taken */
    size_t count, cap;
};

/* The entry of `id`, or NULL. Borrowed until the next one is added. */
struct resume_entry *resume_index_find(const struct resume_index *index,
                                       const uint8_t id[static RESUME_ID_BYTES]);

/* The same, added where it was not there: its offset, 0 then, is for the caller to set. NULL:
 * memory is out. */
struct resume_entry *resume_index_add(struct resume_index *index,
                                      const uint8_t id[static RESUME_ID_BYTES]);

void resume_index_release(struct resume_index *index);

#endif
