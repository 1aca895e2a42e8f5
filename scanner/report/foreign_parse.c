/*
 * foreign_parse.c - the files of other scanners, told apart by what they hold.
 *
 * JSON is walked by the members that matter; what else stands there is passed over, for other
 * programs add members as they like. Values may be anything: none of them is ever printed.
 */
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/limits.h"
#include "report/foreign_private.h"
#include "report/gitallowed.h"

struct parser {
    struct foreign *foreign;
    size_t line;  /* or number of the element */
    bool starved; /* memory is out */
};

/* What one entry of another program says; texts may be NULL. */
struct said {
    const char *rule, *value, *sha1, *path, *commit;
    double line;
    bool live;
};

/* --- entries --- */

static const char *keep(struct parser *p, struct buf *text)
{
    const char *copy = NULL;

    if (!buf_status(text))
        copy = (const char *)arena_copy(&p->foreign->arena, buf_view(text)).ptr;
    p->starved |= !copy;
    buf_release(text);
    return copy;
}

static struct foreign_entry *append(struct parser *p)
{
    struct foreign_entry *grown;
    struct foreign *foreign = p->foreign;

    grown = array_room(foreign->entries, foreign->count, &foreign->cap, sizeof(*grown));
    if (!grown) {
        p->starved = true;
        return NULL;
    }
    foreign->entries = grown;
    foreign->entries[foreign->count] = (struct foreign_entry){ .line = p->line, .key = "" };
    return &foreign->entries[foreign->count++];
}

/* A value that its program cut or covered is none. */
static bool is_whole(const char *value)
{
    size_t len = value ? strlen(value) : 0;

    return len >= 8 && !strstr(value, "REDACT") && !strchr(value, '*') &&
           strcmp(value + len - 3, "...") != 0 && !strstr(value, "\xe2\x80\xa6");
}

/* Other rules that met something on the same line said nothing about a key of AWS. */
static bool may_mean_aws(const char *rule)
{
    return rule && (strcasestr(rule, "aws") || strcasestr(rule, "amazon") ||
                    strcasestr(rule, "generic") || strcasestr(rule, "entropy"));
}

static const char *without_dot(const char *path)
{
    return path && strncmp(path, "./", 2) == 0 ? path + 2 : path;
}

static void add(struct parser *p, const struct said *said)
{
    const char *path = without_dot(said->path);
    bool has_line = said->line >= 1 && said->line < 1e15;
    struct buf key = { 0 }, told = { 0 };
    struct foreign_entry *entry;

    if (is_whole(said->value))
        buf_printf(&key, "=%s", said->value);
    else if (said->sha1)
        buf_printf(&key, "#%s", said->sha1);
    else if (path && has_line)
        buf_printf(&key, "@%.0f:%s", said->line, path);
    if (!(entry = append(p))) {
        buf_release(&key);
        return;
    }
    buf_text(&told, said->rule ? said->rule : "a value");
    if (path)
        buf_printf(&told, " in %s", path);
    if (path && has_line)
        buf_printf(&told, ":%.0f", said->line);
    if (said->live)
        entry->state = FOREIGN_LIVE;
    else if (!key.len)
        entry->state = FOREIGN_NOTHING;
    else if (key.ptr[0] == '@' && !may_mean_aws(said->rule))
        entry->state = FOREIGN_OTHER;
    if (said->commit && said->commit[0] && key.len && key.ptr[0] == '@') {
        entry->commit = (const char *)arena_copy(&p->foreign->arena, slice_of(said->commit)).ptr;
        p->starved |= !entry->commit;
        p->foreign->has_commits = true;
    }
    entry->key = keep(p, &key);
    entry->told = keep(p, &told);
    if (p->starved)
        p->foreign->count--;
}

/* --- JSON --- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(member(object, name));
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *item = member(object, name);

    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* gitleaks and betterleaks. A match of several lines names none of them. */
static void take_gitleaks(struct parser *p, const cJSON *item)
{
    struct said said = { .rule = text_of(item, "RuleID"),
                         .value = text_of(item, "Secret"),
                         .path = text_of(item, "File"),
                         .commit = text_of(item, "Commit"),
                         .line = number_of(item, "StartLine") };

    if (number_of(item, "EndLine") != said.line)
        said.line = 0;
    add(p, &said);
}

