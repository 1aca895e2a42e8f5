/*
 * options.c - read a command line by the table of options.
 */
#include "command/options.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "command/option_check.h"
#include "command/option_table.h"
#include "command/option_value.h"
#include "command/similar.h"

static const struct option_row *find_name(const char *name, size_t len)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (strlen(option_rows[i].name) == len && memcmp(option_rows[i].name, name, len) == 0)
            return &option_rows[i];
    return NULL;
}

static const struct option_row *find_letter(char letter)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (letter && option_rows[i].letter == letter)
            return &option_rows[i];
    return NULL;
}

/* --- parsing --- */

struct parser {
    struct options *out;
    char **argv;
    int argc, at;
    bool version;
};

/* The option's value: behind `=`, in the rest of the word, or the next word. */
static enum status take_option(struct parser *p, const struct option_row *row, const char *attached,
                               const char *typed)
{
    if (row->offset == SIZE_MAX) {
        p->version = true;
        return STATUS_OK;
    }
    p->out->given[row - option_rows] = true;
    if (row->offset == offsetof(struct options, help))
        p->out->help_long = typed[1] == '-';
    if (row->kind == KIND_ON) {
        if (attached)
            return err_set(STATUS_INVALID, "%s takes no value", typed);
        return option_set(p->out, row, "true");
    }
    if (!attached && p->at == p->argc)
        return err_set(STATUS_INVALID, "%s needs a value (%s)", typed, row->value);
    if (option_set(p->out, row, attached ? attached : p->argv[p->at++]))
        return err_set(STATUS_INVALID, "--%s: %s", row->name, err_text());
    return STATUS_OK;
}

static enum status unknown_option(const char *typed)
{
    const char *names[OPTION_ROWS_MAX];
    const char *near = NULL;

    for (size_t i = 0; i < option_row_count; i++) {
        names[i] = option_rows[i].name;
        if (option_rows[i].elsewhere && strcmp(option_rows[i].elsewhere, typed + 2) == 0)
            near = names[i];
    }
    if (!near)
        near = similar_word(typed + 2, names, option_row_count);
    return err_set(STATUS_INVALID, "unknown option %s%s%s%s", typed,
                   near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
}

static enum status take_long(struct parser *p, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct option_row *row = find_name(word + 2, len - 2);
    char typed[64];

    snprintf(typed, sizeof(typed), "%.*s", (int)(len < 60 ? len : 60), word);
    if (!row)
        return unknown_option(typed);
    return take_option(p, row, equals ? equals + 1 : NULL, typed);
}

/* One word of letters: flags, of which the last may take a value. */
static enum status take_letters(struct parser *p, const char *word)
{
    for (const char *at = word + 1; *at;) {
        const struct option_row *row = find_letter(*at);
        char typed[] = { '-', *at++, 0 };
        bool value = row && row->kind != KIND_ON;
        enum status status;

        if (!row)
            return err_set(STATUS_INVALID, "unknown option %s", typed);
        status = take_option(p, row, value && *at ? at : NULL, typed);
        if (status || value)
            return status;
    }
    return STATUS_OK;
}

static enum status take_words(struct parser *p)
{
    bool only_arguments = false;

