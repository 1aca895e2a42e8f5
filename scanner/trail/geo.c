/* geo.c - libmaxminddb's look-up, and the distance on a sphere. */
#include "trail/geo.h"

#include <arpa/inet.h>
#include <math.h>
#include <maxminddb.h>
#include <stdlib.h>
#include <string.h>

#define EARTH_RADIUS_KM 6371.0
#define RADIANS (3.14159265358979323846 / 180)

struct geo {
    MMDB_s database;
};

enum status geo_open(struct geo **out, const char *path)
{
    struct geo *geo = calloc(1, sizeof(*geo));
    int error;

    if (!geo)
        return err_nomem();
    error = MMDB_open(path, MMDB_MODE_MMAP, &geo->database);
    if (error != MMDB_SUCCESS) {
        free(geo);
        return err_set(STATUS_IO, "%s: %s", path, MMDB_strerror(error));
    }
    *out = geo;
    return STATUS_OK;
}

void geo_close(struct geo *geo)
{
    if (!geo)
        return;
    MMDB_close(&geo->database);
    free(geo);
}

static bool get_double(MMDB_entry_s *entry, const char *name, double *out)
{
    MMDB_entry_data_s data;

    if (MMDB_get_value(entry, &data, "location", name, NULL) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_DOUBLE)
        return false;
    *out = data.double_value;
    return isfinite(*out) && fabs(*out) <= 360;
}

void geo_find(const struct geo *geo, const char *address, struct place_on_earth *out)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    MMDB_lookup_result_s result;
    MMDB_entry_data_s data;
    int gai_error, error;

    *out = (struct place_on_earth){ 0 };
    if (!geo ||
        (inet_pton(AF_INET, address, bytes) != 1 && inet_pton(AF_INET6, address, bytes) != 1))
        return;
    result = MMDB_lookup_string(&geo->database, address, &gai_error, &error);
    if (gai_error || error != MMDB_SUCCESS || !result.found_entry)
        return;
    if (MMDB_get_value(&result.entry, &data, "country", "iso_code", NULL) == MMDB_SUCCESS &&
        data.has_data && data.type == MMDB_DATA_TYPE_UTF8_STRING &&
        data.data_size < sizeof(out->country))
        memcpy(out->country, data.utf8_string, data.data_size);
    out->located = get_double(&result.entry, "latitude", &out->latitude) &&
                   get_double(&result.entry, "longitude", &out->longitude);
}

double geo_distance(const struct place_on_earth *a, const struct place_on_earth *b)
{
    double south = sin((b->latitude - a->latitude) * RADIANS / 2);
    double east = sin((b->longitude - a->longitude) * RADIANS / 2);
    double h =
        south * south + cos(a->latitude * RADIANS) * cos(b->latitude * RADIANS) * east * east;

    return 2 * EARTH_RADIUS_KM * asin(sqrt(h < 1 ? h : 1));
}
