/* extract.c - where a piece and a stretch meet. */
#include "scan/extract.h"

#include <string.h>

uint64_t extract_begin(uint64_t offset)
{
    return offset > EXTRACT_BEFORE_BYTES ? offset - EXTRACT_BEFORE_BYTES : 0;
}

/* `text` stands at `base` of the document. */
static void keep(struct extract *extract, struct slice text, uint64_t base)
{
    uint64_t end = base + text.len, from = base > extract->from ? base : extract->from;
    uint64_t to = extract->from + EXTRACT_BYTES;
    size_t at;

    to = end < to ? end : to;
    if (from >= to)
        return;
    at = (size_t)(from - extract->from);
    memcpy(extract->bytes + at, text.ptr + (from - base), (size_t)(to - from));
    if (extract->len < at + (size_t)(to - from))
        extract->len = at + (size_t)(to - from);
}

void extracts_note(struct extracts *extracts, const char *path, const struct piece *piece)
{
    if (!extracts)
        return;
    pthread_mutex_lock(&extracts->lock);
    for (size_t i = 0; i < extracts->count; i++)
        if (!extracts->list[i].blob && strcmp(extracts->list[i].path, path) == 0)
            keep(&extracts->list[i], piece->text, piece->base);
    pthread_mutex_unlock(&extracts->lock);
}

void extracts_note_object(struct extracts *extracts, const char *id, struct slice content)
{
    if (!extracts)
        return;
    pthread_mutex_lock(&extracts->lock);
    for (size_t i = 0; i < extracts->count; i++)
        if (extracts->list[i].blob && strcmp(extracts->list[i].blob, id) == 0)
            keep(&extracts->list[i], content, 0);
    pthread_mutex_unlock(&extracts->lock);
}
