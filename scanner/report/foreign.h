/*
 * foreign.h - what other scanners' files say is known: reports, baselines and lists of exceptions.
 *
 * Each entry names one secret or id: by its value, by the SHA-1 of it, by a place (a path, a
 * line and perhaps a commit), or by an expression for its line. What is read:
 *
 *     gitleaks, betterleaks   JSON report: the value, or the place where it is redacted
 *                             .gitleaksignore, .betterleaksignore: the place
 *     detect-secrets          .secrets.baseline: the SHA-1
 *     trufflehog              JSON, one object a line: the value, or id and secret together
 *     kingfisher              JSON: the value, or the place where it is redacted
 *     ripsecrets              .secretsignore: the values below [secrets]
 *     git-secrets             .gitallowed: expressions for lines of files
 *
 * May include: base. Library: cJSON, nettle, and that of gitallowed.h. Threads: one owner at a
 * time.
 */
#ifndef REPORT_FOREIGN_H
#define REPORT_FOREIGN_H

#include "base/arena.h"
#include "base/outcome.h"
#include "base/status.h"

enum foreign_state {
    FOREIGN_UNMATCHED, /* nothing that was found is what it names */
    FOREIGN_MATCHED,   /* it names the secret of a finding, or the id where there is no secret */
    FOREIGN_ID_ONLY,   /* it names the id of a finding that has a secret, which it does not name */
    FOREIGN_LIVE,      /* its own program says that it works: never taken over */
    FOREIGN_NOTHING,   /* it names neither a whole value nor a line */
    FOREIGN_OTHER,     /* a place of a rule that is not about AWS */
    FOREIGN_MALFORMED, /* an expression that is none, or too large */
};

struct allowed_line;

struct foreign_entry {
    const char *key;             /* of what it names; see foreign.c */
    const char *commit;          /* in hex; NULL: none is named */
    const char *told;            /* for people, without the value: rule and place */
    struct allowed_line *allows; /* an expression for lines; NULL: the entry has a key */
    size_t line;                 /* in the foreign file, or the number of its element; from 1 */
    enum foreign_state state;
};

/* {0} is a valid value without entries. Text lives as long as it. */
struct foreign {
    struct arena arena;
    struct foreign_entry *entries; /* count of them, by key */
    size_t count, cap;
    bool has_commits;     /* an entry names a commit */
    bool has_expressions; /* an entry is one */
};

/*
 * Read `text`, the bytes of the file called `file`; its kind is known by its content, and that of
 * .gitallowed by its name. On success it
 * is the caller's. STATUS_INVALID with a text that names the file: of no known kind, or malformed;
 * STATUS_NOMEM.
 */
enum status foreign_parse(struct foreign *foreign, const char *file, struct slice text);

/* {0} is allowed. */
void foreign_release(struct foreign *foreign);

/*
 * Is this finding what an entry names? A pair is named by its secret alone: who allowed an id did
 * not see the secret beside it. Notes in the entries what they met. Memory that runs out is a no.
 */
bool foreign_names(struct foreign *foreign, const struct finding *finding);

/* Put the entries into the order of their file. foreign_names() may not be called after it. */
void foreign_sort_by_line(struct foreign *foreign);

#endif
