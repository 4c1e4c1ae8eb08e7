/* endpoint/call_srtp with endpoint/call_sdp: two endpoints agree on keys (RFC 4568 5.1), and packets pass
 * encrypted, or there is no call. */
#include "endpoint/call_srtp.h"

#include "endpoint/call_sdp.h"
#include "oom.h"
#include "test.h"
#include "test_env.h"

static const ahoy_codec *const codecs[] = {&ahoy_codec_pcmu};

typedef struct {
	ahoy_call_sdp sdp;
	ahoy_call_srtp srtp;
} end;

typedef struct {
	test_env te;
	end a, b;
} world;

static void make(world *w, end *e, uint16_t port, ahoy_srtp_policy policy, bool offers_keys)
{
	ahoy_addr addr = {.family = 4, .port = port, .ip = {192, 0, 2, 1}};

	*e = (end){0};
	ahoy_call_sdp_init(&e->sdp, &addr, codecs, 1, port);
	ahoy_call_sdp_set_srtp(&e->sdp, &w->te.env, policy, offers_keys);
}

static void world_init(world *w, ahoy_srtp_policy a, bool offers_keys, ahoy_srtp_policy b)
{
	test_env_init(&w->te, 1);
	make(w, &w->a, 4000, a, offers_keys);
	make(w, &w->b, 5000, b, false);
}

static void world_fini(world *w)
{
	end *ends[] = {&w->a, &w->b};

	for (int i = 0; i < 2; i++) {
		ahoy_call_srtp_fini(&ends[i]->srtp);
		ahoy_call_sdp_fini(&ends[i]->sdp);
	}
	test_env_fini(&w->te);
}

/* One offer and its answer. */
static int negotiate(world *w, end *offerer, end *answerer, int *warning)
{
	ahoy_slice offer, answer;
	int err = ahoy_call_sdp_offer(&offerer->sdp, &offer);

	if (!err)
		err = ahoy_call_sdp_answer(&answerer->sdp, offer, &answer, warning);
	if (!err)
		err = ahoy_call_sdp_accept(&offerer->sdp, answer);
	if (!err)
		err = ahoy_call_srtp_set(&offerer->srtp, &w->te.env, &offerer->sdp.agreed);
	if (!err)
		err = ahoy_call_srtp_set(&answerer->srtp, &w->te.env, &answerer->sdp.agreed);
	return err;
}

static bool passes(end *from, end *to, uint16_t seq, bool *encrypted)
{
	uint8_t plain[60] = {0x80, 0, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 0, 0, 0, 0, 9};
	uint8_t m1[AHOY_CALL_SRTP_MAX], m2[AHOY_CALL_SRTP_MAX];
	ahoy_slice sealed = ahoy_call_srtp_seal(&from->srtp, false, ahoy_slice_make(plain, sizeof plain), m1), opened;

	if (encrypted)
		*encrypted = sealed.len != sizeof plain && memcmp(sealed.ptr + 12, plain + 12, sizeof plain - 12) != 0;
	opened = ahoy_call_srtp_open(&to->srtp, false, sealed, m2);
	return opened.len == sizeof plain && memcmp(opened.ptr, plain, sizeof plain) == 0;
}

