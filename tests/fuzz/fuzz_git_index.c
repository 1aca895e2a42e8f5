/*
 * fuzz_git_index.c - any bytes as an index, and as two that make up a split one.
 *
 * The first two bytes say where the base begins. Entries must come back inside of the bytes.
 */
#include <stdlib.h>

#include "base/file.h"
#include "git/files/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status parse(struct index *index, struct slice text)
{
    struct buf bytes = { 0 };

    buf_append(&bytes, text);
    return index_parse(index, &bytes);
}

/* Reads every byte that an entry points to. */
static void touch(const struct index *index)
{
    volatile uint8_t last; /* so that nothing is left out */

    for (uint32_t i = 0; i < index->count; i++) {
        for (size_t k = 0; k < index->entries[i].path.len; k++)
            last = index->entries[i].path.ptr[k];
        last = index->entries[i].id->byte[ID_BYTES - 1];
    }
    for (uint32_t i = 0; i < index->tree_count; i++)
        if (index->trees[i].child >= index->tree_count ||
            index->trees[i].sibling >= index->tree_count)
            abort();
    (void)last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice all = { data, size };
    struct index index, base;
    size_t cut;

    if (size < 2)
        return 0;
    cut = 2 + ((size_t)data[0] << 8 | data[1]) % (size - 1);
    if (!parse(&index, slice_sub(all, 2, cut)))
        touch(&index);
    if (!parse(&base, slice_sub(all, cut, size)) && index.link.len >= ID_BYTES &&
        !index_join(&index, &base))
        touch(&index);
    index_release(&index);
    index_release(&base);
    return 0;
}
