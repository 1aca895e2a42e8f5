/* filter.c - counts over a few dozen bytes. */
#include "detect/filter.h"

#include "base/array.h"
#include "detect/label.h"
#include <ctype.h>
#include <math.h>

/* n log2 n. Logarithms of what a character of an id or a secret is counted at are known. */
static double n_log_n(unsigned n)
{
    static const double known[] = {
        0, 0, 2, 4.754887502163469, 8, 11.60964047443681, 15.509775004326936, 19.651484454403228, 24
    };

    return n < COUNT_OF(known) ? known[n] : n * log2(n);
}

double filter_entropy(struct slice value)
{
    unsigned counts[256]; /* only those of bytes in the value are set */
    double sum = 0;

    for (size_t i = 0; i < value.len; i++)
        counts[value.ptr[i]] = 0;
    for (size_t i = 0; i < value.len; i++)
        counts[value.ptr[i]]++;
    for (size_t i = 0; i < value.len; i++) { /* each character once */
        sum += n_log_n(counts[value.ptr[i]]);
        counts[value.ptr[i]] = 0;
    }
    return value.len ? log2((double)value.len) - sum / (double)value.len : 0;
}

bool filter_is_filler(struct slice value)
{
    size_t same = 1, rising = 1, most = 1;
    unsigned counts[256]; /* only those of bytes in the value are set */

    for (size_t i = 0; i < value.len; i++)
        counts[value.ptr[i]] = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (++counts[value.ptr[i]] * 2 > value.len)
            return true;
        if (i == 0)
            continue;
        same = value.ptr[i] == value.ptr[i - 1] ? same + 1 : 1;
        rising = value.ptr[i] == value.ptr[i - 1] + 1 ? rising + 1 : 1;
        most = same > most ? same : most;
        most = rising > most ? rising : most;
    }
    /* Of 64 signs, 7 that rise by one are 1 in 10^10 at each place. */
    return most >= 7;
}

enum kind { CAPITAL, SMALL, DIGIT, SIGN };

static enum kind kind_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return CAPITAL;
    if (c >= 'a' && c <= 'z')
        return SMALL;
    return c >= '0' && c <= '9' ? DIGIT : SIGN;
}

bool filter_is_wordy(struct slice value, bool labelled)
{
    size_t changes = 0, digits = 0, signs = 0, small = 0, spelled = 0;

    for (size_t i = 0; i < value.len; i++) {
        enum kind kind = kind_of(value.ptr[i]);

        small = kind == SMALL ? small + 1 : 0;
        spelled += small == 3 ? 3 : small > 3; /* letters of words */

        digits += kind == DIGIT;
        signs += kind == SIGN;
        changes += i > 0 && kind != kind_of(value.ptr[i - 1]);
    }
    /*
     * Random base64 changes kind at 0.645 of its places, in 40 characters 25 times with a deviation
     * of 3: fewer than 11 are 3 in a million, fewer than 13 are 6 in 100,000. Names of letters
     * alone come in more shapes, and so few random values have neither digit nor sign (3 in 10,000)
     * that they may be asked for more. 28 letters in runs of three and more small ones, as in
     * camelCaseNames, have 3 in a million; 24 would have 130, such as consonants make up.
     */
    if (spelled * 40 >= 28 * value.len)
        return true;
    if (labelled)
        return changes * 39 < 11 * (value.len - 1);
    return changes * 39 < 13 * (value.len - 1) ||
           (!digits && !signs && changes * 39 < 24 * (value.len - 1));
}

static bool is_hex(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!isxdigit(value.ptr[i]))
            return false;
    return true;
}

/* The six bits that `c` stands for in base64. */
static unsigned sextet(uint8_t c)
{
    switch (kind_of(c)) {
    case CAPITAL:
        return c - 'A';
    case SMALL:
        return c - 'a' + 26u;
    case DIGIT:
        return c - '0' + 52u;
    default:
        return c == '+' ? 62 : 63;
    }
}

static bool is_base64_of_text(struct slice value)
{
    for (size_t i = 0; i + 4 <= value.len && value.ptr[i + 3] != '='; i += 4) {
        const uint8_t *p = value.ptr + i;
        unsigned bits = sextet(p[0]) << 18 | sextet(p[1]) << 12 | sextet(p[2]) << 6 | sextet(p[3]);

        for (unsigned shift = 0; shift < 24; shift += 8) {
            unsigned c = bits >> shift & 0xff;

            if (!isprint((int)c) && !isspace((int)c))
                return false;
        }
    }
    return true;
}

