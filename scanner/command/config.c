/*
 * config.c - the command `config check`: each mistake of a configuration file by its place.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/printable.h"
#include "command/baselines.h"
#include "command/choices.h"
#include "command/command.h"
#include "command/option_value.h"
#include "command/say.h"
#include "detect/position.h"
#include "scan/scan_rules.h"

static void say_mistake(void *ctx, const char *text)
{
    (void)ctx;
    say("%s", text);
}

/* A file that can be read, and the rules that it may name. */
struct checking {
    const struct options *options;
    const struct config_file *file;
    struct slice text;
    struct ruleset *set;
    size_t wrong; /* mistakes that were said */
};

static void check_rule(struct checking *c, const char *member, struct slice rule)
{
    struct position place;

    if (ruleset_find(c->set, rule) != SIZE_MAX)
        return;
    place = position_of(c->text, member);
    say("%s:%zu:%zu: %s: there is no rule \"%.*s\"", c->file->path, place.line, place.column,
        member, (int)rule.len, (const char *)rule.ptr);
    c->wrong++;
}

static void check_rules(struct checking *c)
{
    const struct options *options = c->options;
    char member[256];

    for (size_t i = 0; i < options->rules_off.count; i++) {
        snprintf(member, sizeof(member), "rules-off[%zu]", i);
        check_rule(c, member, slice_of(options->rules_off.texts[i]));
    }
    for (size_t i = 0; i < options->severity.count; i++) {
        enum severity severity;
        struct slice rule;

        if (!option_level(options->severity.texts[i], &rule, &severity))
            continue;
        snprintf(member, sizeof(member), "severity.%.*s", (int)rule.len, (const char *)rule.ptr);
        check_rule(c, member, rule);
    }
}

static void check_baseline(struct checking *c)
{
    struct baseline known;

    if (!c->options->baseline)
        return;
    if (baseline_read(&known, c->options->baseline, false)) {
        say("%s: baseline: %s", c->file->path, err_text());
        c->wrong++;
    }
    baseline_release(&known);
}

static enum status check_text(struct options *options, const struct config_file *file,
                              struct slice text)
{
    struct checking c = { .options = options, .file = file, .text = text };
    enum status status = config_file_parse(options, file, text, say_mistake, NULL);

    if (status)
        return status;
    if (scan_load_rules(&c.set, options->rules_file)) {
        say("%s: rules: %s", file->path, err_text());
        return STATUS_INVALID;
    }
    check_rules(&c);
    check_baseline(&c);
    ruleset_free(c.set);
    return c.wrong ? STATUS_INVALID : STATUS_OK;
}

static int check(struct options *options, const struct config_file *file)
{
    struct buf text = { 0 }, name = { 0 };
    enum status status = config_file_load(&text, file);

    if (status == STATUS_ABSENT)
        err_set(status, "%s: there is no such file", file->path);
    if (status)
        complain();
    else
        status = check_text(options, file, buf_view(&text));
    if (!status) {
        printable_text(&name, slice_of(file->path));
        printf("%s: good\n", buf_cstr(&name));
    }
    buf_release(&text);
    buf_release(&name);
    return status ? EXIT_TROUBLE : EXIT_CLEAN;
}

int command_config_check(const struct options *options)
{
    struct options checked;
    struct config_file file;
    int result;

    option_defaults(&checked); /* of a scan, which takes every setting */
    if (options->argument_count)
        file = choices_named_file(&checked.memory, options->arguments[0]);
    else
        file = choices_tree_file(&checked.memory);
    if (file.path) {
        result = check(&checked, &file);
    } else {
        say("inside of a repository's own folder no configuration file is read");
        result = EXIT_TROUBLE;
    }
    arena_release(&checked.memory);
    return result;
}