static void take_trufflehog(struct parser *p, const cJSON *item)
{
    const cJSON *data = member(member(item, "SourceMetadata"), "Data");
    const char *both = text_of(item, "RawV2");
    struct said said = { .rule = text_of(item, "DetectorName"),
                         .value = both && both[0] ? both : text_of(item, "Raw"),
                         .live = cJSON_IsTrue(member(item, "Verified")) };
    const cJSON *source = data ? data->child : NULL;

    said.path = text_of(source, "file");
    said.line = number_of(source, "line");
    said.commit = text_of(source, "commit");
    add(p, &said);
}

static void take_kingfisher(struct parser *p, const cJSON *item)
{
    const cJSON *finding = member(item, "finding");
    const cJSON *commit = member(member(finding, "git_metadata"), "commit");
    const char *status = text_of(member(finding, "validation"), "status");
    struct said said = { .rule = text_of(member(item, "rule"), "id"),
                         .value = text_of(finding, "snippet"),
                         .path = text_of(finding, "path"),
                         .commit = text_of(commit, "id"),
                         .line = number_of(finding, "line"),
                         .live = status && strcasecmp(status, "Active Credential") == 0 };

    add(p, &said);
}

/* One of a list; which program wrote it shows in its members. False: none that is known. */
static bool take_item(struct parser *p, const cJSON *item)
{
    p->line++;
    if (member(item, "RuleID") && member(item, "StartLine"))
        take_gitleaks(p, item);
    else if (member(item, "DetectorName") && member(item, "SourceMetadata"))
        take_trufflehog(p, item);
    else if (member(item, "rule") && member(item, "finding"))
        take_kingfisher(p, item);
    else
        return false;
    return true;
}

/* detect-secrets: {file: [{type, hashed_secret, ...}]}. What was audited as real is live. */
static bool take_hashes(struct parser *p, const cJSON *results)
{
    const cJSON *list, *item;

    cJSON_ArrayForEach(list, results) {
        cJSON_ArrayForEach(item, list) {
            struct said said = { .rule = text_of(item, "type"),
                                 .sha1 = text_of(item, "hashed_secret"),
                                 .path = list->string,
                                 .line = number_of(item, "line_number"),
                                 .live = cJSON_IsTrue(member(item, "is_secret")) ||
                                         cJSON_IsTrue(member(item, "is_verified")) };

            p->line++;
            if (!said.sha1 || strspn(said.sha1, "0123456789abcdef") != 40 || said.sha1[40])
                return false;
            add(p, &said);
        }
    }
    return true;
}

static bool take_root(struct parser *p, const cJSON *root)
{
    const cJSON *list = cJSON_IsArray(root) ? root : member(root, "findings");
    const cJSON *item;

    if (member(root, "results") && member(root, "plugins_used"))
        return take_hashes(p, member(root, "results"));
    if (!cJSON_IsArray(list))
        return take_item(p, root);
    cJSON_ArrayForEach(item, list)
        if (!take_item(p, item))
            return false;
    return true;
}

/* One JSON text, or one a line. */
static bool take_json(struct parser *p, struct slice text)
{
    bool good = true;

    while (text.len && good) {
        const char *end = NULL;
        cJSON *root = cJSON_ParseWithLengthOpts((const char *)text.ptr, text.len, &end, 0);
        size_t used = root ? (size_t)(end - (const char *)text.ptr) : 0;

        good = root && take_root(p, root);
        cJSON_Delete(root);
        while (used < text.len && strchr(" \t\r\n", text.ptr[used]) && text.ptr[used])
            used++;
        text = slice_sub(text, used, text.len);
    }
    return good;
}

/* --- lines --- */

/* [COMMIT:]FILE:RULE:LINE, taken apart from its end, for a path may hold colons. */
static bool take_fingerprint(struct parser *p, char *line)
{
    char *number = strrchr(line, ':'), *rule, *path = line;
    struct said said = { 0 };

    if (!number || !number[1] || number[1 + strspn(number + 1, "0123456789")])
        return false;
    *number++ = 0;
    if (!(rule = strrchr(line, ':')))
        return false;
    *rule++ = 0;
    if (strspn(line, "0123456789abcdef") == 40 && line[40] == ':') {
        line[40] = 0;
        said.commit = line;
        path = line + 41;
    }
    said.rule = rule;
    said.path = path;
    said.line = strtod(number, NULL);
    add(p, &said);
    return true;
}

