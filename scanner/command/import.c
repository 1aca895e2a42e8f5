/*
 * import.c - the command `baseline import`: what another scanner's file allows becomes entries of
 * our own, credential by credential, of what is really there.
 */
#include <stdio.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/printable.h"
#include "command/baselines.h"
#include "command/command.h"
#include "command/say.h"
#include "command/scanning.h"
#include "report/foreign.h"

static enum status read_foreign(struct foreign *foreign, const char *path)
{
    struct buf text = { 0 };
    enum status status = file_read(&text, path, LIMIT_BASELINE_BYTES);

    *foreign = (struct foreign){ 0 };
    if (!status)
        status = foreign_parse(foreign, path, buf_view(&text));
    else if (status == STATUS_ABSENT)
        status = err_set(STATUS_IO, "%s: there is no such file", path);
    else if (status != STATUS_NOMEM)
        status = err_set(status, "%s: %s", path, err_text());
    buf_release(&text);
    return status;
}

static bool is_named(void *ctx, const struct finding *finding)
{
    return foreign_names(ctx, finding);
}

/* Scan, and add what the entries name. */
static enum status take(struct foreign *foreign, struct baselines *baselines,
                        const struct choices *choices, bool history, struct baseline_counts *counts)
{
    struct scan *scan = NULL;
    enum status status = scanning_run(&scan, choices, history);

    if (status)
        return status;
    if (!history && !outcome_complete(scan_outcome(scan))) {
        report_troubles_write(scan_outcome(scan), stderr);
        counts->incomplete = true;
    }
    outcome_filter(scan_outcome(scan), is_named, foreign);
    status = baselines_add(baselines, &choices->options, scan, counts);
    scan_free(scan);
    return status;
}

/* Print the entries that were not taken over, and why. Returns how many. */
static size_t list_left(struct foreign *foreign, const char *path)
{
    static const char *const why[] = {
        [FOREIGN_UNMATCHED] = "nothing that was found is what it names",
        [FOREIGN_ID_ONLY] = "it names the id alone, and a secret stands with it",
        [FOREIGN_LIVE] = "its program says that it works",
        [FOREIGN_NOTHING] = "it names neither a value nor one line",
        [FOREIGN_OTHER] = "its rule is not about AWS",
        [FOREIGN_MALFORMED] = "it is no extended regular expression, or too large",
    };
    struct buf line = { 0 }, shown = { 0 };
    size_t n = 0;

    foreign_sort_by_line(foreign);
    for (size_t i = 0; i < foreign->count; i++) {
        const struct foreign_entry *entry = &foreign->entries[i];

        if (entry->state == FOREIGN_MATCHED)
            continue;
        n++;
        buf_reset(&line);
        buf_reset(&shown);
        buf_printf(&line, "%s:%zu: %s: %s", path, entry->line, entry->told, why[entry->state]);
        printable_text(&shown, buf_view(&line));
        puts(buf_cstr(&shown));
    }
    buf_release(&line);
    buf_release(&shown);
    return n;
}

static enum status import(struct foreign *foreign, const struct choices *choices, int *result)
{
    const struct options *options = &choices->options;
    struct baseline_counts counts = { 0 };
    struct baselines baselines;
    enum status status = baselines_open(&baselines, options);
    size_t left;

    if (status)
        return status;
    status = take(foreign, &baselines, choices, false, &counts);
    if (!status && foreign->has_commits)
        status = take(foreign, &baselines, choices, true, &counts);
    if (!status)
        status = baseline_write(&baselines.written, options->write_baseline);
    baselines_release(&baselines);
    if (status)
        return status;
    left = list_left(foreign, options->arguments[0]);
    say("%s: %zu of %zu entries taken over: %zu %s added to %s", options->arguments[0],
        foreign->count - left, foreign->count, counts.added,
        counts.added == 1 ? "credential" : "credentials", options->write_baseline);
    *result = counts.incomplete ? EXIT_TROUBLE : EXIT_CLEAN;
    return STATUS_OK;
}

int command_baseline_import(const struct options *options)
{
    struct choices choices = { 0 };
    struct foreign foreign;
    int result = EXIT_TROUBLE;

    if (!options->write_baseline) {
        err_set(STATUS_INVALID, "baseline import needs --write-baseline FILE");
        return complain();
    }
    if (read_foreign(&foreign, options->arguments[0]))
        return complain();
    if (choices_init(&choices, options, true) || import(&foreign, &choices, &result))
        result = complain();
    choices_release(&choices);
    foreign_release(&foreign);
    return result;
}
