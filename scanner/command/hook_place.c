/* hook_place.c - what git prints about a repository's hooks. */
#include "command/hook_place.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What git prints for these words, to be released. Its complaints stay the user's to read. */
static enum status ask_git(struct buf *out, const char *const words[])
{
    posix_spawn_file_actions_t actions;
    int ends[2], state = -1, error;
    pid_t child = -1;
    ssize_t n = 1;

    if (pipe(ends))
        return err_set(STATUS_IO, "git: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    error = posix_spawnp(&child, "git", &actions, NULL, (char *const *)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    while (!error && n > 0) {
        uint8_t bytes[4096];

        n = read(ends[0], bytes, sizeof(bytes));
        if (n > 0)
            buf_append(out, (struct slice){ bytes, (size_t)n });
    }
    close(ends[0]);
    if (error)
        return err_set(STATUS_IO, "git: %s", strerror(error));
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(state) || WEXITSTATUS(state))
        return err_set(STATUS_IO, "git does not say where its hooks are");
    return buf_status(out);
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return len && strncmp(path, folder, len) == 0 && (path[len] == '/' || !path[len]);
}

/* The next line of `*at`, which then begins behind it. "" at the end. */
static const char *next_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');

    *at = end ? end + 1 : line + strlen(line);
    if (end)
        *end = 0;
    return line;
}

/*
 * git itself says where it looks for hooks: core.hooksPath may stand in any of its configuration
 * files, in their includes and in the environment.
 */
enum status hook_place_find(struct hook_place *place, const char *repository)
{
    const char *const ask[] = { "git",
                                "-C",
                                repository,
                                "rev-parse",
                                "--path-format=absolute",
                                "--is-bare-repository",
                                "--git-common-dir",
                                "--git-path",
                                "hooks",
                                NULL };
    const char *const ask_top[] = { "git", "-C", repository, "rev-parse", "--show-toplevel", NULL };
    struct buf top = { 0 };
    const char *common;
    enum status status;
    char *at;

    *place = (struct hook_place){ 0 };
    status = ask_git(&place->text, ask);
    if (!status && !place->text.len)
        status = err_set(STATUS_IO, "%s: git names no folder for hooks", repository);
    if (status)
        return status;
    at = (char *)place->text.ptr;
    place->bare = strcmp(next_line(&at), "true") == 0;
    common = next_line(&at);
    place->hooks = next_line(&at);
    if (!place->bare && ask_git(&top, ask_top) == STATUS_OK && top.len) {
        at = (char *)top.ptr;
        next_line(&at);
    }
    place->shared = !is_below(place->hooks, common) && !is_below(place->hooks, buf_cstr(&top));
    buf_release(&top);
    return place->hooks[0] == '/'
               ? STATUS_OK
               : err_set(STATUS_IO, "%s: git names no folder for hooks", repository);
}

void hook_place_release(struct hook_place *place)
{
    buf_release(&place->text);
}
