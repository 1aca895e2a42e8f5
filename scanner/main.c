/*
 * main.c - from the command line to the command that does it.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/command.h"
#include "command/option_table.h"
#include "command/say.h"

/*
 * What libarchive asks the C library, before there are threads. In the locale C it drops names that
 * it knows as Unicode and that are not ASCII. It wants the local time of every member of a zip
 * file, for which /etc/localtime is looked at each time, under a lock, unless TZ names it.
 */
static void prepare_library(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
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
    prepare_library();
    result = options.help ? command_help(&options) : command_rows[options.command].run(&options);
    options_release(&options);
    if (fflush(stdout) || ferror(stdout)) {
        say("stdout: %s", strerror(errno));
        result = EXIT_TROUBLE;
    }
    return result;
}
