/* trail_report.c - what all forms of the report say alike. */
#include "trail/trail_report.h"

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
    return !limits[0] && outcome_complete(&report->receipt->outcome) && !report->receipt->broken;
}
