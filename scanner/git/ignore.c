/*
 * ignore.c - libgit2's reading of .gitignore, one repository open at a time.
 *
 * A worker stays in one repository for long, so that the one it opened last is nearly always the
 * one asked for. Which repository a folder belongs to is found from its own path and remembered.
 */
#include "git/ignore.h"

#include <git2.h>
#include <stdlib.h>

#include "base/buf.h"
#include "git/library.h"
#include "git/worktree.h"

struct ignore {
    git_repository *repository; /* of `root`, or NULL where `folder` is in none */
    char *root;                 /* its work tree, with a slash at its end; "" is never one */
    char *folder;               /* the folder asked about last */
};

enum status ignore_new(struct ignore **out)
{
    enum status status = library_open();

    if (status)
        return status;
    *out = calloc(1, sizeof(**out));
    return *out ? STATUS_OK : err_nomem();
}

static void forget(struct ignore *ignore)
{
    git_repository_free(ignore->repository);
    free(ignore->root);
    free(ignore->folder);
    *ignore = (struct ignore){ 0 };
}

void ignore_free(struct ignore *ignore)
{
    if (!ignore)
        return;
    forget(ignore);
    free(ignore);
}

/* Make the repository that holds `folder` the open one. */
static void enter(struct ignore *ignore, const char *folder)
{
    char *root = worktree_root(folder);

    free(ignore->folder);
    ignore->folder = strdup(folder);
    if (root && ignore->root && strcmp(root, ignore->root) == 0) {
        free(root);
        return;
    }
    git_repository_free(ignore->repository);
    free(ignore->root);
    ignore->repository = NULL;
    ignore->root = root;
    if (root &&
        git_repository_open_ext(&ignore->repository, root, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL))
        ignore->repository = NULL;
}

/* The folder that holds `path`: ends with a slash, or is ".". */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

bool ignore_has(struct ignore *ignore, const char *path, bool folder)
{
    char *parent = folder_of(path);
    const char *name = strrchr(path, '/');
    struct buf below = { 0 };
    char *real = NULL;
    int ignored = 0;

    if (!parent)
        return false;
    if (!ignore->folder || strcmp(parent, ignore->folder) != 0)
        enter(ignore, parent);
    real = ignore->repository ? realpath(parent, NULL) : NULL;
    if (real) {
        /* libgit2 wants the path below the work tree, a folder's with a slash at its end. */
        size_t root = strlen(ignore->root);
        const char *inside = strlen(real) >= root ? real + root : "";

        buf_printf(&below, "%s%s%s%s", inside, inside[0] ? "/" : "", name ? name + 1 : path,
                   folder ? "/" : "");
        if (buf_status(&below) ||
            git_ignore_path_is_ignored(&ignored, ignore->repository, buf_cstr(&below)))
            ignored = 0;
    }
    buf_release(&below);
    free(real);
    free(parent);
    return ignored == 1;
}
