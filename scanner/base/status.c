/* status.c - the failure text of each thread. The one mutable variable of file scope, as errno is.
 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char text[1024];

enum status err_set(enum status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
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
