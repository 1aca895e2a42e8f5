/* test_pieces.c - the same pieces from a file, a stream, and a pipe that dribbles. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "made_up.h"
#include "source/pieces.h"

enum { PIECE = LIMIT_PIECE_BYTES, CONTEXT = LIMIT_CONTEXT_BYTES, CONTENT = 4 * PIECE, MOST = 8 };

/* What a test reads from, and the buffer that it reads into. */
struct desk {
    uint8_t *content; /* CONTENT random bytes */
    uint8_t *buffer;  /* PIECES_BUFFER_BYTES */
};

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    uint64_t seed = 5;

    assert_non_null(desk);
    desk->content = malloc(CONTENT);
    desk->buffer = malloc(PIECES_BUFFER_BYTES);
    assert_non_null(desk->content);
    assert_non_null(desk->buffer);
    for (size_t i = 0; i < CONTENT; i += 8) {
        uint64_t bytes = made_up_next(&seed);

        memcpy(desk->content + i, &bytes, 8);
    }
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;

    free(desk->content);
    free(desk->buffer);
    free(desk);
    return 0;
}

/* A file that holds the first `size` bytes, standing at its beginning. */
static int file_of(const struct desk *desk, size_t size)
{
    int fd = memfd_create("pieces", MFD_CLOEXEC);

    assert_true(fd >= 0);
    for (size_t at = 0; at < size;) {
        ssize_t n = write(fd, desk->content + at, size - at);

        assert_true(n > 0);
        at += (size_t)n;
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* The pieces that came, compared with what they should be. */
struct seen {
    const struct desk *desk;
    const char *what;
    uint64_t size;    /* of the document */
    uint64_t next;    /* index of the piece that comes next */
    uint64_t stop_at; /* index at which the callback fails; SIZE_MAX: never */
    bool stops_early; /* by STATUS_STOPPED in place of a failure */
};

static void check_piece(const struct seen *seen, const struct piece *piece)
{
    uint64_t own = seen->next * PIECE, size = seen->size;
    uint64_t own_end = size < own + PIECE ? size : own + PIECE;
    uint64_t from = own > CONTEXT ? own - CONTEXT : 0;
    uint64_t to = size < own_end + CONTEXT ? size : own_end + CONTEXT;

    if (own >= size)
        fail_msg("%s: size %lu: piece %lu is one too many", seen->what, (unsigned long)size,
                 (unsigned long)seen->next);
    if (piece->base != from || piece->text.len != to - from || piece->from != own - from ||
        piece->to != own_end - from)
        fail_msg("%s: size %lu, piece %lu: expected base %lu, [%lu, %lu) of %lu; got base %lu, "
                 "[%zu, %zu) of %zu",
                 seen->what, (unsigned long)size, (unsigned long)seen->next, (unsigned long)from,
                 (unsigned long)(own - from), (unsigned long)(own_end - from),
                 (unsigned long)(to - from), (unsigned long)piece->base, piece->from, piece->to,
                 piece->text.len);
    if (memcmp(piece->text.ptr, seen->desk->content + from, piece->text.len) != 0)
        fail_msg("%s: size %lu, piece %lu: expected the bytes of the file, got others", seen->what,
                 (unsigned long)size, (unsigned long)seen->next);
}

static enum status take(void *ctx, const struct piece *piece)
{
    struct seen *seen = ctx;

    check_piece(seen, piece);
    if (seen->next++ == seen->stop_at)
        return seen->stops_early ? STATUS_STOPPED : err_set(STATUS_INVALID, "enough");
    return STATUS_OK;
}

static void check_stream(const struct desk *desk, int fd, const char *what, uint64_t size,
                         uint64_t hint, uint64_t limit)
{
    struct seen seen = { .desk = desk, .what = what, .size = size, .stop_at = SIZE_MAX };
    uint64_t bytes = 77;
    struct stream stream = stream_of_fd(&fd);
    enum status status = pieces_stream(&stream, hint, limit, desk->buffer, &bytes, take, &seen);

    if (status || bytes != size || seen.next != pieces_count(size))
        fail_msg("%s: expected %lu bytes in %lu pieces, got %lu in %lu, status %d", what,
                 (unsigned long)size, (unsigned long)pieces_count(size), (unsigned long)bytes,
                 (unsigned long)seen.next, status);
}

/* Sizes at which the number of pieces, or what lies round them, changes. */
static const size_t sizes[] = {
    0,
    1,
    CONTEXT - 1,
    CONTEXT,
    CONTEXT + 1,
    PIECE - 1,
    PIECE,
    PIECE + 1,
    PIECE + CONTEXT - 1,
    PIECE + CONTEXT,
    PIECE + CONTEXT + 1,
    PIECE + 2 * CONTEXT - 1,
    PIECE + 2 * CONTEXT,
    PIECE + 2 * CONTEXT + 1,
    2 * PIECE - 1,
    2 * PIECE,
    2 * PIECE + 1,
    2 * PIECE + CONTEXT,
    2 * PIECE + CONTEXT + 1,
    3 * PIECE + 12345,
};

static void test_pieces__stream_gives_every_piece(void **state)
{
    const struct desk *desk = *state;

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        int fd = file_of(desk, sizes[i]);

        check_stream(desk, fd, "no hint", sizes[i], 0, UINT64_MAX);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        check_stream(desk, fd, "the size as hint", sizes[i], sizes[i], UINT64_MAX);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        check_stream(desk, fd, "it has shrunk", sizes[i], sizes[i] + PIECE, UINT64_MAX);
        close(fd);
    }
}

static void test_pieces__read_gives_the_same_pieces(void **state)
{
    const struct desk *desk = *state;

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct seen seen = { .desk = desk, .what = "pread", .size = sizes[i] };
        int fd = file_of(desk, sizes[i]);

        for (uint64_t k = pieces_count(sizes[i]); k-- > 0;) { /* out of order */
            struct piece piece;

            seen.next = k;
            assert_int_equal(pieces_read(fd, 0, sizes[i], k, desk->buffer, &piece), STATUS_OK);
            check_piece(&seen, &piece);
        }
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
        close(fd);
    }
}

