/*
 * resume.c - lines of text.
 *
 *   leaktrawl resume 1 HASH-OF-SETTINGS
 *   ID FILES BYTES ARCHIVES TEMPORARY-IDS ALLOWED SECRETS LENGTH HIDDEN...
 *   (LENGTH bytes: a report in JSON Lines with the object's findings)
 *
 * ID is the first half of a SHA-256; HIDDEN has two numbers for each finding, the lengths of its
 * secret and token. An index of ids lies in memory, 32 bytes each; records are read when their
 * object is met.
 */
#include "scan/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/limits.h"
#include "report/read.h"
#include "report/report.h"

#define FIRST_LINE "leaktrawl resume 1 "

enum { ID_BYTES = 16, ID_HEX = 2 * ID_BYTES, NUMBERS = 7 };

/* The numbers of a record, in their order. */
enum { FILES, BYTES, ARCHIVES, TEMPORARY, ALLOWED, SECRETS, LENGTH };

struct entry {
    uint8_t id[ID_BYTES];
    uint64_t offset; /* of the record; 0: the slot is empty */
    uint64_t bytes;  /* of it */
};

struct resume {
    struct resume_options options;
    int fd;
    struct entry *table; /* cap slots, a power of two, at most half of them taken */
    size_t count, cap;
    struct report_pool pool;
    pthread_mutex_t lock; /* guards the two below, and writing */
    int failed;           /* errno of a write */
    uint64_t end;         /* of the last whole record */
};

/* --- ids and their table --- */

static void make_id(const struct resume_key *key, uint8_t id[static ID_BYTES])
{
    struct sha256_ctx hash;
    uint64_t numbers[] = { key->key.len, key->size };
    const char *texts[] = { key->bucket, key->version_id ? key->version_id : "", key->etag };

    sha256_init(&hash);
    sha256_update(&hash, sizeof(numbers), (const uint8_t *)numbers);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        sha256_update(&hash, strlen(texts[i]) + 1, (const uint8_t *)texts[i]);
    sha256_update(&hash, key->key.len, key->key.ptr);
    sha256_digest(&hash, ID_BYTES, id);
}

static struct entry *slot_of(const struct resume *r, const uint8_t id[static ID_BYTES])
{
    size_t mask = r->cap - 1, i;

    memcpy(&i, id, sizeof(i));
    for (i &= mask; r->table[i].offset && memcmp(r->table[i].id, id, ID_BYTES) != 0;
         i = (i + 1) & mask)
        ;
    return &r->table[i];
}

static bool grow(struct resume *r)
{
    struct entry *old = r->table;
    size_t old_cap = r->cap;

    r->cap = old_cap ? old_cap * 2 : 1024;
    r->table = calloc(r->cap, sizeof(*r->table));
    if (!r->table) {
        r->table = old;
        r->cap = old_cap;
        return false;
    }
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].offset)
            *slot_of(r, old[i].id) = old[i];
    free(old);
    return true;
}

static bool remember(struct resume *r, const uint8_t id[static ID_BYTES], uint64_t offset,
                     uint64_t bytes)
{
    struct entry *slot;

    if (r->count >= r->cap / 2 && !grow(r))
        return false;
    slot = slot_of(r, id);
    r->count += !slot->offset;
    memcpy(slot->id, id, ID_BYTES);
    slot->offset = offset;
    slot->bytes = bytes;
    return true;
}

/* --- reading --- */

static bool read_id(const char *text, uint8_t id[static ID_BYTES])
{
    for (size_t i = 0; i < ID_BYTES; i++) {
        unsigned byte;
        char pair[3] = { text[2 * i], text[2 * i + 1], 0 };

        if (strspn(pair, "0123456789abcdef") != 2 || sscanf(pair, "%2x", &byte) != 1)
            return false;
        id[i] = (uint8_t)byte;
    }
    return text[ID_HEX] == ' ';
}

/* Numbers divided by spaces. False: there are fewer than `n`. `*rest` is what comes behind. */
static bool read_numbers(const char *text, uint64_t *numbers, size_t n, const char **rest)
{
    for (size_t i = 0; i < n; i++) {
        char *end;

        while (*text == ' ')
            text++;
        if (*text < '0' || *text > '9')
            return false;
        numbers[i] = strtoull(text, &end, 10);
        text = end;
    }
    *rest = text;
    return true;
}

/* The numbers of the record that `line` (with its LF) begins. False: it is torn. */
static bool read_head(const char *line, uint8_t id[static ID_BYTES],
                      uint64_t numbers[static NUMBERS], const char **hidden)
{
    size_t len = strlen(line);

    return len > ID_HEX && line[len - 1] == '\n' && read_id(line, id) &&
           read_numbers(line + ID_HEX, numbers, NUMBERS, hidden) &&
           numbers[LENGTH] <= LIMIT_RESUME_RECORD_BYTES;
}

