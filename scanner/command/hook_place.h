/*
 * hook_place.h - where a repository keeps its hooks, as git itself says. The one place that runs
 * git.
 *
 * May include: base. Threads: the main thread.
 */
#ifndef COMMAND_HOOK_PLACE_H
#define COMMAND_HOOK_PLACE_H

#include "base/buf.h"

struct hook_place {
    struct buf text; /* what git printed, its line ends made NUL */
    const char *hooks;
    bool bare;
    bool shared; /* the folder is not this repository's: core.hooksPath leads elsewhere */
};

/*
 * Ask git in the folder `repository`. STATUS_OK; STATUS_IO, with a text, where git cannot be run or
 * names no folder; STATUS_NOMEM. `place` is to be released in any case.
 */
enum status hook_place_find(struct hook_place *place, const char *repository);

/* Drop what it holds. */
void hook_place_release(struct hook_place *place);

#endif
