/*
 * sightings.h - from the places where a repository's objects hold something to credentials.
 *
 * Every place is attributed by git/history.h; the places of one credential become one finding, with
 * its paths, its first and last commit and their number. What a file of the work tree holds too is
 * reported there, with what git knows, and not a second time.
 *
 * May include: base, git/history.h. Threads: one owner at a time.
 */
#ifndef SCAN_SIGHTINGS_H
#define SCAN_SIGHTINGS_H

#include "base/outcome.h"
#include "git/history.h"

/* Whose sightings, and how they are told. All borrowed. */
struct sightings_of {
    struct history *history;
    const char *repository; /* its path, as reports show it */
    bool apart;             /* a finding for each object that holds a credential */
    struct arena *arena;    /* of what the findings say of git; it must outlive `outcome` */
};

/* What git_origin.kind says of an object. */
const char *sightings_kind(enum history_kind kind);

/*
 * Add the findings of `found`, whose git says blob and kind, to `outcome`, which holds those of
 * files. `found` keeps its own. STATUS_OK or STATUS_NOMEM.
 */
enum status sightings_report(const struct sightings_of *of, struct outcome *found,
                             struct outcome *outcome);

#endif
