/* version.h - the one place that names the program's version. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define LEAKTRAWL_VERSION "0.1.0"

#endif
