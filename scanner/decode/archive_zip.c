/*
 * archive_zip.c - the members of a zip file in runs, which any thread can unpack.
 *
 * What a run expands to is told by the directory and is set aside in the budget before: a member
 * that turns out to be another size, or to be damaged, is not taken. It is left to libarchive, and
 * so is everything that only one thread can read as it should be: archives in the archive, which
 * take of the budget in their order, large members, and what zip.h does not know.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/limits.h"
#include "decode/archive_private.h"
#include "decode/zip.h"

/* A run: members that lie one behind the other, and come with one read. */
enum { RUN_MEMBERS = 128, RUN_BYTES = 256 * 1024, RUN_PACKED_BYTES = 1024 * 1024 };

struct run {
    struct archive_part part;
    const struct zip *zip;
    const char *path; /* the archive's */
    bool *taken;      /* one for each of the zip's members */
    size_t from, to;  /* members */
};

/* --- a run, on any thread --- */

struct run_buffers {
    struct buf packed, content, path;
};

static enum status unpack_member(const struct run *run, size_t i, struct run_buffers *buffers,
                                 const struct archive_callbacks *callbacks)
{
    const struct zip_member *m = &run->zip->members[i];
    size_t at = (size_t)(m->at - run->zip->members[run->from].at);
    struct slice packed = slice_sub(buf_view(&buffers->packed), at, at + (size_t)m->packed);

    buf_reset(&buffers->content);
    buf_reset(&buffers->path);
    if (zip_unpack(m, packed, &buffers->content) || archive_sniff(buf_view(&buffers->content)))
        return STATUS_OK; /* it is left, also where memory is out */
    buf_printf(&buffers->path, "%s!", run->path);
    buf_append(&buffers->path, zip_name(run->zip, m));
    if (buf_status(&buffers->path))
        return STATUS_OK;
    run->taken[i] = true;
    return callbacks->whole(callbacks->ctx, buf_cstr(&buffers->path), buf_view(&buffers->content));
}

static enum status unpack_run(struct archive_part *part, const struct archive_callbacks *callbacks,
                              uint64_t *archives)
{
    struct run *run = (struct run *)part;
    const struct zip_member *first = &run->zip->members[run->from];
    const struct zip_member *last = &run->zip->members[run->to - 1];
    size_t len = (size_t)(last->at + last->packed - first->at);
    struct run_buffers buffers = { 0 };
    enum status status = STATUS_OK;

    (void)archives;
    buf_reserve(&buffers.packed, len + 1);
    if (!buf_status(&buffers.packed) &&
        seekable_read(&run->zip->source, first->at, buffers.packed.ptr, len)) {
        buffers.packed.len = len;
        for (size_t i = run->from; i < run->to && !status; i++)
            if (run->zip->members[i].kind == ZIP_FILE)
                status = unpack_member(run, i, &buffers, callbacks);
    }
    buf_release(&buffers.packed);
    buf_release(&buffers.content);
    buf_release(&buffers.path);
    free(run);
    return status;
}

/* --- the runs of a zip --- */

/* Let the run that begins with a file go on as far as it may. */
static void extend(struct run *run)
{
    const struct zip_member *members = run->zip->members, *first = &members[run->from];
    size_t i = run->from + 1;

    run->part.bytes = (size_t)first->size;
    for (; i < run->zip->count && i - run->from < RUN_MEMBERS; i++) {
        const struct zip_member *m = &members[i];

        if (m->kind == ZIP_OTHER || m->size > RUN_BYTES || run->part.bytes + m->size > RUN_BYTES ||
            m->at + m->packed - first->at > RUN_PACKED_BYTES)
            break;
        run->part.bytes += (size_t)m->size;
    }
    run->to = i;
}

static enum status give_run(struct budget *budget, const struct run *run)
{
    const struct archive_callbacks *callbacks = budget->callbacks;
    struct run *given = malloc(sizeof(*given));
    uint64_t archives = 0;

    if (!given)
        return err_nomem();
    *given = *run;
    if (!callbacks->part)
        return unpack_run(&given->part, callbacks, &archives);
    callbacks->part(callbacks->ctx, &given->part);
    return STATUS_OK;
}

static enum status give_runs(struct budget *budget, const struct zip *zip, const char *path,
                             bool *taken)
{
    struct run run = { .part = { unpack_run, 0 }, .zip = zip, .path = path, .taken = taken };
    enum status status = STATUS_OK;

    while (run.from < zip->count && !status) {
        run.to = run.from + 1;
        if (zip->members[run.from].kind == ZIP_FILE) {
            extend(&run);
            status = give_run(budget, &run);
        }
        run.from = run.to;
    }
    if (budget->callbacks->settle)
        budget->callbacks->settle(budget->callbacks->ctx);
    return status;
}

/* --- the budget --- */

/* What the files hold, all together. */
static uint64_t bytes_of(const struct zip *zip)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < zip->count; i++)
        bytes += zip->members[i].kind == ZIP_FILE ? zip->members[i].size : 0;
    return bytes;
}

