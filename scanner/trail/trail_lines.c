/*
 * trail_lines.c - the report for programs: JSON Lines.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/printable.h"
#include "trail/trail_json.h"

/* Write `object` as a line and free it; NULL: memory was out. */
static enum status write_line(FILE *out, cJSON *object)
{
    char *text = object ? cJSON_PrintUnformatted(object) : NULL;
    struct buf bytes = { 0 };
    enum status status;

    cJSON_Delete(object);
    if (!text)
        return err_nomem();
    printable_json(&bytes, slice_of(text));
    buf_byte(&bytes, '\n');
    free(text);
    status = buf_status(&bytes);
    if (!status)
        fwrite(bytes.ptr, 1, bytes.len, out);
    buf_release(&bytes);
    return status;
}

static enum status write_story(FILE *out, const struct story *story)
{
    enum status status = write_line(out, trail_story_json(story));

    for (size_t i = 0; i < story->step_count && !status; i++)
        status = write_line(out, trail_step_json(story, story->steps[i]));
    return status;
}

enum status trail_jsonl_write(const struct trail_report *report, FILE *out)
{
    const struct outcome *outcome = &report->receipt->outcome;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < report->story_count && !status; i++)
        status = write_story(out, &report->stories[i]);
    for (size_t i = 0; i < outcome->trouble_count && !status; i++)
        status = write_line(out, trail_error_json(&outcome->troubles[i]));
    if (!status)
        status = write_line(out, trail_summary_json(report));
    if (!status && (fflush(out) || ferror(out)))
        status = err_set(STATUS_IO, "%s", strerror(errno));
    return status;
}
