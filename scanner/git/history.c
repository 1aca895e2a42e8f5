/*
 * history.c - opening a repository, bundle or pack, and cutting its objects into units.
 *
 * A unit is a run of the list, cut where a tree of deltas ends, so that no base is decoded for two
 * units, but for trees so large that one worker would be left alone with them.
 */
#include "git/history_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "git/covered.h"

/* A unit ends at the first root after so many objects, or anywhere after so many. */
enum { UNIT_OBJECTS = 256, UNIT_OBJECTS_MOST = 4096 };

/* --- what could not be read --- */

/* git itself knows these two without storing them. */
static bool is_builtin(const struct object_id *id)
{
    static const char *const builtin[] = { "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
                                           "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" };
    char hex[ID_DIGITS + 1];

    id_hex(id, hex);
    return !strcmp(hex, builtin[0]) || !strcmp(hex, builtin[1]);
}

void history_missing(const struct history *history, struct outcome *outcome,
                     const struct object_id *id)
{
    char hex[ID_DIGITS + 1];
    enum status status;

    if (id_is_zero(id) || is_builtin(id))
        return;
    pthread_mutex_lock(&history->missing->lock);
    status = id_map_add(&history->missing->ids, id, 0);
    pthread_mutex_unlock(&history->missing->lock);
    if (status == STATUS_STOPPED)
        return;
    id_hex(id, hex);
    if (history->apart)
        return; /* by its nature: it was cut off from them */
    if (history->lacks)
        outcome->coverage.skipped[SKIP_MISSING]++;
    else
        outcome_trouble(outcome, SKIP_MISSING, history->target, history->path,
                        "object %s is missing", hex);
}

void history_missing_parent(const struct history *history, struct outcome *outcome,
                            const struct object_id *commit, const struct object_id *id)
{
    enum status status;

    if (!id_map_find(&history->refs.shallow, commit) && !id_map_find(&history->refs.before, id)) {
        history_missing(history, outcome, id);
        return;
    }
    if (id_is_zero(id))
        return;
    pthread_mutex_lock(&history->missing->lock);
    status = id_map_add(&history->missing->beyond, id, 0);
    pthread_mutex_unlock(&history->missing->lock);
    if (status != STATUS_STOPPED)
        outcome->coverage.skipped[SKIP_SHALLOW]++;
}

void history_unread(const struct history *history, struct outcome *outcome, uint32_t number,
                    enum object_type type, enum status status)
{
    char hex[ID_DIGITS + 1];

    id_hex(objects_id(&history->objects, number), hex);
    if (status != STATUS_STOPPED)
        outcome_trouble(outcome,
                        status == STATUS_LIMIT || status == STATUS_NOMEM ? SKIP_LIMIT
                                                                         : SKIP_UNREADABLE,
                        history->target, history->path, "object %s cannot be read: %s", hex,
                        err_text());
    else if (type == OBJECT_BLOB && history->blob_max_asked)
        outcome->coverage.skipped[SKIP_TOO_LARGE]++;
    else
        outcome_trouble(outcome, SKIP_LIMIT, history->target, history->path,
                        "object %s is larger than %llu bytes", hex,
                        type == OBJECT_BLOB ? (unsigned long long)history->blob_max
                                            : (unsigned long long)LIMIT_BLOB_BYTES);
}

/* --- opening --- */

bool history_is_repository(const char *path)
{
    return layout_is_repository(path);
}

bool history_is_bundle(struct slice head)
{
    return bundle_sniff(head);
}

