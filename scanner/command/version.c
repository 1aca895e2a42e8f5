/*
 * version.c - the command `version`.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <cjson/cJSON.h>
#include <git2.h>
#include <hs.h>
#include <pcre2.h>
#include <stdio.h>

#include "base/version.h"
#include "command/command.h"
#include "command/say.h"

int command_version(const struct options *options)
{
    char pcre2[64];
    int major, minor, patch;

    (void)options;
    git_libgit2_version(&major, &minor, &patch);
    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    printf("leaktrawl %s\nHyperscan %s\nPCRE2 %s\nlibgit2 %d.%d.%d\ncJSON %s\n", LEAKTRAWL_VERSION,
           hs_version(), pcre2, major, minor, patch, cJSON_Version());
    return EXIT_CLEAN;
}
