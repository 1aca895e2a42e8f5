/* outcome_order.c - comparisons field by field, and the sorts made of them. */
#include "base/outcome_order.h"

#include <stdlib.h>

static int cmp_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* NULL comes first. */
static int cmp_text(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

/* A part not found comes first. */
static int cmp_part(struct slice a, struct slice b)
{
    int order = (a.ptr != NULL) - (b.ptr != NULL);

    return order ? order : slice_cmp(a, b);
}

static int cmp_place(const struct place *a, const struct place *b)
{
    int order = cmp_number(a->offset, b->offset);

    if (!order)
        order = cmp_number(a->line, b->line);
    if (!order)
        order = cmp_number(a->column, b->column);
    if (!order)
        order = cmp_number(a->decoded_count, b->decoded_count);
    return order ? order : memcmp(a->decoded, b->decoded, a->decoded_count);
}

static int cmp_paths(const struct git_origin *a, const struct git_origin *b)
{
    int order = cmp_number(a->path_count, b->path_count);

    for (size_t i = 0; !order && i < a->path_count; i++)
        order = cmp_text(a->paths[i], b->paths[i]);
    return order;
}

/* What is not from history comes first. */
static int cmp_git(const struct git_origin *a, const struct git_origin *b)
{
    int order = (a != NULL) - (b != NULL);

    if (order || !a)
        return order;
    order = cmp_text(a->repository, b->repository);
    if (!order)
        order = cmp_text(a->blob, b->blob);
    if (!order)
        order = cmp_text(a->kind, b->kind);
    if (!order)
        order = cmp_text(a->first_commit, b->first_commit);
    if (!order)
        order = cmp_text(a->last_commit, b->last_commit);
    if (!order)
        order = cmp_text(a->author, b->author);
    if (!order)
        order = cmp_text(a->date, b->date);
    if (!order)
        order = cmp_text(a->last_date, b->last_date);
    if (!order)
        order = cmp_number(a->commits, b->commits);
    if (!order)
        order = cmp_number(a->at_head, b->at_head);
    if (!order)
        order = cmp_number(a->on_remote, b->on_remote);
    if (!order)
        order = (int)b->in_work_tree - (int)a->in_work_tree;
    return order ? order : cmp_paths(a, b);
}

/* What is not from a bucket comes first; of the versions of a key the oldest. */
static int cmp_s3(const struct s3_origin *a, const struct s3_origin *b)
{
    int order = (a != NULL) - (b != NULL);

    if (order || !a)
        return order;
    order = cmp_text(a->bucket, b->bucket);
    if (!order)
        order = cmp_part(a->key, b->key);
    if (!order)
        order = cmp_text(a->last_modified, b->last_modified);
    if (!order)
        order = cmp_text(a->version_id, b->version_id);
    return order ? order : cmp_text(a->etag, b->etag);
}

/* What was not verified comes first. */
static int cmp_verification(const struct verification *a, const struct verification *b)
{
    int order = (a != NULL) - (b != NULL);

    if (order || !a)
        return order;
    order = cmp_text(a->checked_at, b->checked_at);
    if (!order)
        order = cmp_number(a->verdict, b->verdict);
    if (!order)
        order = cmp_text(a->arn, b->arn);
    if (!order)
        order = cmp_text(a->account, b->account);
    if (!order)
        order = cmp_text(a->user_id, b->user_id);
    return order ? order : cmp_text(a->error, b->error);
}

static int cmp_rule(const struct rule *a, const struct rule *b)
{
    return a == b ? 0 : strcmp(a->id, b->id);
}

/* Every reported field but the target. */
static int cmp_finding(const struct finding *a, const struct finding *b)
{
    int order = a->path == b->path ? 0 : strcmp(a->path, b->path);

    if (!order)
        order = cmp_number(a->place.offset, b->place.offset);
    if (!order)
        order = cmp_rule(a->rule, b->rule);
    if (!order)
        order = cmp_part(a->id, b->id);
    if (!order)
        order = cmp_part(a->secret, b->secret);
    if (!order)
        order = cmp_part(a->token, b->token);
    if (!order)
        order = cmp_place(&a->place, &b->place);
    if (!order)
        order = cmp_text(a->secret_path, b->secret_path);
    if (!order)
        order = cmp_place(&a->secret_place, &b->secret_place);
    if (!order)
        order = cmp_git(a->git, b->git);
    if (!order)
        order = cmp_s3(a->s3, b->s3);
    if (!order)
        order = cmp_number(a->confidence, b->confidence);
    if (!order)
        order = cmp_text(a->fingerprint, b->fingerprint);
    if (!order)
        order = cmp_text(a->account_label, b->account_label);
    if (!order)
        order = cmp_verification(a->verification, b->verification);
    return order ? order : cmp_number(a->count, b->count);
}

int order_of_lone(const struct finding *a, const struct finding *b)
{
    struct finding left = *a, right = *b;

    /* A place in a file can be mended by hand; that is the one to show. */
    if (finding_in_history(a) != finding_in_history(b))
        return finding_in_history(a) ? 1 : -1;
    left.count = right.count = 0; /* the sum of those met so far, no property of the place */
    return cmp_finding(&left, &right);
}

void order_join_lone(struct finding *kept, const struct finding *seen)
{
    uint64_t count = kept->count + seen->count;

    if (order_of_lone(seen, kept) < 0)
        *kept = *seen;
    kept->count = count;
}

/* --- the order of a report --- */

struct rank {
    const char *target;
    size_t index; /* in the caller's list */
};

struct ranks {
    struct rank *sorted; /* by address, then index; NULL where memory is out */
    size_t count;
};

static int cmp_rank(const void *left, const void *right)
{
    const struct rank *a = left, *b = right;
    int order = cmp_number((uintptr_t)a->target, (uintptr_t)b->target);

    return order ? order : cmp_number(a->index, b->index);
}

/* The first index at which `target` stands in the list; `count` where it does not. */
static size_t rank_of(const struct ranks *ranks, const char *target)
{
    size_t low = 0, high = ranks->sorted ? ranks->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((uintptr_t)ranks->sorted[middle].target < (uintptr_t)target)
            low = middle + 1;
        else
            high = middle;
    }
    if (ranks->sorted && low < ranks->count && ranks->sorted[low].target == target)
        return ranks->sorted[low].index;
    return ranks->count;
}

