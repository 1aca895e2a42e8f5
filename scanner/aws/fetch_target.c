/* fetch_target.c - names, filters, sizes and storage classes. */
#include "aws/fetch_target.h"

#include "aws/s3_name.h"

struct fetch_target fetch_target_of(const char *target)
{
    const char *name = target + strlen(FETCH_SCHEME);
    size_t len = s3_name_length(name);

    return (struct fetch_target){ .target = target,
                                  .name = { (const uint8_t *)name, len },
                                  .prefix = slice_of(name[len] ? name + len + 1 : "") };
}

/* The key as filters see it: behind the folder that the prefix names. */
static struct slice filtered_name(const struct fetch_target *target, struct slice key)
{
    size_t folder = target->prefix.len;

    while (folder > 0 && target->prefix.ptr[folder - 1] != '/')
        folder--;
    return slice_sub(key, folder < key.len ? folder : key.len, key.len);
}

/* Must it be restored first? Classes of S3's StorageClass; GLACIER_IR can be read at once. */
static bool is_archived(const struct s3_object *object)
{
    return !object->is_restored && (strcmp(object->storage_class, "GLACIER") == 0 ||
                                    strcmp(object->storage_class, "DEEP_ARCHIVE") == 0);
}

enum fetch_wish fetch_target_wants(const struct fetch_target *target,
                                   const struct fetch_options *options,
                                   const struct s3_object *object)
{
    if (options->exact && !slice_eq(object->key, target->prefix))
        return FETCH_EXCLUDED;
    if (!key_filter_wants(options->filters, options->filter_count,
                          filtered_name(target, object->key)))
        return FETCH_EXCLUDED;
    if (object->size > options->max_object_size)
        return FETCH_TOO_LARGE;
    return is_archived(object) ? FETCH_ARCHIVED : FETCH_WANTED;
}

bool fetch_target_shares(const struct fetch_target *target, const struct fetch_target *other,
                         const struct fetch_options *options, const struct s3_object *object)
{
    return slice_eq(target->name, other->name) && slice_starts(object->key, other->prefix) &&
           fetch_target_wants(other, options, object) == FETCH_WANTED;
}

const char *fetch_target_why_empty(const struct fetch_target *target, bool versions)
{
    if (target->prefix.len && memchr(target->prefix.ptr, '*', target->prefix.len))
        return "no object's key begins so (patterns go to --include)";
    if (versions)
        return target->prefix.len ? "no object's key begins so" : "the bucket holds no object";
    return target->prefix.len
               ? "no object's key begins so (--versions reads what was deleted, too)"
               : "the bucket holds no object (--versions reads what was deleted, too)";
}
