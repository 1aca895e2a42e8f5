/* scan_document.c - pieces through a lane, parts into a document. */
#include "scan/scan_document.h"

#include "base/progress.h"
#include "git/history.h"
#include "scan/siblings.h"
#include "source/pieces.h"

struct reading {
    struct reader *reader;
    struct document document;
    struct special *special; /* NULL: nobody asks */
    bool limited;            /* a pattern gave up somewhere, which was said */
};

bool special_sniff(struct special *special, struct slice head)
{
    special->archive = special->ask_archive ? archive_sniff(head) : ARCHIVE_NONE;
    special->bundle = special->ask_bundle && history_is_bundle(head);
    return special->archive || special->bundle;
}

static enum status on_piece(void *ctx, const struct piece *piece)
{
    struct reading *r = ctx;
    struct piece_parts parts;
    enum status status;

    if (r->special && piece->base == 0 && piece->from == 0 &&
        special_sniff(r->special, piece->text))
        return STATUS_STOPPED;
    progress_add(r->reader->progress, r->reader->worker, 0, piece->to - piece->from);
    extracts_note(r->reader->extracts, r->document.origin.path, piece);
    if (piece->base == 0 && piece->from == 0 && piece->to == piece->text.len &&
        siblings_note(r->reader->siblings, r->reader->lane, &r->document.origin, piece->text)) {
        r->reader->kept_back++;
        return STATUS_OK;
    }
    status = lane_piece(r->reader->lane, piece, &parts);
    if (status == STATUS_LIMIT && !r->limited) {
        outcome_trouble_at(r->reader->outcome, SKIP_LIMIT, &r->document.origin, "%s", err_text());
        r->limited = true;
    }
    if (!status || status == STATUS_LIMIT)
        status = document_add(&r->document, r->reader->lane, &parts);
    piece_parts_release(&parts);
    return status;
}

/* The document is over: what that brought, and what was covered. */
static void end(struct reading *r, enum status status, uint64_t bytes)
{
    const struct finding origin = r->document.origin;
    struct outcome *outcome = r->reader->outcome;
    enum status ended = document_end(&r->document, r->reader->lane);

    if (status == STATUS_STOPPED)
        return;
    progress_add(r->reader->progress, r->reader->worker, 1, 0);
    if (status < 0 || ended < 0)
        outcome_trouble_at(outcome, SKIP_UNREADABLE, &origin, "%s", err_text());
    else
        outcome->coverage.files++;
    outcome->coverage.bytes += bytes;
}

void scan_bytes(struct reader *reader, struct slice bytes, const struct finding *origin)
{
    struct reading r = { .reader = reader };
    enum status status = STATUS_OK;
    struct piece piece;

    document_init(&r.document, origin);
    for (size_t at = 0; at < bytes.len && !status; at += LIMIT_PIECE_BYTES) {
        piece = piece_of(bytes, at);
        status = on_piece(&r, &piece);
    }
    end(&r, status, bytes.len);
}

uint64_t scan_document(struct reader *reader, const struct stream *stream, uint64_t size_hint,
                       uint64_t limit, const struct finding *origin, struct special *special)
{
    struct reading r = { .reader = reader, .special = special };
    uint64_t bytes;
    enum status status;

    document_init(&r.document, origin);
    status = pieces_stream(stream, size_hint, limit, reader->buffer, &bytes, on_piece, &r);
    end(&r, status, bytes);
    return status == STATUS_STOPPED ? 0 : bytes;
}
