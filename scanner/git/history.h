/*
 * history.h - every object of a git repository, once, and who brought each one in.
 *
 * Two steps. First the objects: the repository is cut into units of work that any thread may read
 * in any order; each object (blob, and the messages of commits and annotated tags) is handed out
 * once. Then, only for the objects in which something was found, attribution: the first commit and
 * path of each. It matches nothing and knows nothing of credentials. No hook, filter or command of
 * the repository is run, nothing is written, and nothing is fetched. Of its configuration only what
 * says how objects and refs are stored is read. Replace refs and grafts are not obeyed: each object
 * is what it is.
 *
 * May include: base. Library: libdeflate, in this room only.
 * Threads: a history is shared and constant after history_open(); a history_reader belongs to one
 * thread. history_attribute() runs alone.
 */
#ifndef GIT_HISTORY_H
#define GIT_HISTORY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/finding.h"
#include "base/outcome.h"
#include "base/pool.h"

/* Hex digits of an object id and the NUL (SHA-1; other formats are refused by history_open()). */
#define HISTORY_ID_SIZE 41

struct history;
struct history_reader;

enum history_kind { HISTORY_BLOB, HISTORY_COMMIT, HISTORY_TAG };

/*
 * Some of a repository's commits, as git log takes them. Objects are then those that these commits
 * brought in: what their trees hold, but not those of the commits before them.
 */
struct history_range {
    const char *const *revisions; /* A, ^A, A..B, A...B, A^!; revision_count of them */
    size_t revision_count;
    const char *branch;         /* and this branch; NULL: none */
    bool all;                   /* and every ref */
    bool everything;            /* and whatever refs, HEAD, reflogs and the index name */
    const char *since, *until;  /* by the committer's date, as git reads them; NULL: no limit */
    bool not_refs, not_remotes; /* but not what any ref, or any below refs/remotes/, reaches */
    const char *remote;         /* with not_remotes: only the refs of this one; NULL: of all */
    bool lenient;               /* a ^A that is not there leaves nothing out; else it is an error */
};

struct covered;

struct history_options {
    /* What an earlier scan looked at (covered.h), which is not handed out again; NULL: nothing.
     * Goes with no range. */
    const struct covered *covered;
    const struct history_range *range; /* borrowed by history_open(); NULL: everything */
    /* For hooks: also objects where GIT_OBJECT_DIRECTORY and its like say; and the repository is
     * looked for upwards from `path`, "." being where GIT_DIR says. */
    bool obey_environment;
    bool all_objects; /* also what no ref, reflog or note reaches */
    /*
     * Bytes; a larger blob is counted as SKIP_TOO_LARGE. 0, or anything from LIMIT_BLOB_BYTES on:
     * the limit is the program's own, so a larger blob is a trouble (SKIP_LIMIT).
     */
    uint64_t blob_max;
    /*
     * Bytes of the longest thing that the caller looks for; 0: it wants to see every object whole.
     * See history_object.
     */
    size_t reach;
    /*
     * Of a bundle or pack: others that may have what its deltas stand on, lender_count of them.
     * Nothing of theirs is handed out. Borrowed by history_open().
     */
    const char *const *lenders;
    size_t lender_count;
    struct pool *pool; /* helps to open and to attribute; must not be running then. NULL: none */
};

/* Bytes [from, to) of an object. */
struct history_span {
    size_t from, to;
};

/*
 * One object. `content` and `fresh` die with the call that hands it over. Where the object is kept
 * as a delta of one that was HISTORY_CLEAN, what lies outside of `fresh` is in that one too: every
 * run of up to history_options.reach bytes, with a byte on either side, lies in a span or stood
 * there. Else one span is everything.
 */
struct history_object {
    enum history_kind kind;
    char id[HISTORY_ID_SIZE];
    struct slice content;             /* of a commit or tag: the whole object, its header too */
    const struct history_span *fresh; /* fresh_count of them, ascending */
    size_t fresh_count;
};

/* What to do next, and whether the object holds anything of what is looked for. */
enum history_answer { HISTORY_GO_ON, HISTORY_STOP, HISTORY_CLEAN };

typedef enum history_answer history_object_fn(void *ctx, const struct history_object *object);

/*
 * Is `path` a repository: a work tree's `.git` folder, a bare repository, or a `.git` file that
 * names one? Looks at the file system only: cheap enough for every folder called `.git` or `*.git`.
 */
bool history_is_repository(const char *path);

