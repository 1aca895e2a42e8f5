/* trail_csv.c - the steps as a table: RFC 4180, and nothing in it that a spreadsheet would run. */
#include <errno.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/printable.h"
#include "trail/trail_report.h"

static void put_field(struct buf *out, const char *text)
{
    struct buf safe = { 0 };

    printable_text(&safe, slice_of(text ? text : ""));
    buf_text(out, out->len ? ",\"" : "\"");
    if (safe.len && strchr("=+-@", safe.ptr[0]))
        buf_byte(out, '\'');
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.ptr[i] == '"')
            buf_byte(out, '"');
        buf_byte(out, safe.ptr[i]);
    }
    buf_byte(out, '"');
    if (buf_status(&safe))
        out->failed = safe.failed;
    buf_release(&safe);
}

static void put_time_field(struct buf *out, int64_t time)
{
    struct buf text = { 0 };

    if (time != RECORD_NO_TIME)
        record_time_text(&text, time);
    put_field(out, buf_cstr(&text));
    if (buf_status(&text))
        out->failed = text.failed;
    buf_release(&text);
}

static const char *id_of(const struct story *story, uint32_t index)
{
    return index == SUBJECT_NONE ? NULL : story->follow->subjects.list[index].id;
}

static enum status put_row(const struct story *story, const struct step *step, FILE *out)
{
    const char *texts[] = { id_of(story, step->actor),
                            id_of(story, step->about),
                            step->by,
                            step->key,
                            step->source,
                            step->name,
                            step->error,
                            step->detail,
                            step->address,
                            step->region,
                            step->agent,
                            step->first.event_id };
    struct buf row = { 0 };
    enum status status;

    put_field(&row, story->follow->subjects.list[story->root].id);
    put_time_field(&row, step->first.time);
    put_time_field(&row, step->last);
    buf_printf(&row, ",%llu,%llu", (unsigned long long)step->count,
               (unsigned long long)step->bytes);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        put_field(&row, texts[i]);
    buf_text(&row, "\r\n");
    status = buf_status(&row);
    if (!status)
        fwrite(row.ptr, 1, row.len, out);
    buf_release(&row);
    return status;
}

enum status trail_csv_write(const struct trail_report *report, FILE *out)
{
    enum status status = STATUS_OK;

    fputs("of,time,last,count,bytes,actor,about,by,access_key_id,event_source,event,error,detail,"
          "address,region,user_agent,event_id\r\n",
          out);
    for (size_t i = 0; i < report->story_count; i++)
        for (size_t s = 0; s < report->stories[i].step_count && !status; s++)
            status = put_row(&report->stories[i], report->stories[i].steps[s], out);
    if (!status && (fflush(out) || ferror(out)))
        status = err_set(STATUS_IO, "%s", strerror(errno));
    return status;
}
