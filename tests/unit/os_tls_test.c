/* os/tls: two sessions that talk through memory; certificates made by os/tls_own. */
#include "os/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/tls_own.h"
#include "test.h"

typedef struct {
	char dir[64], certificate[96], key[96], other[96], other_key[96];
	ahoy_tls *server, *client;
	ahoy_tls_session *here, *there; /* the server's and the client's */
} fixture;

static void make(fixture *f, const char *certificate, const char *key, const char *name)
{
	ahoy_slice names[] = {ahoy_slice_of(name), AHOY_S("127.0.0.1")};
	char why[AHOY_TLS_WHY];

	(void)f;
	if (ahoy_tls_own_make(certificate, key, names, 2, why))
		fail_msg("%s", why);
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	char why[AHOY_TLS_WHY];

	assert_non_null(f);
	snprintf(f->dir, sizeof f->dir, "/tmp/ahoy-tls-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->certificate, sizeof f->certificate, "%s/a.crt", f->dir);
	snprintf(f->key, sizeof f->key, "%s/a.key", f->dir);
	snprintf(f->other, sizeof f->other, "%s/b.crt", f->dir);
	snprintf(f->other_key, sizeof f->other_key, "%s/b.key", f->dir);
	make(f, f->certificate, f->key, "example.com");
	assert_ok(ahoy_tls_new(&(ahoy_tls_config){.certificate = f->certificate, .key = f->key}, &f->server, why));
	assert_ok(ahoy_tls_new(&(ahoy_tls_config){.ca = f->certificate}, &f->client, why));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	ahoy_tls_session_del(f->here);
	ahoy_tls_session_del(f->there);
	ahoy_tls_del(f->server);
	ahoy_tls_del(f->client);
	unlink(f->certificate);
	unlink(f->key);
	unlink(f->other);
	unlink(f->other_key);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void begin(fixture *f, const char *name)
{
	ahoy_tls_session_del(f->here);
	ahoy_tls_session_del(f->there);
	assert_ok(ahoy_tls_accept(f->server, &f->here));
	assert_ok(ahoy_tls_connect(f->client, ahoy_slice_of(name), &f->there));
}

/* Carries what one has to send to the other, `step` bytes at a time; what that says is put behind *text. Returns the
 * last reading's code. */
static int carry(ahoy_tls_session *from, ahoy_tls_session *to, size_t step, char *text)
{
	static char wire[1 << 18];
	ahoy_slice bytes = ahoy_tls_to_send(from);
	size_t len = strlen(text), got;
	int err = AHOY_EMORE;

	assert_true(bytes.len < sizeof wire);
	if (bytes.len)
		memcpy(wire, bytes.ptr, bytes.len);
	bytes.ptr = wire;
	ahoy_tls_sent(from);
	do {
		ahoy_slice piece = ahoy_slice_first(bytes, step);

		assert_ok(ahoy_tls_feed(to, piece));
		while (!(err = ahoy_tls_read(to, text + len, 100000 - len, &got)))
			len += got;
		text[len] = '\0';
		bytes = ahoy_slice_from(bytes, piece.len);
	} while (bytes.len && err == AHOY_EMORE);
	return err;
}

static void shake(fixture *f, size_t step)
{
	char unused[8] = "";

	for (int i = 0; i < 4; i++) {
		assert_err(carry(f->there, f->here, step, unused), AHOY_EMORE);
		assert_err(carry(f->here, f->there, step, unused), AHOY_EMORE);
	}
	assert_true(ahoy_tls_is_open(f->here));
	assert_true(ahoy_tls_is_open(f->there));
}

static void what_is_said_is_heard_whole_and_byte_by_byte(void **state)
{
	static char text[100001];
	fixture *f = *state;

	for (size_t step = 1; step < 100000; step *= 300) {
		begin(f, "example.com");
		shake(f, step);
		text[0] = '\0';
		assert_ok(ahoy_tls_write(f->there, AHOY_S("hello"), 100));
		assert_err(carry(f->there, f->here, step, text), AHOY_EMORE);
		assert_ok(ahoy_tls_write(f->here, AHOY_S(" and back"), 100));
		assert_err(carry(f->here, f->there, step, text), AHOY_EMORE);
		assert_string_equal(text, "hello and back");
	}
}

static void a_large_message_takes_several_records(void **state)
{
	static char text[100001], sent[70000];
	fixture *f = *state;

	memset(sent, 'x', sizeof sent);
	text[0] = '\0';
	begin(f, "example.com");
	shake(f, 4096);
	assert_ok(ahoy_tls_write(f->there, ahoy_slice_make(sent, sizeof sent), 100));
	assert_err(carry(f->there, f->here, 4096, text), AHOY_EMORE);
	assert_int_equal(strlen(text), sizeof sent);
}

static void what_is_said_too_early_waits_for_the_handshake(void **state)
{
	fixture *f = *state;
	static char text[100001];

	text[0] = '\0';
	begin(f, "127.0.0.1");
	assert_ok(ahoy_tls_write(f->there, AHOY_S("one "), 8));
	assert_ok(ahoy_tls_write(f->there, AHOY_S("two"), 8));
	assert_err(ahoy_tls_write(f->there, AHOY_S("too much"), 8), AHOY_EFULL);
	for (int i = 0; i < 4; i++) {
		char unused[8] = "";

		assert_err(carry(f->here, f->there, 1 << 16, unused), AHOY_EMORE);
		assert_err(carry(f->there, f->here, 1 << 16, text), AHOY_EMORE);
	}
	assert_string_equal(text, "one two");
}

static void rfc8446_6_1_the_end_is_said(void **state)
{
	fixture *f = *state;
	char text[8] = "";

	begin(f, "example.com");
	shake(f, 1 << 16);
	ahoy_tls_close(f->there);
	assert_err(carry(f->there, f->here, 1 << 16, text), AHOY_ESTATE);
	assert_string_equal(ahoy_tls_why(f->here), "");
}

/* The code of the client's reading when the server's certificate comes. */
static int meet(fixture *f, const char *name)
{
	char unused[8] = "";
	int err = AHOY_EMORE;

	begin(f, name);
	for (int i = 0; i < 4 && err == AHOY_EMORE; i++) {
		assert_err(carry(f->there, f->here, 1 << 16, unused), AHOY_EMORE);
		err = carry(f->here, f->there, 1 << 16, unused);
	}
	return err;
}

static void rfc5922_7_another_name_is_refused_with_an_alert(void **state)
{
	fixture *f = *state;
	char unused[8] = "";

	assert_err(meet(f, "other.example"), AHOY_EAUTH);
	assert_string_equal(ahoy_tls_why(f->there), "its certificate is for example.com, 127.0.0.1, not for other.example");
	assert_false(ahoy_tls_is_open(f->there));
	assert_err(carry(f->there, f->here, 1 << 16, unused), AHOY_ESYNTAX);
	assert_non_null(strstr(ahoy_tls_why(f->here), "alert"));
	assert_err(meet(f, "127.0.0.2"), AHOY_EAUTH);
	assert_err(meet(f, "127.0.0.1"), AHOY_EMORE);
}

static void an_unknown_authority_is_refused_but_for_the_insecure(void **state)
{
	fixture *f = *state;
	char why[AHOY_TLS_WHY];

	make(f, f->other, f->other_key, "example.com");
	ahoy_tls_del(f->client);
	assert_ok(ahoy_tls_new(&(ahoy_tls_config){.ca = f->other}, &f->client, why));
	assert_err(meet(f, "example.com"), AHOY_EAUTH);
	assert_non_null(strstr(ahoy_tls_why(f->there), "its certificate is not trusted"));
	ahoy_tls_session_del(f->there);
	f->there = NULL;
	ahoy_tls_del(f->client);
	assert_ok(ahoy_tls_new(&(ahoy_tls_config){.insecure = true}, &f->client, why));
	assert_err(meet(f, "whoever"), AHOY_EMORE);
}

static void noise_ends_a_session_with_a_sentence(void **state)
{
	static const char *const noises[] = {"OPTIONS sip:a SIP/2.0\r\n\r\n", "\x16\x03\x01\xff\xff", "\x80\x80\x01\x03\x01"};
	fixture *f = *state;
	char byte;
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(noises); i++) {
		begin(f, "example.com");
		assert_ok(ahoy_tls_feed(f->here, ahoy_slice_of(noises[i])));
		if (ahoy_tls_read(f->here, &byte, 1, &len) == AHOY_EMORE)
			continue; /* half a record */
		assert_non_null(strstr(ahoy_tls_why(f->here), "the TLS handshake failed: "));
		assert_err(ahoy_tls_read(f->here, &byte, 1, &len), AHOY_ESYNTAX);
		assert_err(ahoy_tls_write(f->here, AHOY_S("x"), 100), AHOY_ESYNTAX);
	}
}

static void files_are_read_again_and_a_bad_one_changes_nothing(void **state)
{
	fixture *f = *state;
	char why[AHOY_TLS_WHY];

	make(f, f->other, f->other_key, "other.example");
	assert_ok(rename(f->other, f->certificate));
	assert_err(ahoy_tls_reload(f->server, why), AHOY_EIO); /* the key is another's */
	assert_err(meet(f, "example.com"), AHOY_EMORE);
	assert_ok(rename(f->other_key, f->key));
	assert_ok(ahoy_tls_reload(f->server, why));
	assert_err(meet(f, "example.com"), AHOY_EAUTH);
	unlink(f->certificate);
	assert_err(ahoy_tls_reload(f->server, why), AHOY_EIO);
	assert_non_null(strstr(why, f->certificate));
}

static void without_a_certificate_nothing_is_accepted(void **state)
{
	fixture *f = *state;
	ahoy_tls_session *session;

	assert_err(ahoy_tls_accept(f->client, &session), AHOY_ESTATE);
	assert_null(session);
	assert_err(ahoy_tls_connect(f->client, (ahoy_slice){0}, &session), AHOY_EINVAL);
}

static void a_certificate_of_ones_own_is_known_as_one_and_never_written_over(void **state)
{
	fixture *f = *state;
	ahoy_slice name = AHOY_S("example.com"), odd = AHOY_S("a,DNS:evil.example");
	char why[AHOY_TLS_WHY], print[AHOY_TLS_PRINT];
	struct stat status;

	assert_true(ahoy_tls_own_is(f->certificate));
	assert_false(ahoy_tls_own_is(f->key));
	assert_false(ahoy_tls_own_is(f->other));
	ahoy_tls_own_print(f->certificate, print);
	assert_int_equal(strlen(print), 95);
	ahoy_tls_own_print(f->other, print);
	assert_string_equal(print, "");
	assert_int_equal(stat(f->key, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_err(ahoy_tls_own_make(f->certificate, f->key, &name, 1, why), AHOY_EIO);
	assert_err(ahoy_tls_own_make(f->other, f->other_key, &odd, 1, why), AHOY_ENOMEM); /* no name is left */
	assert_err(ahoy_tls_own_make(f->certificate, f->other_key, &name, 1, why), AHOY_EIO);
	assert_int_not_equal(access(f->other_key, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_said_is_heard_whole_and_byte_by_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_large_message_takes_several_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_said_too_early_waits_for_the_handshake, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rfc8446_6_1_the_end_is_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rfc5922_7_another_name_is_refused_with_an_alert, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_authority_is_refused_but_for_the_insecure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(noise_ends_a_session_with_a_sentence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_are_read_again_and_a_bad_one_changes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_certificate_nothing_is_accepted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_certificate_of_ones_own_is_known_as_one_and_never_written_over, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
