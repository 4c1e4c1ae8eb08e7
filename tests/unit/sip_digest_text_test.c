/* sip/digest_text: challenges and credentials as header values. */
#include "sip/digest.h"

#include "base/limits.h"
#include "test.h"

#define SEED_CREDENTIALS                                                                                                            \
	"Digest username=\"115\",realm=\"ltsip.cn\",nonce=\"02fbfa80e68e9c1bc189975eaeadc6cb\",uri=\"sip:11.0.0.3;transport=UDP\"," \
	"response=\"277c78bfb96d7deb0846f73cc28e42c3\",cnonce=\"d20ad7febce41cc979e00a1663667608\",nc=00000001,qop=auth,algorithm=MD5"

static void the_seeds_challenge_and_credentials(void **state)
{
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials c;

	(void)state;
	assert_ok(ahoy_digest_parse_challenge(
		AHOY_S("Digest realm=\"ltsip.cn\", nonce=\"02fbfa80e68e9c1bc189975eaeadc6cb\", algorithm=MD5, qop=\"auth\""),
		&challenge));
	assert_slice(challenge.realm, "ltsip.cn");
	assert_slice(challenge.nonce, "02fbfa80e68e9c1bc189975eaeadc6cb");
	assert_int_equal(challenge.algorithm, AHOY_DIGEST_MD5);
	assert_true(challenge.has_algorithm);
	assert_int_equal(challenge.qop, AHOY_DIGEST_QOP_AUTH);
	assert_false(challenge.stale || challenge.qop_unknown);
	assert_ok(ahoy_digest_parse_credentials(AHOY_S(SEED_CREDENTIALS), &c));
	assert_slice(c.username, "115");
	assert_slice(c.realm, "ltsip.cn");
	assert_slice(c.uri, "sip:11.0.0.3;transport=UDP");
	assert_slice(c.response, "277c78bfb96d7deb0846f73cc28e42c3");
	assert_slice(c.cnonce, "d20ad7febce41cc979e00a1663667608");
	assert_int_equal(c.nc, 1);
	assert_slice(c.nc_text, "00000001");
	assert_int_equal(c.qop, AHOY_DIGEST_QOP_AUTH);
	assert_int_equal(c.algorithm, AHOY_DIGEST_MD5);
}

