/* fuzz_inflate.c - any bytes as a gzip file, and as a bare deflate stream, read in odd pieces. */
#include <stdlib.h>

#include "base/slice.h"
#include "decode/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A bomb of 64 KiB is 64 MiB: enough of it is seen in 2. */
enum { MOST_BYTES = 2 * 1024 * 1024 };

static void inflate(struct slice packed, size_t most, bool bare)
{
    struct stream source = stream_of_bytes(&packed), plain;
    struct inflate_reader *reader = NULL;
    uint8_t *out = malloc(most); /* so that one byte too many is seen */
    ssize_t n = 1;

    if (!out || inflate_reader_new(&reader, &source, bare))
        abort();
    plain = inflate_reader_stream(reader);
    for (size_t done = 0; n > 0 && done < MOST_BYTES; done += (size_t)n)
        n = plain.read(plain.ctx, out, most);
    inflate_reader_free(reader);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t most[] = { 1000, 65536, 300000 };

    for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
        inflate((struct slice){ data, size }, most[i], false);
        inflate((struct slice){ data, size }, most[i], true);
    }
    return 0;
}
