/*
 * scan_targets.c - what a scan is told to look at: targets, and lists of files.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "scan/scan_private.h"

static enum status add_path(struct scan *scan, const char *target, const char *path,
                            const char *shown)
{
    enum status status = tree_add(scan->tree, target, path, shown);

    if (status == STATUS_ABSENT || status == STATUS_IO) {
        outcome_trouble(&scan->outcomes[0], SKIP_UNREADABLE, target, path, "%s%s", err_text(),
                        fetch_is_misspelt(path) ? " (a bucket is s3://BUCKET/PREFIX)" : "");
        return STATUS_OK;
    }
    return status;
}

static enum status add_target(struct scan *scan, const char *target)
{
    const struct scan_request *request = &scan->request;
    enum status status;

    scan->targets[scan->target_count++] = target;
    if (!request->work_tree) {
        scan_history_add(scan->history, &scan->outcomes[0], target, target, false);
        return STATUS_OK;
    }
    if (scan->buckets && fetch_is_target(target))
        return scan_buckets_add(scan->buckets, target);
    status = scan_add_if_stream(scan, target);
    if (status != STATUS_ABSENT)
        return status;
    return add_path(scan, target, target, request->implied_target ? "" : target);
}

static enum status add_listed_file(struct scan *scan, FILE *list)
{
    const char *name = scan->request.files_from;
    int separator = scan->request.nul_separated ? 0 : '\n';
    enum status status = STATUS_OK;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;

    while (!status && (len = getdelim(&line, &cap, separator, list)) > 0) {
        struct slice path = { (uint8_t *)line, (size_t)len };
        const char *kept;

        if (line[len - 1] == (char)separator)
            path.len--;
        if (!path.len)
            continue;
        kept = (const char *)arena_copy(&scan->arena, path).ptr;
        status = kept ? add_path(scan, name, kept, kept) : err_nomem();
    }
    if (!status && ferror(list))
        status = err_set(STATUS_IO, "%s: %s", name, strerror(errno));
    free(line);
    return status;
}

static enum status add_files_from(struct scan *scan)
{
    const char *name = scan->request.files_from;
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *list = is_stdin ? stdin : fopen(name, "re");
    enum status status;

    if (!list)
        return err_set(STATUS_IO, "%s: %s", name, strerror(errno));
    scan->targets[scan->target_count++] = name;
    status = add_listed_file(scan, list);
    if (!is_stdin)
        fclose(list);
    return status;
}

enum status scan_add_targets(struct scan *scan)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < scan->request.target_count && !status; i++)
        status = add_target(scan, scan->request.targets[i]);
    if (!status && scan->request.files_from)
        status = add_files_from(scan);
    return status;
}
