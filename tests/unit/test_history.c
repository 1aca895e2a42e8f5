/* test_history.c - real repositories, made by git at test time, and what is found and told of them.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "damage.h"
#include "git/history.h"
#include "git/staged.h"

enum { HITS_MAX = 64, WORKERS = 2 };

/* A folder of its own with repositories in it, and the result of scanning one of them. */
struct world {
    char dir[64];
    struct history *history;
    struct outcome outcome;
    struct arena arena;
    struct history_hit hits[HITS_MAX]; /* objects that hold "LEAK-" */
    char leak[HITS_MAX][32];           /* the word that begins with it */
    size_t hit_count;
};

/* Commits have dates a minute apart, so that ids and orders never depend on the clock. */
static const char prelude[] =
    "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 HOME=\"$PWD\" LC_ALL=C\n"
    "export GIT_AUTHOR_NAME='Ann Other' GIT_AUTHOR_EMAIL=ann@example.org\n"
    "export GIT_COMMITTER_NAME=Com GIT_COMMITTER_EMAIL=com@example.org\n"
    "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY\n"
    "now=1700000000\n"
    "tick() { now=$((now + 60)); export GIT_AUTHOR_DATE=\"$now +0130\" "
    "GIT_COMMITTER_DATE=\"$now +0130\"; }\n"
    "commit() { tick; mkdir -p \"$(dirname \"$1\")\"; echo \"$2\" > \"$1\"; git add -A; "
    "git commit -q -m \"${3:-change}\"; }\n"
    "repo() { git init -q -b main \"$1\"; cd \"$1\"; git config gc.auto 0; tick; }\n"
    "note() { git rev-parse \"$2\" > \"$top/$1\"; }\n"
    "top=$PWD\n"
    "tick\n";

/* --- worlds --- */

static void run(const struct world *world, const char *script)
{
    char path[128], command[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/script", world->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s%s\n", prelude, script);
    fclose(file);
    snprintf(command, sizeof(command), "cd %s && sh -eu ./script > log 2>&1", world->dir);
    if (system(command)) {
        snprintf(command, sizeof(command), "cat %s/log >&2", world->dir);
        (void)!system(command);
        fail_msg("the script failed: %s", script);
    }
}

static void begin(struct world *world, const char *script)
{
    *world = (struct world){ 0 };
    strcpy(world->dir, "/tmp/test_history.XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    run(world, script);
}

static void forget(struct world *world)
{
    history_free(world->history);
    outcome_release(&world->outcome);
    arena_release(&world->arena);
    world->history = NULL;
    world->hit_count = 0;
}

static void end(struct world *world)
{
    char command[128];

    forget(world);
    snprintf(command, sizeof(command), "rm -rf %s", world->dir);
    assert_int_equal(system(command), 0);
}

/* --- scanning --- */

struct worker {
    pthread_t thread;
    const struct history *history;
    atomic_size_t *next;
    struct outcome outcome;
    struct world found; /* its hits only */
};

static enum history_answer take(void *ctx, const struct history_object *object)
{
    struct world *found = ctx;
    const char *leak = memmem(object->content.ptr, object->content.len, "LEAK-", 5);
    size_t n = found->hit_count, len = 0, left;

    if (!leak || n == HITS_MAX)
        return HISTORY_GO_ON;
    left = object->content.len - (size_t)(leak - (const char *)object->content.ptr);
    while (len < left && len < sizeof(found->leak[n]) - 1 && leak[len] > ' ')
        len++;
    memcpy(found->leak[n], leak, len);
    found->leak[n][len] = 0;
    memcpy(found->hits[n].id, object->id, sizeof(object->id));
    found->hits[n].kind = object->kind;
    found->hit_count++;
    return HISTORY_GO_ON;
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    struct history_reader *reader;
    size_t unit;

    if (history_reader_new(&reader, worker->history))
        abort();
    while ((unit = atomic_fetch_add(worker->next, 1)) < history_units(worker->history))
        if (history_read_unit(reader, unit, &worker->outcome, take, &worker->found))
            abort();
    history_reader_free(reader);
    return NULL;
}

/* Open, read on two threads, attribute. `name` is below the world's folder. */
static enum status try_scan(struct world *world, const char *name, bool all, uint64_t blob_max)
{
    struct history_options options = { .all_objects = all, .blob_max = blob_max };
    static struct worker workers[WORKERS];
    atomic_size_t next = 0;
    char path[256];
    enum status status;

    forget(world);
    snprintf(path, sizeof(path), "%s/%s", world->dir, name);
    status = history_open(&world->history, "target", path, &options, &world->outcome);
    if (status)
        return status;
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){ .history = world->history, .next = &next };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        struct world *found = &workers[i].found;

        pthread_join(workers[i].thread, NULL);
        outcome_merge(&world->outcome, &workers[i].outcome);
        for (size_t k = 0; k < found->hit_count && world->hit_count < HITS_MAX; k++) {
            strcpy(world->leak[world->hit_count], found->leak[k]);
            world->hits[world->hit_count++] = found->hits[k];
        }
    }
    outcome_sort(&world->outcome, NULL, 0);
    return history_attribute(world->history, world->hits, world->hit_count, &world->arena,
                             &world->outcome);
}

static void scan(struct world *world, const char *name, bool all)
{
    enum status status = try_scan(world, name, all, 0);

    if (status)
        fail_msg("%s: status %d: %s", name, status, err_text());
}

/* --- expectations --- */

static struct history_hit *find(struct world *world, const char *leak)
{
    for (size_t i = 0; i < world->hit_count; i++)
        if (!strcmp(world->leak[i], leak))
            return &world->hits[i];
    return NULL;
}

