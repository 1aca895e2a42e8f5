/*
 * database.c - where a Hyperscan database comes from: the program itself, the cache, or the
 * compiler.
 */
#include "detect/database.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

/* Bytes of an anchor's shortest match: fewer stand everywhere. */
enum { ANCHOR_MIN_BYTES = 3 };

/*
 * A cache file: this, the SHA-256 of the rest, the key of what it was compiled from and for (which
 * its name has too), Hyperscan's serialized form.
 */
#define CACHE_MAGIC "leaktrawl hsdb 2\n"
enum {
    MAGIC_SIZE = sizeof(CACHE_MAGIC) - 1,
    KEY_SIZE = SHA256_DIGEST_SIZE,
    KEY_AT = MAGIC_SIZE + SHA256_DIGEST_SIZE,
    HEADER_SIZE = KEY_AT + KEY_SIZE
};

/* Bytes of the largest cache file that is read: 256 forms of a team's rules stay far below. */
enum { CACHE_MAX = 64 * 1024 * 1024 };

static void hash_text(struct sha256_ctx *sha, const char *text)
{
    sha256_update(sha, strlen(text) + 1, (const uint8_t *)text);
}

void database_hash(const struct ruleset *set, enum engine engine, uint8_t out[static 32])
{
    struct sha256_ctx sha;

    sha256_init(&sha);
    for (size_t i = 0; i < ruleset_expressions(set, engine); i++) {
        size_t number;
        uint8_t bytes[2];

        hash_text(&sha, ruleset_expression(set, engine, i, &number));
        bytes[0] = (uint8_t)number;
        bytes[1] = (uint8_t)(number >> 8);
        sha256_update(&sha, sizeof(bytes), bytes);
    }
    sha256_digest(&sha, 32, out);
}

/* --- compiling --- */

enum status database_blame(const struct ruleset *set, enum engine engine, size_t i,
                           const char *message)
{
    const char *part = ruleset_expression_part(set, engine, i);
    size_t number;
    const char *text = ruleset_expression(set, engine, i, &number);

    return ruleset_blame_expression(set, engine, i, "%s%s%s\"%.200s\": Hyperscan refuses it: %s",
                                    part ? "part \"" : "", part ? part : "", part ? "\": " : "",
                                    text, message);
}

enum status database_compile(hs_database_t **out, const struct ruleset *set, enum engine engine,
                             const hs_platform_info_t *platform)
{
    size_t n = ruleset_expressions(set, engine);
    const char **expressions = calloc(n + 1, sizeof(*expressions));
    unsigned *flags = calloc(n + 1, sizeof(*flags));
    unsigned *ids = calloc(n + 1, sizeof(*ids));
    hs_compile_error_t *error = NULL;
    enum status status = STATUS_OK;

    if (!expressions || !flags || !ids) {
        status = err_nomem();
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        size_t number;

        expressions[i] = ruleset_expression(set, engine, i, &number);
        flags[i] = HS_FLAG_DOTALL;
        ids[i] = (unsigned)number;
    }
    if (hs_compile_multi(expressions, flags, ids, (unsigned)n, HS_MODE_BLOCK, platform, out,
                         &error) != HS_SUCCESS) {
        status = error->expression < 0
                     ? err_set(STATUS_INVALID, "the anchors together: %s", error->message)
                     : database_blame(set, engine, (size_t)error->expression, error->message);
        hs_free_compile_error(error);
    }
out:
    free(expressions);
    free(flags);
    free(ids);
    return status;
}

/* --- embedded --- */

static bool from_embedded(hs_database_t **out, const struct ruleset *set, enum engine engine,
                          const struct embedded *embedded)
{
    uint8_t hash[32];

    database_hash(set, engine, hash);
    if (memcmp(hash, embedded->hash[engine], sizeof(hash)) != 0)
        return false;
    /* An image for a better CPU, or of another version of the library, is refused by Hyperscan. */
    for (size_t i = 0; i < embedded->image_count; i++) {
        struct slice image = embedded->images[engine][i];

        if (hs_deserialize_database((const char *)image.ptr, image.len, out) == HS_SUCCESS)
            return true;
    }
    return false;
}

/* --- cached --- */

/* A place in the cache. */
struct cache {
    const char *dir;
    struct buf path;
    uint8_t key[KEY_SIZE]; /* a hash of all that the database depends on: rules, library and CPU */
};

static enum status cache_init(struct cache *cache, const struct ruleset *set, enum engine engine,
                              const char *dir)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    hs_platform_info_t platform;
    struct sha256_ctx sha;

    memset(&platform, 0, sizeof(platform));
    hs_populate_platform(&platform);
    database_hash(set, engine, digest);
    sha256_init(&sha);
    sha256_update(&sha, sizeof(digest), digest);
    hash_text(&sha, hs_version());
    sha256_update(&sha, sizeof(platform), (const uint8_t *)&platform);
    sha256_digest(&sha, sizeof(cache->key), cache->key);
    cache->dir = dir;
    buf_printf(&cache->path, "%s/", dir);
    buf_hex(&cache->path, cache->key, 16);
    buf_text(&cache->path, ".hsdb");
    return buf_status(&cache->path);
}

/* Ours alone to write? Somebody else's file must not reach Hyperscan, whatever it holds. */
static bool is_trusted(int fd, size_t *size)
{
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) ||
        st.st_size <= HEADER_SIZE || st.st_size > CACHE_MAX)
        return false;
    *size = (size_t)st.st_size;
    return true;
}

/* The SHA-256 of a cache file's key and database. */
static void cache_digest(const uint8_t *key, const void *database, size_t size,
                         uint8_t out[static SHA256_DIGEST_SIZE])
{
    struct sha256_ctx sha;

    sha256_init(&sha);
    sha256_update(&sha, KEY_SIZE, key);
    sha256_update(&sha, size, database);
    sha256_digest(&sha, SHA256_DIGEST_SIZE, out);
}

