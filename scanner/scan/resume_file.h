/*
 * resume_file.h - the file of --resume as bytes: whose it is, what is appended, record after
 * record. What records mean is resume.h's.
 *
 * Threads: one owner at a time.
 */
#ifndef SCAN_RESUME_FILE_H
#define SCAN_RESUME_FILE_H

#include <stdio.h>

#include "base/slice.h"
#include "base/status.h"
#include "scan/resume_record.h"

/*
 * Open or make the file (mode 0600), for this process alone as long as it is open: what is written
 * goes to its end. `*fd` is the caller's, -1 where there is none. STATUS_OK; STATUS_INVALID:
 * another process has it; STATUS_IO.
 */
enum status resume_file_open(const char *path, int *fd);

/* The records of a file, one after the other. */
struct resume_records {
    FILE *file;
    char *line; /* the first of the record under way, with its LF */
    size_t cap;
    uint64_t at, end; /* of the record: the caller sets `end` to where the first one begins */
    struct resume_head head;
};

/* Begin at the file's beginning, through a copy of `fd`; `path` is for errors. On success to be
 * closed. STATUS_OK or STATUS_IO. */
enum status resume_records_open(struct resume_records *records, int fd, const char *path);

/* Read the line of the next record, whose report is then to be passed over or copied. False: there
 * is none in the first `size` bytes, or it is torn, and so is all behind it. */
bool resume_records_next(struct resume_records *records, uint64_t size);

bool resume_records_skip(struct resume_records *records);

/* Write the record to `to`, whose failures show when it is closed. False: it cannot be read. */
bool resume_records_copy(struct resume_records *records, FILE *to);

void resume_records_close(struct resume_records *records);

#endif
