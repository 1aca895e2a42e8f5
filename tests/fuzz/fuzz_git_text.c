/*
 * fuzz_git_text.c - any bytes as each kind of text that a repository holds: commits, trees, tags,
 * heads of bundles, settings, times, and the lines of --since-last and of MERGE_HEAD.
 */
#include <stdlib.h>

#include "base/file.h"
#include "git/covered.h"
#include "git/files/bundle.h"
#include "git/files/config.h"
#include "git/graph/revision.h"
#include "git/store/content.h"
#include "git/store/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_objects(struct slice text)
{
    struct slice rest = text, who;
    struct tree_entry entry;
    struct commit_head head;
    struct pack_header header;
    struct object_id id;
    char date[DATE_SIZE];

    while (tree_next(&rest, &entry) == STATUS_OK)
        if (memchr(entry.name.ptr, 0, entry.name.len))
            abort();
    if (commit_parse(&head, text)) {
        for (size_t i = 0; i < head.parent_count; i++)
            id = commit_parent(&head, i);
        author_parse(head.author, &who, date);
        if (strlen(date) >= DATE_SIZE || who.len > text.len)
            abort();
    }
    tag_parse(&id, text);
    if (pack_header_parse(&header, text) && header.length > text.len)
        abort();
}

static void read_lines(struct slice text)
{
    struct covered covered = { 0 };
    struct config_line setting = { 0 };
    struct slice rest = text, line;
    struct bundle bundle;

    if (!bundle_parse(&bundle, text)) {
        if (bundle.pack_start > text.len)
            abort();
        bundle_release(&bundle);
    }
    while (config_next(&rest, &setting))
        if (setting.section.len + setting.key.len + setting.value.len > text.len + 4)
            abort();
    for (rest = text; slice_line(&rest, &line);)
        covered_take(&covered, line);
    covered_release(&covered);
    for (rest = text; slice_line(&rest, &line);) {
        struct object_id id;
        char hex[ID_DIGITS + 1];

        if (!id_parse(&id, line))
            continue;
        id_hex(&id, hex);
        if (line.len < strlen(hex) || strncasecmp((const char *)line.ptr, hex, strlen(hex)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { data, size };
    char *copy = strndup((const char *)data, size);
    int64_t seconds;

    if (!copy)
        return 0;
    revision_time(copy, 1700000000, &seconds);
    free(copy);
    read_objects(text);
    read_lines(text);
    return 0;
}
