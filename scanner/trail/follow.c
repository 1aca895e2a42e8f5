/*
 * follow.c - match records to subjects under one lock: what is picked is a small part of the logs.
 */
#include "trail/follow.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

/* "123456789012:NAME"; IAM's names have 64 characters. */
enum { USER_ID_SIZE = 160 };

void follow_init(struct follow *follow, const struct indicators *indicators)
{
    *follow = (struct follow){ .indicators = indicators };
    ledger_init(&follow->ledger);
    pthread_mutex_init(&follow->lock, NULL);
}

void follow_release(struct follow *follow)
{
    learned_release(&follow->learned);
    subjects_release(&follow->subjects);
    ledger_release(&follow->ledger);
    pthread_mutex_destroy(&follow->lock);
}

static struct subject new_subject(enum subject_kind kind, const char *id)
{
    return (struct subject){ .kind = kind,
                             .id = id,
                             .parent = SUBJECT_NONE,
                             .how = "",
                             .user = "",
                             .role = "",
                             .made = RECORD_NO_TIME,
                             .expires = RECORD_NO_TIME,
                             .exposed = RECORD_NO_TIME };
}

enum status follow_key(struct follow *follow, const char *key, int64_t exposed)
{
    struct subject subject = new_subject(SUBJECT_KEY, key);
    bool changed;

    subject.root = true;
    subject.exposed = exposed;
    return subjects_add(&follow->subjects, &subject, &changed);
}

void follow_hunt(struct follow *follow)
{
    follow->hunting = true;
}

/* --- whose it is --- */

static void user_id(char out[static USER_ID_SIZE], const char *account, const char *name)
{
    out[0] = 0;
    if (account[0] && name[0])
        snprintf(out, USER_ID_SIZE, "%.20s:%.128s", account, name);
}

static const char *request_text(const struct record *r, const char *path)
{
    const char *text = record_text(r->request, path);

    return text ? text : "";
}

static const char *response_text(const struct record *r, const char *path)
{
    const char *text = record_text(r->response, path);

    return text ? text : "";
}

/* The name of the user that an IAM call is about: without one it is the caller. */
static const char *target_user(const struct record *r)
{
    const char *name = request_text(r, "userName");

    return strcmp(r->source, "iam.amazonaws.com") ? "" : name[0] ? name : r->user;
}

static uint32_t find_user(const struct subjects *subjects, const char *account, const char *name)
{
    char id[USER_ID_SIZE];

    user_id(id, account, name);
    return subjects_find(subjects, SUBJECT_USER, id);
}

static uint32_t find_actor(const struct subjects *subjects, const struct record *r)
{
    uint32_t found = subjects_find(subjects, SUBJECT_KEY, r->key);

    if (found == SUBJECT_NONE)
        found = find_user(subjects, r->user_account, r->user);
    if (found == SUBJECT_NONE)
        found = subjects_find(subjects, SUBJECT_PRINCIPAL, r->principal);
    return found;
}

/* Whom it was done to: a key rather than its user. */
static uint32_t find_about(const struct subjects *subjects, const struct record *r)
{
    const char *keys[] = { response_text(r, "accessKey.accessKeyId"),
                           response_text(r, "credentials.accessKeyId"),
                           request_text(r, "accessKeyId") };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        uint32_t found = subjects_find(subjects, SUBJECT_KEY, keys[i]);

        if (found != SUBJECT_NONE)
            return found;
    }
    return find_user(subjects, r->account, target_user(r));
}

/* --- whom it leads to --- */

static void learn(struct follow *f, const struct record *r, uint64_t order, struct subject subject)
{
    enum status status = learned_add(&f->learned, &subject, r->time, order);

    if (status)
        f->failed = status;
}

/* `subject` with what the record says of its making. */
static struct subject made_by(struct subject subject, const struct record *r, uint32_t actor)
{
    subject.parent = actor;
    subject.how = r->name;
    subject.made = r->time;
    return subject;
}

