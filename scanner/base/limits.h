/*
 * limits.h - every maximum of the program, with its unit and its reason.
 *
 * Everything scanned is hostile; a limit that is reached is counted in the summary and never ends the
 * scan.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Bytes of a document that are matched at once: fits the second-level cache beside the database. */
#define LIMIT_PIECE_BYTES (512u * 1024)

/* Bytes seen on either side of a piece: a session token, its label and the structure round it. */
#define LIMIT_CONTEXT_BYTES (16u * 1024)

/* A file larger than this many bytes is shared out among the workers, piece by piece. */
#define LIMIT_SHARED_FILE_BYTES (4u * 1024 * 1024)

/* Findings and lone ids held until the report: about 300 bytes each. */
#define LIMIT_FINDINGS 400000u

/* Errors held until the report. Further ones are only counted. */
#define LIMIT_TROUBLES 10000u

/* Bytes of a git blob that is decoded into memory at once; two workers hold one each. */
#define LIMIT_BLOB_BYTES (64ull * 1024 * 1024)

/* Bytes of a rule file: the largest known pack of rules of any scanner is a tenth of it. */
#define LIMIT_RULE_FILE_BYTES (4u * 1024 * 1024)

/* Parts of one document that are paired together; more are cut at the widest gap. */
#define LIMIT_PAIR_PARTS 16384u

/* Steps of one PCRE2 match before it is given up: 1,000 times what the longest token needs. */
#define LIMIT_PCRE2_MATCH 1000000u

/* Worker threads. */
#define LIMIT_JOBS 1024u

#endif
