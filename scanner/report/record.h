/*
 * record.h - findings, errors and the summary as the JSON objects of DESIGN's contract; for report/
 * alone.
 *
 * JSON Lines, JSON and the page are made of these, and read.h reads them back.
 *
 * May include: base. Library: cJSON. Threads: any, one report at a time.
 */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include "report/json.h"

/* The report's form, in its summary: grows by one when a reader would misunderstand the next. */
enum { RECORD_VERSION = 1 };

/* A count of struct coverage and the name that reports give it. */
struct coverage_field {
    const char *name;
    size_t offset; /* of a uint64_t in struct coverage */
};

enum { COVERAGE_FIELDS = 16 };
extern const struct coverage_field coverage_fields[COVERAGE_FIELDS];

/* "low" and so on, indexed by enum severity; likewise by enum confidence. */
extern const char *const severity_names[SEVERITY_CRITICAL + 1];
extern const char *const confidence_names[CONFIDENCE_HIGH + 1];

/* The key id's rule or a secret access key's, whose secret is not just any value. */
bool record_is_key(const struct finding *finding);

/* Each gives an object that json_print() takes; NULL where memory is out. */
cJSON *record_finding(struct writer *writer, size_t index);
cJSON *record_error(struct writer *writer, const struct trouble *trouble);
cJSON *record_summary(struct writer *writer);

#endif
