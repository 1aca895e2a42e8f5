/*
 * main.c - from the command line to the command that does it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/say.h"

static int print_help(const char *topic)
{
    if (options_print_help(stdout, topic))
        return EXIT_CLEAN;
    say("unknown command \"%s\"", topic);
    return EXIT_TROUBLE;
}

static int run(const struct options *options)
{
    if (options->help)
        return print_help(options->help_topic);
    switch (options->command) {
    case COMMAND_MERGE:
        return command_merge(options);
    case COMMAND_RULES_LIST:
        return command_rules_list(options);
    case COMMAND_RULES_CHECK:
        return command_rules_check(options);
    case COMMAND_VERSION:
        return command_version();
    default:
        return command_scan(options);
    }
}

int main(int argc, char **argv)
{
    struct options options;
    int result;

    if (options_parse(&options, argc, argv)) {
        say("%s (see leaktrawl --help)", err_text());
        return EXIT_TROUBLE;
    }
    result = run(&options);
    options_release(&options);
    if (fflush(stdout) || ferror(stdout)) {
        say("stdout: %s", strerror(errno));
        result = EXIT_TROUBLE;
    }
    return result;
}