/* Go through the records behind the first line. The first that is torn ends them. */
static enum status index_records(struct resume *r, FILE *file, uint64_t size)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    enum status status = STATUS_OK;

    while (!status && (len = getline(&line, &cap, file)) > 0) {
        uint64_t numbers[NUMBERS];
        uint8_t id[ID_BYTES];
        const char *hidden;
        uint64_t bytes;

        if (!read_head(line, id, numbers, &hidden) ||
            (bytes = (uint64_t)len + numbers[LENGTH]) > size - r->end ||
            fseeko(file, (off_t)numbers[LENGTH], SEEK_CUR))
            break;
        if (!remember(r, id, r->end, bytes))
            status = err_nomem();
        r->end += bytes;
    }
    free(line);
    return status;
}

/* Is it a file of ours, and of the same settings? Then its records count. */
static enum status read_file(struct resume *r, const char *first, bool *same)
{
    int copy = fcntl(r->fd, F_DUPFD_CLOEXEC, 3);
    FILE *file = copy < 0 ? NULL : fdopen(copy, "r");
    char line[256] = "";
    struct stat st;
    enum status status = STATUS_OK;

    if (!file || fstat(r->fd, &st)) {
        status = err_set(STATUS_IO, "%s: %s", r->options.path, strerror(errno));
        if (file)
            fclose(file);
        else if (copy >= 0)
            close(copy);
        return status;
    }
    *same = false;
    if (!S_ISREG(st.st_mode) ||
        (fgets(line, sizeof(line), file) && strncmp(line, FIRST_LINE, strlen(FIRST_LINE)) != 0))
        status = err_set(STATUS_INVALID, "%s: it was not written by --resume", r->options.path);
    else if (strcmp(line, first) == 0) {
        *same = true;
        r->end = strlen(line);
        status = index_records(r, file, (uint64_t)st.st_size);
    }
    fclose(file);
    return status;
}

/* --- opening --- */

static enum status io_error(const struct resume *r)
{
    return err_set(STATUS_IO, "%s: %s", r->options.path, strerror(errno));
}

static bool write_all(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = slice_sub(bytes, (size_t)n, bytes.len);
    }
    return true;
}

static enum status open_file(struct resume *r)
{
    char first[sizeof(FIRST_LINE) + SCAN_SETTINGS_SIZE + 1] = FIRST_LINE;
    size_t at = strlen(first);
    enum status status = scan_settings_hash(first + at, &r->options.settings);
    bool same = false;

