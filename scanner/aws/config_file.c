/* config_file.c - one pass over the lines; the latest value of a key counts. */
#include "aws/config_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"

struct config_entry {
    struct config_entry *next;
    const char *kind, *section;
    const char *key; /* NULL: that the section is there */
    char *value;
};

struct reading {
    struct config *config;
    enum config_kind file_kind;
    const char *path;
    unsigned line;
    const char *kind, *section; /* the section under way; NULL: none that counts */
    const char *parent;         /* the key whose value are the indented lines; NULL: none */
};

static enum status bad(const struct reading *r, const char *what)
{
    return err_set(STATUS_INVALID, "%s: line %u: %s", r->path, r->line, what);
}

static struct slice trim(struct slice s)
{
    while (s.len && isspace(s.ptr[s.len - 1]))
        s.len--;
    while (s.len && isspace(*s.ptr))
        s = slice_sub(s, 1, s.len);
    return s;
}

static char *keep(struct reading *r, struct slice text)
{
    return (char *)(uintptr_t)arena_copy(&r->config->arena, text).ptr;
}

static enum status add(struct reading *r, const char *key, char *value)
{
    struct config_entry *entry = arena_alloc(&r->config->arena, sizeof(*entry));

    if (!entry || !value)
        return err_nomem();
    *entry = (struct config_entry){ NULL, r->kind, r->section, key, value };
    if (!r->config->last)
        r->config->last = &r->config->first;
    *r->config->last = entry;
    r->config->last = &entry->next;
    return STATUS_OK;
}

/* --- sections --- */

/* The name behind the kind, of which quotes are taken off. */
static struct slice unquote(struct slice s)
{
    if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0])
        s = slice_sub(s, 1, s.len - 1);
    return s;
}

static size_t word_length(struct slice s)
{
    size_t n = 0;

    while (n < s.len && !isspace(s.ptr[n]))
        n++;
    return n;
}

static enum status take_section(struct reading *r, struct slice line)
{
    const uint8_t *end = memchr(line.ptr, ']', line.len);
    struct slice name, first;
    size_t word;

    if (!end)
        return bad(r, "a section's name without its ]");
    name = trim(slice_sub(line, 1, (size_t)(end - line.ptr)));
    word = word_length(name);
    first = slice_sub(name, 0, word);
    r->parent = r->section = NULL;
    r->kind = "profile";
    if (r->file_kind == CONFIG_SETTINGS && word < name.len) {
        r->kind = keep(r, first);
        name = unquote(trim(slice_sub(name, word, name.len)));
    } else if (r->file_kind == CONFIG_SETTINGS && !slice_eq(name, SLICE("default"))) {
        return STATUS_OK; /* [plugins] and the like */
    }
    r->section = keep(r, name);
    return r->kind && r->section ? add(r, NULL, keep(r, SLICE(""))) : err_nomem();
}

/* --- keys --- */

static enum status take_key(struct reading *r, struct slice line, bool indented)
{
    size_t at = 0;
    struct slice key, value;
    char *name;

    while (at < line.len && line.ptr[at] != '=' && line.ptr[at] != ':')
        at++;
    if (at == line.len && indented)
        return STATUS_OK; /* a value that goes on: nothing that is used here has one */
    if (at == line.len || !trim(slice_sub(line, 0, at)).len)
        return bad(r, "neither a section nor KEY = VALUE");
    key = trim(slice_sub(line, 0, at));
    value = trim(slice_sub(line, at + 1, line.len));
    if (indented && r->parent) {
        struct buf both = { 0 };

        buf_printf(&both, "%s.%.*s", r->parent, (int)key.len, key.ptr);
        name = keep(r, buf_view(&both));
        buf_release(&both);
    } else {
        name = keep(r, key);
    }
    if (!name)
        return err_nomem();
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!indented)
        r->parent = value.len ? NULL : name;
    return add(r, name, keep(r, value));
}

static enum status take_line(struct reading *r, struct slice line)
{
    bool indented = line.len && isspace(*line.ptr);
    struct slice rest = trim(line);

    if (!rest.len || *rest.ptr == '#' || *rest.ptr == ';')
        return STATUS_OK;
    if (memchr(rest.ptr, 0, rest.len))
        return bad(r, "a NUL byte");
    if (*rest.ptr == '[' && !indented)
        return take_section(r, rest);
    if (!r->section)
        return STATUS_OK;
    return take_key(r, rest, indented);
}

enum status config_parse(struct config *config, struct slice text, const char *path,
                         enum config_kind kind)
{
    struct reading r = { .config = config, .file_kind = kind, .path = path };
    enum status status = STATUS_OK;

    if (slice_starts(text, SLICE("\xef\xbb\xbf")))
        text = slice_sub(text, 3, text.len);
    while (text.len && !status) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len;

        r.line++;
        status = take_line(&r, slice_sub(text, 0, len));
        text = slice_sub(text, end ? len + 1 : len, text.len);
    }
    return status;
}

enum status config_read(struct config *config, const char *path, enum config_kind kind)
{
    struct buf text = { .max = LIMIT_CONFIG_BYTES };
    FILE *file = fopen(path, "re");
    enum status status = STATUS_OK;
    size_t n;

    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return STATUS_OK;
    if (!file)
        return err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* stdio's buffer would keep the secrets */
    buf_reserve(&text, LIMIT_CONFIG_BYTES);
    while (!text.failed && (n = fread(text.ptr + text.len, 1, LIMIT_CONFIG_BYTES - text.len, file)))
        text.len += n;
    if (ferror(file))
        status = err_set(STATUS_IO, "%s: %s", path, strerror(errno));
    else if (text.failed)
        status = err_nomem();
    else if (text.len == LIMIT_CONFIG_BYTES)
        status = err_set(STATUS_LIMIT, "%s: larger than %u bytes", path, LIMIT_CONFIG_BYTES);
    else
        status = config_parse(config, buf_view(&text), path, kind);
    fclose(file);
    if (text.ptr)
        explicit_bzero(text.ptr, text.len);
    buf_release(&text);
    return status;
}

/* --- asking --- */

static bool is_in(const struct config_entry *entry, const char *kind, const char *name)
{
    return strcmp(entry->kind, kind) == 0 && strcmp(entry->section, name) == 0;
}

bool config_has(const struct config *config, const char *kind, const char *name)
{
    for (const struct config_entry *e = config->first; e; e = e->next)
        if (is_in(e, kind, name))
            return true;
    return false;
}

const char *config_get(const struct config *config, const char *kind, const char *name,
                       const char *key)
{
    const char *value = NULL;

    for (const struct config_entry *e = config->first; e; e = e->next)
        if (e->key && strcmp(e->key, key) == 0 && is_in(e, kind, name))
            value = e->value;
    return value;
}

void config_release(struct config *config)
{
    for (struct config_entry *e = config->first; e; e = e->next)
        explicit_bzero(e->value, strlen(e->value));
    arena_release(&config->arena);
    *config = (struct config){ 0 };
}
