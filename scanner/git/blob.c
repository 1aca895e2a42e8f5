/* blob.c - the project's own reader of objects, asked for a single one. */
#include "git/blob.h"

#include <stdlib.h>

#include "base/limits.h"
#include "git/files/layout.h"
#include "git/store/reader.h"

static enum status read_object(struct buf *out, const struct objects *objects,
                               const struct object_id *id, uint64_t offset, size_t len)
{
    struct reader reader;
    struct object object;
    enum status status;
    uint32_t number;

    if (!objects_find(objects, id, &number))
        return STATUS_ABSENT;
    status = reader_init(&reader, objects);
    if (status)
        return status;
    status = reader_read(&reader, number, LIMIT_BLOB_BYTES, &object);
    if (!status && offset >= object.content.len)
        status = STATUS_ABSENT;
    if (!status) {
        size_t left = object.content.len - (size_t)offset;

        buf_append(out, slice_sub(object.content, (size_t)offset,
                                  (size_t)offset + (len < left ? len : left)));
        status = buf_status(out);
    }
    reader_release(&reader);
    return status;
}

enum status blob_read(struct buf *out, const char *path, const char *id, uint64_t offset,
                      size_t len)
{
    struct outcome troubles = { 0 }; /* the scan has told them */
    struct objects_places places = { .strays = true };
    struct objects objects;
    struct object_id wanted;
    struct layout layout;
    enum status status =
        id_parse(&wanted, slice_of(id)) ? layout_find(&layout, path) : STATUS_ABSENT;
    char *folder;

    if (status)
        return status;
    folder = path_join(layout.common, "objects");
    places.folders[0] = folder;
    status = folder ? objects_open(&objects, &places, path, &troubles, NULL) : err_nomem();
    if (!status) {
        status = read_object(out, &objects, &wanted, offset, len);
        objects_release(&objects);
    }
    free(folder);
    layout_release(&layout);
    outcome_release(&troubles);
    return status;
}
