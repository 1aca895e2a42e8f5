/*
 * fuzz_view.c - any bytes through every view, one on top of the other.
 *
 * Places must come back inside of the source and in order.
 */
#include <stdlib.h>

#include "decode/runs.h"
#include "decode/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct view *view, size_t source_len)
{
    size_t last = 0;

    for (size_t i = 0; i <= view->text.len; i++) {
        size_t at = view_source(view, i);

        if (at < last || at > source_len)
            abort();
        last = at;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view source = { .text = { data, size } };
    struct arena arena = { 0 };
    struct run run;

    for (size_t at = 0; runs_next(source.text, at, &(size_t){ 40 }, 1, &run); at = run.end)
        if (run.start >= run.end || run.end > size)
            abort();
    for (int sight = SIGHT_ESCAPES; sight <= SIGHT_FIELDS; sight++) {
        struct view view, decoded;

        if (view_make(&view, &arena, &source, (enum sight)sight))
            continue;
        check(&view, size);
        for (int codec = CODEC_UTF16; codec < CODEC_COUNT; codec++)
            if (!view_decode(&decoded, &arena, &view, (enum codec)codec, 0))
                check(&decoded, size);
    }
    arena_release(&arena);
    return 0;
}