static void test_pieces__stream_ends_at_its_limit(void **state)
{
    const struct desk *desk = *state;

    for (size_t i = 1; i < COUNT_OF(sizes); i++) {
        int fd = file_of(desk, sizes[i] + 100);

        check_stream(desk, fd, "limited", sizes[i], 0, sizes[i]);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        check_stream(desk, fd, "limited, with a hint", sizes[i], sizes[i] + 100, sizes[i]);
        close(fd);
    }
}

/* What was read before is no part of the document. */
static void test_pieces__begin_where_the_file_stands(void **state)
{
    const struct desk *desk = *state;
    const struct desk moved = { desk->content + 100, desk->buffer };
    struct seen seen = { .desk = &moved, .what = "pread", .size = PIECE + 50, .next = 1 };
    int fd = file_of(desk, PIECE + 150);
    struct piece piece;

    assert_int_equal(lseek(fd, 100, SEEK_SET), 100);
    check_stream(&moved, fd, "from byte 100", PIECE + 50, 0, UINT64_MAX);
    assert_int_equal(pieces_read(fd, 100, PIECE + 50, 1, desk->buffer, &piece), STATUS_OK);
    check_piece(&seen, &piece);
    close(fd);
}

static void test_pieces__read_survives_a_file_that_shrank(void **state)
{
    enum { SIZE = 3 * PIECE };
    static const struct {
        size_t now; /* bytes that are left of SIZE */
        uint64_t index;
        size_t from, to, len;
    } rows[] = {
        { 100, 0, 0, 100, 100 },
        { 100, 1, 0, 0, 0 },
        { 0, 0, 0, 0, 0 },
        { PIECE - 10, 1, CONTEXT - 10, CONTEXT - 10, CONTEXT - 10 },
        { PIECE + 10, 0, 0, PIECE, PIECE + 10 },
        { PIECE + 10, 1, CONTEXT, CONTEXT + 10, CONTEXT + 10 },
        { PIECE + 10, 2, 0, 0, 0 },
    };
    const struct desk *desk = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = file_of(desk, rows[i].now);
        struct piece piece;

        assert_int_equal(pieces_read(fd, 0, SIZE, rows[i].index, desk->buffer, &piece), STATUS_OK);
        if (piece.from != rows[i].from || piece.to != rows[i].to || piece.text.len != rows[i].len)
            fail_msg("%zu bytes left, piece %lu: expected [%zu, %zu) of %zu, got [%zu, %zu) of %zu",
                     rows[i].now, (unsigned long)rows[i].index, rows[i].from, rows[i].to,
                     rows[i].len, piece.from, piece.to, piece.text.len);
        close(fd);
    }
}

