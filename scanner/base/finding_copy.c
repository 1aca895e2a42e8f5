/* finding_copy.c - field by field. */
#include "base/finding_copy.h"

const struct s3_origin *finding_copy_s3(struct arena *arena, const struct s3_origin *s3, bool *good)
{
    struct s3_origin *copy = s3 ? arena_alloc(arena, sizeof(*copy)) : NULL;

    *good = *good && (copy || !s3);
    if (!copy)
        return NULL;
    copy->bucket = arena_keep_text(arena, s3->bucket, good);
    copy->key = arena_keep(arena, s3->key, good);
    copy->version_id = arena_keep_text(arena, s3->version_id, good);
    copy->last_modified = arena_keep_text(arena, s3->last_modified, good);
    copy->etag = arena_keep_text(arena, s3->etag, good);
    return copy;
}

const struct verification *finding_copy_verification(struct arena *arena,
                                                     const struct verification *verification,
                                                     bool *good)
{
    struct verification *copy = verification ? arena_alloc(arena, sizeof(*copy)) : NULL;

    *good = *good && (copy || !verification);
    if (!copy)
        return NULL;
    copy->verdict = verification->verdict;
    copy->arn = arena_keep_text(arena, verification->arn, good);
    copy->account = arena_keep_text(arena, verification->account, good);
    copy->user_id = arena_keep_text(arena, verification->user_id, good);
    copy->checked_at = arena_keep_text(arena, verification->checked_at, good);
    copy->error = arena_keep_text(arena, verification->error, good);
    return copy;
}

static const struct git_origin *copy_git(struct arena *arena, const struct git_origin *git,
                                         bool *good)
{
    struct git_origin *copy = arena_alloc(arena, sizeof(*copy));
    const char **paths = arena_alloc(arena, git->path_count * sizeof(*paths));

    if (!copy || !paths) {
        *good = false;
        return NULL;
    }
    *copy = *git;
    copy->repository = arena_keep_text(arena, git->repository, good);
    copy->blob = arena_keep_text(arena, git->blob, good);
    copy->kind = arena_keep_text(arena, git->kind, good);
    copy->first_commit = arena_keep_text(arena, git->first_commit, good);
    copy->last_commit = arena_keep_text(arena, git->last_commit, good);
    copy->author = arena_keep_text(arena, git->author, good);
    copy->date = arena_keep_text(arena, git->date, good);
    copy->last_date = arena_keep_text(arena, git->last_date, good);
    for (size_t i = 0; i < git->path_count; i++)
        paths[i] = arena_keep_text(arena, git->paths[i], good);
    copy->paths = paths;
    return copy;
}

static const struct candidate *copy_candidates(struct arena *arena, const struct candidate *from,
                                               size_t count, bool *good)
{
    struct candidate *copy = arena_alloc(arena, count * sizeof(*copy));

    *good = *good && copy;
    for (size_t i = 0; copy && i < count; i++)
        copy[i] = (struct candidate){ arena_keep(arena, from[i].secret, good), from[i].place };
    return copy;
}

bool finding_copy(struct finding *finding, struct arena *arena, const char **last_path)
{
    bool good = true;

    if (!*last_path || strcmp(*last_path, finding->path))
        *last_path = arena_keep_text(arena, finding->path, &good);
    finding->path = *last_path;
    finding->id = arena_keep(arena, finding->id, &good);
    finding->secret = arena_keep(arena, finding->secret, &good);
    finding->token = arena_keep(arena, finding->token, &good);
    finding->secret_path = arena_keep_text(arena, finding->secret_path, &good);
    finding->fingerprint = arena_keep_text(arena, finding->fingerprint, &good);
    finding->account_label = arena_keep_text(arena, finding->account_label, &good);
    if (finding->git)
        finding->git = copy_git(arena, finding->git, &good);
    finding->s3 = finding_copy_s3(arena, finding->s3, &good);
    if (finding->candidate_count)
        finding->candidates =
            copy_candidates(arena, finding->candidates, finding->candidate_count, &good);
    finding->verification = finding_copy_verification(arena, finding->verification, &good);
    return good;
}