static struct history_hit *hit(struct world *world, const char *leak)
{
    struct history_hit *found = find(world, leak);

    if (!found)
        fail_msg("%s was not found among %zu hits", leak, world->hit_count);
    return found;
}

/* What the script noted under `name`. */
static const char *noted(const struct world *world, const char *name, char text[64])
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", world->dir, name);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, 64, file));
    fclose(file);
    text[strcspn(text, "\n")] = 0;
    return text;
}

/* The first commit is the one noted as `name` (NULL: none), and the only path is `path` (or none).
 */
static void expect(struct world *world, const char *leak, const char *name, const char *path)
{
    struct history_hit *found = hit(world, leak);
    char text[64];

    if (name) {
        assert_non_null(found->origin.first_commit);
        assert_string_equal(found->origin.first_commit, noted(world, name, text));
        assert_true(found->order != UINT64_MAX);
    } else {
        assert_null(found->origin.first_commit);
        assert_true(found->order == UINT64_MAX);
    }
    assert_string_equal(found->origin.blob, found->id);
    assert_int_equal(found->origin.path_count, path ? 1 : 0);
    if (path)
        assert_string_equal(found->origin.paths[0], path);
}

static void expect_counts(const struct world *world, unsigned blobs, unsigned commits,
                          unsigned merges, unsigned tags, unsigned refs)
{
    const struct coverage *coverage = &world->outcome.coverage;

    assert_int_equal(coverage->blobs, blobs);
    assert_int_equal(coverage->commits, commits);
    assert_int_equal(coverage->merges, merges);
    assert_int_equal(coverage->tags, tags);
    assert_int_equal(coverage->refs, refs);
    assert_int_equal(coverage->repositories, 1);
}

static void expect_no_trouble(const struct world *world)
{
    for (size_t i = 0; i < world->outcome.trouble_count; i++)
        print_message("%s: %s\n", world->outcome.troubles[i].path,
                      world->outcome.troubles[i].message);
    assert_int_equal(world->outcome.trouble_count, 0);
}

/* One of the troubles holds `text`, and the scan is not complete. */
static void expect_trouble(const struct world *world, const char *text)
{
    bool found = false;

    for (size_t i = 0; i < world->outcome.trouble_count; i++) {
        const struct trouble *trouble = &world->outcome.troubles[i];

        assert_string_equal(trouble->target, "target");
        found |= strstr(trouble->message, text) || strstr(trouble->path, text);
    }
    for (size_t i = 0; !found && i < world->outcome.trouble_count; i++)
        print_message("%s: %s\n", world->outcome.troubles[i].path,
                      world->outcome.troubles[i].message);
    if (!found)
        fail_msg("no trouble names \"%s\"", text);
    assert_false(outcome_complete(&world->outcome));
}

/* --- where things are --- */

#define PLAIN                                                                             \
    "repo r; commit a/key.txt LEAK-moved; note one HEAD\n"                                \
    "mkdir b; git mv a/key.txt b/key.txt; commit other plain; note two HEAD\n"            \
    "commit b/gone LEAK-gone; note three HEAD; git rm -q b/gone; commit last 'the end'\n" \
    "note four HEAD\n"

static void expect_plain(struct world *world)
{
    struct history_hit *moved = hit(world, "LEAK-moved");
    char text[64];

    expect_no_trouble(world);
    expect_counts(world, 4, 4, 0, 0, 1);
    assert_int_equal(world->outcome.coverage.blob_bytes, 11 + 6 + 10 + 8);
    assert_string_equal(moved->origin.kind, "blob");
    assert_string_equal(moved->origin.first_commit, noted(world, "one", text));
    assert_string_equal(moved->origin.last_commit, noted(world, "four", text));
    assert_string_equal(moved->origin.author, "Ann Other <ann@example.org>");
    assert_string_equal(moved->origin.date, "2023-11-14T23:46:20+01:30");
    assert_int_equal(moved->origin.path_count, 2);
    assert_string_equal(moved->origin.paths[0], "a/key.txt");
    assert_string_equal(moved->origin.paths[1], "b/key.txt");
    assert_int_equal(moved->origin.at_head, KNOWN_YES);
    assert_int_equal(moved->origin.on_remote, KNOWN_NOT);
    assert_int_equal(moved->order, 0);
    expect(world, "LEAK-gone", "three", "b/gone");
    assert_string_equal(hit(world, "LEAK-gone")->origin.last_commit, noted(world, "three", text));
    assert_int_equal(hit(world, "LEAK-gone")->origin.at_head, KNOWN_NO);
    assert_int_equal(hit(world, "LEAK-gone")->order, 2);
}

static void test_history__loose_objects_are_read_and_attributed(void **state)
{
    struct world world;

    (void)state;
    begin(&world, PLAIN);
    for (int all = 0; all < 2; all++) {
        scan(&world, "r", all);
        expect_plain(&world);
        scan(&world, "r/.git", all);
        expect_plain(&world);
    }
    end(&world);
}

static void test_history__a_packed_repository_gives_the_same(void **state)
{
    static const char *const ways[] = {
        "git gc -q --prune=now",
        "git config pack.indexVersion 1; git repack -adfq; git pack-refs --all",
        "git -c repack.useDeltaBaseOffset=false repack -adfq --depth=50 --window=50",
        "git repack -dq; git repack -adkq --write-midx; git multi-pack-index write",
        "git repack -dq; cp .git/objects/pack/*.pack x; git unpack-objects -q < x; rm x",
    };
    struct world world;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        char script[1024];

        snprintf(script, sizeof(script), PLAIN "%s\n", ways[i]);
        begin(&world, script);
        for (int all = 0; all < 2; all++) {
            scan(&world, "r", all);
            expect_plain(&world);
        }
        end(&world);
    }
}

