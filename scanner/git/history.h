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
#include "base/finding.h"
#include "base/outcome.h"

/* Hex digits of an object id and the NUL (SHA-1; other formats are refused by history_open()). */
#define HISTORY_ID_SIZE 41

struct history;
struct history_reader;

enum history_kind { HISTORY_BLOB, HISTORY_COMMIT, HISTORY_TAG };

struct history_options {
    bool all_objects; /* also what no ref, reflog or note reaches */
    /*
     * Bytes; a larger blob is counted as SKIP_TOO_LARGE. 0, or anything from LIMIT_BLOB_BYTES on:
     * the limit is the program's own, so a larger blob is a trouble (SKIP_LIMIT).
     */
    uint64_t blob_max;
};

/* One object. `content` dies with the call that hands it over. */
struct history_object {
    enum history_kind kind;
    char id[HISTORY_ID_SIZE];
    struct slice content; /* of a commit or tag: the whole object, its header too */
};

/* Takes one object. Non-zero stops the unit. */
typedef int history_object_fn(void *ctx, const struct history_object *object);

/*
 * Is `path` a repository: a work tree's `.git` folder, a bare repository, or a `.git` file that
 * names one? Looks at the file system only: cheap enough for every folder called `.git` or `*.git`.
 */
bool history_is_repository(const char *path);

/*
 * What tells the object stores of two repositories apart (device and inode), so that a linked work
 * tree and its main one are read once. Zeros where `path` is no repository that can be read.
 */
void history_identity(const char *path, uint64_t identity[static 2]);

/*
 * Open the repository whose git directory (or work tree) is `path` and list its objects. On success
 * `*out` is the caller's, to be freed; `target` is borrowed as long. Missing objects, refs that
 * point nowhere and packs that cannot be read are troubles in `outcome` (under `target`, and the
 * path of the file or `path`), not failures; counts refs and the repository itself in its coverage.
 * In a shallow or partial clone missing objects are only counted, each once, as SKIP_MISSING.
 * Returns STATUS_OK; STATUS_INVALID where `path` is no repository, STATUS_UNSUPPORTED for an object
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
 * Returns STATUS_OK, or STATUS_STOPPED where `fn` stopped it.
 */
enum status history_read_unit(struct history_reader *reader, size_t unit, struct outcome *outcome,
                              history_object_fn *fn, void *ctx);

/* The answer for one object that held something. */
struct history_hit {
    char id[HISTORY_ID_SIZE]; /* in: the object, as handed over */
    enum history_kind kind;   /* in */
    struct git_origin
        origin;     /* out: its text lives in the arena given; `blob` and `kind` always set */
    uint64_t order; /* out: place of first_commit, oldest first; UINT64_MAX without one */
};

/*
 * Say for each of `n` hits, whose ids are different, which commit brought it in first, by topology
 * and then by date, which reached commit holds it last, under which paths it stands in any tree
 * (the first LIMIT_GIT_PATHS found), and whether HEAD's tree holds it. Commits that nothing reaches
 * come after all others, and count only with all_objects. on_remote says whether a ref below
 * refs/remotes/ reaches it, and is KNOWN_NOT where there is none. A commit's own message is brought
 * in by that commit, a tag's by the commit that it names. `commits` is not counted. However many
 * hits, trees are read a few times. What cannot be read was told before, when it was listed or
 * handed out: the hits are attributed as far as the rest goes, and `outcome` stays as it is.
 * Returns STATUS_OK or STATUS_NOMEM.
 */
enum status history_attribute(const struct history *history, struct history_hit *hits, size_t n,
                              struct arena *arena, struct outcome *outcome);

/* The folder of the work tree, with a slash at its end; NULL for a bare repository. Borrowed. */
const char *history_worktree(const struct history *history);

/* NULL is allowed in both. */
void history_reader_free(struct history_reader *reader);
void history_free(struct history *history);

#endif
