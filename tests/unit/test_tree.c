/* test_tree.c - every regular file once, whatever else lies there, and never out of the target. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "source/beneath.h"
#include "source/tree.h"

enum { WORKERS = 4, FILES_MAX = 4096, PATH_SIZE = 8192 };

/* --- a folder of its own --- */

static char top[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(top, "/tmp/test_tree.XXXXXX");
    return mkdtemp(top) && chdir(top) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "cd / && rm -rf %s", top);
    return chdir("/") || system(command);
}

/* In the test's folder, which is the working folder. */
static void run(const char *script)
{
    if (system(script))
        fail_msg("the script failed: %s", script);
}

/* --- a walk --- */

struct seen {
    char path[PATH_SIZE / 16];
    char content[16];
    uint64_t size;
};

struct walk {
    pthread_mutex_t lock; /* guards the rest */
    struct seen files[FILES_MAX];
    size_t n;
    char repositories[16][64];
    size_t repository_count;
    bool is_repository;                          /* the answer */
    void (*meet)(const char *path, bool folder); /* called for every entry, before it is opened */
    const char *pass_over;                       /* an entry so called is ignored */
    struct outcome all;
};

static void on_file(void *ctx, unsigned worker, const struct tree_file *file)
{
    struct walk *walk = ctx;
    struct seen *seen;
    ssize_t n;

    assert_true(worker < WORKERS);
    pthread_mutex_lock(&walk->lock);
    assert_true(walk->n < FILES_MAX);
    seen = &walk->files[walk->n++];
    snprintf(seen->path, sizeof(seen->path), "%s", file->path);
    seen->size = file->size;
    n = read(file->fd, seen->content, sizeof(seen->content) - 1);
    seen->content[n > 0 ? n : 0] = '\0';
    pthread_mutex_unlock(&walk->lock);
    close(file->fd);
}

static bool on_repository(void *ctx, unsigned worker, const char *target, const char *path)
{
    struct walk *walk = ctx;

    (void)worker;
    (void)target;
    pthread_mutex_lock(&walk->lock);
    assert_true(walk->repository_count < COUNT_OF(walk->repositories));
    snprintf(walk->repositories[walk->repository_count++], sizeof(walk->repositories[0]), "%s",
             path);
    pthread_mutex_unlock(&walk->lock);
    return walk->is_repository;
}

static bool on_entry(void *ctx, unsigned worker, const char *path, bool folder)
{
    struct walk *walk = ctx;
    const char *slash = strrchr(path, '/');

    (void)worker;
    if (walk->meet)
        walk->meet(path, folder);
    return walk->pass_over && strcmp(slash ? slash + 1 : path, walk->pass_over) == 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->path, ((const struct seen *)b)->path);
}

static struct walk *walk_new(void)
{
    struct walk *walk = calloc(1, sizeof(*walk));

    assert_non_null(walk);
    pthread_mutex_init(&walk->lock, NULL);
    return walk;
}

static void walk_free(struct walk *walk)
{
    outcome_release(&walk->all);
    pthread_mutex_destroy(&walk->lock);
    free(walk);
}

/* Walk `paths` (up to a NULL) as their own names; what came is sorted. */
static void walk_run(struct walk *walk, const char *const *paths, unsigned workers,
                     uint64_t max_file_size)
{
    struct outcome *outcomes = calloc(WORKERS, sizeof(*outcomes));
    const struct tree_options options = { .max_file_size = max_file_size };
    const struct tree_callbacks callbacks = { .ctx = walk,
                                              .file = on_file,
                                              .repository = on_repository,
                                              .ignored =
                                                  walk->meet || walk->pass_over ? on_entry : NULL };
    struct pool *pool = pool_new(workers);
    struct tree *tree;

    assert_non_null(pool);
    assert_non_null(outcomes);
    assert_int_equal(tree_new(&tree, pool, outcomes, &options, &callbacks), STATUS_OK);
    for (; *paths; paths++)
        if (tree_add(tree, *paths, *paths, *paths))
            fail_msg("%s: expected it to be added, got: %s", *paths, err_text());
    pool_run(pool);
    tree_free(tree);
    pool_free(pool);
    for (unsigned i = 0; i < WORKERS; i++) {
        outcome_merge(&walk->all, &outcomes[i]);
        outcome_release(&outcomes[i]);
    }
    free(outcomes);
    qsort(walk->files, walk->n, sizeof(walk->files[0]), by_path);
}

