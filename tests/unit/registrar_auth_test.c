/* registrar/auth: challenges and the judgement of credentials. */
#include "registrar/auth.h"

#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)
#define PASSWORD "123456"

typedef struct {
	test_env te;
	ahoy_auth *auth;
	const char *realm;
	ahoy_user_record user; /* 115 with PASSWORD */
	ahoy_auth_verdict verdict;
	test_request r;
} fixture;

static ahoy_user_record record_of(const char *name, const char *realm, const char *password)
{
	ahoy_user_record record = {.found = true};
	char hex[AHOY_DIGEST_HEX];

	memcpy(record.ha1_md5, hex,
	       ahoy_digest_ha1(AHOY_DIGEST_MD5, ahoy_slice_of(name), ahoy_slice_of(realm), ahoy_slice_of(password),
			       hex));
	memcpy(record.ha1_sha256, hex,
	       ahoy_digest_ha1(AHOY_DIGEST_SHA256, ahoy_slice_of(name), ahoy_slice_of(realm), ahoy_slice_of(password),
			       hex));
	return record;
}

static const ahoy_auth_config both = {.realm = {"ltsip.cn", 8},
				      .worker = 4,
				      .start_number = 99,
				      .algorithms = {AHOY_DIGEST_SHA256, AHOY_DIGEST_MD5},
				      .algorithm_count = 2,
				      .max_nonces = 64};

static void fixture_init(fixture *f, const ahoy_auth_config *config)
{
	char realm[AHOY_MAX_REALM + 1];

	test_env_init(&f->te, 1);
	assert_ok(ahoy_auth_new(&f->te.env, T0, config, &f->auth));
	assert_ok(ahoy_slice_cstr(config->realm, realm, sizeof realm));
	f->user = record_of("115", realm, PASSWORD);
}

static void fixture_fini(fixture *f)
{
	ahoy_auth_del(f->auth);
	test_env_fini(&f->te);
}

/* The challenge for this algorithm out of fresh lines. The slices point into a static buffer. */
static ahoy_digest_challenge challenge_for(fixture *f, ahoy_time now, ahoy_digest_algorithm algorithm)
{
	static char text[2048];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_digest_challenge challenge;
	ahoy_slice lines, line;

	ahoy_auth_write_challenge(f->auth, now, false, SIZE_MAX, &b);
	assert_false(b.full);
	lines = ahoy_buf_slice(&b);
	while (ahoy_slice_cut(lines, '\n', &line, &lines)) {
		assert_true(ahoy_slice_starts(line, AHOY_S("WWW-Authenticate: Digest ")) && ahoy_slice_ends(line, AHOY_S("\r")));
		assert_ok(ahoy_digest_parse_challenge(ahoy_slice_trim(ahoy_slice_from(line, 18)), &challenge));
		if (challenge.algorithm == algorithm)
			return challenge;
	}
	fail_msg("no challenge for this algorithm");
	return challenge;
}

/* What a phone would answer; "uri" is request_make's. */
static ahoy_digest_credentials answer_to(const ahoy_digest_challenge *challenge, const char *username, uint32_t nc)
{
	return (ahoy_digest_credentials){.username = ahoy_slice_of(username),
					 .realm = challenge->realm,
					 .nonce = challenge->nonce,
					 .uri = AHOY_S("sip:example.org"),
					 .cnonce = AHOY_S("c0ffee"),
					 .algorithm = challenge->algorithm,
					 .has_algorithm = true,
					 .qop = nc ? AHOY_DIGEST_QOP_AUTH : 0,
					 .nc = nc};
}

/* The Authorization line for these credentials with this password. */
static void put_authorization(ahoy_buf *b, const ahoy_digest_credentials *plain, const char *user, const char *password, const char *method)
{
	ahoy_digest_credentials credentials = *plain;
	char ha1[AHOY_DIGEST_HEX], response[AHOY_DIGEST_HEX], realm[256];
	ahoy_buf unescaped = ahoy_buf_over(realm, sizeof realm);
	size_t len;

	for (size_t i = 0; i < plain->realm.len; i++)
		if (plain->realm.ptr[i] != '\\')
			ahoy_buf_char(&unescaped, plain->realm.ptr[i]);
	len = ahoy_digest_ha1(plain->algorithm, ahoy_slice_of(user), ahoy_buf_slice(&unescaped), ahoy_slice_of(password), ha1);
	len = ahoy_digest_response(plain, ahoy_slice_make(ha1, len), ahoy_slice_of(method), AHOY_S(""), response);
	credentials.response = ahoy_slice_make(response, len);
	ahoy_buf_str(b, "Authorization: ");
	ahoy_digest_write_credentials(b, &credentials);
	ahoy_buf_str(b, "\r\n");
}

