/*
 * struct_text.h - what Athena and CloudTrail Lake print for a struct, a map or a list, as JSON.
 *
 * {type=IAMUser, sessioncontext={attributes={mfaauthenticated=false}}, invokedby=null} has no
 * quotes, so a value ends where ", NAME=" or the end of its struct comes. No name in IAM holds a
 * comma and a space.
 *
 * May include: base. Library: cJSON. Threads: pure.
 */
#ifndef TRAIL_STRUCT_TEXT_H
#define TRAIL_STRUCT_TEXT_H

#include <cJSON.h>

#include "base/slice.h"
#include "base/status.h"

/* What a member called `name` is to be called: text that lives as long as `name` does. */
typedef struct slice struct_text_name_fn(struct slice name);

/*
 * Read all of `text` as a struct, whose members `rename` (NULL: nobody) calls anew; scalars are
 * strings, or null. JSON inside of it is read as such; `*doubtful` becomes true where something
 * begins like JSON and cannot be read as such, so that it is a string. On success `*out` is the
 * caller's. STATUS_OK; STATUS_CORRUPT where it is none (no text is set); STATUS_NOMEM.
 */
enum status struct_text_read(cJSON **out, const char *text, struct_text_name_fn *rename,
                             bool *doubtful);

#endif
