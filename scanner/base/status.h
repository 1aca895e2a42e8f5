/*
 * status.h - what a fallible function returns, and the text of the last failure.
 *
 * 0 is success, positive is a normal early end, negative is a failure whose text has been set with
 * err_set() on this thread, where the fault was seen and named (file, object or option).
 *
 * Threads: the text belongs to the calling thread.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_STOPPED = 1,      /* a callback asked to stop */
    STATUS_ABSENT = 2,       /* the thing asked for does not exist; no text is set */
    STATUS_NOMEM = -1,       /* an allocation failed */
    STATUS_INVALID = -2,     /* an argument or an input breaks its documented form */
    STATUS_IO = -3,          /* the system refused or failed a read or write */
    STATUS_LIMIT = -4,       /* a maximum from limits.h was reached */
    STATUS_CORRUPT = -5,     /* stored data contradicts itself */
    STATUS_UNSUPPORTED = -6, /* well formed, but of a kind that this program cannot read */
};

/*
 * What two steps give of which the second is taken even where the first failed: STATUS_NOMEM where
 * either gives it, else the first failure, else STATUS_OK.
 */
static inline enum status status_worse(enum status a, enum status b)
{
    if (a == STATUS_NOMEM || b == STATUS_NOMEM)
        return STATUS_NOMEM;
    return a < 0 ? a : b < 0 ? b : STATUS_OK;
}

/*
 * Set this thread's failure text (printf's form, cut at 1,023 bytes) and return `status`, so that a
 * failure is one line: return err_set(STATUS_IO, "%s: %s", path, strerror(errno)). The arguments
 * may hold err_text() itself.
 */
enum status err_set(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* STATUS_NOMEM with its text. */
enum status err_nomem(void);

/* The last text set on this thread; "" before the first. Valid until the thread's next err_set().
 */
const char *err_text(void);

#endif
