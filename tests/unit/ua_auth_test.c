/* ua/auth: answering challenges (RFC 3261 22.2, 22.3; RFC 7616; RFC 8760). */
#include "ua/internal.h"

#include "ua_support.h"

/* A 401 or 407 with these lines. */
static const ahoy_msg *challenged(int status, const char *lines)
{
	static char text[4096];
	static ahoy_msg msg;

	snprintf(
		text, sizeof text,
		"SIP/2.0 %d X\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\n"
		"To: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n%s"
		"Content-Length: 0\r\n\r\n",
		status, lines);
	assert_ok(ahoy_msg_parse(ahoy_slice_of(text), &msg, NULL));
	return &msg;
}

typedef struct {
	world w;
	ua_auth *auth;
	char text[4096];
} rig_auth;

static void begin(rig_auth *r, const char *username, const char *password)
{
	ahoy_credentials credentials = {ahoy_slice_of(username), ahoy_slice_of(password)};

	world_init(&r->w, false);
	assert_ok(ahoy_ua_auth_new(r->w.ua[A], &credentials, &r->auth));
}

static void finish(rig_auth *r)
{
	ahoy_ua_auth_del(r->w.ua[A], r->auth);
	world_fini(&r->w);
}

static const char *written(rig_auth *r, const char *method, const char *uri, const char *body)
{
	ahoy_buf b = ahoy_buf_over(r->text, sizeof r->text);

	ahoy_ua_auth_write(r->w.ua[A], r->auth, &b, ahoy_slice_of(method), ahoy_slice_of(uri), ahoy_slice_of(body));
	assert_false(b.full);
	return ahoy_buf_cstr(&b);
}

/* The credentials of the written line, checked against the password. */
static void verify(const char *line, const char *name, const char *username, const char *realm, const char *password,
		   const char *method, const char *body, ahoy_digest_credentials *out)
{
	char ha1[AHOY_DIGEST_HEX];
	ahoy_slice value = ahoy_slice_trim(ahoy_slice_of(line + strlen(name) + 2));
	size_t len;

	assert_int_equal(strncmp(line, name, strlen(name)), 0);
	assert_ok(ahoy_digest_parse_credentials(value, out));
	len = ahoy_digest_ha1(ahoy_digest_base(out->algorithm), ahoy_slice_of(username), ahoy_slice_of(realm),
			      ahoy_slice_of(password), ha1);
	assert_true(ahoy_digest_verify(out, ahoy_slice_make(ha1, len), ahoy_slice_of(method), ahoy_slice_of(body)));
}

static const struct {
	const char *row, *lines;
	bool known;
	ahoy_digest_algorithm algorithm;
	bool has_algorithm;
	unsigned qop;
	bool stale;
} challenges[] = {
	{"RFC 2069: the oldest form", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n", true, AHOY_DIGEST_MD5, false, 0,
	 false},
	{"RFC 3261 22.4: qop auth",
	 "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\", opaque=\"o\"\r\n", true, AHOY_DIGEST_MD5,
	 true, AHOY_DIGEST_QOP_AUTH, false},
	{"auth is preferred to auth-int", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-int,auth\"\r\n", true,
	 AHOY_DIGEST_MD5, false, AHOY_DIGEST_QOP_AUTH, false},
	{"auth-int alone", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"\r\n", true, AHOY_DIGEST_MD5, false,
	 AHOY_DIGEST_QOP_AUTH_INT, false},
	{"RFC 8760 2.4: the strongest, whatever the order",
	 "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n"
	 "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\n",
	 true, AHOY_DIGEST_SHA256, true, AHOY_DIGEST_QOP_AUTH, false},
	{"SHA-512-256", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256, qop=\"auth\", stale=true\r\n",
	 true, AHOY_DIGEST_SHA512_256, true, AHOY_DIGEST_QOP_AUTH, true},
	{"RFC 7616 3.4.2: -sess", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth\"\r\n", true,
	 AHOY_DIGEST_MD5_SESS, true, AHOY_DIGEST_QOP_AUTH, false},
	{"an algorithm that nobody knows, beside one that we do",
	 "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=ROT13\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
	 true, AHOY_DIGEST_MD5, false, 0, false},
	{"an algorithm that nobody knows", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=ROT13\r\n", false, 0,
	 false, 0, false},
	{"a qop that nobody knows", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\"\r\n", false, 0, false, 0,
	 false},
	{"another scheme", "WWW-Authenticate: Basic realm=\"r\"\r\n", false, 0, false, 0, false},
	{"none at all", "", false, 0, false, 0, false},
	{"the proxy's challenge is no answer to a 401", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n", false, 0, false,
	 0, false},
};

