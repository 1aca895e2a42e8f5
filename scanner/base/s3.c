/* s3.c - field by field. */
#include "base/s3.h"

const struct s3_origin *s3_copy(struct arena *arena, const struct s3_origin *s3, bool *good)
{
    struct s3_origin *copy = s3 ? arena_alloc(arena, sizeof(*copy)) : NULL;

    *good = *good && (copy || !s3);
    if (!copy)
        return NULL;
    copy->bucket = arena_keep_text(arena, s3->bucket, good);
    copy->key = arena_keep(arena, s3->key, good);
    copy->version_id = arena_keep_text(arena, s3->version_id, good);
    copy->last_modified = arena_keep_text(arena, s3->last_modified, good);
    copy->etag = arena_keep_text(arena, s3->etag, good);
    return copy;
}
