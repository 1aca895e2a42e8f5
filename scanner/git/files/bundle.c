/* bundle.c - lines "@capability", "-ID comment" and "ID NAME", up to a blank one. */
#include "git/files/bundle.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"

static const char v2[] = "# v2 git bundle\n", v3[] = "# v3 git bundle\n";

static bool is_pack(struct slice head)
{
    return head.len >= 8 && !memcmp(head.ptr, "PACK", 4) &&
           (read_be32(head.ptr + 4) == 2 || read_be32(head.ptr + 4) == 3);
}

bool bundle_sniff(struct slice head)
{
    return is_pack(head) || slice_starts(head, slice_of(v2)) || slice_starts(head, slice_of(v3));
}

static enum status take_capability(struct bundle *bundle, struct slice line)
{
    if (slice_eq(line, SLICE("object-format=sha1")))
        return STATUS_OK;
    if (slice_starts(line, SLICE("filter="))) {
        bundle->partial = true;
        return STATUS_OK;
    }
    if (slice_starts(line, SLICE("object-format=")))
        return err_set(STATUS_UNSUPPORTED, "its objects are named by another hash than SHA-1, "
                                           "which is not supported");
    return err_set(STATUS_UNSUPPORTED, "it asks for something that is not known");
}

static enum status take_ref(struct bundle *bundle, const struct object_id *id, struct slice name)
{
    struct bundle_ref *grown;
    struct bundle_ref *ref;

    grown = array_room(bundle->refs, bundle->ref_count, &bundle->ref_cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    bundle->refs = grown;
    ref = &bundle->refs[bundle->ref_count];
    *ref = (struct bundle_ref){ *id, strndup((const char *)name.ptr, name.len) };
    if (!ref->name)
        return err_nomem();
    bundle->ref_count++;
    return STATUS_OK;
}

static enum status take_line(struct bundle *bundle, struct slice line)
{
    bool before = line.ptr[0] == '-';
    struct object_id id;
    struct slice rest;
    enum status status;

    if (line.ptr[0] == '@')
        return take_capability(bundle, slice_sub(line, 1, line.len));
    rest = slice_sub(line, before, line.len);
    if (rest.len > 2 * ID_BYTES && id_parse(&id, rest) && rest.ptr[ID_DIGITS] != ' ')
        return err_set(STATUS_UNSUPPORTED, "its objects are named by another hash than SHA-1, "
                                           "which is not supported");
    if (!id_parse(&id, rest) || id_is_zero(&id))
        return err_set(STATUS_CORRUPT, "its head cannot be read");
    if (before) {
        status = id_map_add(&bundle->before, &id, 0);
        return status == STATUS_STOPPED ? STATUS_OK : status;
    }
    rest = slice_sub(rest, ID_DIGITS, rest.len);
    if (rest.len < 2 || memchr(rest.ptr, 0, rest.len))
        return err_set(STATUS_CORRUPT, "its head cannot be read");
    return take_ref(bundle, &id, slice_sub(rest, 1, rest.len));
}

enum status bundle_parse(struct bundle *bundle, struct slice head)
{
    struct slice rest = head, line;
    enum status status = STATUS_OK;

    *bundle = (struct bundle){ .bare_pack = is_pack(head) };
    if (bundle->bare_pack)
        return STATUS_OK;
    if (!bundle_sniff(head))
        return STATUS_ABSENT;
    slice_line(&rest, &line);
    while (!status) {
        if (!memchr(rest.ptr ? rest.ptr : head.ptr, '\n', rest.len))
            status = err_set(STATUS_CORRUPT, "its head is cut off");
        else if (slice_line(&rest, &line) && !line.len)
            break;
        else
            status = take_line(bundle, line);
    }
    bundle->pack_start = head.len - rest.len;
    if (status)
        bundle_release(bundle);
    return status;
}

/* As much of the file as its head can be: to the blank line, but no further than the limit. */
static enum status read_head(struct buf *head, int fd, uint64_t size)
{
    enum { PIECE = 64 * 1024 };
    uint8_t *piece = malloc(PIECE);
    enum status status = piece ? STATUS_OK : err_nomem();

    head->max = LIMIT_GIT_FILE_BYTES;
    while (!status && head->len < size) {
        size_t from = head->len, len = size - from < PIECE ? (size_t)(size - from) : PIECE;

        if (!file_read_at(fd, piece, len, from)) {
            status = err_set(STATUS_IO, "it cannot be read");
            break;
        }
        buf_append(head, (struct slice){ piece, len });
        status = buf_status(head);
        from = from ? from - 1 : 0; /* the blank line may stand across two pieces */
        if (!status && (!bundle_sniff(buf_view(head)) || is_pack(buf_view(head)) ||
                        memmem(head->ptr + from, head->len - from, "\n\n", 2)))
            break;
    }
    free(piece);
    return status;
}

enum status bundle_read(struct bundle *bundle, const char *path)
{
    struct buf head = { 0 };
    enum status status;
    uint64_t size;
    int fd;

    *bundle = (struct bundle){ 0 };
    if (!path_is_file(path) || file_open(path, &fd, &size))
        return STATUS_ABSENT;
    status = read_head(&head, fd, size);
    close(fd);
    if (!status)
        status = bundle_parse(bundle, buf_view(&head));
    buf_release(&head);
    if (status < 0 && status != STATUS_NOMEM)
        err_set(status, "%s: %s", path, err_text());
    return status;
}

void bundle_release(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->ref_count; i++)
        free(bundle->refs[i].name);
    free(bundle->refs);
    id_map_release(&bundle->before);
    *bundle = (struct bundle){ 0 };
}
