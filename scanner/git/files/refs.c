/*
 * refs.c - what has a name: loose and packed refs and HEAD; and the sum of all that is named.
 */
#include "git/files/refs.h"

#include <stdlib.h>

#include "base/array.h"
#include "git/files/refs_private.h"

enum status refs_add(struct reading *reading, const struct object_id *id, enum tip_kind kind,
                     const char *name)
{
    struct refs *refs = reading->refs;
    struct id_map *seen = kind == TIP_INDEX ? &reading->seen_in_index : &reading->seen;
    enum status status = STATUS_OK;
    struct tip *tips, tip = { .id = *id, .kind = kind };

    if (!name)
        status = id_is_zero(id) ? STATUS_STOPPED : id_map_add(seen, id, 0);
    if (status)
        return status == STATUS_STOPPED ? STATUS_OK : status;
    tips = array_room(refs->tips, refs->tip_count, &refs->tip_cap, sizeof(*tips));
    if (!tips)
        return err_nomem();
    refs->tips = tips;
    if (name && !(tip.name = strdup(name)))
        return err_nomem();
    tip.remote = name && !strncmp(name, "refs/remotes/", strlen("refs/remotes/"));
    tips[refs->tip_count++] = tip;
    return STATUS_OK;
}

/* --- refs --- */

static bool is_lock(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && strcmp(name + len - 5, ".lock") == 0;
}

static enum status take_ref(struct reading *reading, const char *path, const char *name)
{
    struct object_id id;
    struct slice text;
    enum status status;

    if (is_lock(name))
        return STATUS_OK;
    status = refs_text(reading, path, &text);
    if (status || !text.ptr || slice_starts(text, SLICE("ref:")))
        return status; /* what a symbolic ref names is a ref of its own */
    if (!id_parse(&id, text) || (text.len > ID_DIGITS && text.ptr[ID_DIGITS] > ' '))
        return refs_trouble(reading, path, "the ref cannot be read");
    return refs_add(reading, &id, TIP_REF, name);
}

/* A line "ID NAME". False: it is damaged. */
static bool parse_packed(struct slice line, struct object_id *id)
{
    return id_parse(id, line) && line.len >= ID_DIGITS + 2 && line.ptr[ID_DIGITS] == ' ' &&
           !memchr(line.ptr, 0, line.len);
}

static enum status add_packed(struct reading *reading, const struct object_id *id,
                              struct slice name)
{
    char *text = strndup((const char *)name.ptr, name.len);
    enum status status = text ? refs_add(reading, id, TIP_REF, text) : err_nomem();

    if (!status)
        reading->refs->tips[reading->refs->tip_count - 1].packed = true;
    free(text);
    return status;
}

/* A line "^ID" says what the tag before it peels to. */
static enum status take_packed_refs(struct reading *reading, const char *common)
{
    char *path = path_join(common, "packed-refs");
    struct slice rest, line;
    bool damaged = false;
    enum status status = path ? refs_text(reading, path, &rest) : err_nomem();

    while (!status && slice_line(&rest, &line)) {
        struct object_id id;

        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '^')
            continue;
        if (parse_packed(line, &id))
            status = add_packed(reading, &id, slice_sub(line, ID_DIGITS + 1, line.len));
        else
            damaged = true;
    }
    if (damaged)
        refs_trouble(reading, path, "some of its refs cannot be read");
    free(path);
    return status;
}

static int cmp_tip(const void *a, const void *b)
{
    const struct tip *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    order = order ? order : (int)left->packed - (int)right->packed;
    return order ? order : id_cmp(&left->id, &right->id);
}

/* Sort the refs by name. A packed ref that a loose one replaced stays: it names objects too. */
static void sort_refs(struct refs *refs)
{
    if (refs->tip_count)
        qsort(refs->tips, refs->tip_count, sizeof(*refs->tips), cmp_tip);
    refs->ref_count = 0;
    for (size_t i = 0; i < refs->tip_count; i++)
        refs->ref_count += i == 0 || strcmp(refs->tips[i - 1].name, refs->tips[i].name) != 0;
}

/* --- HEAD --- */

/* Of a ref with both a loose and a packed value the loose one counts, so look at the file first. */
static enum status resolve_head(struct reading *reading, const struct layout *layout,
                                const char *name)
{
    struct slice text;
    enum status status = refs_text_in(reading, layout->common, name, &text);

    if (status || id_parse(&reading->refs->head, text))
        return status;
    for (size_t i = 0; i < reading->refs->tip_count; i++)
        if (!strcmp(reading->refs->tips[i].name, name))
            reading->refs->head = reading->refs->tips[i].id;
    return STATUS_OK;
}

