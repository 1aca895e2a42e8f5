/*
 * generate.c - the commands `help` and `generate`: texts out of the table of options.
 */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "command/command.h"
#include "command/help.h"
#include "command/say.h"

int command_help(const struct options *options)
{
    if (help_print(stdout, options->help_topic, options->help_long))
        return EXIT_CLEAN;
    say("unknown command \"%s\"", options->help_topic);
    return EXIT_TROUBLE;
}

int command_generate(const struct options *options)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out);
    } kinds[] = {
        { "man", help_print_manual },
        { "bash", help_print_bash },
        { "zsh", help_print_zsh },
        { "fish", help_print_fish },
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(options->arguments[0], kinds[i].name) == 0) {
            kinds[i].print(stdout);
            return EXIT_CLEAN;
        }
    }
    say("\"%s\" is not one of man, bash, zsh, fish", options->arguments[0]);
    return EXIT_TROUBLE;
}