/* A file under this name may have been copied from another: what it says of itself counts. */
static bool deserialize_cached(hs_database_t **out, const struct cache *cache, const uint8_t *bytes,
                               size_t size)
{
    uint8_t digest[SHA256_DIGEST_SIZE];

    if (memcmp(bytes, CACHE_MAGIC, MAGIC_SIZE) != 0 ||
        memcmp(bytes + KEY_AT, cache->key, KEY_SIZE) != 0)
        return false;
    cache_digest(bytes + KEY_AT, bytes + HEADER_SIZE, size - HEADER_SIZE, digest);
    return memcmp(bytes + MAGIC_SIZE, digest, sizeof(digest)) == 0 &&
           hs_deserialize_database((const char *)bytes + HEADER_SIZE, size - HEADER_SIZE, out) ==
               HS_SUCCESS;
}

static bool from_cache(hs_database_t **out, const struct cache *cache)
{
    int fd = open(buf_cstr(&cache->path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    uint8_t *bytes = NULL;
    size_t size, got = 0;
    bool done = false;

    if (fd < 0)
        return false;
    if (is_trusted(fd, &size) && (bytes = malloc(size))) {
        ssize_t n;

        while (got < size && (n = read(fd, bytes + got, size - got)) > 0)
            got += (size_t)n;
        done = got == size && deserialize_cached(out, cache, bytes, size);
    }
    free(bytes);
    close(fd);
    return done;
}

/* Make `dir` and the folder above it, as the XDG rules say: only for the user. */
static void make_cache_dir(const char *dir)
{
    char *slash = strrchr(dir, '/');
    char *parent = slash && slash > dir ? strndup(dir, (size_t)(slash - dir)) : NULL;

    if (parent)
        mkdir(parent, 0700);
    free(parent);
    mkdir(dir, 0700);
}

/* As good as possible: a cache that cannot be written costs the next start 25 ms. */
static void to_cache(const hs_database_t *db, const struct cache *cache)
{
    const char *path = buf_cstr(&cache->path);
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct buf temporary = { 0 };
    char *bytes = NULL;
    size_t size;
    int fd;

    if (hs_serialize_database(db, &bytes, &size) != HS_SUCCESS)
        return;
    cache_digest(cache->key, bytes, size, digest);
    make_cache_dir(cache->dir);
    buf_printf(&temporary, "%s.XXXXXX", path);
    fd = buf_status(&temporary) ? -1 : mkostemp((char *)temporary.ptr, O_CLOEXEC);
    if (fd >= 0) {
        bool written = file_write(fd, SLICE(CACHE_MAGIC)) &&
                       file_write(fd, (struct slice){ digest, sizeof(digest) }) &&
                       file_write(fd, (struct slice){ cache->key, sizeof(cache->key) }) &&
                       file_write(fd, (struct slice){ (const uint8_t *)bytes, size });

        if (close(fd) || !written || rename(buf_cstr(&temporary), path))
            unlink(buf_cstr(&temporary));
    }
    buf_release(&temporary);
    free(bytes);
}

static enum status get(hs_database_t **out, const struct ruleset *set, enum engine engine,
                       const struct embedded *embedded, const char *cache_dir)
{
    struct cache cache = { 0 };
    enum status status = STATUS_OK;

    if (!ruleset_expressions(set, engine) ||
        (embedded && from_embedded(out, set, engine, embedded)))
        return STATUS_OK;
    if (cache_dir)
        status = cache_init(&cache, set, engine, cache_dir);
    if (status || (cache_dir && from_cache(out, &cache)))
        goto out;
    status = database_compile(out, set, engine, NULL);
    if (!status && cache_dir)
        to_cache(*out, &cache);
out:
    buf_release(&cache.path);
    return status;
}

enum status database_check(const struct ruleset *set, enum engine engine, size_t i)
{
    const char *part = ruleset_expression_part(set, engine, i);
    hs_compile_error_t *error = NULL;
    hs_expr_info_t *info = NULL;
    enum status status = STATUS_OK;
    size_t number;
    const char *text = ruleset_expression(set, engine, i, &number);

    if (hs_expression_info(text, HS_FLAG_DOTALL, &info, &error) != HS_SUCCESS) {
        status = database_blame(set, engine, i, error->message);
        hs_free_compile_error(error);
        return status;
    }
    if (info->min_width < ANCHOR_MIN_BYTES)
        status = ruleset_blame_expression(
            set, engine, i,
            "%s%s%s\"%.200s\": the anchor matches %u byte%s: at least %d are needed",
            part ? "part \"" : "", part ? part : "", part ? "\": " : "", text, info->min_width,
            info->min_width == 1 ? "" : "s", ANCHOR_MIN_BYTES);
    free(info);
    return status;
}

enum status databases_get(struct databases *out, const struct ruleset *set,
                          const struct embedded *embedded, const char *cache_dir)
{
    enum status status = STATUS_OK;

    *out = (struct databases){ 0 };
    if (hs_valid_platform() != HS_SUCCESS)
        return err_set(STATUS_UNSUPPORTED, "Hyperscan needs a CPU with SSSE3");
    for (size_t i = 0; i < ENGINE_COUNT && !status; i++)
        status = get(&out->engine[i], set, (enum engine)i, embedded, cache_dir);
    if (status)
        databases_release(out);
    return status;
}

void databases_release(struct databases *databases)
{
    for (size_t i = 0; i < ENGINE_COUNT; i++)
        hs_free_database(databases->engine[i]);
    *databases = (struct databases){ 0 };
}