static ahoy_auth_outcome check_lines(fixture *f, ahoy_time now, const char *method, const char *user, const char *lines,
				     const ahoy_user_record *record)
{
	request_make(&f->r, method, user, "call@test", 1, lines);
	memset(&f->verdict, 0xee, sizeof f->verdict);
	ahoy_auth_check(f->auth, now, &f->r.msg, record, &f->verdict);
	return f->verdict.outcome;
}

/* A REGISTER of 115 with these credentials. */
static ahoy_auth_outcome check(fixture *f, ahoy_time now, const ahoy_digest_credentials *credentials, const char *password)
{
	char lines[2048];
	ahoy_buf b = ahoy_buf_over(lines, sizeof lines);

	put_authorization(&b, credentials, "115", password, "REGISTER");
	return check_lines(f, now, "REGISTER", "115", ahoy_buf_cstr(&b), &f->user);
}

static void rfc8760_2_each_algorithm_has_its_line_in_the_order_of_the_offer(void **state)
{
	char text[2048];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	size_t sha, md5;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	ahoy_auth_write_challenge(f.auth, T0, true, 2048, &b);
	sha = ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("algorithm=SHA-256"));
	md5 = ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("algorithm=MD5"));
	assert_true(sha < md5 && md5 < b.len);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("stale=true")) < sha ||
		    ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("stale=true")) < md5);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("qop=\"auth\"")) < b.len);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("auth-int")) == b.len);
	fixture_fini(&f);
}

static void no_challenge_shares_its_nonce_with_another_line(void **state)
{
	char seen[8][64];
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	for (size_t i = 0; i < 8; i++) {
		ahoy_digest_challenge c = challenge_for(&f, T0, i % 2 ? AHOY_DIGEST_MD5 : AHOY_DIGEST_SHA256);

		assert_ok(ahoy_slice_cstr(c.nonce, seen[i], sizeof seen[i]));
		assert_int_equal(ahoy_auth_nonce_worker(c.nonce), 4);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(seen[i], seen[j]);
	}
	fixture_fini(&f);
}

static void where_two_challenges_do_not_fit_md5_stands_alone(void **state)
{
	char text[2048];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	size_t whole;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	ahoy_auth_write_challenge(f.auth, T0, false, SIZE_MAX, &b);
	whole = b.len;
	b = ahoy_buf_over(text, sizeof text);
	ahoy_auth_write_challenge(f.auth, T0, false, whole, &b);
	assert_int_equal(b.len, whole);
	b = ahoy_buf_over(text, sizeof text);
	ahoy_auth_write_challenge(f.auth, T0, false, whole - 1, &b);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("algorithm=MD5")) < b.len);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("SHA-256")) == b.len);
	/* No room at all: a challenge is written all the same, whether it goes out is the caller's limit. */
	b = ahoy_buf_over(text, sizeof text);
	ahoy_auth_write_challenge(f.auth, T0, false, 0, &b);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("algorithm=MD5")) < b.len);
	fixture_fini(&f);
}

static void right_credentials_pass_with_each_algorithm(void **state)
{
	static const ahoy_digest_algorithm algorithms[] = {AHOY_DIGEST_MD5, AHOY_DIGEST_SHA256};
	fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		ahoy_digest_challenge challenge;
		ahoy_digest_credentials credentials;

		fixture_init(&f, &both);
		challenge = challenge_for(&f, T0, algorithms[i]);
		credentials = answer_to(&challenge, "115", 1);
		assert_int_equal(check(&f, T0, &credentials, PASSWORD), AHOY_AUTH_OK);
		assert_int_equal(f.verdict.status, 0);
		assert_int_equal(f.verdict.algorithm, algorithms[i]);
		fixture_fini(&f);
	}
}

