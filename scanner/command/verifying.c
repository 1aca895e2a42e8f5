/*
 * verifying.c - what the options ask of verify.h, and the plan for people.
 */
#include "command/verifying.h"

#include <stdio.h>

#include "base/account.h"
#include "base/printable.h"
#include "base/version.h"
#include "command/buckets.h"
#include "command/results.h"
#include "command/say.h"

#define AGENT "leaktrawl/" LEAKTRAWL_VERSION

/* --- setting up --- */

static const char *partition_of(const struct options *options)
{
    static const char *const names[] = {
        [PARTITION_REGION] = NULL,
        [PARTITION_ALL] = "all",
        [PARTITION_AWS] = "aws",
        [PARTITION_AWS_CN] = "aws-cn",
        [PARTITION_AWS_US_GOV] = "aws-us-gov",
    };

    return names[options->verify_partition];
}

/*
 * --endpoint-url is for every service, unless the environment names another server for this one
 * beside buckets that the option is for.
 */
static enum status choose_servers(struct verifying *v)
{
    const struct options *options = v->options;
    bool option = !buckets_named(options);
    struct endpoint given;
    enum status status = settings_endpoint(&v->settings, "sts", option, &given);

    if (status == STATUS_ABSENT && !option)
        status = settings_endpoint(&v->settings, "sts", true, &given);
    if (status == STATUS_ABSENT)
        return servers_init(&v->servers, v->settings.region, partition_of(options));
    if (!status)
        servers_init_given(&v->servers, &given, v->settings.region);
    return status;
}

static enum status set_up(struct verifying *v)
{
    const struct options *options = v->options;
    const struct settings_options settings = { options->profile, options->region,
                                               options->endpoint_url };
    enum status status = accounts_add(&v->canaries, canary_accounts, "canary accounts");

    if (!status && options->canary_accounts)
        status = accounts_read(&v->canaries, options->canary_accounts);
    if (!status)
        status = settings_load(&v->settings, &settings);
    return status ? status : choose_servers(v);
}

static enum status check(const struct verifying *v)
{
    const struct options *options = v->options;

    if (options->verify_only && !options->accounts)
        return err_set(STATUS_INVALID, "--verify-only needs --accounts, which names accounts");
    if (options->fail_on == FAIL_ON_LIVE && !v->wanted)
        return err_set(STATUS_INVALID, "--fail-on live needs --verify, which says what is live");
    if (options->verify_plan && options->format != REPORT_TEXT)
        return err_set(STATUS_INVALID, "--verify-plan prints text; it goes with no --format");
    return STATUS_OK;
}

enum status verifying_init(struct verifying *out, const struct options *options)
{
    enum status status;

    *out = (struct verifying){ .options = options,
                               .wanted = options->verify || options->verify_plan ||
                                         options->command == COMMAND_VERIFY };
    status = check(out);
    if (!status && options->accounts)
        status = accounts_read(&out->labels, options->accounts);
    if (!status && out->wanted)
        status = set_up(out);
    if (status)
        verifying_release(out);
    return status;
}

void verifying_release(struct verifying *verifying)
{
    verify_free(verifying->plan);
    accounts_release(&verifying->canaries);
    accounts_release(&verifying->labels);
    settings_release(&verifying->settings);
    servers_release(&verifying->servers);
    *verifying = (struct verifying){ 0 };
}

/* --- verifying --- */

static const char *agent_of(const struct verifying *v)
{
    return v->options->user_agent ? v->options->user_agent : AGENT;
}

/* By the account that the id carries, or else the one that STS has told. */
static void label(const struct verifying *v, struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->finding_count; i++) {
        struct finding *finding = &outcome->findings[i];
        const struct verification *known = finding->verification;
        char carried[ACCOUNT_SIZE];
        const char *name = NULL;

        if (account_of(finding->id, carried))
            name = accounts_name(&v->labels, carried);
        else if (known && known->account)
            name = accounts_name(&v->labels, known->account);
        if (name)
            finding->account_label = name;
    }
}

/* What is about to be done, before it is. */
static void announce(const struct verifying *v, const struct verify *verify)
{
    struct buf where = { 0 };
    size_t keys = verify_asked(verify);

    for (size_t i = 0; i < v->servers.count; i++)
        buf_printf(&where, "%s%s%s", i ? ", then " : "",
                   buf_cstr(&v->servers.list[i].endpoint.origin),
                   buf_cstr(&v->servers.list[i].endpoint.path));
    if (keys)
        say("asking about %zu key%s: STS GetCallerIdentity at %s, at most %u a second; CloudTrail "
            "records it where a key works",
            keys, keys == 1 ? "" : "s", buf_cstr(&where), (unsigned)v->options->verify_rps);
    buf_release(&where);
}