/* `expected`: the paths in order, each with a space behind it. */
static void expect_files(const struct walk *walk, const char *expected)
{
    char got[4096] = "";

    for (size_t i = 0; i < walk->n && strlen(got) < sizeof(got) - 600; i++)
        sprintf(got + strlen(got), "%s ", walk->files[i].path);
    if (strcmp(got, expected) != 0)
        fail_msg("expected: %s\ngot:      %s", expected, got);
}

/* `skipped`: how many of each reason; a reason that is not named has none. */
static void expect_skips(const struct walk *walk, const uint64_t skipped[SKIP_COUNT])
{
    for (int i = 0; i < SKIP_COUNT; i++)
        if (walk->all.coverage.skipped[i] != skipped[i])
            fail_msg("%s: expected %lu, got %lu", skip_name((enum skip)i),
                     (unsigned long)skipped[i], (unsigned long)walk->all.coverage.skipped[i]);
}

/* --- what is there --- */

static void make_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
}

static void test_tree__hands_over_every_regular_file(void **state)
{
    static const char *const paths[] = { "mix", NULL };
    static const uint64_t skipped[SKIP_COUNT] = { [SKIP_SYMLINK] = 4, [SKIP_SPECIAL] = 2 };

    (void)state;
    run("mkdir -p mix/a/b mix/.hidden mix/empty; echo out > outside; mkdir away; echo x > away/x;"
        "echo one > mix/one; echo two > mix/a/two; echo three > mix/a/b/three; : > mix/a/none;"
        "echo h > mix/.hidden/.h; ln -s ../outside mix/link; ln -s ../away mix/folder-link;"
        "ln -s nowhere mix/dangling; ln -s . mix/a/loop; mkfifo mix/pipe");
    make_socket("mix/socket");
    for (unsigned workers = 1; workers <= WORKERS; workers += WORKERS - 1) {
        struct walk *walk = walk_new();

        walk_run(walk, paths, workers, UINT64_MAX);
        expect_files(walk, "mix/.hidden/.h mix/a/b/three mix/a/none mix/a/two mix/one ");
        assert_string_equal(walk->files[3].content, "two\n");
        assert_int_equal(walk->files[3].size, 4);
        assert_int_equal(walk->files[2].size, 0);
        expect_skips(walk, skipped);
        walk_free(walk);
    }
}

/* What the user named may be a file, a link, a pipe. */
static void test_tree__takes_targets_of_every_kind(void **state)
{
    static const char *const paths[] = { "named/file", "named/folder/",
                                         "named/link", "named/file-link",
                                         "named/pipe", "/dev/null",
                                         NULL };
    static const uint64_t skipped[SKIP_COUNT] = { [SKIP_SPECIAL] = 2 };
    struct walk *walk = walk_new();

    (void)state;
    run("mkdir -p named/folder named/other; echo f > named/file; echo g > named/folder/g;"
        "echo o > named/other/o; ln -s other named/link; echo e > elsewhere;"
        "ln -s ../elsewhere named/file-link;"
        "mkfifo named/pipe");
    walk_run(walk, paths, 2, UINT64_MAX);
    expect_files(walk, "named/file named/file-link named/folder/g named/link/o ");
    expect_skips(walk, skipped);
    walk_free(walk);
}