/* Every ref must name something that is there; what else is missing the objects themselves tell. */
static void check_tips(const struct history *history, struct outcome *outcome)
{
    for (size_t i = 0; i < history->refs.tip_count; i++) {
        const struct tip *tip = &history->refs.tips[i];
        char hex[ID_DIGITS + 1];
        uint32_t number;

        /* git keeps what refs, logs and the index name; FETCH_HEAD and its like may outlive it. */
        if (tip->kind == TIP_PSEUDO || objects_find(&history->objects, &tip->id, &number))
            continue;
        if (tip->kind != TIP_REF) {
            history_missing(history, outcome, &tip->id);
        } else if (id_is_zero(&tip->id) ||
                   id_map_add(&history->missing->ids, &tip->id, 0) != STATUS_STOPPED) {
            id_hex(&tip->id, hex);
            outcome_trouble(outcome, SKIP_MISSING, history->target, history->path,
                            "%s names object %s, which is missing", tip->name, hex);
        }
    }
}

/* The packs of a bundle, and of those that lend to it. */
static enum status list_packs(struct objects_pack **out, size_t *count,
                              const struct history *history, const struct bundle *bundle,
                              const struct history_options *options)
{
    size_t n =
        options->lender_count < LIMIT_GIT_LENDERS ? options->lender_count : LIMIT_GIT_LENDERS;
    struct objects_pack *packs = calloc(n + 1, sizeof(*packs));

    if (!packs)
        return err_nomem();
    packs[0] = (struct objects_pack){ history->path, bundle->pack_start };
    *count = 1;
    for (size_t i = 0; i < n; i++) {
        struct bundle lender;

        if (bundle_read(&lender, options->lenders[i]))
            continue;
        packs[(*count)++] = (struct objects_pack){ options->lenders[i], lender.pack_start };
        bundle_release(&lender);
    }
    *out = packs;
    return STATUS_OK;
}

/* A bundle may be a part only: what it leaves out lies where it is to be unpacked. */
static enum status open_bundle(struct history *history, const struct bundle *bundle,
                               const struct history_options *options, struct outcome *outcome)
{
    struct objects_places places = { 0 };
    struct objects_pack *packs = NULL;
    enum status status = list_packs(&packs, &places.pack_count, history, bundle, options);

    places.packs = packs;
    history->apart = bundle->bare_pack || history->refs.before.count;
    history->lacks = bundle->partial;
    if (!status)
        status = objects_open(&history->objects, &places, history->target, outcome, history->pool);
    free(packs);
    return status;
}

static enum status open_folders(struct history *history, struct outcome *outcome)
{
    char *folder = path_join(history->layout.common, "objects");
    struct objects_places places = { .folders = { folder }, .strays = history->all };
    enum status status = folder ? STATUS_OK : err_nomem();

    if (history->obey_environment) {
        places.folders[1] = getenv("GIT_OBJECT_DIRECTORY");
        places.more = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    }
    if (!status)
        status = objects_open(&history->objects, &places, history->target, outcome, history->pool);
    history->lacks = history->layout.partial || history->objects.promised;
    free(folder);
    return status;
}

static enum status list_objects(struct history *history, const struct history_options *options,
                                struct outcome *outcome)
{
    const struct history_range *range = options->range;
    const struct covered *covered = options->covered;

    if (!range) /* else what is outside of the range is nobody's business */
        check_tips(history, outcome);
    if (covered && !history_still_covered(history, covered))
        covered = NULL;
    if (history->all && covered)
        return history_list_uncovered(history, covered);
    if (!history->all) {
        history->ranged |= covered != NULL;
        return history_list_reached(history, covered ? &covered->since : range, outcome);
    }
    history->list = history->objects.order;
    history->list_count = history->objects.order_count;
    return STATUS_OK;
}

/* Is it the root of a tree of deltas? */
static bool is_root(const struct objects *objects, uint32_t number)
{
    const struct pack *pack;

    if (number >= objects->loose_first)
        return true;
    pack = &objects->packs[objects_pack_of(objects, number)];
    return pack->entries[number - pack->first].base >= pack->count;
}

static enum status cut_units(struct history *history)
{
    const struct objects *objects = &history->objects;
    size_t count = 0;

