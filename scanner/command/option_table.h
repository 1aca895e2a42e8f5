/*
 * option_table.h - the records of commands and options that the parser and the help texts read.
 *
 * May include: options.h. Threads: constant data.
 */
#ifndef COMMAND_OPTION_TABLE_H
#define COMMAND_OPTION_TABLE_H

#include <stddef.h>

#include "command/options.h"

struct command_row {
    int (*run)(const struct options *options); /* see command.h */
    const char *name;                          /* one or two words */
    const char *arguments;                     /* how the help calls them */
    size_t arguments_min, arguments_max;
    const char *const *words; /* that the argument is one of, ends with NULL; NULL: anything */
    const char *about; /* of the first of two-word commands: what all are that begin as it does */
    const char *help;  /* one line */
    const char *more;  /* a paragraph behind it in long help and manual, or NULL */
};

enum option_kind {
    KIND_ON,     /* no value; sets a bool */
    KIND_TEXT,   /* a const char * */
    KIND_TEXTS,  /* a struct texts: may be given again and again */
    KIND_NUMBER, /* a uint64_t in [min, max] */
    KIND_SIZE,   /* a uint64_t in bytes, with K, M or G */
    KIND_FILTER, /* a glob, added to options.filters: `min` is 1 where it includes */
    KIND_WORD,   /* an unsigned: which of `words` */
    KIND_LIST,   /* a struct text_list; may stand more than once */
    KIND_LEVELS, /* likewise, of RULE=SEVERITY */
};

/* Where a value may come from beside the command line. What may not harm comes from a file. */
enum option_source {
    SOURCE_TYPED,       /* nowhere else */
    SOURCE_ENVIRONMENT, /* LEAKTRAWL_NAME */
    SOURCE_FILE         /* that, and a configuration file */
};

/* What an option is about. Without it on the command line the option would do nothing. */
enum option_needs {
    NEEDS_NOTHING,
    NEEDS_BUCKET,           /* an s3:// target */
    NEEDS_BUCKET_OR_VERIFY, /* that, or NEEDS_VERIFY */
    NEEDS_VERIFY,           /* --verify or --verify-plan, or the command verify */
};

struct option_row {
    const char *name;
    const char *elsewhere; /* how other programs call it, to point from there; NULL: likewise */
    char letter;           /* 0: none */
    enum option_kind kind;
    unsigned commands; /* that take it, as bits */
    enum option_source source;
    enum option_needs needs;
    const char *for_files;    /* of NEEDS_BUCKET: the option that does it for files; NULL: none */
    bool path;                /* a KIND_TEXT that counts from where it is written */
    size_t offset;            /* in struct options; SIZE_MAX: it names a command */
    const char *value;        /* how the help calls the value */
    const char *const *words; /* ends with NULL; the first is the default */
    uint64_t min, max;
    const char *help; /* one line */
    const char *more; /* a paragraph behind it in long help and manual, or NULL */
};

extern const struct command_row command_rows[COMMAND_COUNT];
extern const struct option_row option_rows[]; /* by name; option_row_count of them */
extern const size_t option_row_count;

#endif
