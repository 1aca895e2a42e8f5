/*
 * foreign.c - findings asked for in a table of entries, sorted by what they name.
 *
 * A key is "=" and the value, "#" and the SHA-1 in hex, or "@", the line, ":" and the path: so one
 * search finds all entries that could mean a finding, however many there are.
 */
#include <nettle/sha1.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "report/foreign_private.h"
#include "report/gitallowed.h"

void foreign_release(struct foreign *foreign)
{
    for (size_t i = 0; i < foreign->count; i++)
        gitallowed_free(foreign->entries[i].allows);
    free(foreign->entries);
    arena_release(&foreign->arena);
    *foreign = (struct foreign){ 0 };
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct foreign_entry *)a)->key, ((const struct foreign_entry *)b)->key);
}

static int by_line(const void *a, const void *b)
{
    const struct foreign_entry *left = a, *right = b;
    int order = (left->line > right->line) - (left->line < right->line);

    return order ? order : by_key(a, b);
}

void foreign_sort(struct foreign *foreign)
{
    if (foreign->count)
        qsort(foreign->entries, foreign->count, sizeof(*foreign->entries), by_key);
}

void foreign_sort_by_line(struct foreign *foreign)
{
    if (foreign->count)
        qsort(foreign->entries, foreign->count, sizeof(*foreign->entries), by_line);
}

/* --- asking --- */