enum status verifying_apply(struct verifying *v, struct outcome *outcome,
                            const char *const *targets, size_t n)
{
    const struct options *options = v->options;
    const struct verify_options verify_options = {
        .canaries = &v->canaries,
        .labels = &v->labels,
        .only = options->verify_only,
        .servers = &v->servers,
        .ca_bundle = settings_ca_bundle(&v->settings),
        .user_agent = agent_of(v),
        .cache_path = options->verify_cache,
        .per_second = (unsigned)options->verify_rps,
        .connections = options_jobs(options),
        .timeout_ms = (unsigned)options->verify_timeout_s * 1000,
    };
    struct verify *verify = NULL;
    enum status status = STATUS_OK;

    label(v, outcome);
    if (v->wanted)
        status = verify_new(&verify, outcome, &verify_options);
    if (verify && !options->verify_plan) {
        announce(v, verify);
        status = verify_run(verify);
        if (verify_tell(verify, outcome)) /* also what was told before anything failed */
            status = STATUS_NOMEM;
        label(v, outcome);
        outcome_sort(outcome, targets, n);
    } else {
        v->plan = verify;
        verify = NULL;
    }
    verify_free(verify);
    if (status)
        complain();
    return status;
}

/* --- the plan --- */

static void put_servers(const struct verifying *v, struct buf *out)
{
    for (size_t i = 0; i < v->servers.count; i++) {
        const struct server *server = &v->servers.list[i];

        buf_printf(out, "  %-11s%s%s", i ? "" : "asked at", buf_cstr(&server->endpoint.origin),
                   buf_cstr(&server->endpoint.path));
        if (server->partition)
            buf_printf(out, " (partition %s%s)", server->partition,
                       i ? ", where those before do not know the id" : "");
        buf_byte(out, '\n');
    }
}

static void put_asked(const struct verifying *v, const struct planned *key, struct buf *out)
{
    buf_printf(out, "  %-11s%zu", "secrets", key->secrets);
    if (key->candidates)
        buf_printf(out, ", and up to %zu more near it where that is not its own", key->candidates);
    buf_byte(out, '\n');
    put_servers(v, out);
    buf_printf(out, "  %-11sGetCallerIdentity of sts.amazonaws.com in %s, in its account, by ",
               "CloudTrail", v->servers.list[0].region);
    printable_text(out, slice_of(agent_of(v)));
    buf_text(out, ", if the key works\n");
}

static void put_known(const struct planned *key, struct buf *out)
{
    buf_printf(out, "  %-11s%s", "not asked", verdict_names[key->known.verdict]);
    if (key->known.checked_at)
        buf_printf(out, " at %s, by --verify-cache", key->known.checked_at);
    if (key->known.error) {
        buf_text(out, ": ");
        printable_text(out, slice_of(key->known.error));
    }
    buf_byte(out, '\n');
}

static void put_key(const struct verifying *v, const struct planned *key, struct buf *out)
{
    printable_text(out, key->id);
    if (key->account[0])
        buf_printf(out, " (account %s", key->account);
    if (key->name) {
        buf_text(out, ", ");
        printable_text(out, slice_of(key->name));
    }
    buf_text(out, key->account[0] ? ")\n" : "\n");
    if (key->secrets)
        put_asked(v, key, out);
    else
        put_known(key, out);
}

static enum status write_plan(const struct verifying *v, struct output *output)
{
    size_t ids = verify_ids(v->plan), asked = verify_asked(v->plan);
    struct buf out = { 0 };
    enum status status;

    for (size_t i = 0; i < ids; i++) {
        struct planned key = verify_planned(v->plan, i);

        put_key(v, &key, &out);
    }
    buf_printf(&out, "%s%zu of %zu keys would be asked about; nothing was sent\n", ids ? "\n" : "",
               asked, ids);
    status = buf_status(&out);
    if (!status)
        status = output_write(output, buf_view(&out));
    buf_release(&out);
    status = status ? status : output_commit(output);
    if (status)
        complain();
    return status;
}

enum status verifying_write(const struct verifying *verifying, const struct outcome *outcome,
                            struct report_options *report, struct output *output)
{
    return verifying->plan ? write_plan(verifying, output)
                           : results_write(verifying->options, outcome, report, output);
}