static void wrong_password_and_unknown_user_get_the_same_plain_challenge(void **state)
{
	ahoy_user_record nobody = {.found = false};
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;
	ahoy_auth_verdict wrong;
	char lines[2048];
	ahoy_buf b = ahoy_buf_over(lines, sizeof lines);
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
	credentials = answer_to(&challenge, "115", 1);
	assert_int_equal(check(&f, T0, &credentials, "wrong"), AHOY_AUTH_CHALLENGE);
	wrong = f.verdict;
	put_authorization(&b, &credentials, "115", PASSWORD, "REGISTER");
	assert_int_equal(check_lines(&f, T0, "REGISTER", "115", ahoy_buf_cstr(&b), &nobody), AHOY_AUTH_CHALLENGE);
	assert_int_equal(f.verdict.status, wrong.status);
	assert_ptr_equal(f.verdict.reason, wrong.reason);
	assert_int_equal(check_lines(&f, T0, "REGISTER", "115", lines, NULL), AHOY_AUTH_CHALLENGE);
	/* Neither try used the nonce up, so the right password still passes with it. */
	assert_int_equal(check_lines(&f, T0, "REGISTER", "115", lines, &f.user), AHOY_AUTH_OK);
	fixture_fini(&f);
}

static void a_right_response_to_a_nonce_that_is_no_good_is_stale(void **state)
{
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
	credentials = answer_to(&challenge, "115", 1);
	assert_int_equal(check(&f, T0 + AHOY_SECONDS(AHOY_NONCE_LIFE_S + 1), &credentials, PASSWORD), AHOY_AUTH_STALE);
	assert_int_equal(f.verdict.status, 401);
	/* Too old, and wrong on top of it: that is no reason to say stale. */
	assert_int_equal(check(&f, T0 + AHOY_SECONDS(AHOY_NONCE_LIFE_S + 1), &credentials, "wrong"), AHOY_AUTH_CHALLENGE);
	credentials.nonce = AHOY_S("02fbfa80e68e9c1bc189975eaeadc6cb");
	assert_int_equal(check(&f, T0, &credentials, PASSWORD), AHOY_AUTH_STALE);
	assert_int_equal(check(&f, T0, &credentials, "wrong"), AHOY_AUTH_CHALLENGE);
	fixture_fini(&f);
}

static void a_nonce_from_before_a_restart_is_stale(void **state)
{
	ahoy_auth_config later = both;
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;
	fixture before, after;

	(void)state;
	later.start_number++;
	fixture_init(&before, &both);
	fixture_init(&after, &later); /* the same seed, hence the same key */
	challenge = challenge_for(&before, T0, AHOY_DIGEST_SHA256);
	credentials = answer_to(&challenge, "115", 1);
	assert_int_equal(check(&after, T0, &credentials, PASSWORD), AHOY_AUTH_STALE);
	assert_int_equal(check(&before, T0, &credentials, PASSWORD), AHOY_AUTH_OK);
	fixture_fini(&before);
	fixture_fini(&after);
}

static void rfc7616_3_4_nc_that_does_not_rise_is_stale(void **state)
{
	static const struct {
		uint32_t nc;
		ahoy_auth_outcome outcome;
	} table[] = {{1, AHOY_AUTH_OK},
		     {1, AHOY_AUTH_STALE},
		     {2, AHOY_AUTH_OK},
		     {9, AHOY_AUTH_OK},
		     {3, AHOY_AUTH_STALE},
		     {0xffffffff, AHOY_AUTH_OK},
		     {0xffffffff, AHOY_AUTH_STALE}};
	ahoy_digest_challenge challenge;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_digest_credentials credentials = answer_to(&challenge, "115", table[i].nc);

		assert_int_equal(check(&f, T0, &credentials, PASSWORD), table[i].outcome);
	}
	fixture_fini(&f);
}

static void rfc2069_without_qop_a_nonce_is_good_once(void **state)
{
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials once, counted;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
	once = answer_to(&challenge, "115", 0);
	once.cnonce = (ahoy_slice){0};
	counted = answer_to(&challenge, "115", 7);
	assert_int_equal(check(&f, T0, &once, PASSWORD), AHOY_AUTH_OK);
	assert_int_equal(check(&f, T0, &once, PASSWORD), AHOY_AUTH_STALE);
	assert_int_equal(check(&f, T0, &counted, PASSWORD), AHOY_AUTH_STALE);
	fixture_fini(&f);
}

