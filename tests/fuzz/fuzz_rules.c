/* fuzz_rules.c - any bytes as a rule file: parsed, and its patterns compiled, without a crash. */
#include "detect/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_source source = { "fuzz.json", { data, size } };
    struct ruleset *set = NULL;

    if (!ruleset_new(&set, &source, 1))
        ruleset_check_patterns(set);
    ruleset_free(set);
    return 0;
}
