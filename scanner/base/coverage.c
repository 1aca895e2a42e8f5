/* coverage.c - the words for reasons, and sums of receipts. */
#include "base/coverage.h"

#include <assert.h>
#include <stddef.h>

const char *skip_name(enum skip reason)
{
    static const char *const names[SKIP_COUNT] = {
        [SKIP_TOO_LARGE] = "too_large", [SKIP_UNREADABLE] = "unreadable",
        [SKIP_SYMLINK] = "symlink",     [SKIP_SPECIAL] = "special",
        [SKIP_PSEUDO_FS] = "pseudo_fs", [SKIP_IGNORED] = "ignored",
        [SKIP_MISSING] = "missing",     [SKIP_SHALLOW] = "shallow",
        [SKIP_ENCRYPTED] = "encrypted", [SKIP_LIMIT] = "limit",
        [SKIP_EXCLUDED] = "excluded",   [SKIP_ARCHIVED] = "archived",
        [SKIP_EMPTY] = "empty",
    };

    assert(reason < SKIP_COUNT);
    return names[reason];
}

bool skip_is_loss(enum skip reason)
{
    return reason == SKIP_UNREADABLE || reason == SKIP_MISSING || reason == SKIP_ENCRYPTED ||
           reason == SKIP_LIMIT || reason == SKIP_ARCHIVED || reason == SKIP_EMPTY;
}

void coverage_add(struct coverage *into, const struct coverage *from)
{
    into->files += from->files;
    into->bytes += from->bytes;
    into->archives += from->archives;
    into->repositories += from->repositories;
    into->blobs += from->blobs;
    into->commits += from->commits;
    into->merges += from->merges;
    into->tags += from->tags;
    into->refs += from->refs;
    into->objects += from->objects;
    into->blob_bytes += from->blob_bytes;
    for (size_t i = 0; i < SKIP_COUNT; i++)
        into->skipped[i] += from->skipped[i];
    into->temporary_ids += from->temporary_ids;
    into->allowed += from->allowed;
    into->baselined += from->baselined;
    into->rules_off += from->rules_off;
    into->errors += from->errors;
}

bool coverage_is_complete(const struct coverage *coverage)
{
    for (size_t i = 0; i < SKIP_COUNT; i++)
        if (skip_is_loss((enum skip)i) && coverage->skipped[i])
            return false;
    return true;
}
