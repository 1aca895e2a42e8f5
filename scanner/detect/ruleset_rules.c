/* ruleset_rules.c - from members of rule files to rules: what they are made of, and examples. */
#include "detect/ruleset_members.h"

/* --- examples --- */

/* For the rule that is added next. */
static enum status add_example(const struct at *at, const char *text, bool counter)
{
    struct ruleset *set = at->set;
    struct example *example = ruleset_add(&set->examples, sizeof(*example));
    struct origin *origin = ruleset_add(&set->example_origins, sizeof(*origin));

    if (!example || !origin)
        return err_nomem();
    *example = (struct example){ .rule = set->rules.count,
                                 .text = ruleset_keep(set, text),
                                 .counter = counter };
    *origin = member_origin(at);
    return example->text && origin->path ? STATUS_OK : err_nomem();
}

static enum status add_examples(const struct at *at, const cJSON *object, const char *member,
                                bool counter)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, member);
    const cJSON *item;
    int i = 0;

    if (list && !cJSON_IsArray(list))
        return member_fault(at, member, "\"%s\" must be a list of texts", member);
    cJSON_ArrayForEach(item, list) {
        struct at inner = member_at(at, member, i++);
        enum status status;

        if (!cJSON_IsString(item))
            return member_fault(at, member, "\"%s\" must be a list of texts", member);
        if ((status = add_example(&inner, item->valuestring, counter)))
            return status;
    }
    return STATUS_OK;
}

/* --- rules --- */

static enum status get_composition(const struct at *at, const cJSON *object,
                                   size_t parts[ROLE_COUNT])
{
    static const char *const roles[] = { "id", "secret", "token" };
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(object, "parts");
    struct at inner = member_of(at, "parts");
    const cJSON *member;
    enum status status = member_check(&inner, members, roles, ROLE_COUNT);

    if (status)
        return status;
    for (size_t role = 0; role < ROLE_COUNT; role++)
        parts[role] = SIZE_MAX;
    cJSON_ArrayForEach(member, members) {
        size_t role = 0, part;

        while (strcmp(member->string, roles[role]) != 0)
            role++;
        part = cJSON_IsString(member) ? ruleset_find_part(at->set, member->valuestring) : SIZE_MAX;
        if (part == SIZE_MAX)
            return member_fault(&inner, roles[role], "\"%s\" must name one of the parts",
                                roles[role]);
        if (ruleset_part(at->set, part)->role != role &&
            ruleset_part(at->set, part)->role != ROLE_COUNT)
            return member_fault(&inner, roles[role], "\"%s\" names a part of another role",
                                roles[role]);
        parts[role] = part;
    }
    if (parts[ROLE_ID] == SIZE_MAX && parts[ROLE_SECRET] == SIZE_MAX &&
        parts[ROLE_TOKEN] == SIZE_MAX)
        return member_fault(&inner, NULL, "must have an \"id\", a \"secret\" or a \"token\"");
    return STATUS_OK;
}

/* Ids stand in reports, baselines and option values, each with separators of its own. */
#define ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

enum status ruleset_add_rule(const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "id",    "description", "severity",
                                         "parts", "examples",    "counterexamples" };
    static const char *const severities[] = { "low", "medium", "high", "critical" };
    struct composition rule = { 0 };
    struct composition *entry;
    size_t severity;
    enum status status;

    if (!cJSON_IsObject(object))
        return member_fault(at, NULL, "must be an object");
    status = member_check(at, object, known, COUNT_OF(known));
    status = status_worse(status, member_text(at, object, "id", &rule.rule.id));
    status = status_worse(status, member_text(at, object, "description", &rule.rule.description));
    status = status_worse(status, member_word(at, object, "severity", severities,
                                              COUNT_OF(severities), SIZE_MAX, &severity));
    status = status_worse(status, get_composition(at, object, rule.part));
    if (status)
        return status;
    if (rule.rule.id[strspn(rule.rule.id, ID_CHARACTERS)])
        return member_fault(at, "id", "\"id\" must be of letters, digits, '-', '_' and '.'");
    rule.rule.severity = (enum severity)severity;
    for (size_t i = 0; i < at->set->rules.count; i++) {
        const struct composition *other = ruleset_rule(at->set, i);

        if (strcmp(other->rule.id, rule.rule.id) == 0)
            return member_fault(at, NULL, "there is a rule \"%s\" already", rule.rule.id);
        if (memcmp(other->part, rule.part, sizeof(rule.part)) == 0)
            return member_fault(at, NULL, "rule \"%s\" has the same parts", other->rule.id);
    }
    if ((status = add_examples(at, object, "examples", false)) ||
        (status = add_examples(at, object, "counterexamples", true)))
        return status;
    entry = ruleset_add(&at->set->rules, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = rule;
    return STATUS_OK;
}
