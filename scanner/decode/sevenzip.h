/*
 * sevenzip.h - how much memory a 7z archive asks for, before anybody gives it.
 *
 * A folder of a 7z says how large a dictionary (LZMA) or a model (PPMd) it needs, up to 4 GiB, and
 * libarchive takes it at its word. Here the headers are read as far as the folders, by the rules by
 * which libarchive reads them; what is not understood is refused. It unpacks no member.
 *
 * May include: base, decode/lzma. Libraries: by lzma.h. Threads: pure.
 */
#ifndef DECODE_SEVENZIP_H
#define DECODE_SEVENZIP_H

#include "base/seekable.h"
#include "base/status.h"

/*
 * May the archive in `source`, which begins with 7z's signature, be unpacked? STATUS_OK: no folder
 * asks for more than LIMIT_SEVENZIP_BYTES. Below 0, with a text: STATUS_LIMIT where one does, or
 * the header is longer than is looked at; STATUS_UNSUPPORTED where the header is encrypted;
 * STATUS_CORRUPT where it cannot be followed; STATUS_NOMEM.
 */
enum status sevenzip_check(const struct seekable *source);

#endif
