/*
 * paths.h - paths as a tree of names, each path one number.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef GIT_PATHS_H
#define GIT_PATHS_H

#include "base/arena.h"
#include "git/store/id.h"

/* The number of the empty path. */
enum { PATH_ROOT = 0 };

struct path_step {
    uint32_t parent, name; /* the path before the last name, and that name */
};

/* {0} is a valid empty set. */
struct paths {
    struct arena arena; /* of the names */
    struct slice *names;
    uint32_t name_count, name_cap;
    uint32_t *name_table; /* open-addressed: name + 1, or 0; name_table_cap a power of two */
    uint32_t name_table_cap;
    struct path_step *steps; /* of path i + 1 */
    uint32_t step_count;
    size_t step_cap;
    struct id_map step_of; /* keyed by the two numbers of a step */
};

/* The number of a name, which is copied. STATUS_OK or STATUS_NOMEM. */
enum status paths_name(struct paths *paths, struct slice name, uint32_t *number);

/* The number of the path `parent` followed by `name`. STATUS_OK or STATUS_NOMEM. */
enum status paths_step(struct paths *paths, uint32_t parent, uint32_t name, uint32_t *number);

/*
 * The text of a path, names joined by slashes, in `arena`. NULL in *out where it is longer than
 * LIMIT_GIT_PATH_BYTES. STATUS_OK or STATUS_NOMEM.
 */
enum status paths_text(const struct paths *paths, uint32_t path, struct arena *arena,
                       const char **out);

void paths_release(struct paths *paths);

#endif
