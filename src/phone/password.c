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

/* ---- several accounts ---- */

/* "USER PASSWORD" with this account's user, or user@host: what stands behind it is the password. */
static bool is_line_of(ahoy_slice line, const ahoy_account *account, ahoy_slice *password)
{
	ahoy_slice aor = ahoy_slice_from(ahoy_slice_of(account->aor), strlen("sip:")), user;

	if (!ahoy_slice_cut(line, ' ', &user, password))
		return false;
	return ahoy_slice_eq(user, ahoy_slice_of(account->username)) || ahoy_slice_eq(user, aor);
}

static int from_lines(const char *file, const ahoy_account *account, ahoy_phone_password *out, ahoy_buf *why)
{
	char text[AHOY_PHONE_URI + AHOY_PHONE_PASSWORD];
	int fd = open(file, O_RDONLY | O_CLOEXEC), err = fd < 0 ? AHOY_EIO : 0;
	ahoy_slice password;
	size_t len = 1;

	while (!err && len && !out->len) {
		err = ahoy_secret_line_read(fd, text, sizeof text, &len);
		if (err || !is_line_of(ahoy_slice_make(text, len), account, &password))
			continue;
		if (password.len > sizeof out->text)
			err = AHOY_ETOOBIG;
		else
			memcpy(out->text, password.ptr, out->len = password.len);
	}
	if (err == AHOY_EIO)
		ahoy_buf_fmt(why, "--password-file %s: cannot be read: %s", file, strerror(errno));
	else if (!err && !out->len)
		ahoy_buf_fmt(why, "--password-file %s: no line \"%s PASSWORD\", which several accounts need", file,
			     account->username);
	if (fd >= 0)
		close(fd);
	explicit_bzero(text, sizeof text);
	return err || out->len ? err : AHOY_EIO;
}

int ahoy_phone_passwords_get(const ahoy_phone_options *o, ahoy_phone_password out[AHOY_PHONE_ACCOUNTS], ahoy_buf *why)
{
	bool by_environment = !o->password_file && getenv("AHOY_PASSWORD");
	int err = 0;

	if (!o->other_count)
		return ahoy_phone_password_get(o->password_file, o->account.aor, &out[0], why);
	memset(out, 0, AHOY_PHONE_ACCOUNTS * sizeof *out);
	for (size_t i = 0; i <= o->other_count && !err; i++) {
		const ahoy_account *account = i ? &o->others[i - 1] : &o->account;

		if (o->password_file)
			err = from_lines(o->password_file, account, &out[i], why);
		else if (i && by_environment)
			out[i] = out[0];
		else
			err = ahoy_phone_password_get(NULL, account->aor, &out[i], why);
	}
	if (err == AHOY_ETOOBIG && !why->len)
		ahoy_buf_fmt(why, "a password is longer than %d bytes", AHOY_PHONE_PASSWORD);
	for (size_t i = 0; err && i < AHOY_PHONE_ACCOUNTS; i++)
		ahoy_phone_password_wipe(&out[i]);
	return err;
}

void ahoy_phone_password_wipe(ahoy_phone_password *password)
{
	explicit_bzero(password, sizeof *password);
}
