/*
 * credentials_mfa.c - the code of somebody's MFA device, asked for on their terminal.
 *
 * The terminal is /dev/tty, whatever stdin and stdout are. Where there is none, as in a hook or in
 * CI, nobody is asked, and nothing waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "aws/credentials_private.h"
#include "base/printable.h"

/* A terminal that is ours now, or -1: one of a job in the background would stop us. */
static int open_terminal(void)
{
    const char *ci = settings_variable("CI");
    int tty = ci && strcmp(ci, "false") != 0 ? -1 : open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (tty >= 0 && (!isatty(tty) || tcgetpgrp(tty) != getpgrp())) {
        close(tty);
        tty = -1;
    }
    return tty;
}

/*
 * Key by key, so that an interrupt cannot leave the terminal without its echo. STATUS_STOPPED: it
 * was interrupted; STATUS_ABSENT: nothing more can be typed.
 */
static enum status read_keys(int tty, const struct termios *was, char code[static MFA_CODE_SIZE])
{
    size_t n = 0;

    for (;;) {
        cc_t key = 0;
        ssize_t got = read(tty, &key, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || key == was->c_cc[VEOF])
            return STATUS_ABSENT;
        if (key == was->c_cc[VINTR] || key == was->c_cc[VQUIT])
            return STATUS_STOPPED;
        if (key == '\n' || key == '\r')
            break;
        if (key == was->c_cc[VKILL])
            n = 0;
        else if (key == was->c_cc[VERASE] || key == '\b')
            n -= n > 0;
        else if (n < MFA_CODE_SIZE - 1)
            code[n++] = (char)key;
    }
    code[n] = 0;
    return STATUS_OK;
}

/* Ask, without showing what is typed. */
static enum status ask(int tty, const char *serial, char code[static MFA_CODE_SIZE])
{
    struct termios was, quiet;
    struct buf prompt = { 0 };
    enum status status;

    if (tcgetattr(tty, &was))
        return STATUS_ABSENT;
    quiet = was;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG | IEXTEN);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    printable_text(&prompt, slice_of(serial));
    tcsetattr(tty, TCSAFLUSH, &quiet);
    dprintf(tty, "Enter MFA code for %s: ", buf_cstr(&prompt));
    status = read_keys(tty, &was, code);
    dprintf(tty, "\n");
    tcsetattr(tty, TCSADRAIN, &was);
    buf_release(&prompt);
    if (status == STATUS_STOPPED)
        raise(SIGINT);
    return status;
}

enum status credentials_ask_mfa(struct credentials *c, const char *profile, const char *serial,
                                char code[static MFA_CODE_SIZE])
{
    const struct credentials_options *options = &c->options;
    int tty = open_terminal();
    enum status status;

    if (tty < 0)
        return err_set(STATUS_UNSUPPORTED,
                       "the profile %.100s wants an MFA code, and there is no terminal to ask for "
                       "it: run eval \"$(aws configure export-credentials --profile %.100s "
                       "--format env)\" first",
                       profile, profile);
    if (options->asking)
        options->asking(options->asking_ctx, true);
    status = ask(tty, serial, code);
    if (options->asking)
        options->asking(options->asking_ctx, false);
    close(tty);
    if (status)
        return err_set(STATUS_INVALID, "the profile %.100s: no MFA code was given", profile);
    if (strspn(code, "0123456789") != MFA_CODE_SIZE - 2 || code[MFA_CODE_SIZE - 2])
        return err_set(STATUS_INVALID, "the profile %.100s: an MFA code has six digits", profile);
    return STATUS_OK;
}
