/*
 * refs.c - loose and packed refs, HEAD, reflogs and the ids in an index.
 *
 * The files are read as they lie, without a library: a reflog or an index with a broken part still
 * gives the ids before it, and nothing that they name is opened.
 */
#include "git/files/refs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "git/files/index.h"
#include "git/store/content.h"

enum { FOLDERS_DEEP = 64 };

struct reading {
    struct refs *refs;
    const char *target;
    struct outcome *outcome;
    struct id_map seen; /* tips without a name: reflogs say every id twice and more */
    struct buf text;
};

static enum status trouble(struct reading *reading, const char *path, const char *what)
{
    outcome_trouble(reading->outcome, SKIP_UNREADABLE, reading->target, path, "%s", what);
    return STATUS_OK;
}

static enum status add_tip(struct reading *reading, const struct object_id *id, enum tip_kind kind,
                           const char *name)
{
    struct refs *refs = reading->refs;
    struct tip *tip;

    if (!name) {
        enum status status = id_is_zero(id) ? STATUS_STOPPED : id_map_add(&reading->seen, id, 0);

        if (status)
            return status == STATUS_STOPPED ? STATUS_OK : status;
    }
    if (refs->tip_count == refs->tip_cap) {
        size_t cap = refs->tip_cap ? refs->tip_cap * 2 : 64;
        struct tip *grown = realloc(refs->tips, cap * sizeof(*grown));

        if (!grown)
            return err_nomem();
        refs->tips = grown;
        refs->tip_cap = cap;
    }
    tip = &refs->tips[refs->tip_count];
    *tip = (struct tip){ .id = *id, .kind = kind, .name = name ? strdup(name) : NULL };
    if (name && !tip->name)
        return err_nomem();
    tip->remote = name && !strncmp(name, "refs/remotes/", strlen("refs/remotes/"));
    refs->tip_count++;
    return STATUS_OK;
}

/* Read `path`; what goes wrong but memory is a trouble, and then *good is false. */
static enum status read_text(struct reading *reading, const char *path, bool *good)
{
    enum status status = file_read(&reading->text, path, LIMIT_GIT_FILE_BYTES);

    *good = status == STATUS_OK;
    if (status == STATUS_NOMEM || status == STATUS_OK)
        return status;
    return status == STATUS_ABSENT ? STATUS_OK : trouble(reading, path, err_text());
}

/* --- walking folders --- */

/* Called with the file's path, and its path below the folder that the walk began in. */
typedef enum status file_fn(struct reading *reading, const char *path, const char *name);

static enum status walk(struct reading *reading, const char *folder, const char *name,
                        unsigned depth, file_fn *fn)
{
    DIR *dir = opendir(folder);
    enum status status = STATUS_OK;
    struct dirent *entry;

    if (!dir) {
        if (errno == ENOENT || errno == ENOTDIR)
            return STATUS_OK;
        return trouble(reading, folder, strerror(errno));
    }
    while (!status && (entry = readdir(dir))) {
        char *path, *inner;
        struct stat st;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        path = path_join(folder, entry->d_name);
        inner = path_join(name, entry->d_name);
        if (!path || !inner)
            status = err_nomem();
        else if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && depth < FOLDERS_DEEP)
            status = walk(reading, path, inner, depth + 1, fn);
        else
            status = fn(reading, path, inner);
        free(path);
        free(inner);
    }
    closedir(dir);
    return status;
}

/* Walk `folder`/`name`, naming files from `name` on. */
static enum status walk_below(struct reading *reading, const char *folder, const char *name,
                              file_fn *fn)
{
    char *path = path_join(folder, name);
    enum status status = path ? walk(reading, path, name, 0, fn) : err_nomem();

    free(path);
    return status;
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
    bool good;
    enum status status;

    if (is_lock(name))
        return STATUS_OK;
    status = read_text(reading, path, &good);
    text = buf_view(&reading->text);
    if (status || !good || slice_starts(text, SLICE("ref:")))
        return status; /* what a symbolic ref names is a ref of its own */
    if (!id_parse(&id, text) || (text.len > ID_DIGITS && text.ptr[ID_DIGITS] > ' '))
        return trouble(reading, path, "the ref cannot be read");
    return add_tip(reading, &id, TIP_REF, name);
}

