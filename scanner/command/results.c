/* results.c - the report's options out of the command line's, and the exit status. */
#include "command/results.h"

#include <stdlib.h>

#include "command/say.h"

static bool is_credential(const struct finding *finding)
{
    return finding->id.ptr && finding->secret.ptr;
}

static bool counts(const struct finding *finding, enum fail_on what)
{
    switch (what) {
    case FAIL_ON_PAIR:
        return is_credential(finding);
    case FAIL_ON_LIVE:
        return finding_verdict(finding) == VERDICT_LIVE;
    default:
        return true;
    }
}

static size_t count_findings(const struct outcome *outcome, enum fail_on what)
{
    size_t n = 0;

    for (size_t i = 0; i < outcome->finding_count; i++)
        n += counts(&outcome->findings[i], what);
    return n;
}

static bool has_unknown(const struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->finding_count; i++)
        if (finding_verdict(&outcome->findings[i]) == VERDICT_UNKNOWN)
            return true;
    return false;
}

int results_status(const struct options *options, const struct outcome *outcome)
{
    if (count_findings(outcome, (enum fail_on)options->fail_on))
        return (int)options->exit_code;
    /* Nobody has said that these do not work. */
    if (options->fail_on == FAIL_ON_LIVE && has_unknown(outcome))
        return EXIT_TROUBLE;
    return outcome_complete(outcome) ? EXIT_CLEAN : EXIT_TROUBLE;
}

time_t results_now(void)
{
    const char *fixed = getenv("SOURCE_DATE_EPOCH");

    return fixed && fixed[0] ? (time_t)strtoll(fixed, NULL, 10) : time(NULL);
}

enum status results_write(const struct options *options, const struct outcome *outcome,
                          struct report_options *report, struct output *output)
{
    enum status status = STATUS_OK;

    report->format = (enum report_format)options->format;
    report->show_secrets = options->show_secrets;
    report->sarif_history = options->sarif_history;
    report->ended = results_now();
    if (!report->began)
        report->began = report->ended;
    report->colour = wants_colour((enum when)options->colour, fileno(output->file));
    if (!report_holds_troubles(report->format))
        status = report_troubles_write(outcome, stderr);
    if (!status)
        status = report_write(outcome, report, output->file);
    if (status)
        say("%s: %s", output->name, err_text());
    else if ((status = output_commit(output)))
        say("%s", err_text());
    return status;
}
