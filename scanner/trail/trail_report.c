/* trail_report.c - what all forms of the report say alike. */
#include "trail/trail_report.h"

#include "base/array.h"
#include "base/number.h"

void trail_report_limits(const struct trail_report *report, const char *out[static 8])
{
    const struct follow *f = report->follow;

    if (f->subjects.cut)
        *out++ = "more keys, sessions or users than are followed";
    if (f->cut)
        *out++ = "it led further than is followed";
    if (ledger_dropped(&f->ledger))
        *out++ = "more different steps than are held";
    if (f->ledger.repeats.cut)
        *out++ = "more records than are told apart: one that lies in two files may count twice";
    if (report->receipt->too_long)
        *out++ = "records longer than any of CloudTrail's were passed over";
    *out = NULL;
}

bool trail_report_complete(const struct trail_report *report)
{
    const char *limits[8];

    trail_report_limits(report, limits);
    return !limits[0] && outcome_complete(&report->receipt->outcome) && !report->receipt->broken &&
           !report->receipt->unknown;
}

void trail_receipt_put(const struct trail_report *report, struct buf *out)
{
    const struct trail_receipt *r = report->receipt;
    const uint64_t *skipped = r->outcome.coverage.skipped;
    const struct {
        uint64_t count;
        const char *one, *many;
    } others[] = {
        { r->digests, "digest file", "digest files" },
        { r->insights, "record of Insights", "records of Insights" },
        { r->unknown_versions, "record of an unknown version", "records of unknown versions" },
        { r->other_files, "file without a record of CloudTrail",
          "files without a record of CloudTrail" },
        { report->follow->ledger.duplicates, "record that was there twice",
          "records that were there twice" },
        { r->broken, "broken record", "broken records" },
        { r->unknown, "text that speaks of records in a form that is not known",
          "texts that speak of records in a form that is not known" },
        { skipped[SKIP_EXCLUDED], "object left out by --exclude", "objects left out by --exclude" },
        { skipped[SKIP_TOO_LARGE], "object larger than --max-object-size",
          "objects larger than --max-object-size" },
        { skipped[SKIP_ARCHIVED], "object that must be restored first",
          "objects that must be restored first" },
        { r->outcome.coverage.errors, "error", "errors" },
    };

    number_put_of(out, r->records, "record", "records");
    buf_text(out, " in ");
    number_put_of(out, r->outcome.coverage.files, "file", "files");
    buf_text(out, " (");
    number_put_size(out, r->outcome.coverage.bytes);
    buf_byte(out, ')');
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (others[i].count) {
            buf_text(out, ", ");
            number_put_of(out, others[i].count, others[i].one, others[i].many);
        }
}