/* Each row is a REGISTER whose response is right for what it says. */
static void what_a_right_response_is_refused_for(void **state)
{
	static const struct {
		const char *uri; /* of the request */
		const char *from, *to, *digest_uri;
		const char *method;
		int status; /* 0: passes */
	} table[] = {
		{"sip:example.org", "sip:115@example.org", "sip:115@example.org", "sip:example.org", "REGISTER", 0},
		{"sip:example.org", "sip:115@a.example", "sip:115@b.example:99", "sip:EXAMPLE.org", "REGISTER", 0},
		{"sip:example.org;lr", "sip:115@example.org", "sip:115@example.org", "sip:example.org", "REGISTER", 0},
		{"sip:example.org", "sip:%3115@example.org", "sip:1%315@example.org", "sip:example.org", "REGISTER", 0},
		{"sip:example.org", "sip:115@example.org", "sip:115@example.org", "sip:example.com", "REGISTER", 403},
		{"sip:example.org", "sip:115@example.org", "sip:115@example.org", "sip:example.org:5060", "REGISTER", 403},
		{"sip:example.org", "sip:115@example.org", "sip:115@example.org", "sip:example.org;transport=udp", "REGISTER", 403},
		{"sip:example.org", "sip:115@example.org", "sip:115@example.org", "not a uri", "REGISTER", 403},
		{"sip:example.org", "sip:116@example.org", "sip:115@example.org", "sip:example.org", "REGISTER", 403},
		{"sip:example.org", "sip:115@example.org", "sip:116@example.org", "sip:example.org", "REGISTER", 403},
		{"sip:example.org", "sip:example.org", "sip:115@example.org", "sip:example.org", "REGISTER", 403},
		{"sip:example.org", "sip:1150@example.org", "sip:115@example.org", "sip:example.org", "REGISTER", 403},
		{"sip:116@example.org", "sip:115@example.org", "sip:116@example.org", "sip:116@example.org", "INVITE", 0},
		{"sip:116@example.org", "sip:117@example.org", "sip:116@example.org", "sip:116@example.org", "INVITE", 403},
		/* RFC 3323 4.1.1.3: nobody may call, and not register. */
		{"sip:116@example.org", "sip:anonymous@Anonymous.Invalid", "sip:116@example.org", "sip:116@example.org", "INVITE", 0},
		{"sip:116@example.org", "sip:anonymous@example.org", "sip:116@example.org", "sip:116@example.org", "INVITE", 403},
		{"sip:example.org", "sip:anonymous@anonymous.invalid", "sip:115@example.org", "sip:example.org", "REGISTER", 403},
		{"sip:116@example.org", "sip:115@example.org", "sip:116@example.org", "sip:118@example.org", "INVITE", 403},
	};
	fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char line[1024];
		ahoy_buf b = ahoy_buf_over(line, sizeof line);
		ahoy_digest_challenge challenge;
		ahoy_digest_credentials credentials;

		fixture_init(&f, &both);
		challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
		credentials = answer_to(&challenge, "115", 1);
		credentials.uri = ahoy_slice_of(table[i].digest_uri);
		put_authorization(&b, &credentials, "115", PASSWORD, table[i].method);
		snprintf(f.r.bytes, sizeof f.r.bytes,
			 "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <%s>;tag=1\r\nTo: "
			 "<%s>\r\nCall-ID: x\r\nCSeq: 1 %s\r\n%s\r\n",
			 table[i].method, table[i].uri, table[i].from, table[i].to, table[i].method, ahoy_buf_cstr(&b));
		request_parse(&f.r);
		ahoy_auth_check(f.auth, T0, &f.r.msg, &f.user, &f.verdict);
		assert_row(f.verdict.outcome == (table[i].status ? AHOY_AUTH_REFUSED : AHOY_AUTH_OK), f.r.bytes);
		assert_row(f.verdict.status == table[i].status && !f.verdict.reason == !table[i].status, f.r.bytes);
		/* A refusal does not use the nonce up. */
		ahoy_auth_check(f.auth, T0, &f.r.msg, &f.user, &f.verdict);
		assert_row(f.verdict.outcome == (table[i].status ? AHOY_AUTH_REFUSED : AHOY_AUTH_STALE), f.r.bytes);
		fixture_fini(&f);
	}
}

