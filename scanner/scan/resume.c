/*
 * resume.c - which objects are known, and which are not there any more.
 *
 *   leaktrawl resume 2 HASH-OF-SETTINGS
 *   (a record for each object: resume_record.h)
 *
 * An index of its objects lies in memory; records are read when their object is met.
 */
#include "scan/resume.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/replace.h"
#include "scan/resume_file.h"
#include "scan/resume_record.h"

#define FIRST_WORDS "leaktrawl resume "
#define FIRST_LINE FIRST_WORDS "2 "

static_assert(LIMIT_RESUME_RECORD_BYTES < 1u << 29, "a record and its line fit in an entry");

struct resume {
    struct resume_options options;
    char first[sizeof(FIRST_LINE) + SCAN_SETTINGS_SIZE + 1]; /* line of the file */
    int fd;
    struct report_pool pool;
    uint64_t begun;   /* end of what was there when it was opened */
    uint64_t doubled; /* bytes of records there whose object has a later one */
    uint32_t *listed; /* scopes: listed_count of them */
    size_t listed_count, listed_cap;
    pthread_mutex_t lock; /* guards all below, and writing */
    struct resume_index index;
    uint64_t end; /* of the last whole record */
    int failed;   /* errno of a write */
};

/* --- names of things --- */

static void hash_text(struct sha256_ctx *hash, const char *text)
{
    sha256_update(hash, strlen(text) + 1, (const uint8_t *)text);
}

static void make_id(const struct resume_key *key, uint8_t id[static RESUME_ID_BYTES])
{
    uint64_t numbers[] = { key->key.len, key->size };
    struct sha256_ctx hash;

    sha256_init(&hash);
    sha256_update(&hash, sizeof(numbers), (const uint8_t *)numbers);
    hash_text(&hash, key->bucket);
    hash_text(&hash, key->version_id ? key->version_id : "");
    hash_text(&hash, key->etag);
    sha256_update(&hash, key->key.len, key->key.ptr);
    sha256_digest(&hash, RESUME_ID_BYTES, id);
}

/* What is asked of `target`, in a number. A scan that has listed all of it drops what scans with
 * the same number knew of objects that it did not meet. */
static uint32_t scope_of(const struct resume *r, const char *target)
{
    struct sha256_ctx hash;
    uint32_t scope;

    sha256_init(&hash);
    hash_text(&hash, target);
    sha256_update(&hash, r->options.choice.len, r->options.choice.ptr);
    sha256_digest(&hash, sizeof(scope), (uint8_t *)&scope);
    return scope;
}

/* --- reading --- */

static enum status index_records(struct resume *r, struct resume_records *records, uint64_t size)
{
    while (resume_records_next(records, size) && resume_records_skip(records)) {
        struct resume_entry *entry = resume_index_add(&r->index, records->head.id);

        if (!entry)
            return err_nomem();
        r->doubled += entry->bytes;
        entry->offset = records->at;
        entry->bytes = (uint32_t)(records->end - records->at);
        entry->scope = records->head.scope;
        r->end = records->end;
    }
    return STATUS_OK;
}

/* Is it a file of ours, and of the same settings? Then its records count, up to `end`. */
static enum status read_file(struct resume *r)
{
    struct resume_records records;
    char line[256] = "";
    struct stat st;
    enum status status = resume_records_open(&records, r->fd, r->options.path);

    if (status)
        return status;
    if (fstat(r->fd, &st))
        status = err_set(STATUS_IO, "%s: %s", r->options.path, strerror(errno));
    else if (!S_ISREG(st.st_mode) || (fgets(line, sizeof(line), records.file) &&
                                      strncmp(line, FIRST_WORDS, strlen(FIRST_WORDS)) != 0))
        status = err_set(STATUS_INVALID, "%s: it was not written by --resume", r->options.path);
    else if (strcmp(line, r->first) == 0) {
        r->end = records.end = strlen(line);
        status = index_records(r, &records, (uint64_t)st.st_size);
    }
    resume_records_close(&records);
    return status;
}

/* --- opening --- */

static enum status io_error(const struct resume *r)
{
    return err_set(STATUS_IO, "%s: %s", r->options.path, strerror(errno));
}

static enum status open_file(struct resume *r)
{
    enum status status = scan_settings_hash(r->first + strlen(r->first), &r->options.settings);

    if (status)
        return status;
    strcat(r->first, "\n");
    status = resume_file_open(r->options.path, &r->fd);
    if (!status)
        status = read_file(r);
    if (status)
        return status;
    /* What was torn goes; so does what was found under other settings. */
    if (fchmod(r->fd, 0600) || ftruncate(r->fd, (off_t)r->end))
        return io_error(r);
    if (!r->end && !file_write(r->fd, slice_of(r->first))) {
        status = io_error(r);
        if (ftruncate(r->fd, 0)) /* half a line would pass for another's file */
            return io_error(r);
        return status;
    }
    if (!r->end)
        r->end = strlen(r->first);
    r->begun = r->end;
    return STATUS_OK;
}

enum status resume_open(struct resume **out, const struct resume_options *options)
{
    struct resume *r = calloc(1, sizeof(*r));
    enum status status;

