/*
 * complete.c - completions for shells.
 *
 * The shells' scripts hold the table's words only; what a file or a repository is called is the
 * shell's to complete. Behind `help` stands what may stand at the beginning.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "command/help.h"
#include "command/option_table.h"

/* The first words of commands, each once. */
static bool is_first_of_its_word(size_t command)
{
    size_t len = strcspn(command_rows[command].name, " ");

    for (size_t i = 0; i < command; i++)
        if (strncmp(command_rows[i].name, command_rows[command].name, len) == 0 &&
            strcspn(command_rows[i].name, " ") == len)
            return false;
    return true;
}

static void put_words(FILE *out, const char *const *words)
{
    for (unsigned i = 0; words[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", words[i]);
}

/* The first words of all commands, with a space behind each. */
static void put_first_words(FILE *out)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (is_first_of_its_word(i))
            fprintf(out, "%.*s ", (int)strcspn(command_rows[i].name, " "), command_rows[i].name);
}

/* The second word of `name` where its first is that of `command`; else NULL. */
static const char *second_word(const char *name, size_t command)
{
    size_t len = strcspn(command_rows[command].name, " ");

    if (strncmp(name, command_rows[command].name, len) != 0 || name[len] != ' ')
        return NULL;
    return name + len + 1;
}

/* What may stand behind the command's first word, or its argument, where that is a word of some. */
static void put_second_words(FILE *out, size_t command)
{
    const char *const *words = command_rows[command].words;
    const char *space = "", *word;

    for (size_t i = 0; !words && i < COMMAND_COUNT; i++) {
        if (!(word = second_word(command_rows[i].name, command)))
            continue;
        fprintf(out, "%s%s", space, word);
        space = " ";
    }
    if (words)
        put_words(out, words);
}

static bool has_second_words(size_t command)
{
    return command_rows[command].words || strchr(command_rows[command].name, ' ');
}

/* Inside of single quotes, as all three shells read it; what `also` names gets a backslash. */
static void put_inside(FILE *out, const char *text, const char *also)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fprintf(out, strchr(also, *text) ? "\\%c" : "%c", *text);
    }
}

static void put_quoted(FILE *out, const char *text, const char *also)
{
    fputc('\'', out);
    put_inside(out, text, also);
    fputc('\'', out);
}

/* --- bash --- */

static void put_bash_options(FILE *out, size_t command)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (option_rows[i].commands >> command & 1)
            fprintf(out, " --%s", option_rows[i].name);
}

static void put_bash_values(FILE *out)
{
    fputs("    case $before in\n", out);
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];

        if (row->kind == KIND_ON)
            continue;
        if (row->letter)
            fprintf(out, "    -%c|", row->letter);
        else
            fputs("    ", out);
        fprintf(out, "--%s) ", row->name);
        if (row->words) {
            fputs("COMPREPLY=($(compgen -W '", out);
            put_words(out, row->words);
            fputs("' -- \"$word\")); return;;\n", out);
        } else if (row->kind == KIND_TEXT) {
            fputs("COMPREPLY=($(compgen -f -- \"$word\")); return;;\n", out);
        } else {
            fputs("return;;\n", out);
        }
    }
    fputs("    esac\n", out);
}

void help_print_bash(FILE *out)
{
    fputs("# Completions of leaktrawl for bash, made by \"leaktrawl generate bash\".\n"
          "_leaktrawl() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local first=${COMP_WORDS[1]} second=${COMP_WORDS[2]} options=\n"
          "    if [ \"$word\" = = ]; then\n"
          "        word=\n"
          "    elif [ \"$before\" = = ]; then\n"
          "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    fi\n"
          "    local at=$COMP_CWORD help=\n"
          "    if [ \"$first\" = help ] && [ \"$at\" -gt 1 ]; then\n"
          "        first=$second second=${COMP_WORDS[3]} at=$((at - 1)) help=1\n"
          "    fi\n"
          "    if [ \"$at\" -eq 1 ]; then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    put_first_words(out);
    fputs("--help --version' -- \"$word\"))\n        return\n    fi\n", out);
    put_bash_values(out);
    fputs("    [ \"$help\" ] || case \"$first $second\" in\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = command_rows[i].name;

        fprintf(out, strchr(name, ' ') ? "    '%s'*) options='" : "    '%s '*) options='", name);
        put_bash_options(out, i);
        fputs("';;\n", out);
    }
    fputs("    esac\n    if [ \"$at\" -eq 2 ]; then\n        case $first in\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!has_second_words(i) || !is_first_of_its_word(i))
            continue;
        fprintf(out, "        %.*s) options='", (int)strcspn(command_rows[i].name, " "),
                command_rows[i].name);
        put_second_words(out, i);
        fputs("';;\n", out);
    }
    fputs("        esac\n    fi\n"
          "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
          "    [ -n \"$COMPREPLY$help\" ] || COMPREPLY=($(compgen -f -- \"$word\"))\n"
          "}\n"
          "complete -o filenames -F _leaktrawl leaktrawl\n",
          out);
}

/* --- zsh --- */

static void put_zsh_option(FILE *out, const struct option_row *row)
{
    fputs("        ", out);
    if (row->letter)
        fprintf(out, "'(-%c --%s)'{-%c,--%s%s}", row->letter, row->name, row->letter, row->name,
                row->value ? "=" : "");
    else
        fprintf(out, "--%s%s", row->name, row->value ? "=" : "");
    fputs("'[", out);
    put_inside(out, row->help, "[]:\\");
    fputc(']', out);
    if (row->value)
        fprintf(out, ":%s:", row->value);
    if (row->words) {
        fputc('(', out);
        put_words(out, row->words);
        fputc(')', out);
    } else if (row->kind == KIND_TEXT) {
        fputs("_files", out);
    }
    fputc('\'', out);
    fputs(" \\\n", out);
}

static void put_zsh_command(FILE *out, size_t command)
{
    fputs("    ", out);
    put_quoted(out, command_rows[command].name, "");
    fputs(")\n        _arguments -s \\\n", out);
    for (size_t i = 0; i < option_row_count; i++)
        if (option_rows[i].commands >> command & 1)
            put_zsh_option(out, &option_rows[i]);
    fputs("        '*:file:_files'\n        ;;\n", out);
}

/* A line of an array for _describe: a word and what it is. */
static void put_zsh_word(FILE *out, int indent, const char *word, size_t len, const char *help)
{
    fprintf(out, "%*s'%.*s:", indent, "", (int)len, word);
    put_inside(out, help, "");
    fputs("'\n", out);
}

/* The words behind a first one, and in `command` both. */
static void put_zsh_second_words(FILE *out, size_t command)
{
    const char *name = command_rows[command].name;
    int len = (int)strcspn(name, " ");

    fprintf(out, "    %.*s)\n        commands=(\n", len, name);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *word = second_word(command_rows[i].name, command);

        if (word)
            put_zsh_word(out, 12, word, strlen(word), command_rows[i].help);
    }
    for (size_t i = 0; command_rows[command].words && command_rows[command].words[i]; i++)
        fprintf(out, "            %s\n", command_rows[command].words[i]);
    fputs("        )\n        (( CURRENT == 3 )) && { _describe command commands; return }\n", out);
    if (name[len])
        fputs("        command=\"$command ${words[3]}\"\n", out);
    fputs("        ;;\n", out);
}

