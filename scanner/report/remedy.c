/* remedy.c - one function for each command, and tables of what is done with which credential. */
#include "report/remedy.h"

#include "base/arn.h"

/* All that a command is made of. */
struct subject {
    struct slice id;
    struct arn arn;
    const char *checked_at;
};

typedef void put_fn(struct buf *out, const struct subject *subject);

struct step {
    const char *name;
    put_fn *put;
};

/* A word for a shell: as it is where every byte is harmless, else in single quotes. */
static void put_word(struct buf *out, struct slice word)
{
    bool plain = word.len > 0;

    for (size_t i = 0; i < word.len && plain; i++)
        plain = (word.ptr[i] >= 'a' && word.ptr[i] <= 'z') ||
                (word.ptr[i] >= 'A' && word.ptr[i] <= 'Z') ||
                (word.ptr[i] >= '0' && word.ptr[i] <= '9') ||
                (word.ptr[i] && strchr("_+=,.@-", word.ptr[i]));
    if (plain) {
        buf_append(out, word);
        return;
    }
    buf_byte(out, '\'');
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '\'')
            buf_text(out, "'\\''");
        else
            buf_byte(out, word.ptr[i]);
    }
    buf_byte(out, '\'');
}

/* `--option=VALUE`, so that a name which begins with a dash is no option. */
static void put_option(struct buf *out, const char *option, struct slice value)
{
    buf_printf(out, " --%s=", option);
    put_word(out, value);
}

/* IAM of another partition is reached by one of its regions. */
static void put_region(struct buf *out, const struct subject *subject)
{
    if (slice_eq(subject->arn.partition, SLICE("aws-cn")))
        buf_text(out, " --region=cn-north-1");
    else if (slice_eq(subject->arn.partition, SLICE("aws-us-gov")))
        buf_text(out, " --region=us-gov-west-1");
}

static void put_last_used(struct buf *out, const struct subject *subject)
{
    buf_text(out, "aws iam get-access-key-last-used");
    put_option(out, "access-key-id", subject->id);
    put_region(out, subject);
}

static void put_events(struct buf *out, const struct subject *subject)
{
    buf_text(out, "aws cloudtrail lookup-events "
                  "--lookup-attributes=AttributeKey=AccessKeyId,AttributeValue=");
    put_word(out, subject->id);
    put_region(out, subject);
}

static void put_key(struct buf *out, const struct subject *subject)
{
    if (subject->arn.principal == PRINCIPAL_USER)
        put_option(out, "user-name", subject->arn.name);
    put_option(out, "access-key-id", subject->id);
}

static void put_deactivate(struct buf *out, const struct subject *subject)
{
    buf_text(out, "aws iam update-access-key");
    put_key(out, subject);
    buf_text(out, " --status=Inactive");
    put_region(out, subject);
}

static void put_delete(struct buf *out, const struct subject *subject)
{
    buf_text(out, "aws iam delete-access-key");
    put_key(out, subject);
    put_region(out, subject);
}

static void put_revoke(struct buf *out, const struct subject *subject)
{
    bool role = subject->arn.principal == PRINCIPAL_ROLE_SESSION;

    buf_printf(out, "aws iam %s", role ? "put-role-policy" : "put-user-policy");
    put_option(out, role ? "role-name" : "user-name", subject->arn.name);
    buf_printf(
        out,
        " --policy-name=AWSRevokeOlderSessions --policy-document="
        "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[\"*\"],"
        "\"Resource\":[\"*\"],\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":"
        "\"%s\"}}}]}'",
        subject->checked_at);
    put_region(out, subject);
}

static const struct step key_steps[] = { { "look", put_last_used },
                                         { "look", put_events },
                                         { "stop", put_deactivate },
                                         { "delete", put_delete },
                                         { NULL, NULL } };

static const struct step session_steps[] = { { "look", put_events },
                                             { "revoke", put_revoke },
                                             { NULL, NULL } };

/* A federated user or root has no policy of its own to be denied by: who issued it has. */
static const struct step issuer_steps[] = { { "look", put_events }, { NULL, NULL } };

static const struct step *steps_for(const struct subject *subject)
{
    bool session = slice_starts(subject->id, SLICE("ASIA"));

    switch (subject->arn.principal) {
    case PRINCIPAL_USER:
        return session ? session_steps : key_steps;
    case PRINCIPAL_ROLE_SESSION:
        return session_steps;
    case PRINCIPAL_ROOT:
        return session ? issuer_steps : key_steps;
    default:
        return issuer_steps;
    }
}

/* "2026-11-22T07:00:00Z"? It may come from a report that anyone has written. */
static bool is_time(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00Z";

    for (size_t i = 0; i < sizeof(form); i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

const char *remedy_step(const struct finding *finding, size_t step, struct buf *out)
{
    struct subject subject = { .id = finding->id };
    const struct step *steps;

    if (finding_verdict(finding) != VERDICT_LIVE || !finding->verification->checked_at ||
        !is_time(finding->verification->checked_at))
        return NULL;
    arn_parse(slice_of(finding->verification->arn), &subject.arn);
    subject.checked_at = finding->verification->checked_at;
    steps = steps_for(&subject);
    for (size_t i = 0; i < step; i++)
        if (!steps[i].name)
            return NULL;
    if (steps[step].put)
        steps[step].put(out, &subject);
    return steps[step].name;
}
