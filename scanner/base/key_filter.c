/* key_filter.c - the last filter that matches. */
#include "base/key_filter.h"

#include "base/glob.h"

bool key_filter_wants(const struct key_filter *filters, size_t count, struct slice key)
{
    for (size_t i = count; i-- > 0;)
        if (glob_match(slice_of(filters[i].pattern), key, GLOB_AWS))
            return filters[i].include;
    return true;
}
