/*
 * merge.c - the command `merge`: one report out of many.
 */
#include "command/command.h"
#include "command/earlier.h"
#include "command/results.h"
#include "command/say.h"

static int merge(const struct options *options, struct output *output)
{
    struct report_options report = { .quiet = options->quiet };
    struct earlier earlier;
    int result;

    if (earlier_read(&earlier, options->arguments, options->argument_count)) {
        result = complain();
    } else {
        earlier_describe(&earlier, &report);
        result = results_write(options, &earlier.outcome, &report, output)
                     ? EXIT_TROUBLE
                     : results_status(options, &earlier.outcome);
    }
    earlier_release(&earlier);
    return result;
}

int command_merge(const struct options *options)
{
    struct output output;
    int result;

    if (output_open(&output, options->output, options->show_secrets))
        return complain();
    result = merge(options, &output);
    output_release(&output);
    return result;
}
