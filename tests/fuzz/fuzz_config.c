/* fuzz_config.c - any bytes as a configuration file, and what it excludes asked of some paths. */
#include "base/array.h"
#include "base/path_globs.h"
#include "command/config_file.h"
#include "command/option_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = { "a", "src/deep/a.env", ".git", "x/y/x/y/x/y" };
    const struct config_file file = { .path = "fuzz", .folder = "", .base = "", .confined = true };
    struct options options;
    struct path_globs globs = { 0 };

    option_defaults(&options);
    config_file_parse(&options, &file, (struct slice){ data, size }, NULL, NULL);
    for (size_t i = 0; i < options.exclude_path.count; i++)
        if (path_globs_add(&globs, options.exclude_path.texts[i]))
            break;
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        path_globs_match(&globs, slice_of(paths[i]), i % 2);
    path_globs_release(&globs);
    arena_release(&options.memory);
    return 0;
}
