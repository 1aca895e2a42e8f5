/*
 * ask.h - the questions on their way: many at once, each again where that may help.
 *
 * May include: base, aws. Threads: the caller's, which waits; answers come on the client's thread.
 */
#ifndef VERIFY_ASK_H
#define VERIFY_ASK_H

#include "verify/inquiries.h"
#include "verify/verify.h"

/* The last word on a try, whose `known` is decided; called on the caller's thread. */
typedef enum status ask_told_fn(void *ctx, const struct inquiry *inquiry, size_t n);

/*
 * Ask about every inquiry that has a next try, until none has. The texts of what is told live in
 * `arena`. Returns STATUS_OK, or what kept the client from starting, or what `on_told` returned.
 */
enum status ask_all(struct inquiries *inquiries, const struct verify_options *options,
                    struct arena *arena, ask_told_fn *on_told, void *ctx);

#endif
