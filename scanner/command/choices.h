/*
 * choices.h - what the options mean once the environment and configuration files have been heard.
 *
 * Typed over environment over the work tree's .leaktrawl.json (or the file of --config) over the
 * user's own file; what comes later fills in only what was not given, and lists are not joined.
 *
 * Which files are read is decided by the current folder, never by what is scanned: the innermost
 * work tree that holds it, or else that folder itself. In a bare repository, or inside of `.git`,
 * no tree's file is read.
 *
 * May include: base, config_file.h. Threads: the main thread.
 */
#ifndef COMMAND_CHOICES_H
#define COMMAND_CHOICES_H

#include "command/config_file.h"

enum { CHOICES_FILES_MAX = 2 };

struct choices {
    struct options options;               /* the typed ones, filled in */
    const char *files[CHOICES_FILES_MAX]; /* that were read: file_count of them */
    size_t file_count;
};

/*
 * Fill in `typed`, which must outlive the choices. `tree`: a file of the work tree may be read.
 * On success the caller releases `*choices`. Else a status with a text that names the variable,
 * or the file, its line and column: a mistake in a file is never passed over.
 */
enum status choices_init(struct choices *choices, const struct options *typed, bool tree);

void choices_release(struct choices *choices);

/* What --config FILE would read: its folder is what paths and patterns in it count from. */
struct config_file choices_named_file(struct arena *arena, const char *path);

/* The work tree's file, whether it exists or not. Its path is NULL where none is read here. */
struct config_file choices_tree_file(struct arena *arena);

#endif
