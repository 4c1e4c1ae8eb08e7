#include "server/account.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "os/random.h"
#include "os/secret_line.h"
#include "sip/digest.h"

#define GENERATED_LETTERS 12

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
	if (ahoy_slice_find(name, ':') < name.len || ahoy_slice_find(name, '"') < name.len ||
	    ahoy_slice_find(name, '\\') < name.len)
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

/* The sentence for what os/secret_line says. */
static int explain(int err, char *why)
{
	if (err == AHOY_ETOOBIG)
		return refuse(why, "the password is longer than 128 bytes; choose a shorter one");
	if (err == AHOY_ESTATE)
		return refuse(why, "no password was given");
	if (err)
		snprintf(why, AHOY_ACCOUNT_WHY, "standard input cannot be read: %s", strerror(errno));
	return err ? AHOY_EINVAL : 0;
}

int ahoy_password_from_stdin(ahoy_password *out, char why[AHOY_ACCOUNT_WHY])
{
	int err;

	memset(out, 0, sizeof *out);
	err = explain(ahoy_secret_line_read(STDIN_FILENO, out->text, AHOY_PASSWORD_BYTES, &out->len), why);
	if (!err)
		err = ahoy_account_check_password((ahoy_slice){out->text, out->len}, why);
	if (err)
		ahoy_password_wipe(out);
	return err;
}

bool ahoy_password_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static int ask_once(const char *question, ahoy_password *out, char *why)
{
	memset(out, 0, sizeof *out);
	return explain(ahoy_secret_line_ask(STDIN_FILENO, STDERR_FILENO, question, out->text, AHOY_PASSWORD_BYTES, &out->len),
		       why);
}

int ahoy_password_ask(ahoy_slice name, ahoy_password *out, bool *generated, char why[AHOY_ACCOUNT_WHY])
{
	char question[AHOY_MAX_USER + 80];
	ahoy_password again = {.len = 0};
	int err;

	*generated = false;
	snprintf(question, sizeof question, "Password for %.*s (empty: one is made up): ", AHOY_P(name));
	err = ask_once(question, out, why);
	if (!err && out->len == 0) {
		ahoy_password_generate(out);
		*generated = true;
		return 0;
	}
	if (!err)
		err = ask_once("The same again: ", &again, why);
	if (!err && !ahoy_secret_eq((ahoy_slice){out->text, out->len}, (ahoy_slice){again.text, again.len}))
		err = refuse(why, "the two passwords differ; try again");
	if (!err)
		err = ahoy_account_check_password((ahoy_slice){out->text, out->len}, why);
	ahoy_password_wipe(&again);
	if (err)
		ahoy_password_wipe(out);
	return err;
}

void ahoy_password_wipe(ahoy_password *password)
{
	ahoy_secret_wipe(password, sizeof *password);
}
