/*
 * coverage.h - the coverage receipt: what was read, and what was not and why.
 *
 * It counts and judges; the troubles that name what failed are an outcome's.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef BASE_COVERAGE_H
#define BASE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Why something was not looked at. The names that reports print: skip_name(). */
enum skip {
    SKIP_TOO_LARGE,  /* larger than --max-file-size: what the user asked for, so no loss */
    SKIP_UNREADABLE, /* each has a trouble of its own too */
    SKIP_SYMLINK,    /* never followed; its target is scanned where it lies, if inside */
    SKIP_SPECIAL,    /* socket, pipe or device */
    SKIP_PSEUDO_FS,  /* /proc, /sys and their kin below a target */
    SKIP_IGNORED,    /* by .gitignore, with --respect-gitignore */
    SKIP_MISSING, /* an object that something names and that is not there, as in a partial clone */
    SKIP_SHALLOW, /* a parent beyond the depth of a shallow clone: never asked for, so no loss */
    SKIP_ENCRYPTED, /* a member of an archive; each has a trouble too */
    SKIP_EXCLUDED,  /* an object, file or folder, or a finding of history, that the user put out of
                       sight: what was asked for, so no loss */
    SKIP_ARCHIVED,  /* an object that must be restored before it can be read (S3 Glacier) */
    SKIP_EMPTY,     /* a listing of a bucket without any object; each has a trouble too */
    SKIP_LIMIT,     /* a limit of limits.h was reached, also a blob's; each has a trouble too */
    SKIP_COUNT
};

/* {0} is a receipt of nothing. */
struct coverage {
    uint64_t files;    /* read to their end */
    uint64_t bytes;    /* of these files, and of stdin */
    uint64_t archives; /* archives and compressed streams that were opened */
    uint64_t repositories;
    uint64_t blobs, commits, merges, tags, refs; /* git objects read; merges are commits too */
    uint64_t blob_bytes;
    uint64_t objects; /* of S3 buckets, read to their end */
    uint64_t skipped[SKIP_COUNT];
    uint64_t temporary_ids; /* places of ASIA ids without a secret: counted, not reported */
    uint64_t allowed;       /* findings that a mark in the text suppressed */
    uint64_t baselined;     /* findings that a baseline suppressed */
    uint64_t rules_off;     /* findings of rules that are off */
    uint64_t errors;        /* troubles, those beyond LIMIT_TROUBLES included */
};

/* The word that reports use for a reason: "too_large", "unreadable", ... Static. */
const char *skip_name(enum skip reason);

/*
 * True where this reason means that something a user asked for was not read: unreadable, missing,
 * limit. The others are what the user, or the nature of the thing, left out.
 */
bool skip_is_loss(enum skip reason);

/* Add all that `from` has counted to `into`. */
void coverage_add(struct coverage *into, const struct coverage *from);

/* True where nothing was lost. */
bool coverage_is_complete(const struct coverage *coverage);

#endif