static void test_tree__reads_once_what_two_targets_name(void **state)
{
    static const char *const paths[] = {
        "twice/a/b/g", "twice/a/f", "./twice/a/f",       "twice/to-f",
        "twice/a/b",   "twice/a",   "twice/../twice/a/", "twice/to-a",
        "twice/hard",  "twice/ab",  "twice/store",       "twice/store/objects/o",
        NULL
    };
    static const uint64_t skipped[SKIP_COUNT] = { 0 };
    struct walk *walk = walk_new();

    (void)state;
    run("mkdir -p twice/a/b twice/ab twice/store/objects; cd twice; echo f > a/f; echo g > a/b/g;"
        "ln -s a to-a; ln -s a/f to-f; ln a/f hard; echo h > ab/h; echo o > store/objects/o");
    walk_run(walk, paths, 2, UINT64_MAX);
    expect_files(walk, "twice/a/b/g twice/a/f twice/ab/h twice/hard twice/store/objects/o "
                       "twice/store/objects/o ");
    expect_skips(walk, skipped);
    walk_free(walk);
}

static void test_tree__opens_few_of_many_targets_at_once(void **state)
{
    enum { MANY = 600 };
    static char names[2 * MANY][32];
    static const char *paths[2 * MANY + 1];
    struct walk *walk = walk_new();
    struct rlimit old, few;

    (void)state;
    run("mkdir many; cd many; for i in $(seq 0 599); do mkdir d$i; echo x > d$i/f; echo x > f$i;"
        "done");
    for (size_t i = 0; i < 2 * MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "many/%c%zu", i % 2 ? 'f' : 'd', i / 2);
        paths[i] = names[i];
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = old;
    few.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    walk_run(walk, paths, 4, UINT64_MAX);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(walk->n, 2 * MANY);
    assert_int_equal(walk->all.trouble_count, 0);
    walk_free(walk);
}

static void test_tree__names_what_cannot_be_added(void **state)
{
    static const struct {
        const char *path;
        enum status status;
        int error;
    } rows[] = { { "no-such-thing", STATUS_ABSENT, ENOENT },
                 { "plain/below", STATUS_ABSENT, ENOTDIR },
                 { "round", STATUS_IO, ELOOP } };
    struct outcome outcome = { 0 };
    const struct tree_options options = { .max_file_size = 1 };
    const struct tree_callbacks callbacks = { .file = on_file, .repository = on_repository };
    struct pool *pool = pool_new(1);
    struct tree *tree;

    (void)state;
    run("echo x > plain; ln -s round round");
    assert_int_equal(tree_new(&tree, pool, &outcome, &options, &callbacks), STATUS_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum status got = tree_add(tree, rows[i].path, rows[i].path, rows[i].path);

        if (got != rows[i].status || strcmp(err_text(), strerror(rows[i].error)) != 0)
            fail_msg("%s: expected status %d, %s; got %d, %s", rows[i].path, rows[i].status,
                     strerror(rows[i].error), got, err_text());
    }
    tree_free(tree);
    tree_free(NULL);
    pool_free(pool);
    outcome_release(&outcome);
}

static void test_tree__the_folder_that_nobody_named_is_not_shown(void **state)
{
    struct walk *walk = walk_new();
    struct outcome outcome = { 0 };
    const struct tree_options options = { .max_file_size = UINT64_MAX };
    const struct tree_callbacks callbacks = { .ctx = walk,
                                              .file = on_file,
                                              .repository = on_repository };
    struct pool *pool = pool_new(1);
    struct tree *tree;

    (void)state;
    run("mkdir -p unnamed/a; echo x > unnamed/a/x; echo y > unnamed/y");
    assert_int_equal(tree_new(&tree, pool, &outcome, &options, &callbacks), STATUS_OK);
    assert_int_equal(tree_add(tree, ".", "unnamed", ""), STATUS_OK);
    pool_run(pool);
    qsort(walk->files, walk->n, sizeof(walk->files[0]), by_path);
    expect_files(walk, "a/x y ");
    tree_free(tree);
    pool_free(pool);
    outcome_release(&outcome);
    walk_free(walk);
}

static void test_tree__passes_over_what_is_too_large_or_ignored(void **state)
{
    static const char *const paths[] = { "some", NULL };
    static const uint64_t skipped[SKIP_COUNT] = { [SKIP_TOO_LARGE] = 1, [SKIP_IGNORED] = 2 };
    struct walk *walk = walk_new();

    (void)state;
    run("mkdir -p some/skip some/a; echo 1234 > some/five; echo 12345 > some/six; echo x > "
        "some/skip/x;"
        "echo y > some/a/skip");
    walk->pass_over = "skip";
    walk_run(walk, paths, 2, 5);
    expect_files(walk, "some/five ");
    expect_skips(walk, skipped);
    walk_free(walk);
}

