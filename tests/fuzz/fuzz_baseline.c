/* fuzz_baseline.c - any bytes as a baseline: what is taken prints to something that is taken. */
#include <stdlib.h>

#include "report/baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct baseline baseline, again;
    struct buf first = { 0 }, second = { 0 };

    if (baseline_parse(&baseline, "fuzz", (struct slice){ data, size }))
        return 0;
    baseline_put(&first, &baseline);
    if (baseline_parse(&again, "fuzz", buf_view(&first)))
        abort();
    baseline_put(&second, &again);
    if (!slice_eq(buf_view(&first), buf_view(&second)))
        abort();
    buf_release(&first);
    buf_release(&second);
    baseline_release(&baseline);
    baseline_release(&again);
    return 0;
}