static void user_names_are_case_sensitive(void **state)
{
	ahoy_uri uri;

	(void)state;
	assert_ok(ahoy_uri_parse(AHOY_S("sip:Alice@example.org"), &uri));
	assert_true(ahoy_auth_uri_names(&uri, AHOY_S("Alice")));
	assert_false(ahoy_auth_uri_names(&uri, AHOY_S("alice")));
	assert_ok(ahoy_uri_parse(AHOY_S("tel:+4930115"), &uri));
	assert_true(ahoy_auth_uri_names(&uri, AHOY_S("+4930115")));
}

static void among_several_authorizations_ours_with_the_strongest_algorithm_counts(void **state)
{
	char lines[4096], nonce[64];
	ahoy_buf b = ahoy_buf_over(lines, sizeof lines);
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials md5, foreign, sha;
	ahoy_auth_claim claim;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
	assert_ok(ahoy_slice_cstr(challenge.nonce, nonce, sizeof nonce));
	challenge.nonce = ahoy_slice_of(nonce);
	challenge.realm = AHOY_S("ltsip.cn");
	md5 = answer_to(&challenge, "115", 1);
	foreign = md5;
	foreign.realm = AHOY_S("elsewhere");
	foreign.username = AHOY_S("somebody");
	foreign.algorithm = AHOY_DIGEST_SHA256;
	challenge = challenge_for(&f, T0, AHOY_DIGEST_SHA256);
	sha = answer_to(&challenge, "115", 1);
	ahoy_buf_str(&b, "Authorization: Basic Zm9vOmJhcg==\r\n");
	put_authorization(&b, &foreign, "somebody", "x", "REGISTER");
	/* The MD5 one is wrong: it must not be what is judged. */
	put_authorization(&b, &md5, "115", "wrong", "REGISTER");
	put_authorization(&b, &sha, "115", PASSWORD, "REGISTER");
	assert_int_equal(check_lines(&f, T0, "REGISTER", "115", ahoy_buf_cstr(&b), &f.user), AHOY_AUTH_OK);
	assert_int_equal(f.verdict.algorithm, AHOY_DIGEST_SHA256);
	assert_ok(ahoy_auth_extract(f.auth, &f.r.msg, &claim));
	assert_slice(ahoy_auth_claim_user(&claim), "115");
	fixture_fini(&f);
}

/* None of these may pass; the user's record is the right one. */
static void hostile_authorizations(void **state)
{
	static const struct {
		const char *line;
		ahoy_auth_outcome outcome;
		int extract;
	} table[] = {
		{"", AHOY_AUTH_CHALLENGE, AHOY_ENOTFOUND},
		{"Authorization: Basic MTE1OjEyMzQ1Ng==\r\n", AHOY_AUTH_CHALLENGE, AHOY_ENOTFOUND},
		{"Authorization: Digest\r\n", AHOY_AUTH_REFUSED, AHOY_ESYNTAX},
		{"Authorization: Digest username=\"115\r\n", AHOY_AUTH_REFUSED, AHOY_ESYNTAX},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"other\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\"\r\n",
		 AHOY_AUTH_CHALLENGE, AHOY_ENOTFOUND},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\"\r\n",
		 AHOY_AUTH_CHALLENGE, 0},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"\"\r\n",
		 AHOY_AUTH_CHALLENGE, 0},
		{"Authorization: Digest "
		 "username=\"\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\"\r\n",
		 AHOY_AUTH_CHALLENGE, AHOY_ENOTFOUND},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\",algorithm="
		 "MD5-sess\r\n",
		 AHOY_AUTH_CHALLENGE, AHOY_ENOTFOUND},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\",algorithm="
		 "SHA-512-256\r\n",
		 AHOY_AUTH_CHALLENGE, AHOY_ENOTFOUND},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\",algorithm="
		 "ROT13\r\n",
		 AHOY_AUTH_CHALLENGE, AHOY_ENOTFOUND},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\",qop=auth\r\n",
		 AHOY_AUTH_REFUSED, 0},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\",qop=auth,nc="
		 "00000000,cnonce=\"c\"\r\n",
		 AHOY_AUTH_REFUSED, 0},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\",qop=auth-int,"
		 "nc=00000001,cnonce=\"c\"\r\n",
		 AHOY_AUTH_CHALLENGE, 0},
		{"Authorization: Digest "
		 "username=\"115\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\",qop=auth-xyz,"
		 "nc=00000001,cnonce=\"c\"\r\n",
		 AHOY_AUTH_CHALLENGE, 0},
	};
	char lines[2048];
	ahoy_buf b;
	ahoy_auth_claim claim;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_row(check_lines(&f, T0, "REGISTER", "115", table[i].line, &f.user) == table[i].outcome, table[i].line);
		assert_row(f.verdict.outcome != AHOY_AUTH_REFUSED || (f.verdict.status == 400 && f.verdict.reason), table[i].line);
		assert_err_row(ahoy_auth_extract(f.auth, &f.r.msg, &claim), table[i].extract, table[i].line);
	}
	/* A name longer than any user's. */
	b = ahoy_buf_over(lines, sizeof lines);
	ahoy_buf_str(&b, "Authorization: Digest username=\"");
	for (int i = 0; i <= AHOY_MAX_USER; i++)
		ahoy_buf_char(&b, 'x');
	ahoy_buf_str(&b, "\",realm=\"ltsip.cn\",nonce=\"n\",uri=\"sip:example.org\",response=\"00\"\r\n");
	assert_int_equal(check_lines(&f, T0, "REGISTER", "115", ahoy_buf_cstr(&b), &f.user), AHOY_AUTH_CHALLENGE);
	fixture_fini(&f);
}

