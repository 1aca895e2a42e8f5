/* library.c - one start for all threads. */
#include "git/library.h"

#include <git2.h>
#include <pthread.h>

#include "base/array.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started;

static void start(void)
{
    static const git_config_level_t levels[] = { GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL,
                                                 GIT_CONFIG_LEVEL_XDG,
                                                 GIT_CONFIG_LEVEL_PROGRAMDATA };

    started = git_libgit2_init();
    if (started < 0)
        return;
    for (size_t i = 0; i < COUNT_OF(levels); i++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, (int)levels[i], "");
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
}

enum status library_open(void)
{
    pthread_once(&once, start);
    return started < 0 ? err_set(STATUS_UNSUPPORTED, "libgit2 cannot be started") : STATUS_OK;
}
