/*
 * scan_settings.h - what decides what a scan tells of an object, as one hash.
 *
 * Files that remember what was covered (--since-last, --resume) hold it: under other rules, other
 * settings or another version of the program nothing counts as covered.
 *
 * May include: base, detect/database.h. Library: nettle. Threads: pure.
 */
#ifndef SCAN_SCAN_SETTINGS_H
#define SCAN_SCAN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

struct scan_settings {
    const char *rules_file; /* NULL: the built-in rules alone */
    uint64_t max_bytes;     /* of a blob or object that is looked at */
    unsigned archive_depth;
    bool ignore_marks;
    struct slice hidden; /* text for what is kept out of the report: it differs where that does */
};

/* Bytes of the hash in hex, with its NUL. */
enum { SCAN_SETTINGS_SIZE = 65 };

/*
 * SHA-256 of the settings, the built-in rules, those of the rule file, and the program's version.
 * STATUS_OK; STATUS_IO or STATUS_LIMIT with a text that names the rule file; STATUS_NOMEM.
 */
enum status scan_settings_hash(char out[static SCAN_SETTINGS_SIZE],
                               const struct scan_settings *settings);

#endif
