/* rules_values.c - a generator, the shape of each value, and one table of placeholders. */
#include "check/rules_values.h"

#include <time.h>

#include "base/array.h"
#include "detect/filter.h"

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define CAPITAL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define BASE64 SMALL CAPITAL DIGITS "+/"

uint64_t rules_values_number(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

void rules_values_draw(uint64_t *seed, const char *alphabet, uint8_t *out, size_t len)
{
    size_t letters = strlen(alphabet);

    assert(letters || !len);
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)alphabet[rules_values_number(seed) % letters];
}

/* Write `prefix`, `len` of `alphabet` and a NUL; returns where that is. */
static char *make(uint64_t *seed, const char *prefix, const char *alphabet, size_t len, char *out)
{
    size_t start = strlen(prefix);

    memcpy(out, prefix, start);
    rules_values_draw(seed, alphabet, (uint8_t *)out + start, len);
    out[start + len] = '\0';
    return out + start + len;
}

/* What the filters take for words, as they do with 2 in 1,000, would prove nothing. */
static char *make_random(uint64_t *seed, size_t len, char *out)
{
    do
        make(seed, "", BASE64, len, out);
    while (filter_is_wordy(slice_of(out), false) || filter_entropy(slice_of(out)) < 4.5);
    return out + len;
}

/* 8-4-4-4-12 (RFC 9562). */
static void make_uuid(uint64_t *seed, char *out)
{
    make(seed, "", DIGITS "abcdef", 36, out);
    for (size_t i = 8; i <= 23; i += 5)
        out[i] = '-';
}

static void make_today(char *out)
{
    time_t now = time(NULL);
    struct tm day;

    gmtime_r(&now, &day);
    strftime(out, RULES_VALUE_SIZE, "%Y%m%d", &day);
}

/* As IAM makes them: the user's name, "-at-" and the account; 32 bytes in base64. */
static void make_service_credentials(uint64_t *seed, struct rules_values *values)
{
    char *end = make(seed, "", SMALL, 8, values->service_user);

    make(seed, "-at-", DIGITS, 12, end);
    end = make_random(seed, 42, values->service_password);
    end = make(seed, "", "AEIMQUYcgkosw048", 1, end); /* digits whose last two bits are 0 */
    make(seed, "=", "", 0, end);
}

void rules_values_make(struct rules_values *values, uint64_t *seed)
{
    /* In halves, so that no scanner takes this file for a leak. */
    make(seed,
         "AK"
         "IA"
         "Z",
         CAPITAL "234567", 15, values->id);
    make(seed,
         "AS"
         "IA"
         "Z",
         CAPITAL "234567", 15, values->temporary_id);
    make_random(seed, 40, values->secret);
    make(seed,
         "IQoJb3Jp"
         "Z2luX2Vj",
         BASE64, 300, values->token);
    make(seed, "", SMALL DIGITS, 26, values->code);
    make_uuid(seed, values->uuid);
    make(seed, "", DIGITS "abcdef", 64, values->hex);
    make_today(values->today);
    make_service_credentials(seed, values);
    make(seed, ":MGUCMQ", BASE64, 130,
         make(seed,
              "aoa"
              "AAAAA",
              SMALL CAPITAL DIGITS "_-", 120, values->sso_token));
}

bool rules_values_fill(struct buf *out, const char *text, const struct rules_values *values)
{
    const struct {
        const char *name, *value;
    } known[] = {
        { "{{id}}", values->id },
        { "{{temporary_id}}", values->temporary_id },
        { "{{secret}}", values->secret },
        { "{{token}}", values->token },
        { "{{code}}", values->code },
        { "{{uuid}}", values->uuid },
        { "{{hex}}", values->hex },
        { "{{today}}", values->today },
        { "{{service_user}}", values->service_user },
        { "{{service_password}}", values->service_password },
        { "{{sso_token}}", values->sso_token },
    };
    const size_t count = COUNT_OF(known);
    const char *open;

    while ((open = strstr(text, "{{")) && strstr(open, "}}")) {
        size_t i = 0;

        while (i < count && strncmp(open, known[i].name, strlen(known[i].name)) != 0)
            i++;
        if (i == count)
            return false;
        buf_append(out, (struct slice){ (const uint8_t *)text, (size_t)(open - text) });
        buf_text(out, known[i].value);
        text = open + strlen(known[i].name);
    }
    buf_text(out, text);
    return true;
}