/* One folder's files are shared out, and none is lost at the seams of the batches. */
static void test_tree__takes_folders_of_any_width(void **state)
{
    static const char *const paths[] = { "wide", NULL };
    static const int sizes[] = { 63, 64, 65, 128, 3000 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct walk *walk = walk_new();
        char script[256];

        snprintf(script, sizeof(script),
                 "rm -rf wide; mkdir wide; cd wide; seq -f '%%08.0f-a-name-of-some-length' %d |"
                 " xargs touch",
                 sizes[i]);
        run(script);
        walk_run(walk, paths, WORKERS, UINT64_MAX);
        if (walk->n != (size_t)sizes[i])
            fail_msg("expected %d files, got %zu", sizes[i], walk->n);
        for (size_t k = 0; k < walk->n; k++) {
            char expected[64];

            snprintf(expected, sizeof(expected), "wide/%08zu-a-name-of-some-length", k + 1);
            assert_string_equal(walk->files[k].path, expected);
        }
        walk_free(walk);
    }
}

/* --- repositories --- */

static void test_tree__tells_of_repositories(void **state)
{
    static const char *const paths[] = { "repo", NULL };

    (void)state;
    run("mkdir -p repo/.git/objects/aa repo/.git/refs repo/.git/logs repo/.git/hooks repo/sub;"
        "echo ref > repo/.git/HEAD; echo o > repo/.git/objects/aa/o; echo r > repo/.git/refs/r;"
        "echo l > repo/.git/logs/l; echo h > repo/.git/hooks/h; echo i > repo/.git/index;"
        "echo gitdir > repo/sub/.git; echo w > repo/w");
    for (int is = 0; is < 2; is++) {
        struct walk *walk = walk_new();

        walk->is_repository = is;
        walk_run(walk, paths, 1, UINT64_MAX);
        assert_int_equal(walk->repository_count, 2);
        for (size_t i = 0; i < 2; i++)
            if (strcmp(walk->repositories[i], "repo/.git") != 0 &&
                strcmp(walk->repositories[i], "repo/sub/.git") != 0)
                fail_msg("expected repo/.git and repo/sub/.git, got %s", walk->repositories[i]);
        expect_files(walk, is ? "repo/.git/HEAD repo/.git/hooks/h repo/sub/.git repo/w "
                              : "repo/.git/HEAD repo/.git/hooks/h repo/.git/index repo/.git/logs/l "
                                "repo/.git/objects/aa/o repo/.git/refs/r repo/sub/.git repo/w ");
        walk_free(walk);
    }
}

/* --- races --- */

static atomic_flag met = ATOMIC_FLAG_INIT;

static void swap_folder(const char *path, bool folder)
{
    if (folder && strcmp(path, "race/victim") == 0 && !atomic_flag_test_and_set(&met))
        run("mv race/victim race.aside && ln -s ../secret race/victim");
}

static void swap_file(const char *path, bool folder)
{
    if (!folder && strcmp(path, "race/file") == 0 && !atomic_flag_test_and_set(&met))
        run("rm race/file && ln -s ../secret/s race/file");
}

static void swap_for_pipe(const char *path, bool folder)
{
    if (!folder && strcmp(path, "race/file") == 0 && !atomic_flag_test_and_set(&met))
        run("rm race/file && mkfifo race/file");
}

static void remove_file(const char *path, bool folder)
{
    if (!folder && strcmp(path, "race/file") == 0 && !atomic_flag_test_and_set(&met))
        run("rm race/file");
}

static void remove_folder(const char *path, bool folder)
{
    if (folder && strcmp(path, "race/victim") == 0 && !atomic_flag_test_and_set(&met))
        run("rm -r race/victim");
}

