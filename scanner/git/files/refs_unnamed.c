/*
 * refs_unnamed.c - objects that a git folder names without a ref: HEAD's kin, reflogs, the index.
 *
 * A reflog or an index with a broken part still gives the ids before it, and nothing that they name
 * is opened.
 */
#include "git/files/index.h"
#include "git/files/refs_private.h"
#include "git/store/content.h"

/* Every id that a line of `path` begins with. */
static enum status take_lines(struct reading *reading, const char *path)
{
    struct slice rest, line;
    struct object_id id;
    enum status status = refs_text(reading, path, &rest);

    while (!status && slice_line(&rest, &line))
        if (id_parse(&id, line))
            status = refs_add(reading, &id, TIP_PSEUDO, NULL);
    return status;
}

/* Lines "OLD NEW Name <mail> …". */
static enum status take_log(struct reading *reading, const char *path, const char *name)
{
    struct slice rest, line;
    enum status status = refs_text(reading, path, &rest);

    (void)name;
    while (!status && slice_line(&rest, &line)) {
        struct object_id id;

        if (!id_parse(&id, line))
            continue;
        status = refs_add(reading, &id, TIP_LOG, NULL);
        if (!status && line.len > ID_DIGITS &&
            id_parse(&id, slice_sub(line, ID_DIGITS + 1, line.len)))
            status = refs_add(reading, &id, TIP_LOG, NULL);
    }
    return status;
}

static enum status take_index(struct reading *reading, const char *path)
{
    struct slice text;
    struct index index;
    enum status status = refs_text(reading, path, &text);

    if (status || !text.ptr)
        return status;
    status = index_parse(&index, &reading->text);
    if (status && status != STATUS_NOMEM)
        status = refs_trouble(reading, path, err_text());
    for (uint32_t i = 0; !status && i < index.count; i++)
        if ((index.entries[i].mode & MODE_MASK) != MODE_SUBMODULE)
            status = refs_add(reading, index.entries[i].id, TIP_INDEX, NULL);
    index_release(&index);
    return status;
}

/* HEAD, ORIG_HEAD, FETCH_HEAD, MERGE_HEAD, …, the index, and the parts that a split one shares. */
static enum status take_file(struct reading *reading, const char *path, const char *name)
{
    size_t len = strlen(name);

    if (len >= 4 && !strcmp(name + len - 4, "HEAD"))
        return take_lines(reading, path);
    if (!strcmp(name, "index") || !strncmp(name, "sharedindex.", 12))
        return take_index(reading, path);
    return STATUS_OK;
}

enum status refs_take_unnamed(struct reading *reading, const char *git)
{
    enum status status = refs_each(reading, git, take_file);

    return status ? status : refs_walk(reading, git, "logs", take_log);
}
