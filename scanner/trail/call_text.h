/*
 * call_text.h - a call in words: what it was about, as its request says.
 *
 * May include: base, record. Threads: pure.
 */
#ifndef TRAIL_CALL_TEXT_H
#define TRAIL_CALL_TEXT_H

#include "base/buf.h"
#include "trail/record.h"

/* The text at `path` of the request, or of the response; never NULL. */
const char *call_request(const struct record *record, const char *path);
const char *call_response(const struct record *record, const char *path);

/* Append what the call was about, "alice arn:aws:iam::aws:policy/ReadOnlyAccess"; nothing where
 * the record does not say it. */
void call_detail_put(struct buf *out, const struct record *record);

/* Append the call, what it was about (`detail`) and its error: "CreateUser eve: AccessDenied". */
void call_text_put(struct buf *out, const struct record *record, const char *detail);

#endif