/* Take back what was set aside for members that were left. False: there are none. */
static bool give_back(struct budget *budget, const struct zip *zip, bool *taken)
{
    bool left = false;

    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_member *m = &zip->members[i];

        taken[i] = taken[i] || m->kind == ZIP_FOLDER;
        if (taken[i])
            continue;
        left = true;
        atomic_fetch_sub(&budget->members, 1);
        if (m->kind == ZIP_FILE)
            atomic_fetch_sub(&budget->expanded, m->size);
    }
    return left;
}

enum status archive_zip(struct budget *budget, const struct seekable *source, const char *path,
                        bool **taken_of)
{
    struct zip *zip;
    enum status status = zip_open(&zip, source);
    bool *taken = NULL;

    *taken_of = NULL;
    if (status)
        return status;
    if (!budget_holds(budget, bytes_of(zip), zip->count)) {
        zip_free(zip);
        return STATUS_ABSENT;
    }
    taken = calloc(zip->count, sizeof(*taken));
    if (!taken) {
        zip_free(zip);
        return err_nomem();
    }
    atomic_fetch_add(&budget->expanded, bytes_of(zip));
    atomic_fetch_add(&budget->members, zip->count);
    status = give_runs(budget, zip, path, taken);
    if (!status && give_back(budget, zip, taken)) {
        *taken_of = taken;
        taken = NULL;
        status = STATUS_ABSENT;
    } else {
        budget->archives++;
    }
    free(taken);
    zip_free(zip);
    return status;
}

/* --- what the directory does not tell --- */

/* Bytes before a member that are not looked at: what stands behind one of unknown size. */
enum { GAP_BYTES = 24 };

/* The record at the end of a zip file, without members: so that reading ends well. */
#define ZIP_END "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* The bytes [at, to) of a file, and others behind them. */
struct range {
    const struct seekable *source;
    uint64_t at, to;
    struct slice behind;
};

static ssize_t read_range(void *ctx, uint8_t *out, size_t n)
{
    struct range *r = ctx;

    if (r->at < r->to) {
        ssize_t got;

        n = n < r->to - r->at ? n : (size_t)(r->to - r->at);
        got = r->source->read_at(r->source->ctx, r->at, out, n);
        r->at += got > 0 ? (uint64_t)got : 0;
        return got;
    }
    n = n < r->behind.len ? n : r->behind.len;
    if (n)
        memcpy(out, r->behind.ptr, n);
    r->behind = slice_sub(r->behind, n, r->behind.len);
    return (ssize_t)n;
}

/* Where the first header of a member stands in the gap; its end where there is none. */
static uint64_t find_member(const struct seekable *source, const struct zip_gap *gap)
{
    static const uint8_t magic[] = { 'P', 'K', 3, 4 };
    uint8_t block[4096];

    for (uint64_t at = gap->from; at + sizeof(magic) <= gap->to;) {
        size_t n = gap->to - at < sizeof(block) ? (size_t)(gap->to - at) : sizeof(block);
        const uint8_t *found;

        if (!seekable_read(source, at, block, n))
            break;
        found = memmem(block, n, magic, sizeof(magic));
        if (found)
            return at + (uint64_t)(found - block);
        at += n - sizeof(magic) + 1;
    }
    return gap->to;
}

/* Bytes that are no member: a.zip!gap@4711. */
static enum status read_gap(struct budget *budget, struct range *range, const char *path,
                            unsigned depth)
{
    struct stream bytes = { read_range, range };
    struct charged charged = { budget, &bytes };
    struct stream stream = charged_stream(&charged);
    struct buf name = { 0 }, taken = { 0 };
    enum status status;

    budget->members++;
    buf_printf(&name, "%s!gap@%" PRIu64, path, range->at);
    status = buf_status(&name);
    if (!status && !budget_ends(budget, path))
        status =
            archive_hand_over(budget, &stream, buf_cstr(&name), ARCHIVE_INDEXED, depth, &taken);
    buf_release(&name);
    buf_release(&taken);
    return status;
}

enum status archive_zip_gaps(struct budget *budget, const struct seekable *source, const char *path,
                             unsigned depth)
{
    struct buf gaps = { 0 };
    enum status status = zip_gaps(source, &gaps);
    struct zip_gap gap;

    for (size_t at = 0; !status && at < gaps.len && !budget_is_spent(budget); at += sizeof(gap)) {
        struct range bytes, members;
        struct stream stream = { read_range, &members };

        memcpy(&gap, gaps.ptr + at, sizeof(gap));
        bytes = (struct range){ source, gap.from, find_member(source, &gap), { 0 } };
        members = (struct range){ source, bytes.to, gap.to, SLICE(ZIP_END) };
        if (bytes.to - bytes.at > GAP_BYTES)
            status = read_gap(budget, &bytes, path, depth);
        if (!status && members.at < members.to)
            status = archive_level_stream(budget, &stream, ARCHIVE_INDEXED, path, depth);
    }
    buf_release(&gaps);
    return status;
}
