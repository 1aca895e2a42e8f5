/* input.c - a block at a time. */
#include "base/input.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

enum status input_init(struct input *input, const struct stream *stream)
{
    *input = (struct input){ .stream = stream, .block = malloc(BLOCK_BYTES) };
    return input->block ? STATUS_OK : err_nomem();
}

void input_release(struct input *input)
{
    free(input->block);
    *input = (struct input){ 0 };
}

int input_peek(struct input *input)
{
    ssize_t n;

    if (input->at < input->len)
        return input->block[input->at];
    if (input->failed)
        return -1;
    n = input->stream->read(input->stream->ctx, input->block, BLOCK_BYTES);
    input->at = 0;
    input->len = n > 0 ? (size_t)n : 0;
    input->failed = n < 0;
    return n > 0 ? input->block[0] : -1;
}

void input_skip_mark(struct input *input)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };

    for (size_t i = 0; i < sizeof(mark) && input_peek(input) == mark[i]; i++)
        input_next(input);
}
