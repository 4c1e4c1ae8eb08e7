#include "os/secret_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "crypto/hash.h"

#define INTERRUPT '\x03' /* Ctrl-C */

static int read_bytes(int fd, bool interruptible, char *text, size_t max, size_t *len)
{
	bool is_cut = false;

	*len = 0;
	for (;;) {
		char c;
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return AHOY_EIO;
		if (got == 0 || c == '\n')
			break;
		if (interruptible && c == INTERRUPT)
			return AHOY_ESTATE;
		/* A CR that the LF follows is not the password's, however full the room is. */
		if (*len == max && (is_cut || c != '\r'))
			return AHOY_ETOOBIG;
		if (*len == max)
			is_cut = true;
		else
			text[(*len)++] = c;
	}
	if (!is_cut && *len && text[*len - 1] == '\r')
		text[--*len] = '\0';
	return 0;
}

static int read_line(int fd, bool interruptible, char *text, size_t max, size_t *len)
{
	int err = read_bytes(fd, interruptible, text, max, len);

	if (err) {
		ahoy_secret_wipe(text, max);
		*len = 0;
	}
	return err;
}

int ahoy_secret_line_read(int fd, char *text, size_t max, size_t *len)
{
	return read_line(fd, false, text, max, len);
}

int ahoy_secret_line_ask(int in, int out, const char *question, char *text, size_t max, size_t *len)
{
	struct termios saved, quiet;
	int err, error;

	*len = 0;
	if (tcgetattr(in, &saved))
		return AHOY_EINVAL;
	quiet = saved;
	/* Ctrl-C ends the line and not the process: so the echo is on again in any case. */
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ICANON;
	quiet.c_cc[VEOL] = INTERRUPT;
	/* Before the question, because who is quick answers at once; and DRAIN, not FLUSH, so that nothing that was
	 * typed ahead is thrown away. */
	tcsetattr(in, TCSADRAIN, &quiet);
	dprintf(out, "%s", question);
	err = read_line(in, true, text, max, len);
	error = errno;
	tcsetattr(in, TCSADRAIN, &saved);
	dprintf(out, "\n");
	errno = error;
	return err;
}
