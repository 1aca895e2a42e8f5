/* follow_learn.c - whom a record leads to: owners, sessions, keys and users that it made. */
#include "trail/follow_private.h"

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
    int64_t end = record_time(call_response(r, "credentials.expiration"));

    if (end != RECORD_NO_TIME || r->time == RECORD_NO_TIME)
        return end;
    return r->time +
           (cJSON_IsNumber(seconds) && seconds->valuedouble >= 0 && seconds->valuedouble < 1e6
                ? (int64_t)seconds->valuedouble
                : 3600);
}

static void learn_session(struct follow *f, const struct record *r, uint64_t order, uint32_t actor)
{
    const char *federated = call_response(r, "federatedUser.arn");
    struct subject s =
        made_by(follow_subject(SUBJECT_KEY, call_response(r, "credentials.accessKeyId")), r, actor);

    s.expires = end_of_session(r);
    s.role = federated[0] ? federated : call_request(r, "roleArn");
    learn(f, r, order, s);
    if (federated[0]) /* its console sessions have other keys, and the same ARN */
        learn(f, r, order, made_by(follow_subject(SUBJECT_PRINCIPAL, federated), r, actor));
}

/* Whose key a CreateAccessKey made. */
static void created_for(char out[static FOLLOW_USER_SIZE], const struct record *r)
{
    const char *name = call_response(r, "accessKey.userName");

    follow_user(out, r->account, name[0] ? name : follow_target(r));
}

static void learn_made(struct follow *f, const struct record *r, uint64_t order, uint32_t actor)
{
    char user[FOLLOW_USER_SIZE];
    struct subject s;

    if (strcmp(r->name, "CreateAccessKey") == 0) {
        created_for(user, r);
        s = made_by(follow_subject(SUBJECT_KEY, call_response(r, "accessKey.accessKeyId")), r,
                    actor);
        s.user = user;
        learn(f, r, order, s);
    } else if (strcmp(r->name, "CreateUser") == 0 || strcmp(r->name, "CreateLoginProfile") == 0) {
        follow_user(user, r->account, follow_target(r));
        learn(f, r, order, made_by(follow_subject(SUBJECT_USER, user), r, actor));
    } else if (call_response(r, "credentials.accessKeyId")[0]) {
        learn_session(f, r, order, actor);
    }
}

/* The user that root key `index` belongs to. */
static void learn_owner(struct follow *f, const struct record *r, uint64_t order, uint32_t index,
                        const char *user)
{
    const struct subject *key = &f->subjects.list[index];
    struct subject owner = follow_subject(SUBJECT_USER, user),
                   same = follow_subject(SUBJECT_KEY, key->id);

    if (!user[0] || !key->root || key->user[0])
        return;
    owner.owner = true;
    same.user = user;
    learn(f, r, order, owner);
    learn(f, r, order, same);
}

/* The last word on whether a key is on, or a user there. */
static void note_state(struct follow *f, const struct record *r, uint64_t order, uint32_t about)
{
    const struct subject *subject = &f->subjects.list[about];
    struct subject state = follow_subject(subject->kind, subject->id);
    bool is_key = subject->kind == SUBJECT_KEY;

    if (r->error[0])
        return;
    if (strcmp(r->name, "UpdateAccessKey") == 0 && is_key)
        state.state = strcmp(call_request(r, "status"), "Active") == 0 ? "active" : "inactive";
    else if (strcmp(r->name, is_key ? "DeleteAccessKey" : "DeleteUser") == 0)
        state.state = "deleted";
    else if (strcmp(r->name, "CreateUser") == 0 && !is_key) /* anew */
        state.state = "active";
    if (state.state)
        learn(f, r, order, state);
}

void follow_learn(struct follow *f, const struct record *r, uint64_t order, uint32_t actor,
                  uint32_t about)
{
    char user[FOLLOW_USER_SIZE];

    if (actor != SUBJECT_NONE) {
        follow_user(user, r->user_account, r->user);
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
    if (about != SUBJECT_NONE)
        note_state(f, r, order, about);
}
