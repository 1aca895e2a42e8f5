/* fuzz_trail_text.c - any bytes as a log of strings or of UTF-16: what comes out is no longer than
 * three bytes for two, the same however it is asked for, and may be a log of records. */
#include <stdlib.h>

#include "base/buf.h"
#include "trail/record.h"
#include "trail/text_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_log(struct buf *out, struct slice bytes, enum text_log_kind kind, size_t step)
{
    struct stream stream = stream_of_bytes(&bytes), text;
    struct text_log *log;
    uint8_t block[777];
    ssize_t n;

    if (text_log_new(&log, &stream, kind))
        abort();
    text = text_log_stream(log);
    while ((n = text.read(text.ctx, block, step)) > 0)
        buf_append(out, (struct slice){ block, (size_t)n });
    text_log_free(log);
}

static void on_record(void *ctx, const struct record *record)
{
    *(size_t *)ctx += strlen(record->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum text_log_kind kinds[] = { TEXT_LOG_STRINGS, TEXT_LOG_UTF16 };
    struct slice bytes = { data, size };
    size_t names = 0;

    text_log_look(bytes);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct buf one = { 0 }, other = { 0 };

        read_log(&one, bytes, kinds[i], 777);
        read_log(&other, bytes, kinds[i], 1);
        if (!slice_eq(buf_view(&one), buf_view(&other)) || one.len > size / 2 * 3 + 3)
            abort();
        record_read(buf_view(&one), on_record, &names);
        buf_release(&one);
        buf_release(&other);
    }
    return 0;
}
