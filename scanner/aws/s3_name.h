/*
 * s3_name.h - what stands for a bucket in s3://NAME/KEY: its name, or the ARN of an access point.
 *
 * Source: "Bucket naming rules" and "Using access points with compatible Amazon S3 operations" in
 * the Amazon S3 User Guide; where a name ends in a URI is as the AWS CLI has it.
 *
 * May include: base. Threads: pure.
 */
#ifndef AWS_S3_NAME_H
#define AWS_S3_NAME_H

#include "base/slice.h"
#include "base/status.h"

/* How long the name is that `uri`, behind its scheme, begins with. */
size_t s3_name_length(const char *uri);

/* What the ARN of an access point says. */
struct s3_access_point {
    char region[64];
    char host[64]; /* "NAME-ACCOUNT", the first label of its host */
};

/*
 * Is `name` one that can be asked? STATUS_OK, and what an access point's ARN says, or an empty
 * region for a bucket's own name: 1 to 255 of A-Z a-z 0-9 . _ and -. STATUS_INVALID, with a text,
 * for what is neither; STATUS_UNSUPPORTED for access points of several regions (which want another
 * signature), of Outposts and of Object Lambda.
 */
enum status s3_name_check(struct slice name, struct s3_access_point *out);

/* Is it the name of a directory bucket (S3 Express One Zone)? */
bool s3_name_is_directory(struct slice name);

#endif
