/*
 * locate.h - where a file lies in its repository, as tools outside name it.
 *
 * Paths of findings are as typed; GitHub, GitLab and editors want them from the repository's root
 * on, without links. Only names are looked up; no file is read.
 *
 * May include: base. Threads: one owner at a time.
 */
#ifndef REPORT_LOCATE_H
#define REPORT_LOCATE_H

#include "base/buf.h"
#include "base/finding.h"

/* {0} is a valid locator: what it knows of the target it was asked for last. */
struct locator {
    const char *target;
    struct buf root; /* "" or the path that names begin with, without a slash at its end */
    struct buf path;
};

void locator_release(struct locator *locator);

/*
 * The place of `path`, one that `finding` names: from the root of the repository that holds the
 * finding's target, else from the working directory; with `*inside` false an absolute path or an
 * s3:// URI, for what lies in neither. In history it is the path in the tree. Bytes as they are,
 * borrowed until the next call; an archive's member keeps its "!". "" where memory is out.
 */
const char *locator_path(struct locator *locator, const struct finding *finding, const char *path,
                         bool *inside);

/* Append `path` as a URI reference (RFC 3986): relative, or with file:// before an absolute one. */
void locator_uri(struct buf *out, const char *path, bool inside);

#endif