static void test_history__a_merge_with_content_of_its_own_is_its_first_commit(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r; commit a 1; git checkout -q -b side; commit b 2\n"
                  "git checkout -q main; commit c 3; tick\n"
                  "git merge -q --no-ff --no-commit side; echo LEAK-merge > evil; git add evil\n"
                  "git commit -q -m merge; note merge HEAD; commit d 4\n");
    for (int all = 0; all < 2; all++) {
        scan(&world, "r", all);
        expect_no_trouble(&world);
        expect_counts(&world, 5, 5, 1, 0, 2);
        expect(&world, "LEAK-merge", "merge", "evil");
    }
    end(&world);
}

static void test_history__a_subtree_that_is_used_twice_has_all_its_paths(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r; commit x/sub/key LEAK-twice; note one HEAD; mkdir -p y/z\n"
                  "cp -r x/sub y/z/sub; cp -r x/sub sub; commit other 1\n");
    scan(&world, "r", true);
    assert_int_equal(hit(&world, "LEAK-twice")->origin.path_count, 3);
    assert_string_equal(hit(&world, "LEAK-twice")->origin.paths[0], "sub/key");
    assert_string_equal(hit(&world, "LEAK-twice")->origin.paths[1], "x/sub/key");
    assert_string_equal(hit(&world, "LEAK-twice")->origin.paths[2], "y/z/sub/key");
    end(&world);
}

static void test_history__stashes_reflogs_and_notes_are_reached(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r; commit a 1\n"
                  "echo LEAK-stash > a; echo LEAK-untracked > u; tick; git stash -q -u\n"
                  "note stash stash; note untracked 'stash^3'\n"
                  "commit b LEAK-amended; note amended HEAD; git rm -q --cached b; rm b\n"
                  "echo 2 > c; git add c; tick; git commit -q --amend -m other\n"
                  "commit d LEAK-reset; note reset HEAD; git reset -q --hard HEAD~1\n"
                  "tick; git notes add -m LEAK-note HEAD; note note refs/notes/commits\n"
                  "git rev-parse HEAD > \"$top/head\"\n");
    for (int all = 0; all < 2; all++) {
        char head[64];

        scan(&world, "r", all);
        expect_no_trouble(&world);
        expect(&world, "LEAK-stash", "stash", "a");
        expect(&world, "LEAK-untracked", "untracked", "u");
        expect(&world, "LEAK-amended", "amended", "b");
        expect(&world, "LEAK-reset", "reset", "d");
        expect(&world, "LEAK-note", "note", noted(&world, "head", head));
    }
    end(&world);
}

static void test_history__what_nothing_reaches_is_read_only_when_asked(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r; commit a 1\n"
                  "git checkout -q -b gone; commit b LEAK-branch; note branch HEAD\n"
                  "git checkout -q main; git branch -q -D gone; rm -rf .git/logs\n"
                  "echo LEAK-dangling | git hash-object -w --stdin\n"
                  "mkdir t; echo LEAK-tree > t/f; git add t; git write-tree; git rm -rqf t\n");
    scan(&world, "r", false);
    expect_no_trouble(&world);
    expect_counts(&world, 1, 1, 0, 0, 1);
    assert_int_equal(world.hit_count, 0);
    scan(&world, "r", true);
    expect_no_trouble(&world);
    expect_counts(&world, 4, 2, 0, 0, 1);
    expect(&world, "LEAK-branch", "branch", "b");
    assert_int_equal(hit(&world, "LEAK-branch")->order, 1);
    expect(&world, "LEAK-dangling", NULL, NULL);
    expect(&world, "LEAK-tree", NULL, NULL);
    end(&world);
}

static void test_history__the_index_is_reached(void **state)
{
    struct world world;

    (void)state;
    for (int version = 2; version <= 4; version++) {
        char script[512];

        snprintf(script, sizeof(script),
                 "repo r; commit some/long/name 1; commit some/longer/name 2; echo 3 > new\n"
                 "echo LEAK-staged > some/staged; git add some; git add -N new\n"
                 "git update-index --index-version %d\n",
                 version);
        begin(&world, script);
        scan(&world, "r", false);
        expect_no_trouble(&world);
        expect_counts(&world, 4, 2, 0, 0, 1); /* -N stores an empty blob */
        expect(&world, "LEAK-staged", NULL, NULL);
        end(&world);
    }
    begin(&world, "repo r; commit a 1; git config core.splitIndex true; git config "
                  "splitIndex.maxPercentChange 100\n"
                  "git update-index --split-index; echo LEAK-split > b; git add b\n");
    scan(&world, "r", false);
    expect_no_trouble(&world);
    expect(&world, "LEAK-split", NULL, NULL);
    end(&world);
}