static int cmp_reported(const void *left, const void *right, void *context)
{
    const struct finding *a = left, *b = right;
    const struct ranks *ranks = context;
    int order = 0;

    if (a->target != b->target)
        order = cmp_number(rank_of(ranks, a->target), rank_of(ranks, b->target));
    if (!order && a->target != b->target)
        order = cmp_text(a->target, b->target);
    return order ? order : cmp_finding(a, b);
}

void order_findings(struct finding *findings, size_t count, const char *const *targets, size_t n)
{
    struct ranks ranks = { .sorted = n ? malloc(n * sizeof(*ranks.sorted)) : NULL, .count = n };

    for (size_t i = 0; ranks.sorted && i < n; i++)
        ranks.sorted[i] = (struct rank){ targets[i], i };
    if (ranks.sorted)
        qsort(ranks.sorted, n, sizeof(*ranks.sorted), cmp_rank);
    if (count)
        qsort_r(findings, count, sizeof(*findings), cmp_reported, &ranks);
    free(ranks.sorted);
}

/* --- the order of keeping --- */

static int cmp_kept(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    int order = (int)finding_is_lone(a) - (int)finding_is_lone(b);

    if (!order && finding_is_lone(a))
        order = cmp_rule(a->rule, b->rule);
    if (!order)
        order = a->target == b->target ? 0 : cmp_text(a->target, b->target);
    if (!order && finding_is_lone(a))
        order = slice_cmp(a->id, b->id);
    return order ? order : cmp_finding(a, b);
}

void order_findings_to_keep(struct finding *findings, size_t count)
{
    if (count)
        qsort(findings, count, sizeof(*findings), cmp_kept);
}

static int cmp_trouble(const void *left, const void *right)
{
    const struct trouble *a = left, *b = right;
    int order = cmp_text(a->path, b->path);

    if (!order)
        order = cmp_text(a->message, b->message);
    return order ? order : cmp_text(a->target, b->target);
}

void order_troubles(struct trouble *troubles, size_t count)
{
    if (count)
        qsort(troubles, count, sizeof(*troubles), cmp_trouble);
}