/* --- pipes --- */

struct writer {
    const struct desk *desk;
    int fd;
    size_t size;
    size_t near; /* within so many bytes of a seam it writes one byte at a time */
};

static bool is_near_seam(size_t at, size_t near)
{
    static const size_t seams[] = { 0, PIECE, PIECE + CONTEXT, PIECE + 2 * CONTEXT };

    for (size_t i = 0; i < COUNT_OF(seams); i++)
        if (at + near >= seams[i] && at <= seams[i] + near)
            return true;
    return false;
}

static void *dribble(void *ctx)
{
    const struct writer *w = ctx;

    for (size_t at = 0; at < w->size;) {
        size_t step = is_near_seam(at, w->near) ? 1 : 997, left = w->size - at;
        ssize_t n = write(w->fd, w->desk->content + at, step < left ? step : left);

        if (n <= 0)
            break;
        at += (size_t)n;
    }
    close(w->fd);
    return NULL;
}

static void test_pieces__stream_takes_a_dribbling_pipe(void **state)
{
    static const struct {
        size_t size, near;
    } rows[] = { { 3000, 3000 },
                 { PIECE, 1 },
                 { PIECE + CONTEXT + 5, 200 },
                 { PIECE + 2 * CONTEXT + 300, 100 } };
    const struct desk *desk = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct writer writer = { .desk = desk, .size = rows[i].size, .near = rows[i].near };
        pthread_t thread;
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        writer.fd = ends[1];
        assert_int_equal(pthread_create(&thread, NULL, dribble, &writer), 0);
        check_stream(desk, ends[0], "a pipe", rows[i].size, 0, UINT64_MAX);
        pthread_join(thread, NULL);
        close(ends[0]);
    }
}

/* --- failures --- */

static void test_pieces__a_callback_ends_the_reading(void **state)
{
    const struct desk *desk = *state;
    struct seen seen = { .desk = desk, .what = "stopped", .size = 3 * PIECE, .stop_at = 1 };
    int fd = file_of(desk, 3 * PIECE);
    struct stream stream = stream_of_fd(&fd);
    uint64_t bytes;

    assert_int_equal(pieces_stream(&stream, 0, UINT64_MAX, desk->buffer, &bytes, take, &seen),
                     STATUS_INVALID);
    assert_string_equal(err_text(), "enough");
    assert_int_equal(seen.next, 2);
    lseek(fd, 0, SEEK_SET);
    seen.next = 0;
    seen.stops_early = true;
    assert_int_equal(pieces_stream(&stream, 0, UINT64_MAX, desk->buffer, &bytes, take, &seen),
                     STATUS_STOPPED);
    assert_int_equal(seen.next, 2);
    close(fd);
}

static void test_pieces__a_read_that_fails_is_named(void **state)
{
    const struct desk *desk = *state;
    struct seen seen = { .desk = desk, .what = "bad", .stop_at = SIZE_MAX };
    int fd = -1;
    struct stream stream = stream_of_fd(&fd);
    struct piece piece;
    uint64_t bytes;

    assert_int_equal(pieces_stream(&stream, 0, UINT64_MAX, desk->buffer, &bytes, take, &seen),
                     STATUS_IO);
    assert_string_equal(err_text(), strerror(EBADF));
    err_set(STATUS_IO, "another");
    assert_int_equal(pieces_read(-1, 0, 10, 0, desk->buffer, &piece), STATUS_IO);
    assert_string_equal(err_text(), strerror(EBADF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces__stream_gives_every_piece),
        cmocka_unit_test(test_pieces__read_gives_the_same_pieces),
        cmocka_unit_test(test_pieces__stream_ends_at_its_limit),
        cmocka_unit_test(test_pieces__begin_where_the_file_stands),
        cmocka_unit_test(test_pieces__read_survives_a_file_that_shrank),
        cmocka_unit_test(test_pieces__stream_takes_a_dribbling_pipe),
        cmocka_unit_test(test_pieces__a_callback_ends_the_reading),
        cmocka_unit_test(test_pieces__a_read_that_fails_is_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
