/* sip/digest: the computations, against the published vectors and independently computed ones. */
#include "sip/digest.h"

#include "crypto/hash.h"
#include "test.h"

typedef struct {
	const char *name, *algorithm, *username, *realm, *password, *nonce, *cnonce, *method, *uri, *response;
} vector;

static const vector vectors[] = {
	{"the seed's message 4", "MD5", "115", "ltsip.cn", "123456", "02fbfa80e68e9c1bc189975eaeadc6cb",
	 "d20ad7febce41cc979e00a1663667608", "REGISTER", "sip:11.0.0.3;transport=UDP",
	 "277c78bfb96d7deb0846f73cc28e42c3"},
	{"RFC 2617 3.5", "MD5", "Mufasa", "testrealm@host.com", "Circle Of Life", "dcd98b7102dd2f0e8b11d0f600bfb0c093",
	 "0a4f113b", "GET", "/dir/index.html", "6629fae49393a05397450978507c4ef1"},
	{"RFC 7616 3.9.1", "MD5", "Mufasa", "http-auth@example.org", "Circle of Life",
	 "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "GET",
	 "/dir/index.html", "8ca523f5e9506fed4657c9700eebdbec"},
	{"RFC 7616 3.9.1", "SHA-256", "Mufasa", "http-auth@example.org", "Circle of Life",
	 "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "GET",
	 "/dir/index.html", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
	/* The response that the RFC prints is of a draft of SHA-512/256; this is erratum 4897's. */
	{"RFC 7616 3.9.2", "SHA-512-256", "J\xc3\xa4s\xc3\xb8n Doe", "api@example.org", "Secret, or not?",
	 "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", "GET",
	 "/doe.json", "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"},
};

static void rfc7616_3_9_published_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const vector *v = &vectors[i];
		ahoy_digest_credentials c = {.nonce = ahoy_slice_of(v->nonce),
					     .cnonce = ahoy_slice_of(v->cnonce),
					     .uri = ahoy_slice_of(v->uri),
					     .algorithm = ahoy_digest_algorithm_of(ahoy_slice_of(v->algorithm)),
					     .qop = AHOY_DIGEST_QOP_AUTH,
					     .nc = 1};
		char ha1[AHOY_DIGEST_HEX], hex[AHOY_DIGEST_HEX];
		ahoy_slice a1;

		a1 = (ahoy_slice){ha1, ahoy_digest_ha1(c.algorithm, ahoy_slice_of(v->username), ahoy_slice_of(v->realm),
						       ahoy_slice_of(v->password), ha1)};
		assert_slice_row(
			((ahoy_slice){hex, ahoy_digest_response(&c, a1, ahoy_slice_of(v->method), AHOY_S(""), hex)}),
			v->response, v->name);
		c.response = ahoy_slice_of(v->response);
		assert_row(ahoy_digest_verify(&c, a1, ahoy_slice_of(v->method), AHOY_S("")), v->name);
		assert_row(!ahoy_digest_verify(&c, a1, AHOY_S("OTHER"), AHOY_S("")), v->name);
	}
}

/* user 115, realm ltsip.cn, password 123456, INVITE sip:111@11.0.0.3, nonce abcdef, nc 0000000A (upper case), cnonce
 *cn, body "v=0\r\n". Computed with Python's hashlib: h = lambda s: hashlib.new(ALGORITHM, s.encode()).hexdigest()     #
 *md5, sha256, sha512_256 a1 = h("115:ltsip.cn:123456"); for -sess a1 = h(a1 + ":abcdef:cn") a2 =
 *h("INVITE:sip:111@11.0.0.3"); for auth-int h("INVITE:sip:111@11.0.0.3:" + h("v=0\r\n")) h(a1 + ":abcdef:0000000A:cn:"
 *+ qop + ":" + a2); without qop h(a1 + ":abcdef:" + a2) */
