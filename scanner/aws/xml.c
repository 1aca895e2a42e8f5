/* xml.c - expat with everything refused that AWS does not send. */
#include "aws/xml.h"

#include <expat.h>
#include <limits.h>

#include "base/buf.h"
#include "base/limits.h"

struct parse {
    XML_Parser parser;
    const struct xml_handler *handler;
    struct buf text;
    unsigned depth;
    enum status status;
};

static void stop(struct parse *p, enum status status)
{
    if (!p->status)
        p->status = status;
    XML_StopParser(p->parser, XML_FALSE);
}

static struct slice local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return slice_of(colon ? colon + 1 : name);
}

static void on_begin(void *ctx, const char *name, const char **attributes)
{
    struct parse *p = ctx;
    enum status status = STATUS_OK;

    (void)attributes;
    buf_reset(&p->text);
    if (p->depth == LIMIT_XML_DEPTH)
        status = err_set(STATUS_CORRUPT, "XML with more than %u levels", LIMIT_XML_DEPTH);
    else if (p->handler->begin)
        status = p->handler->begin(p->handler->ctx, p->depth, local_name(name));
    p->depth++;
    if (status < 0)
        stop(p, status);
}

static void on_end(void *ctx, const char *name)
{
    struct parse *p = ctx;
    enum status status;

    p->depth--;
    status = p->handler->end(p->handler->ctx, p->depth, local_name(name), buf_view(&p->text));
    buf_reset(&p->text);
    if (status < 0)
        stop(p, status);
}

static void on_text(void *ctx, const char *text, int len)
{
    struct parse *p = ctx;

    buf_append(&p->text, (struct slice){ (const uint8_t *)text, (size_t)len });
    if (p->text.failed == STATUS_NOMEM)
        stop(p, err_nomem());
    else if (p->text.failed)
        stop(p, err_set(STATUS_CORRUPT, "XML with a text of more than %u bytes",
                        LIMIT_XML_TEXT_BYTES));
}

static void on_doctype(void *ctx, const char *name, const char *system, const char *public,
                       int has_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    stop(ctx, err_set(STATUS_CORRUPT, "XML with a document type, which S3 never sends"));
}

enum status xml_parse(struct slice document, const struct xml_handler *handler)
{
    struct parse p = { .handler = handler, .text = { .max = LIMIT_XML_TEXT_BYTES } };

    if (document.len > INT_MAX)
        return err_set(STATUS_CORRUPT, "XML of more than 2 GiB");
    p.parser = XML_ParserCreate(NULL);
    if (!p.parser)
        return err_nomem();
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, on_begin, on_end);
    XML_SetCharacterDataHandler(p.parser, on_text);
    XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
    if (XML_Parse(p.parser, (const char *)document.ptr, (int)document.len, XML_TRUE) ==
            XML_STATUS_ERROR &&
        !p.status)
        p.status = err_set(STATUS_CORRUPT, "XML that is not well formed: %s in line %lu",
                           XML_ErrorString(XML_GetErrorCode(p.parser)),
                           (unsigned long)XML_GetCurrentLineNumber(p.parser));
    XML_ParserFree(p.parser);
    buf_release(&p.text);
    return p.status;
}