static void challenges_in_all_their_forms(void **state)
{
	static const struct {
		const char *text;
		int err;
		ahoy_digest_algorithm algorithm;
		unsigned qop;
		bool qop_unknown, stale;
	} rows[] = {
		{"Digest realm=\"r\",nonce=\"n\"", 0, AHOY_DIGEST_MD5, 0, false, false},
		{"digest realm=r, nonce=n", 0, AHOY_DIGEST_MD5, 0, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"auth, auth-int\"", 0, AHOY_DIGEST_MD5, 3, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", 0, AHOY_DIGEST_MD5, 2, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"other,AUTH\"", 0, AHOY_DIGEST_MD5, 1, false, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"other\"", 0, AHOY_DIGEST_MD5, 0, true, false},
		{"Digest realm=\"r\", nonce=\"n\", qop=\"\"", 0, AHOY_DIGEST_MD5, 0, true, false},
		{"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256", 0, AHOY_DIGEST_SHA256, 0, false, false},
		{"Digest realm=\"r\", nonce=\"n\", algorithm=\"SHA-256-sess\"", 0, AHOY_DIGEST_SHA256_SESS, 0, false,
		 false},
		{"Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5", 0, AHOY_DIGEST_UNKNOWN, 0, false, false},
		{"Digest realm=\"r\", nonce=\"n\", stale=TRUE", 0, AHOY_DIGEST_MD5, 0, false, true},
		{"Digest realm=\"r\", nonce=\"n\", stale=false, x=\"y\", x=z", 0, AHOY_DIGEST_MD5, 0, false, false},
		{" Digest\r\n\trealm = \"r\" ,\r\n nonce=\"n\" ", 0, AHOY_DIGEST_MD5, 0, false, false},
		{"Digest realm=\"r\"", AHOY_ESYNTAX, 0, 0, false, false},
		{"Digest nonce=\"n\"", AHOY_ESYNTAX, 0, 0, false, false},
		{"Digest", AHOY_ESYNTAX, 0, 0, false, false},
		{"Digest ", AHOY_ESYNTAX, 0, 0, false, false},
		{"", AHOY_ESYNTAX, 0, 0, false, false},
		{"Basic realm=\"r\"", AHOY_EUNSUPPORTED, 0, 0, false, false},
		{"Digestive realm=\"r\", nonce=\"n\"", AHOY_EUNSUPPORTED, 0, 0, false, false},
		{"Digest realm=\"r\", nonce=\"n\", nonce=\"n\"", AHOY_EDUPLICATE, 0, 0, false, false},
		{"Digest realm=\"r\", nonce=\"n\", REALM=\"s\"", AHOY_EDUPLICATE, 0, 0, false, false},
		{"Digest realm=\"r, nonce=\"n\"", AHOY_ESYNTAX, 0, 0, false, false},
		{"Digest realm=\"r\" nonce=\"n\"", AHOY_ESYNTAX, 0, 0, false, false},
		{"Digest realm=\"r\", nonce=\"n", AHOY_ESYNTAX, 0, 0, false, false},
		{"Digest realm=\"r\", nonce=\"n\",", AHOY_ESYNTAX, 0, 0, false, false},
		{"Digest realm, nonce=\"n\"", AHOY_ESYNTAX, 0, 0, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		ahoy_digest_challenge challenge;

		assert_err_row(ahoy_digest_parse_challenge(exact, &challenge), rows[i].err, rows[i].text);
		if (!rows[i].err) {
			assert_slice_row(challenge.realm, "r", rows[i].text);
			assert_slice_row(challenge.nonce, "n", rows[i].text);
			assert_row(challenge.algorithm == rows[i].algorithm, rows[i].text);
			assert_row(challenge.qop == rows[i].qop, rows[i].text);
			assert_row(challenge.qop_unknown == rows[i].qop_unknown, rows[i].text);
			assert_row(challenge.stale == rows[i].stale, rows[i].text);
		}
		test_free_exact(exact);
	}
}

#define FIVE "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"0\""

static void credentials_in_all_their_forms(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint32_t nc;
		unsigned qop;
		bool qop_unknown;
	} rows[] = {
		{FIVE, 0, 0, 0, false},
		{FIVE ", qop=auth, nc=0000000a", 0, 10, 1, false},
		{FIVE ", qop=\"auth-int\", nc=\"FFFFFFFF\"", 0, UINT32_MAX, 2, false},
		{FIVE ", qop=other, nc=1", 0, 1, 0, true},
		{FIVE ", nc=", AHOY_ESYNTAX, 0, 0, false},
		{FIVE ", nc=000000001", AHOY_ESYNTAX, 0, 0, false},
		{FIVE ", nc=0000000g", AHOY_ESYNTAX, 0, 0, false},
		{FIVE ", qop=\"auth,auth-int\"", AHOY_ESYNTAX, 0, 0, false},
		{FIVE ", username=\"v\"", AHOY_EDUPLICATE, 0, 0, false},
		{FIVE ", nc=1, nc=2", AHOY_EDUPLICATE, 0, 0, false},
		{"Digest realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"0\"", AHOY_ESYNTAX, 0, 0, false},
		{"Digest username=\"u\", nonce=\"n\", uri=\"sip:h\", response=\"0\"", AHOY_ESYNTAX, 0, 0, false},
		{"Digest username=\"u\", realm=\"r\", uri=\"sip:h\", response=\"0\"", AHOY_ESYNTAX, 0, 0, false},
		{"Digest username=\"u\", realm=\"r\", nonce=\"n\", response=\"0\"", AHOY_ESYNTAX, 0, 0, false},
		{"Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:h\"", AHOY_ESYNTAX, 0, 0, false},
		{"NoOneKnowsThisScheme opaque-data=here", AHOY_EUNSUPPORTED, 0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		ahoy_digest_credentials c;

		assert_err_row(ahoy_digest_parse_credentials(exact, &c), rows[i].err, rows[i].text);
		if (!rows[i].err) {
			assert_row(c.nc == rows[i].nc, rows[i].text);
			assert_row(c.qop == rows[i].qop, rows[i].text);
			assert_row(c.qop_unknown == rows[i].qop_unknown, rows[i].text);
		}
		test_free_exact(exact);
	}
}

static void more_parameters_than_the_bound_are_out_of_range(void **state)
{
	char text[512];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_digest_credentials c;

	(void)state;
	ahoy_buf_str(&b, FIVE);
	for (int i = 5; i < AHOY_MAX_PARAMS; i++)
		ahoy_buf_str(&b, ",p=1");
	assert_ok(ahoy_digest_parse_credentials(ahoy_buf_slice(&b), &c));
	ahoy_buf_str(&b, ",p=1");
	assert_err(ahoy_digest_parse_credentials(ahoy_buf_slice(&b), &c), AHOY_ERANGE);
}

static void escapes_are_kept_when_read_and_taken_off_when_asked(void **state)
{
	ahoy_digest_challenge challenge;
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_digest_parse_challenge(AHOY_S("Digest realm=\"a\\\"b\\\\\", nonce=\"n,=\""), &challenge));
	assert_slice(challenge.realm, "a\\\"b\\\\");
	assert_slice(challenge.nonce, "n,=");
	ahoy_digest_unescape(&b, challenge.realm);
	assert_slice(ahoy_buf_slice(&b), "a\"b\\");
}

