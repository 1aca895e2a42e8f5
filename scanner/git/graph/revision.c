/* revision.c - names are looked up in the order of git's own rules. */
#include "git/graph/revision.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"
#include "git/store/content.h"

enum { SHORT_DIGITS_MIN = 4 };

static enum status unknown(struct slice name, const char *why)
{
    return err_set(STATUS_INVALID, "%.*s: %s", (int)name.len, (const char *)name.ptr, why);
}

/* --- refs --- */

/* A ref whose full name is `before`, `name` and `after`. */
static bool find_ref(const struct refs *refs, const char *before, struct slice name,
                     const char *after, struct object_id *id)
{
    size_t before_len = strlen(before), after_len = strlen(after);

    for (size_t i = 0; i < refs->tip_count; i++) {
        struct slice full = slice_of(refs->tips[i].name);

        if (full.len == before_len + name.len + after_len && slice_starts(full, slice_of(before)) &&
            !memcmp(full.ptr + before_len, name.ptr, name.len) &&
            !memcmp(full.ptr + before_len + name.len, after, after_len)) {
            *id = refs->tips[i].id;
            return true;
        }
    }
    return false;
}

static bool find_name(const struct refs *refs, struct slice name, struct object_id *id)
{
    static const char *const places[][2] = { { "", "" },
                                             { "refs/", "" },
                                             { "refs/tags/", "" },
                                             { "refs/heads/", "" },
                                             { "refs/remotes/", "" },
                                             { "refs/remotes/", "/HEAD" } };

    if (!name.len || slice_eq(name, SLICE("HEAD")) || slice_eq(name, SLICE("@"))) {
        *id = refs->head;
        return !id_is_zero(id);
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (find_ref(refs, places[i][0], name, places[i][1], id))
            return true;
    return false;
}

/* --- ids --- */

static bool is_hex(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isxdigit(name.ptr[i]))
            return false;
    return name.len >= SHORT_DIGITS_MIN && name.len <= ID_DIGITS;
}

/* The object whose id begins with `name`; where there are several, the only commit among them. */
static enum status find_short(const struct graph *graph, struct slice name, struct object_id *id)
{
    const struct objects *objects = graph->objects;
    bool found = false, commit = false, twice = false;

    for (uint32_t i = 0; i < objects->order_count; i++) {
        const struct object_id *other = objects_id(objects, objects->order[i]);
        bool is_commit = graph->commit_of[objects->order[i]] != NO_COMMIT;
        char hex[ID_DIGITS + 1];

        id_hex(other, hex);
        if (strncasecmp(hex, (const char *)name.ptr, name.len) != 0 ||
            (found && commit && !is_commit))
            continue;
        twice = found && commit == is_commit;
        found = true;
        commit = is_commit;
        *id = *other;
        if (twice)
            return unknown(name, "more than one object has an id that begins so");
    }
    return found ? STATUS_OK : unknown(name, "there is no such commit, branch or tag");
}

/* --- what stands behind a name --- */

static enum status step_to_parent(const struct graph *graph, struct slice name,
                                  struct object_id *id, size_t which)
{
    const struct commit *commit;
    uint32_t number;

    if (!objects_find(graph->objects, id, &number) || graph->commit_of[number] == NO_COMMIT)
        return unknown(name, "it is no commit");
    commit = &graph->commits[graph->commit_of[number]];
    if (which == 0)
        return STATUS_OK;
    if (which > commit->parent_count)
        return unknown(name, "there is no such commit");
    number = graph->commits[graph->parents[commit->parents + which - 1]].number;
    *id = *objects_id(graph->objects, number);
    return STATUS_OK;
}

static enum status peel(const struct graph *graph, struct reader *reader, struct object_id *id)
{
    uint32_t number;
    enum status status = graph_peel(graph, reader, id, &number, NULL, NULL);

    if (!status && number != NO_NUMBER)
        *id = *objects_id(graph->objects, number);
    return status;
}

/* Follow ~N, ^N, ^{} and ^{commit}. A name alone may stand for a tag, which is to be seen too. */
static enum status follow(const struct graph *graph, struct reader *reader, struct slice name,
                          struct slice suffix, struct object_id *id)
{
    enum status status = suffix.len ? peel(graph, reader, id) : STATUS_OK;

