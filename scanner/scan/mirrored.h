/*
 * mirrored.h - what inventories tell of the objects that a mirror's files are copies of.
 *
 * Inventories are read after the scan, and only where something was found: of a listing of any
 * length only the objects with findings are kept. A mirror holds one version of each object, and an
 * inventory may list many, or be younger than the mirror; a version is that of a file only where
 * the size agrees and so does the date, for tools that mirror give a file its object's date; or
 * where it is the current version and no younger than the file.
 *
 * Threads: the thread that owns the scan.
 */
#ifndef SCAN_MIRRORED_H
#define SCAN_MIRRORED_H

#include "base/outcome.h"
#include "source/mirror.h"

/*
 * Give the findings of `outcome` that lie in `mirrors` the version, date and ETag that the `count`
 * files at `inventories` tell. What cannot be read is a trouble of the outcome, so that no missing
 * version is taken for none. What findings then point to lives in `arena`. STATUS_OK or
 * STATUS_NOMEM.
 */
enum status mirrored_describe(const struct mirrors *mirrors, const char *const *inventories,
                              size_t count, struct arena *arena, struct outcome *outcome);

#endif
