/*
 * baseline.c - the command `baseline prune`: which entries are still met by what is there.
 */
#include <stdio.h>

#include "base/printable.h"
#include "command/baselines.h"
#include "command/choices.h"
#include "command/command.h"
#include "command/say.h"
#include "command/scanning.h"
#include "scan/scan.h"

/* Print the entries that nothing met, each with its place. Returns how many. */
static size_t list_unmatched(const struct baseline *baseline, const char *path)
{
    struct buf line = { 0 }, shown = { 0 };
    size_t n = 0;

    for (size_t i = 0; i < baseline->count; i++) {
        const struct baseline_entry *entry = &baseline->entries[i];

        if (entry->matched)
            continue;
        n++;
        buf_reset(&line);
        buf_reset(&shown);
        buf_printf(&line, "%s:%zu: ", path, entry->line);
        baseline_put_entry(&line, entry);
        printable_text(&shown, buf_view(&line));
        puts(buf_cstr(&shown));
    }
    buf_release(&line);
    buf_release(&shown);
    return n;
}

static int prune(const struct options *options, struct baseline *baseline, struct outcome *outcome)
{
    const char *path = options->arguments[0];
    size_t stale;

    /* The first day there is: an entry that has expired is met like any other. */
    baseline_suppress(baseline, outcome, "0000-00-00");
    stale = list_unmatched(baseline, path);
    if (!outcome_complete(outcome)) {
        report_troubles_write(outcome, stderr);
        say("%s: what could not be read may hold the credentials that were not met%s", path,
            options->write ? ": left as it is" : "");
        return EXIT_TROUBLE;
    }
    if (stale && options->write) {
        baseline_prune(baseline);
        if (baseline_write(baseline, path))
            return complain();
    }
    say("%s: %zu of %zu entries match nothing%s", path, stale,
        baseline->count + (options->write ? stale : 0),
        stale && options->write ? ": taken out" : "");
    return stale && !options->write ? EXIT_FOUND : EXIT_CLEAN;
}

int command_baseline_prune(const struct options *options)
{
    struct choices choices;
    struct baseline baseline;
    struct scan *scan = NULL;
    int result;

    if (baseline_read(&baseline, options->arguments[0], false))
        return complain();
    if (choices_init(&choices, options, true) || scanning_run(&scan, &choices, false))
        result = complain();
    else if (!scan_saw_anything(scan) && outcome_complete(scan_outcome(scan)))
        result = say_nothing_to_scan();
    else
        result = prune(options, &baseline, scan_outcome(scan));
    scan_free(scan);
    choices_release(&choices);
    baseline_release(&baseline);
    return result;
}
