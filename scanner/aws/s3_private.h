/* s3_private.h - what s3.c and s3_list.c share. */
#ifndef AWS_S3_PRIVATE_H
#define AWS_S3_PRIVATE_H

#include "aws/s3.h"
#include "aws/s3_name.h"

struct s3_bucket {
    struct s3_options options;
    char *name;
    struct s3_access_point point; /* its host is empty for a bucket's own name */
    char region[64];
    bool given;   /* the endpoint is the user's and not of the region */
    bool settled; /* it is where it is asked for: nothing here may change any more */
    struct endpoint endpoint;
};

/* Go over to the endpoint of `region`, or only sign for it where the endpoint is the user's. */
enum status s3_set_region(struct s3_bucket *bucket, const char *region);

/* What every request to the bucket has. */
void s3_prepare(const struct s3_bucket *bucket, struct call *call, const struct keys *keys);

#endif