static void test_history__messages_of_commits_and_tags_are_handed_out(void **state)
{
    struct world world;

    (void)state;
    begin(&world,
          "repo r; commit a 1 LEAK-message; note one HEAD; commit b LEAK-blob; note two HEAD\n"
          "tick; git tag -a -m LEAK-tag v1 HEAD~1; git tag -a -m LEAK-outer v2 v1\n"
          "git tag -a -m LEAK-blobtag v3 $(echo LEAK-tagged | git hash-object -w --stdin)\n"
          "git tag light HEAD; git pack-refs --all; git tag -f -a -m again v1 HEAD\n");
    for (int all = 0; all < 2; all++) {
        scan(&world, "r", all);
        expect_no_trouble(&world);
        expect_counts(&world, 3, 2, 0, 4, 5);
        expect(&world, "LEAK-message", "one", NULL);
        assert_string_equal(hit(&world, "LEAK-message")->origin.kind, "commit");
        assert_int_equal(hit(&world, "LEAK-message")->origin.at_head, KNOWN_NO);
        expect(&world, "LEAK-tag", "one", NULL);
        expect(&world, "LEAK-outer", "one", NULL);
        assert_string_equal(hit(&world, "LEAK-outer")->origin.kind, "tag");
        expect(&world, "LEAK-blobtag", NULL, NULL);
        expect(&world, "LEAK-tagged", NULL, NULL);
        expect(&world, "LEAK-blob", "two", "b");
    }
    end(&world);
}

static void test_history__names_are_bytes(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r; commit \"$(printf 'd\\377/n\\200\\nx')\" LEAK-bytes; note one HEAD\n");
    scan(&world, "r", true);
    expect(&world, "LEAK-bytes", "one", "d\377/n\200\nx");
    end(&world);
}

static void test_history__a_clone_knows_what_its_remote_has(void **state)
{
    struct world world;

    (void)state;
    begin(&world,
          "repo a; commit a LEAK-pushed; note one HEAD; cd ..; git clone -q a r; cd r; tick\n"
          "commit b LEAK-local 'LEAK-word'; note two HEAD; git rm -q a; commit c 3\n");
    scan(&world, "r", true);
    expect_no_trouble(&world);
    expect(&world, "LEAK-pushed", "one", "a");
    assert_int_equal(hit(&world, "LEAK-pushed")->origin.on_remote, KNOWN_YES);
    assert_int_equal(hit(&world, "LEAK-pushed")->origin.at_head, KNOWN_NO);
    expect(&world, "LEAK-local", "two", "b");
    assert_int_equal(hit(&world, "LEAK-local")->origin.on_remote, KNOWN_NO);
    assert_int_equal(hit(&world, "LEAK-word")->origin.on_remote, KNOWN_NO);
    end(&world);
}

/* --- shapes of repositories --- */

static void test_history__bare_linked_and_separate_repositories_are_opened(void **state)
{
    static const struct {
        const char *path;
        bool is;
    } places[] = {
        { "r", false },          { "r/.git", true }, { "bare.git", true }, { "linked", false },
        { "linked/.git", true }, { "sub", false },   { "sub/.git", true },
    };
    struct world world;

    (void)state;
    begin(&world, "repo r; commit key LEAK-key; note one HEAD; git branch side\n"
                  "git worktree add -q ../linked side; cd ..; git clone -q --bare r bare.git\n"
                  "cp -r r/key key; git clone -q --separate-git-dir mod r sub\n");
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        char path[128];

        print_message("%s\n", places[i].path);
        snprintf(path, sizeof(path), "%s/%s", world.dir, places[i].path);
        assert_int_equal(history_is_repository(path), places[i].is);
        scan(&world, places[i].path, false);
        expect_no_trouble(&world);
        expect(&world, "LEAK-key", "one", "key");
        assert_int_equal(hit(&world, "LEAK-key")->origin.at_head, KNOWN_YES);
    }
    end(&world);
}

static void test_history__work_trees_in_use_elsewhere_are_reached(void **state)
{
    struct world world;

    (void)state;
    begin(&world,
          "repo r; commit a 1; git worktree add -q --detach ../w; cd ../w; commit b LEAK-w\n"
          "note one HEAD; echo LEAK-index > c; git add c\n");
    scan(&world, "r", false);
    expect_no_trouble(&world);
    expect(&world, "LEAK-w", "one", "b");
    expect(&world, "LEAK-index", NULL, NULL);
    end(&world);
}

static void test_history__an_empty_repository_has_no_units(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r\n");
    for (int all = 0; all < 2; all++) {
        scan(&world, "r", all);
        expect_no_trouble(&world);
        assert_int_equal(history_units(world.history), 0);
        expect_counts(&world, 0, 0, 0, 0, 0);
    }
    end(&world);
}

static void test_history__alternates_are_read(void **state)
{
    struct world world;

    (void)state;
    begin(&world,
          "repo a; commit x LEAK-far; note one HEAD; cd ..; git clone -q -s a r; cd r; tick\n"
          "commit y LEAK-near; note two HEAD; cd ..; git clone -q -s r s\n"
          "git clone -q -s a lost; echo /nowhere >> lost/.git/objects/info/alternates\n");
    for (int all = 0; all < 2; all++) {
        scan(&world, "r", all);
        expect_no_trouble(&world);
        expect(&world, "LEAK-far", "one", "x");
        expect(&world, "LEAK-near", "two", "y");
        scan(&world, "s", all);
        expect(&world, "LEAK-far", "one", "x");
        expect_counts(&world, 2, 2, 0, 0, 2);
        scan(&world, "lost", all);
        expect_trouble(&world, "/nowhere");
        expect(&world, "LEAK-far", "one", "x");
    }
    end(&world);
}

