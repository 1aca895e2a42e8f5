/*
 * geo.h - where an address is, by a MaxMind database that the user gave.
 *
 * May include: base. Library: libmaxminddb. Threads: one.
 */
#ifndef TRAIL_GEO_H
#define TRAIL_GEO_H

#include "base/status.h"

#include <stdbool.h>

struct geo;

struct place_on_earth {
    char country[4];            /* ISO code; "" where it is not known */
    double latitude, longitude; /* degrees */
    bool located;
};

/* Open the database `path`. On success `*out` is the caller's. STATUS_OK, STATUS_NOMEM, or
 * STATUS_IO with a text that names the file. */
enum status geo_open(struct geo **out, const char *path);

/* What is known of `address`; nothing where it is no address. NULL: no database, so nothing. */
void geo_find(const struct geo *geo, const char *address, struct place_on_earth *out);

/* Kilometres between two places that are located. */
double geo_distance(const struct place_on_earth *a, const struct place_on_earth *b);

/* NULL is allowed. */
void geo_close(struct geo *geo);

#endif
