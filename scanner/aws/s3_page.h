/*
 * s3_page.h - one page of a bucket's listing: XML into objects.
 *
 * Keys are asked for percent-encoded (encoding-type=url), for XML cannot hold every byte that a key
 * may hold. A page is taken in whole before its objects are handed over: that it is encoded, and
 * where it goes on, may stand behind them.
 *
 * May include: base. Threads: pure.
 */
#ifndef AWS_S3_PAGE_H
#define AWS_S3_PAGE_H

#include "aws/s3.h"
#include "base/arena.h"

/* {0}, or with `versions` set, is a valid empty page. */
struct s3_page {
    struct arena arena;
    struct s3_object *objects; /* count of them; texts are in the arena */
    size_t count, cap;
    struct s3_object object; /* the one under way */
    bool in_object, marker;  /* it is a delete marker */
    bool versions;           /* in: a ListVersionsResult, and no ListBucketResult */
    bool encoded, truncated;
    struct slice next, next_version; /* where the listing goes on; ptr is NULL: nowhere */
};

/* Read `document` into the empty `page`. STATUS_OK; STATUS_CORRUPT where it is no such listing;
 * STATUS_NOMEM. */
enum status s3_page_read(struct s3_page *page, struct slice document);

/* Drop what was read and keep the memory. */
void s3_page_reset(struct s3_page *page);

void s3_page_release(struct s3_page *page);

#endif