/* The first entry of this key, or count. */
static size_t first_of(const struct foreign *foreign, const char *key)
{
    size_t low = 0, high = foreign->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(foreign->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Does the finding stand where only this commit's entry can mean it? */
static bool is_of_commit(const struct foreign_entry *entry, const struct finding *finding)
{
    if (!entry->commit)
        return !finding_in_history(finding);
    return finding_in_history(finding) && finding->git->first_commit &&
           strcmp(finding->git->first_commit, entry->commit) == 0;
}

/* Note `met` in every entry of `key` that means the finding. False: there is none to take over. */
static bool note(struct foreign *foreign, const struct buf *key, const struct finding *finding,
                 enum foreign_state met)
{
    bool place, named = false;

    if (buf_status(key))
        return false;
    place = buf_cstr(key)[0] == '@';
    for (size_t i = first_of(foreign, buf_cstr(key)); i < foreign->count; i++) {
        struct foreign_entry *entry = &foreign->entries[i];

        if (strcmp(entry->key, buf_cstr(key)) != 0)
            break;
        if (place && !is_of_commit(entry, finding))
            continue;
        if (entry->state >= FOREIGN_LIVE)
            continue;
        if (entry->state != FOREIGN_MATCHED)
            entry->state = met;
        named = true;
    }
    return named;
}

static bool note_value(struct foreign *foreign, const struct finding *finding, struct slice value,
                       enum foreign_state met)
{
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx hash;
    struct buf key = { 0 };
    bool named;

    if (memchr(value.ptr, 0, value.len))
        return false;
    buf_byte(&key, '=');
    buf_append(&key, value);
    named = note(foreign, &key, finding, met);
    sha1_init(&hash);
    sha1_update(&hash, value.len, value.ptr);
    sha1_digest(&hash, sizeof(digest), digest);
    buf_reset(&key);
    buf_byte(&key, '#');
    buf_hex(&key, digest, sizeof(digest));
    named |= note(foreign, &key, finding, met);
    buf_release(&key);
    return named;
}

static bool note_path(struct foreign *foreign, const struct finding *finding, uint64_t line,
                      const char *path, enum foreign_state met)
{
    struct buf key = { 0 };
    bool named;

    buf_printf(&key, "@%llu:%s", (unsigned long long)line, path);
    named = note(foreign, &key, finding, met);
    buf_release(&key);
    return named;
}

/* By its path as it is shown, from its target on, and by those in history's trees. */
static bool note_place(struct foreign *foreign, const struct finding *finding, uint64_t line,
                       const char *path, enum foreign_state met)
{
    size_t target = strlen(finding->target);
    bool named = note_path(foreign, finding, line, path, met);

    if (strncmp(path, finding->target, target) == 0 && path[target] == '/')
        named |= note_path(foreign, finding, line, path + target + 1, met);
    for (size_t i = 0; finding_in_history(finding) && i < finding->git->path_count; i++)
        if (strcmp(finding->git->paths[i], path) != 0)
            named |= note_path(foreign, finding, line, finding->git->paths[i], met);
    return named;
}

/* trufflehog writes both halves into one value, with a colon between or, before 2023, without. */
static bool note_both(struct foreign *foreign, const struct finding *finding)
{
    struct buf both = { 0 };
    bool named = false;

    for (int colon = 0; colon < 2; colon++) {
        buf_reset(&both);
        buf_append(&both, finding->id);
        buf_text(&both, colon ? ":" : "");
        buf_append(&both, finding->secret);
        if (!buf_status(&both))
            named |= note_value(foreign, finding, buf_view(&both), FOREIGN_MATCHED);
    }
    buf_release(&both);
    return named;
}

/* Note `met` in every entry whose expression allows this line. */
static bool note_text(struct foreign *foreign, struct slice line, enum foreign_state met)
{
    bool named = false;

    for (size_t i = 0; i < foreign->count; i++) {
        struct foreign_entry *entry = &foreign->entries[i];

        if (!entry->allows || !gitallowed_matches(entry->allows, line))
            continue;
        if (entry->state != FOREIGN_MATCHED)
            entry->state = met;
        named = true;
    }
    return named;
}

/* By the line of its file, with the path as it is shown and from its target on. */
static bool note_line(struct foreign *foreign, const struct finding *finding, const char *path,
                      const struct place *place, struct slice value, enum foreign_state met)
{
    size_t target = strlen(finding->target);
    bool inside = strncmp(path, finding->target, target) == 0 && path[target] == '/';
    struct buf text = { 0 }, line = { 0 };
    bool named = false;

    if (foreign->has_expressions && !finding_in_history(finding) &&
        gitallowed_read(&text, path, place->offset, value)) {
        for (int cut = 0; cut <= inside; cut++) {
            buf_reset(&line);
            buf_printf(&line, "%s:%llu:", cut ? path + target + 1 : path,
                       (unsigned long long)place->line);
            buf_append(&line, buf_view(&text));
            if (!buf_status(&line))
                named |= note_text(foreign, buf_view(&line), met);
        }
    }
    buf_release(&text);
    buf_release(&line);
    return named;
}

bool foreign_names(struct foreign *foreign, const struct finding *finding)
{
    bool pair = finding->id.ptr && finding->secret.ptr;
    const char *secret_path = finding->secret_path ? finding->secret_path : finding->path;
    bool named;

    if (!pair) {
        struct slice value = finding->id.ptr ? finding->id : finding->secret;

        named = note_value(foreign, finding, value, FOREIGN_MATCHED);
        named |=
            note_line(foreign, finding, finding->path, &finding->place, value, FOREIGN_MATCHED);
        return note_place(foreign, finding, finding->place.line, finding->path, FOREIGN_MATCHED) ||
               named;
    }
    named = note_value(foreign, finding, finding->secret, FOREIGN_MATCHED);
    named |= note_both(foreign, finding);
    named |= note_place(foreign, finding, finding->secret_place.line, secret_path, FOREIGN_MATCHED);
    named |= note_line(foreign, finding, secret_path, &finding->secret_place, finding->secret,
                       FOREIGN_MATCHED);
    note_line(foreign, finding, finding->path, &finding->place, finding->id,
              named ? FOREIGN_MATCHED : FOREIGN_ID_ONLY);
    note_value(foreign, finding, finding->id, named ? FOREIGN_MATCHED : FOREIGN_ID_ONLY);
    note_place(foreign, finding, finding->place.line, finding->path,
               named ? FOREIGN_MATCHED : FOREIGN_ID_ONLY);
    return named;
}
