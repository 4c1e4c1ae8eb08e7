#include "phone/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define INTERRUPT '\x03' /* Ctrl-C */

/* Reads up to the first line end, or the end. Unbuffered, so that no copy stays in a stdio buffer. AHOY_EIO (errno
 * says more), AHOY_ETOOBIG, AHOY_ESTATE (from a terminal: Ctrl-C). */
static int read_line(int fd, bool is_terminal, ahoy_password *out)
{
	out->len = 0;
	for (;;) {
		char c;
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return AHOY_EIO;
		if (got == 0 || c == '\n')
			break;
		if (is_terminal && c == INTERRUPT)
			return AHOY_ESTATE;
		if (out->len == sizeof out->text)
			return AHOY_ETOOBIG;
		out->text[out->len++] = c;
	}
	if (out->len && out->text[out->len - 1] == '\r')
		out->len--;
	return 0;
}

static int from_file(const char *file, ahoy_password *out, ahoy_buf *why)
{
	bool is_stdin = strcmp(file, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? AHOY_EIO : read_line(fd, false, out);

	if (err == AHOY_EIO)
		ahoy_buf_fmt(why, "--password-file %s: cannot be read: %s", file, strerror(errno));
	else if (err == 0 && out->len == 0)
		ahoy_buf_fmt(why, "--password-file %s: the first line is empty: write the password there", file);
	if (fd >= 0 && !is_stdin)
		close(fd);
	return err == 0 && out->len == 0 ? AHOY_EIO : err;
}

static int from_environment(char *value, ahoy_password *out)
{
	size_t len = strlen(value);

	if (len > sizeof out->text)
		return AHOY_ETOOBIG;
	memcpy(out->text, value, len);
	out->len = len;
	explicit_bzero(value, len);
	unsetenv("AHOY_PASSWORD");
	return 0;
}

static int from_terminal(const char *account, ahoy_password *out, ahoy_buf *why)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios saved, quiet;
	int err;

	if (fd < 0)
		return 0;
	if (tcgetattr(fd, &saved)) {
		close(fd);
		return 0;
	}
	quiet = saved;
	/* Ctrl-C ends the line instead of the process, so that the echo is on again in any case. */
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ICANON;
	quiet.c_cc[VEOL] = INTERRUPT;
	dprintf(fd, "Password for %s: ", account);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	err = read_line(fd, true, out);
	tcsetattr(fd, TCSAFLUSH, &saved);
	dprintf(fd, "\n");
	if (err == AHOY_EIO)
		ahoy_buf_fmt(why, "the password cannot be read from the terminal: %s", strerror(errno));
	else if (err == AHOY_ESTATE)
		ahoy_buf_str(why, "no password was given");
	close(fd);
	return err;
}

int ahoy_password_get(const char *file, const char *account, ahoy_password *out, ahoy_buf *why)
{
	char *value = getenv("AHOY_PASSWORD");
	int err = 0;

	memset(out, 0, sizeof *out);
	if (file)
		err = from_file(file, out, why);
	else if (value)
		err = from_environment(value, out);
	else if (isatty(STDIN_FILENO))
		err = from_terminal(account, out, why);
	if (err == AHOY_ETOOBIG)
		ahoy_buf_fmt(why, "the password is longer than %d bytes", AHOY_PHONE_PASSWORD);
	if (err)
		ahoy_password_wipe(out);
	return err;
}

void ahoy_password_wipe(ahoy_password *password)
{
	explicit_bzero(password, sizeof *password);
}
