/* advice.c - a table by rule. */
#include "report/advice.h"

#include "base/array.h"

#define LOOK "aws iam get-access-key-last-used --access-key-id"
#define CLOSE "aws iam update-access-key --status Inactive --access-key-id"

static const struct advice table[] = {
    { "aws-key-pair", "AWS access key with its secret",
      "Deactivate the key, issue a new one where it is used, see in CloudTrail what it did, then "
      "delete it.",
      LOOK, CLOSE },
    { "aws-session-credentials", "AWS temporary credentials",
      "They end by themselves, a role's after 12 hours at most; until then revoke the sessions of "
      "the role or user, and see in CloudTrail what they did.",
      NULL, NULL },
    { "aws-secret-access-key", "AWS secret access key",
      "Find the access key that it belongs to and deactivate it; without its id the secret alone "
      "opens nothing.",
      NULL, NULL },
    { "aws-access-key-id", "AWS access key id",
      "An id alone opens nothing. Look where its secret is kept.", LOOK, NULL },
    { "aws-ses-smtp-credentials", "Amazon SES SMTP credentials",
      "The password is made of an access key's secret: deactivate that key.", LOOK, CLOSE },
    { "aws-session-token", "AWS session token",
      "Without its id and secret a token opens nothing. Look whether they stand near it.", NULL,
      NULL },
    { "aws-bedrock-api-key", "Amazon Bedrock API key",
      "A long-term key is a service-specific credential of an IAM user: delete it there. A "
      "short-term one ends after 12 hours at most.",
      NULL, NULL },
    { "aws-mws-auth-token", "Amazon MWS auth token",
      "Revoke the developer's access in Seller Central.", NULL, NULL },
    { "aws-appsync-api-key", "AWS AppSync API key",
      "Delete the key from its API: aws appsync delete-api-key.", NULL, NULL },
};

static const struct advice general = {
    NULL, "Credential", "Take the credential out of service and issue a new one.", NULL, NULL,
};

const struct advice *advice_of(const char *rule)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (strcmp(table[i].rule, rule) == 0)
            return &table[i];
    return &general;
}

const char *advice_score(enum severity severity)
{
    static const char *const scores[] = {
        [SEVERITY_LOW] = "4.0",
        [SEVERITY_MEDIUM] = "5.5",
        [SEVERITY_HIGH] = "8.0",
        [SEVERITY_CRITICAL] = "9.5",
    };

    return scores[severity];
}
