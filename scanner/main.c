/*
 * main.c - from the command line to the command that does it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/command.h"
#include "command/option_table.h"
#include "command/say.h"

/*
 * libarchive asks for the local time of every member of a zip file, and the C library then looks at
 * /etc/localtime each time, under a lock, unless TZ names it.
 */
static void name_time_zone(void)
{
    setenv("TZ", ":/etc/localtime", 0);
    tzset();
}

int main(int argc, char **argv)
{
    struct options options;
    int result;

    if (options_parse(&options, argc, argv)) {
        say("%s (see leaktrawl --help)", err_text());
        return EXIT_TROUBLE;
    }
    name_time_zone();
    result = options.help ? command_help(&options) : command_rows[options.command].run(&options);
    options_release(&options);
    if (fflush(stdout) || ferror(stdout)) {
        say("stdout: %s", strerror(errno));
        result = EXIT_TROUBLE;
    }
    return result;
}