    while (p->at < p->argc) {
        const char *word = p->argv[p->at++];
        enum status status = STATUS_OK;

        if (only_arguments || word[0] != '-' || !word[1])
            p->out->arguments[p->out->argument_count++] = word;
        else if (strcmp(word, "--") == 0)
            only_arguments = true;
        else
            status = word[1] == '-' ? take_long(p, word) : take_letters(p, word);
        if (status)
            return status;
    }
    return STATUS_OK;
}

/* Does the argument list begin with the command's words? How many they are, or 0. */
static size_t command_words(const struct options *options, const char *name)
{
    const char *space = strchr(name, ' ');
    size_t first = space ? (size_t)(space - name) : strlen(name);
    const char *word = options->argument_count ? options->arguments[0] : "";

    if (strlen(word) != first || memcmp(word, name, first) != 0)
        return 0;
    if (!space)
        return 1;
    return options->argument_count > 1 && strcmp(options->arguments[1], space + 1) == 0 ? 2 : 0;
}

enum { SECOND_WORDS_SIZE = 128 };

/* Is `word` the first of a command's two? */
static bool is_first_word(const char *word, const char *name)
{
    size_t len = strlen(word);

    return len && strncmp(name, word, len) == 0 && name[len] == ' ';
}

/* What may follow a first word, as a list; empty where nothing may. */
static void list_second_words(const char *first, char list[static SECOND_WORDS_SIZE])
{
    *list = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (is_first_word(first, command_rows[i].name))
            snprintf(list + strlen(list), SECOND_WORDS_SIZE - strlen(list), "%s%s",
                     *list ? ", " : "", command_rows[i].name + strlen(first) + 1);
}

static enum status unknown_command(const struct options *options)
{
    const char *first = options->arguments[0];
    const char *second = options->argument_count > 1 ? options->arguments[1] : NULL;
    const char *names[COMMAND_COUNT];
    const char *near;
    char both[128], list[SECOND_WORDS_SIZE];
    struct stat st;

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = command_rows[i].name;
    near = similar_word(first, names, COMMAND_COUNT);
    snprintf(both, sizeof(both), "%s%s%s", first, second ? " " : "", second ? second : "");
    if (!near)
        near = similar_word(both, names, COMMAND_COUNT);
    if (near)
        return err_set(STATUS_INVALID, "unknown command \"%s\"; did you mean %s?", both, near);
    list_second_words(first, list);
    if (*list)
        return err_set(STATUS_INVALID, "%s%s%s\"%s\" needs one of %s",
                       second ? "unknown command \"" : "", second ? both : "", second ? "\"; " : "",
                       first, list);
    if (stat(first, &st) == 0)
        return err_set(STATUS_INVALID, "unknown command \"%s\"; to scan it: leaktrawl scan %s",
                       first, first);
    return err_set(STATUS_INVALID, "unknown command \"%s\"", both);
}

/* The first words name the command and go. */
static enum status take_command(struct options *options)
{
    size_t words = 0, c = 0;

    while (c < COMMAND_COUNT && !(words = command_words(options, command_rows[c].name)))
        c++;
    if (c == COMMAND_COUNT && !options->help)
        return unknown_command(options);
    options->command = c < COMMAND_COUNT ? (enum command)c : COMMAND_HELP;
    options->argument_count -= words;
    memmove(options->arguments, options->arguments + words,
            (options->argument_count + 1) * sizeof(*options->arguments));
    return STATUS_OK;
}

/* What the words after `help` name: a command, or all that begin with one word. */
static enum status find_topic(struct options *options)
{
    char list[SECOND_WORDS_SIZE];

    list_second_words(options->arguments[0], list);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (command_words(options, command_rows[i].name))
            options->help_topic = command_rows[i].name;
    if (!options->help_topic && options->argument_count == 1 && *list)
        options->help_topic = options->arguments[0];
    return options->help_topic ? STATUS_OK : unknown_command(options);
}

static enum status set_help_topic(struct options *options)
{
    if (options->command != COMMAND_HELP) {
        options->help_topic = options->help ? command_rows[options->command].name : NULL;
        return STATUS_OK;
    }
    options->help_long |= !options->help;
    options->help = true;
    return options->argument_count ? find_topic(options) : STATUS_OK;
}

enum status options_parse(struct options *out, int argc, char **argv)
{
    struct parser p = { .out = out, .argc = argc, .argv = argv, .at = 1 };
    enum status status;

    option_defaults(out);
    out->arguments = calloc((size_t)argc + 1, sizeof(*out->arguments));
    if (!out->arguments)
        return err_nomem();
    status = take_words(&p);
    if (!status && (p.version || !out->argument_count)) {
        bool asked = p.version || out->help;

        out->command = p.version ? COMMAND_VERSION : COMMAND_HELP;
        out->help = !p.version;
        status = asked ? STATUS_OK : err_set(STATUS_INVALID, "no command was given");
    } else if (!status) {
        status = take_command(out);
        if (!status)
            status = set_help_topic(out);
        if (!status && !out->help)
            status = option_check(out);
    }
    if (status)
        options_release(out);
    return status;
}

unsigned options_jobs(const struct options *options)
{
    long n = options->jobs ? (long)options->jobs : sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > (long)LIMIT_JOBS ? LIMIT_JOBS : (unsigned)n;
}

void options_release(struct options *options)
{
    free(options->arguments);
    arena_release(&options->memory);
    free(options->filters);
    *options = (struct options){ 0 };
}
