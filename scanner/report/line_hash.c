/* line_hash.c - a window over units; what leaves it is subtracted again. */
#include "report/line_hash.h"

enum { FACTOR = 37, END_OF_FILE = 65535 };

/* FACTOR to the power of LINE_HASH_WINDOW, modulo 2^64: what a unit weighs when it leaves. */
static uint64_t weight_of_oldest(void)
{
    uint64_t weight = 1;

    for (size_t i = 0; i < LINE_HASH_WINDOW; i++)
        weight *= FACTOR;
    return weight;
}

void line_hash_init(struct line_hash *hash, line_hash_fn *on_line, void *ctx)
{
    *hash = (struct line_hash){ .on_line = on_line, .ctx = ctx, .oldest = weight_of_oldest() };
}

/* The window is full since the line began that stands at its oldest unit. */
static void tell(struct line_hash *hash)
{
    if (hash->starts[hash->at])
        hash->on_line(hash->ctx, hash->starts[hash->at], hash->hash);
    hash->starts[hash->at] = 0;
}

static void push(struct line_hash *hash, uint16_t unit)
{
    uint64_t oldest = hash->window[hash->at];

    hash->window[hash->at] = unit;
    hash->hash = hash->hash * FACTOR + unit - oldest * hash->oldest;
    hash->at = (hash->at + 1) % LINE_HASH_WINDOW;
}

static void take_unit(struct line_hash *hash, uint16_t unit)
{
    bool second = hash->after_cr && unit == '\n';

    hash->after_cr = unit == '\r';
    if (unit == ' ' || unit == '\t' || second)
        return;
    if (unit == '\r')
        unit = '\n';
    tell(hash);
    if (!hash->inside)
        hash->starts[hash->at] = ++hash->line;
    hash->inside = unit != '\n';
    push(hash, unit);
}

void line_hash_take(struct line_hash *hash, struct slice bytes)
{
    uint16_t units[UTF16_UNITS];

    for (size_t i = 0; i < bytes.len; i++) {
        size_t n = utf16_take(&hash->decoder, bytes.ptr[i], units);

        for (size_t k = 0; k < n; k++)
            take_unit(hash, units[k]);
    }
}

void line_hash_end(struct line_hash *hash)
{
    uint16_t units[UTF16_UNITS];

    if (utf16_end(&hash->decoder, units))
        take_unit(hash, units[0]);
    take_unit(hash, END_OF_FILE);
    for (size_t i = 0; i < LINE_HASH_WINDOW; i++) {
        tell(hash);
        push(hash, 0);
    }
}
