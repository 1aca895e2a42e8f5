/*
 * fuzz_report.c - any bytes as a report: read, joined and written again without a crash, and what
 * was written is read back as the same report.
 */
#include <stdio.h>
#include <stdlib.h>

#include "report/read.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `bytes` read, joined and written again, for the caller to free. NULL: it is no report. */
static char *pass(const void *bytes, size_t size, size_t *len)
{
    struct report_options options = { .format = REPORT_JSONL, .show_secrets = true };
    struct outcome outcome = { .every_lone = true };
    struct report_pool pool = { 0 };
    FILE *in = size ? fmemopen((void *)(uintptr_t)bytes, size, "r") : NULL;
    char *text = NULL;

    if (in && !report_read(&pool, &outcome, "fuzz", in)) {
        FILE *out = open_memstream(&text, len);

        outcome_join(&outcome);
        outcome_sort(&outcome, NULL, 0);
        if (!out || report_write(&outcome, &options, out) || fclose(out))
            abort();
    }
    if (in)
        fclose(in);
    outcome_release(&outcome);
    report_pool_release(&pool);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = 0, again_len = 0;
    char *text = pass(data, size, &len);
    char *again = text ? pass(text, len, &again_len) : NULL;

    if (text && !again)
        abort();
    free(text);
    free(again);
    return 0;
}
