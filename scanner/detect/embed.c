/*
 * embed.c - a program of the build: rule files in, one C file out.
 *
 * It writes `embedded_rules` (database.h): the rule files' text without examples, and their
 * anchors' database serialized for each class of CPU that Hyperscan tells apart. The same input
 * gives the same bytes.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "detect/database.h"

enum { SOURCES_MAX = 64 };

/* From the best to the least; a CPU takes the first that it can run. */
static const unsigned long long features[] = {
#ifdef HS_CPU_FEATURES_AVX512VBMI
    HS_CPU_FEATURES_AVX2 | HS_CPU_FEATURES_AVX512 | HS_CPU_FEATURES_AVX512VBMI,
#endif
    HS_CPU_FEATURES_AVX2 | HS_CPU_FEATURES_AVX512,
    HS_CPU_FEATURES_AVX2,
    0,
};
enum { FEATURES = COUNT_OF(features) };

static enum status read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    uint8_t piece[4096];
    size_t n;

    if (!file)
        return err_set(STATUS_IO, "%s: cannot be opened", path);
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_append(out, (struct slice){ piece, n });
    if (ferror(file))
        out->failed = STATUS_IO;
    fclose(file);
    return buf_status(out);
}

/* The file's JSON without white space and without what only tests read. NULL on failure. */
static char *strip(struct slice text)
{
    cJSON *root = cJSON_ParseWithLength((const char *)text.ptr, text.len);
    cJSON *rule;
    char *printed;

    cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(root, "rules")) {
        cJSON_DeleteItemFromObjectCaseSensitive(rule, "examples");
        cJSON_DeleteItemFromObjectCaseSensitive(rule, "counterexamples");
    }
    printed = root ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return printed;
}

static void print_bytes(const char *name, struct slice bytes)
{
    printf("static const uint8_t %s[] __attribute__((aligned(8))) = {", name);
    for (size_t i = 0; i < bytes.len; i++)
        printf("%s%u,", i % 24 ? "" : "\n", bytes.ptr[i]);
    printf("\n};\n\n");
}

/* Print the images of one engine as image_E_0, image_E_1, ... */
static void print_images(const struct ruleset *set, enum engine engine)
{
    for (size_t i = 0; i < FEATURES; i++) {
        hs_platform_info_t platform = { .tune = HS_TUNE_FAMILY_GENERIC,
                                        .cpu_features = features[i] };
        hs_database_t *db = NULL;
        char *bytes = NULL;
        char name[32];
        size_t len;

        if (database_compile(&db, set, engine, &platform)) {
            fprintf(stderr, "embed: %s\n", err_text());
            exit(1);
        }
        if (hs_serialize_database(db, &bytes, &len) != HS_SUCCESS)
            exit(1);
        snprintf(name, sizeof(name), "image_%d_%zu", (int)engine, i);
        print_bytes(name, (struct slice){ (uint8_t *)bytes, len });
        free(bytes);
        hs_free_database(db);
    }
    printf("static const struct slice images_%d[] = {\n", (int)engine);
    for (size_t i = 0; i < FEATURES; i++)
        printf("    { image_%d_%zu, sizeof(image_%d_%zu) },\n", (int)engine, i, (int)engine, i);
    printf("};\n\n");
}

static void print_hash(const struct ruleset *set, enum engine engine)
{
    uint8_t hash[32];

    database_hash(set, engine, hash);
    printf("        {");
    for (size_t i = 0; i < sizeof(hash); i++)
        printf("%s%u", i ? ", " : " ", hash[i]);
    printf(" },\n");
}

static void print_tables(char **argv, int sources, const struct ruleset *set)
{
    printf("static const struct rule_source sources[] = {\n");
    for (int i = 0; i < sources; i++)
        printf("    { \"%s\", { source%d, sizeof(source%d) } },\n", argv[i + 1], i, i);
    printf("};\n\nconst struct embedded embedded_rules = {\n"
           "    .sources = sources,\n    .source_count = %d,\n    .rule_count = %zu,\n"
           "    .images = { images_0, images_1 },\n    .image_count = %d,\n    .hash = {\n",
           sources, ruleset_rules(set), FEATURES);
    for (size_t i = 0; i < ENGINE_COUNT; i++)
        print_hash(set, (enum engine)i);
    printf("    },\n};\n");
}

int main(int argc, char **argv)
{
    struct rule_source sources[SOURCES_MAX];
    struct ruleset *set = NULL;
    int n = argc - 1;

    assert(n <= SOURCES_MAX);
    printf("/* Made by embed.c from the rule files. */\n#include \"detect/database.h\"\n\n");
    for (int i = 0; i < n; i++) {
        struct buf text = { 0 };
        char name[24];
        char *stripped;

        if (read_file(argv[i + 1], &text) || !(stripped = strip(buf_view(&text)))) {
            fprintf(stderr, "embed: %s: cannot be read as JSON\n", argv[i + 1]);
            return 1;
        }
        buf_release(&text);
        sources[i] = (struct rule_source){ argv[i + 1], slice_of(stripped) };
        snprintf(name, sizeof(name), "source%d", i);
        print_bytes(name, sources[i].text);
    }
    if (ruleset_new(&set, sources, (size_t)n) || ruleset_check_patterns(set)) {
        fprintf(stderr, "embed: %s\n", err_text());
        return 1;
    }
    for (size_t i = 0; i < ENGINE_COUNT; i++)
        print_images(set, (enum engine)i);
    print_tables(argv, n, set);
    ruleset_free(set);
    for (int i = 0; i < n; i++)
        free((void *)(uintptr_t)sources[i].text.ptr);
    return fflush(stdout) || ferror(stdout);
}
