/*
 * worktree.h - whose work tree is a folder in?
 *
 * Nothing of the repository is opened or believed: a folder that holds the name `.git` is the top.
 *
 * May include: base. Threads: none shared.
 */
#ifndef GIT_WORKTREE_H
#define GIT_WORKTREE_H

/*
 * The innermost folder at or above `folder` that holds `.git`: absolute, without links, with a
 * slash at its end, on the heap for the caller to free. NULL: there is none, or memory is out.
 */
char *worktree_root(const char *folder);

#endif