bool filter_is_encoded(struct slice value)
{
    return is_hex(value) || is_base64_of_text(value);
}

bool filter_label_is_other_service(struct slice label)
{
    static const char *const others[] = {
        "captcha", "stripe", "paypal",   "razorpay", "paystack", "twilio",   "slack",
        "github",  "gitlab", "facebook", "twitter",  "shopify",  "sendgrid", "azure",
        "django",  "cookie", "jwt",      "sentry",   "datadog",  "firebase"
    };
    static const char *const ours[] = { "aws", "s3", "amazon" };
    bool other = false;

    for (size_t i = 0; i < COUNT_OF(others); i++)
        other |= label_has(label, others[i]);
    for (size_t i = 0; other && i < COUNT_OF(ours); i++)
        other = !label_has(label, ours[i]);
    return other;
}

bool filter_label_is_digest(struct slice label)
{
    static const char *const words[] = { "sha1",       "sha256",    "sha512",   "hash",
                                         "digest",     "commit",    "etag",     "checksum",
                                         "integrity",  "signature", "revision", "md5",
                                         "fingerprint" };

    for (size_t w = 0; w < COUNT_OF(words); w++)
        if (label_has(label, words[w]))
            return true;
    return false;
}

static bool is_base64(uint8_t c)
{
    return kind_of(c) != SIGN || c == '+' || c == '/';
}

/* Does `run`, which an id touches, read as base64 rather than as a path or as the id's own secret?
 */
static bool is_blob(struct slice run)
{
    return run.len >= 16 && run.len != 41 && !filter_is_wordy(run, false);
}

bool filter_in_base64(struct slice text, size_t start, size_t end)
{
    size_t left = start, right = end;

    assert(start <= end && end <= text.len);
    while (left > 0 && start - left < 64 && is_base64(text.ptr[left - 1]))
        left--;
    while (right < text.len && right - end < 64 && is_base64(text.ptr[right]))
        right++;
    return is_blob(slice_sub(text, left, start)) || is_blob(slice_sub(text, end, right));
}

/* Bytes of a line of wrapped base64: 76 for mail (RFC 2045), 64 for PEM (RFC 7468); fewer are no
 * wrapping. */
enum { WRAPPED_LINE_MIN = 60 };

static bool is_joint(uint8_t c, const char *joints)
{
    return c && strchr(joints, c);
}

/*
 * Does a line of wrapped base64 end right before `at`, over a line's end? Each line may be a
 * literal that is joined to the next.
 */
static bool wrapped_before(struct slice text, size_t at)
{
    size_t end = at, start;

    while (end > 0 && is_joint(text.ptr[end - 1], " \t\"'`"))
        end--;
    if (end == 0 || !is_joint(text.ptr[end - 1], "\r\n"))
        return false;
    for (end--; end > 0 && is_joint(text.ptr[end - 1], " \t\r\"'`+.&_\\");)
        end--;
    for (start = end;
         start > 0 && end - start < WRAPPED_LINE_MIN && is_base64(text.ptr[start - 1]);)
        start--;
    return end - start == WRAPPED_LINE_MIN;
}

/* Does a line of wrapped base64 begin right behind `at`, over a line's end? */
static bool wrapped_after(struct slice text, size_t at)
{
    size_t start = at, end;

    start += start + 1 < text.len && text.ptr[start] == '\r' && text.ptr[start + 1] == '\n';
    if (start == text.len || !is_joint(text.ptr[start], "\r\n"))
        return false;
    for (start++; start < text.len && (text.ptr[start] == ' ' || text.ptr[start] == '\t');)
        start++;
    for (end = start; end < text.len && end - start < WRAPPED_LINE_MIN && is_base64(text.ptr[end]);)
        end++;
    return end - start == WRAPPED_LINE_MIN;
}

bool filter_is_wrapped(struct slice text, size_t start, size_t end)
{
    assert(start <= end && end <= text.len);
    return wrapped_before(text, start) || wrapped_after(text, end);
}