    if (!r)
        return err_nomem();
    r->options = *options;
    r->fd = -1;
    memcpy(r->first, FIRST_LINE, sizeof(FIRST_LINE));
    pthread_mutex_init(&r->lock, NULL);
    status = open_file(r);
    if (status)
        resume_close(r);
    else
        *out = r;
    return status;
}

void resume_close(struct resume *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    resume_index_release(&r->index);
    free(r->listed);
    report_pool_release(&r->pool);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* --- objects --- */

/* Note that the object was met. False: it is not known. */
static bool meet(struct resume *r, const uint8_t id[static RESUME_ID_BYTES],
                 struct resume_entry *out)
{
    struct resume_entry *entry;

    pthread_mutex_lock(&r->lock);
    entry = resume_index_find(&r->index, id);
    if (entry) {
        entry->met = true;
        *out = *entry;
    }
    pthread_mutex_unlock(&r->lock);
    return entry;
}

bool resume_take(struct resume *r, const struct resume_key *key, struct outcome *outcome)
{
    struct resume_reading reading = { .path = r->options.path,
                                      .set = r->options.set,
                                      .pool = &r->pool,
                                      .target = key->target,
                                      .whole_secrets = r->options.whole_secrets };
    uint8_t id[RESUME_ID_BYTES];
    struct resume_entry entry;
    char *record;
    bool taken;

    if (!key->etag)
        return false;
    make_id(key, id);
    if (!meet(r, id, &entry))
        return false;
    record = malloc(entry.bytes);
    taken = record && file_read_at(r->fd, (uint8_t *)record, entry.bytes, entry.offset) &&
            resume_record_take(&reading, record, entry.bytes, outcome);
    free(record);
    return taken;
}

/* Does it tell of nothing that the next scan should look at again? */
static bool is_covered(const struct outcome *own)
{
    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (own->coverage.skipped[i])
            return false;
    return !own->cut && !own->starved && !own->trouble_count && own->coverage.objects == 1;
}

static void append(struct resume *r, const uint8_t id[static RESUME_ID_BYTES], struct slice record)
{
    struct resume_entry *entry;

    pthread_mutex_lock(&r->lock);
    if (!r->failed && file_write(r->fd, record)) {
        entry = resume_index_find(&r->index, id);
        if (entry)
            entry->again = true;
        r->end += record.len;
    } else if (!r->failed) {
        r->failed = errno;
        if (ftruncate(r->fd, (off_t)r->end)) /* half a record hides those behind it: none follow */
            r->failed = errno;
    }
    pthread_mutex_unlock(&r->lock);
}

void resume_note(struct resume *r, const struct resume_key *key, struct outcome *own)
{
    struct buf record = { 0 };
    uint8_t id[RESUME_ID_BYTES];

    if (!key->etag || !is_covered(own))
        return;
    make_id(key, id);
    outcome_sort(own, own->finding_count ? &own->findings[0].target : NULL,
                 own->finding_count ? 1 : 0);
    if (resume_record_put(&record, id, scope_of(r, key->target), own))
        append(r, id, buf_view(&record));
    buf_release(&record);
}

void resume_listed(struct resume *r, const char *target)
{
    uint32_t *grown = array_room(r->listed, r->listed_count, &r->listed_cap, sizeof(*grown));

    if (!grown)
        return; /* its records stay */
    r->listed = grown;
    r->listed[r->listed_count++] = scope_of(r, target);
}

/* --- what goes --- */

/* Has the object a later record, or is it not there any more? */
static bool is_dead(const struct resume *r, const struct resume_entry *entry)
{
    for (size_t i = 0; i < r->listed_count && !entry->met; i++)
        if (r->listed[i] == entry->scope)
            return true;
    return entry->again;
}

static uint64_t dead_bytes(const struct resume *r)
{
    uint64_t bytes = r->doubled;

    for (size_t i = 0; i < r->index.cap; i++)
        if (r->index.table[i].offset && is_dead(r, &r->index.table[i]))
            bytes += r->index.table[i].bytes;
    return bytes;
}

/* Of what this scan has put down, all stays. */
static bool is_kept(const struct resume *r, const struct resume_records *records)
{
    const struct resume_entry *entry = resume_index_find(&r->index, records->head.id);

    return records->at >= r->begun || (entry && entry->offset == records->at && !is_dead(r, entry));
}

/* Write the file anew. Where that cannot be, the old one is as good. */
static void compact(struct resume *r)
{
    struct resume_records records;
    struct replace to;
    bool good;

    if (resume_records_open(&records, r->fd, r->options.path))
        return;
    if (replace_open(&to, r->options.path, 0600)) {
        resume_records_close(&records);
        return;
    }
    good = getline(&records.line, &records.cap, records.file) > 0;
    records.end = strlen(r->first);
    fputs(r->first, to.file);
    while (good && records.end < r->end)
        good = resume_records_next(&records, r->end) &&
               (is_kept(r, &records) ? resume_records_copy(&records, to.file)
                                     : resume_records_skip(&records));
    if (good)
        replace_commit(&to);
    else
        replace_abandon(&to);
    resume_records_close(&records);
}

enum status resume_end(struct resume *r)
{
    if (r->failed)
        return err_set(STATUS_IO, "%s: %s: what was read from then on is not in it",
                       r->options.path, strerror(r->failed));
    if (dead_bytes(r) > r->end / 2)
        compact(r);
    return STATUS_OK;
}
