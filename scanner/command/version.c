/*
 * version.c - the command `version`: what somebody who reports a mistake is asked for.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <archive.h>
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <expat.h>
#include <git2.h>
#include <hs.h>
#include <isa-l.h>
#include <libdeflate.h>
#include <lzma.h>
#include <maxminddb.h>
#include <nettle/version.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "command/command.h"
#include "command/say.h"

/* As they are loaded, but for libdeflate and ISA-L, which do not tell. */
int command_version(const struct options *options)
{
    char pcre2[64];
    int major, minor, patch;

    (void)options;
    git_libgit2_version(&major, &minor, &patch);
    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    printf("leaktrawl %s\nHyperscan %s\nPCRE2 %s\nlibgit2 %d.%d.%d\ncJSON %s\n", LEAKTRAWL_VERSION,
           hs_version(), pcre2, major, minor, patch, cJSON_Version());
    printf("%s\nlibdeflate %s\nISA-L %d.%d.%d\nliblzma %s\nlibcurl %s\n", archive_version_string(),
           LIBDEFLATE_VERSION_STRING, ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION,
           lzma_version_string(), curl_version_info(CURLVERSION_NOW)->version);
    printf("expat %s\nnettle %d.%d\nlibmaxminddb %s\n",
           XML_ExpatVersion() + strcspn(XML_ExpatVersion(), "0123456789"), nettle_version_major(),
           nettle_version_minor(), MMDB_lib_version());
    return EXIT_CLEAN;
}
