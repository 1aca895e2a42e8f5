/*
 * unusual_places.c - addresses, networks, countries and regions that were never seen before, and
 * travel that nobody does.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "trail/unusual_private.h"

/* Closer than this nobody travels: databases place addresses no better. */
#define TRAVEL_KM_MIN 500.0

/* --- what was never seen before --- */

/* The first 16 bits of an IPv4 address, 32 of IPv6, as text; "" where it is no address. */
static void network_of(char out[static INET6_ADDRSTRLEN], const char *address)
{
    unsigned char bytes[16];

    out[0] = 0;
    if (inet_pton(AF_INET, address, bytes) == 1)
        snprintf(out, INET6_ADDRSTRLEN, "%u.%u.0.0/16", bytes[0], bytes[1]);
    else if (inet_pton(AF_INET6, address, bytes) == 1)
        snprintf(out, INET6_ADDRSTRLEN, "%x%02x:%x%02x::/32", bytes[0], bytes[1], bytes[2],
                 bytes[3]);
}

static void address_of(char out[static INET6_ADDRSTRLEN + 4], const struct visit *visit,
                       enum context context)
{
    char network[INET6_ADDRSTRLEN];

    network_of(network, visit->spell->address);
    out[0] = 0;
    if (context == CONTEXT_NEW_COUNTRY)
        snprintf(out, INET6_ADDRSTRLEN, "%s", visit->place.country);
    else if (context == CONTEXT_NEW_NETWORK)
        snprintf(out, INET6_ADDRSTRLEN, "%s", network);
    else if (network[0])
        snprintf(out, INET6_ADDRSTRLEN, "%s", visit->spell->address);
}

struct seen {
    char text[INET6_ADDRSTRLEN + 4];
    size_t visit; /* the first with it */
};

static int by_text(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;
    int order = strcmp(left->text, right->text);

    return order ? order : (left->visit > right->visit) - (left->visit < right->visit);
}

static int by_text_alone(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;

    return strcmp(left->text, right->text);
}

/* `seen` holds the addresses of all visits, sorted. */
static void mark_addresses(struct search *s, const struct seen *seen)
{
    struct use_list *addresses = &s->story->addresses;

    for (size_t i = 0; i < addresses->count; i++) {
        struct use *use = &addresses->list[i];
        struct place_on_earth place;
        struct seen key = { .visit = 0 };
        const struct seen *found;

        snprintf(key.text, sizeof(key.text), "%s", use->text);
        found = bsearch(&key, seen, s->count, sizeof(key), by_text_alone);
        while (found && found > seen && strcmp(found[-1].text, key.text) == 0)
            found--;
        use->fresh = found && s->visits[found->visit].spell->from >= s->usual_until;
        geo_find(s->geo, use->text, &place);
        memcpy(use->country, place.country, sizeof(use->country));
    }
}

/* The first visit of each address, network or country: those after the first day are new. */
static void find_new(struct search *s, enum context context)
{
    const struct indicator *indicator = unusual_asked(s, context);
    struct seen *seen = calloc(s->count + 1, sizeof(*seen));
    const struct seen *first = NULL;
    uint64_t count = 0;

    if (!seen)
        s->status = err_nomem();
    for (size_t i = 0; seen && i < s->count; i++) {
        address_of(seen[i].text, &s->visits[i], context);
        seen[i].visit = i;
    }
    if (seen && s->count)
        qsort(seen, s->count, sizeof(*seen), by_text);
    for (size_t i = 0; indicator && seen && i < s->count; i++) {
        const struct visit *visit = &s->visits[seen[i].visit];

        if (!seen[i].text[0] || (i && strcmp(seen[i].text, seen[i - 1].text) == 0) ||
            !visit->followed || visit->spell->from < s->usual_until)
            continue;
        count++;
        first = !first || seen[i].visit < first->visit ? &seen[i] : first;
    }
    if (seen && context == CONTEXT_NEW_ADDRESS)
        mark_addresses(s, seen);
    if (first)
        unusual_reason(s, indicator, count, s->visits[first->visit].spell->from, first->text);
    free(seen);
}

static void find_new_region(struct search *s)
{
    const struct indicator *indicator = unusual_asked(s, CONTEXT_NEW_REGION);
    const struct use *first = NULL;
    uint64_t count = 0;

    for (size_t i = 0; indicator && i < s->story->regions.count; i++) {
        struct use *use = &s->story->regions.list[i];

        use->fresh = use->first >= s->usual_until;
        count += use->fresh;
        if (use->fresh && (!first || use->first < first->first))
            first = use;
    }
    if (first)
        unusual_reason(s, indicator, count, first->first, first->text);
}

/* --- travel --- */

static void find_travel(struct search *s)
{
    const struct indicator *indicator = unusual_asked(s, CONTEXT_TRAVEL);
    const struct visit *last = NULL;
    char text[192] = "";
    int64_t first = RECORD_NO_TIME;
    uint64_t count = 0;

    for (size_t i = 0; indicator && i < s->count; i++) {
        const struct visit *visit = &s->visits[i];
        double hours, km;

        if (!visit->place.located)
            continue;
        km = last ? geo_distance(&last->place, &visit->place) : 0;
        hours = last && visit->spell->from > last->spell->to
                    ? (double)(visit->spell->from - last->spell->to) / 3600
                    : 0;
        if (km > TRAVEL_KM_MIN && km > hours * (double)indicator->at_least && !count++) {
            first = visit->spell->from;
            snprintf(text, sizeof(text), "%.45s (%s) to %.45s (%s): %.0f km in %.0f minutes",
                     last->spell->address, last->place.country, visit->spell->address,
                     visit->place.country, km, hours * 60);
        }
        last = visit;
    }
    if (count)
        unusual_reason(s, indicator, count, first, text);
}

void unusual_places(struct search *s)
{
    find_new(s, CONTEXT_NEW_ADDRESS);
    find_new(s, CONTEXT_NEW_NETWORK);
    find_new(s, CONTEXT_NEW_COUNTRY);
    find_new_region(s);
    find_travel(s);
}
