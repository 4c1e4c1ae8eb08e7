#include "server/account.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "os/random.h"
#include "sip/digest.h"

#define GENERATED_LETTERS 12
#define INTERRUPT '\x03' /* Ctrl-C */

static int refuse(char *why, const char *sentence)
{
	snprintf(why, AHOY_ACCOUNT_WHY, "%s", sentence);
	return AHOY_EINVAL;
}

static bool has_control(ahoy_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	return false;
}

/* Valid UTF-8 is what ahoy_buf_escaped leaves as it is. */
static bool is_plain(ahoy_slice s)
{
	char space[4 * AHOY_MAX_USER];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);

	ahoy_buf_escaped(&b, s);
	return !b.full && ahoy_slice_eq(ahoy_buf_slice(&b), s);
}

int ahoy_account_check_name(ahoy_slice name, char why[AHOY_ACCOUNT_WHY])
{
	if (name.len == 0)
		return refuse(why, "is empty; give a name, as 111 or alice");
	if (name.len > AHOY_MAX_USER)
		return refuse(why, "is longer than 128 bytes; choose a shorter one");
	if (ahoy_slice_find(name, '@') < name.len)
		return refuse(why, "has an @; give the part before it alone");
	if (ahoy_slice_find(name, ':') < name.len || ahoy_slice_find(name, '"') < name.len || ahoy_slice_find(name, '\\') < name.len)
		return refuse(why, "has a colon, a quote or a backslash; choose one without");
	if (name.ptr[0] == ' ' || name.ptr[name.len - 1] == ' ')
		return refuse(why, "begins or ends with a blank; leave that out");
	if (has_control(name) || !is_plain(name))
		return refuse(why, "has control characters or is no UTF-8; choose a plain one");
	return 0;
}

int ahoy_account_check_password(ahoy_slice password, char why[AHOY_ACCOUNT_WHY])
{
	if (password.len == 0)
		return refuse(why, "the password is empty; give one");
	if (password.len > AHOY_PASSWORD_BYTES)
		return refuse(why, "the password is longer than 128 bytes; choose a shorter one");
	if (has_control(password))
		return refuse(why, "the password has control characters; choose one without");
	return 0;
}

void ahoy_account_record(ahoy_slice name, const char *realm, ahoy_slice password, ahoy_user_record *out)
{
	char hex[AHOY_DIGEST_HEX];
	size_t len;

	memset(out, 0, sizeof *out);
	out->found = true;
	len = ahoy_digest_ha1(AHOY_DIGEST_MD5, name, ahoy_slice_of(realm), password, hex);
	AHOY_ASSERT(len < sizeof out->ha1_md5);
	memcpy(out->ha1_md5, hex, len);
	len = ahoy_digest_ha1(AHOY_DIGEST_SHA256, name, ahoy_slice_of(realm), password, hex);
	AHOY_ASSERT(len < sizeof out->ha1_sha256);
	memcpy(out->ha1_sha256, hex, len);
	ahoy_secret_wipe(hex, sizeof hex);
}

void ahoy_password_generate(ahoy_password *out)
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* 31, without i, l, o, 0 and 1 */
	const size_t count = sizeof letters - 1;

	memset(out, 0, sizeof *out);
	while (out->len < GENERATED_LETTERS) {
		uint8_t byte;

		ahoy_random_fill(NULL, &byte, 1);
		/* Only as many values as are a multiple of the letters, so that none comes oftener than the others. */
		if (byte < 256 / count * count)
			out->text[out->len++] = letters[byte % count];
	}
}

/* Reads up to the line's end, byte by byte: no copy stays in a buffer of stdio's. False: it cannot be read, or is too long. */
static bool read_line(ahoy_password *out, bool *interrupted, char *why)
{
	char c = 0;

	memset(out, 0, sizeof *out);
	for (;;) {
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			snprintf(why, AHOY_ACCOUNT_WHY, "standard input cannot be read: %s", strerror(errno));
			return false;
		}
		if (got == 0 || c == '\n')
			break;
		if (interrupted && c == INTERRUPT) {
			*interrupted = true;
			break;
		}
		if (out->len == AHOY_PASSWORD_BYTES) {
			refuse(why, "the password is longer than 128 bytes; choose a shorter one");
			return false;
		}
		out->text[out->len++] = c;
	}
	if (out->len && out->text[out->len - 1] == '\r')
		out->text[--out->len] = '\0';
	return true;
}

int ahoy_password_from_stdin(ahoy_password *out, char why[AHOY_ACCOUNT_WHY])
{
	int err = AHOY_EINVAL;

	if (read_line(out, NULL, why))
		err = ahoy_account_check_password((ahoy_slice){out->text, out->len}, why);
	if (err)
		ahoy_password_wipe(out);
	return err;
}

bool ahoy_password_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static bool ask_once(const char *question, ahoy_password *out, bool *interrupted, char *why)
{
	struct termios saved, quiet;
	bool read;

	fputs(question, stderr);
	fflush(stderr);
	if (tcgetattr(STDIN_FILENO, &saved) != 0)
		return read_line(out, interrupted, why);
	quiet = saved;
	/* Ctrl-C ends the line and not the process: so the echo is on again in any case. */
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ICANON;
	quiet.c_cc[VEOL] = INTERRUPT;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	read = read_line(out, interrupted, why);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
	fputc('\n', stderr);
	return read;
}

int ahoy_password_ask(ahoy_slice name, ahoy_password *out, bool *generated, char why[AHOY_ACCOUNT_WHY])
{
	char question[AHOY_MAX_USER + 80];
	ahoy_password again = {.len = 0};
	bool interrupted = false;
	int err = AHOY_EINVAL;

	*generated = false;
	snprintf(question, sizeof question, "Password for %.*s (empty: one is made up): ", AHOY_P(name));
	if (!ask_once(question, out, &interrupted, why))
		goto out;
	if (!interrupted && out->len == 0) {
		ahoy_password_generate(out);
		*generated = true;
		return 0;
	}
	if (!interrupted && !ask_once("The same again: ", &again, &interrupted, why))
		goto out;
	if (interrupted)
		refuse(why, "no password was given");
	else if (!ahoy_secret_eq((ahoy_slice){out->text, out->len}, (ahoy_slice){again.text, again.len}))
		refuse(why, "the two passwords differ; try again");
	else
		err = ahoy_account_check_password((ahoy_slice){out->text, out->len}, why);
out:
	ahoy_password_wipe(&again);
	if (err)
		ahoy_password_wipe(out);
	return err;
}

void ahoy_password_wipe(ahoy_password *password)
{
	ahoy_secret_wipe(password, sizeof *password);
}
