/*
 * text_private.h - what the files of the report for people share. Threads: one writer, one thread.
 */
#ifndef REPORT_TEXT_PRIVATE_H
#define REPORT_TEXT_PRIVATE_H

#include "report/formats.h"

#define COLOUR_OFF "\x1b[0m"

/* "LINE:COLUMN" and the NUL. */
#define TEXT_PLACE_SIZE 48

/* Put the start of a line below a finding. */
void text_label(struct writer *writer, const char *label);

/* "LINE:COLUMN", or "-" where the line is not known. */
void text_format_place(char out[static TEXT_PLACE_SIZE], const struct place *place);

/* Put the finding's own place: PATH:LINE:COLUMN, coloured, and what it is in history. */
void text_place(struct writer *writer, const struct finding *finding);

/* Put the line of who brought it in and when, and whether it is still to be seen. */
void text_history(struct writer *writer, const struct git_origin *git);

/* Put the line of the object that the finding's document is; none where the path says it all. */
void text_object(struct writer *writer, const struct finding *finding);

/* Put the lines of the other places of the credential whose first is finding `index`. */
void text_other_places(struct writer *writer, size_t index);

#endif
