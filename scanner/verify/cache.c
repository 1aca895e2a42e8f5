/*
 * cache.c - a sorted table of rows, as lines of six words:
 *
 *     HMAC VERDICT SECONDS ARN ACCOUNT USER-ID
 *
 * with "-" for what is not known. The first line holds the key.
 */
#include "verify/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/hmac.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/replace.h"
#include "verify/when.h"

#define FIRST_WORDS "leaktrawl verify cache 1 "

enum { WORDS = 6 };

/* --- words --- */

static bool take_number(struct slice text, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *out = *out * 10 + (text.ptr[i] - '0');
    }
    return text.len > 0 && text.len <= 12;
}

static bool take_verdict(struct slice text, enum verdict *out)
{
    for (unsigned i = 0; i < VERDICT_COUNT; i++) {
        *out = (enum verdict)i;
        if (slice_eq(text, slice_of(verdict_names[i])))
            return true;
    }
    return false;
}

/* Cut `line` at its spaces into WORDS words of visible ASCII. */
static bool cut(struct slice line, struct slice words[static WORDS])
{
    size_t n = 0, from = 0;

    for (size_t i = 0; i <= line.len; i++) {
        if (i < line.len && line.ptr[i] != ' ') {
            if (line.ptr[i] < ' ' || line.ptr[i] > '~')
                return false;
            continue;
        }
        if (i == from || n == WORDS)
            return false;
        words[n++] = slice_sub(line, from, i);
        from = i + 1;
    }
    return n == WORDS;
}

/* --- what holds how long --- */

static bool is_certain(enum verdict verdict)
{
    return verdict == VERDICT_LIVE || verdict == VERDICT_DEAD || verdict == VERDICT_MISMATCH ||
           verdict == VERDICT_EXPIRED;
}

/* What was told in the future was told by a clock that cannot be believed. */
static bool holds(const struct cache_row *row, int64_t now)
{
    int64_t age = now - row->asked_at;

    return is_certain(row->known.verdict) && age >= 0 &&
           age < (row->known.verdict == VERDICT_LIVE ? CACHE_LIVE_S : CACHE_OTHER_S);
}

/* --- rows --- */

static int cmp_name(const void *left, const void *right)
{
    return memcmp(((const struct cache_row *)left)->name.bytes,
                  ((const struct cache_row *)right)->name.bytes, sizeof(struct cache_name));
}

