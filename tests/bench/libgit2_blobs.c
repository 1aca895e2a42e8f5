/*
 * libgit2_blobs.c - read every blob of a repository through libgit2, on one thread: what a scan of
 * history would cost at least that came to its blobs by the library. For history.py only.
 */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>

struct sum {
    git_odb *odb;
    unsigned long long blobs, bytes;
};

static int read_one(const git_oid *id, void *ctx)
{
    struct sum *sum = ctx;
    git_odb_object *object;
    git_object_t type;
    size_t len;

    if (git_odb_read_header(&len, &type, sum->odb, id) || type != GIT_OBJECT_BLOB)
        return 0;
    if (git_odb_read(&object, sum->odb, id))
        return 0;
    sum->blobs++;
    sum->bytes += git_odb_object_size(object);
    git_odb_object_free(object);
    return 0;
}

int main(int argc, char **argv)
{
    struct sum sum = { 0 };
    git_repository *repository;

    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    if (argc != 2 || git_repository_open_ext(&repository, argv[1], 0, NULL) ||
        git_repository_odb(&sum.odb, repository) || git_odb_foreach(sum.odb, read_one, &sum)) {
        fprintf(stderr, "%s: cannot be read\n", argc == 2 ? argv[1] : "usage: REPO");
        return 1;
    }
    printf("%llu blobs, %llu bytes\n", sum.blobs, sum.bytes);
    git_odb_free(sum.odb);
    git_repository_free(repository);
    git_libgit2_shutdown();
    return 0;
}
