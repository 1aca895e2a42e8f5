/*
 * pushed.c - lines of a push into a range of commits.
 *
 * The side that receives still has all its refs as they were: whatever they reach is not new. The
 * side that pushes knows of the other only what its refs for that remote say, and the ids of the
 * lines: what one remote has may be new for another, as where a private repository is made public.
 */
#include "scan/pushed.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

enum { WORDS_MAX = 4, ID_DIGITS_SHA1 = 40 };

static bool is_id(struct slice word)
{
    for (size_t i = 0; i < word.len; i++)
        if (!strchr("0123456789abcdef", word.ptr[i]) || !word.ptr[i])
            return false;
    return word.len == ID_DIGITS_SHA1;
}

static bool is_zero(struct slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] != '0')
            return false;
    return true;
}

static enum status add_revision(struct pushed *pushed, const char *before, struct slice id)
{
    const char **grown;
    struct history_range *range = &pushed->range;
    size_t before_len = strlen(before);
    char *text;

    grown = array_room(pushed->revisions, range->revision_count, &pushed->cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    pushed->revisions = grown;
    text = arena_alloc(&pushed->arena, before_len + id.len + 1);
    if (!text)
        return err_nomem();
    memcpy(text, before, before_len);
    memcpy(text + before_len, id.ptr, id.len);
    pushed->revisions[range->revision_count++] = text;
    return STATUS_OK;
}

static enum status add_update(struct pushed *pushed, struct slice from, struct slice to)
{
    enum status status;

    if (is_zero(to)) {
        pushed->deletions++;
        return STATUS_OK;
    }
    pushed->updates++;
    status = add_revision(pushed, "", to);
    return status || is_zero(from) ? status : add_revision(pushed, "^", from);
}

static enum status take_line(struct pushed *pushed, struct slice line)
{
    struct slice words[WORDS_MAX + 1], rest = line;
    size_t n = 0;

    while (rest.len && n <= WORDS_MAX) {
        const uint8_t *blank = memchr(rest.ptr, ' ', rest.len);
        size_t len = blank ? (size_t)(blank - rest.ptr) : rest.len;

        words[n++] = slice_sub(rest, 0, len);
        rest = slice_sub(rest, blank ? len + 1 : len, rest.len);
    }
    if (n == 4 && is_id(words[1]) && is_id(words[3]))
        return add_update(pushed, words[3], words[1]);
    if (n == 3 && is_id(words[0]) && is_id(words[1])) {
        pushed->receives = true;
        return add_update(pushed, words[0], words[1]);
    }
    return err_set(STATUS_INVALID,
                   "stdin: \"%.*s\" is neither \"OLD NEW REF\" nor \"LOCAL-REF LOCAL REMOTE-REF "
                   "REMOTE\"",
                   line.len > 200 ? 200 : (int)line.len, (const char *)line.ptr);
}

/*
 * The pre-commit framework keeps git's lines to itself and tells its hooks of a push by variables:
 * two commits, or, where the push brings a root commit, the branch alone.
 */
static enum status take_variables(struct pushed *pushed)
{
    const char *from = getenv("PRE_COMMIT_FROM_REF");
    const char *to = getenv("PRE_COMMIT_TO_REF");
    const char *branch = getenv("PRE_COMMIT_LOCAL_BRANCH");
    enum status status;

    if (!getenv("PRE_COMMIT_REMOTE_NAME") || !(to || branch))
        return STATUS_OK;
    pushed->updates++;
    status = add_revision(pushed, "", slice_of(to ? to : branch));
    return status || !from ? status : add_revision(pushed, "^", slice_of(from));
}

enum status pushed_read(struct pushed *pushed, FILE *in, const char *remote)
{
    enum status status = STATUS_OK;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;

    *pushed = (struct pushed){ 0 };
    while (!status && (len = getline(&line, &cap, in)) > 0) {
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
            len--;
        if (len > 0)
            status = take_line(pushed, (struct slice){ (const uint8_t *)line, (size_t)len });
    }
    if (!status && ferror(in))
        status = err_set(STATUS_IO, "stdin: %s", strerror(errno));
    free(line);
    if (!status && !pushed->updates && !pushed->deletions)
        status = take_variables(pushed);
    pushed->range.revisions = pushed->revisions;
    pushed->range.not_refs = pushed->receives;
    pushed->range.not_remotes = !pushed->receives;
    pushed->range.remote = remote ? remote : getenv("PRE_COMMIT_REMOTE_NAME");
    pushed->range.lenient = true;
    if (status)
        pushed_release(pushed);
    return status;
}

void pushed_release(struct pushed *pushed)
{
    arena_release(&pushed->arena);
    free(pushed->revisions);
    *pushed = (struct pushed){ 0 };
}