    history->cuts = malloc((history->list_count / UNIT_OBJECTS + (size_t)2) * sizeof(uint32_t));
    if (!history->cuts)
        return err_nomem();
    history->cuts[0] = 0;
    for (uint32_t i = 0; i < history->list_count; i++, count++) {
        bool enough = count >= UNIT_OBJECTS;
        bool most = count >= UNIT_OBJECTS_MOST;

        if (most || (enough && is_root(objects, history->list[i]))) {
            history->cuts[++history->unit_count] = i;
            count = 0;
        }
    }
    if (history->list_count)
        history->cuts[++history->unit_count] = history->list_count;
    return STATUS_OK;
}

static struct missing *missing_new(void)
{
    struct missing *missing = calloc(1, sizeof(*missing));

    if (missing)
        pthread_mutex_init(&missing->lock, NULL);
    return missing;
}

/* A hook's program begins in the repository, or in a folder of its work tree. */
static enum status find_layout(struct history *history)
{
    const char *git = getenv("GIT_DIR");
    bool here = strcmp(history->path, ".") == 0 && git && git[0];
    enum status status;

    if (history->obey_environment)
        return layout_find_above(&history->layout, here ? git : history->path);
    status = layout_find(&history->layout, history->path);
    return status == STATUS_ABSENT
               ? err_set(STATUS_INVALID, "%s: not a git repository", history->path)
               : status;
}

/* What names objects, and the objects: of a bundle, or of a repository. */
static enum status open_either(struct history *history, const struct history_options *options,
                               struct outcome *outcome)
{
    struct bundle bundle;
    enum status status = bundle_read(&bundle, history->path);

    if (!status) {
        history->all |= bundle.bare_pack && !history->ranged; /* there is no ref to begin with */
        status = refs_of_bundle(&history->refs, &bundle);
        if (!status)
            status = open_bundle(history, &bundle, options, outcome);
        bundle_release(&bundle);
        return status;
    }
    if (status == STATUS_ABSENT)
        status = find_layout(history);
    if (!status)
        status = refs_read(&history->refs, &history->layout, history->target, outcome);
    return status ? status : open_folders(history, outcome);
}

enum status history_open(struct history **out, const char *target, const char *path,
                         const struct history_options *options, struct outcome *outcome)
{
    struct history *history = calloc(1, sizeof(*history));
    enum status status;

    if (!history)
        return err_nomem();
    history->target = target;
    history->all = options->all_objects && !options->range;
    history->ranged = options->range != NULL;
    history->obey_environment = options->obey_environment;
    history->reach = options->reach;
    history->pool = options->pool;
    history->blob_max_asked = options->blob_max && options->blob_max < LIMIT_BLOB_BYTES;
    history->blob_max = history->blob_max_asked ? options->blob_max : LIMIT_BLOB_BYTES;
    history->path = strdup(path);
    history->missing = missing_new();
    status =
        history->path && history->missing ? open_either(history, options, outcome) : err_nomem();
    if (!status)
        status = list_objects(history, options, outcome);
    if (!status)
        status = cut_units(history);
    if (status) {
        history_free(history);
        return status;
    }
    outcome->coverage.repositories++;
    outcome->coverage.refs += history->refs.ref_count;
    *out = history;
    return STATUS_OK;
}

size_t history_units(const struct history *history)
{
    return history->unit_count;
}

void history_free(struct history *history)
{
    if (!history)
        return;
    if (history->list != history->objects.order)
        free(history->list);
    free(history->cuts);
    history_attribution_free(history->attribution);
    if (history->graph_ready)
        graph_release(&history->graph);
    if (history->missing) {
        pthread_mutex_destroy(&history->missing->lock);
        id_map_release(&history->missing->ids);
        id_map_release(&history->missing->beyond);
    }
    free(history->missing);
    free(history->path);
    refs_release(&history->refs);
    objects_release(&history->objects);
    layout_release(&history->layout);
    free(history);
}
