/*
 * beneath.h - open a path below a folder without ever leaving it.
 *
 * May include: base. Threads: pure.
 */
#ifndef SOURCE_BENEATH_H
#define SOURCE_BENEATH_H

/*
 * Open the folder `path` (relative, without `.` and `..`; "" is `root` itself) below the folder
 * `root`, following no symbolic link on the way. Any length. Returns a descriptor that is the
 * caller's to close, or -1 with errno set (ELOOP: a link was on the way).
 */
int beneath_open_folder(int root, const char *path);

#endif
