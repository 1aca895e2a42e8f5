/*
 * hidden.h - what the options keep out of a report, as text that differs where that does.
 *
 * For --since-last: what it covered once is not looked at again, so what was kept out of sight then
 * must not stay there when nothing hides it any more. An entry of a baseline counts as long as it
 * suppresses: on the day after its last one all is looked at again.
 *
 * May include: options.h, baselines.h. Threads: the main thread.
 */
#ifndef COMMAND_HIDDEN_H
#define COMMAND_HIDDEN_H

#include "base/buf.h"
#include "command/baselines.h"
#include "command/options.h"

/* Append the text. Memory that runs out shows in buf_status(). */
void hidden_put(struct buf *out, const struct options *options, const struct baselines *baselines);

#endif
