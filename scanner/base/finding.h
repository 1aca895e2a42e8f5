/*
 * finding.h - the records that pass from the detecting stages to the reporting ones.
 *
 * Plain data without behaviour; who made a record owns what it points to (finding_copy.h copies).
 */
#ifndef BASE_FINDING_H
#define BASE_FINDING_H

#include "base/codec.h"
#include "base/slice.h"

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

/* How sure it is that these parts belong together and are a credential. */
enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* A kind of finding, as the rule files name it. Lives as long as the ruleset. */
struct rule {
    const char *id;          /* "aws-key-pair" */
    const char *description; /* one line for people */
    enum severity severity;
};

/* Where a value stands in its document, counted in bytes of the document as it lies. */
struct place {
    uint64_t offset; /* from 0 */
    uint64_t line;   /* from 1; a line ends with LF, CR LF or CR */
    uint64_t column; /* from 1, in bytes */
    uint8_t decoded_count;
    uint8_t decoded[CODEC_DEPTH_MAX]; /* enum codec: what it lies encoded in, the outermost first */
};

/* Three-valued, for facts that may not have been looked up. */
enum known { KNOWN_NO, KNOWN_YES, KNOWN_NOT };

/* What git knows of the object that holds a finding. Text is NULL where it is not known. */
struct git_origin {
    const char *repository;   /* its folder as reports print it; NULL: the target itself */
    const char *blob;         /* object id in hex; for kind "commit" or "tag" of that object */
    const char *kind;         /* "blob", "commit" (its message) or "tag" (its message) */
    const char *first_commit; /* hex; NULL for an object that no commit holds */
    const char *last_commit;  /* hex */
    const char *author;       /* "Name <mail>" of first_commit */
    const char *date;         /* author's date of first_commit, RFC 3339 with its own zone */
    const char *last_date;    /* likewise of last_commit */
    const char **paths;       /* every path in any tree, sorted; path_count of them */
    size_t path_count;
    uint64_t commits; /* commits that hold it; 0: not counted */
    enum known at_head, on_remote;
    bool in_work_tree; /* the finding stands in a file of the work tree, and this is its past */
};

/*
 * The S3 object that a document is, or that a mirror's file is a copy of. Text is NULL where it is
 * not known. Its URI is s3://bucket/key with the key as it is, as the AWS CLI takes it.
 */
struct s3_origin {
    const char *bucket;        /* never NULL */
    struct slice key;          /* raw bytes: in a mirror they need not be UTF-8 */
    const char *version_id;    /* "null" is the version of an object from before versioning */
    const char *last_modified; /* RFC 3339 */
    const char *etag;          /* without its quotes */
};

/* What is known of a credential's working. The words that reports print: verdict_names. */
enum verdict {
    VERDICT_UNVERIFIED,
    VERDICT_LIVE,     /* it works */
    VERDICT_DEAD,     /* no such id, or one that was deleted or switched off */
    VERDICT_MISMATCH, /* the id exists, and this secret is not its own */
    VERDICT_EXPIRED,
    VERDICT_CANARY,  /* of an account of canary tokens: not tried */
    VERDICT_UNKNOWN, /* asked, and no answer says: network, throttling, nonsense */
    VERDICT_COUNT
};

/* What STS GetCallerIdentity has told of a credential. Text is NULL where it is not known. */
struct verification {
    enum verdict verdict;
    const char *arn, *account, *user_id; /* whose it is, where it is live */
    const char *checked_at;              /* RFC 3339, in UTC; NULL: STS was not asked */
    const char *error; /* one line: why it is unknown or was not asked, or a doubt */
};

/* "live", "dead", ..., indexed by enum verdict. */
extern const char *const verdict_names[VERDICT_COUNT];

/* A secret near an id that may be its own where the one that it was paired with is not. */
struct candidate {
    struct slice secret;
    struct place place;
};

/* One credential, or part of one, at one place. A slice whose ptr is NULL is a part not found. */
struct finding {
    const struct rule *rule;
    enum confidence confidence;
    struct slice id;           /* access key id */
    struct slice secret;       /* secret access key, or the whole value of a single-token rule */
    struct slice token;        /* session token */
    const char *target;        /* as the user typed it */
    const char *path;          /* raw bytes, NUL-terminated; never NULL */
    size_t archive_len;        /* bytes of it that name the archive it lies in; 0: none. Of a
                                  document's origin; what is found there need not tell it */
    const char *secret_path;   /* where the secret stands in another file than `path`, else NULL */
    struct place place;        /* of the id; of the secret where there is no id */
    struct place secret_place; /* of the secret, where both are there */
    uint64_t count;            /* places in this target: more than 1 for a lone id only */
    const struct git_origin *git;            /* NULL for what git knows nothing of */
    const struct s3_origin *s3;              /* NULL for what is no object of a bucket */
    const struct candidate *candidates;      /* the likeliest first; candidate_count of them */
    size_t candidate_count;                  /* 0 where nobody asked for them */
    const struct verification *verification; /* NULL: unverified */
    const char *account_label;               /* what the user calls its account, or NULL */
    const char *fingerprint; /* as an earlier report says; NULL: of the parts, whole here */
    bool redacted; /* secret and token are what an earlier report showed: their beginnings */
    size_t secret_len, token_len; /* of what is redacted, as it was, in bytes; 0: not known */
};

/* Is it an access key id without a secret? */
static inline bool finding_is_lone(const struct finding *finding)
{
    return finding->id.ptr && !finding->secret.ptr;
}

static inline enum verdict finding_verdict(const struct finding *finding)
{
    return finding->verification ? finding->verification->verdict : VERDICT_UNVERIFIED;
}

/* Does it stand in an object of git's history, and not in a file that can be opened? */
static inline bool finding_in_history(const struct finding *finding)
{
    return finding->git && !finding->git->in_work_tree;
}

/* Likewise, and HEAD does not have it any more: `path` names no file of a checkout. */
static inline bool finding_is_past(const struct finding *finding)
{
    return finding_in_history(finding) && finding->git->at_head != KNOWN_YES;
}

/* Something that could not be read or was refused, named. */
struct trouble {
    const char *target;  /* as the user typed it, or NULL */
    const char *path;    /* raw bytes, or NULL where it is not about one file or object */
    const char *message; /* one line, without the path */
    size_t archive_len;  /* as a finding's */
};

#endif
