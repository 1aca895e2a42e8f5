/*
 * hook.c - the commands `hook install` and `hook uninstall`.
 *
 * A hook of ours is a small shell script that a line of it marks as ours. What was there before is
 * kept beside it and runs first; where a folder NAME.d is there, the script goes into that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/replace.h"
#include "command/command.h"
#include "command/hook_place.h"
#include "command/say.h"

#define MARK "# A hook of leaktrawl, made by \"leaktrawl hook install\".\n"
#define KEPT ".before-leaktrawl"

struct hook {
    const char *name;
    const char *command; /* of leaktrawl, as the script says it */
    bool lines;          /* git writes lines to its stdin */
    const char *without; /* how a person goes on without it */
};

static const struct hook hooks[] = {
    [HOOK_PRE_COMMIT] = { "pre-commit", "staged", false, "git commit --no-verify goes without" },
    [HOOK_PRE_PUSH] = { "pre-push", "pushed --remote \"$1\"", true,
                        "git push --no-verify goes without" },
    [HOOK_PRE_RECEIVE] = { "pre-receive", "pushed", true, "tell who runs this server" },
};
enum { HOOK_COUNT = COUNT_OF(hooks) };

/* --- the script --- */

/* In single quotes, as a shell reads it. */
static void put_quoted(struct buf *out, const char *text)
{
    buf_byte(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_text(out, "'\\''");
        else
            buf_byte(out, (uint8_t)*text);
    }
    buf_byte(out, '\'');
}

/* Tools that start git without the user's PATH find the program where it is now. */
static void put_program(struct buf *out)
{
    char *self = realpath("/proc/self/exe", NULL);

    buf_text(out, "program=");
    put_quoted(out, self ? self : "leaktrawl");
    buf_text(out, "\n[ -x \"$program\" ] || program=leaktrawl\n");
    free(self);
}

static enum status put_script(struct buf *out, const struct hook *hook)
{
    buf_text(out, "#!/bin/sh\n" MARK "# \"leaktrawl hook uninstall\" takes it away.\n\n");
    put_program(out);
    buf_printf(out,
               "if ! command -v \"$program\" >/dev/null 2>&1; then\n"
               "    echo '%s: leaktrawl is not installed, so nothing was looked at (%s)' >&2\n"
               "    exit 1\n"
               "fi\n"
               "before=\"$0" KEPT "\"\n",
               hook->name, hook->without);
    if (hook->lines)
        buf_printf(out,
                   "lines=$(cat)\n"
                   "say_lines() { [ -z \"$lines\" ] || printf '%%s\\n' \"$lines\"; }\n"
                   "if [ -x \"$before\" ]; then\n"
                   "    say_lines | \"$before\" \"$@\" || exit\n"
                   "fi\n"
                   "say_lines | \"$program\" %s -q\n",
                   hook->command);
    else
        buf_printf(out,
                   "if [ -x \"$before\" ]; then\n"
                   "    \"$before\" \"$@\" || exit\n"
                   "fi\n"
                   "exec \"$program\" %s -q\n",
                   hook->command);
    return buf_status(out);
}

/* --- files --- */

enum found { FOUND_NOTHING, FOUND_OURS, FOUND_OTHER };

/* Does `text` stand near the file's beginning? */
static bool mentions(const char *path, const char *text)
{
    char bytes[4096];
    FILE *file = fopen(path, "re");
    size_t n;

    if (!file)
        return false;
    n = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return memmem(bytes, n, text, strlen(text)) != NULL;
}

static enum found look_at(const char *path)
{
    struct stat st;

    if (lstat(path, &st))
        return FOUND_NOTHING;
    return mentions(path, MARK) ? FOUND_OURS : FOUND_OTHER;
}

/*
 * Programs that make hooks anew whenever they are run, and so would drop ours; or whose hooks go by
 * the name of their file, which does not outlive being kept. NULL: none of them.
 */
