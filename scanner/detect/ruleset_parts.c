/* ruleset_parts.c - from members of rule files to kinds of parts and their forms. */
#include "base/limits.h"
#include "detect/ruleset_members.h"

/* --- forms --- */

static enum status add_run_length(struct ruleset *set, size_t run)
{
    const size_t *lengths = set->runs.entries;
    size_t *entry;

    for (size_t i = 0; i < set->runs.count; i++)
        if (lengths[i] == run)
            return STATUS_OK;
    entry = ruleset_add(&set->runs, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = run;
    return STATUS_OK;
}

/* A form's label and sizes; the rest of `*form` is left as it is. */
static enum status read_form(const struct at *at, const cJSON *object, struct form *form)
{
    static const char *const known[] = { "label", "anchors", "pattern", "run", "before", "after" };
    static const char *const labels[] = { "none", "weak", "strong" };
    uint32_t run;
    size_t label;
    enum status status = member_check(at, object, known, COUNT_OF(known));

    status = status_worse(status, member_word(at, object, "label", labels, COUNT_OF(labels),
                                              LABEL_NONE, &label));
    status = status_worse(status, member_count(at, object, "run", 16, 256, 0, &run));
    status = status_worse(status, member_count(at, object, "before", 0, LIMIT_CONTEXT_BYTES / 2,
                                               256, &form->before));
    status = status_worse(status, member_count(at, object, "after", 0, LIMIT_CONTEXT_BYTES / 2, 256,
                                               &form->after));
    form->label = (enum label)label;
    form->run = run;
    return status;
}

/* A new entry for the form, and for where it stands. False: memory is out. */
static bool keep_form(const struct at *at, const struct form *form, struct form **kept)
{
    struct origin *origin = ruleset_add(&at->set->form_origins, sizeof(*origin));

    *kept = ruleset_add(&at->set->forms, sizeof(**kept));
    if (!*kept || !origin)
        return false;
    **kept = *form;
    *origin = member_origin(at);
    return origin->path != NULL;
}

static enum status add_form(const struct at *at, const cJSON *object, size_t part)
{
    struct ruleset *set = at->set;
    const cJSON *anchors = cJSON_GetObjectItemCaseSensitive(object, "anchors");
    const cJSON *anchor;
    struct form read = { .part = part };
    struct form *form;
    enum status status;
    int i = 0;

    if (!cJSON_IsObject(object))
        return member_fault(at, NULL, "must be an object");
    status = read_form(at, object, &read);
    if (!status && !read.run == !cJSON_GetArraySize(anchors))
        return member_fault(at, anchors ? "anchors" : NULL,
                            "a form has either \"anchors\" or a \"run\"");
    if (status == STATUS_NOMEM)
        return status;
    if (set->forms.count == RULESET_FORMS_MAX)
        return member_fault(at, NULL, "more than %d forms", RULESET_FORMS_MAX);
    if (!keep_form(at, &read, &form))
        return err_nomem();
    status = status_worse(status, member_pattern(at, object, &form->pattern));
    if (form->run)
        status = status_worse(status, add_run_length(set, form->run));
    cJSON_ArrayForEach(anchor, anchors) {
        struct at inner = member_at(at, "anchors", i++);

        status = status_worse(status, ruleset_add_anchor(&inner, ENGINE_ANCHORS, anchor,
                                                         set->forms.count - 1));
    }
    return status;
}

/* --- parts --- */

size_t ruleset_find_part(const struct ruleset *set, const char *name)
{
    for (size_t i = 0; i < set->parts.count; i++)
        if (strcmp(ruleset_part(set, i)->name, name) == 0)
            return i;
    return SIZE_MAX;
}

enum status ruleset_add_part(const struct at *at, const cJSON *object)
{
    static const char *const known[] = { "name", "role", "entropy_min", "random", "forms" };
    static const char *const roles[] = { "id", "secret", "token" };
    struct ruleset *set = at->set;
    const cJSON *forms = cJSON_GetObjectItemCaseSensitive(object, "forms");
    const cJSON *form;
    struct part_kind part = { 0 };
    struct part_kind *entry;
    size_t role;
    enum status status;
    int i = 0;

    if (!cJSON_IsObject(object))
        return member_fault(at, NULL, "must be an object");
    status = member_check(at, object, known, COUNT_OF(known));
    status = status_worse(status, member_text(at, object, "name", &part.name));
    status = status_worse(status,
                          member_word(at, object, "role", roles, COUNT_OF(roles), SIZE_MAX, &role));
    status =
        status_worse(status, member_number(at, object, "entropy_min", 0, 8, 0, &part.entropy_min));
    status = status_worse(status, member_flag(at, object, "random", &part.random));
    if (status == STATUS_NOMEM || !part.name)
        return status;
    /* Where the role is wrong the rules' use of the part is no mistake of theirs. */
    part.role = role == SIZE_MAX ? ROLE_COUNT : (enum role)role;
    if (ruleset_find_part(set, part.name) != SIZE_MAX)
        return member_fault(at, "name", "there is a part \"%s\" already", part.name);
    if (!cJSON_IsArray(forms) || !cJSON_GetArraySize(forms))
        status = member_fault(at, forms ? "forms" : NULL,
                              "\"forms\" must be a list of at least one form");
    entry = ruleset_add(&set->parts, sizeof(*entry));
    if (!entry)
        return err_nomem();
    *entry = part;
    cJSON_ArrayForEach(form, forms) {
        struct at inner = member_at(at, "forms", i++);

        status = status_worse(status, add_form(&inner, form, set->parts.count - 1));
    }
    return status;
}
