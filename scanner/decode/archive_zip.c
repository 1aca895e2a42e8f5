/*
 * archive_zip.c - the members of a zip file in runs, which any thread can unpack.
 *
 * What a run expands to is told by the directory and is set aside in the budget before: a member
 * that turns out to be another size, or to be damaged, is not taken. Nor are archives in the
 * archive: they, and large members, are parts by themselves with a budget of their own, where the
 * whole's has so much left. What zip.h does not know is left to libarchive.
 */
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

        if ((m->kind != ZIP_FILE && m->kind != ZIP_FOLDER) || m->size > RUN_BYTES ||
            run->part.bytes + m->size > RUN_BYTES ||
            m->at + m->packed - first->at > RUN_PACKED_BYTES)
            break;
        run->part.bytes += (size_t)m->size;
    }
    run->to = i;
    run->part.packed = members[i - 1].at + members[i - 1].packed - first->at;
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
    struct run run = { .part = { .unpack = unpack_run }, .zip = zip, .path = path, .taken = taken };
    enum status status = STATUS_OK;

    while (run.from < zip->count && !status) {
        run.to = run.from + 1;
        if (zip->members[run.from].kind == ZIP_FILE) {
            extend(&run);
            status = give_run(budget, &run);
        }
        run.from = run.to;
    }
    return status;
}

static void settle(struct budget *budget)
{
    if (budget->callbacks->settle)
        budget->callbacks->settle(budget->callbacks->ctx);
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

/* Take back what was set aside for members that were left, and what others will count. */
static void give_back(struct budget *budget, const struct zip *zip, const bool *taken)
{
    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_member *m = &zip->members[i];

        if (!taken[i] && m->kind == ZIP_FILE)
            atomic_fetch_sub(&budget->expanded, m->size);
        else if (m->kind == ZIP_OTHER)
            atomic_fetch_sub(&budget->members, 1);
    }
}

/* --- members by themselves --- */

struct alone {
    struct archive_part part;
    struct budget *whole;
    struct archive_limits limits; /* what is set aside for it */
    const struct zip *zip;
    const struct zip_member *member;
    const char *path; /* the archive's */
    unsigned depth;
};

static enum status read_member(struct budget *budget, const struct alone *alone)
{
    struct zip_reader *reader = NULL;
    enum status status = zip_reader_new(&reader, alone->zip, alone->member);
    struct stream content = zip_reader_stream(reader);
    struct charged charged = { budget, &content };
    struct stream stream = charged_stream(&charged);
    struct buf name = { 0 }, taken = { 0 };

    buf_printf(&name, "%s!", alone->path);
    buf_append(&name, zip_name(alone->zip, alone->member));
    status = status ? status : buf_status(&name);
    if (!status)
        status = archive_hand_over(budget, &stream, buf_cstr(&name), ARCHIVE_INDEXED, alone->depth,
                                   &taken);
    budget_ends(budget, buf_cstr(&name));
    buf_release(&name);
    buf_release(&taken);
    zip_reader_free(reader);
    return status;
}

static enum status unpack_alone(struct archive_part *part,
                                const struct archive_callbacks *callbacks, uint64_t *archives)
{
    struct alone *alone = (struct alone *)part;
    struct budget budget = { .limits = alone->limits,
                             .callbacks = callbacks,
                             .large = alone->whole->large };
    enum status status = budget_finish(&budget, read_member(&budget, alone), archives);

    budget_close_part(alone->whole, &budget);
    free(alone);
    return status;
}

/* Give it away where the budget allows what it may hold, or read it. */
static enum status give_member(struct budget *budget, const struct alone *alone)
{
    struct alone *given;

    if (!budget->callbacks->part ||
        !budget_holds(budget, alone->limits.expanded_bytes, alone->limits.members))
        return read_member(budget, alone);
    given = malloc(sizeof(*given));
    if (!given)
        return err_nomem();
    *given = *alone;
    budget_open_part(budget, &given->limits);
    budget->callbacks->part(budget->callbacks->ctx, &given->part);
    return STATUS_OK;
}

/* Give away, or read, the members of `kind` that are not taken. */
static enum status give_members(struct budget *budget, const struct zip *zip, const char *path,
                                unsigned depth, enum zip_member_kind kind, bool *taken)
{
    struct alone alone = { .part = { .unpack = unpack_alone, .shares = true },
                           .whole = budget,
                           .zip = zip,
                           .path = path,
                           .depth = depth };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < zip->count && !status && !budget_ends(budget, path); i++)
        if (zip->members[i].kind == kind && !taken[i]) {
            taken[i] = true;
            alone.member = &zip->members[i];
            alone.part.packed = kind == ZIP_LARGE ? alone.member->packed : 0; /* a run told it */
            alone.limits = budget_limits_apart(budget, alone.member->packed);
            status = give_member(budget, &alone);
        }
    return status;
}

static bool has_others(const struct zip *zip)
{
    for (size_t i = 0; i < zip->count; i++)
        if (zip->members[i].kind == ZIP_OTHER)
            return true;
    return false;
}

/* --- all of it --- */

static enum status read_zip(struct budget *budget, const struct zip *zip, const char *path,
                            unsigned depth, bool *taken)
{
    enum status status;

    atomic_fetch_add(&budget->expanded, bytes_of(zip));
    atomic_fetch_add(&budget->members, zip->count);
    status = give_members(budget, zip, path, depth, ZIP_LARGE, taken);
    if (!status)
        status = give_runs(budget, zip, path, taken);
    if (!status) {
        settle(budget);
        give_back(budget, zip, taken);
        status = give_members(budget, zip, path, depth, ZIP_FILE, taken);
    }
    settle(budget); /* all hold the zip */
    return status;
}

enum status archive_zip(struct budget *budget, const struct seekable *source, const char *path,
                        unsigned depth, bool **taken_of)
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
    status = taken ? read_zip(budget, zip, path, depth, taken) : err_nomem();
    if (!status && has_others(zip) && !budget_is_spent(budget)) {
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