static void rfc7616_3_4_a_challenge_is_answered_in_kind(void **state)
{
	rig_auth r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(challenges); i++) {
		ahoy_digest_credentials c;
		bool stale = false;

		begin(&r, "alice", "secret");
		assert_row(ahoy_ua_auth_learn(r.w.ua[A], r.auth, challenged(401, challenges[i].lines), &stale) ==
				   challenges[i].known,
			   challenges[i].row);
		assert_row(stale == challenges[i].stale, challenges[i].row);
		if (challenges[i].known) {
			verify(written(&r, "REGISTER", "sip:b", "body"), "Authorization", "alice", "r", "secret", "REGISTER",
			       "body", &c);
			assert_row(c.algorithm == challenges[i].algorithm && c.has_algorithm == challenges[i].has_algorithm,
				   challenges[i].row);
			assert_row(c.qop == challenges[i].qop, challenges[i].row);
			assert_row((c.nc == 1) == (challenges[i].qop != 0), challenges[i].row);
			assert_row((c.cnonce.len > 0) == (challenges[i].qop != 0), challenges[i].row);
			assert_slice_row(c.uri, "sip:b", challenges[i].row);
		} else {
			assert_string_equal(written(&r, "REGISTER", "sip:b", ""), "");
		}
		finish(&r);
	}
}

static void rfc7616_3_4_nc_rises_with_each_use_and_begins_anew_with_a_nonce(void **state)
{
	ahoy_digest_credentials c;
	rig_auth r;
	bool stale;

	(void)state;
	begin(&r, "alice", "secret");
	for (unsigned nonce = 0; nonce < 2; nonce++) {
		assert_true(ahoy_ua_auth_learn(
			r.w.ua[A], r.auth, challenged(401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n"),
			&stale));
		for (uint32_t nc = 1; nc <= 3; nc++) {
			verify(written(&r, "INVITE", "sip:b", ""), "Authorization", "alice", "r", "secret", "INVITE", "", &c);
			assert_int_equal(c.nc, nc);
		}
	}
	finish(&r);
}

static void rfc3261_22_3_a_proxys_challenge_is_answered_beside_the_servers(void **state)
{
	ahoy_digest_credentials c;
	rig_auth r;
	const char *text;
	bool stale;

	(void)state;
	begin(&r, "alice", "secret");
	assert_true(ahoy_ua_auth_learn(r.w.ua[A], r.auth,
				       challenged(407, "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"p\"\r\n"), &stale));
	assert_true(ahoy_ua_auth_learn(
		r.w.ua[A], r.auth, challenged(401, "WWW-Authenticate: Digest realm=\"server\", nonce=\"s\", opaque=\"keep\"\r\n"),
		&stale));
	text = written(&r, "INVITE", "sip:b", "");
	*(char *)(uintptr_t)(strstr(text, "\r\n")) = '\0';
	verify(text, "Authorization", "alice", "server", "secret", "INVITE", "", &c);
	assert_slice(c.opaque, "keep");
	text += strlen(text) + 2;
	verify(text, "Proxy-Authorization", "alice", "proxy", "secret", "INVITE", "", &c);
	finish(&r);
}

/* What stands in quotes is escaped on the wire and plain in the hash. */
static void rfc3261_25_1_quotes_and_backslashes_in_names_and_realms(void **state)
{
	ahoy_digest_credentials c;
	rig_auth r;
	bool stale;
	char plain[64];
	ahoy_buf b = ahoy_buf_over(plain, sizeof plain);

	(void)state;
	begin(&r, "HOME\\al\"ice", "secret");
	assert_true(ahoy_ua_auth_learn(r.w.ua[A], r.auth,
				       challenged(401, "WWW-Authenticate: Digest realm=\"the \\\"realm\\\"\", nonce=\"n\"\r\n"),
				       &stale));
	verify(written(&r, "REGISTER", "sip:b", ""), "Authorization", "HOME\\al\"ice", "the \"realm\"", "secret", "REGISTER", "",
	       &c);
	ahoy_digest_unescape(&b, c.username);
	assert_string_equal(ahoy_buf_cstr(&b), "HOME\\al\"ice");
	finish(&r);
}

static void without_a_name_there_are_no_credentials(void **state)
{
	ahoy_credentials none = {0};
	world w;
	ua_auth *auth;

	(void)state;
	world_init(&w, false);
	assert_ok(ahoy_ua_auth_new(w.ua[A], &none, &auth));
	assert_null(auth);
	ahoy_ua_auth_del(w.ua[A], auth);
	world_fini(&w);
}

static void out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static world w;
	bool stale;

	(void)state;
	TEST_EACH_OOM (&w.te, 1) {
		ahoy_credentials credentials = {AHOY_S("alice"), AHOY_S("secret")};
		ua_auth *auth = NULL;

		world_clear(&w);
		world_place(&w);
		if (!world_new(&w, A) && !ahoy_ua_auth_new(w.ua[A], &credentials, &auth)) {
			bool learnt = ahoy_ua_auth_learn(
				w.ua[A], auth,
				challenged(401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", opaque=\"o\"\r\n"), &stale);

			assert_true(learnt == !TEST_OOM_HIT(&w.te));
			assert_true(auth->origin.known == learnt);
		}
		ahoy_ua_auth_del(w.ua[A], auth);
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc7616_3_4_a_challenge_is_answered_in_kind),
		cmocka_unit_test(rfc7616_3_4_nc_rises_with_each_use_and_begins_anew_with_a_nonce),
		cmocka_unit_test(rfc3261_22_3_a_proxys_challenge_is_answered_beside_the_servers),
		cmocka_unit_test(rfc3261_25_1_quotes_and_backslashes_in_names_and_realms),
		cmocka_unit_test(without_a_name_there_are_no_credentials),
		cmocka_unit_test(out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
