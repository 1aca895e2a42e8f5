/*
 * main.c - from the command line to the command that does it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/option_table.h"
#include "command/say.h"

int main(int argc, char **argv)
{
    struct options options;
    int result;

    if (options_parse(&options, argc, argv)) {
        say("%s (see leaktrawl --help)", err_text());
        return EXIT_TROUBLE;
    }
    result = options.help ? command_help(&options) : command_rows[options.command].run(&options);
    options_release(&options);
    if (fflush(stdout) || ferror(stdout)) {
        say("stdout: %s", strerror(errno));
        result = EXIT_TROUBLE;
    }
    return result;
}