static void rfc4568_5_1_each_pair_of_policies(void **state)
{
	static const struct {
		ahoy_srtp_policy a;
		bool offers_keys;
		ahoy_srtp_policy b;
		bool call, encrypted;
	} rows[] = {
		{AHOY_SRTP_OFF, false, AHOY_SRTP_OFF, true, false},
		{AHOY_SRTP_OFF, false, AHOY_SRTP_OPTIONAL, true, false},
		{AHOY_SRTP_OFF, false, AHOY_SRTP_REQUIRED, false, false},
		{AHOY_SRTP_OPTIONAL, false, AHOY_SRTP_OPTIONAL, true, false},
		{AHOY_SRTP_OPTIONAL, true, AHOY_SRTP_OFF, true, false},
		{AHOY_SRTP_OPTIONAL, true, AHOY_SRTP_OPTIONAL, true, true},
		{AHOY_SRTP_OPTIONAL, true, AHOY_SRTP_REQUIRED, true, true},
		{AHOY_SRTP_REQUIRED, false, AHOY_SRTP_OFF, false, false},
		{AHOY_SRTP_REQUIRED, false, AHOY_SRTP_OPTIONAL, true, true},
		{AHOY_SRTP_REQUIRED, true, AHOY_SRTP_REQUIRED, true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int warning = 0, err;
		bool there, back;
		world w;

		world_init(&w, rows[i].a, rows[i].offers_keys, rows[i].b);
		err = negotiate(&w, &w.a, &w.b, &warning);
		assert_int_equal(err, rows[i].call ? 0 : AHOY_ECODEC);
		assert_int_equal(warning, rows[i].call ? 0 : 399);
		if (!err) {
			assert_true(passes(&w.a, &w.b, 1, &there) && passes(&w.b, &w.a, 1, &back));
			assert_true(there == rows[i].encrypted && back == rows[i].encrypted);
			assert_string_equal(ahoy_call_sdp_suite(&w.a.sdp), rows[i].encrypted ? "AEAD_AES_256_GCM" : "none");
		}
		world_fini(&w);
	}
}

/* RFC 4568 7.1.4: the same keys go on where they were. */
static void a_later_offer_keeps_keys_and_counters(void **state)
{
	int warning;
	ahoy_srtp *before;
	world w;

	(void)state;
	world_init(&w, AHOY_SRTP_REQUIRED, true, AHOY_SRTP_OPTIONAL);
	assert_int_equal(negotiate(&w, &w.a, &w.b, &warning), 0);
	assert_true(passes(&w.a, &w.b, 7, NULL));
	before = w.b.srtp.in;
	w.a.sdp.dir = AHOY_SDP_SENDONLY;
	assert_int_equal(negotiate(&w, &w.a, &w.b, &warning), 0);
	assert_ptr_equal(w.b.srtp.in, before);
	assert_false(passes(&w.a, &w.b, 7, NULL)); /* the sender does not repeat an index */
	assert_true(passes(&w.a, &w.b, 8, NULL));
	/* From the other side too. */
	assert_int_equal(negotiate(&w, &w.b, &w.a, &warning), 0);
	assert_true(passes(&w.a, &w.b, 9, NULL) && passes(&w.b, &w.a, 1, NULL));
	world_fini(&w);
}

static void a_call_that_was_encrypted_stays_so(void **state)
{
	ahoy_slice offer, answer;
	end forgetful;
	int warning;
	world w;

	(void)state;
	world_init(&w, AHOY_SRTP_OPTIONAL, true, AHOY_SRTP_OPTIONAL);
	assert_int_equal(negotiate(&w, &w.a, &w.b, &warning), 0);
	/* A far end that forgets about it. */
	make(&w, &forgetful, 4000, AHOY_SRTP_OFF, false);
	assert_int_equal(ahoy_call_sdp_offer(&forgetful.sdp, &offer), 0);
	assert_int_equal(ahoy_call_sdp_answer(&w.b.sdp, offer, &answer, &warning), AHOY_ECODEC);
	assert_int_equal(warning, 399);
	assert_string_equal(ahoy_call_sdp_suite(&w.b.sdp), "AEAD_AES_256_GCM");
	world_fini(&w);
}

static void rfc4568_5_1_3_an_answer_with_another_key_is_refused(void **state)
{
	static const char *const answers[] = {
		"a=crypto:9 AEAD_AES_256_GCM inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM\r\n", /* no such tag */
		"a=crypto:2 AEAD_AES_256_GCM inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM\r\n", /* another suite's */
		"a=crypto:1 AEAD_AES_256_GCM inline:kaputt\r\n",
		("a=crypto:1 AEAD_AES_256_GCM inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM\r\n"
		 "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n"), /* two */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		char text[1024];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		ahoy_slice offer;
		world w;

		world_init(&w, AHOY_SRTP_OPTIONAL, true, AHOY_SRTP_OFF);
		assert_int_equal(ahoy_call_sdp_offer(&w.a.sdp, &offer), 0);
		ahoy_buf_fmt(&b, "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\nc=IN IP4 192.0.2.9\r\nm=audio 9000 RTP/AVP 0\r\n%s", answers[i]);
		assert_int_equal(ahoy_call_sdp_accept(&w.a.sdp, ahoy_buf_slice(&b)), AHOY_ECODEC);
		assert_int_equal(w.a.sdp.warning, 399);
		world_fini(&w);
	}
}

/* A wrong key is silence, and counted. */
static void what_is_forged_or_repeated_is_dropped_and_counted(void **state)
{
	uint8_t forged[60] = {0x80, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9}, m[AHOY_CALL_SRTP_MAX], m2[AHOY_CALL_SRTP_MAX];
	ahoy_slice sealed;
	int warning;
	world w;

	(void)state;
	world_init(&w, AHOY_SRTP_REQUIRED, true, AHOY_SRTP_OPTIONAL);
	assert_int_equal(negotiate(&w, &w.a, &w.b, &warning), 0);
	assert_int_equal(ahoy_call_srtp_open(&w.b.srtp, false, ahoy_slice_make(forged, sizeof forged), m).len, 0);
	assert_int_equal(w.b.srtp.auth_failed, 1);
	sealed = ahoy_call_srtp_seal(&w.a.srtp, false, ahoy_slice_make(forged, sizeof forged), m);
	assert_int_not_equal(ahoy_call_srtp_open(&w.b.srtp, false, sealed, m2).len, 0);
	assert_int_equal(ahoy_call_srtp_open(&w.b.srtp, false, sealed, m2).len, 0);
	assert_int_equal(w.b.srtp.replayed, 1);
	assert_int_equal(ahoy_call_srtp_open(&w.b.srtp, false, ahoy_slice_make(forged, 5), m2).len, 0);
	assert_int_equal(ahoy_call_srtp_open(&w.b.srtp, true, (ahoy_slice){0}, m2).len, 0);
	assert_int_equal(w.b.srtp.not_received, 2);
	assert_int_equal(ahoy_call_srtp_seal(&w.a.srtp, true, ahoy_slice_make(forged, 3), m).len, 0);
	assert_int_equal(w.a.srtp.not_sent, 1);
	world_fini(&w);
}

static void without_memory_the_old_keys_stay(void **state)
{
	ahoy_sdp_agreed agreed = {.send = {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_80},
				  .recv = {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_80}};
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_call_srtp srtp = {0};

		int err = ahoy_call_srtp_set(&srtp, &te.env, &agreed);

		assert_int_equal(err, te.failures ? AHOY_ENOMEM : 0);
		assert_true(!srtp.out == !srtp.in);
		ahoy_call_srtp_fini(&srtp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4568_5_1_each_pair_of_policies),
		cmocka_unit_test(a_later_offer_keeps_keys_and_counters),
		cmocka_unit_test(a_call_that_was_encrypted_stays_so),
		cmocka_unit_test(rfc4568_5_1_3_an_answer_with_another_key_is_refused),
		cmocka_unit_test(what_is_forged_or_repeated_is_dropped_and_counted),
		cmocka_unit_test(without_memory_the_old_keys_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