/* Lines "ID NAME"; a line "^ID" says what the tag before it peels to. */
static enum status take_packed_refs(struct reading *reading, const char *common)
{
    char *path = path_join(common, "packed-refs");
    bool good = false, damaged = false;
    enum status status = path ? read_text(reading, path, &good) : err_nomem();
    struct slice rest = good ? buf_view(&reading->text) : (struct slice){ 0 }, line;

    while (!status && line_next(&rest, &line)) {
        struct object_id id;
        char *name;

        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '^')
            continue;
        if (!id_parse(&id, line) || line.len < ID_DIGITS + 2 || line.ptr[ID_DIGITS] != ' ' ||
            memchr(line.ptr, 0, line.len)) {
            damaged = true;
            continue;
        }
        name = strndup((const char *)line.ptr + ID_DIGITS + 1, line.len - ID_DIGITS - 1);
        status = name ? add_tip(reading, &id, TIP_REF, name) : err_nomem();
        if (!status)
            reading->refs->tips[reading->refs->tip_count - 1].packed = true;
        free(name);
    }
    if (damaged)
        trouble(reading, path, "some of its refs cannot be read");
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
    size_t kept = 0;

    if (refs->tip_count)
        qsort(refs->tips, refs->tip_count, sizeof(*refs->tips), cmp_tip);
    for (size_t i = 0; i < refs->tip_count; i++) {
        if (i == 0 || strcmp(refs->tips[i - 1].name, refs->tips[i].name))
            kept++;
    }
    refs->ref_count = kept;
}

/* --- HEAD and its like --- */

/* Of a ref with both a loose and a packed value the loose one counts, so look at the file first. */
static enum status resolve_head(struct reading *reading, const struct layout *layout,
                                const char *name)
{
    char *path = path_join(layout->common, name);
    bool good = false;
    enum status status = path ? read_text(reading, path, &good) : err_nomem();

    free(path);
    if (status || (good && id_parse(&reading->refs->head, buf_view(&reading->text))))
        return status;
    for (size_t i = 0; i < reading->refs->tip_count; i++)
        if (!strcmp(reading->refs->tips[i].name, name))
            reading->refs->head = reading->refs->tips[i].id;
    return STATUS_OK;
}

static enum status take_head(struct reading *reading, const struct layout *layout)
{
    char *path = path_join(layout->git, "HEAD");
    bool good = false;
    enum status status = path ? read_text(reading, path, &good) : err_nomem();
    struct slice text = buf_view(&reading->text), line = { 0 };

    if (good && slice_starts(text, SLICE("ref:"))) {
        char *name = NULL;

        line_next(&text, &line);
        line = slice_sub(line, strlen("ref:"), line.len);
        while (line.len && line.ptr[0] == ' ')
            line = slice_sub(line, 1, line.len);
        while (line.len && line.ptr[line.len - 1] <= ' ')
            line.len--;
        name = strndup(line.len ? (const char *)line.ptr : "", line.len);
        status = !name          ? err_nomem()
                 : *name == '/' ? STATUS_OK
                                : resolve_head(reading, layout, name);
        free(name);
    } else if (good && !id_parse(&reading->refs->head, text)) {
        status = trouble(reading, path, "the ref cannot be read");
    }
    free(path);
    return status;
}

/* Every id that a line of `path` begins with. */
static enum status take_lines(struct reading *reading, const char *path)
{
    bool good;
    enum status status = read_text(reading, path, &good);
    struct slice rest = good ? buf_view(&reading->text) : (struct slice){ 0 }, line;
    struct object_id id;

    while (!status && line_next(&rest, &line))
        if (id_parse(&id, line))
            status = add_tip(reading, &id, TIP_PSEUDO, NULL);
    return status;
}

/* HEAD, ORIG_HEAD, FETCH_HEAD, MERGE_HEAD, … of a git folder. */
static enum status take_heads(struct reading *reading, const char *git)
{
    DIR *dir = opendir(git);
    enum status status = STATUS_OK;
    struct dirent *entry;

    while (!status && dir && (entry = readdir(dir))) {
        size_t len = strlen(entry->d_name);
        char *path;

        if (len < 4 || strcmp(entry->d_name + len - 4, "HEAD"))
            continue;
        path = path_join(git, entry->d_name);
        status = path ? take_lines(reading, path) : err_nomem();
        free(path);
    }
    if (dir)
        closedir(dir);
    return status;
}

/* --- reflogs --- */