void help_print_zsh(FILE *out)
{
    fputs("#compdef leaktrawl\n"
          "# Completions of leaktrawl for zsh, made by \"leaktrawl generate zsh\".\n"
          "_leaktrawl() {\n"
          "    local -a commands\n"
          "    local command=${words[2]} help=\n"
          "    if [[ $command == help ]] && (( CURRENT > 2 )); then\n"
          "        shift words\n"
          "        (( CURRENT-- ))\n"
          "        command=${words[2]} help=1\n"
          "    fi\n"
          "    commands=(\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = command_rows[i].name;

        if (is_first_of_its_word(i))
            put_zsh_word(out, 8, name, strcspn(name, " "),
                         strchr(name, ' ') ? command_rows[i].about : command_rows[i].help);
    }
    fputs("    )\n"
          "    (( CURRENT == 2 )) && { _describe command commands; return }\n"
          "    case $command in\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (has_second_words(i) && is_first_of_its_word(i))
            put_zsh_second_words(out, i);
    fputs("    esac\n"
          "    [[ -n $help ]] && return\n"
          "    case $command in\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        put_zsh_command(out, i);
    fputs("    esac\n}\n_leaktrawl \"$@\"\n", out);
}

/* --- fish --- */

/* The condition under which a command's options are offered. */
static void put_fish_condition(FILE *out, unsigned commands)
{
    fputs(" -n '__fish_seen_subcommand_from", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands >> i & 1 && is_first_of_its_word(i))
            fprintf(out, " %.*s", (int)strcspn(command_rows[i].name, " "), command_rows[i].name);
    fputc('\'', out);
}

/* Offer the words behind a first one, until one of them stands there. */
static void put_fish_second_words(FILE *out, size_t command)
{
    const char *name = command_rows[command].name;

    fprintf(out,
            "complete -c leaktrawl -f -n '__fish_seen_subcommand_from %.*s; "
            "and not __fish_seen_subcommand_from ",
            (int)strcspn(name, " "), name);
    put_second_words(out, command);
    fputs("' -a '", out);
    put_second_words(out, command);
    fputs("'\n", out);
}

static void put_fish_commands(FILE *out)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = command_rows[i].name;

        if (!is_first_of_its_word(i))
            continue;
        fprintf(out, "complete -c leaktrawl -f -n __fish_use_subcommand -a %.*s -d ",
                (int)strcspn(name, " "), name);
        put_quoted(out, strchr(name, ' ') ? command_rows[i].about : command_rows[i].help, "\\");
        fputc('\n', out);
        if (has_second_words(i))
            put_fish_second_words(out, i);
    }
    fputs("complete -c leaktrawl -f -n '__fish_seen_subcommand_from help; "
          "and test (count (commandline -opc)) -eq 2' -a '",
          out);
    put_first_words(out);
    fputs("'\n", out);
}

void help_print_fish(FILE *out)
{
    fputs("# Completions of leaktrawl for fish, made by \"leaktrawl generate fish\".\n", out);
    put_fish_commands(out);
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];

        if (!row->commands)
            continue;
        fputs("complete -c leaktrawl", out);
        put_fish_condition(out, row->commands);
        fprintf(out, " -l %s", row->name);
        if (row->letter)
            fprintf(out, " -s %c", row->letter);
        if (row->kind != KIND_ON)
            fputs(row->kind == KIND_TEXT ? " -r" : " -x", out);
        if (row->words) {
            fputs(" -a '", out);
            put_words(out, row->words);
            fputc('\'', out);
        }
        fputs(" -d ", out);
        put_quoted(out, row->help, "\\");
        fputc('\n', out);
    }
}