/* A session's end where the answer does not say it: an hour is the least that is common. */
static int64_t end_of_session(const struct record *r)
{
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(r->request, "durationSeconds");
    int64_t end = record_time(response_text(r, "credentials.expiration"));

    if (end != RECORD_NO_TIME || r->time == RECORD_NO_TIME)
        return end;
    return r->time +
           (cJSON_IsNumber(seconds) && seconds->valuedouble >= 0 && seconds->valuedouble < 1e6
                ? (int64_t)seconds->valuedouble
                : 3600);
}

static void learn_session(struct follow *f, const struct record *r, uint64_t order, uint32_t actor)
{
    const char *federated = response_text(r, "federatedUser.arn");
    struct subject s =
        made_by(new_subject(SUBJECT_KEY, response_text(r, "credentials.accessKeyId")), r, actor);

    s.expires = end_of_session(r);
    s.role = federated[0] ? federated : request_text(r, "roleArn");
    learn(f, r, order, s);
    if (federated[0]) /* its console sessions have other keys, and the same ARN */
        learn(f, r, order, made_by(new_subject(SUBJECT_PRINCIPAL, federated), r, actor));
}

/* Whose key a CreateAccessKey made. */
static void created_for(char out[static USER_ID_SIZE], const struct record *r)
{
    const char *name = response_text(r, "accessKey.userName");

    user_id(out, r->account, name[0] ? name : target_user(r));
}

static void learn_made(struct follow *f, const struct record *r, uint64_t order, uint32_t actor)
{
    char user[USER_ID_SIZE];
    struct subject s;

    if (strcmp(r->name, "CreateAccessKey") == 0) {
        created_for(user, r);
        s = made_by(new_subject(SUBJECT_KEY, response_text(r, "accessKey.accessKeyId")), r, actor);
        s.user = user;
        learn(f, r, order, s);
    } else if (strcmp(r->name, "CreateUser") == 0 || strcmp(r->name, "CreateLoginProfile") == 0) {
        user_id(user, r->account, target_user(r));
        learn(f, r, order, made_by(new_subject(SUBJECT_USER, user), r, actor));
    } else if (response_text(r, "credentials.accessKeyId")[0]) {
        learn_session(f, r, order, actor);
    }
}

/* The user that root key `index` belongs to. */
static void learn_owner(struct follow *f, const struct record *r, uint64_t order, uint32_t index,
                        const char *user)
{
    const struct subject *key = &f->subjects.list[index];
    struct subject owner = new_subject(SUBJECT_USER, user),
                   same = new_subject(SUBJECT_KEY, key->id);

    if (!user[0] || !key->root || key->user[0])
        return;
    owner.owner = true;
    same.user = user;
    learn(f, r, order, owner);
    learn(f, r, order, same);
}

static void learn_from(struct follow *f, const struct record *r, uint64_t order, uint32_t actor,
                       uint32_t about)
{
    char user[USER_ID_SIZE];

    if (actor != SUBJECT_NONE) {
        user_id(user, r->user_account, r->user);
        if (f->subjects.list[actor].kind == SUBJECT_KEY)
            learn_owner(f, r, order, actor, user);
        if (subject_is_followed(&f->subjects.list[actor]) && !r->error[0])
            learn_made(f, r, order, actor);
    }
    if (about != SUBJECT_NONE && f->subjects.list[about].kind == SUBJECT_KEY &&
        strcmp(r->name, "CreateAccessKey") == 0) {
        created_for(user, r);
        learn_owner(f, r, order, about, user);
    }
}

/* The last word on whether a key is on. */
static void note_state(struct follow *f, const struct record *r, uint64_t order, uint32_t about)
{
    const struct subject *subject = &f->subjects.list[about];
    struct subject state = new_subject(subject->kind, subject->id);

    if (r->error[0] || subject->kind != SUBJECT_KEY)
        return;
    if (strcmp(r->name, "UpdateAccessKey") == 0)
        state.state = strcmp(request_text(r, "status"), "Active") == 0 ? "active" : "inactive";
    else if (strcmp(r->name, "DeleteAccessKey") == 0)
        state.state = "deleted";
    if (state.state)
        learn(f, r, order, state);
}

/* --- what it says --- */

static void append_word(struct buf *out, const char *text)
{
    if (text[0])
        buf_printf(out, "%s%s", out->len ? " " : "", text);
}

