/*
 * option_check.c - what each option of the table needs beside it, and what excludes what.
 */
#include "command/option_check.h"

#include <string.h>

#include "command/buckets.h"
#include "command/option_table.h"

/* Is what the option is about asked for? */
static bool has_needed(const struct options *options, enum option_needs needs)
{
    bool verify = options->verify || options->verify_plan || options->command == COMMAND_VERIFY;

    switch (needs) {
    case NEEDS_BUCKET:
        return buckets_named(options);
    case NEEDS_BUCKET_OR_VERIFY:
        return verify || buckets_named(options);
    case NEEDS_VERIFY:
        return verify;
    default:
        return true;
    }
}

/* Does the command take the option `name`? */
static bool takes(const struct options *options, const char *name)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (strcmp(option_rows[i].name, name) == 0)
            return option_rows[i].commands >> options->command & 1;
    return false;
}

static enum status check_needed(const struct options *options, const struct option_row *row)
{
    bool buckets = row->needs != NEEDS_VERIFY && takes(options, "versions");
    bool verify = row->needs != NEEDS_BUCKET && takes(options, "verify");
    const char *what = !verify    ? "an s3:// target"
                       : !buckets ? "--verify"
                                  : "an s3:// target or --verify";

    if (has_needed(options, row->needs))
        return STATUS_OK;
    return err_set(STATUS_INVALID, "--%s does nothing without %s%s%s", row->name, what,
                   row->for_files && takes(options, row->for_files + 2) ? "; for files: " : "",
                   row->for_files && takes(options, row->for_files + 2) ? row->for_files : "");
}

static enum status check_given(const struct options *options)
{
    const struct command_row *command = &command_rows[options->command];
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];

        if (!options->given[i])
            continue;
        if (!(row->commands >> options->command & 1))
            status =
                err_set(STATUS_INVALID, "--%s is no option of \"%s\"", row->name, command->name);
        else
            status = check_needed(options, row);
    }
    return status;
}

static enum status check_arguments(const struct options *options)
{
    const struct command_row *command = &command_rows[options->command];

    if (options->argument_count < command->arguments_min)
        return err_set(STATUS_INVALID, "\"%s\" needs %s", command->name, command->arguments);
    if (options->argument_count > command->arguments_max)
        return err_set(STATUS_INVALID, "\"%s\" takes no argument \"%s\"", command->name,
                       options->arguments[command->arguments_max]);
    for (size_t i = 0; i < options->argument_count && options->files_from; i++)
        if (strcmp(options->files_from, "-") == 0 && strcmp(options->arguments[i], "-") == 0)
            return err_set(STATUS_INVALID, "stdin cannot be a target and the list of --files-from");
    return STATUS_OK;
}

enum status option_check(const struct options *options)
{
    enum status status = check_given(options);

    if (!status)
        status = check_arguments(options);
    if (status)
        return status;
    if (options->all_objects && options->reachable_only)
        return err_set(STATUS_INVALID, "--all-objects and --reachable-only exclude each other");
    if (options->inventories.count && !options->mirrors.count)
        return err_set(STATUS_INVALID, "--inventory goes with --mirror");
    if (options->nul_separated && !options->files_from)
        return err_set(STATUS_INVALID, "--null goes with --files-from");
    return STATUS_OK;
}
