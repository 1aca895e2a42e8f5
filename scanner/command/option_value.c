/*
 * option_value.c - from the text of one value to its field, by the option's kind.
 */
#include "command/option_value.h"

#include <stdlib.h>
#include <strings.h>

#include "base/array.h"
#include "base/limits.h"
#include "command/similar.h"

/* Decimal digits at `text`; the rest is left in `*end`. False where there are none, or too many. */
static bool read_digits(const char *text, uint64_t *value, const char **end)
{
    *value = 0;
    for (*end = text; **end >= '0' && **end <= '9'; (*end)++) {
        uint64_t digit = (uint64_t)(**end - '0');

        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *end > text;
}

static enum status set_number(const struct option_row *row, const char *text, uint64_t *out)
{
    const char *end;

    if (!read_digits(text, out, &end) || *end || *out < row->min || *out > row->max)
        return err_set(STATUS_INVALID, "\"%s\" is not a number from %llu to %llu", text,
                       (unsigned long long)row->min, (unsigned long long)row->max);
    return STATUS_OK;
}

static enum status set_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMGT";
    const char *end, *unit;
    unsigned shift = 0;
    bool good = read_digits(text, out, &end);

    if (good && *end) {
        unit = strchr(units, *end & ~0x20);
        shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
        end += shift ? 1 : 0;
        end += shift && strcasecmp(end, "iB") == 0 ? 2 : shift && strcasecmp(end, "B") == 0 ? 1 : 0;
    }
    if (!good || *end || (shift && *out > UINT64_MAX >> shift))
        return err_set(STATUS_INVALID, "\"%s\" is not a size (bytes, or with K, M, G, T)", text);
    *out <<= shift;
    return STATUS_OK;
}

enum status option_word(const char *const *words, const char *text, unsigned *out)
{
    char list[256] = "";
    const char *near;
    unsigned count = 0;

    for (unsigned i = 0; words[i]; i++, count++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return STATUS_OK;
        }
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "", words[i]);
    }
    near = similar_word(text, words, count);
    return err_set(STATUS_INVALID, "\"%s\" is not one of %s%s%s%s", text, list,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static enum status set_on(const char *text, bool *out)
{
    *out = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (*out || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        return STATUS_OK;
    return err_set(STATUS_INVALID, "\"%s\" is neither true nor false", text);
}

static enum status append(struct options *options, struct text_list *list, const char *text)
{
    /* The list grows where its count is a power of two. */
    if ((list->count & (list->count - 1)) == 0) {
        const char **grown = arena_alloc(&options->memory, (list->count * 2 + 1) * sizeof(*grown));

        if (!grown)
            return err_nomem();
        if (list->count)
            memcpy(grown, list->texts, list->count * sizeof(*grown));
        list->texts = grown;
    }
    list->texts[list->count++] = text;
    return STATUS_OK;
}

static enum status add_filter(struct options *options, const char *glob, bool include)
{
    struct key_filter *grown =
        array_room(options->filters, options->filter_count, &options->filter_cap, sizeof(*grown));

    if (!grown)
        return err_nomem();
    options->filters = grown;
    options->filters[options->filter_count++] = (struct key_filter){ glob, include };
    return STATUS_OK;
}

bool option_level(const char *text, struct slice *rule, enum severity *severity)
{
    static const char *const words[] = { "low", "medium", "high", "critical" };
    const char *equals = strchr(text, '=');

    if (!equals || equals == text)
        return false;
    *rule = (struct slice){ (const uint8_t *)text, (size_t)(equals - text) };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(words[i], equals + 1) == 0) {
            *severity = (enum severity)i;
            return true;
        }
    }
    return false;
}

enum status option_set(struct options *options, const struct option_row *row, const char *text)
{
    void *field = (char *)options + row->offset;
    enum severity severity;
    struct slice rule;

    if (!text[0] && row->kind != KIND_WORD)
        return err_set(STATUS_INVALID, "the value is empty");
    switch (row->kind) {
    case KIND_TEXT:
        *(const char **)field = text;
        return STATUS_OK;
    case KIND_NUMBER:
        return set_number(row, text, field);
    case KIND_SIZE:
        return set_size(text, field);
    case KIND_FILTER:
        return add_filter(options, text, row->min);
    case KIND_WORD:
        return option_word(row->words, text, field);
    case KIND_LEVELS:
        if (!option_level(text, &rule, &severity))
            return err_set(STATUS_INVALID,
                           "\"%s\" is not RULE=SEVERITY (low, medium, high or critical)", text);
        return append(options, field, text);
    case KIND_LIST:
        return append(options, field, text);
    default:
        return set_on(text, field);
    }
}

void option_defaults(struct options *options)
{
    *options = (struct options){ .max_file_size = UINT64_MAX,
                                 .max_object_size = UINT64_MAX,
                                 .exit_code = 1,
                                 .archive_depth = LIMIT_ARCHIVE_DEPTH,
                                 .verify_rps = 10,
                                 .verify_timeout_s = 10 };
}
