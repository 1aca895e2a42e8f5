/* report.c - which format writes, what it may show of a secret, and whether the bytes got out. */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>

#include "base/printable.h"
#include "report/formats.h"

enum { SHOWN_CHARACTERS = 4, SHOWN_PART = 4 /* at most one byte of so many */ };

static enum status write_failed(void)
{
    return err_set(STATUS_IO, "cannot write the report: %s", strerror(errno ? errno : EIO));
}

enum status writer_flush(struct writer *writer)
{
    enum status status = buf_status(&writer->line);
    struct slice line = buf_view(&writer->line);

    if (!status && writer->starved)
        status = err_nomem();
    if (!status && line.len) {
        errno = 0;
        if (fwrite(line.ptr, 1, line.len, writer->out) != line.len)
            status = write_failed();
    }
    buf_reset(&writer->line);
    return status;
}

struct slice writer_shown(const struct writer *writer, const struct finding *finding,
                          struct slice value)
{
    size_t len = 0;

    if (writer->options->show_secrets || finding->redacted)
        return value;
    for (size_t i = 0; i < SHOWN_CHARACTERS && len < value.len; i++) {
        size_t character = printable_utf8(slice_sub(value, len, value.len));

        len += character ? character : 1;
    }
    return slice_sub(value, 0, len * SHOWN_PART <= value.len ? len : 0);
}

static enum status finish(enum status status, FILE *out)
{
    errno = 0;
    if (!status && (fflush(out) || ferror(out)))
        status = write_failed();
    return status;
}

static enum status (*const writers[REPORT_FORMATS])(struct writer *writer) = {
    [REPORT_TEXT] = text_write,     [REPORT_JSONL] = jsonl_write,   [REPORT_JSON] = json_write,
    [REPORT_SARIF] = sarif_write,   [REPORT_GITLAB] = gitlab_write, [REPORT_JUNIT] = junit_write,
    [REPORT_GITHUB] = github_write, [REPORT_CSV] = csv_write,       [REPORT_HTML] = html_write,
};

enum status report_write(const struct outcome *outcome, const struct report_options *options,
                         FILE *out)
{
    struct tally tally = { 0 };
    struct writer writer = { .outcome = outcome, .options = options, .tally = &tally, .out = out };
    enum status status = tally_init(&tally, outcome);

    assert(options->format < REPORT_FORMATS);
    if (!status)
        status = writers[options->format](&writer);
    buf_release(&writer.line);
    buf_release(&writer.scratch);
    tally_release(&tally);
    return finish(status, out);
}

bool report_holds_troubles(enum report_format format)
{
    return format != REPORT_TEXT && format != REPORT_CSV;
}

/* How many of the `n` troubles there lie in the archive of the first: 1 and more. */
static size_t same_archive(const struct trouble *troubles, size_t n)
{
    const struct trouble *first = &troubles[0];
    size_t same = 1;

    while (first->archive_len && same < n && troubles[same].archive_len == first->archive_len &&
           strncmp(troubles[same].path, first->path, first->archive_len) == 0)
        same++;
    return same;
}

/* The first of `same` troubles in one archive. */
static void put_trouble(struct buf *line, const struct trouble *trouble, size_t same)
{
    const char *where = trouble->path ? trouble->path : trouble->target;

    buf_text(line, "leaktrawl: ");
    if (where) {
        printable_text(line, slice_of(where));
        buf_text(line, ": ");
    }
    printable_text(line, slice_of(trouble->message));
    if (same > 1)
        buf_printf(line, " (and %zu more %s)", same - 1, same > 2 ? "members" : "member");
    buf_byte(line, '\n');
}

enum status report_troubles_write(const struct outcome *outcome, FILE *out)
{
    struct writer writer = { .outcome = outcome, .out = out };
    uint64_t held = outcome->trouble_count;
    enum status status = STATUS_OK;

    for (size_t i = 0, same; !status && i < outcome->trouble_count; i += same) {
        same = same_archive(&outcome->troubles[i], outcome->trouble_count - i);
        put_trouble(&writer.line, &outcome->troubles[i], same);
        status = writer_flush(&writer);
    }
    if (!status && outcome->coverage.errors > held) {
        buf_printf(&writer.line, "leaktrawl: and %" PRIu64 " errors more\n",
                   outcome->coverage.errors - held);
        status = writer_flush(&writer);
    }
    buf_release(&writer.line);
    return finish(status, out);
}