static const struct {
	const char *algorithm, *qop, *response;
} computed[] = {
	{"MD5", "", "938ce30365670f5820a2be8976888f88"},
	{"MD5", "auth", "686621280a01f802f47b79ffce5937f5"},
	{"MD5", "auth-int", "3d6722ccffde94747e4717ba7c1ae89a"},
	{"MD5-sess", "", "724635ba9435032be2b7dffd385f6e33"},
	{"MD5-sess", "auth", "d5ce429d95e9ed2a849728be9d1b4476"},
	{"MD5-sess", "auth-int", "7b7b0955ad3bc2ecdeb5e69be7c54bc0"},
	{"SHA-256", "", "619e5495192001388b5231e09a8a51fdba21a064266bb319948fa0e7c6378ba5"},
	{"SHA-256", "auth", "3b1717f9e2c26acbe08f928f8f06f5c13272bb5a31d8c7f862a39482557fb44c"},
	{"SHA-256", "auth-int", "e84818ac5d27a60cbeccfb3ba55bd09b309d5249ada58f7b44ebbc6946619fef"},
	{"SHA-256-sess", "", "2a54b9141ab61d50ad45bbf233a3c7d91fa0880d17ed1160ea7d0ffd439b2bab"},
	{"SHA-256-sess", "auth", "917678ca68c51c37cf65de0b35f526f41c6254085c00c3aea0d8aa8cb682f246"},
	{"SHA-256-sess", "auth-int", "f7428d9c10ded6ac68f224dffa8c35975e1e4103d149f7e2999621b4a06257dd"},
	{"SHA-512-256", "", "8d7c0bb1e6bd84bba146648fa1633faf4ba40c622e3b00825edaa025525a0118"},
	{"SHA-512-256", "auth", "7202a3c644e9e8f98acd38e1df2e099ea8f09681838de1f0d4a576845c022704"},
	{"SHA-512-256", "auth-int", "282be4bb27f2bb36c91a027120b4c001f158f0379781df7fe906c7e6bf6cc594"},
	{"SHA-512-256-sess", "", "ec3060a686c8f3426744f65de05d1ab009718791f786416c02f0e05b0ec04bd9"},
	{"SHA-512-256-sess", "auth", "d5a62d1f7446cceee9145296ff695903cf76d317ba40cb55022c69d3800f494f"},
	{"SHA-512-256-sess", "auth-int", "aaa9ee36be7386543cb8b4254fd66e1ade7390c4a116f67d7ce5ce7982403afc"},
};

static void rfc7616_3_4_sess_and_auth_int_and_the_form_without_qop(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(computed); i++) {
		ahoy_slice qop = ahoy_slice_of(computed[i].qop), body = AHOY_S("v=0\r\n"), a1;
		ahoy_digest_credentials c = {.nonce = AHOY_S("abcdef"),
					     .cnonce = AHOY_S("cn"),
					     .uri = AHOY_S("sip:111@11.0.0.3"),
					     .algorithm =
						     ahoy_digest_algorithm_of(ahoy_slice_of(computed[i].algorithm)),
					     .qop = qop.len == 8 ? AHOY_DIGEST_QOP_AUTH_INT
						    : qop.len	 ? AHOY_DIGEST_QOP_AUTH
								 : 0,
					     .nc = 10,
					     .nc_text = AHOY_S("0000000A"),
					     .response = ahoy_slice_of(computed[i].response)};
		char ha1[AHOY_DIGEST_HEX];

		a1 = (ahoy_slice){ha1, ahoy_digest_ha1(ahoy_digest_base(c.algorithm), AHOY_S("115"), AHOY_S("ltsip.cn"),
						       AHOY_S("123456"), ha1)};
		assert_row(ahoy_digest_verify(&c, a1, AHOY_S("INVITE"), body), computed[i].response);
		/* Only auth-int covers the body. */
		assert_row(ahoy_digest_verify(&c, a1, AHOY_S("INVITE"), AHOY_S("v=1\r\n")) == (qop.len != 8),
			   computed[i].response);
	}
}

static ahoy_digest_credentials seed_credentials(void)
{
	return (ahoy_digest_credentials){.username = AHOY_S("115"),
					 .nonce = AHOY_S("02fbfa80e68e9c1bc189975eaeadc6cb"),
					 .cnonce = AHOY_S("d20ad7febce41cc979e00a1663667608"),
					 .uri = AHOY_S("sip:11.0.0.3;transport=UDP"),
					 .qop = AHOY_DIGEST_QOP_AUTH,
					 .nc = 1,
					 .response = AHOY_S("277c78bfb96d7deb0846f73cc28e42c3")};
}

static bool verify_seed(const ahoy_digest_credentials *c)
{
	char ha1[AHOY_DIGEST_HEX];

	return ahoy_digest_verify(c,
				  (ahoy_slice){ha1, ahoy_digest_ha1(AHOY_DIGEST_MD5, AHOY_S("115"), AHOY_S("ltsip.cn"),
								    AHOY_S("123456"), ha1)},
				  AHOY_S("REGISTER"), AHOY_S(""));
}

