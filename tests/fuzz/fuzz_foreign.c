/* fuzz_foreign.c - any bytes as another scanner's file, asked for a pair. */
#include "report/foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_as(const char *name, struct slice text)
{
    static const struct rule rule = { "pair", "a pair", SEVERITY_CRITICAL };
    static const struct git_origin git = { .first_commit = "0123", .commits = 1 };
    struct finding finding = { .rule = &rule,
                               .id = SLICE("an id of some length"),
                               .secret = SLICE("a secret of some length"),
                               .target = "t",
                               .path = "t/a",
                               .place.line = 1,
                               .secret_place.line = 2 };
    struct foreign foreign;

    if (foreign_parse(&foreign, name, text))
        return;
    foreign_names(&foreign, &finding);
    finding.git = &git;
    foreign_names(&foreign, &finding);
    foreign_sort_by_line(&foreign);
    foreign_release(&foreign);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_as("fuzz", (struct slice){ data, size });
    try_as(".gitallowed", (struct slice){ data, size });
    return 0;
}
