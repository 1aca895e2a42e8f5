/* zip_reader.c - one member of a zip file as a stream, of any size, checked against the directory.
 */
#include <libdeflate.h>
#include <stdlib.h>

#include "decode/inflate.h"
#include "decode/zip.h"

struct zip_reader {
    const struct zip_member *member;
    struct seekable_range range; /* its bytes, packed */
    struct stream packed, content;
    struct inflate_reader *inflate; /* NULL: it is stored */
    uint64_t done;
    uint32_t crc;
};

enum status zip_reader_new(struct zip_reader **out, const struct zip *zip,
                           const struct zip_member *member)
{
    struct zip_reader *r = calloc(1, sizeof(*r));

    if (!r)
        return err_nomem();
    r->member = member;
    r->range = (struct seekable_range){ &zip->source, member->at, member->at + member->packed };
    r->packed = r->content = seekable_range_stream(&r->range);
    if (member->deflated) {
        if (inflate_reader_new(&r->inflate, &r->packed, true)) {
            free(r);
            return STATUS_NOMEM;
        }
        r->content = inflate_reader_stream(r->inflate);
    }
    *out = r;
    return STATUS_OK;
}

static ssize_t read_checked(void *ctx, uint8_t *out, size_t n)
{
    struct zip_reader *r = ctx;
    ssize_t got = r->content.read(r->content.ctx, out, n);

    if (got > 0) {
        r->done += (uint64_t)got;
        r->crc = libdeflate_crc32(r->crc, out, (size_t)got);
    }
    if (got == 0 && (r->done != r->member->size || r->crc != r->member->crc)) {
        err_set(STATUS_CORRUPT, "%s",
                r->done != r->member->size ? "is not as long as the directory says"
                                           : "its checksum is not what the directory says");
        return -1;
    }
    return got;
}

struct stream zip_reader_stream(struct zip_reader *reader)
{
    return (struct stream){ read_checked, reader };
}

void zip_reader_free(struct zip_reader *reader)
{
    if (!reader)
        return;
    inflate_reader_free(reader->inflate);
    free(reader);
}
