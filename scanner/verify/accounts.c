/* accounts.c - lines into a sorted table. */
#include "verify/accounts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Without its comment and the blanks at its ends. */
static struct slice strip(struct slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] == '#' && (i == 0 || is_blank(line.ptr[i - 1])))
            line.len = i;
    while (line.len && is_blank(line.ptr[0]))
        line = slice_sub(line, 1, line.len);
    while (line.len && is_blank(line.ptr[line.len - 1]))
        line.len--;
    return line;
}

/* Cut `line` into account and name; false: it is of another form. */
static bool cut(struct slice line, struct named_account *out, struct slice *name)
{
    size_t digits = ACCOUNT_SIZE - 1;

    if (line.len <= digits || (!is_blank(line.ptr[digits]) && line.ptr[digits] != ','))
        return false;
    for (size_t i = 0; i < digits; i++)
        if (line.ptr[i] < '0' || line.ptr[i] > '9')
            return false;
    memcpy(out->account, line.ptr, digits);
    out->account[digits] = 0;
    *name = slice_sub(line, digits, line.len);
    while (name->len && (is_blank(name->ptr[0]) || name->ptr[0] == ','))
        *name = slice_sub(*name, 1, name->len);
    return name->len > 0;
}

static int cmp_account(const void *left, const void *right)
{
    return strcmp(((const struct named_account *)left)->account,
                  ((const struct named_account *)right)->account);
}

static bool append(struct accounts *accounts, const struct named_account *row, struct slice name)
{
    struct named_account copy = *row, *grown;

    grown = array_room(accounts->list, accounts->count, &accounts->cap, sizeof(*grown));
    if (!grown)
        return false;
    accounts->list = grown;
    copy.name = (const char *)arena_copy(&accounts->arena, name).ptr;
    accounts->list[accounts->count++] = copy;
    return copy.name;
}

enum status accounts_add(struct accounts *accounts, struct slice text, const char *source)
{
    struct slice line;

    for (uint64_t number = 1; slice_line(&text, &line); number++) {
        struct named_account row;
        struct slice name, stripped = strip(line);

        if (!stripped.len)
            continue;
        if (!cut(stripped, &row, &name) || memchr(name.ptr, 0, name.len))
            return err_set(STATUS_INVALID,
                           "%s:%" PRIu64 ": not an account (12 digits) and its name", source,
                           number);
        if (!accounts_name(accounts, row.account) && !append(accounts, &row, name))
            return err_nomem();
        /* Insertion into a sorted list, so that the first name of an account is met again. */
        for (size_t i = accounts->count; i-- > 1;) {
            struct named_account *pair = &accounts->list[i - 1], last = accounts->list[i];

            if (strcmp(pair[0].account, last.account) <= 0)
                break;
            pair[1] = pair[0];
            pair[0] = last;
        }
    }
    return STATUS_OK;
}

enum status accounts_read(struct accounts *accounts, const char *path)
{
    struct buf text = { .max = LIMIT_ACCOUNTS_BYTES };
    FILE *file = fopen(path, "re");
    enum status status = STATUS_OK;
    size_t got;

    if (!file)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    do {
        buf_reserve(&text, 4096);
        errno = 0;
        got = text.failed ? 0 : fread(text.ptr + text.len, 1, 4096, file);
        text.len += got;
    } while (got);
    if (ferror(file))
        status = err_set(STATUS_IO, "%s: %s", path, strerror(errno ? errno : EIO));
    else if (text.failed)
        status = err_set(text.failed, "%s: more than %u KiB", path, LIMIT_ACCOUNTS_BYTES >> 10);
    else
        status = accounts_add(accounts, buf_view(&text), path);
    fclose(file);
    buf_release(&text);
    return status;
}

const char *accounts_name(const struct accounts *accounts, const char *account)
{
    struct named_account key;
    const struct named_account *found;

    if (!accounts->count || strlen(account) != ACCOUNT_SIZE - 1)
        return NULL;
    memcpy(key.account, account, sizeof(key.account));
    found = bsearch(&key, accounts->list, accounts->count, sizeof(key), cmp_account);
    return found ? found->name : NULL;
}

void accounts_release(struct accounts *accounts)
{
    free(accounts->list);
    arena_release(&accounts->arena);
    *accounts = (struct accounts){ 0 };
}
