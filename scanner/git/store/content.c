/* content.c - the formats of commits, trees and tags, read leniently but within bounds. */
#include "git/store/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"

enum status tree_next(struct slice *rest, struct tree_entry *entry)
{
    uint32_t mode = 0;
    size_t i = 0;
    const uint8_t *end;

    if (rest->len == 0)
        return STATUS_ABSENT;
    for (; i < rest->len && i < 8 && rest->ptr[i] >= '0' && rest->ptr[i] <= '7'; i++)
        mode = mode << 3 | (uint32_t)(rest->ptr[i] - '0');
    if (i == 0 || i == rest->len || rest->ptr[i] != ' ')
        return STATUS_CORRUPT;
    i++;
    end = memchr(rest->ptr + i, 0, rest->len - i);
    if (!end || rest->len - (size_t)(end - rest->ptr) - 1 < ID_BYTES)
        return STATUS_CORRUPT;
    entry->mode = mode;
    entry->name = slice_sub(*rest, i, (size_t)(end - rest->ptr));
    memcpy(&entry->id, end + 1, ID_BYTES);
    *rest = slice_sub(*rest, (size_t)(end - rest->ptr) + 1 + ID_BYTES, rest->len);
    return STATUS_OK;
}

/* Take a line "KEY HEX" off `rest`, where it begins with one. */
static bool take_id(struct slice *rest, struct slice key, struct object_id *id)
{
    struct slice after;

    if (!slice_starts(*rest, key) || rest->len < key.len + ID_DIGITS + 1)
        return false;
    after = slice_sub(*rest, key.len, rest->len);
    if (!id_parse(id, after) || after.ptr[ID_DIGITS] != '\n')
        return false;
    *rest = slice_sub(after, ID_DIGITS + 1, after.len);
    return true;
}

bool person_parse(struct slice line, struct slice *who, int64_t *seconds, int *zone)
{
    size_t mail = line.len, i;
    bool minus = false;
    int64_t number = 0;

    *seconds = 0;
    while (mail > 0 && line.ptr[mail - 1] != '>')
        mail--;
    *who = slice_sub(line, 0, mail ? mail : line.len);
    *zone = 0;
    i = mail + 1;
    if (mail == 0 || i >= line.len || line.ptr[mail] != ' ')
        return false;
    if (line.ptr[i] == '-') {
        minus = true;
        i++;
    }
    if (i == line.len || line.ptr[i] < '0' || line.ptr[i] > '9')
        return false;
    for (; i < line.len && line.ptr[i] >= '0' && line.ptr[i] <= '9'; i++) {
        if (number > INT64_MAX / 16)
            return false;
        number = number * 10 + (line.ptr[i] - '0');
    }
    *seconds = minus ? -number : number;
    if (line.len - i >= 6 && line.ptr[i] == ' ' &&
        (line.ptr[i + 1] == '+' || line.ptr[i + 1] == '-')) {
        for (size_t k = i + 2; k < i + 6; k++) {
            if (line.ptr[k] < '0' || line.ptr[k] > '9')
                return true;
            *zone = *zone * 10 + (line.ptr[k] - '0');
        }
        *zone = *zone / 100 * 60 + *zone % 100;
        if (line.ptr[i + 1] == '-')
            *zone = -*zone;
    }
    return true;
}

bool commit_parse(struct commit_head *out, struct slice content)
{
    struct slice rest = content, line, who;
    struct object_id parent;
    int zone;

    *out = (struct commit_head){ 0 };
    if (!take_id(&rest, SLICE("tree "), &out->tree))
        return false;
    out->parents = rest;
    while (take_id(&rest, SLICE("parent "), &parent))
        out->parent_count++;
    while (slice_line(&rest, &line) && line.len > 0) {
        if (slice_starts(line, SLICE("author ")) && !out->author.len)
            out->author = slice_sub(line, strlen("author "), line.len);
        if (slice_starts(line, SLICE("committer "))) {
            line = slice_sub(line, strlen("committer "), line.len);
            if (!person_parse(line, &who, &out->date, &zone))
                out->date = 0;
            break;
        }
    }
    return true;
}

struct object_id commit_parent(const struct commit_head *commit, size_t i)
{
    enum { LINE = sizeof("parent ") - 1 + ID_DIGITS + 1 };
    struct object_id id;
    bool good;

    assert(i < commit->parent_count);
    good = id_parse(&id,
                    slice_sub(commit->parents, i * LINE + strlen("parent "), commit->parents.len));
    assert(good);
    (void)good;
    return id;
}

bool tag_parse(struct object_id *out, struct slice content)
{
    return take_id(&content, SLICE("object "), out);
}

void author_parse(struct slice line, struct slice *who, char date[DATE_SIZE])
{
    const int64_t first = -62167219200, last = 253402300799; /* the years 0 to 9999 */
    int64_t seconds;
    struct tm tm;
    time_t local;
    int zone;

    date[0] = 0;
    if (!person_parse(line, who, &seconds, &zone))
        return;
    if (zone <= -24 * 60 || zone >= 24 * 60)
        zone = 0;
    if (seconds < first + 24 * 3600 || seconds > last - 24 * 3600)
        return;
    local = (time_t)(seconds + zone * 60);
    if (!gmtime_r(&local, &tm))
        return;
    snprintf(date, DATE_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u%c%02u:%02u",
             (unsigned)(tm.tm_year + 1900) % 10000u, (unsigned)(tm.tm_mon + 1) % 100u,
             (unsigned)tm.tm_mday % 100u, (unsigned)tm.tm_hour % 100u, (unsigned)tm.tm_min % 100u,
             (unsigned)tm.tm_sec % 100u, zone < 0 ? '-' : '+', (unsigned)abs(zone) / 60u % 24u,
             (unsigned)abs(zone) % 60u);
}
