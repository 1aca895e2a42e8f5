/* fuzz_s3_listing.c - any bytes as a page of a bucket's listing, of objects and of versions. */
#include "aws/s3_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (unsigned versions = 0; versions < 2; versions++) {
        struct s3_page page = { .versions = versions };

        s3_page_read(&page, (struct slice){ data, size });
        s3_page_release(&page);
    }
    return 0;
}