/* What the call was about, in the words of its request. */
static void set_detail(struct buf *out, const struct record *r)
{
    static const char *const members[] = {
        "userName",
        "roleName",
        "groupName",
        "policyArn",
        "policyName",
        "instanceProfileName",
        "accessKeyId",
        "status",
        "roleArn",
        "name",
        "bucketName",
        "secretId",
        "snapshotId",
        "createVolumePermission.add.items.userId",
        "createVolumePermission.add.items.group",
        "dBSnapshotIdentifier",
        "valuesToAdd",
        "imageId",
        "launchPermission.add.items.userId",
        "launchPermission.add.items.group",
        "trailName",
        "detectorId",
        "functionName",
        "modelId",
        "keyId",
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        append_word(out, request_text(r, members[i]));
    append_word(out, response_text(r, "accessKey.accessKeyId"));
    append_word(out, response_text(r, "ConsoleLogin"));
}

static uint64_t bytes_given(const struct record *r)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(r->json, "additionalEventData");
    const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(data, "bytesTransferredOut");

    return cJSON_IsNumber(bytes) && bytes->valuedouble > 0 && bytes->valuedouble < 1e15
               ? (uint64_t)bytes->valuedouble
               : 0;
}

static enum status note_hits(struct follow *f, const struct record *r, uint64_t order,
                             uint32_t actor, uint32_t about)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < f->indicators->count && !status; i++) {
        const struct indicator *indicator = &f->indicators->list[i];
        uint32_t subject = indicator->target ? about : actor;
        const char *evidence;

        /* What somebody else did to it tells of it only where that is suspicious by itself. */
        if (actor == SUBJECT_NONE && indicator->seed)
            subject = about;

        if (subject != SUBJECT_NONE && indicator->when &&
            indicator_matches(indicator, r->json, &evidence))
            status = ledger_hit(&f->ledger, subject, i, r, order, evidence);
    }
    return status;
}

static enum status note_subjects(struct follow *f, const struct record *r, uint64_t order)
{
    uint32_t actor = find_actor(&f->subjects, r), about = find_about(&f->subjects, r);
    const struct subject *key = actor == SUBJECT_NONE ? NULL : &f->subjects.list[actor];
    struct buf detail = { .max = 4 * LIMIT_TRAIL_TEXT_BYTES };
    enum status status;
    bool after;

    if (about == actor)
        about = SUBJECT_NONE;
    if (!key && (about == SUBJECT_NONE || call_reads(r->name)))
        return STATUS_OK;
    if (ledger_is_known(&f->ledger, r))
        return STATUS_OK;
    after = key && key->state[0] && strcmp(key->state, "active") && r->time > key->state_time;
    set_detail(&detail, r);
    status =
        ledger_step(&f->ledger, r, order, actor, about, buf_cstr(&detail), bytes_given(r), after);
    buf_release(&detail);
    if (!status && key)
        status = ledger_spell(&f->ledger, actor, r);
    if (!status)
        status = note_hits(f, r, order, actor, about);
    learn_from(f, r, order, actor, about);
    if (about != SUBJECT_NONE)
        note_state(f, r, order, about);
    return status;
}

/* --- hunting --- */

/* AWS itself, which acts in everybody's account, is nobody to hunt. */
static bool is_aws(const char *principal)
{
    size_t len = strlen(principal);

    return strstr(principal, "/aws-service-role/") || strcmp(principal, "AWS Internal") == 0 ||
           (len > 14 && strcmp(principal + len - 14, ".amazonaws.com") == 0);
}

static enum status note_seeds(struct follow *f, const struct record *r)
{
    char user[USER_ID_SIZE];
    enum status status = STATUS_OK;

    if (ledger_is_known(&f->ledger, r))
        return STATUS_OK;
    for (size_t i = 0; i < f->indicators->count && !status; i++) {
        const struct indicator *indicator = &f->indicators->list[i];
        const char *evidence;

        if (!indicator->seed || !indicator->when ||
            !indicator_matches(indicator, r->json, &evidence))
            continue;
        if (indicator->target)
            user_id(user, r->account, target_user(r));
        else
            user_id(user, r->user_account, r->user);
        if (user[0])
            status = ledger_suspect(&f->ledger, SUBJECT_USER, user, i);
        else if (!indicator->target && r->principal[0] && !is_aws(r->principal))
            status = ledger_suspect(&f->ledger, SUBJECT_PRINCIPAL, r->principal, i);
    }
    return status;
}

