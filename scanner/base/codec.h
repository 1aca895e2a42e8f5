/*
 * codec.h - the encodings that a credential may lie in.
 *
 * May include: nothing. Threads: pure.
 */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

enum codec {
    CODEC_NONE,
    CODEC_UTF16,            /* either byte order */
    CODEC_BASE64,           /* any alignment, wrapped or not, either alphabet (RFC 4648, 4 and 5) */
    CODEC_HEX,              /* two digits a byte */
    CODEC_QUOTED_PRINTABLE, /* RFC 2045, 6.7 */
    CODEC_GZIP,             /* RFC 1952, inside of base64 */
    CODEC_COUNT
};

/* Encodings inside one another that are undone. */
enum { CODEC_DEPTH_MAX = 4 };

/* As reports and rule files call it: "utf16", "base64", "hex", "quoted-printable", "gzip". Static.
 */
static inline const char *codec_name(enum codec codec)
{
    static const char *const names[CODEC_COUNT] = {
        "", "utf16", "base64", "hex", "quoted-printable", "gzip",
    };

    return names[codec];
}

#endif
