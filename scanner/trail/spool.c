/* spool.c - pwrite() into ranges that are set aside, pread() out of them. */
#include "trail/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"

enum { COPY_BYTES = 256 * 1024 };

/* Without a name from the next call on. Not every file system knows O_TMPFILE. */
static int open_nameless(const char *folder)
{
    struct buf path = { 0 };
    char *name;
    int fd = -1;

    buf_printf(&path, "%s/leaktrawl-XXXXXX", folder);
    name = path.failed ? NULL : strdup(buf_cstr(&path));
    errno = ENOMEM;
    if (name)
        fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    free(name);
    buf_release(&path);
    return fd;
}

enum status spool_init(struct spool *spool)
{
    const char *folder = getenv("TMPDIR");

    if (!folder || !folder[0])
        folder = "/var/tmp";
    *spool = (struct spool){ .fd = open_nameless(folder) };
    if (spool->fd < 0)
        return err_set(STATUS_IO, "%s: a temporary file for the logs: %s", folder, strerror(errno));
    spool->folder = folder;
    pthread_mutex_init(&spool->lock, NULL);
    return STATUS_OK;
}

void spool_release(struct spool *spool)
{
    if (!spool->folder)
        return;
    for (size_t i = 0; i < spool->count; i++)
        free(spool->list[i].path);
    free(spool->list);
    close(spool->fd);
    pthread_mutex_destroy(&spool->lock);
    *spool = (struct spool){ 0 };
}

/* --- writing --- */

static enum status write_at(const struct spool *spool, const uint8_t *bytes, size_t len,
                            uint64_t offset)
{
    while (len) {
        ssize_t n = pwrite(spool->fd, bytes, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set(STATUS_IO, "the temporary file for the logs in %s: %s", spool->folder,
                           n ? strerror(errno) : "no more can be written");
        bytes += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return STATUS_OK;
}

/* Set `bytes` aside. */
static uint64_t take_range(struct spool *spool, uint64_t bytes)
{
    uint64_t offset;

    pthread_mutex_lock(&spool->lock);
    offset = spool->end;
    spool->end += bytes;
    pthread_mutex_unlock(&spool->lock);
    return offset;
}

enum status spool_copy(struct spool *spool, const struct stream *stream, uint64_t size,
                       struct spooled *out)
{
    uint8_t *bytes = malloc(COPY_BYTES);
    bool any = size == SPOOL_ANY_LENGTH;
    enum status status = bytes ? STATUS_OK : err_nomem();
    ssize_t n = 1;

    out->offset = take_range(spool, any ? 0 : size);
    out->size = 0;
    while (!status && (n = stream->read(stream->ctx, bytes, COPY_BYTES)) > 0) {
        assert((uint64_t)n <= size - out->size);
        status = write_at(spool, bytes, (size_t)n, out->offset + out->size);
        out->size += status ? 0 : (uint64_t)n;
    }
    if (any)
        take_range(spool, out->size);
    free(bytes);
    return status ? status : n < 0 ? STATUS_ABSENT : STATUS_OK;
}

enum status spool_add(struct spool *spool, const struct spooled *entry, const char *path)
{
    char *copy = strdup(path);
    struct spooled *grown;

    if (!copy)
        return err_nomem();
    pthread_mutex_lock(&spool->lock);
    grown = array_room(spool->list, spool->count, &spool->cap, sizeof(*grown));
    if (grown) {
        spool->list = grown;
        grown[spool->count] = *entry;
        grown[spool->count++].path = copy;
    }
    pthread_mutex_unlock(&spool->lock);
    if (grown)
        return STATUS_OK;
    free(copy);
    return err_nomem();
}

/* --- reading --- */

static ssize_t read_place(void *ctx, uint8_t *out, size_t n)
{
    struct spool_place *place = ctx;
    ssize_t got;

    if (n > place->end - place->at)
        n = (size_t)(place->end - place->at);
    if (!n)
        return 0;
    do
        got = pread(place->spool->fd, out, n, (off_t)place->at);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        err_set(STATUS_IO, "the temporary file for the logs in %s: %s", place->spool->folder,
                got ? strerror(errno) : "it is shorter than what was written");
        return -1;
    }
    place->at += (uint64_t)got;
    return got;
}

struct stream spool_stream(const struct spool *spool, const struct spooled *entry,
                           struct spool_place *place)
{
    *place = (struct spool_place){ spool, entry->offset, entry->offset + entry->size };
    return (struct stream){ read_place, place };
}
