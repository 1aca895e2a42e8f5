/* trail_page.c - what the two rooms do not know of each other: stories handed to the page. */
#include "command/trail_page.h"

#include "command/results.h"
#include "trail/trail_json.h"

static cJSON *story(const void *ctx, size_t index)
{
    return trail_page_story(ctx, index);
}

static cJSON *summary(const void *ctx)
{
    return trail_page_summary(ctx);
}

enum status trail_page_write(const struct options *options, const struct earlier *earlier,
                             const struct trail_report *report, FILE *out)
{
    static const struct outcome nothing = { 0 };
    struct report_trail trail = { .ctx = report,
                                  .story_count = report->story_count,
                                  .story = story,
                                  .summary = summary,
                                  .alone = !earlier };
    struct report_options page = { .format = REPORT_HTML,
                                   .show_secrets = options->show_secrets,
                                   .trail = &trail };
    struct buf receipt = { 0 };
    enum status status;

    page.began = page.ended = results_now();
    if (earlier)
        earlier_describe(earlier, &page);
    trail_receipt_put(report, &receipt);
    status = buf_status(&receipt);
    trail.receipt = buf_cstr(&receipt);
    if (!status)
        status = report_write(earlier ? &earlier->outcome : &nothing, &page, out);
    buf_release(&receipt);
    return status;
}
