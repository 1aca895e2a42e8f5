/* worktree.c - from a folder upwards, by names alone. */
#include "git/worktree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

char *worktree_root(const char *folder)
{
    char *path = realpath(folder, NULL);
    size_t len = path ? strlen(path) : 0;

    while (len > 0) {
        struct buf git = { 0 };
        struct stat st;
        bool found;

        path[len] = 0;
        buf_printf(&git, "%s/.git", len > 1 ? path : "");
        found = !buf_status(&git) && lstat(buf_cstr(&git), &st) == 0;
        if (found) {
            buf_truncate(&git, git.len - strlen(".git"));
            free(path);
            return (char *)git.ptr;
        }
        buf_release(&git);
        while (len > 0 && path[len - 1] != '/')
            len--;
        len -= len > 0;
    }
    free(path);
    return NULL;
}
