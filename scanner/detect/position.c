/*
 * position.c - a cursor over JSON that steps into what the path names and over everything else.
 *
 * The text has been parsed before, so its form is not checked again; a text that breaks it ends the
 * walk early. Nothing recurses: what is stepped over is skipped by counting brackets.
 */
#include "detect/position.h"

struct cursor {
    struct slice text;
    size_t at;
};

static uint8_t here(const struct cursor *c)
{
    return c->at < c->text.len ? c->text.ptr[c->at] : 0;
}

static void skip_space(struct cursor *c)
{
    while (here(c) && strchr(" \t\r\n", here(c)))
        c->at++;
}

/* From a quote to behind the one that ends the string. */
static void skip_string(struct cursor *c)
{
    for (c->at++; c->at < c->text.len && here(c) != '"'; c->at++)
        c->at += here(c) == '\\';
    c->at += c->at < c->text.len;
}

/* To the comma or bracket behind a value. */
static void skip_value(struct cursor *c)
{
    size_t depth = 0;

    for (; c->at < c->text.len; c->at++) {
        uint8_t byte = here(c);

        if (byte == '"') {
            skip_string(c);
            c->at--;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if ((byte == '}' || byte == ']') && depth) {
            depth--;
        } else if (!depth && (byte == ',' || byte == '}' || byte == ']')) {
            return;
        }
    }
}

/* In front of a member or an element: on to the next one. False: there is none. */
static bool next(struct cursor *c)
{
    skip_value(c);
    if (here(c) != ',')
        return false;
    c->at++;
    skip_space(c);
    return true;
}

/* The name in front of the cursor, as it is written; the cursor moves to its value. */
static struct slice take_name(struct cursor *c)
{
    size_t start = c->at + 1;
    struct slice name = { 0 };

    if (here(c) != '"')
        return name;
    skip_string(c);
    if (c->at > start)
        name = slice_sub(c->text, start, c->at - 1);
    skip_space(c);
    c->at += here(c) == ':';
    skip_space(c);
    return name;
}

/* From an object's brace to the value of its member `name`, whose name begins at `*found`. */
static bool enter_member(struct cursor *c, struct slice name, size_t *found)
{
    if (here(c) != '{')
        return false;
    c->at++;
    skip_space(c);
    do {
        size_t start = c->at;

        if (here(c) != '"')
            return false;
        if (slice_eq(take_name(c), name)) {
            *found = start;
            return true;
        }
    } while (next(c));
    return false;
}

/* From an array's bracket to its element `index`. */
static bool enter_element(struct cursor *c, size_t index, size_t *found)
{
    if (here(c) != '[')
        return false;
    c->at++;
    skip_space(c);
    for (; index > 0; index--)
        if (!next(c))
            return false;
    if (!here(c) || here(c) == ']')
        return false;
    *found = c->at;
    return true;
}

struct position position_at(struct slice text, size_t offset)
{
    struct position position = { 1, 1 };

    for (size_t i = 0; i < offset && i < text.len; i++) {
        position.column++;
        if (text.ptr[i] == '\n')
            position = (struct position){ position.line + 1, 1 };
    }
    return position;
}

struct position position_of(struct slice json, const char *path)
{
    struct cursor c = { .text = json };
    size_t found;
    bool good = true;

    skip_space(&c);
    found = c.at;
    while (*path && good) {
        if (*path == '[') {
            size_t index = 0;

            for (path++; *path >= '0' && *path <= '9' && index < SIZE_MAX / 16; path++)
                index = index * 10 + (size_t)(*path - '0');
            path += *path == ']';
            good = enter_element(&c, index, &found);
        } else {
            size_t len;

            path += *path == '.';
            len = strcspn(path, ".[");
            good = enter_member(&c, (struct slice){ (const uint8_t *)path, len }, &found);
            path += len;
        }
    }
    return position_at(json, found);
}
