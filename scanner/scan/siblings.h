/*
 * siblings.h - halves of a credential that lie in files of one folder, one value a file.
 *
 * Kubernetes mounts secrets so, and so do Docker, Vault's agent and envdir: `access_key` holds
 * nothing but an id, `secret_key` beside it nothing but its secret. While files are scanned, such a
 * file is kept back; after the run the values of each folder are paired: the only id with the only
 * secret, or those whose names agree. What finds no partner is scanned as if it had never been kept
 * back. Names alone are little evidence, so these pairs have lower confidence than those of one
 * document.
 *
 * Threads: siblings_note() from any worker; the rest from the thread that owns the scan.
 */
#ifndef SCAN_SIBLINGS_H
#define SCAN_SIBLINGS_H

#include "scan/pipeline.h"

struct siblings;

/* On success `*out` is the caller's; `set` must outlive it. STATUS_OK or STATUS_NOMEM. */
enum status siblings_new(struct siblings **out, const struct ruleset *set);

/* NULL is allowed. */
void siblings_free(struct siblings *siblings);

/*
 * `text` is all that the file at `origin` holds. True: it is one value alone (white space and
 * quotes aside) that may be a part of a credential; it is copied and kept back, and the caller must
 * not scan it. NULL for `siblings` gives false. The target of `origin` is borrowed, its path
 * and its object copied. Where more than LIMIT_SIBLINGS are kept back, those that come last by
 * folder and name are scanned at once, by `lane`.
 */
bool siblings_note(struct siblings *siblings, struct lane *lane, const struct finding *origin,
                   struct slice text);

/*
 * After the run: pairs go into `outcome`; what was left over is scanned by `lane`, whose findings
 * must go there too. The result does not depend on who noted what, or when. STATUS_OK or
 * STATUS_NOMEM.
 */
enum status siblings_finish(struct siblings *siblings, struct lane *lane, struct outcome *outcome);

#endif
