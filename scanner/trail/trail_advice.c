/*
 * trail_advice.c - what to type, and what to ask, when a story has been read.
 */
#include "trail/trail_advice.h"

#include "trail/trail_timeline.h"

/* Of what came of a key, how many have a command. */
enum { DERIVED_TOLD = 20 };

static bool is_open(const struct story *story, const struct subject *subject)
{
    return story_is_open(subject, story->follow->ledger.last);
}

/* May `text` stand in a command without quotes? IAM's names are of these signs. */
static bool is_plain(const char *text)
{
    return text[0] && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "+=,.@_-:/") == strlen(text);
}

static void put_key_command(const struct subject *key, struct buf *out)
{
    const char *colon = strchr(key->user, ':');

    if (!is_plain(key->id))
        return;
    buf_printf(out, "aws iam update-access-key --status Inactive --access-key-id %s", key->id);
    if (colon && is_plain(colon + 1))
        buf_printf(out, " --user-name %s", colon + 1);
    buf_byte(out, '\n');
}

static void put_revoking(const char *role, struct buf *out)
{
    buf_printf(out,
               "revoke the sessions of role %s (IAM console: Revoke sessions, or deny "
               "aws:TokenIssueTime before now)\n",
               role);
}

/* What a role's sessions may do is taken from all that began before now: one call a role. */
static void put_role_commands(const struct story *story, struct buf *out)
{
    const struct subject *list = story->follow->subjects.list;

    for (size_t i = 0; i < story->descendant_count; i++) {
        const struct subject *session = &list[story->descendants[i]];
        const char *name = strrchr(session->role, '/');
        bool told = false;

        if (!name || !strstr(session->role, ":role/") || !is_open(story, session) ||
            !is_plain(name + 1))
            continue;
        for (size_t before = 0; before < i && !told; before++) {
            const struct subject *other = &list[story->descendants[before]];

            told = strcmp(other->role, session->role) == 0 && is_open(story, other);
        }
        if (!told)
            put_revoking(name + 1, out);
    }
}

static void put_user_command(const struct subject *user, struct buf *out)
{
    const char *name = strchr(user->id, ':') + 1;

    if (is_plain(name))
        buf_printf(out, "aws iam list-access-keys --user-name %s   # then delete the user %s\n",
                   name, name);
}

static bool has_logged_in(const struct story *story)
{
    for (size_t i = 0; i < story->step_count; i++)
        if (story->steps[i]->actor == story->root && !story->steps[i]->error[0] &&
            strcmp(story->steps[i]->name, "ConsoleLogin") == 0)
            return true;
    return false;
}

/* What a user or a role that a hunt found is cut off by, unless it is there no more. */
static void put_principal_commands(const struct story *story, struct buf *out)
{
    const struct subject *root = &story->follow->subjects.list[story->root];
    const char *role = strstr(root->id, ":role/") ? strrchr(root->id, '/') + 1 : "";
    const char *told[DERIVED_TOLD];
    size_t count = 0;

    if (!is_open(story, root))
        return;
    for (size_t i = 0; i < story->step_count && count < DERIVED_TOLD; i++) {
        const struct step *step = story->steps[i];
        struct subject key = { .id = step->key, .user = root->id };
        size_t same = 0;

        while (same < count && strcmp(told[same], step->key) != 0)
            same++;
        if (step->actor != story->root || !step->key[0] || same < count)
            continue;
        put_key_command(&key, out);
        told[count++] = step->key;
    }
    if (is_plain(role))
        put_revoking(role, out);
    if (root->kind == SUBJECT_USER && has_logged_in(story) && is_plain(strchr(root->id, ':') + 1))
        buf_printf(out, "aws iam delete-login-profile --user-name %s\n", strchr(root->id, ':') + 1);
}

/* A function that made one key makes the next one too. */
static void put_maker(const struct story *story, struct buf *out)
{
    bool made = story->created && story->follow->subjects.list[story->root].kind == SUBJECT_KEY;

    for (size_t i = 0; i < story->reason_count && made; i++)
        if (strcmp(story->reasons[i].indicator->id, "lambda-makes-keys") == 0) {
            buf_text(out, "stop ");
            timeline_actor(out, story, story->created);
            buf_text(out, " and the Lambda function that runs as it: it made this key\n");
        }
}

void trail_advice_put(struct buf *out, const struct story *story)
{
    const struct subject *list = story->follow->subjects.list;
    const struct subject *root = &list[story->root];

    if (root->kind == SUBJECT_KEY && is_open(story, root))
        put_key_command(root, out);
    if (root->kind != SUBJECT_KEY) {
        buf_text(out, "first ask whoever runs it whether these calls were theirs\n");
        put_principal_commands(story, out);
    }
    for (size_t i = 0; i < story->descendant_count; i++) {
        const struct subject *subject = &list[story->descendants[i]];

        if (!is_open(story, subject) || i >= DERIVED_TOLD)
            continue;
        if (subject->kind == SUBJECT_KEY && strncmp(subject->id, "AKIA", 4) == 0)
            put_key_command(subject, out);
        else if (subject->kind == SUBJECT_USER)
            put_user_command(subject, out);
    }
    put_role_commands(story, out);
    put_maker(story, out);
    buf_text(out, root->kind == SUBJECT_KEY
                      ? "then rotate what used the key, and undo what it changed\n"
                      : "then undo what it changed\n");
}
