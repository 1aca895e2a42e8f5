/* since_last.c - lines of text: what it is, "rules HASH", and what was covered. */
#include "scan/since_last.h"

#include <stdio.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/replace.h"

#define FIRST_LINE "leaktrawl history 1"

static enum status take_lines(struct since_last *since, struct slice rest)
{
    struct slice line;
    enum status status = STATUS_OK;
    bool first = true;

    while (!status && slice_line(&rest, &line)) {
        if (first && !slice_eq(line, SLICE(FIRST_LINE)))
            return STATUS_INVALID;
        if (slice_starts(line, SLICE("rules ")))
            since->known = slice_eq(slice_sub(line, 6, line.len), slice_of(since->rules));
        else if (!first)
            status = covered_take(&since->covered, line);
        first = false;
    }
    return status;
}

enum status since_last_read(struct since_last *since, const char *path,
                            const struct scan_settings *settings)
{
    struct buf text = { 0 };
    enum status status;

    *since = (struct since_last){ .path = path };
    status = scan_settings_hash(since->rules, settings);
    if (!status) {
        status = file_read(&text, path, LIMIT_GIT_FILE_BYTES);
        if (!status && take_lines(since, buf_view(&text)) == STATUS_INVALID)
            status = err_set(STATUS_INVALID, "%s: it was not written by --since-last", path);
        else if (status == STATUS_ABSENT)
            status = STATUS_OK;
        else if (status && status != STATUS_NOMEM && status != STATUS_INVALID)
            status = err_set(status, "%s: %s", path, err_text());
    }
    buf_release(&text);
    if (status)
        since_last_release(since);
    return status;
}

enum status since_last_write(struct since_last *since)
{
    struct replace file;
    enum status status = buf_status(&since->note);

    if (!status)
        status = replace_open(&file, since->path, 0666);
    if (status)
        return status;
    fprintf(file.file, "%s\nrules %s\n", FIRST_LINE, since->rules);
    if (since->note.len)
        fwrite(since->note.ptr, 1, since->note.len, file.file);
    return replace_commit(&file);
}

void since_last_release(struct since_last *since)
{
    covered_release(&since->covered);
    buf_release(&since->note);
    *since = (struct since_last){ 0 };
}
