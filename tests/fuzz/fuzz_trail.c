/* fuzz_trail.c - any bytes as a log: records are found the same in blocks and byte by byte, and
 * reading them follows nobody into a fault. */
#include <stdlib.h>

#include "trail/follow.h"
#include "trail/split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct found {
    struct slice bytes;
    struct follow *follow; /* NULL: only count */
    uint64_t sum;
};

static void on_record(void *ctx, const struct record *record)
{
    struct found *found = ctx;

    follow_note(found->follow, record, 0);
}

static void on_unit(void *ctx, size_t from, size_t to)
{
    struct found *found = ctx;

    found->sum = found->sum * 31 + from * 7 + to;
    if (found->follow)
        record_read(slice_sub(found->bytes, from, to), on_record, found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = { data, size };
    struct pick_list list = { 0 };
    struct indicators indicators;
    struct follow follow;
    struct found blocks = { bytes, &follow, 0 }, plain = { bytes, NULL, 0 };
    struct splitter a, b;
    bool again = true;

    if (indicators_read(&indicators, indicators_builtin(), "built-in"))
        abort();
    follow_init(&follow, &indicators);
    follow_key(&follow, "AKIAEXAMPLE", RECORD_NO_TIME);
    for (int pass = 0; pass < 2 && again; pass++) {
        if (follow_begin(&follow, &list))
            abort();
        split_init(&a);
        blocks.sum = 0;
        split_run(&a, bytes, 0, on_unit, &blocks);
        follow_end(&follow, &again);
        pick_list_release(&list);
    }
    split_init(&b);
    split_run_plainly(&b, bytes, 0, on_unit, &plain);
    if (blocks.sum != plain.sum || a.depth != b.depth)
        abort();
    follow_release(&follow);
    indicators_release(&indicators);
    return 0;
}
