/*
 * beneath.c - openat2(2) where the kernel has it, one folder at a time where it has not.
 */
#include "source/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* One call for up to PATH_MAX bytes. */
static int open_whole(int root, const char *path)
{
    struct open_how how = { .flags = FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Replace `*fd` by the folder `name` below it. */
static int descend(int *fd, int root, int next)
{
    int saved = errno;

    if (*fd != root)
        close(*fd);
    errno = saved;
    *fd = next;
    return next;
}

/* By pieces that end at a slash: of many components (`whole`), or of one. */
static int open_by_pieces(int root, const char *path, int whole)
{
    int fd = root;

    while (*path) {
        char piece[PATH_MAX];
        size_t len = strlen(path);

        if (len >= sizeof(piece) || !whole) {
            size_t reach = len < sizeof(piece) ? len : sizeof(piece) - 1;
            const char *slash = whole ? memrchr(path, '/', reach) : memchr(path, '/', reach);

            len = slash ? (size_t)(slash - path) : reach;
        }
        memcpy(piece, path, len);
        piece[len] = 0;
        if (descend(&fd, root, whole ? open_whole(fd, piece) : openat(fd, piece, FLAGS)) < 0)
            return -1;
        path += len + (path[len] == '/');
    }
    return fd;
}

int beneath_open_folder(int root, const char *path)
{
    int fd;

    if (!*path)
        return openat(root, ".", FLAGS);
    fd = open_by_pieces(root, path, 1);
    /* ENOSYS: before Linux 5.6. EPERM: a container's filter that does not know the call. */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = open_by_pieces(root, path, 0);
    return fd;
}
