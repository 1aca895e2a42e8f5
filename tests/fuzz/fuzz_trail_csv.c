/* fuzz_trail_csv.c - any bytes as a table of CloudTrail's columns, and as a printed struct: each
 * record is one line of JSON. */
#include <stdlib.h>

#include "base/buf.h"
#include "trail/csv_log.h"
#include "trail/struct_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(struct slice text)
{
    struct slice line;

    while (slice_line(&text, &line)) {
        cJSON *json = cJSON_ParseWithLength((const char *)line.ptr, line.len);

        if (!cJSON_IsObject(json))
            abort();
        cJSON_Delete(json);
    }
}

static void read_table(struct slice bytes)
{
    struct stream stream = stream_of_bytes(&bytes), lines;
    struct buf text = { 0 };
    struct csv_log *log;
    uint8_t block[777];
    ssize_t n;

    if (csv_log_new(&log, &stream))
        return;
    lines = csv_log_stream(log);
    while ((n = lines.read(lines.ctx, block, sizeof(block))) > 0)
        buf_append(&text, (struct slice){ block, (size_t)n });
    check_lines(buf_view(&text));
    buf_release(&text);
    csv_log_free(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char heading[] = "eventname,eventsource,eventtime,useridentity,requestparameters,"
                                  "username\n";
    struct slice bytes = { data, size };
    struct buf table = { 0 };
    cJSON *made = NULL;
    bool is;

    if (csv_log_look(bytes, &is))
        abort();
    read_table(bytes);
    buf_text(&table, heading);
    buf_append(&table, bytes);
    read_table(buf_view(&table));
    buf_reset(&table);
    buf_append(&table, bytes);
    if (!struct_text_read(&made, buf_cstr(&table), NULL, &is))
        cJSON_Delete(made);
    buf_release(&table);
    return 0;
}
