/*
 * manual.c - the manual page, in the macros of man(7).
 */
#include <stdint.h>
#include <string.h>

#include "base/version.h"
#include "command/help.h"
#include "command/help_text.h"
#include "command/option_table.h"

enum { TAKERS_MAX = 5 };

/* A line of text: what roff would take for a request or a hyphen is escaped. */
static void put_text(FILE *out, const char *text)
{
    bool begins = true;

    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        begins = *text == '\n';
    }
    fputc('\n', out);
}

static void put_bold(FILE *out, const char *text)
{
    fputs("\\fB", out);
    for (; *text; text++)
        fprintf(out, *text == '-' ? "\\-" : "%c", *text);
    fputs("\\fR", out);
}

static void put_rows(FILE *out, const char *title, const struct help_row *rows)
{
    fprintf(out, ".SH %s\n", title);
    for (; rows->name; rows++) {
        fputs(".TP\n", out);
        put_bold(out, rows->name);
        fputc('\n', out);
        put_text(out, rows->text);
    }
}

static void put_commands(FILE *out)
{
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_row *row = &command_rows[i];

        fputs(".TP\n", out);
        put_bold(out, row->name);
        fprintf(out, " %s\n", row->arguments);
        put_text(out, row->help);
        if (row->more) {
            fputs(".IP\n", out);
            put_text(out, row->more);
        }
    }
}

/* The commands that take it, unless most do. */
static void put_takers(FILE *out, unsigned commands)
{
    unsigned n = 0, done = 0;

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        n += commands >> i & 1;
    if (!n || n > TAKERS_MAX)
        return;
    fputs(".IP\nOf ", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!(commands >> i & 1))
            continue;
        if (done)
            fputs(done + 1 == n ? " and " : ", ", out);
        put_bold(out, command_rows[i].name);
        done++;
    }
    fputs(".\n", out);
}

static void put_option(FILE *out, const struct option_row *row)
{
    char name[64];

    fputs(".TP\n", out);
    if (row->letter) {
        snprintf(name, sizeof(name), "-%c", row->letter);
        put_bold(out, name);
        fputs(", ", out);
    }
    snprintf(name, sizeof(name), "--%s", row->name);
    put_bold(out, name);
    if (row->value)
        fprintf(out, " \\fI%s\\fR", row->value);
    fputc('\n', out);
    put_text(out, row->help);
    for (unsigned i = 0; row->words && row->words[i]; i++) {
        fputs(i ? ",\n" : ":\n", out);
        put_bold(out, row->words[i]);
        fputs(i ? "" : " (the default)", out);
    }
    fputs(row->words ? ".\n" : "", out);
    if (row->more) {
        fputs(".IP\n", out);
        put_text(out, row->more);
    }
    put_takers(out, row->commands);
}

static void put_examples(FILE *out)
{
    fputs(".SH EXAMPLES\n", out);
    for (const struct help_row *row = help_examples; row->name; row++) {
        fputs(".PP\n", out);
        put_text(out, row->text);
        fputs(".PP\n.RS 4\n.nf\n", out);
        put_text(out, row->name);
        fputs(".fi\n.RE\n", out);
    }
}

void help_print_manual(FILE *out)
{
    fprintf(out, ".TH LEAKTRAWL 1 \"\" \"leaktrawl %s\" \"User Commands\"\n", LEAKTRAWL_VERSION);
    fputs(".SH NAME\nleaktrawl \\- find leaked AWS credentials\n"
          ".SH SYNOPSIS\n\\fBleaktrawl\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] "
          "[\\fIARGUMENT\\fR...]\n.SH DESCRIPTION\n",
          out);
    put_text(out, help_description);
    put_commands(out);
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < option_row_count; i++)
        put_option(out, &option_rows[i]);
    put_rows(out, "EXIT STATUS", help_statuses);
    put_rows(out, "ENVIRONMENT", help_environment);
    put_rows(out, "FILES", help_files);
    put_examples(out);
}