static const char *manager_of(const char *path)
{
    if (strstr(path, "/.husky/_/"))
        return "husky";
    if (mentions(path, "lefthook"))
        return "lefthook";
    return mentions(path, "overcommit") ? "overcommit" : NULL;
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/*
 * The file for our script: FOLDER/NAME, or FOLDER/NAME.d/leaktrawl where a hook is there that runs
 * what is in that folder, as servers' do.
 */
static enum status name_file(struct buf *path, const char *folder, const struct hook *hook)
{
    buf_printf(path, "%s/%s.d", folder, hook->name);
    if (buf_status(path))
        return buf_status(path);
    if (is_folder(buf_cstr(path))) {
        size_t len = path->len;

        buf_truncate(path, len - 2);
        if (look_at(buf_cstr(path)) == FOUND_OTHER) {
            buf_text(path, ".d/leaktrawl");
            return buf_status(path);
        }
    } else {
        buf_truncate(path, path->len - 2);
    }
    return buf_status(path);
}

static enum status write_script(const char *path, const struct hook *hook)
{
    struct buf script = { 0 };
    struct replace file;
    enum status status = put_script(&script, hook);

    if (!status && !(status = replace_open(&file, path, 0777))) {
        fwrite(script.ptr, 1, script.len, file.file);
        status = replace_commit(&file);
    }
    if (!status && chmod(path, 0755))
        status = err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    buf_release(&script);
    return status;
}

/* Move another's hook out of the way. Its place in the chain may be taken already. */
static enum status keep_other(const char *path, bool force)
{
    struct buf kept = { 0 };
    enum status status = STATUS_OK;

    buf_printf(&kept, "%s" KEPT, path);
    if (!(status = buf_status(&kept)) && !force && access(buf_cstr(&kept), F_OK) == 0)
        status = err_set(STATUS_INVALID,
                         "%s: %s is there already; --force overwrites it with the hook that is in "
                         "its place now",
                         path, buf_cstr(&kept));
    if (!status && rename(path, buf_cstr(&kept)))
        status = err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    if (!status)
        printf("%s: what was there is kept as %s and runs first\n", path, buf_cstr(&kept));
    buf_release(&kept);
    return status;
}

static enum status install(const struct hook_place *place, const struct hook *hook, bool force)
{
    struct buf path = { 0 };
    enum status status = name_file(&path, place->hooks, hook);
    enum found found = status ? FOUND_NOTHING : look_at(buf_cstr(&path));
    const char *manager = found == FOUND_OTHER && !force ? manager_of(buf_cstr(&path)) : NULL;

    if (manager)
        status =
            err_set(STATUS_INVALID,
                    "%s: %s makes this hook, and would make it anew without leaktrawl: tell %s "
                    "to run \"leaktrawl %s\" (--force to install all the same)",
                    buf_cstr(&path), manager, manager, hook->command);
    if (!status && found == FOUND_OTHER)
        status = keep_other(buf_cstr(&path), force);
    if (!status)
        status = write_script(buf_cstr(&path), hook);
    if (!status)
        printf("%s: %s\n", buf_cstr(&path), found == FOUND_OURS ? "renewed" : "installed");
    buf_release(&path);
    return status;
}

/* Take ours away and put back what was there before it. `*removed` counts. */
static enum status uninstall(const char *path, size_t *removed)
{
    struct buf kept = { 0 };
    enum status status = STATUS_OK;

    if (look_at(path) != FOUND_OURS)
        return STATUS_OK;
    buf_printf(&kept, "%s" KEPT, path);
    status = buf_status(&kept);
    if (!status && unlink(path))
        status = err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    if (!status) {
        bool back = rename(buf_cstr(&kept), path) == 0;

        printf("%s: removed%s\n", path, back ? "; the hook from before is back" : "");
        ++*removed;
    }
    buf_release(&kept);
    return status;
}

static enum status uninstall_one(const struct hook_place *place, const struct hook *hook,
                                 size_t *removed)
{
    static const char *const forms[] = { "%s/%s", "%s/%s.d/leaktrawl" };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < 2 && !status; i++) {
        struct buf path = { 0 };

        buf_printf(&path, forms[i], place->hooks, hook->name);
        if (!(status = buf_status(&path)))
            status = uninstall(buf_cstr(&path), removed);
        buf_release(&path);
    }
    return status;
}

/* --- the commands --- */

static const char *repository_of(const struct options *options)
{
    return options->argument_count ? options->arguments[0] : ".";
}

static enum status make_folder(const char *path)
{
    if (mkdir(path, 0777) && errno != EEXIST)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    return STATUS_OK;
}

int command_hook_install(const struct options *options)
{
    struct hook_place place;
    unsigned type = options->hook_type;
    enum status status = hook_place_find(&place, repository_of(options));

    if (!status && place.shared && !options->force)
        status = err_set(STATUS_INVALID,
                         "%s: core.hooksPath leads there, out of this repository, and others may "
                         "use it too (--force to install there)",
                         place.hooks);
    if (!status)
        status = make_folder(place.hooks);
    if (type == HOOK_AUTO)
        type = place.bare ? HOOK_PRE_RECEIVE : HOOK_PRE_COMMIT;
    if (!status)
        status = install(&place, &hooks[type], options->force);
    hook_place_release(&place);
    return status ? complain() : EXIT_CLEAN;
}

int command_hook_uninstall(const struct options *options)
{
    struct hook_place place;
    enum status status = hook_place_find(&place, repository_of(options));
    size_t removed = 0;

    for (unsigned i = HOOK_AUTO + 1; i < HOOK_COUNT && !status; i++)
        if (options->hook_type == HOOK_AUTO || options->hook_type == i)
            status = uninstall_one(&place, &hooks[i], &removed);
    if (!status && !removed)
        printf("%s: no hook of leaktrawl is there\n", place.hooks);
    hook_place_release(&place);
    return status ? complain() : EXIT_CLEAN;
}
