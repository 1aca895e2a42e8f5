/*
 * source.c - two readings of a file: the places' lines get their hashes in the first, and in the
 * second the lines are counted whose hash is the same. Nothing is kept of the other lines.
 */
#include "report/source.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "report/line_hash.h"

enum { PIECE = 64 * 1024 };

/* A hash that some place's line has, and how many lines had it so far. */
struct counted {
    uint64_t hash, lines;
};

struct reading {
    struct source_place *places;
    size_t count;
    size_t next;         /* the place that the reading comes to next */
    uint64_t *hashes;    /* of each place's line; 0 until it is known */
    struct counted *all; /* sorted by hash: distinct_count of them */
    size_t distinct_count;
};

static void on_first(void *ctx, uint64_t line, uint64_t hash)
{
    struct reading *reading = ctx;

    for (; reading->next < reading->count && reading->places[reading->next].line <= line;
         reading->next++)
        if (reading->places[reading->next].line == line)
            reading->hashes[reading->next] = hash;
}

static int cmp_counted(const void *left, const void *right)
{
    const struct counted *a = left, *b = right;

    return (a->hash > b->hash) - (a->hash < b->hash);
}

static void on_second(void *ctx, uint64_t line, uint64_t hash)
{
    struct reading *reading = ctx;
    struct counted key = { .hash = hash };
    struct counted *found =
        bsearch(&key, reading->all, reading->distinct_count, sizeof(key), cmp_counted);

    if (!found)
        return;
    found->lines++;
    for (; reading->next < reading->count && reading->places[reading->next].line <= line;
         reading->next++)
        if (reading->places[reading->next].line == line)
            snprintf(reading->places[reading->next].hash, SOURCE_HASH_SIZE, "%" PRIx64 ":%" PRIu64,
                     hash, found->lines);
}

/* Read the file from its start. False: it cannot be read, or has grown. */
static bool read_lines(int fd, line_hash_fn *on_line, struct reading *reading)
{
    uint8_t piece[PIECE];
    struct line_hash hash;
    uint64_t at = 0;
    ssize_t n;

    reading->next = 0;
    line_hash_init(&hash, on_line, reading);
    while ((n = pread(fd, piece, sizeof(piece), (off_t)at)) > 0 && at <= LIMIT_SOURCE_BYTES) {
        line_hash_take(&hash, (struct slice){ piece, (size_t)n });
        at += (size_t)n;
    }
    if (n == 0)
        line_hash_end(&hash);
    return n == 0;
}

static void list_hashes(struct reading *reading)
{
    size_t n = 0;

    for (size_t i = 0; i < reading->count; i++)
        reading->all[i] = (struct counted){ .hash = reading->hashes[i] };
    qsort(reading->all, reading->count, sizeof(*reading->all), cmp_counted);
    for (size_t i = 0; i < reading->count; i++)
        if (!n || reading->all[n - 1].hash != reading->all[i].hash)
            reading->all[n++] = reading->all[i];
    reading->distinct_count = n;
}

static void fill_hashes(int fd, struct source_place *places, size_t count)
{
    struct reading reading = { .places = places, .count = count };

    reading.hashes = calloc(count, sizeof(*reading.hashes));
    reading.all = calloc(count, sizeof(*reading.all));
    if (reading.hashes && reading.all && read_lines(fd, on_first, &reading)) {
        list_hashes(&reading);
        read_lines(fd, on_second, &reading);
    }
    free(reading.hashes);
    free(reading.all);
}

static void fill_columns(int fd, struct source_place *places, size_t count)
{
    struct utf16 decoder = { 0 };
    uint16_t units[UTF16_UNITS];
    uint8_t piece[PIECE];
    uint64_t at = 0, column = 1;
    size_t next = 0;
    ssize_t n;

    while (next < count && (n = pread(fd, piece, sizeof(piece), (off_t)at)) > 0) {
        for (ssize_t i = 0; i < n; i++, at++) {
            for (; next < count && places[next].offset == at; next++)
                places[next].column = column;
            column += utf16_take(&decoder, piece[i], units);
            if (piece[i] == '\n' || piece[i] == '\r')
                column = 1;
        }
    }
}

void source_fill(const char *path, struct source_place *places, size_t count)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0)
        return;
    if (count && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (uint64_t)st.st_size <= LIMIT_SOURCE_BYTES) {
        fill_hashes(fd, places, count);
        fill_columns(fd, places, count);
    }
    close(fd);
}
