/* status.c - the failure text of each thread. The one mutable variable of file scope, as errno is.
 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char text[1024];

enum status err_set(enum status status, const char *format, ...)
{
    char fresh[sizeof(text)]; /* err_text() may be one of the arguments */
    va_list args;

    va_start(args, format);
    vsnprintf(fresh, sizeof(fresh), format, args);
    va_end(args);
    memcpy(text, fresh, strlen(fresh) + 1);
    return status;
}

enum status err_nomem(void)
{
    return err_set(STATUS_NOMEM, "out of memory");
}

const char *err_text(void)
{
    return text;
}