static bool take_lines(struct parser *p, struct slice text)
{
    bool values = false, good = true;

    while (text.len && good) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len, kept = len;
        char *line;

        while (kept && strchr(" \t\r", text.ptr[kept - 1]) && text.ptr[kept - 1])
            kept--;
        line = (char *)(uintptr_t)arena_copy(&p->foreign->arena, slice_sub(text, 0, kept)).ptr;
        if (!line) {
            p->starved = true;
            return true;
        }
        p->line++;
        text = slice_sub(text, end ? len + 1 : len, text.len);
        if (!line[0] || line[0] == '#')
            continue;
        if (strcmp(line, "[secrets]") == 0)
            values = true;
        else if (values)
            add(p, &(struct said){ .value = line });
        else
            good = take_fingerprint(p, line);
    }
    return good;
}

static void add_expression(struct parser *p, struct slice text)
{
    struct foreign_entry *entry = append(p);

    if (!entry)
        return;
    entry->told = "an expression"; /* which may hold the value itself */
    entry->allows = gitallowed_new(text);
    if (!entry->allows)
        entry->state = FOREIGN_MALFORMED;
    p->foreign->has_expressions = true;
}

/* Lines that are blank or begin with #, spaces before it or not, count for nothing. */
static bool take_expressions(struct parser *p, struct slice text)
{
    while (text.len) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len, start = 0;
        struct slice line = slice_sub(text, 0, len);

        p->line++;
        text = slice_sub(text, end ? len + 1 : len, text.len);
        if (len && line.ptr[len - 1] == '\r')
            line.len--;
        while (start < line.len && (line.ptr[start] == ' ' || line.ptr[start] == '\t'))
            start++;
        if (start < line.len && line.ptr[start] != '#')
            add_expression(p, line);
        if (p->foreign->count > LIMIT_ALLOWED_LINES)
            return false;
    }
    return true;
}

static bool is_gitallowed(const char *file)
{
    const char *slash = strrchr(file, '/');

    return strcmp(slash ? slash + 1 : file, ".gitallowed") == 0;
}

/* ripsecrets' file begins with patterns of paths, which name no credential. */
static struct slice skip_patterns(struct parser *p, struct slice text)
{
    static const char header[] = "[secrets]\n";
    const uint8_t *at = memmem(text.ptr, text.len, header, strlen(header));

    if (!at || (at > text.ptr && at[-1] != '\n'))
        return text;
    for (const uint8_t *c = text.ptr; c < at; c++)
        p->line += *c == '\n';
    return slice_sub(text, (size_t)(at - text.ptr), text.len);
}

enum status foreign_parse(struct foreign *foreign, const char *file, struct slice text)
{
    struct parser p = { .foreign = foreign };
    size_t start = 0;
    bool good;

    *foreign = (struct foreign){ 0 };
    while (start < text.len && strchr(" \t\r\n", text.ptr[start]) && text.ptr[start])
        start++;
    if (is_gitallowed(file))
        good = take_expressions(&p, text);
    else if (start < text.len && (text.ptr[start] == '{' || text.ptr[start] == '['))
        good = slice_starts(slice_sub(text, start, text.len), SLICE("[secrets]"))
                   ? take_lines(&p, slice_sub(text, start, text.len))
                   : take_json(&p, slice_sub(text, start, text.len));
    else
        good =
            text.len && !memchr(text.ptr, 0, text.len) && take_lines(&p, skip_patterns(&p, text));
    if (good && !p.starved) {
        foreign_sort(foreign);
        return STATUS_OK;
    }
    foreign_release(foreign);
    if (p.starved)
        return err_nomem();
    return err_set(STATUS_INVALID,
                   "%s: entry %zu is of no kind that can be imported (gitleaks, betterleaks, "
                   "detect-secrets, trufflehog, kingfisher, ripsecrets, git-secrets' .gitallowed)",
                   file, p.line);
}
