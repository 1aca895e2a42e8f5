/*
 * help.c - help texts for a terminal.
 */
#include "command/help.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "command/help_text.h"
#include "command/option_table.h"

enum { COLUMNS = 80, SHORT_INDENT = 28, LONG_INDENT = 8 };

/* Words of `text` in lines to COLUMNS; the cursor is at `column` now, further lines at `indent`. */
static void put_wrapped(FILE *out, const char *text, int column, int indent)
{
    bool first = true;

    while (*text) {
        size_t len = strcspn(text, " \n");

        if (!first && (text[-1] == '\n' || column + 1 + (int)len > COLUMNS)) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += (int)len;
        text += len + (text[len] != 0);
        first = false;
    }
    fputc('\n', out);
}

/* "-f, --format FORMAT"; how many columns it takes. */
static int put_names(FILE *out, const struct option_row *row)
{
    int n = row->letter ? fprintf(out, "-%c, --%s", row->letter, row->name)
                        : fprintf(out, "    --%s", row->name);

    return row->value ? n + fprintf(out, " %s", row->value) : n;
}

/* What the option does, and the words that it takes, with the default one marked. */
static void put_help(FILE *out, const struct option_row *row, int indent)
{
    char text[512];
    size_t len = (size_t)snprintf(text, sizeof(text), "%s", row->help);

    for (unsigned i = 0; row->words && row->words[i] && len < sizeof(text); i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s", i ? ", " : ": ",
                                row->words[i], i ? "" : " (default)");
    put_wrapped(out, text, indent, indent);
}

static void print_short(FILE *out, const struct option_row *row)
{
    int column = 2;

    fputs("  ", out);
    column += put_names(out, row);
    if (column >= SHORT_INDENT) {
        fputc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", SHORT_INDENT - column, "");
    put_help(out, row, SHORT_INDENT);
}

static void print_long(FILE *out, const struct option_row *row)
{
    fputs("  ", out);
    put_names(out, row);
    fprintf(out, "\n%*s", LONG_INDENT, "");
    put_help(out, row, LONG_INDENT);
    if (row->more) {
        fprintf(out, "%*s", LONG_INDENT, "");
        put_wrapped(out, row->more, LONG_INDENT, LONG_INDENT);
    }
    fputc('\n', out);
}

static void print_options(FILE *out, unsigned of, bool whole)
{
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < option_row_count; i++) {
        if (!(option_rows[i].commands & of))
            continue;
        if (whole)
            print_long(out, &option_rows[i]);
        else
            print_short(out, &option_rows[i]);
    }
}

static void print_commands(FILE *out)
{
    fputs("\nCommands:\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_row *row = &command_rows[i];
        int column =
            fprintf(out, "  %s%s%s", row->name, row->arguments[0] ? " " : "", row->arguments);

        if (column >= SHORT_INDENT) {
            fputc('\n', out);
            column = 0;
        }
        fprintf(out, "%*s", SHORT_INDENT - column, "");
        put_wrapped(out, row->help, SHORT_INDENT, SHORT_INDENT);
    }
}

static void print_statuses(FILE *out)
{
    fputs("\nExit status:\n", out);
    for (const struct help_row *row = help_statuses; row->name; row++) {
        fprintf(out, "  %s  ", row->name);
        put_wrapped(out, row->text, 5, 5);
    }
}

static void print_overview(FILE *out, bool whole)
{
    put_wrapped(out, help_description, 0, 0);
    fputs("\nUsage: leaktrawl COMMAND [OPTION...] [ARGUMENT...]\n", out);
    print_commands(out);
    if (whole)
        print_options(out, UINT_MAX, false);
    print_statuses(out);
    fputs("\n\"leaktrawl help COMMAND\" tells all about a command, \"leaktrawl COMMAND -h\" its "
          "options in short.\n",
          out);
}

static void print_command(FILE *out, const struct command_row *row, bool whole)
{
    fprintf(out, "Usage: leaktrawl %s%s%s\n", row->name, row->arguments[0] ? " " : "",
            row->arguments);
    put_wrapped(out, row->help, 0, 0);
    if (whole && row->more) {
        fputc('\n', out);
        put_wrapped(out, row->more, 0, 0);
    }
    print_options(out, 1u << (row - command_rows), whole);
}

/* Is `typed` the command's name, or the first word of it? */
static bool is_called(const struct command_row *row, const char *typed)
{
    size_t len = strlen(typed);

    return strncmp(row->name, typed, len) == 0 && (!row->name[len] || row->name[len] == ' ');
}

void help_print(FILE *out, const char *command, bool whole)
{
    bool further = false;

    if (!command)
        print_overview(out, whole);
    for (size_t i = 0; command && i < COMMAND_COUNT; i++) {
        if (!is_called(&command_rows[i], command))
            continue;
        fputs(further ? "\n" : "", out);
        print_command(out, &command_rows[i], whole);
        further = true;
    }
}