static void rfc7616_3_4_auth_int_covers_the_body_where_it_is_offered(void **state)
{
	ahoy_auth_config config = both;
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;
	char lines[2048];
	ahoy_buf b = ahoy_buf_over(lines, sizeof lines);
	fixture f;

	(void)state;
	config.auth_int = true;
	fixture_init(&f, &config);
	challenge = challenge_for(&f, T0, AHOY_DIGEST_SHA256);
	assert_int_equal(challenge.qop, AHOY_DIGEST_QOP_AUTH | AHOY_DIGEST_QOP_AUTH_INT);
	credentials = answer_to(&challenge, "115", 1);
	credentials.qop = AHOY_DIGEST_QOP_AUTH_INT;
	assert_int_equal(check(&f, T0, &credentials, PASSWORD), AHOY_AUTH_OK);
	/* The same response under another body. */
	credentials.nc = 2;
	put_authorization(&b, &credentials, "115", PASSWORD, "REGISTER");
	request_make(&f.r, "REGISTER", "115", "call@test", 1, ahoy_buf_cstr(&b));
	strcat(f.r.bytes, "body");
	request_parse(&f.r);
	ahoy_auth_check(f.auth, T0, &f.r.msg, &f.user, &f.verdict);
	assert_int_equal(f.verdict.outcome, AHOY_AUTH_CHALLENGE);
	fixture_fini(&f);
}

static void a_realm_with_quotes_is_escaped_and_compared_unescaped(void **state)
{
	ahoy_auth_config config = both;
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;
	fixture f;

	(void)state;
	config.realm = AHOY_S("a \"quoted\" realm");
	fixture_init(&f, &config);
	challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
	assert_slice(challenge.realm, "a \\\"quoted\\\" realm");
	credentials = answer_to(&challenge, "115", 1);
	assert_int_equal(check(&f, T0, &credentials, PASSWORD), AHOY_AUTH_OK);
	fixture_fini(&f);
}

