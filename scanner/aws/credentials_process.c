/*
 * credentials_process.c - the program that a profile's credential_process names.
 *
 * It is run only out of the user's own ~/.aws files (or what AWS_CONFIG_FILE names), without a
 * shell, and never out of anything that is scanned. Source: "Sourcing credentials with an external
 * process" in the AWS CLI User Guide.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/credentials_private.h"
#include "base/limits.h"

extern char **environ;

enum { WORDS_MAX = 64 };

/*
 * Split `line` in place into words as a shell does: spaces divide, quotes and \ hold together;
 * nothing is expanded. How many, or 0 where a quote has no end, or there is no word or too many.
 */
static size_t split(char *line, char **words)
{
    size_t n = 0;
    char *in = line, *out = line;

    for (;;) {
        char quote = 0;

        in += strspn(in, " \t");
        if (!*in)
            break;
        if (n == WORDS_MAX)
            return 0;
        words[n++] = out;
        for (; *in && (quote || !strchr(" \t", *in)); in++) {
            if (*in == quote)
                quote = 0;
            else if (!quote && (*in == '"' || *in == '\''))
                quote = *in;
            else if (*in == '\\' && quote != '\'' && in[1])
                *out++ = *++in;
            else
                *out++ = *in;
        }
        if (quote)
            return 0;
        in += *in ? 1 : 0;
        *out++ = 0;
    }
    words[n] = NULL;
    return n;
}

/* Start the program with its stdout on a pipe, whose other end is given back. */
static enum status start(char **words, const char *profile, pid_t *pid, int *out)
{
    posix_spawn_file_actions_t actions;
    int ends[2], failed;

    *pid = -1;
    *out = -1;
    if (pipe2(ends, O_CLOEXEC))
        return err_set(STATUS_IO, "%s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    failed = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (!failed) /* or the keys would come out on our own stdout */
        failed = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *out = ends[0];
    if (!failed)
        return STATUS_OK;
    close(ends[0]);
    return err_set(STATUS_IO, "the credential_process of the profile %.100s: %.100s: %s", profile,
                   words[0], strerror(failed));
}

static void read_all(int fd, struct buf *out)
{
    buf_reserve(out, LIMIT_CREDENTIALS_BYTES);
    while (!out->failed && out->len < LIMIT_CREDENTIALS_BYTES) {
        ssize_t n = read(fd, out->ptr + out->len, LIMIT_CREDENTIALS_BYTES - out->len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        out->len += (size_t)n;
    }
}

static enum status run(char **words, const char *profile, struct keys *out)
{
    struct buf text = { 0 };
    char source[160];
    int fd, ended = 0;
    pid_t pid;
    enum status status = start(words, profile, &pid, &fd);

    if (status)
        return status;
    read_all(fd, &text);
    close(fd);
    while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
        ;
    snprintf(source, sizeof(source), "the credential_process of the profile %.100s", profile);
    if (!WIFEXITED(ended) || WEXITSTATUS(ended))
        status =
            err_set(STATUS_IO, "%s failed (%s %d)", source, WIFEXITED(ended) ? "status" : "signal",
                    WIFEXITED(ended) ? WEXITSTATUS(ended) : WTERMSIG(ended));
    else
        status =
            text.failed ? err_nomem() : credentials_from_document(buf_view(&text), source, out);
    credentials_wipe(&text);
    return status;
}

enum status credentials_from_process(const char *command, const char *profile, struct keys *out)
{
    char *line = strdup(command), *words[WORDS_MAX + 1];
    enum status status;

    if (!line)
        return err_nomem();
    if (split(line, words))
        status = run(words, profile, out);
    else
        status = err_set(STATUS_INVALID,
                         "the credential_process of the profile %.100s is no command", profile);
    free(line);
    return status;
}