/* Lines "OLD NEW Name <mail> …". */
static enum status take_log(struct reading *reading, const char *path, const char *name)
{
    bool good;
    enum status status = read_text(reading, path, &good);
    struct slice rest = good ? buf_view(&reading->text) : (struct slice){ 0 }, line;

    (void)name;
    while (!status && line_next(&rest, &line)) {
        struct object_id id;

        if (!id_parse(&id, line))
            continue;
        status = add_tip(reading, &id, TIP_LOG, NULL);
        if (!status && line.len > ID_DIGITS &&
            id_parse(&id, slice_sub(line, ID_DIGITS + 1, line.len)))
            status = add_tip(reading, &id, TIP_LOG, NULL);
    }
    return status;
}

/* --- the index --- */

static enum status take_index(struct reading *reading, const char *path)
{
    struct index index;
    bool good;
    enum status status = read_text(reading, path, &good);

    if (status || !good)
        return status;
    status = index_parse(&index, &reading->text);
    if (status && status != STATUS_NOMEM)
        status = trouble(reading, path, err_text());
    for (uint32_t i = 0; !status && i < index.count; i++)
        if ((index.entries[i].mode & MODE_MASK) != MODE_SUBMODULE)
            status = add_tip(reading, index.entries[i].id, TIP_INDEX, NULL);
    index_release(&index);
    return status;
}

/* "index", and the parts that a split index shares. */
static enum status take_indexes(struct reading *reading, const char *git)
{
    DIR *dir = opendir(git);
    enum status status = STATUS_OK;
    struct dirent *entry;

    while (!status && dir && (entry = readdir(dir))) {
        char *path;

        if (strcmp(entry->d_name, "index") && strncmp(entry->d_name, "sharedindex.", 12))
            continue;
        path = path_join(git, entry->d_name);
        status = path ? take_index(reading, path) : err_nomem();
        free(path);
    }
    if (dir)
        closedir(dir);
    return status;
}

/* --- the depth of a shallow clone --- */

static enum status take_shallow(struct reading *reading, const char *common)
{
    char *path = path_join(common, "shallow");
    bool good = false;
    enum status status = path ? read_text(reading, path, &good) : err_nomem();
    struct slice rest = good ? buf_view(&reading->text) : (struct slice){ 0 }, line;
    struct object_id id;

    free(path);
    while (!status && line_next(&rest, &line))
        if (id_parse(&id, line) && !id_is_zero(&id) &&
            id_map_add(&reading->refs->shallow, &id, 0) == STATUS_NOMEM)
            status = STATUS_NOMEM;
    return status;
}

/* --- the whole --- */

static enum status take_folder(struct reading *reading, const char *git)
{
    enum status status = take_heads(reading, git);

    if (!status)
        status = walk_below(reading, git, "logs", take_log);
    return status ? status : take_indexes(reading, git);
}

/* The folders of linked work trees: each has its own HEAD, log, index and a few refs. */
static enum status take_worktrees(struct reading *reading, const char *common)
{
    char *path = path_join(common, "worktrees");
    DIR *dir = path ? opendir(path) : NULL;
    enum status status = path ? STATUS_OK : err_nomem();
    struct dirent *entry;

    while (!status && dir && (entry = readdir(dir))) {
        char *git;

        if (entry->d_name[0] == '.')
            continue;
        git = path_join(path, entry->d_name);
        status = git ? take_folder(reading, git) : err_nomem();
        free(git);
    }
    if (dir)
        closedir(dir);
    free(path);
    return status;
}

enum status refs_read(struct refs *refs, const struct layout *layout, const char *target,
                      struct outcome *outcome)
{
    struct reading reading = { .refs = refs, .target = target, .outcome = outcome };
    enum status status;

    *refs = (struct refs){ 0 };
    status = walk_below(&reading, layout->common, "refs", take_ref);
    if (!status && strcmp(layout->common, layout->git))
        status = walk_below(&reading, layout->git, "refs", take_ref);
    if (!status)
        status = take_packed_refs(&reading, layout->common);
    if (!status) {
        sort_refs(refs);
        status = take_head(&reading, layout);
    }
    if (!status)
        status = take_folder(&reading, layout->common);
    if (!status && strcmp(layout->common, layout->git))
        status = take_folder(&reading, layout->git);
    if (!status)
        status = take_worktrees(&reading, layout->common);
    if (!status)
        status = take_shallow(&reading, layout->common);
    id_map_release(&reading.seen);
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
            status = add_tip(&reading, &ref->id, TIP_REF, ref->name);
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
