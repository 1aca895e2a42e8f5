/* hidden.c - lists and baselines, each text with its NUL so that no two ways give the same. */
#include "command/hidden.h"

static void put_text(struct buf *out, const char *text)
{
    buf_text(out, text ? text : "");
    buf_byte(out, 0);
}

static void put_list(struct buf *out, const char *name, const struct text_list *list)
{
    buf_printf(out, "%s %zu", name, list->count);
    buf_byte(out, 0);
    put_text(out, list->base);
    for (size_t i = 0; i < list->count; i++)
        put_text(out, list->texts[i]);
}

static void put_baseline(struct buf *out, const char *name, const struct baseline *baseline)
{
    char today[BASELINE_DATE_SIZE];

    baseline_today(today);
    put_text(out, name);
    for (size_t i = 0; i < baseline->count; i++) {
        const struct baseline_entry *entry = &baseline->entries[i];

        if (baseline_in_force(entry, today)) {
            put_text(out, entry->name);
            put_text(out, entry->rule);
        }
    }
}

void hidden_put(struct buf *out, const struct options *options, const struct baselines *baselines)
{
    put_list(out, "exclude-path", &options->exclude_path);
    put_list(out, "include-path", &options->include_path);
    put_list(out, "rules-off", &options->rules_off);
    if (options->baseline)
        put_baseline(out, "baseline", &baselines->known);
    if (options->write_baseline)
        put_baseline(out, "write-baseline", &baselines->written);
}
