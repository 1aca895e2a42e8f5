/*
 * value_bytes.h - which bytes a value without a label may be made of: the sieve (sift.c) and what
 * decides behind it (runs.c) know them from here.
 *
 * Expressions of a byte, which fill tables when the program is compiled; `c` may be evaluated more
 * than once. Bytes above 127 are in no set.
 */
#ifndef DECODE_VALUE_BYTES_H
#define DECODE_VALUE_BYTES_H

#define IS_LETTER(c) (((c) >= 'A' && (c) <= 'Z') || ((c) >= 'a' && (c) <= 'z'))
#define IS_BASE64(c) (IS_LETTER(c) || ((c) >= '/' && (c) <= '9') || (c) == '+')
#define IS_HEX(c) \
    (((c) >= '0' && (c) <= '9') || ((c) >= 'A' && (c) <= 'F') || ((c) >= 'a' && (c) <= 'f'))

/* Begins, ends or is within an escape that stands for a character of base64. */
#define IS_ESCAPE(c)                                                                      \
    ((c) == '\\' || (c) == '%' || (c) == '&' || (c) == '#' || (c) == ';' || (c) == '=' || \
     (c) == '\n' || (c) == '\r')

/* Begins and ends a literal. */
#define IS_QUOTE(c) ((c) == '"' || (c) == '\'' || (c) == '`')

#define BELONGS(c) (IS_BASE64(c) || IS_ESCAPE(c))

/* The initialiser of a table of 256 with `of(c)` for each byte of ASCII, and 0 for the others. */
#define BYTE_TABLE(of)                                                                           \
    {                                                                                            \
        BYTES_16(of, 0), BYTES_16(of, 16), BYTES_16(of, 32), BYTES_16(of, 48), BYTES_16(of, 64), \
            BYTES_16(of, 80), BYTES_16(of, 96), BYTES_16(of, 112),                               \
    }
#define BYTES_16(of, c) \
    BYTES_4(of, c), BYTES_4(of, (c) + 4), BYTES_4(of, (c) + 8), BYTES_4(of, (c) + 12)
#define BYTES_4(of, c) of(c), of((c) + 1), of((c) + 2), of((c) + 3)

#endif
