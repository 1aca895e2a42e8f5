/* archive_indexed.c - zip, 7z and iso: which way each is read, and that a 7z may be opened. */
#include <stdlib.h>

#include "decode/archive_private.h"
#include "decode/sevenzip.h"

/* A 7z, unless it asks for too much. */
static enum status unpack_sevenzip(struct budget *budget, const struct archive_place *place,
                                   const char *path, unsigned depth)
{
    enum status status = sevenzip_check(&place->source);

    if (!status)
        return archive_level_seekable(budget, &place->source, ARCHIVE_SEVENZIP, path, depth, NULL);
    if (status == STATUS_NOMEM)
        return status;
    budget->archives++;
    budget_tell(budget,
                status == STATUS_LIMIT         ? ARCHIVE_LIMIT
                : status == STATUS_UNSUPPORTED ? ARCHIVE_ENCRYPTED
                                               : ARCHIVE_CORRUPT,
                path, err_text());
    return STATUS_OK;
}

enum status archive_indexed(struct budget *budget, const struct archive_place *place,
                            enum archive_kind kind, const char *path, unsigned depth)
{
    bool *taken = NULL;
    enum status status = STATUS_ABSENT;

    if (kind == ARCHIVE_SEVENZIP)
        return unpack_sevenzip(budget, place, path, depth);
    if (place->near)
        status = archive_zip(budget, &place->source, path, depth, &taken);
    if (status != STATUS_ABSENT)
        return status;
    status = archive_level_seekable(budget, &place->source, kind, path, depth, taken);
    if (!status && !taken)
        status = archive_zip_gaps(budget, place, path, depth);
    free(taken);
    return status;
}
