/*
 * follow.c - match records to subjects under one lock: what is picked is a small part of the logs.
 */
#include "trail/follow.h"

#include <stdio.h>

#include "base/limits.h"
#include "trail/follow_private.h"

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

/* --- what the files of follow.h share --- */

struct subject follow_subject(enum subject_kind kind, const char *id)
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

void follow_user(char out[static FOLLOW_USER_SIZE], const char *account, const char *name)
{
    out[0] = 0;
    if (account[0] && name[0])
        snprintf(out, FOLLOW_USER_SIZE, "%.20s:%.128s", account, name);
}

const char *follow_target(const struct record *r)
{
    const char *name = call_request(r, "userName");

    return strcmp(r->source, "iam.amazonaws.com") ? "" : name[0] ? name : r->user;
}

/* --- who is asked for --- */

enum status follow_key(struct follow *follow, const char *key, int64_t exposed)
{
    struct subject subject = follow_subject(SUBJECT_KEY, key);
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

static uint32_t find_user(const struct subjects *subjects, const char *account, const char *name)
{
    char id[FOLLOW_USER_SIZE];

    follow_user(id, account, name);
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
    const char *keys[] = { call_response(r, "accessKey.accessKeyId"),
                           call_response(r, "credentials.accessKeyId"),
                           call_request(r, "accessKeyId") };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        uint32_t found = subjects_find(subjects, SUBJECT_KEY, keys[i]);

        if (found != SUBJECT_NONE)
            return found;
    }
    return find_user(subjects, r->account, follow_target(r));
}

/* --- what it did --- */

static uint64_t bytes_given(const struct record *r)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(r->json, "additionalEventData");
    const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(data, "bytesTransferredOut");

    return cJSON_IsNumber(bytes) && bytes->valuedouble > 0 && bytes->valuedouble < 1e15
               ? (uint64_t)bytes->valuedouble
               : 0;
}

/* `text` is the call in words: for indicators that speak of calls. */
static enum status note_hits(struct follow *f, const struct record *r, uint64_t order,
                             uint32_t actor, uint32_t about, const char *text)
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
            status =
                ledger_hit(&f->ledger, subject, i, r, order, indicator->calls ? text : evidence);
    }
    return status;
}

static enum status note_subjects(struct follow *f, const struct record *r, uint64_t order)
{
    uint32_t actor = find_actor(&f->subjects, r), about = find_about(&f->subjects, r);
    const struct subject *key = actor == SUBJECT_NONE ? NULL : &f->subjects.list[actor];
    struct buf detail = { .max = 4 * LIMIT_TRAIL_TEXT_BYTES }, text = detail;
    enum status status;
    bool after;

    if (about == actor)
        about = SUBJECT_NONE;
    if (!key && (about == SUBJECT_NONE || call_reads(r->name)))
        return STATUS_OK;
    if (ledger_is_known(&f->ledger, r))
        return STATUS_OK;
    after = key && key->state[0] && strcmp(key->state, "active") && r->time > key->state_time;
    call_detail_put(&detail, r);
    call_text_put(&text, r, buf_cstr(&detail));
    /* One that is too long is cut. */
    status =
        detail.failed == STATUS_NOMEM || text.failed == STATUS_NOMEM ? STATUS_NOMEM : STATUS_OK;
    if (!status)
        status = ledger_step(&f->ledger, r, order, actor, about, buf_cstr(&detail), bytes_given(r),
                             after);
    if (!status && key)
        status = ledger_spell(&f->ledger, actor, r);
    if (!status)
        status = note_hits(f, r, order, actor, about, buf_cstr(&text));
    buf_release(&detail);
    buf_release(&text);
    follow_learn(f, r, order, actor, about);
    return status;
}

/* --- passes --- */

enum status follow_begin(struct follow *follow, struct pick_list *list)
{
    static const enum pick_kind kinds[] = {
        [SUBJECT_KEY] = PICK_TEXT, [SUBJECT_USER] = PICK_VALUE, [SUBJECT_PRINCIPAL] = PICK_TEXT
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
    status =
        follow->hunting ? follow_hunt_note(follow, record) : note_subjects(follow, record, order);
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
        status =
            follow->hunting ? follow_hunt_take(follow, &changed) : take_learned(follow, &changed);
    follow->cut |= follow->learned.cut;
    *again = !status && changed;
    if (*again && follow->passes >= LIMIT_TRAIL_PASSES) {
        follow->cut = true;
        *again = false;
    }
    follow->hunting = false;
    return status;
}
