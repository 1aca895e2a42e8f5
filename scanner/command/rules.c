/*
 * rules.c - the commands `rules list` and `rules check`.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/printable.h"
#include "check/rules_check.h"
#include "command/command.h"
#include "command/say.h"
#include "scan/scan_rules.h"

int command_rules_list(const struct options *options)
{
    static const char *const severities[] = { "low", "medium", "high", "critical" };
    struct buf line = { 0 };
    struct ruleset *set;

    if (scan_load_rules(&set, options->rules_file))
        return complain();
    for (size_t i = 0; options->anchors && i < ruleset_expressions(set, ENGINE_ANCHORS); i++) {
        size_t number;

        buf_reset(&line);
        printable_text(&line, slice_of(ruleset_expression(set, ENGINE_ANCHORS, i, &number)));
        puts(buf_cstr(&line));
    }
    for (size_t i = 0; !options->anchors && i < ruleset_rules(set); i++) {
        const struct rule *rule = &ruleset_rule(set, i)->rule;

        buf_reset(&line);
        printable_text(&line, slice_of(rule->id));
        buf_printf(&line, "%*s %-9s ", (int)(line.len < 24 ? 24 - line.len : 0), "",
                   severities[rule->severity]);
        printable_text(&line, slice_of(rule->description));
        puts(buf_cstr(&line));
    }
    buf_release(&line);
    ruleset_free(set);
    return EXIT_CLEAN;
}

static void say_mistake(void *ctx, const char *text)
{
    (void)ctx;
    say("%s", text);
}

int command_rules_check(const struct options *options)
{
    const char *path = options->arguments[0];
    struct buf name = { 0 };
    size_t mistakes;

    if (rules_check(path, say_mistake, NULL, &mistakes))
        return complain();
    if (mistakes)
        return EXIT_TROUBLE;
    printable_text(&name, slice_of(path));
    printf("%s: good\n", buf_cstr(&name));
    buf_release(&name);
    return EXIT_CLEAN;
}