struct ranked {
    const struct suspect *suspect;
    unsigned score;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;

    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    if (left->suspect->kind != right->suspect->kind)
        return left->suspect->kind < right->suspect->kind ? -1 : 1;
    return strcmp(left->suspect->id, right->suspect->id);
}

static unsigned score_of_seeds(const struct follow *f, uint64_t seeds)
{
    unsigned score = 0;

    for (size_t i = 0; i < f->indicators->count; i++)
        score += seeds >> i & 1 ? f->indicators->list[i].score : 0;
    return score;
}

/* The suspects whose seeds weigh enough become roots. */
static enum status take_suspects(struct follow *f, bool *changed)
{
    size_t n = f->ledger.suspects.count, kept = 0;
    struct ranked *ranked = calloc(n + 1, sizeof(*ranked));
    enum status status = ranked ? STATUS_OK : err_nomem();

    for (size_t i = 0; i < n && ranked; i++) {
        struct ranked one = { &ledger_suspects(&f->ledger)[i], 0 };

        one.score = score_of_seeds(f, one.suspect->seeds);
        if (one.score >= f->indicators->hunt_score)
            ranked[kept++] = one;
    }
    if (kept)
        qsort(ranked, kept, sizeof(*ranked), by_score);
    f->subjects.cut |= kept > LIMIT_TRAIL_SUSPECTS;
    for (size_t i = 0; i < kept && i < LIMIT_TRAIL_SUSPECTS && !status; i++) {
        struct subject root = new_subject(ranked[i].suspect->kind, ranked[i].suspect->id);

        root.root = true;
        status = subjects_add(&f->subjects, &root, changed);
    }
    free(ranked);
    return status;
}

/* --- passes --- */

enum status follow_begin(struct follow *follow, struct pick_list *list)
{
    static const enum pick_kind kinds[] = {
        [SUBJECT_KEY] = PICK_TEXT, [SUBJECT_USER] = PICK_USER, [SUBJECT_PRINCIPAL] = PICK_TEXT
    };

    ledger_release(&follow->ledger);
    learned_clear(&follow->learned);
    if (follow->hunting)
        indicators_pick(follow->indicators, list);
    for (size_t i = 0; i < follow->subjects.count; i++) {
        const struct subject *subject = &follow->subjects.list[i];
        const char *name =
            subject->kind == SUBJECT_USER ? strchr(subject->id, ':') + 1 : subject->id;

        pick_list_add(list, kinds[subject->kind], name);
    }
    follow->passes++;
    return list->failed ? err_nomem() : STATUS_OK;
}

void follow_note(struct follow *follow, const struct record *record, uint64_t order)
{
    enum status status;

    pthread_mutex_lock(&follow->lock);
    status = follow->hunting ? note_seeds(follow, record) : note_subjects(follow, record, order);
    if (status < 0)
        follow->failed = status;
    pthread_mutex_unlock(&follow->lock);
}

static enum status take_learned(struct follow *f, bool *changed)
{
    enum status status = STATUS_OK;

    learned_sort(&f->learned);
    for (size_t i = 0; i < f->learned.count && !status; i++) {
        const struct learned *l = &f->learned.list[i];
        uint32_t index = subjects_find(&f->subjects, l->subject.kind, l->subject.id);

        if (l->subject.state)
            status = subjects_set_state(&f->subjects, index, l->subject.state, l->time, l->order,
                                        changed);
        else
            status = subjects_add(&f->subjects, &l->subject, changed);
    }
    return status;
}

enum status follow_end(struct follow *follow, bool *again)
{
    enum status status = follow->failed ? err_nomem() : STATUS_OK;
    bool changed = false;

    ledger_finish(&follow->ledger);
    if (!status)
        status = follow->hunting ? take_suspects(follow, &changed) : take_learned(follow, &changed);
    follow->cut |= follow->learned.cut;
    *again = !status && changed;
    if (*again && follow->passes >= LIMIT_TRAIL_PASSES) {
        follow->cut = true;
        *again = false;
    }
    follow->hunting = false;
    return status;
}