    if (status)
        return status;
    strcat(first, "\n");
    r->fd = open(r->options.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (r->fd < 0)
        return io_error(r);
    if (flock(r->fd, LOCK_EX | LOCK_NB))
        return err_set(STATUS_INVALID, "%s: another scan writes to it", r->options.path);
    if ((status = read_file(r, first, &same)))
        return status;
    if (!same)
        r->end = 0;
    /* What was torn goes; so does what was found under other settings. */
    if (fchmod(r->fd, 0600) || ftruncate(r->fd, (off_t)r->end) ||
        (!same && !write_all(r->fd, slice_of(first))))
        return io_error(r);
    if (!same)
        r->end = strlen(first);
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
    pthread_mutex_init(&r->lock, NULL);
    status = grow(r) ? open_file(r) : err_nomem();
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
    free(r->table);
    report_pool_release(&r->pool);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

enum status resume_failed(struct resume *r)
{
    int failed;

    pthread_mutex_lock(&r->lock);
    failed = r->failed;
    pthread_mutex_unlock(&r->lock);
    return failed ? err_set(STATUS_IO, "%s: %s", r->options.path, strerror(failed)) : STATUS_OK;
}

/* --- taking --- */

static const struct rule *find_rule(const struct ruleset *set, const char *id)
{
    for (size_t i = 0; i < ruleset_rules(set); i++)
        if (strcmp(ruleset_rule(set, i)->rule.id, id) == 0)
            return &ruleset_rule(set, i)->rule;
    return NULL;
}

/* Read the record's report into `found`, whose findings become findings of this scan. */
static bool take_findings(struct resume *r, char *text, size_t len, const char *hidden,
                          const char *target, struct outcome *found)
{
    FILE *file = fmemopen(text, len, "r");
    bool good = file && !report_read(&r->pool, found, r->options.path, file);

    if (file)
        fclose(file);
    for (size_t i = 0; good && i < found->finding_count; i++) {
        struct finding *finding = &found->findings[i];
        uint64_t lengths[2];

        finding->rule = find_rule(r->options.set, finding->rule->id);
        finding->target = target;
        good = finding->rule && read_numbers(hidden, lengths, 2, &hidden);
        if (!finding->redacted)
            finding->fingerprint = NULL; /* it is made of the parts, as of any other finding */
        if (good && finding->redacted) {
            finding->secret_len = (size_t)lengths[0];
            finding->token_len = (size_t)lengths[1];
        }
    }
    return good && !found->trouble_count;
}

static void add_counts(struct coverage *coverage, const uint64_t numbers[static NUMBERS])
{
    coverage->objects++;
    coverage->files += numbers[FILES];
    coverage->bytes += numbers[BYTES];
    coverage->archives += numbers[ARCHIVES];
    coverage->temporary_ids += numbers[TEMPORARY];
    coverage->allowed += numbers[ALLOWED];
}

/* Add what a record says. False: it is not what it should be, or not enough, and nothing counts. */
static bool take_record(struct resume *r, char *record, size_t bytes, const char *target,
                        struct outcome *outcome)
{
    struct outcome found = { .every_lone = true };
    char *end = memchr(record, '\n', bytes);
    size_t head = end ? (size_t)(end + 1 - record) : 0;
    uint64_t numbers[NUMBERS];
    uint8_t id[ID_BYTES];
    const char *hidden;
    char *line = strndup(record, head);
    bool good = line && read_head(line, id, numbers, &hidden) &&
                !(numbers[SECRETS] && r->options.whole_secrets) && numbers[LENGTH] == bytes - head;

    if (good && numbers[LENGTH])
        good = take_findings(r, record + head, bytes - head, hidden, target, &found);
    for (size_t i = 0; good && i < found.finding_count; i++)
        outcome_add(outcome, &found.findings[i]);
    if (good)
        add_counts(&outcome->coverage, numbers);
    outcome_release(&found);
    free(line);
    return good;
}

bool resume_take(struct resume *r, const struct resume_key *key, const char *target,
                 struct outcome *outcome)
{
    uint8_t id[ID_BYTES];
    const struct entry *slot;
    char *record;
    bool taken;

    if (!key->etag)
        return false;
    make_id(key, id);
    slot = slot_of(r, id);
    if (!slot->offset)
        return false;
    record = malloc(slot->bytes);
    taken = record && file_read_at(r->fd, (uint8_t *)record, slot->bytes, slot->offset) &&
            take_record(r, record, slot->bytes, target, outcome);
    free(record);
    return taken;
}

/* --- noting --- */

/* Does it tell of nothing that the next scan should look at again? */
static bool is_covered(const struct outcome *own)
{
    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (own->coverage.skipped[i])
            return false;
    return !own->cut && !own->starved && !own->trouble_count && own->coverage.objects == 1;
}

/* The report of what was found, secrets redacted. False: it cannot be had, or is too long. */
static bool make_report(const struct outcome *own, char **text, size_t *len)
{
    struct report_options options = { .format = REPORT_JSONL };
    FILE *file = open_memstream(text, len);
    bool good = file && !report_write(own, &options, file);

    if (file && fclose(file))
        good = false;
    return good && *len <= LIMIT_RESUME_RECORD_BYTES / 2;
}

static void put_head(struct buf *record, const uint8_t id[static ID_BYTES],
                     const struct outcome *own, size_t len)
{
    const struct coverage *c = &own->coverage;
    bool secrets = false;

    for (size_t i = 0; i < own->finding_count; i++)
        secrets |= own->findings[i].secret.len || own->findings[i].token.len;
    buf_hex(record, id, ID_BYTES);
    buf_printf(record, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %zu",
               c->files, c->bytes, c->archives, c->temporary_ids, c->allowed, secrets, len);
    for (size_t i = 0; i < own->finding_count; i++)
        buf_printf(record, " %zu %zu", own->findings[i].secret.len, own->findings[i].token.len);
    buf_byte(record, '\n');
}

void resume_note(struct resume *r, const struct resume_key *key, struct outcome *own)
{
    struct buf record = { .max = LIMIT_RESUME_RECORD_BYTES - 1 };
    uint8_t id[ID_BYTES];
    char *text = NULL;
    size_t len = 0;

    if (!key->etag || !is_covered(own))
        return;
    make_id(key, id);
    outcome_sort(own, own->finding_count ? &own->findings[0].target : NULL,
                 own->finding_count ? 1 : 0);
    if (!own->finding_count || make_report(own, &text, &len)) {
        put_head(&record, id, own, len);
        buf_append(&record, (struct slice){ (const uint8_t *)text, len });
    }
    free(text);
    if (record.len && !record.failed) {
        pthread_mutex_lock(&r->lock);
        /* One that was written in part would hide those behind it. */
        if (!r->failed && !write_all(r->fd, buf_view(&record)))
            r->failed = errno;
        pthread_mutex_unlock(&r->lock);
    }
    buf_release(&record);
}