    while (!status && suffix.len > 0) {
        bool tilde = suffix.ptr[0] == '~';
        size_t number = 1, used = 1;

        if (!tilde && slice_starts(suffix, SLICE("^{"))) {
            size_t len = slice_starts(suffix, SLICE("^{}")) ? strlen("^{}") : strlen("^{commit}");

            if (len > 3 && !slice_starts(suffix, SLICE("^{commit}")))
                return unknown(name, "it is no name of a commit");
            suffix = slice_sub(suffix, len, suffix.len);
            continue;
        }
        if (suffix.ptr[0] != '^' && !tilde)
            return unknown(name, "it is no name of a commit");
        if (used < suffix.len && isdigit(suffix.ptr[used]))
            for (number = 0; used < suffix.len && isdigit(suffix.ptr[used]); used++)
                number = number > UINT32_MAX ? number : number * 10 + suffix.ptr[used] - '0';
        suffix = slice_sub(suffix, used, suffix.len);
        if (!tilde)
            status = step_to_parent(graph, name, id, number);
        for (size_t i = 0; tilde && i < number && !status; i++)
            status = step_to_parent(graph, name, id, 1);
    }
    return status;
}

enum status revision_find(const struct graph *graph, const struct refs *refs, struct reader *reader,
                          struct slice name, struct object_id *id)
{
    struct slice stem = name;
    enum status status = STATUS_OK;
    bool found;

    found = find_name(refs, name, id); /* a name may hold what else would be a suffix */
    for (size_t i = 0; !found && i < name.len; i++) {
        if (name.ptr[i] != '~' && name.ptr[i] != '^')
            continue;
        stem = slice_sub(name, 0, i);
        break;
    }
    if (!found && stem.len < name.len)
        found = find_name(refs, stem, id);
    if (!found && is_hex(stem))
        status = find_short(graph, stem, id);
    else if (!found)
        status = unknown(name, memchr(stem.ptr ? stem.ptr : (const uint8_t *)"", '@', stem.len)
                                   ? "there is no such branch, and reflogs are not looked up"
                                   : "there is no such commit, branch or tag");
    return status ? status : follow(graph, reader, name, slice_sub(name, stem.len, name.len), id);
}

/* --- times --- */

static const struct {
    const char *name;
    int64_t seconds;
} units[] = { { "second", 1 },    { "minute", 60 },     { "hour", 3600 },    { "day", 86400 },
              { "week", 604800 }, { "month", 2629746 }, { "year", 31556952 } };

/* "2 weeks ago", "2.weeks". */
static bool read_ago(const char *text, int64_t now, int64_t *seconds)
{
    char word[16], rest[16] = "";
    unsigned number;

    if (sscanf(text, "%6u%*1[. ]%15[a-z]%*1[. ]%15s", &number, word, rest) < 2 ||
        (rest[0] && strcmp(rest, "ago") != 0))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(units[i].name);

        if (!strncmp(word, units[i].name, len) && (!word[len] || !strcmp(word + len, "s"))) {
            *seconds = now - number * units[i].seconds;
            return true;
        }
    }
    return false;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t era, of_era;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_era = year - era * 400;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
           (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - 719468;
}

/* "", "Z", "+02:00", "+0200". */
static bool read_zone(const char *text, int64_t *seconds)
{
    unsigned hours, minutes;
    char sign;
    int used = 0;

    while (*text == ' ')
        text++;
    if (!*text || !strcmp(text, "Z"))
        return true;
    if ((sscanf(text, "%c%2u:%2u%n", &sign, &hours, &minutes, &used) < 3 &&
         sscanf(text, "%c%2u%2u%n", &sign, &hours, &minutes, &used) < 3) ||
        text[used] || (sign != '+' && sign != '-'))
        return false;
    *seconds -= (sign == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
    return true;
}

bool revision_time(const char *text, int64_t now, int64_t *seconds)
{
    unsigned year, month, day, hour = 0, minute = 0, second = 0;
    int used = 0, more = 0;
    long long count;

    if (sscanf(text, "@%lld%n", &count, &used) == 1 && !text[used]) {
        *seconds = count;
        return true;
    }
    if (!strcmp(text, "yesterday") || !strcmp(text, "now")) {
        *seconds = now - (text[0] == 'y' ? 86400 : 0);
        return true;
    }
    if (sscanf(text, "%4u-%2u-%2u%n", &year, &month, &day, &used) < 3)
        return read_ago(text, now, seconds);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    text += used;
    if ((*text == 'T' || *text == ' ') && isdigit((unsigned char)text[1])) {
        if (sscanf(text + 1, "%2u:%2u%n", &hour, &minute, &used) < 2)
            return false;
        text += 1 + used;
        if (sscanf(text, ":%2u%n", &second, &more) == 1)
            text += more;
    }
    *seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second < 61 && read_zone(text, seconds);
}