/* Between an entry's listing and its opening the folder's owner may put anything in its place. */
static void test_tree__is_not_led_out_of_its_target(void **state)
{
    static const char *const paths[] = { "race", NULL };
    static const struct {
        const char *name;
        void (*meet)(const char *path, bool folder);
        const char *files;
        enum skip skip;
    } rows[] = {
        { "a folder becomes a link", swap_folder, "race/file ", SKIP_SYMLINK },
        { "a file becomes a link", swap_file, "race/victim/v ", SKIP_SYMLINK },
        { "a file becomes a pipe", swap_for_pipe, "race/victim/v ", SKIP_SPECIAL },
        { "a file is removed", remove_file, "race/victim/v ", SKIP_UNREADABLE },
        { "a folder is removed", remove_folder, "race/file ", SKIP_UNREADABLE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct walk *walk = walk_new();
        uint64_t skipped[SKIP_COUNT] = { 0 };

        run("rm -rf race race.aside secret; mkdir -p race/victim secret; echo s > secret/s;"
            "echo v > race/victim/v; echo f > race/file");
        atomic_flag_clear(&met);
        walk->meet = rows[i].meet;
        walk_run(walk, paths, 1, UINT64_MAX);
        print_message("%s\n", rows[i].name);
        expect_files(walk, rows[i].files);
        skipped[rows[i].skip] = 1;
        expect_skips(walk, skipped);
        assert_int_equal(walk->all.trouble_count, rows[i].skip == SKIP_UNREADABLE);
        walk_free(walk);
    }
}

/* --- depth --- */

enum { DEPTH = 60, NAME = 200 }; /* 60 names of 200 bytes: three times PATH_MAX */

/* Folders inside one another, each name `letter` NAME times; a file called `end` in the last. */
static void make_deep(const char *first, char letter)
{
    char name[NAME + 1];
    int fd = AT_FDCWD;

    memset(name, letter, NAME);
    name[NAME] = '\0';
    for (int i = 0; i < DEPTH; i++) {
        const char *here = i ? name : first;
        int next;

        assert_int_equal(mkdirat(fd, here, 0700), 0);
        next = openat(fd, here, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        if (fd != AT_FDCWD)
            close(fd);
        fd = next;
    }
    close(openat(fd, "end", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    close(fd);
}

static size_t longest;

static void measure(const char *path, bool folder)
{
    longest = !folder && strlen(path) > longest ? strlen(path) : longest;
}

static void test_tree__takes_paths_of_any_length(void **state)
{
    static const char *const paths[] = { "deep", NULL };
    static const uint64_t skipped[SKIP_COUNT] = { 0 };
    const size_t expected = strlen("deep/") + (DEPTH - 1) * (NAME + 1) + strlen("end");
    struct walk *walk = walk_new();

    (void)state;
    make_deep("deep", 'd');
    longest = 0;
    walk->meet = measure;
    walk_run(walk, paths, 1, UINT64_MAX);
    assert_int_equal(walk->n, 1);
    if (longest != expected)
        fail_msg("expected a path of %zu bytes, got %zu", expected, longest);
    expect_skips(walk, skipped);
    walk_free(walk);
}

/* --- beneath --- */

/* The path below `deep-two` to its last folder, of `depth` names. */
static void deep_path(char *out, char letter, int depth)
{
    for (int i = 0; i < depth; i++) {
        memset(out, letter, NAME);
        out[NAME] = i + 1 < depth ? '/' : '\0';
        out += NAME + 1;
    }
}

/* 0 where `path` can be opened below `root` and is the folder `same`; else errno. */
static int open_below(int root, const char *path, const char *same)
{
    int fd = beneath_open_folder(root, path), error = errno;
    struct stat got, expected;

    if (fd < 0)
        return error;
    assert_int_equal(fstat(fd, &got), 0);
    close(fd);
    assert_int_equal(fstat(root, &expected), 0); /* the root itself is never closed */
    if (same) {
        assert_int_equal(stat(same, &expected), 0);
        assert_true(got.st_ino == expected.st_ino && got.st_dev == expected.st_dev);
    }
    return 0;
}

static void check_beneath(void)
{
    static const struct {
        const char *path, *same;
        int error, other; /* other: as good */
    } rows[] = {
        { "", "below", 0, 0 },
        { "a", "below/a", 0, 0 },
        { "a/b/c", "below/a/b/c", 0, 0 },
        { "nothing", NULL, ENOENT, 0 },
        { "a/nothing/c", NULL, ENOENT, 0 },
        { "a/file", NULL, ENOTDIR, 0 },
        { "a/file/x", NULL, ENOTDIR, 0 },
        { "link", NULL, ELOOP, ENOTDIR },
        { "link/b", NULL, ELOOP, ENOTDIR },
        { "a/out", NULL, ELOOP, ENOTDIR },
        { "a/out/x", NULL, ELOOP, ENOTDIR },
    };
    static char path[DEPTH * (NAME + 1) + 1];
    int root = open("below", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(root >= 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int got = open_below(root, rows[i].path, rows[i].same);

        if (got != rows[i].error && (!rows[i].other || got != rows[i].other))
            fail_msg("%s: expected %s, got %s", rows[i].path, strerror(rows[i].error),
                     strerror(got));
    }
    close(root);
    root = open("deep-two", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int depth = 1; depth < DEPTH; depth++) {
        int got;

        deep_path(path, 'e', depth);
        if ((got = open_below(root, path, NULL)))
            fail_msg("%d names: expected it to open, got %s", depth, strerror(got));
    }
    deep_path(path, 'e', DEPTH);
    assert_int_equal(open_below(root, path, NULL), ENOENT);
    deep_path(path, 'e', DEPTH - 1);
    strcpy(path + 30 * (NAME + 1), "out"); /* a link behind 30 names, beyond PATH_MAX */
    {
        int got = open_below(root, path, NULL);

        if (got != ELOOP && got != ENOTDIR)
            fail_msg("a link far below: expected %s, got %s", strerror(ELOOP), strerror(got));
    }
    close(root);
}

/* Kernels before 5.6 do not have openat2(2), and some containers forbid it. */
static bool forbid_openat2(int error)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { COUNT_OF(steps), steps };

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void link_far_below(void)
{
    static char path[31 * (NAME + 1)];
    int root = open("deep-two", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

    deep_path(path, 'e', 30);
    fd = beneath_open_folder(root, path);
    assert_true(fd >= 0);
    assert_int_equal(symlinkat("/", fd, "out"), 0);
    close(fd);
    close(root);
}

static void test_tree__beneath_never_leaves_its_root(void **state)
{
    (void)state;
    run("mkdir -p below/a/b/c; echo x > below/a/file; ln -s a below/link; ln -s / below/a/out");
    make_deep("deep-two", 'e');
    link_far_below();
    check_beneath();
}

/* On a thread of its own, which alone is forbidden the call. A failed check ends the program. */
static void *check_without_openat2(void *ctx)
{
    int *error = ctx;

    if (!forbid_openat2(*error)) {
        *error = 0;
        return NULL;
    }
    check_beneath();
    return NULL;
}

static void test_tree__beneath_does_without_openat2(void **state)
{
    static const int errors[] = { ENOSYS, EPERM };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        int error = errors[i];
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, check_without_openat2, &error), 0);
        pthread_join(thread, NULL);
        if (!error)
            skip(); /* no filters here */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree__hands_over_every_regular_file),
        cmocka_unit_test(test_tree__takes_targets_of_every_kind),
        cmocka_unit_test(test_tree__reads_once_what_two_targets_name),
        cmocka_unit_test(test_tree__opens_few_of_many_targets_at_once),
        cmocka_unit_test(test_tree__names_what_cannot_be_added),
        cmocka_unit_test(test_tree__the_folder_that_nobody_named_is_not_shown),
        cmocka_unit_test(test_tree__passes_over_what_is_too_large_or_ignored),
        cmocka_unit_test(test_tree__takes_folders_of_any_width),
        cmocka_unit_test(test_tree__tells_of_repositories),
        cmocka_unit_test(test_tree__is_not_led_out_of_its_target),
        cmocka_unit_test(test_tree__takes_paths_of_any_length),
        cmocka_unit_test(test_tree__beneath_never_leaves_its_root),
        cmocka_unit_test(test_tree__beneath_does_without_openat2),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
