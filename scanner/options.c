/*
 * options.c - the tables of commands and options, and what reads them.
 */
#include "options.h"

#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- commands --- */

struct command_row {
    const char *name; /* one or two words */
    const char *arguments;
    size_t arguments_min, arguments_max;
    const char *help;
};

static const struct command_row commands[COMMAND_COUNT] = {
    [COMMAND_SCAN] = { "scan", "[TARGET...]", 0, SIZE_MAX,
                       "files, folders, git repositories and - for stdin; by default ." },
    [COMMAND_HISTORY] = { "history", "REPO [RANGE...]", 1, SIZE_MAX,
                          "a git repository's objects, all or what A..B, ^A, A brought in" },
    [COMMAND_STAGED] = { "staged", "[REPO]", 0, 1,
                         "what is staged and not in HEAD: for pre-commit hooks" },
    [COMMAND_PUSHED] = { "pushed", "[REPO]", 0, 1,
                         "what a push brings, by git's lines on stdin: for pre-push and "
                         "pre-receive" },
    [COMMAND_RULES_LIST] = { "rules list", "", 0, 0, "the rules" },
    [COMMAND_RULES_CHECK] = { "rules check", "FILE", 1, 1, "check a rule file" },
    [COMMAND_HELP] = { "help", "[COMMAND]", 0, 2, "this text, or a command's" },
    [COMMAND_VERSION] = { "version", "", 0, 0, "the version of the program and its libraries" },
};

/* --- options --- */

enum kind {
    KIND_ON,     /* no value; sets a bool */
    KIND_TEXT,   /* a const char * */
    KIND_NUMBER, /* a uint64_t in [min, max] */
    KIND_SIZE,   /* a uint64_t in bytes, with K, M or G */
    KIND_WORD,   /* an unsigned: which of `words` */
};

enum {
    WHOLE = 1u << COMMAND_SCAN | 1u << COMMAND_HISTORY,
    SCANNING = WHOLE | 1u << COMMAND_STAGED | 1u << COMMAND_PUSHED,
    ALL = (1u << COMMAND_COUNT) - 1
};

struct option_row {
    const char *name;
    char letter; /* 0: none */
    enum kind kind;
    unsigned commands; /* that take it, as bits */
    size_t offset;     /* in struct options */
    const char *value; /* how the help calls the value */
    const char *const *words;
    uint64_t min, max;
    const char *help;
};

static const char *const format_words[] = {
    [REPORT_TEXT] = "text", [REPORT_JSONL] = "jsonl", NULL
};
static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const fail_words[] = { "any", "pair", NULL };

#define AT(member) .offset = offsetof(struct options, member)

