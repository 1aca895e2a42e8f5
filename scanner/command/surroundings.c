/* surroundings.c - what can be opened, and a list of containers for what cannot. */
#include "command/surroundings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/fetch.h"
#include "base/buf.h"
#include "command/scanning.h"
#include "git/blob.h"

/* Containers to be scanned again, and where in them to look. */
struct again {
    const char **targets; /* on the heap, each of them too */
    size_t target_count;
    struct extracts extracts; /* a copy of those that are missing, and where they go */
    struct extract **whose;
};

static bool is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static const char *repository_of(const struct finding *finding)
{
    return finding->git->repository ? finding->git->repository : finding->target;
}

static bool is_in_bucket(const struct finding *finding)
{
    return finding->s3 && fetch_is_target(finding->path);
}

/* --- what it must hold --- */

static bool lies_at(const struct extract *extract, uint64_t offset, struct slice value)
{
    return !value.ptr ||
           (offset >= extract->from && offset - extract->from <= extract->len &&
            value.len <= extract->len - (size_t)(offset - extract->from) &&
            memcmp(extract->bytes + (offset - extract->from), value.ptr, value.len) == 0);
}

bool surroundings_hold(const struct extract *extract, const struct finding *finding)
{
    bool pair = finding->id.ptr && finding->secret.ptr;

    if (!finding->id.ptr)
        return lies_at(extract, finding->place.offset, finding->secret);
    return lies_at(extract, finding->place.offset, finding->id) &&
           (!pair || finding->secret_path ||
            lies_at(extract, finding->secret_place.offset, finding->secret));
}

/* --- what can be opened --- */

static void read_file(struct extract *extract, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    ssize_t n = -1;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        n = pread(fd, extract->bytes, sizeof(extract->bytes), (off_t)extract->from);
    if (fd >= 0)
        close(fd);
    extract->len = n > 0 ? (size_t)n : 0;
}

static void read_object(struct extract *extract, const struct finding *finding)
{
    struct buf bytes = { 0 };

    if (blob_read(&bytes, repository_of(finding), finding->git->blob, extract->from,
                  sizeof(extract->bytes)) == STATUS_OK) {
        memcpy(extract->bytes, bytes.ptr, bytes.len);
        extract->len = bytes.len;
    }
    buf_release(&bytes);
}

static void open_it(struct extract *extract, const struct finding *finding)
{
    if (!finding_in_history(finding))
        read_file(extract, finding->path);
    else if (finding->git->blob)
        read_object(extract, finding);
    /* It may be the archive that holds it: a `!` may also stand in a name. */
    if (strchr(finding->path, '!') && !surroundings_hold(extract, finding))
        extract->len = 0;
}

/* --- what cannot --- */

/* The path of the archive that `path` leads into, on the heap; NULL: of none that is there. */
static char *archive_of(const char *path)
{
    for (const char *end = strchr(path, '!'); end; end = strchr(end + 1, '!')) {
        char *outer = strndup(path, (size_t)(end - path));

        if (!outer || is_file(outer))
            return outer;
        free(outer);
    }
    return NULL;
}

static char *object_of(const struct s3_origin *s3)
{
    struct buf uri = { 0 };
    char *text = NULL;

    buf_printf(&uri, "s3://%s/", s3->bucket);
    buf_append(&uri, s3->key);
    if (!buf_status(&uri))
        text = strdup(buf_cstr(&uri));
    buf_release(&uri);
    return text;
}

/* What to scan to come by the finding again, on the heap. NULL: nothing brings it. */
static char *container_of(const struct finding *finding)
{
    if (is_in_bucket(finding))
        return object_of(finding->s3);
    if (!finding_in_history(finding)) /* a file itself may be compressed */
        return is_file(finding->path) ? strdup(finding->path) : archive_of(finding->path);
    return is_file(repository_of(finding)) ? strdup(repository_of(finding)) : NULL;
}

static void add_again(struct again *again, struct extract *extract, const struct finding *finding)
{
    char *target = container_of(finding);
    struct extract *wanted = &again->extracts.list[again->extracts.count];

    if (!target)
        return;
    wanted->path = extract->path;
    wanted->blob = finding_in_history(finding) ? finding->git->blob : NULL;
    wanted->from = extract->from;
    again->whose[again->extracts.count++] = extract;
    for (size_t i = 0; i < again->target_count; i++)
        if (strcmp(again->targets[i], target) == 0) {
            free(target);
            return;
        }
    again->targets[again->target_count++] = target;
}

static enum status scan_again(struct again *again, const struct choices *choices)
{
    enum status status;

    if (!again->target_count)
        return STATUS_OK;
    pthread_mutex_init(&again->extracts.lock, NULL);
    status = scanning_extract(&again->extracts, choices, again->targets, again->target_count);
    pthread_mutex_destroy(&again->extracts.lock);
    for (size_t i = 0; !status && i < again->extracts.count; i++)
        if (again->extracts.list[i].len)
            *again->whose[i] = again->extracts.list[i];
    return status;
}

static void again_release(struct again *again)
{
    for (size_t i = 0; again->targets && i < again->target_count; i++)
        free((char *)(uintptr_t)again->targets[i]);
    free(again->targets);
    free(again->whose);
    free(again->extracts.list);
}

enum status surroundings_read(struct extract *extracts, const struct finding *findings,
                              size_t count, const struct choices *choices)
{
    struct again again = { 0 };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count; i++) {
        extracts[i].path = findings[i].path;
        extracts[i].from = extract_begin(findings[i].place.offset);
        open_it(&extracts[i], &findings[i]);
    }
    again.targets = calloc(count, sizeof(*again.targets));
    again.whose = calloc(count, sizeof(struct extract *));
    again.extracts.list = calloc(count, sizeof(*again.extracts.list));
    if (!again.targets || !again.whose || !again.extracts.list)
        status = err_nomem();
    for (size_t i = 0; i < count && !status; i++)
        if (!extracts[i].len || !surroundings_hold(&extracts[i], &findings[i]))
            add_again(&again, &extracts[i], &findings[i]);
    if (!status)
        status = scan_again(&again, choices);
    again_release(&again);
    return status;
}

/* Standard input, a pipe or a device: what came of it will not come again. */
static bool is_stream(const char *target)
{
    struct stat st;

    return strcmp(target, "-") == 0 ||
           (stat(target, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

const char *surroundings_missing(const struct finding *finding)
{
    bool member = strchr(finding->path, '!');

    if (finding_in_history(finding) && member)
        return "it lies in an archive in the history";
    if (finding_in_history(finding) || is_in_bucket(finding))
        return "the object could not be read again";
    if (is_stream(finding->target))
        return "it can be read only once";
    return member ? "the archive could not be read again" : "the file could not be read again";
}
