/* revision_time.c - dates, times and "2 weeks ago". */
#include "base/array.h"
#include "git/graph/revision.h"

#include <ctype.h>
#include <stdio.h>

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
    for (size_t i = 0; i < COUNT_OF(units); i++) {
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