static void what_is_written_parses_to_the_same(void **state)
{
	char first[512], second[512];
	ahoy_buf b = ahoy_buf_over(first, sizeof first), again = ahoy_buf_over(second, sizeof second);
	ahoy_digest_challenge challenge = {.realm = AHOY_S("a\\\"b"),
					   .nonce = AHOY_S("n"),
					   .opaque = AHOY_S("o"),
					   .domain = AHOY_S("sip:h"),
					   .algorithm = AHOY_DIGEST_SHA256,
					   .has_algorithm = true,
					   .qop = AHOY_DIGEST_QOP_AUTH | AHOY_DIGEST_QOP_AUTH_INT,
					   .stale = true};
	ahoy_digest_credentials c;

	(void)state;
	ahoy_digest_write_challenge(&b, &challenge);
	assert_slice(
		ahoy_buf_slice(&b),
		"Digest realm=\"a\\\"b\", domain=\"sip:h\", nonce=\"n\", opaque=\"o\", "
		"stale=true, algorithm=SHA-256, qop=\"auth,auth-int\"");
	assert_ok(ahoy_digest_parse_challenge(ahoy_buf_slice(&b), &challenge));
	ahoy_digest_write_challenge(&again, &challenge);
	assert_true(ahoy_slice_eq(ahoy_buf_slice(&b), ahoy_buf_slice(&again)));

	b = ahoy_buf_over(first, sizeof first);
	assert_ok(ahoy_digest_parse_credentials(AHOY_S(SEED_CREDENTIALS), &c));
	ahoy_digest_write_credentials(&b, &c);
	assert_slice(
		ahoy_buf_slice(&b),
		"Digest username=\"115\", realm=\"ltsip.cn\", nonce=\"02fbfa80e68e9c1bc189975eaeadc6cb\", "
		"uri=\"sip:11.0.0.3;transport=UDP\", "
		"response=\"277c78bfb96d7deb0846f73cc28e42c3\", algorithm=MD5, cnonce=\"d20ad7febce41cc979e00a1663667608\", "
		"qop=auth, nc=00000001");
}

static void what_a_peer_sent_can_end_neither_string_nor_line(void **state)
{
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_digest_challenge challenge = {.realm = AHOY_S("a\"b\r\nc\\"), .nonce = AHOY_S("\\")};

	(void)state;
	ahoy_digest_write_challenge(&b, &challenge);
	assert_slice(ahoy_buf_slice(&b), "Digest realm=\"a\\\"b  c\\\\\", nonce=\"\\\\\"");
}

static void values_cut_anywhere_are_read_within_their_bytes(void **state)
{
	static const char text[] = SEED_CREDENTIALS;

	(void)state;
	for (size_t len = 0; len < sizeof text; len++) {
		ahoy_slice exact = test_exact((ahoy_slice){text, len});
		ahoy_digest_credentials c;
		ahoy_digest_challenge challenge;

		if (!ahoy_digest_parse_credentials(exact, &c))
			assert_slice(c.username, "115");
		if (!ahoy_digest_parse_challenge(exact, &challenge))
			assert_slice(challenge.realm, "ltsip.cn");
		test_free_exact(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seeds_challenge_and_credentials),
		cmocka_unit_test(challenges_in_all_their_forms),
		cmocka_unit_test(credentials_in_all_their_forms),
		cmocka_unit_test(more_parameters_than_the_bound_are_out_of_range),
		cmocka_unit_test(escapes_are_kept_when_read_and_taken_off_when_asked),
		cmocka_unit_test(what_is_written_parses_to_the_same),
		cmocka_unit_test(what_a_peer_sent_can_end_neither_string_nor_line),
		cmocka_unit_test(values_cut_anywhere_are_read_within_their_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