static const struct option_row rows[] = {
    { .name = "all",
      .kind = KIND_ON,
      .commands = 1u << COMMAND_HISTORY,
      AT(all_refs),
      .help = "the commits of every ref, with --since and ^A" },
    { .name = "all-objects",
      .kind = KIND_ON,
      .commands = WHOLE,
      AT(all_objects),
      .help = "git objects that no ref reaches too (the default for scan)" },
    { .name = "all-occurrences",
      .kind = KIND_ON,
      .commands = WHOLE | 1u << COMMAND_PUSHED,
      AT(all_occurrences),
      .help = "in history, every object that holds a credential" },
    { .name = "allow-empty",
      .kind = KIND_ON,
      .commands = SCANNING,
      AT(allow_empty),
      .help = "exit with 0 where there was nothing to scan" },
    { .name = "anchors",
      .kind = KIND_ON,
      .commands = 1u << COMMAND_RULES_LIST,
      AT(anchors),
      .help = "print the expressions that a scan looks for, one a line" },
    { .name = "archive-depth",
      .kind = KIND_NUMBER,
      .commands = WHOLE,
      AT(archive_depth),
      .value = "N",
      .min = 0,
      .max = 64,
      .help = "archives inside of one another that are opened (8); 0: none" },
    { .name = "branch",
      .kind = KIND_TEXT,
      .commands = 1u << COMMAND_HISTORY,
      AT(branch),
      .value = "NAME",
      .help = "the commits of this branch" },
    { .name = "color",
      .kind = KIND_WORD,
      .commands = ALL,
      AT(colour),
      .value = "WHEN",
      .words = when_words,
      .help = "colours in the text report" },
    { .name = "decode-only",
      .kind = KIND_ON,
      .commands = 1u << COMMAND_HISTORY,
      AT(decode_only),
      .help = "decode the git objects and look for nothing: for benchmarks" },
    { .name = "exit-code",
      .kind = KIND_NUMBER,
      .commands = SCANNING,
      AT(exit_code),
      .value = "N",
      .min = 0,
      .max = 255,
      .help = "the exit status where something was found (1)" },
    { .name = "fail-on",
      .kind = KIND_WORD,
      .commands = SCANNING,
      AT(fail_on),
      .value = "WHAT",
      .words = fail_words,
      .help = "what counts as found for the exit status" },
    { .name = "files-from",
      .kind = KIND_TEXT,
      .commands = 1u << COMMAND_SCAN,
      AT(files_from),
      .value = "FILE",
      .help = "scan the paths listed in FILE, one a line; - is stdin" },
    { .name = "format",
      .letter = 'f',
      .kind = KIND_WORD,
      .commands = SCANNING,
      AT(format),
      .value = "FORMAT",
      .words = format_words,
      .help = "the report's format" },
    { .name = "help",
      .letter = 'h',
      .kind = KIND_ON,
      .commands = ALL,
      AT(help),
      .help = "print this text" },
    { .name = "jobs",
      .letter = 'j',
      .kind = KIND_NUMBER,
      .commands = SCANNING,
      AT(jobs),
      .value = "N",
      .min = 1,
      .max = LIMIT_JOBS,
      .help = "worker threads (as many as there are processors)" },
    { .name = "max-file-size",
      .kind = KIND_SIZE,
      .commands = SCANNING,
      AT(max_file_size),
      .value = "SIZE",
      .max = UINT64_MAX,
      .help = "pass over larger files and git blobs; bytes, or with K, M, G" },
    { .name = "no-delta-skip",
      .kind = KIND_ON,
      .commands = SCANNING,
      AT(no_delta_skip),
      .help = "match git objects whole, also what is known from the one before" },
    { .name = "no-history",
      .kind = KIND_ON,
      .commands = 1u << COMMAND_SCAN,
      AT(no_history),
      .help = "do not read the objects of git repositories" },
    { .name = "no-inline-ignore",
      .kind = KIND_ON,
      .commands = SCANNING,
      AT(no_inline_ignore),
      .help = "report what a mark like leaktrawl:allow in the text allows" },
    { .name = "null",
      .letter = '0',
      .kind = KIND_ON,
      .commands = 1u << COMMAND_SCAN,
      AT(nul_separated),
      .help = "the paths of --files-from end in NUL" },
    { .name = "output",
      .letter = 'o',
      .kind = KIND_TEXT,
      .commands = SCANNING,
      AT(output),
      .value = "FILE",
      .help = "write the report there; - is stdout" },
    { .name = "progress",
      .kind = KIND_WORD,
      .commands = SCANNING,
      AT(progress),
      .value = "WHEN",
      .words = when_words,
      .help = "show on stderr how far the scan is" },
    { .name = "quiet",
      .letter = 'q',
      .kind = KIND_ON,
      .commands = SCANNING,
      AT(quiet),
      .help = "no summary where nothing was found" },
    { .name = "reachable-only",
      .kind = KIND_ON,
      .commands = WHOLE,
      AT(reachable_only),
      .help = "only git objects that refs, reflogs, notes or the index reach" },
    { .name = "respect-gitignore",
      .kind = KIND_ON,
      .commands = 1u << COMMAND_SCAN,
      AT(respect_gitignore),
      .help = "pass over files that .gitignore names" },
    { .name = "rules",
      .kind = KIND_TEXT,
      .commands = SCANNING | 1u << COMMAND_RULES_LIST,
      AT(rules_file),
      .value = "FILE",
      .help = "a team's own rules beside the built-in ones" },
    { .name = "show-secrets",
      .kind = KIND_ON,
      .commands = SCANNING,
      AT(show_secrets),
      .help = "print secrets whole" },
    { .name = "since",
      .kind = KIND_TEXT,
      .commands = 1u << COMMAND_HISTORY,
      AT(since),
      .value = "TIME",
      .help = "commits that are no older, such as 2024-05-31 or \"2 weeks ago\"" },
    { .name = "since-last",
      .kind = KIND_TEXT,
      .commands = 1u << COMMAND_HISTORY,
      AT(since_last),
      .value = "FILE",
      .help = "only what is new since the scan that FILE tells of; then rewrite it" },
    { .name = "until",
      .kind = KIND_TEXT,
      .commands = 1u << COMMAND_HISTORY,
      AT(until),
      .value = "TIME",
      .help = "commits that are no younger" },
    { .name = "verbose",
      .letter = 'v',
      .kind = KIND_ON,
      .commands = SCANNING,
      AT(verbose),
      .help = "say on stderr how long the scan took" },
    { .name = "version",
      .letter = 'V',
      .kind = KIND_ON,
      .commands = 0,
      .offset = SIZE_MAX,
      .help = "the same as the command version" },
};

