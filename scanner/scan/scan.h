/*
 * scan.h - one scan, from targets to a sorted outcome: the file that wires sources, pipeline and
 * git.
 *
 * Threads: everything here runs on the calling thread but what it gives to its pool.
 */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "base/buf.h"
#include "base/outcome.h"
#include "detect/database.h"
#include "git/history.h"
#include "scan/extract.h"
#include "scan/scan_bucket.h"
#include "scan/scan_staged.h"
#include "scan/scope.h"

/* Another severity for a rule. */
struct severity_change {
    struct slice rule; /* its id */
    enum severity severity;
};

/* What is asked for, after parsing: nothing in it is as typed but the targets. */
struct scan_request {
    const char *const *targets; /* target_count of them */
    size_t target_count;
    bool implied_target;        /* nobody named the target ".": paths are shown without it */
    const char *files_from;     /* a list of paths, "-" for stdin; NULL: none */
    bool nul_separated;         /* the list's */
    const char *const *mirrors; /* "DIR=s3://bucket/prefix": mirror_count of them */
    size_t mirror_count;
    const char *const *inventories; /* files that tell of mirrored objects: inventory_count */
    size_t inventory_count;
    const char *rules_file; /* a team's own rules; NULL: none */
    const char *cache_dir;  /* NULL: no cache */
    struct scope_options scope;
    const struct severity_change *severities; /* severity_count of them; the last one holds */
    size_t severity_count;
    unsigned jobs;
    uint64_t max_file_size;            /* bytes; UINT64_MAX: no maximum */
    bool history;                      /* read repositories' objects */
    bool work_tree;                    /* walk folders; without it targets are repositories */
    bool all_objects;                  /* also what no ref reaches */
    const struct history_range *range; /* of the one target, what is looked at; NULL: all */
    bool hook;                     /* objects lie where the variables say that git sets for hooks */
    const struct covered *covered; /* likewise, by an earlier scan; NULL: nothing */
    struct buf *note;              /* gets what this scan covers, by history_note(); or NULL */
    bool staged;            /* look at what is staged in the one target and at nothing else */
    unsigned archive_depth; /* archives inside of one another that are opened; 0: none */
    bool respect_gitignore;
    bool ignore_marks;
    bool candidates;      /* note with a pair the other secrets that may be its id's */
    bool no_delta_skip;   /* match every git object whole */
    bool all_occurrences; /* in history, a finding for each object and not each credential */
    const struct scan_bucket_options *buckets; /* of targets s3://...; NULL: they are files */
    struct extracts *extracts; /* gets what it wants of what is read; NULL: nobody asks */
    bool decode_only;          /* decode git objects and match nothing: for benchmarks */
    bool progress;             /* show it on stderr */
};

struct scan;

/*
 * Run a scan. On success `*out` is the caller's; what could not be read is in its outcome. Returns
 * STATUS_OK, or, with a text, what kept the scan from starting: a rule file, a database, memory.
 */
enum status scan_run(struct scan **out, const struct scan_request *request);

/* The sorted outcome, which the caller may thin out and complete; it lives as long as the scan. */
struct outcome *scan_outcome(struct scan *scan);

/* Is this rule, of one of the outcome's findings, from the team's own file and not built in? */
bool scan_rule_is_own(const struct scan *scan, const struct rule *rule);

/* Was there anything to look at: a file, a stream that was not empty, a git object? */
bool scan_saw_anything(const struct scan *scan);

/* What is staged besides content; it lives as long as the scan. */
const struct staged_without *scan_staged_without(const struct scan *scan);

/* The targets of the outcome's findings and troubles, in their order. */
const char *const *scan_targets(const struct scan *scan, size_t *n);

/* NULL is allowed. */
void scan_free(struct scan *scan);

#endif
