/*
 * failing_malloc.c - loaded before the C library: the FAIL_AT-th allocation of the process fails,
 * with FAIL_ALL all from it on; with FAIL_COUNT the number of allocations is written to that file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long count;

static int fails(void)
{
    long n = atomic_fetch_add(&count, 1) + 1;
    const char *at = getenv("FAIL_AT");
    long first = at ? atol(at) : 0;

    if (!first || n < first || (n > first && !getenv("FAIL_ALL")))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    *out = fails() ? NULL : __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}

static void __attribute__((destructor)) tell(void)
{
    const char *name = getenv("FAIL_COUNT");
    FILE *file = name ? fopen(name, "w") : NULL;

    if (file) {
        fprintf(file, "%ld", atomic_load(&count));
        fclose(file);
    }
}