static const struct option_row *find_name(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
            return &rows[i];
    return NULL;
}

static const struct option_row *find_letter(char letter)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (letter && rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

/* --- values --- */

/* Decimal digits at `text`; the rest is left in `*end`. False where there are none, or too many. */
static bool read_digits(const char *text, uint64_t *value, const char **end)
{
    *value = 0;
    for (*end = text; **end >= '0' && **end <= '9'; (*end)++) {
        uint64_t digit = (uint64_t)(**end - '0');

        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *end > text;
}

static enum status set_number(const struct option_row *row, const char *text, uint64_t *out)
{
    const char *end;

    if (!read_digits(text, out, &end) || *end || *out < row->min || *out > row->max)
        return err_set(STATUS_INVALID, "--%s: \"%s\" is not a number from %llu to %llu", row->name,
                       text, (unsigned long long)row->min, (unsigned long long)row->max);
    return STATUS_OK;
}

static enum status set_size(const struct option_row *row, const char *text, uint64_t *out)
{
    static const char units[] = "KMGT";
    const char *end, *unit;
    unsigned shift = 0;
    bool good = read_digits(text, out, &end);

    if (good && *end) {
        unit = strchr(units, *end & ~0x20);
        shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
        end += shift ? 1 : 0;
        end += shift && strcasecmp(end, "iB") == 0 ? 2 : shift && strcasecmp(end, "B") == 0 ? 1 : 0;
    }
    if (!good || *end || (shift && *out > UINT64_MAX >> shift))
        return err_set(STATUS_INVALID, "--%s: \"%s\" is not a size (bytes, or with K, M, G, T)",
                       row->name, text);
    *out <<= shift;
    return STATUS_OK;
}

static enum status set_word(const struct option_row *row, const char *text, unsigned *out)
{
    char list[128] = "";

    for (unsigned i = 0; row->words[i]; i++) {
        if (strcmp(row->words[i], text) == 0) {
            *out = i;
            return STATUS_OK;
        }
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
                 row->words[i]);
    }
    return err_set(STATUS_INVALID, "--%s: \"%s\" is not one of %s", row->name, text, list);
}

static enum status set_value(struct options *options, const struct option_row *row,
                             const char *text)
{
    char *field = (char *)options + row->offset;

    switch (row->kind) {
    case KIND_TEXT:
        *(const char **)(void *)field = text;
        return text[0] ? STATUS_OK : err_set(STATUS_INVALID, "--%s: the value is empty", row->name);
    case KIND_NUMBER:
        return set_number(row, text, (uint64_t *)(void *)field);
    case KIND_SIZE:
        return set_size(row, text, (uint64_t *)(void *)field);
    case KIND_WORD:
        return set_word(row, text, (unsigned *)(void *)field);
    default:
        *(bool *)field = true;
        return STATUS_OK;
    }
}

/* --- parsing --- */

struct parser {
    struct options *out;
    char **argv;
    int argc, at;
    unsigned seen[COUNT_OF(rows)]; /* options met, to be checked against the command */
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
    p->seen[row - rows] = 1;
    if (row->kind == KIND_ON) {
        if (attached)
            return err_set(STATUS_INVALID, "%s takes no value", typed);
        return set_value(p->out, row, "");
    }
    if (!attached && p->at == p->argc)
        return err_set(STATUS_INVALID, "%s needs a value (%s)", typed, row->value);
    return set_value(p->out, row, attached ? attached : p->argv[p->at++]);
}

static enum status take_long(struct parser *p, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct option_row *row = find_name(word + 2, len - 2);
    char typed[64];

    snprintf(typed, sizeof(typed), "%.*s", (int)(len < 60 ? len : 60), word);
    if (!row)
        return err_set(STATUS_INVALID, "unknown option %s", typed);
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

/* The first words name the command and go. */
static enum status take_command(struct options *options)
{
    size_t words = 0, c = 0;

    while (c < COMMAND_COUNT && !(words = command_words(options, commands[c].name)))
        c++;
    if (c == COMMAND_COUNT)
        return err_set(STATUS_INVALID, "unknown command \"%s%s%s\"", options->arguments[0],
                       options->argument_count > 1 ? " " : "",
                       options->argument_count > 1 ? options->arguments[1] : "");
    options->command = (enum command)c;
    options->argument_count -= words;
    memmove(options->arguments, options->arguments + words,
            (options->argument_count + 1) * sizeof(*options->arguments));
    return STATUS_OK;
}

static enum status check_command(const struct parser *p)
{
    const struct options *options = p->out;
    const struct command_row *command = &commands[options->command];

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (p->seen[i] && !(rows[i].commands >> options->command & 1))
            return err_set(STATUS_INVALID, "--%s is no option of \"%s\"", rows[i].name,
                           command->name);
    if (options->argument_count < command->arguments_min)
        return err_set(STATUS_INVALID, "\"%s\" needs %s", command->name, command->arguments);
    if (options->argument_count > command->arguments_max)
        return err_set(STATUS_INVALID, "\"%s\" takes no argument \"%s\"", command->name,
                       options->arguments[command->arguments_max]);
    if (options->all_objects && options->reachable_only)
        return err_set(STATUS_INVALID, "--all-objects and --reachable-only exclude each other");
    for (size_t i = 0; i < options->argument_count && options->files_from; i++)
        if (strcmp(options->files_from, "-") == 0 && strcmp(options->arguments[i], "-") == 0)
            return err_set(STATUS_INVALID, "stdin cannot be a target and the list of --files-from");
    if (options->nul_separated && !options->files_from)
        return err_set(STATUS_INVALID, "--null goes with --files-from");
    return STATUS_OK;
}

static void set_help_topic(struct options *options)
{
    if (options->command == COMMAND_HELP)
        options->help_topic = options->argument_count ? options->arguments[0] : NULL;
    else if (options->help)
        options->help_topic = commands[options->command].name;
    options->help |= options->command == COMMAND_HELP;
}

enum status options_parse(struct options *out, int argc, char **argv)
{
    struct parser p = { .out = out, .argc = argc, .argv = argv, .at = 1 };
    enum status status;

    *out = (struct options){ .max_file_size = UINT64_MAX,
                             .exit_code = 1,
                             .archive_depth = LIMIT_ARCHIVE_DEPTH };
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
            set_help_topic(out);
        if (!status && !out->help)
            status = check_command(&p);
    }
    if (status)
        options_release(out);
    return status;
}

void options_release(struct options *options)
{
    free(options->arguments);
    *options = (struct options){ 0 };
}

/* --- help --- */

static void print_row(FILE *out, const struct option_row *row)
{
    char left[64];
    int n = row->letter ? snprintf(left, sizeof(left), "-%c, --%s", row->letter, row->name)
                        : snprintf(left, sizeof(left), "    --%s", row->name);

    if (row->value)
        snprintf(left + n, sizeof(left) - (size_t)n, " %s", row->value);
    fprintf(out, "  %-24s %s", left, row->help);
    for (unsigned i = 0; row->words && row->words[i]; i++)
        fprintf(out, "%s%s%s", i ? ", " : ": ", row->words[i], i ? "" : " (default)");
    fputc('\n', out);
}

static void print_rows(FILE *out, unsigned of)
{
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].commands & of)
            print_row(out, &rows[i]);
}

static void print_overview(FILE *out)
{
    fputs("leaktrawl finds leaked AWS credentials in files and git history.\n\n"
          "Usage: leaktrawl COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char left[64];

        snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].arguments);
        fprintf(out, "  %-24s %s\n", left, commands[i].help);
    }
    print_rows(out, ALL);
    fputs(
        "\nExit status: 0 nothing found and everything read, 1 something found, 2 a usage error,\n"
        "something could not be read, or there was nothing to scan.\n",
        out);
}

bool options_print_help(FILE *out, const char *command)
{
    bool found = false;

    if (!command) {
        print_overview(out);
        return true;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *space = strchr(commands[i].name, ' ');
        size_t len = space ? (size_t)(space - commands[i].name) : SIZE_MAX;

        if (strcmp(commands[i].name, command) != 0 &&
            (strlen(command) != len || memcmp(commands[i].name, command, len) != 0))
            continue;
        fprintf(out, "%sUsage: leaktrawl %s%s%s\n%s\n", found ? "\n" : "", commands[i].name,
                commands[i].arguments[0] ? " " : "", commands[i].arguments, commands[i].help);
        print_rows(out, 1u << i);
        found = true;
    }
    return found;
}
