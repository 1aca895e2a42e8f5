/*
 * fuzz_pipeline.c - any bytes as a document: whole, and cut into pieces at any place.
 *
 * What the pieces give must be what the whole gives. The first byte says where the cut lies.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "detect/database.h"
#include "scan/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bench {
    struct ruleset *set;
    struct databases databases;
};

static struct bench *bench(void)
{
    static struct bench shared;

    if (!shared.set) {
        if (ruleset_new(&shared.set, embedded_rules.sources, embedded_rules.source_count) ||
            databases_get(&shared.databases, shared.set, &embedded_rules, NULL))
            abort();
    }
    return &shared;
}

/* Everything found in `text`, cut at `cut` (0: not at all); a document of its own. */
static void scan(struct slice text, size_t cut, struct outcome *outcome)
{
    struct pipeline_options options = { 0 };
    struct finding origin = { .target = "t", .path = "p" };
    struct document document;
    struct lane *lane;

    if (lane_new(&lane, bench()->set, &bench()->databases, &options, outcome))
        abort();
    document_init(&document, &origin);
    for (size_t from = 0; from < text.len;) {
        size_t to = from < cut ? cut : text.len;
        struct piece piece = { .text = text, .from = from, .to = to, .base = 0 };
        struct piece_parts parts;

        lane_piece(lane, &piece, &parts);
        if (document_add(&document, lane, &parts))
            abort();
        piece_parts_release(&parts);
        from = to;
    }
    if (document_end(&document, lane))
        abort();
    lane_free(lane);
    outcome_sort(outcome, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = { 0 }, cut = { 0 };
    struct slice text = { data + 1, size - 1 };

    if (size < 2 || size > LIMIT_PIECE_BYTES)
        return 0;
    scan(text, 0, &whole);
    scan(text, text.len * data[0] / 256, &cut);
    if (whole.finding_count != cut.finding_count)
        abort();
    for (size_t i = 0; i < whole.finding_count; i++) {
        const struct finding *a = &whole.findings[i], *b = &cut.findings[i];

        if (a->place.offset != b->place.offset || a->place.line != b->place.line ||
            a->place.column != b->place.column || !slice_eq(a->id, b->id) ||
            !slice_eq(a->secret, b->secret))
            abort();
    }
    outcome_release(&whole);
    outcome_release(&cut);
    return 0;
}
