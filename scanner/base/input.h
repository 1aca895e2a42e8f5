/*
 * input.h - a stream that is looked at byte by byte.
 *
 * May include: base. Threads: one reader at a time.
 */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include "base/status.h"
#include "base/stream.h"

struct input {
    const struct stream *stream;
    uint8_t *block;
    size_t at, len;
    bool failed; /* a read failed; its text is set */
};

/* `stream` must outlive it. On success the caller releases it. STATUS_OK or STATUS_NOMEM. */
enum status input_init(struct input *input, const struct stream *stream);

/* Also of {0}. */
void input_release(struct input *input);

/* The next byte without taking it; -1 at the end or where a read failed. */
int input_peek(struct input *input);

/* Likewise, taking it. */
static inline int input_next(struct input *input)
{
    int c = input->at < input->len ? input->block[input->at] : input_peek(input);

    input->at += c >= 0;
    return c;
}

/* Pass over the mark of UTF-8 that some programs write first. */
void input_skip_mark(struct input *input);

#endif
