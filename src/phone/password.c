#include "phone/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/secret_line.h"
#include "phone/account.h"

static int from_file(const char *file, ahoy_phone_password *out, ahoy_buf *why)
{
	bool is_stdin = strcmp(file, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? AHOY_EIO : ahoy_secret_line_read(fd, out->text, sizeof out->text, &out->len);

	if (err == AHOY_EIO)
		ahoy_buf_fmt(why, "--password-file %s: cannot be read: %s", file, strerror(errno));
	else if (err == 0 && out->len == 0)
		ahoy_buf_fmt(why, "--password-file %s: the first line is empty: write the password there", file);
	if (fd >= 0 && !is_stdin)
		close(fd);
	return err == 0 && out->len == 0 ? AHOY_EIO : err;
}

static int from_environment(char *value, ahoy_phone_password *out)
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

static int from_terminal(const char *account, ahoy_phone_password *out, ahoy_buf *why)
{
	char space[AHOY_PHONE_URI + 32];
	ahoy_buf question = ahoy_buf_over(space, sizeof space);
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int err;

	if (fd < 0)
		return 0;
	ahoy_buf_fmt(&question, "Password for %s: ", account);
	err = ahoy_secret_line_ask(fd, fd, ahoy_buf_cstr(&question), out->text, sizeof out->text, &out->len);
	if (err == AHOY_EIO)
		ahoy_buf_fmt(why, "the password cannot be read from the terminal: %s", strerror(errno));
	else if (err == AHOY_ESTATE)
		ahoy_buf_str(why, "no password was given");
	close(fd);
	/* No terminal after all: then there is no password, as in a script. */
	return err == AHOY_EINVAL ? 0 : err;
}

int ahoy_phone_password_get(const char *file, const char *account, ahoy_phone_password *out, ahoy_buf *why)
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
		ahoy_phone_password_wipe(out);
	return err;
}

void ahoy_phone_password_wipe(ahoy_phone_password *password)
{
	explicit_bzero(password, sizeof *password);
}
