/* mirror.c - paths made absolute by their words alone, and compared. */
#include "source/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEME "s3://"

struct mirror {
    char *folder; /* absolute, with a slash at its end */
    char *bucket;
    char *prefix; /* "" or with a slash at its end */
};

struct mirrors {
    char *here; /* the working folder */
    size_t count;
    struct mirror list[]; /* the longest folder first: the innermost mirror counts */
};

/* --- paths --- */

/* Append the words of `path` to the absolute path in `out`: "a//./b" as "/a/b", "x/.." as "". */
static void add_words(struct buf *out, const char *path)
{
    while (*path) {
        size_t len = strcspn(path, "/");

        if (len == 2 && memcmp(path, "..", 2) == 0) {
            while (out->len && out->ptr[out->len - 1] != '/')
                buf_truncate(out, out->len - 1);
            buf_truncate(out, out->len ? out->len - 1 : 0);
        } else if (len && !(len == 1 && *path == '.')) {
            buf_byte(out, '/');
            buf_append(out, (struct slice){ (const uint8_t *)path, len });
        }
        path += len + (path[len] == '/');
    }
}

static enum status make_absolute(struct buf *out, const char *here, const char *path)
{
    buf_reset(out);
    if (*path != '/')
        add_words(out, here);
    add_words(out, path);
    return buf_status(out);
}

/* --- set-up --- */

/* A bucket's name is 3 to 63 bytes; ARNs of access points, which tools take too, are longer. */
static bool is_bucket(const char *name, size_t len)
{
    return len >= 3 && len <= 256 && memchr(name, '=', len) == NULL;
}

static enum status read_mirror(struct mirror *mirror, const char *here, const char *text)
{
    const char *scheme = strstr(text, "=" SCHEME);
    struct buf folder = { 0 };
    struct stat st;
    char *named;
    size_t len;

    for (const char *next = scheme; next; next = strstr(next + 1, "=" SCHEME))
        scheme = next;
    if (!scheme || scheme == text)
        return err_set(STATUS_INVALID, "--mirror: \"%s\" is not DIR=s3://bucket/prefix", text);
    named = strndup(text, (size_t)(scheme - text));
    text = scheme + strlen("=" SCHEME);
    len = strcspn(text, "/");
    if (!is_bucket(text, len)) {
        free(named);
        return err_set(STATUS_INVALID, "--mirror: \"%.*s\" is no name of a bucket", (int)len, text);
    }
    mirror->bucket = strndup(text, len);
    text += len + (text[len] == '/');
    len = strlen(text);
    mirror->prefix = malloc(len + 2);
    if (!named || !mirror->bucket || !mirror->prefix || make_absolute(&folder, here, named)) {
        free(named);
        buf_release(&folder);
        return err_nomem();
    }
    stpcpy(stpcpy(mirror->prefix, text), len && text[len - 1] != '/' ? "/" : "");
    buf_byte(&folder, '/');
    mirror->folder = (char *)folder.ptr;
    errno = 0;
    if (stat(named, &st) || !S_ISDIR(st.st_mode)) {
        enum status status =
            err_set(STATUS_IO, "--mirror: %s: %s", named, strerror(errno ? errno : ENOTDIR));

        free(named);
        return status;
    }
    free(named);
    return buf_status(&folder);
}

static int by_length(const void *a, const void *b)
{
    const struct mirror *left = a, *right = b;
    size_t l = strlen(left->folder), r = strlen(right->folder);

    return (l < r) - (l > r);
}

enum status mirrors_new(struct mirrors **out, const char *const *texts, size_t count)
{
    struct mirrors *mirrors;
    enum status status = STATUS_OK;

    *out = NULL;
    if (!count)
        return STATUS_OK;
    mirrors = calloc(1, sizeof(*mirrors) + count * sizeof(mirrors->list[0]));
    if (!mirrors)
        return err_nomem();
    mirrors->count = count;
    mirrors->here = getcwd(NULL, 0);
    if (!mirrors->here)
        status = err_set(STATUS_IO, "the working folder: %s", strerror(errno));
    for (size_t i = 0; i < count && !status; i++)
        status = read_mirror(&mirrors->list[i], mirrors->here, texts[i]);
    if (status) {
        mirrors_free(mirrors);
        return status;
    }
    qsort(mirrors->list, count, sizeof(mirrors->list[0]), by_length);
    *out = mirrors;
    return STATUS_OK;
}

void mirrors_free(struct mirrors *mirrors)
{
    if (!mirrors)
        return;
    for (size_t i = 0; i < mirrors->count; i++) {
        free(mirrors->list[i].folder);
        free(mirrors->list[i].bucket);
        free(mirrors->list[i].prefix);
    }
    free(mirrors->here);
    free(mirrors);
}

/* --- questions --- */

bool mirrors_find(const struct mirrors *mirrors, const char *path, struct buf *buf,
                  struct s3_origin *out)
{
    if (make_absolute(buf, mirrors->here, path))
        return false;
    for (size_t i = 0; i < mirrors->count; i++) {
        const struct mirror *mirror = &mirrors->list[i];
        struct slice below = buf_view(buf), folder = slice_of(mirror->folder);
        size_t start = buf->len;

        if (!slice_starts(below, folder) || below.len == folder.len)
            continue;
        /* The key is put behind the path, from which its end is copied. */
        buf_text(buf, mirror->prefix);
        buf_reserve(buf, below.len);
        if (buf_status(buf))
            return false;
        buf_append(buf, slice_sub(buf_view(buf), folder.len, start));
        *out = (struct s3_origin){ .bucket = mirror->bucket };
        out->key = slice_sub(buf_view(buf), start, buf->len);
        return true;
    }
    return false;
}

bool mirrors_path(const struct mirrors *mirrors, const struct s3_origin *object, struct buf *buf)
{
    for (size_t i = 0; i < mirrors->count; i++) {
        const struct mirror *mirror = &mirrors->list[i];
        struct slice prefix = slice_of(mirror->prefix);

        if (strcmp(mirror->bucket, object->bucket) || !slice_starts(object->key, prefix))
            continue;
        buf_reset(buf);
        buf_text(buf, mirror->folder);
        buf_append(buf, slice_sub(object->key, prefix.len, object->key.len));
        return buf_status(buf) == STATUS_OK;
    }
    return false;
}

const char *mirrors_bucket(const struct mirrors *mirrors)
{
    for (size_t i = 1; i < mirrors->count; i++)
        if (strcmp(mirrors->list[i].bucket, mirrors->list[0].bucket))
            return NULL;
    return mirrors->list[0].bucket;
}