/* The row of `name`, or where it belongs. */
static size_t find(const struct cache *cache, const struct cache_name *name)
{
    size_t low = 0, high = cache->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(cache->rows[middle].name.bytes, name->bytes, sizeof(*name)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool reserve(struct cache *cache)
{
    struct cache_row *grown = array_room(cache->rows, cache->count, &cache->cap, sizeof(*grown));

    cache->rows = grown ? grown : cache->rows;
    return grown;
}

static bool copy_word(struct cache *cache, struct slice word, const char **out)
{
    *out = NULL;
    if (!word.len || slice_eq(word, SLICE("-")))
        return true;
    *out = (const char *)arena_copy(&cache->arena, word).ptr;
    return *out;
}

/* --- reading --- */

static enum status take_line(struct cache *cache, struct slice line, int64_t now)
{
    struct slice words[WORDS];
    struct cache_row row = { .asked_at = 0 };
    char when[WHEN_SIZE];

    if (!cut(line, words) || !hex_take(words[0], row.name.bytes, sizeof(row.name)) ||
        !take_verdict(words[1], &row.known.verdict) || !take_number(words[2], &row.asked_at))
        return STATUS_INVALID;
    cache->changed |= !holds(&row, now);
    if (!holds(&row, now))
        return STATUS_OK;
    when_format(when, (time_t)row.asked_at);
    if (!reserve(cache) || !copy_word(cache, words[3], &row.known.arn) ||
        !copy_word(cache, words[4], &row.known.account) ||
        !copy_word(cache, words[5], &row.known.user_id) ||
        !copy_word(cache, slice_of(when), &row.known.checked_at))
        return err_nomem();
    cache->rows[cache->count++] = row;
    return STATUS_OK;
}

static enum status take_text(struct cache *cache, struct slice text, int64_t now)
{
    struct slice line, first = SLICE(FIRST_WORDS);
    enum status status = STATUS_OK;

    if (!slice_line(&text, &line) || !slice_starts(line, first) ||
        !hex_take(slice_sub(line, first.len, line.len), cache->key, sizeof(cache->key)))
        return STATUS_INVALID;
    while (!status && slice_line(&text, &line))
        status = take_line(cache, line, now);
    if (cache->count)
        qsort(cache->rows, cache->count, sizeof(*cache->rows), cmp_name);
    return status;
}

/* Read the open file of the user's, which nobody else may read. */
static enum status read_private(int fd, struct buf *text)
{
    struct stat st;
    ssize_t got;

    if (fstat(fd, &st))
        return err_set(STATUS_IO, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
        return err_set(STATUS_INVALID, "not a file of yours that only you may read (mode 0600)");
    do {
        buf_reserve(text, 65536);
        got = text->failed ? 0 : read(fd, text->ptr + text->len, 65536);
        text->len += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    if (got < 0)
        return err_set(STATUS_IO, "%s", strerror(errno));
    return buf_status(text);
}

/* A cache that was not there: its key is made up. */
static enum status begin(struct cache *cache)
{
    arc4random_buf(cache->key, sizeof(cache->key));
    cache->changed = true;
    return STATUS_OK;
}

enum status cache_read(struct cache *cache, const char *path, time_t now)
{
    struct buf text = { .max = LIMIT_CACHE_BYTES };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum status status;

    *cache = (struct cache){ .path = path };
    if (fd < 0 && errno == ENOENT)
        return begin(cache);
    if (fd < 0)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    status = read_private(fd, &text);
    close(fd);
    if (status)
        status = err_set(status, "%s: %s", path, err_text());
    else if (!text.len)
        status = begin(cache);
    else if (take_text(cache, buf_view(&text), (int64_t)now) == STATUS_INVALID)
        status = err_set(STATUS_INVALID, "%s: it was not written by --verify-cache", path);
    buf_release(&text);
    if (status)
        cache_release(cache);
    return status;
}

/* --- asking --- */

static void update(struct hmac_sha256_ctx *ctx, struct slice part)
{
    uint8_t len[8];

    for (size_t i = 0; i < sizeof(len); i++)
        len[i] = (uint8_t)((uint64_t)part.len >> 8 * i);
    hmac_sha256_update(ctx, sizeof(len), len);
    if (part.len)
        hmac_sha256_update(ctx, part.len, part.ptr);
}

struct cache_name cache_name_of(const struct cache *cache, const char *server, struct slice id,
                                struct slice secret, struct slice token)
{
    struct hmac_sha256_ctx ctx;
    struct cache_name name;

    hmac_sha256_set_key(&ctx, sizeof(cache->key), cache->key);
    update(&ctx, slice_of(server));
    update(&ctx, id);
    update(&ctx, secret);
    update(&ctx, token);
    hmac_sha256_digest(&ctx, sizeof(name.bytes), name.bytes);
    explicit_bzero(&ctx, sizeof(ctx));
    return name;
}

const struct verification *cache_get(const struct cache *cache, const struct cache_name *name)
{
    size_t at = find(cache, name);

    if (at == cache->count || memcmp(cache->rows[at].name.bytes, name->bytes, sizeof(*name)))
        return NULL;
    return &cache->rows[at].known;
}

enum status cache_put(struct cache *cache, const struct cache_name *name,
                      const struct verification *known, time_t now)
{
    struct cache_row row = { .name = *name, .asked_at = now, .known = *known };
    size_t at = find(cache, name);
    bool there =
        at < cache->count && !memcmp(cache->rows[at].name.bytes, name->bytes, sizeof(*name));

    if (!cache->path || !is_certain(known->verdict))
        return STATUS_OK;
    row.known.error = NULL;
    if (!reserve(cache) || !copy_word(cache, slice_of(known->arn), &row.known.arn) ||
        !copy_word(cache, slice_of(known->account), &row.known.account) ||
        !copy_word(cache, slice_of(known->user_id), &row.known.user_id) ||
        !copy_word(cache, slice_of(known->checked_at), &row.known.checked_at))
        return err_nomem();
    if (!there) {
        memmove(&cache->rows[at + 1], &cache->rows[at], (cache->count - at) * sizeof(row));
        cache->count++;
    }
    cache->rows[at] = row;
    cache->changed = true;
    return STATUS_OK;
}

/* --- writing --- */

static const char *word(const char *text)
{
    return text ? text : "-";
}

enum status cache_write(struct cache *cache)
{
    struct replace replace = { 0 };
    struct buf text = { 0 };
    enum status status;

    if (!cache->path || !cache->changed)
        return STATUS_OK;
    buf_text(&text, FIRST_WORDS);
    buf_hex(&text, cache->key, sizeof(cache->key));
    buf_byte(&text, '\n');
    for (size_t i = 0; i < cache->count && text.len < LIMIT_CACHE_BYTES / 2; i++) {
        const struct cache_row *row = &cache->rows[i];

        buf_hex(&text, row->name.bytes, sizeof(row->name));
        buf_printf(&text, " %s %" PRId64 " %s %s %s\n", verdict_names[row->known.verdict],
                   row->asked_at, word(row->known.arn), word(row->known.account),
                   word(row->known.user_id));
    }
    status = buf_status(&text);
    if (!status)
        status = replace_open(&replace, cache->path, 0600);
    if (!status) {
        fwrite(text.ptr, 1, text.len, replace.file);
        status = replace_commit(&replace);
    }
    buf_release(&text);
    return status;
}

void cache_release(struct cache *cache)
{
    explicit_bzero(cache->key, sizeof(cache->key));
    free(cache->rows);
    arena_release(&cache->arena);
    *cache = (struct cache){ 0 };
}
