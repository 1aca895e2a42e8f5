/*
 * options.h - the command line: what was typed, checked against one table.
 *
 * The table of options (option_table.c) feeds the parser, help, manual and completions, and
 * option_check.h says which go together. What the typed words mean for a scan is for the commands
 * to say.
 *
 * May include: base, report.h for its formats. Threads: used before any other thread runs.
 */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include "base/arena.h"
#include "base/key_filter.h"
#include "report/report.h"

enum command {
    COMMAND_SCAN,
    COMMAND_HISTORY,
    COMMAND_STAGED,
    COMMAND_PUSHED,
    COMMAND_VERIFY,
    COMMAND_TRAIL,
    COMMAND_MERGE,
    COMMAND_SHOW,
    COMMAND_RULES_LIST,
    COMMAND_RULES_CHECK,
    COMMAND_BASELINE_IMPORT,
    COMMAND_BASELINE_PRUNE,
    COMMAND_CONFIG_CHECK,
    COMMAND_HOOK_INSTALL,
    COMMAND_HOOK_UNINSTALL,
    COMMAND_GENERATE,
    COMMAND_HELP,
    COMMAND_VERSION,
    COMMAND_COUNT
};

enum generate { GENERATE_MAN, GENERATE_BASH, GENERATE_ZSH, GENERATE_FISH };
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };
enum hook_type { HOOK_AUTO, HOOK_PRE_COMMIT, HOOK_PRE_PUSH, HOOK_PRE_RECEIVE };
enum verify_partition {
    PARTITION_REGION, /* that of the region */
    PARTITION_ALL,
    PARTITION_AWS,
    PARTITION_AWS_CN,
    PARTITION_AWS_US_GOV
};
enum fail_on { FAIL_ON_ANY, FAIL_ON_PAIR, FAIL_ON_LIVE };
enum trail_rule { TRAIL_RULE_NONE, TRAIL_RULE_EVENTBRIDGE, TRAIL_RULE_SIGMA };

/* What an option was given that may stand more than once. */
struct text_list {
    const char **texts; /* count of them; in options.memory */
    size_t count;
    const char *base; /* the folder that patterns in it count from; NULL: the current one */
};

enum { OPTION_ROWS_MAX = 160 };

/* The words of a command line, converted but not interpreted. Texts borrow from argv. */
struct options {
    enum command command;
    const char **arguments; /* what is no option: argument_count of them, then NULL */
    size_t argument_count;
    bool help, help_long;
    const char *help_topic; /* a command's name, or the first word of several; or NULL */
    uint64_t jobs;          /* 0: as many as there are processors */
    unsigned format;        /* enum report_format */
    const char *output;
    const char *rules_file;
    const char *baseline, *write_baseline, *reason, *expires;
    const char *files_from;
    const char *config;
    struct text_list exclude_path, include_path, rules_off, severity;
    const char *profile, *region, *endpoint_url, *resume;
    unsigned addressing_style;  /* enum addressing */
    struct key_filter *filters; /* --include and --exclude, as typed: filter_count of them */
    size_t filter_count, filter_cap;
    uint64_t max_object_size; /* UINT64_MAX: no maximum */
    bool no_sign_request, requester_pays, versions;

    struct text_list mirrors, inventories;
    const char *branch, *since, *until, *since_last, *remote;
    bool nul_separated, no_inline_ignore, show_secrets, no_history, all_objects, reachable_only;
    bool respect_gitignore, allow_empty, quiet, verbose, anchors, no_delta_skip, decode_only,
        all_refs, all_occurrences, sarif_history, write;
    uint64_t archive_depth;
    uint64_t max_file_size; /* UINT64_MAX: no maximum */
    unsigned fail_on;       /* enum fail_on */
    uint64_t exit_code;
    unsigned colour, progress; /* enum when */
    unsigned hook_type;        /* enum hook_type */
    bool force, no_config;
    bool verify, verify_plan;
    const char *verify_cache, *verify_only, *accounts, *canary_accounts, *user_agent;
    unsigned verify_partition; /* enum verify_partition */
    uint64_t verify_rps, verify_timeout_s;
    struct text_list keys; /* of trail */
    const char *geoip;
    unsigned trail_rule; /* enum trail_rule */
    bool hunt;
    bool given[OPTION_ROWS_MAX]; /* which options were, as option_rows counts them */
    struct arena memory;         /* of the lists */
};

/*
 * Parse `argv`. On success the caller releases `out`. Returns STATUS_OK, or STATUS_INVALID with a
 * text that names the word at fault, or STATUS_NOMEM.
 */
enum status options_parse(struct options *out, int argc, char **argv);

/* The workers asked for, or as many as there are processors. */
unsigned options_jobs(const struct options *options);

void options_release(struct options *options);

#endif
