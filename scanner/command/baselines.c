/* baselines.c - files in, a thinner outcome and files out. */
#include "command/baselines.h"

#include <time.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/replace.h"
#include "command/say.h"

enum status baseline_read(struct baseline *baseline, const char *path, bool may_be_new)
{
    struct buf text = { 0 };
    enum status status = file_read(&text, path, LIMIT_BASELINE_BYTES);

    *baseline = (struct baseline){ 0 };
    if (!status)
        status = baseline_parse(baseline, path, buf_view(&text));
    else if (status == STATUS_ABSENT)
        status = may_be_new ? STATUS_OK : err_set(STATUS_IO, "%s: there is no such file", path);
    else if (status != STATUS_NOMEM)
        status = err_set(status, "%s: %s", path, err_text());
    buf_release(&text);
    return status;
}

enum status baseline_write(const struct baseline *baseline, const char *path)
{
    struct replace file;
    struct buf text = { 0 };
    enum status status;

    baseline_put(&text, baseline);
    if (!(status = buf_status(&text)) && !(status = replace_open(&file, path, 0666))) {
        fwrite(text.ptr, 1, text.len, file.file);
        status = replace_commit(&file);
    }
    buf_release(&text);
    return status;
}

void baseline_today(char out[static BASELINE_DATE_SIZE])
{
    time_t now = time(NULL);
    struct tm day;

    gmtime_r(&now, &day);
    strftime(out, BASELINE_DATE_SIZE, "%Y-%m-%d", &day);
}

static enum status check_options(const struct options *options)
{
    char today[BASELINE_DATE_SIZE];

    baseline_today(today);
    if (!options->write_baseline && (options->expires || options->reason))
        return err_set(STATUS_INVALID, "--expires and --reason go with --write-baseline");
    if (options->expires && !baseline_is_date(options->expires))
        return err_set(STATUS_INVALID, "--expires: \"%s\" is not a day such as 2027-01-31",
                       options->expires);
    if (options->expires && strcmp(options->expires, today) < 0)
        return err_set(STATUS_INVALID, "--expires: %s is over", options->expires);
    if (options->reason && !baseline_is_text(slice_of(options->reason)))
        return err_set(STATUS_INVALID, "--reason: control characters, or bytes that are not UTF-8");
    return STATUS_OK;
}

enum status baselines_open(struct baselines *baselines, const struct options *options)
{
    enum status status = check_options(options);
    bool first = options->baseline && options->write_baseline &&
                 strcmp(options->baseline, options->write_baseline) == 0;

    *baselines = (struct baselines){ 0 };
    if (!status && options->baseline)
        status = baseline_read(&baselines->known, options->baseline, first);
    if (!status && options->write_baseline)
        status = baseline_read(&baselines->written, options->write_baseline, true);
    if (status)
        baselines_release(baselines);
    return status;
}

static void suppress(struct baseline *baseline, const char *path, struct outcome *outcome)
{
    char today[BASELINE_DATE_SIZE];
    struct baseline_use use;

    baseline_today(today);
    use = baseline_suppress(baseline, outcome, today);
    if (use.expired)
        say("%s:%zu: expired on %s%s", path, use.lapsed->line, use.lapsed->expires,
            use.expired > 1 ? ", and others too: their findings are reported again"
                            : ": its finding is reported again");
}

/* What the built-in rules find is random; of a team's own rules nobody knows. */
static bool is_own(void *ctx, const struct rule *rule)
{
    return scan_rule_is_own(ctx, rule);
}

enum status baselines_add(struct baselines *baselines, const struct options *options,
                          struct scan *scan, struct baseline_counts *counts)
{
    const struct baseline_terms terms = { options->expires, options->reason, is_own, scan };
    size_t added;
    enum status status = baseline_add(&baselines->written, scan_outcome(scan), &terms, &added);

    counts->added += status ? 0 : added;
    return status;
}

enum status baselines_apply(struct baselines *baselines, const struct options *options,
                            struct scan *scan)
{
    struct baseline *written = &baselines->written;
    struct outcome *outcome = scan_outcome(scan);
    struct baseline_counts counts = { 0 };
    enum status status;

    if (options->baseline)
        suppress(&baselines->known, options->baseline, outcome);
    if (!options->write_baseline)
        return STATUS_OK;
    status = baselines_add(baselines, options, scan, &counts);
    if (!status)
        status = baseline_write(written, options->write_baseline);
    if (status)
        return status;
    say("%s: %zu %s added, %zu in all", options->write_baseline, counts.added,
        counts.added == 1 ? "credential" : "credentials", written->count);
    suppress(written, options->write_baseline, outcome);
    return STATUS_OK;
}

void baselines_release(struct baselines *baselines)
{
    baseline_release(&baselines->known);
    baseline_release(&baselines->written);
}
