/*
 * verify.c - the command `verify`: STS is asked about the pairs of an earlier report.
 */
#include "command/command.h"
#include "command/earlier.h"
#include "command/results.h"
#include "command/say.h"
#include "command/verifying.h"
#include "verify/inquiries.h"

/* Pairs whose secrets the report shows the beginnings of only. */
static size_t count_redacted(const struct outcome *outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < outcome->finding_count; i++)
        n += outcome->findings[i].redacted && outcome->findings[i].id.ptr &&
             outcome->findings[i].secret.ptr;
    return n;
}

/* False where nothing in the report could be tried for want of its secret. */
static bool check_redacted(const struct outcome *outcome, const char *path)
{
    size_t redacted = count_redacted(outcome), askable = 0;

    for (size_t i = 0; i < outcome->finding_count; i++)
        askable += inquiry_is_askable(&outcome->findings[i]);
    if (redacted)
        say("%s: %zu pair%s redacted and cannot be tried: scan with --verify, or write the report "
            "with --show-secrets",
            path, redacted, redacted == 1 ? " is" : "s are");
    return askable || !redacted;
}

static int verify(const struct options *options, struct verifying *verifying, struct output *output)
{
    struct report_options report = { .quiet = options->quiet };
    struct earlier earlier;
    int result = EXIT_TROUBLE;

    if (earlier_read(&earlier, options->arguments, 1)) {
        complain();
    } else if (check_redacted(&earlier.outcome, options->arguments[0])) {
        bool failed = verifying_apply(verifying, &earlier.outcome, NULL, 0);

        earlier_describe(&earlier, &report);
        if (!verifying_write(verifying, &earlier.outcome, &report, output) && !failed)
            result = results_status(options, &earlier.outcome);
    }
    earlier_release(&earlier);
    return result;
}

int command_verify(const struct options *options)
{
    struct verifying verifying;
    struct output output;
    int result;

    if (verifying_init(&verifying, options))
        return complain();
    if (output_open(&output, options->output, options->show_secrets)) {
        result = complain();
    } else {
        result = verify(options, &verifying, &output);
        output_release(&output);
    }
    verifying_release(&verifying);
    return result;
}