/* Is a file that begins with `head` (HISTORY_SNIFF_BYTES suffice) a bundle or a pack? */
#define HISTORY_SNIFF_BYTES 16
bool history_is_bundle(struct slice head);

/*
 * What tells the object stores of two repositories apart (device and inode), so that a linked work
 * tree and its main one are read once. Zeros where `path` is no repository that can be read.
 */
void history_identity(const char *path, uint64_t identity[static 2]);

/*
 * Open the repository whose git directory (or work tree) is `path`, or the bundle or pack of that
 * path, and list its objects. Of a pack alone all are listed; that objects which a pack, or a
 * bundle with prerequisites, names lie elsewhere is its nature, and not told. On success
 * `*out` is the caller's, to be freed; `target` is borrowed as long. Missing objects, refs that
 * point nowhere and packs that cannot be read are troubles in `outcome` (under `target`, and the
 * path of the file or `path`), not failures; counts refs and the repository itself in its coverage.
 * In a partial clone missing objects are only counted, each once, as SKIP_MISSING; so are, as
 * SKIP_SHALLOW, the parents at which a shallow clone was cut off.
 * Returns STATUS_OK; STATUS_INVALID where `path` is no repository or the range names nothing that
 * is there, STATUS_UNSUPPORTED for an object
 * format or extension that cannot be read, STATUS_NOMEM, each with a text that names `path`.
 */
enum status history_open(struct history **out, const char *target, const char *path,
                         const struct history_options *options, struct outcome *outcome);

/* Independent pieces of work; 0 for an empty repository. */
size_t history_units(const struct history *history);

/* A reader for one thread. On success `*out` is the caller's, to be freed. */
enum status history_reader_new(struct history_reader **out, const struct history *history);

/*
 * Hand each object of unit `unit` (< history_units(), asserted) to `fn`. An object that is corrupt,
 * or names one that is missing, is a trouble in `outcome` and the unit goes on; what was read is
 * counted in its coverage. A missing object is told once, by whichever unit meets it first: the
 * outcomes of all units together do not depend on the order.
 * Returns STATUS_OK, or STATUS_STOPPED where `fn` stopped it. Where `fn` is NULL the objects are
 * only decoded, trees too, and nothing is checked: for benchmarks.
 */
enum status history_read_unit(struct history_reader *reader, size_t unit, struct outcome *outcome,
                              history_object_fn *fn, void *ctx);

/* The answer for one object that held something. */
struct history_hit {
    char id[HISTORY_ID_SIZE]; /* in: the object, as handed over */
    enum history_kind kind;   /* in */
    struct git_origin
        origin; /* out: its text lives in the arena given; `blob` and `kind` always set */
    const char *head_path; /* out: the first of the paths at which HEAD's tree has it, or NULL */
    uint64_t order;        /* out: place of first_commit, oldest first; UINT64_MAX without one */
    uint64_t last_order;   /* out: place of last_commit, likewise; 0 without one */
    size_t index;          /* out: for history_count_commits() */
};

/*
 * Say for each of `n` hits, whose ids are different, which commit brought it in first, by topology
 * and then by date, which reached commit holds it last, under which paths it stands in any tree
 * (the first LIMIT_GIT_PATHS found), and whether HEAD's tree holds it. Commits that nothing reaches
 * come after all others, and count only with all_objects. on_remote says whether a ref below
 * refs/remotes/ reaches it, and is KNOWN_NOT where there is none. A commit's own message is brought
 * in by that commit, a tag's by the commit that it names. `commits` is left at 0. However many
 * hits, trees are read twice. What cannot be read was told before, when it was listed or
 * handed out: the hits are attributed as far as the rest goes, and `outcome` stays as it is.
 * Returns STATUS_OK or STATUS_NOMEM.
 */
enum status history_attribute(struct history *history, struct history_hit *hits, size_t n,
                              struct arena *arena, struct outcome *outcome);

/*
 * How many commits hold at least one of these hits, which were answered by the last
 * history_attribute(); a message is held by its own commit. 0 where they were not counted: the work
 * of all counts together is limited.
 */
uint64_t history_count_commits(struct history *history, const struct history_hit *const *hits,
                               size_t n);

/* Append the lines that make up what a scan of all that was opened here has covered (covered.h). */
void history_note(const struct history *history, struct buf *out);

/* NULL is allowed in both. */
void history_reader_free(struct history_reader *reader);
void history_free(struct history *history);

#endif