/* The seed's fourth message: its response is right for the password 123456, its nonce another server's. */
static void seed_message_4_is_stale_and_passes_with_a_fresh_nonce(void **state)
{
	ahoy_slice file = test_read_file("tests/seed/04_register_authorization.sip"), nonce = AHOY_S("02fbfa80e68e9c1bc189975eaeadc6cb");
	ahoy_slice response = AHOY_S("277c78bfb96d7deb0846f73cc28e42c3");
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;
	ahoy_auth_claim claim;
	char ha1[AHOY_DIGEST_HEX], hex[AHOY_DIGEST_HEX];
	size_t n, r;
	ahoy_buf b;
	fixture f;

	(void)state;
	fixture_init(&f, &both);
	assert_ok(ahoy_slice_cstr(file, f.r.bytes, sizeof f.r.bytes));
	request_parse(&f.r);
	assert_ok(ahoy_auth_extract(f.auth, &f.r.msg, &claim));
	assert_slice(ahoy_auth_claim_user(&claim), "115");
	ahoy_auth_check(f.auth, T0, &f.r.msg, &f.user, &f.verdict);
	assert_int_equal(f.verdict.outcome, AHOY_AUTH_STALE);
	/* Everything but nonce and response stays as the phone wrote it. */
	challenge = challenge_for(&f, T0, AHOY_DIGEST_MD5);
	credentials = claim.credentials;
	credentials.nonce = challenge.nonce;
	ahoy_digest_ha1(AHOY_DIGEST_MD5, AHOY_S("115"), AHOY_S("ltsip.cn"), AHOY_S(PASSWORD), ha1);
	ahoy_digest_response(&credentials, ahoy_slice_make(ha1, 32), AHOY_S("REGISTER"), AHOY_S(""), hex);
	n = ahoy_slice_search(file, nonce);
	r = ahoy_slice_search(file, response);
	b = ahoy_buf_over(f.r.bytes, sizeof f.r.bytes);
	ahoy_buf_put(&b, ahoy_slice_first(file, n));
	ahoy_buf_put(&b, challenge.nonce);
	ahoy_buf_put(&b, ahoy_slice_make(file.ptr + n + nonce.len, r - n - nonce.len));
	ahoy_buf_put(&b, ahoy_slice_make(hex, 32));
	ahoy_buf_put(&b, ahoy_slice_from(file, r + response.len));
	ahoy_buf_cstr(&b);
	request_parse(&f.r);
	ahoy_auth_check(f.auth, T0, &f.r.msg, &f.user, &f.verdict);
	assert_int_equal(f.verdict.outcome, AHOY_AUTH_OK);
	test_free_exact(file);
	fixture_fini(&f);
}

static void a_config_that_makes_no_sense_is_refused(void **state)
{
	ahoy_auth_config bad[6];
	ahoy_auth *auth;
	test_env te;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = both;
	bad[0].realm = AHOY_S("");
	bad[1].realm = AHOY_S("line\r\nbreak");
	bad[2].algorithm_count = 0;
	bad[3].algorithms[0] = AHOY_DIGEST_SHA512_256; /* no store keeps its HA1 */
	bad[4].algorithms[1] = AHOY_DIGEST_SHA256;     /* twice the same */
	bad[5].worker = 36;
	test_env_init(&te, 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(ahoy_auth_new(&te.env, T0, &bad[i], &auth), AHOY_EINVAL);
	test_env_fini(&te);
}

static void new_survives_each_failing_allocation(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_auth *auth = NULL;
		int err = ahoy_auth_new(&te.env, T0, &both, &auth);

		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_auth_del(auth);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc8760_2_each_algorithm_has_its_line_in_the_order_of_the_offer),
		cmocka_unit_test(no_challenge_shares_its_nonce_with_another_line),
		cmocka_unit_test(where_two_challenges_do_not_fit_md5_stands_alone),
		cmocka_unit_test(right_credentials_pass_with_each_algorithm),
		cmocka_unit_test(wrong_password_and_unknown_user_get_the_same_plain_challenge),
		cmocka_unit_test(a_right_response_to_a_nonce_that_is_no_good_is_stale),
		cmocka_unit_test(a_nonce_from_before_a_restart_is_stale),
		cmocka_unit_test(rfc7616_3_4_nc_that_does_not_rise_is_stale),
		cmocka_unit_test(rfc2069_without_qop_a_nonce_is_good_once),
		cmocka_unit_test(what_a_right_response_is_refused_for),
		cmocka_unit_test(user_names_are_case_sensitive),
		cmocka_unit_test(among_several_authorizations_ours_with_the_strongest_algorithm_counts),
		cmocka_unit_test(hostile_authorizations),
		cmocka_unit_test(rfc7616_3_4_auth_int_covers_the_body_where_it_is_offered),
		cmocka_unit_test(a_realm_with_quotes_is_escaped_and_compared_unescaped),
		cmocka_unit_test(seed_message_4_is_stale_and_passes_with_a_fresh_nonce),
		cmocka_unit_test(a_config_that_makes_no_sense_is_refused),
		cmocka_unit_test(new_survives_each_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
