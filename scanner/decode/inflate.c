/* inflate.c - ISA-L's igzip, which is twice as fast as zlib where the end is not known. */
#include "decode/inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

/* Before a block is room for what the decoder has read ahead of a member's end. */
enum { BLOCK_BYTES = 64 * 1024, AHEAD_BYTES = 8 };

struct inflate_reader {
    struct inflate_state state;
    const struct stream *source;
    bool bare;
    bool source_ended; /* there is no more of it */
    bool between;      /* at the end of a member: another one may follow */
    bool ended;
    const char *fault; /* what is wrong behind what was handed out; NULL: nothing */
    uint8_t block[AHEAD_BYTES + BLOCK_BYTES];
};

enum status inflate_reader_new(struct inflate_reader **out, const struct stream *source, bool bare)
{
    struct inflate_reader *r = malloc(sizeof(*r));

    if (!r)
        return err_nomem();
    r->source = source;
    r->bare = bare;
    r->source_ended = r->between = r->ended = false;
    r->fault = NULL;
    isal_inflate_init(&r->state);
    r->state.crc_flag = bare ? ISAL_DEFLATE : ISAL_GZIP;
    *out = r;
    return STATUS_OK;
}

void inflate_reader_free(struct inflate_reader *reader)
{
    free(reader);
}

/* See that there is something to inflate, if there is. False: the source cannot be read. */
static bool refill(struct inflate_reader *r)
{
    ssize_t got;

    if (r->state.avail_in || r->source_ended)
        return true;
    got = r->source->read(r->source->ctx, r->block + AHEAD_BYTES, BLOCK_BYTES);
    r->source_ended = got == 0;
    r->state.next_in = r->block + AHEAD_BYTES;
    r->state.avail_in = got > 0 ? (uint32_t)got : 0;
    return got >= 0;
}

/* A member is done: put back what was read ahead. */
static void end_member(struct inflate_reader *r)
{
    uint32_t ahead = r->state.read_in_length > 0 ? (uint32_t)r->state.read_in_length / 8 : 0;
    uint64_t bytes = r->state.read_in;

    r->state.next_in -= ahead;
    r->state.avail_in += ahead;
    for (uint32_t i = 0; i < ahead; i++)
        r->state.next_in[i] = (uint8_t)(bytes >> 8 * i);
    r->between = true;
}

/* Go to the next member, over the zeros with which some fill the last block of a tape. */
static void next_member(struct inflate_reader *r)
{
    uint8_t *next = r->state.next_in;
    uint32_t left = r->state.avail_in;

    for (; left && !*next; next++)
        left--;
    if (left && *next == 0x1f) {
        isal_inflate_reset(&r->state);
        r->between = false;
    } else if (left) {
        r->fault = "what follows the gzip stream is none";
    }
    r->state.next_in = next;
    r->state.avail_in = left;
    r->ended = !left && r->source_ended;
}

static const char *fault_of(int result)
{
    switch (result) {
    case ISAL_INCORRECT_CHECKSUM:
        return "its checksum is wrong";
    case ISAL_INVALID_WRAPPER:
    case ISAL_UNSUPPORTED_METHOD:
        return "the header of a gzip stream is damaged";
    default:
        return "the compressed stream is damaged";
    }
}

/* Inflate up to `n` bytes: how many. */
static uint32_t inflate_some(struct inflate_reader *r, uint8_t *out, uint32_t n)
{
    uint32_t got;
    int result;

    r->state.next_out = out;
    r->state.avail_out = n;
    result = isal_inflate(&r->state);
    got = n - r->state.avail_out;
    if (result)
        r->fault = fault_of(result);
    else if (r->state.block_state == ISAL_BLOCK_FINISH && r->bare)
        r->ended = true;
    else if (r->state.block_state == ISAL_BLOCK_FINISH)
        end_member(r);
    else if (!got && r->source_ended)
        r->fault = "the compressed stream is cut off";
    return got;
}

static ssize_t read_inflated(void *ctx, uint8_t *out, size_t n)
{
    struct inflate_reader *r = ctx;
    uint32_t want = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX, got = 0;

    while (!got && !r->ended && !r->fault) {
        if (!refill(r))
            return -1;
        if (r->between)
            next_member(r);
        else
            got = inflate_some(r, out, want);
    }
    if (!got && r->fault) {
        err_set(STATUS_CORRUPT, "%s", r->fault);
        return -1;
    }
    return (ssize_t)got;
}

struct stream inflate_reader_stream(struct inflate_reader *reader)
{
    return (struct stream){ read_inflated, reader };
}