static void every_part_of_the_credentials_counts(void **state)
{
	ahoy_digest_credentials c;

	(void)state;
	c = seed_credentials();
	assert_true(verify_seed(&c));
	c.response = AHOY_S("277C78BFB96D7DEB0846F73CC28E42C3");
	assert_true(verify_seed(&c));
	c.response = AHOY_S("277c78bfb96d7deb0846f73cc28e42c4");
	assert_false(verify_seed(&c));
	c.response = AHOY_S("277c78bfb96d7deb0846f73cc28e42c");
	assert_false(verify_seed(&c));
	c.response = AHOY_S("");
	assert_false(verify_seed(&c));
	c.response = AHOY_S(
		"277c78bfb96d7deb0846f73cc28e42c3277c78bfb96d7deb0846f73cc28e42c3277c78bfb96d7deb0846f73cc28e42c3");
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.nc = 2;
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.cnonce = AHOY_S("d");
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.nonce = AHOY_S("d");
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.uri = AHOY_S("sip:11.0.0.3");
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.qop = 0;
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.algorithm = AHOY_DIGEST_SHA256;
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.algorithm = AHOY_DIGEST_UNKNOWN;
	assert_false(verify_seed(&c));
	c = seed_credentials();
	c.qop_unknown = true;
	assert_false(verify_seed(&c));
}

static void the_stored_secret_is_the_hash_of_user_realm_and_password(void **state)
{
	char hex[AHOY_DIGEST_HEX];

	(void)state;
	/* printf 115:ltsip.cn:123456 | md5sum, sha256sum */
	assert_int_equal(ahoy_digest_ha1(AHOY_DIGEST_MD5, AHOY_S("115"), AHOY_S("ltsip.cn"), AHOY_S("123456"), hex),
			 32);
	assert_slice(((ahoy_slice){hex, 32}), "45f38dba5247b7fd4b7b3fe290f96ad2");
	assert_int_equal(ahoy_digest_ha1(AHOY_DIGEST_SHA256, AHOY_S("115"), AHOY_S("ltsip.cn"), AHOY_S("123456"), hex),
			 64);
	assert_slice(((ahoy_slice){hex, 64}), "6577acf1c1dca56414b12ce91d5c37683371fe270403a36a11272fd2eb8c4761");
	assert_int_equal(
		ahoy_digest_ha1(AHOY_DIGEST_SHA512_256, AHOY_S("115"), AHOY_S("ltsip.cn"), AHOY_S("123456"), hex), 64);
}

static void algorithms_have_names_in_any_case_and_a_base(void **state)
{
	(void)state;
	for (int a = 0; a < AHOY_DIGEST_ALGORITHMS; a++) {
		ahoy_digest_algorithm algorithm = (ahoy_digest_algorithm)a;
		ahoy_slice name = ahoy_digest_algorithm_name(algorithm);
		bool sess = ahoy_slice_ends(name, AHOY_S("-sess"));

		assert_int_equal(ahoy_digest_algorithm_of(name), a);
		assert_int_equal(ahoy_digest_base(algorithm), sess ? a - 1 : a);
	}
	assert_int_equal(ahoy_digest_algorithm_of(AHOY_S("md5-SESS")), AHOY_DIGEST_MD5_SESS);
	assert_int_equal(ahoy_digest_algorithm_of(AHOY_S("sha-256")), AHOY_DIGEST_SHA256);
	assert_int_equal(ahoy_digest_algorithm_of(AHOY_S("SHA-1")), AHOY_DIGEST_UNKNOWN);
	assert_int_equal(ahoy_digest_algorithm_of(AHOY_S("")), AHOY_DIGEST_UNKNOWN);
	assert_slice(ahoy_digest_algorithm_name(AHOY_DIGEST_UNKNOWN), "");
	assert_int_equal(ahoy_digest_base(AHOY_DIGEST_UNKNOWN), AHOY_DIGEST_UNKNOWN);
}

static int fini(void **state)
{
	(void)state;
	ahoy_hash_thread_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc7616_3_9_published_vectors),
		cmocka_unit_test(rfc7616_3_4_sess_and_auth_int_and_the_form_without_qop),
		cmocka_unit_test(every_part_of_the_credentials_counts),
		cmocka_unit_test(the_stored_secret_is_the_hash_of_user_realm_and_password),
		cmocka_unit_test(algorithms_have_names_in_any_case_and_a_base),
	};

	return cmocka_run_group_tests(tests, NULL, fini);
}
