/* paths.c - names and steps are looked up by content, so equal paths have equal numbers. */
#include "git/graph/paths.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/limits.h"

/* Names come from the repository; the table's address, which it cannot know, begins the hash. */
static uint32_t hash(const void *seed, struct slice name)
{
    uint64_t hash = (uint64_t)(uintptr_t)seed;

    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ name.ptr[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 7);
}

static uint32_t *slot_of(const struct paths *paths, struct slice name)
{
    uint32_t mask = paths->name_table_cap - 1, i = hash(paths->name_table, name) & mask;

    while (paths->name_table[i] && !slice_eq(paths->names[paths->name_table[i] - 1], name))
        i = (i + 1) & mask;
    return &paths->name_table[i];
}

static enum status grow_names(struct paths *paths)
{
    uint32_t cap = paths->name_cap ? paths->name_cap * 2 : 64;
    struct slice *names = realloc(paths->names, cap * sizeof(*names));
    uint32_t *table;

    if (!names)
        return err_nomem();
    paths->names = names;
    table = calloc(cap * (size_t)2, sizeof(*table));
    if (!table)
        return err_nomem();
    free(paths->name_table);
    paths->name_cap = cap;
    paths->name_table = table;
    paths->name_table_cap = cap * 2;
    for (uint32_t i = 0; i < paths->name_count; i++)
        *slot_of(paths, paths->names[i]) = i + 1;
    return STATUS_OK;
}

enum status paths_name(struct paths *paths, struct slice name, uint32_t *number)
{
    uint32_t *slot;
    struct slice copy;

    if (paths->name_count == paths->name_cap) {
        enum status status = grow_names(paths);

        if (status)
            return status;
    }
    slot = slot_of(paths, name);
    if (!*slot) {
        copy = arena_copy(&paths->arena, name);
        if (!copy.ptr)
            return err_nomem();
        paths->names[paths->name_count++] = copy;
        *slot = paths->name_count;
    }
    *number = *slot - 1;
    return STATUS_OK;
}

enum status paths_step(struct paths *paths, uint32_t parent, uint32_t name, uint32_t *number)
{
    struct object_id key = { .byte[ID_BYTES - 1] = 1 };
    struct path_step *grown;
    uint32_t *found;
    enum status status;

    memcpy(key.byte, &parent, sizeof(parent));
    memcpy(key.byte + sizeof(parent), &name, sizeof(name));
    found = id_map_find(&paths->step_of, &key);
    if (found) {
        *number = *found;
        return STATUS_OK;
    }
    grown = array_room(paths->steps, paths->step_count, &paths->step_cap, sizeof(*grown));
    if (!grown)
        return err_nomem();
    paths->steps = grown;
    status = id_map_add(&paths->step_of, &key, paths->step_count + 1);
    if (status)
        return status;
    paths->steps[paths->step_count++] = (struct path_step){ parent, name };
    *number = paths->step_count;
    return STATUS_OK;
}

enum status paths_text(const struct paths *paths, uint32_t path, struct arena *arena,
                       const char **out)
{
    size_t len = 0;
    char *text;

    *out = NULL;
    for (uint32_t at = path; at != PATH_ROOT; at = paths->steps[at - 1].parent) {
        len += paths->names[paths->steps[at - 1].name].len + 1;
        if (len > LIMIT_GIT_PATH_BYTES)
            return STATUS_OK;
    }
    text = arena_alloc(arena, len + 1);
    if (!text)
        return err_nomem();
    /* Filled from its end; the slash before the first name is overwritten by the NUL's place. */
    for (uint32_t at = path; at != PATH_ROOT; at = paths->steps[at - 1].parent) {
        struct slice name = paths->names[paths->steps[at - 1].name];

        text[--len] = at == path ? 0 : '/';
        len -= name.len;
        if (name.len)
            memcpy(text + len, name.ptr, name.len);
    }
    *out = text;
    return STATUS_OK;
}

void paths_release(struct paths *paths)
{
    arena_release(&paths->arena);
    free(paths->names);
    free(paths->name_table);
    free(paths->steps);
    id_map_release(&paths->step_of);
    *paths = (struct paths){ 0 };
}