/* `text` is what HEAD holds: "ref: refs/heads/main". */
static enum status follow_head(struct reading *reading, const struct layout *layout,
                               struct slice text)
{
    struct slice line;
    enum status status = STATUS_OK;
    char *name;

    slice_line(&text, &line);
    line = slice_sub(line, strlen("ref:"), line.len);
    while (line.len && line.ptr[0] == ' ')
        line = slice_sub(line, 1, line.len);
    while (line.len && line.ptr[line.len - 1] <= ' ')
        line.len--;
    name = strndup(line.len ? (const char *)line.ptr : "", line.len);
    if (!name)
        return err_nomem();
    if (*name != '/')
        status = resolve_head(reading, layout, name);
    free(name);
    return status;
}

static enum status take_head(struct reading *reading, const struct layout *layout)
{
    char *path = path_join(layout->git, "HEAD");
    struct slice text;
    enum status status = path ? refs_text(reading, path, &text) : err_nomem();

    if (!status && slice_starts(text, SLICE("ref:")))
        status = follow_head(reading, layout, text);
    else if (!status && text.ptr && !id_parse(&reading->refs->head, text))
        status = refs_trouble(reading, path, "the ref cannot be read");
    free(path);
    return status;
}

/* --- the whole --- */

/* The depth of a shallow clone. */
static enum status take_shallow(struct reading *reading, const char *common)
{
    struct slice rest, line;
    struct object_id id;
    enum status status = refs_text_in(reading, common, "shallow", &rest);

    while (!status && slice_line(&rest, &line))
        if (id_parse(&id, line) && !id_is_zero(&id) &&
            id_map_add(&reading->refs->shallow, &id, 0) == STATUS_NOMEM)
            status = STATUS_NOMEM;
    return status;
}

/* The folder of a linked work tree: each has its own HEAD, log, index and a few refs. */
static enum status take_worktree(struct reading *reading, const char *git, const char *name)
{
    return name[0] == '.' ? STATUS_OK : refs_take_unnamed(reading, git);
}

static enum status take_worktrees(struct reading *reading, const char *common)
{
    char *path = path_join(common, "worktrees");
    enum status status = path ? refs_each(reading, path, take_worktree) : err_nomem();

    free(path);
    return status;
}

enum status refs_read(struct refs *refs, const struct layout *layout, const char *target,
                      struct outcome *outcome)
{
    struct reading reading = { .refs = refs, .target = target, .outcome = outcome };
    enum status status;

    *refs = (struct refs){ 0 };
    status = refs_walk(&reading, layout->common, "refs", take_ref);
    if (!status && strcmp(layout->common, layout->git))
        status = refs_walk(&reading, layout->git, "refs", take_ref);
    if (!status)
        status = take_packed_refs(&reading, layout->common);
    if (!status) {
        sort_refs(refs);
        status = take_head(&reading, layout);
    }
    if (!status)
        status = refs_take_unnamed(&reading, layout->common);
    if (!status && strcmp(layout->common, layout->git))
        status = refs_take_unnamed(&reading, layout->git);
    if (!status)
        status = take_worktrees(&reading, layout->common);
    if (!status)
        status = take_shallow(&reading, layout->common);
    id_map_release(&reading.seen);
    id_map_release(&reading.seen_in_index);
    buf_release(&reading.text);
    if (status)
        refs_release(refs);
    return status;
}

enum status refs_of_bundle(struct refs *refs, struct bundle *bundle)
{
    struct reading reading = { .refs = refs };
    enum status status = STATUS_OK;

    *refs = (struct refs){ .before = bundle->before };
    bundle->before = (struct id_map){ 0 };
    for (size_t i = 0; !status && i < bundle->ref_count; i++) {
        const struct bundle_ref *ref = &bundle->refs[i];

        if (!strcmp(ref->name, "HEAD"))
            refs->head = ref->id;
        else
            status = refs_add(&reading, &ref->id, TIP_REF, ref->name);
    }
    sort_refs(refs);
    if (status)
        refs_release(refs);
    return status;
}

enum status refs_head(struct object_id *head, const struct layout *layout)
{
    struct outcome ignored = { 0 };
    struct refs refs = { 0 };
    struct reading reading = { .refs = &refs, .outcome = &ignored };
    enum status status = take_packed_refs(&reading, layout->common);

    if (!status)
        status = take_head(&reading, layout);
    *head = refs.head;
    outcome_release(&ignored);
    buf_release(&reading.text);
    refs_release(&refs);
    return status;
}

void refs_release(struct refs *refs)
{
    for (size_t i = 0; i < refs->tip_count; i++)
        free(refs->tips[i].name);
    free(refs->tips);
    id_map_release(&refs->shallow);
    id_map_release(&refs->before);
    *refs = (struct refs){ 0 };
}
