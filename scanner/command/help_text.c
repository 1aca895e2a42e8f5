/*
 * help_text.c - exit statuses, variables, files and examples, as data.
 */
#include "command/help_text.h"

#include <stddef.h>

const char help_description[] =
    "leaktrawl finds leaked AWS credentials in files, archives, S3 buckets and their mirrors, and "
    "the whole history of git repositories: access key ids together with their secrets. Results "
    "go to stdout, everything else to stderr. Secrets are shown by their first four characters "
    "unless --show-secrets is given.";

const struct help_row help_statuses[] = {
    { "0", "nothing found, and everything was read" },
    { "1", "something found (--exit-code, --fail-on)" },
    { "2", "wrong use; or nothing found, but something could not be read; or there was nothing to "
           "scan (--allow-empty)" },
    { NULL, NULL },
};

const struct help_row help_environment[] = {
    { "NO_COLOR", "where it is set and not empty: no colours" },
    { "CLICOLOR_FORCE, FORCE_COLOR", "colours also where stdout is no terminal" },
    { "CLICOLOR", "0: no colours" },
    { "TERM", "dumb: neither colours nor progress" },
    { "LEAKTRAWL_...", "a setting, as LEAKTRAWL_MAX_FILE_SIZE; lists have an element a line" },
    { "XDG_CONFIG_HOME", "the folder below which the user's settings are (~/.config)" },
    { "XDG_CACHE_HOME", "the folder below which compiled rules are kept (~/.cache)" },
    { "GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES",
      "for the command pushed: where git keeps what is being received" },
    { "PRE_COMMIT_FROM_REF, PRE_COMMIT_TO_REF, PRE_COMMIT_LOCAL_BRANCH, PRE_COMMIT_REMOTE_NAME",
      "for the command pushed, where stdin is empty: the push, as the pre-commit framework tells "
      "it" },
    { NULL, NULL },
};

const struct help_row help_files[] = {
    { ".leaktrawl.json", "settings, at the top of the work tree that the current folder is in" },
    { "~/.config/leaktrawl/config.json", "settings of the user's, for every tree" },
    { "~/.cache/leaktrawl/", "compiled rules; may be removed at any time" },
    { NULL, NULL },
};

const struct help_row help_examples[] = {
    { "leaktrawl scan ~/src", "every file and every repository below a folder" },
    { "leaktrawl scan --format jsonl -o report.jsonl mirror/", "a report for other programs" },
    { "docker logs app 2>&1 | leaktrawl scan -", "what a program prints" },
    { "leaktrawl history --fail-on pair .", "this repository's whole history" },
    { "leaktrawl history . origin/main..HEAD", "what this branch brings in" },
    { "leaktrawl hook install", "look at each commit before it is made" },
    { NULL, NULL },
};
