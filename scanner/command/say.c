/*
 * say.c - lines on stderr, and what the environment says of the terminal.
 */
#include "command/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/printable.h"

void say(const char *format, ...)
{
    struct buf line = { 0 };
    char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printable_text(&line, slice_of(text));
    fprintf(stderr, "leaktrawl: %s\n", buf_cstr(&line));
    buf_release(&line);
}

int complain(void)
{
    say("%s", err_text());
    return EXIT_TROUBLE;
}

static bool env_is_set(const char *name)
{
    const char *value = getenv(name);

    return value && value[0];
}

static bool env_is_on(const char *name)
{
    return env_is_set(name) && strcmp(getenv(name), "0") != 0;
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");

    return !term || !term[0] || strcmp(term, "dumb") == 0;
}

bool wants_colour(enum when when, int fd)
{
    if (when != WHEN_AUTO)
        return when == WHEN_ALWAYS;
    if (env_is_set("NO_COLOR"))
        return false;
    if (env_is_on("CLICOLOR_FORCE") || env_is_on("FORCE_COLOR"))
        return true;
    if (is_dumb() || (env_is_set("CLICOLOR") && !env_is_on("CLICOLOR")))
        return false;
    return isatty(fd);
}

bool wants_progress(enum when when)
{
    if (when != WHEN_AUTO)
        return when == WHEN_ALWAYS;
    return isatty(STDERR_FILENO) && !is_dumb();
}