static void test_history__shallow_and_partial_clones_count_what_they_lack(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo a; commit x LEAK-old; commit x 2; commit x LEAK-new; note top HEAD\n"
                  "git config uploadpack.allowFilter true; cd ..\n"
                  "git clone -q --depth 1 file://$top/a shallow\n"
                  "git clone -q --no-checkout --filter=blob:none file://$top/a partial\n"
                  "git clone -q --filter=blob:none file://$top/a checked\n");
    for (int all = 0; all < 2; all++) {
        scan(&world, "shallow", all);
        assert_int_equal(world.outcome.trouble_count, 0);
        assert_int_equal(world.outcome.coverage.skipped[SKIP_SHALLOW], 1);
        assert_true(outcome_complete(&world.outcome));
        expect(&world, "LEAK-new", "top", "x");
        assert_null(find(&world, "LEAK-old"));
        scan(&world, "partial", all);
        assert_int_equal(world.outcome.trouble_count, 0);
        assert_int_equal(world.outcome.coverage.skipped[SKIP_MISSING], 3);
        assert_int_equal(world.outcome.coverage.commits, 3);
        assert_int_equal(world.hit_count, 0);
        scan(&world, "checked", all);
        assert_int_equal(world.outcome.trouble_count, 0);
        assert_int_equal(world.outcome.coverage.skipped[SKIP_MISSING], 2);
        expect(&world, "LEAK-new", "top", "x");
    }
    end(&world);
}

static void test_history__replacements_and_grafts_are_not_obeyed(void **state)
{
    struct world world;

    (void)state;
    begin(&world,
          "repo r; commit x LEAK-real; note one HEAD; commit x 2; note two HEAD\n"
          "git replace $(git rev-parse HEAD~1:x) $(echo harmless | git hash-object -w --stdin)\n"
          "git rev-parse HEAD > .git/info/grafts\n");
    scan(&world, "r", false);
    expect_no_trouble(&world);
    expect(&world, "LEAK-real", "one", "x");
    end(&world);
}

static void test_history__a_configuration_runs_and_reads_nothing(void **state)
{
    struct world world;

    (void)state;
    begin(&world,
          "repo r; commit x LEAK-x; note one HEAD; mkfifo pipe .git/info/attributes\n"
          "mkfifo .git/packed-refs .git/refs/heads/pipe .git/objects/pack/pack-x.pack\n"
          "printf '[include]\\n\\tpath = %s/pipe\\n[core]\\n\\tfsmonitor = touch ran\\n' \"$PWD\" "
          ">> .git/config\n");
    scan(&world, "r", true);
    expect(&world, "LEAK-x", "one", "x");
    expect_trouble(&world, "packed-refs");
    expect_trouble(&world, "refs/heads/pipe");
    expect_trouble(&world, "pack-x.pack");
    assert_int_equal(world.outcome.trouble_count, 3);
    end(&world);
}

static void test_history__what_cannot_be_opened_is_refused_by_name(void **state)
{
    static const struct {
        const char *path, *text;
        enum status status;
    } cases[] = {
        { "plain", "not a git repository", STATUS_INVALID },
        { "plain/file", "not a git repository", STATUS_INVALID },
        { "nowhere", "not a git repository", STATUS_INVALID },
        { "loose/.git", "not a git repository", STATUS_INVALID },
        { "sha256", "SHA-1", STATUS_UNSUPPORTED },
        { "reftable", "refs", STATUS_UNSUPPORTED },
        { "unknown", "extension", STATUS_UNSUPPORTED },
        { "version", "version", STATUS_UNSUPPORTED },
    };
    struct world world;

    (void)state;
    begin(&world,
          "mkdir plain loose; echo x > plain/file; echo 'gitdir: ../plain' > loose/.git\n"
          "for r in reftable unknown version good; do git init -q $r; done\n"
          "git init -q --object-format=sha256 sha256\n"
          "for r in reftable unknown good; do cd $r; git config core.repositoryformatversion 1\n"
          "cd ..; done\n"
          "printf '[extensions]\\nrefStorage = \"reftable\"\\n' >> reftable/.git/config\n"
          "printf '[extensions] newThing\\n' >> unknown/.git/config\n"
          "printf '[extensions]\\n\\tObjectFormat = sha1\\nworktreeConfig\\n[broken\\n' "
          ">> good/.git/config\n"
          "printf '[core]\\nrepositoryFormatVersion = 7\\n' >> version/.git/config\n");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        print_message("%s\n", cases[i].path);
        assert_int_equal(try_scan(&world, cases[i].path, true, 0), cases[i].status);
        assert_non_null(strstr(err_text(), cases[i].text));
        assert_non_null(strstr(err_text(), cases[i].path));
    }
    scan(&world, "good", true);
    end(&world);
}

/* --- limits and stops --- */

static void test_history__a_large_blob_is_counted_and_not_read(void **state)
{
    struct world world;

    (void)state;
    begin(&world,
          "repo r; seq 5000 > big; (seq 5000; echo LEAK-big) > bigger; commit small LEAK-small\n"
          "cd ..; cp -r r packed; cd packed; git repack -adfq\n");
    for (int packed = 0; packed < 2; packed++) {
        assert_int_equal(try_scan(&world, packed ? "packed" : "r", true, 100), STATUS_OK);
        expect_no_trouble(&world);
        assert_int_equal(world.outcome.coverage.skipped[SKIP_TOO_LARGE], 2);
        assert_int_equal(world.outcome.coverage.blobs, 1);
        assert_int_equal(world.outcome.coverage.commits, 1);
        assert_non_null(find(&world, "LEAK-small"));
        assert_true(outcome_complete(&world.outcome));
    }
    end(&world);
}

static void test_history__a_blob_above_the_programs_own_limit_is_a_trouble(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r; truncate -s 70M big; commit small LEAK-small\n"
                  "cd ..; cp -r r packed; cd packed; git repack -adfq\n");
    for (int packed = 0; packed < 2; packed++) {
        scan(&world, packed ? "packed" : "r", true);
        assert_int_equal(world.outcome.coverage.skipped[SKIP_LIMIT], 1);
        expect_trouble(&world, "is larger than");
        assert_non_null(find(&world, "LEAK-small"));
    }
    end(&world);
}

