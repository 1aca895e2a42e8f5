/* test_servers.c - which servers of STS are asked, in what order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/array.h"
#include "verify/servers.h"

#define US "https://sts.us-east-1.amazonaws.com/us-east-1+ "
#define GOV "https://sts.us-gov-west-1.amazonaws.com/us-gov-west-1+ "
#define CHINA "https://sts.cn-north-1.amazonaws.com.cn/cn-north-1+ "

/* "URL/REGION" and + where it knows every key of its partition, a blank behind each. */
static void describe(const struct servers *servers, struct buf *out)
{
    for (size_t i = 0; i < servers->count; i++)
        buf_printf(out, "%s%s/%s%s ", buf_cstr(&servers->list[i].endpoint.origin),
                   buf_cstr(&servers->list[i].endpoint.path), servers->list[i].region,
                   servers->list[i].knows_all ? "+" : "");
}

static void test_servers__follow_region_and_partition(void **state)
{
    static const struct {
        const char *region, *partition, *expected;
    } rows[] = {
        { NULL, NULL, US },
        { "eu-west-1", NULL, "https://sts.eu-west-1.amazonaws.com/eu-west-1+ " },
        { "me-south-1", NULL, "https://sts.me-south-1.amazonaws.com/me-south-1 " },
        { "us-gov-west-1", NULL, GOV },
        { "cn-northwest-1", NULL, "https://sts.cn-northwest-1.amazonaws.com.cn/cn-northwest-1+ " },
        { NULL, "all", US GOV CHINA },
        { "us-gov-west-1", "all", GOV US CHINA },
        { "cn-north-1", "all", CHINA US GOV },
        { "eu-west-1", "aws-cn", CHINA },
        { "us-gov-west-1", "aws-us-gov", GOV },
        { "us-gov-west-1", "aws", US },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf got = { 0 };
        struct servers servers;

        assert_int_equal(servers_init(&servers, rows[i].region, rows[i].partition), STATUS_OK);
        describe(&servers, &got);
        if (strcmp(buf_cstr(&got), rows[i].expected))
            fail_msg("%s, %s: expected %s, got %s", rows[i].region ? rows[i].region : "-",
                     rows[i].partition ? rows[i].partition : "-", rows[i].expected, buf_cstr(&got));
        buf_release(&got);
        servers_release(&servers);
    }
}

static void test_servers__one_may_be_given(void **state)
{
    struct servers servers;
    struct endpoint given;
    struct buf got = { 0 };

    (void)state;
    assert_int_equal(endpoint_parse(&given, "http://127.0.0.1:5000/sts", "test"), STATUS_OK);
    servers_init_given(&servers, &given, "eu-west-1");
    describe(&servers, &got);
    assert_string_equal(buf_cstr(&got), "http://127.0.0.1:5000/sts/eu-west-1+ ");
    assert_null(servers.list[0].partition);
    buf_release(&got);
    servers_release(&servers);
}

static void test_servers__an_unknown_partition_is_named(void **state)
{
    struct servers servers;

    (void)state;
    assert_int_equal(servers_init(&servers, NULL, "mars"), STATUS_INVALID);
    assert_non_null(strstr(err_text(), "mars"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers__follow_region_and_partition),
        cmocka_unit_test(test_servers__one_may_be_given),
        cmocka_unit_test(test_servers__an_unknown_partition_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
