/*
 * command.h - what each command does.
 *
 * Each of these runs one command by the options as typed (checked by options_parse() to be its own)
 * and returns the exit status of the program. What went wrong has been said on stderr. stdout is
 * left for main() to flush.
 *
 * May include: every room's interface. Threads: the main thread.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "command/options.h"

/* scan, history, staged and pushed. */
int command_scan(const struct options *options);

/* Ask STS about the pairs of an earlier report. */
int command_verify(const struct options *options);

/* What keys did, by CloudTrail's logs; also --rule. */
int command_trail(const struct options *options);

/* Earlier reports, joined. */
int command_merge(const struct options *options);

/* Scan, and show one credential with the lines round its places. */
int command_show(const struct options *options);

/* Scan, and tell which entries of a baseline are met by nothing; with --write take them out. */
int command_baseline_prune(const struct options *options);

/* Take over what another scanner's file allows, as entries of a baseline. */
int command_baseline_import(const struct options *options);

/* Check a configuration file: the one that is named, or that a scan from here would read. */
int command_config_check(const struct options *options);

int command_rules_list(const struct options *options);
int command_rules_check(const struct options *options);

/* Write a git hook that runs leaktrawl, and take it away. */
int command_hook_install(const struct options *options);
int command_hook_uninstall(const struct options *options);

/* Print the manual page, or completions for a shell. */
int command_generate(const struct options *options);

int command_help(const struct options *options);

/* The versions of the program and of the libraries that it runs with. */
int command_version(const struct options *options);

#endif