static enum history_answer stop(void *ctx, const struct history_object *object)
{
    (void)object;
    return ++*(int *)ctx == 2 ? HISTORY_STOP : HISTORY_GO_ON;
}

static void test_history__a_caller_may_stop_a_unit(void **state)
{
    struct history_reader *reader;
    struct world world;
    int calls = 0;

    (void)state;
    begin(&world, PLAIN);
    scan(&world, "r", true);
    assert_int_equal(history_reader_new(&reader, world.history), STATUS_OK);
    assert_int_equal(history_read_unit(reader, 0, &world.outcome, stop, &calls), STATUS_STOPPED);
    assert_int_equal(calls, 2);
    history_reader_free(reader);
    end(&world);
}

/* --- damage --- */

static void test_history__packs_are_read_without_their_index(void **state)
{
    static const struct {
        const char *what, *script;
    } cases[] = {
        { "no index", "git repack -adq; rm -f .git/objects/pack/*.idx" },
        { "no index, deltas that name their base by id",
          "git -c repack.useDeltaBaseOffset=false repack -adq; rm -f .git/objects/pack/*.idx" },
        { "cut index",
          "git repack -adq; p=$(ls .git/objects/pack/*.idx); chmod u+w $p; truncate -s -30 $p" },
        { "index of nothing",
          "git repack -adq; p=$(ls .git/objects/pack/*.idx); chmod u+w $p; echo x > $p" },
        { "another pack's index", "git repack -adq; commit z 9; git repack -dq\n"
                                  "set -- .git/objects/pack/*.idx; chmod u+w $1; cp $2 $1" },
        { "not yet whole", "git repack -adq; set -- .git/objects/pack/*.pack\n"
                           "mv $1 .git/objects/pack/tmp_pack_x1; rm .git/objects/pack/*.idx" },
        { "in quarantine",
          "git repack -adq; mkdir .git/objects/incoming-x1 .git/objects/tmp_objdir-incoming-x2\n"
          "mv .git/objects/pack .git/objects/incoming-x1/pack" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world world;
        char script[1024];

        print_message("%s\n", cases[i].what);
        snprintf(script, sizeof(script),
                 "repo r; for i in 1 2 3 4 5; do seq $i 900 > big; commit key LEAK-$i; done\n%s",
                 cases[i].script);
        begin(&world, script);
        scan(&world, "r", true);
        expect_no_trouble(&world);
        assert_int_equal(world.hit_count, 5);
        end(&world);
    }
}

static void test_history__damage_is_named_and_the_rest_is_read(void **state)
{
    static const struct {
        const char *what, *script, *trouble;
        bool found;
    } cases[] = {
        { "truncated pack",
          "git repack -adq; p=$(ls .git/objects/pack/*.pack); chmod u+w $p\n"
          "truncate -s -100 $p",
          ".pack", false },
        { "pack cut to its header",
          "git repack -adq; p=$(ls .git/objects/pack/*.pack)\n"
          "chmod u+w $p; truncate -s 20 $p",
          ".pack", false },
        { "empty pack", "git repack -adq; p=$(ls .git/objects/pack/*.pack); chmod u+w $p; : > $p",
          ".pack", false },
        { "no pack", "git repack -adq; rm -f .git/objects/pack/*.pack", "is missing", false },
        { "cut loose object",
          "o=$(git rev-parse HEAD~1:key); f=.git/objects/$(echo $o | cut -c1-2)/"
          "$(echo $o | cut -c3-); chmod u+w $f; truncate -s -6 $f",
          "cannot be read: its compressed bytes", true },
        { "empty loose object",
          "o=$(git rev-parse HEAD~1:key); f=.git/objects/$(echo $o | cut -c1-2)/"
          "$(echo $o | cut -c3-); chmod u+w $f; : > $f",
          "cannot be read: its compressed bytes", true },
        { "missing blob",
          "o=$(git rev-parse HEAD~1:key); rm -f .git/objects/$(echo $o | cut -c1-2)/"
          "$(echo $o | cut -c3-)",
          "is missing", true },
        { "missing tree",
          "o=$(git rev-parse HEAD~1^{tree}); rm -f .git/objects/$(echo $o | cut "
          "-c1-2)/$(echo $o | cut -c3-)",
          "is missing", true },
        { "missing commit",
          "o=$(git rev-parse HEAD~1); rm -f .git/objects/$(echo $o | cut -c1-2)/"
          "$(echo $o | cut -c3-)",
          "is missing", true },
        { "ref to nothing", "echo 1234567890123456789012345678901234567890 > .git/refs/heads/no",
          "refs/heads/no names object 1234567890123456789012345678901234567890", true },
        { "ref of garbage", "echo garbage > .git/refs/heads/no", "the ref cannot be read", true },
        { "empty ref", ": > .git/refs/heads/no", "the ref cannot be read", true },
        { "packed refs of garbage", "git pack-refs --all; echo garbage >> .git/packed-refs",
          "packed-refs", true },
        { "garbage for HEAD", "echo garbage > .git/HEAD", "HEAD", true },
        { "cut index of the work tree", "truncate -s 60 .git/index", "index", true },
        { "unreadable alternates", "mkdir .git/objects/info/alternates", "alternates", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int all = 0; all < 2; all++) {
            struct world world;
            char script[1024];

            print_message("%s, %s\n", cases[i].what, all ? "all" : "reached");
            snprintf(script, sizeof(script),
                     "repo r; commit key 1; commit key 2; commit last LEAK-last; %s\n",
                     cases[i].script);
            begin(&world, script);
            scan(&world, "r", all);
            expect_trouble(&world, cases[i].trouble);
            if (cases[i].found)
                assert_non_null(find(&world, "LEAK-last"));
            end(&world);
        }
    }
}

static void test_history__a_second_copy_stands_in_for_a_damaged_one(void **state)
{
    struct world world;

    (void)state;
    begin(&world, "repo r; seq 99 > a; commit key LEAK-key; note one HEAD; git repack -adq\n"
                  "p=$(ls .git/objects/pack/*.pack); chmod u+w $p; cp $p ../good\n"
                  "dd if=/dev/zero of=$p bs=1 seek=14 count=400 conv=notrunc\n"
                  "mv .git/objects ../away; git init -q; git unpack-objects -q < ../good\n"
                  "cp -r ../away/pack/* .git/objects/pack/\n");
    scan(&world, "r", true);
    expect_trouble(&world, "is damaged");
    expect(&world, "LEAK-key", "one", "key");
    end(&world);
}

/* LEAK-1 to LEAK-n were found. */
static void expect_all_leaks(struct world *world, int n)
{
    for (int i = 1; i <= n; i++) {
        char leak[32];

        snprintf(leak, sizeof(leak), "LEAK-%d", i);
        hit(world, leak);
    }
}

/* Put the 20 bytes of the id noted as `to` in place of each id noted as `from`; how often. */
static size_t swap_ids(const struct world *world, struct victim *victim, const char *from,
                       const char *to)
{
    uint8_t raw[2][20];
    size_t count = 0;

    for (size_t k = 0; k < 2; k++) {
        char hex[64];

        noted(world, k ? to : from, hex);
        for (size_t i = 0; i < 20; i++) {
            unsigned byte;

            assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
            raw[k][i] = (uint8_t)byte;
        }
    }
    for (size_t i = 0; i + 20 <= victim->len; i++) {
        if (!memcmp(victim->bytes + i, raw[0], 20)) {
            memcpy(victim->bytes + i, raw[1], 20);
            count++;
        }
    }
    return count;
}

/* A delta whose base is made to be itself. */
static void test_history__deltas_in_a_circle_are_named(void **state)
{
    struct victim victim;
    struct world world;
    char name[64];

    (void)state;
    begin(&world, "repo r; seq 900 > f; for i in 1 2 3 4; do echo $i $i $i >> f; commit g LEAK-$i\n"
                  "done; git -c repack.useDeltaBaseOffset=false repack -adfq --depth=9\n"
                  "cd .git/objects/pack; chmod u+w *.pack; ls *.pack > \"$top/name\"\n"
                  "git verify-pack -v *.idx | awk 'NF == 7' > \"$top/v\"; cd \"$top\"\n"
                  "awk 'NR == 1 { print $1 }' v > delta; awk 'NR == 1 { print $7 }' v > base\n");
    snprintf(victim.path, sizeof(victim.path), "%s/r/.git/objects/pack/%s", world.dir,
             noted(&world, "name", name));
    victim_load(&victim);
    assert_true(swap_ids(&world, &victim, "base", "delta") > 0);
    victim_store(&victim, victim.len);
    free(victim.bytes);
    for (int all = 0; all < 2; all++) {
        alarm(20);
        scan(&world, "r", all);
        alarm(0);
        expect_trouble(&world, "cannot be decoded");
        expect_all_leaks(&world, 4);
    }
    end(&world);
}

enum { VICTIMS_MAX = 64 };

/* Load the files that the list in the world's folder names. */
static size_t load_victims(const struct world *world, struct victim *victims)
{
    char path[160];
    size_t n = 0;
    FILE *list;

    snprintf(path, sizeof(path), "%s/list", world->dir);
    list = fopen(path, "r");
    assert_non_null(list);
    while (n < VICTIMS_MAX && fgets(path, sizeof(path), list)) {
        path[strcspn(path, "\n")] = 0;
        snprintf(victims[n].path, sizeof(victims[n].path), "%s/%s", world->dir, path);
        victim_load(&victims[n++]);
    }
    fclose(list);
    return n;
}

struct hurt {
    struct world *world;
    const char *target;
    size_t quiet;
};

/* What was there is told as lost, or found. */
static void look(void *ctx, unsigned round)
{
    struct hurt *hurt = ctx;
    struct world *world = hurt->world;

    if (try_scan(world, hurt->target, round & 1, 0) == STATUS_OK && !world->outcome.trouble_count) {
        hurt->quiet++;
        expect_all_leaks(world, 10); /* nothing told, so nothing lost */
    }
}

/* Damage what `target` is made of `rounds` times, and scan it; at the end all is well again. */
static void hurt(struct world *world, const char *target, struct victim *victims, size_t n,
                 unsigned rounds)
{
    struct hurt hurt = { world, target, 0 };

    damage(victims, n, rounds, look, &hurt);
    print_message("%zu of %u changes went unnoticed\n", hurt.quiet, rounds);
    scan(world, target, true);
    expect_no_trouble(world);
    for (size_t i = 0; i < n; i++)
        free(victims[i].bytes);
}

static const char ten_leaks[] =
    "repo r; for i in 1 2 3 4 5 6; do seq $i 40 > f; commit g/k$i LEAK-$i; done\n"
    "git tag -a -m tag v; git -c repack.useDeltaBaseOffset=false repack -adfq --depth=9\n"
    "for i in 7 8 9; do seq $i 40 > f; commit g/k$i LEAK-$i; done; git repack -dq\n"
    "commit last LEAK-10; git pack-refs --all; chmod -R u+w .git\n";

static void test_history__random_damage_neither_crashes_nor_hangs_nor_hides(void **state)
{
    static struct victim victims[VICTIMS_MAX];
    char script[1024];
    struct world world;
    size_t n;

    (void)state;
    snprintf(script, sizeof(script),
             "%scd ..; find r/.git/objects r/.git/index r/.git/packed-refs r/.git/HEAD "
             "r/.git/logs/HEAD -type f ! -name '*.rev' | sort > list\n",
             ten_leaks);
    begin(&world, script);
    n = load_victims(&world, victims);
    assert_true(n > 8);
    hurt(&world, "r", victims, n, 400);
    end(&world);
}

static void test_history__random_damage_of_bundles_and_lone_packs_hides_nothing(void **state)
{
    static const struct {
        const char *target, *script;
    } cases[] = {
        { "b", "git bundle create -q ../b --all; cd ..; echo b > list\n" },
        { "p", "git -c repack.useDeltaBaseOffset=false repack -adq\n"
               "cp .git/objects/pack/*.pack ../p; cd ..; echo p > list\n" },
        { "r", "git repack -adq; rm .git/objects/pack/*.idx; cd ..\n"
               "ls r/.git/objects/pack/*.pack > list\n" },
    };
    static struct victim victims[VICTIMS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char script[1024];
        struct world world;
        size_t n;

        print_message("%s\n", cases[i].target);
        snprintf(script, sizeof(script), "%s%s", ten_leaks, cases[i].script);
        begin(&world, script);
        n = load_victims(&world, victims);
        assert_int_equal(n, 1);
        hurt(&world, cases[i].target, victims, n, 1000);
        end(&world);
    }
}

struct opened {
    char path[160];
    unsigned count;
};

static void open_staged(void *ctx, unsigned round)
{
    struct opened *opened = ctx;
    struct staged *staged;

    (void)round;
    if (staged_open(&staged, opened->path, 1) == STATUS_OK) {
        opened->count++;
        staged_free(staged);
    }
}

/* The answer may be anything but a crash. */
static void test_history__random_damage_of_split_indexes_is_survived(void **state)
{
    static struct victim victims[VICTIMS_MAX];
    struct opened opened = { .count = 0 };
    struct world world;
    size_t n;

    (void)state;
    begin(&world,
          "repo r; for i in 1 2 3 4 5 6 7 8 9; do commit d$i/f$i $i; done\n"
          "git config splitIndex.maxPercentChange 100; git update-index --split-index\n"
          "echo new > d3/f3; git add d3; git rm -q --cached d5/f5; echo z > zz; git add zz\n"
          "cd ..; ls r/.git/index r/.git/sharedindex.* > list\n");
    n = load_victims(&world, victims);
    assert_int_equal(n, 2);
    snprintf(opened.path, sizeof(opened.path), "%s/r", world.dir);
    damage(victims, n, 1000, open_staged, &opened);
    print_message("%u of 1000 were read\n", opened.count);
    assert_in_range(opened.count, 1, 999);
    for (size_t i = 0; i < n; i++)
        free(victims[i].bytes);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history__loose_objects_are_read_and_attributed),
        cmocka_unit_test(test_history__a_packed_repository_gives_the_same),
        cmocka_unit_test(test_history__a_merge_with_content_of_its_own_is_its_first_commit),
        cmocka_unit_test(test_history__a_subtree_that_is_used_twice_has_all_its_paths),
        cmocka_unit_test(test_history__stashes_reflogs_and_notes_are_reached),
        cmocka_unit_test(test_history__what_nothing_reaches_is_read_only_when_asked),
        cmocka_unit_test(test_history__the_index_is_reached),
        cmocka_unit_test(test_history__messages_of_commits_and_tags_are_handed_out),
        cmocka_unit_test(test_history__names_are_bytes),
        cmocka_unit_test(test_history__a_clone_knows_what_its_remote_has),
        cmocka_unit_test(test_history__bare_linked_and_separate_repositories_are_opened),
        cmocka_unit_test(test_history__work_trees_in_use_elsewhere_are_reached),
        cmocka_unit_test(test_history__an_empty_repository_has_no_units),
        cmocka_unit_test(test_history__alternates_are_read),
        cmocka_unit_test(test_history__shallow_and_partial_clones_count_what_they_lack),
        cmocka_unit_test(test_history__replacements_and_grafts_are_not_obeyed),
        cmocka_unit_test(test_history__a_configuration_runs_and_reads_nothing),
        cmocka_unit_test(test_history__what_cannot_be_opened_is_refused_by_name),
        cmocka_unit_test(test_history__a_large_blob_is_counted_and_not_read),
        cmocka_unit_test(test_history__a_blob_above_the_programs_own_limit_is_a_trouble),
        cmocka_unit_test(test_history__a_caller_may_stop_a_unit),
        cmocka_unit_test(test_history__packs_are_read_without_their_index),
        cmocka_unit_test(test_history__damage_is_named_and_the_rest_is_read),
        cmocka_unit_test(test_history__a_second_copy_stands_in_for_a_damaged_one),
        cmocka_unit_test(test_history__deltas_in_a_circle_are_named),
        cmocka_unit_test(test_history__random_damage_neither_crashes_nor_hangs_nor_hides),
        cmocka_unit_test(test_history__random_damage_of_bundles_and_lone_packs_hides_nothing),
        cmocka_unit_test(test_history__random_damage_of_split_indexes_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
