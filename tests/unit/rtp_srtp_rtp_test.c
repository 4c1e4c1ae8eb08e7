/* rtp/srtp_rtp: RTP packets protected and unprotected: RFC 7714 16's vectors, replay, loss, wrapping, limits, hostile bytes. */
#include <stdlib.h>

#include "hex.h"
#include "rtp/srtp_state.h"
#include "test.h"
#include "test_env.h"

enum {
	CAP = 1500
};

typedef struct {
	test_env te;
	ahoy_srtp *out, *in;
} world;

static void world_init(world *w, const ahoy_srtp_key *key)
{
	test_env_init(&w->te, 1);
	assert_int_equal(ahoy_srtp_new(&w->te.env, key, true, &w->out), 0);
	assert_int_equal(ahoy_srtp_new(&w->te.env, key, false, &w->in), 0);
}

static void world_fini(world *w)
{
	ahoy_srtp_del(w->out);
	ahoy_srtp_del(w->in);
	test_env_fini(&w->te);
}

static ahoy_srtp_key key_of(int suite)
{
	return (ahoy_srtp_key){.suite = (ahoy_srtp_suite)suite, .bytes = {1, 2, 3, 4}};
}

static size_t make_packet(uint8_t *p, uint16_t seq, uint32_t ssrc)
{
	memset(p, 0, 12);
	p[0] = 0x80;
	p[2] = (uint8_t)(seq >> 8);
	p[3] = (uint8_t)seq;
	p[8] = (uint8_t)(ssrc >> 24);
	p[11] = (uint8_t)ssrc;
	for (unsigned i = 0; i < 160; i++)
		p[12 + i] = (uint8_t)(i * 3 + seq);
	return 172;
}

static int send(world *w, uint16_t seq, uint8_t *p, size_t *len)
{
	*len = make_packet(p, seq, 7);
	return ahoy_srtp_protect(w->out, p, len, CAP);
}

static int pass(world *w, uint16_t seq)
{
	uint8_t p[CAP];
	size_t len;
	int err = send(w, seq, p, &len);

	return err ? err : ahoy_srtp_unprotect(w->in, p, &len);
}

/* The documents give session keys. */
static void set_session_keys(ahoy_srtp *srtp, const char *key_hex, const char *salt_hex)
{
	uint8_t key[32];

	ahoy_cipher_fini(&srtp->rtp.cipher);
	test_hex(key_hex, key, sizeof key);
	test_hex(salt_hex, srtp->rtp.salt, 12);
	assert_int_equal(ahoy_cipher_init(&srtp->rtp.cipher,

					  srtp->key.suite == AHOY_SRTP_AEAD_AES_128_GCM ? AHOY_CIPHER_AES_128_GCM : AHOY_CIPHER_AES_256_GCM,
					  key, srtp->protects),
			 0);
}

static void rfc7714_16_1_and_16_2_packets(void **state)
{
	static const char plain[] = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f "
				    "6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573";
	static const struct {
		ahoy_srtp_suite suite;
		const char *key, *sealed;
	} rows[] = {
		{AHOY_SRTP_AEAD_AES_128_GCM, "000102030405060708090a0b0c0d0e0f",
		 "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c "
		 "9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 "
		 "6a9152cf 765ee439 0cce"},
		{AHOY_SRTP_AEAD_AES_256_GCM, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		 "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa "
		 "332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff "
		 "d6b0f9bb 7878d7a7 6c13"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_srtp_key key = key_of((int)rows[i].suite);
		uint8_t p[CAP], expected[CAP];
		size_t len = test_hex(plain, p, sizeof p), expected_len = test_hex(rows[i].sealed, expected, sizeof expected);
		world w;

		world_init(&w, &key);
		set_session_keys(w.out, rows[i].key, "517569642070726f2071756f");
		set_session_keys(w.in, rows[i].key, "517569642070726f2071756f");
		assert_int_equal(ahoy_srtp_protect(w.out, p, &len, sizeof p), 0);
		assert_int_equal(len, expected_len);
		assert_memory_equal(p, expected, len);
		assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), 0);
		assert_int_equal(len, test_hex(plain, expected, sizeof expected));
		assert_memory_equal(p, expected, len);
		world_fini(&w);
	}
}

static void each_suite_hides_the_payload_and_grows_by_its_tag(void **state)
{
	static const size_t tags[] = {0, 10, 4, 10, 4, 16, 16};

	(void)state;
	for (int suite = 1; suite < AHOY_SRTP_SUITES; suite++)
		for (uint8_t mki_len = 0; mki_len <= AHOY_SRTP_MAX_MKI; mki_len += 4) {
			ahoy_srtp_key key = key_of(suite);
			uint8_t p[CAP], plain[CAP];
			size_t len, plain_len = make_packet(plain, 5, 7);
			world w;

			key.mki_len = mki_len;
			memset(key.mki, 0xab, sizeof key.mki);
			world_init(&w, &key);
			assert_int_equal(send(&w, 5, p, &len), 0);
			assert_int_equal(len, plain_len + tags[suite] + mki_len);
			assert_memory_equal(p, plain, 12);
			assert_memory_not_equal(p + 12, plain + 12, 16);
			assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), 0);
			assert_int_equal(len, plain_len);
			assert_memory_equal(p, plain, len);
			world_fini(&w);
		}
}

static void a_changed_bit_anywhere_is_not_authentic(void **state)
{
	(void)state;
	for (int suite = 1; suite < AHOY_SRTP_SUITES; suite++) {
		ahoy_srtp_key key = key_of(suite);
		uint8_t p[CAP], sealed[CAP];
		size_t len, sealed_len;
		world w;

		key.mki_len = 4;
		world_init(&w, &key);
		assert_int_equal(send(&w, 5, sealed, &sealed_len), 0);
		for (size_t at = 1; at < sealed_len; at++) { /* byte 0 says how long the header is: below */
			memcpy(p, sealed, sealed_len);
			p[at] ^= 0x10;
			len = sealed_len;
			assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), AHOY_EAUTH);
			assert_int_equal(len, sealed_len);
		}
		/* None of them left a trace: the packet itself is still new. */
		assert_int_equal(w.in->stream_count, 0);
		len = sealed_len;
		assert_int_equal(ahoy_srtp_unprotect(w.in, sealed, &len), 0);
		world_fini(&w);
	}
}

static void rfc3711_3_3_2_a_replay_is_refused_and_reordering_is_not(void **state)
{
	ahoy_srtp_key key = key_of(AHOY_SRTP_AES_CM_128_HMAC_SHA1_80);
	uint8_t p[3][CAP], copy[CAP];
	size_t len[3], copy_len;
	world w;

	(void)state;
	world_init(&w, &key);
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(send(&w, (uint16_t)(10 + i), p[i], &len[i]), 0);
	memcpy(copy, p[1], len[1]);
	copy_len = len[1];
	assert_int_equal(ahoy_srtp_unprotect(w.in, p[2], &len[2]), 0);
	assert_int_equal(ahoy_srtp_unprotect(w.in, p[1], &len[1]), 0);
	assert_int_equal(ahoy_srtp_unprotect(w.in, copy, &copy_len), AHOY_ECONFLICT);
	assert_int_equal(ahoy_srtp_unprotect(w.in, p[0], &len[0]), 0);
	world_fini(&w);
}

static void rfc3711_9_1_no_index_is_protected_twice(void **state)
{
	ahoy_srtp_key key = key_of(AHOY_SRTP_AES_CM_128_HMAC_SHA1_80);
	uint8_t p[CAP];
	size_t len;
	world w;

	(void)state;
	world_init(&w, &key);
	assert_int_equal(send(&w, 10, p, &len), 0);
	assert_int_equal(send(&w, 10, p, &len), AHOY_ECONFLICT);
	assert_int_equal(len, 172);
	assert_int_equal(p[12], (uint8_t)10); /* as it was */
	assert_int_equal(send(&w, 12, p, &len), 0);
	assert_int_equal(send(&w, 11, p, &len), 0); /* a relay passes what came late */
	world_fini(&w);
}

static void the_sequence_wraps_with_losses_around_it(void **state)
{
	(void)state;
	for (int suite = 1; suite < AHOY_SRTP_SUITES; suite++) {
		ahoy_srtp_key key = key_of(suite);
		world w;

		world_init(&w, &key);
		for (uint32_t seq = 65000; seq < 65536 * 3 + 1000; seq += 1 + seq % 500)
			assert_int_equal(pass(&w, (uint16_t)seq), 0);
		assert_int_equal(w.in->streams[0].rtp.highest >> 16, 3);
		world_fini(&w);
	}
}

static void a_key_ends_with_its_lifetime(void **state)
{
	ahoy_srtp_key key = key_of(AHOY_SRTP_AES_CM_128_HMAC_SHA1_80), longer = key;
	uint8_t p[CAP];
	size_t len;
	world w;

	(void)state;
	key.lifetime = 3;
	world_init(&w, &key);
	for (uint16_t seq = 0; seq < 3; seq++)
		assert_int_equal(pass(&w, seq), 0);
	assert_int_equal(pass(&w, 3), AHOY_ESTATE);
	ahoy_srtp_del(w.out);
	assert_int_equal(ahoy_srtp_new(&w.te.env, &longer, true, &w.out), 0); /* a sender that does not care */
	assert_int_equal(send(&w, 4, p, &len), 0);
	assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), AHOY_ESTATE);
	world_fini(&w);
}

/* RFC 3711 9.2: 2^48 packets of one SSRC are the most. */
static void the_last_index_is_the_last_packet(void **state)
{
	ahoy_srtp_key key = key_of(AHOY_SRTP_AEAD_AES_128_GCM);
	uint8_t p[CAP];
	size_t len;
	world w;

	(void)state;
	world_init(&w, &key);
	assert_int_equal(send(&w, 10, p, &len), 0);
	w.out->streams[0].rtp.highest = (UINT64_C(1) << 48) - 2;
	assert_int_equal(send(&w, 65535, p, &len), 0);
	assert_int_equal(send(&w, 0, p, &len), AHOY_ECONFLICT);
	world_fini(&w);
}

static void there_is_a_bound_of_sources(void **state)
{
	ahoy_srtp_key key = key_of(AHOY_SRTP_AES_CM_128_HMAC_SHA1_32);
	uint8_t p[CAP];
	size_t len;
	world w;

	(void)state;
	world_init(&w, &key);
	for (uint32_t ssrc = 1; ssrc <= AHOY_SRTP_MAX_STREAMS + 1; ssrc++) {
		int expected = ssrc <= AHOY_SRTP_MAX_STREAMS ? 0 : AHOY_EFULL;

		len = make_packet(p, 1, ssrc);
		assert_int_equal(ahoy_srtp_protect(w.out, p, &len, CAP), expected);
		if (!expected)
			assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), 0);
		else
			assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), AHOY_EFULL);
	}
	len = make_packet(p, 2, 3); /* the old ones go on */
	assert_int_equal(ahoy_srtp_protect(w.out, p, &len, CAP), 0);
	assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), 0);
	world_fini(&w);
}

/* CSRC list and header extension stay readable; a header that is longer than the packet is none. */
static void rfc3711_3_1_the_header_is_csrc_list_and_extension_too(void **state)
{
	ahoy_srtp_key key = key_of(AHOY_SRTP_AES_CM_128_HMAC_SHA1_80);
	uint8_t plain[12 + 8 + 4 + 4 + 5] = {0x92, 0, 0, 1, 0, 0, 0,
					     0, 0, 0, 0, 7, 1, 1, 1, 1, 2, 2, 2, 2, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 'h', 'e', 'l', 'l', 'o'};
	uint8_t *p, memory[CAP];
	size_t len;
	world w;

	(void)state;
	world_init(&w, &key);
	memcpy(memory, plain, sizeof plain);
	len = sizeof plain;
	assert_int_equal(ahoy_srtp_protect(w.out, memory, &len, CAP), 0);
	assert_memory_equal(memory, plain, 28);
	assert_memory_not_equal(memory + 28, plain + 28, 5);
	assert_int_equal(ahoy_srtp_unprotect(w.in, memory, &len), 0);
	assert_memory_equal(memory, plain, sizeof plain);
	/* Every shorter packet, in memory of exactly its size. */
	for (size_t cut = 0; cut < 28; cut++) {
		p = malloc(cut ? cut : 1);
		memcpy(p, plain, cut);
		len = cut;
		assert_int_equal(ahoy_srtp_protect(w.out, p, &len, cut), AHOY_ETRUNCATED);
		assert_int_equal(ahoy_srtp_unprotect(w.in, p, &len), AHOY_ETRUNCATED);
		free(p);
	}
	memory[0] = 0x52; /* version 1 */
	len = sizeof plain;
	assert_int_equal(ahoy_srtp_unprotect(w.in, memory, &len), AHOY_ETRUNCATED);
	/* No room for the tag. */
	memcpy(memory, plain, sizeof plain);
	memory[3] = 2;
	assert_int_equal(ahoy_srtp_protect(w.out, memory, &len, sizeof plain + 9), AHOY_EFULL);
	assert_int_equal(ahoy_srtp_protect(w.out, memory, &len, sizeof plain + 10), 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc7714_16_1_and_16_2_packets),
		cmocka_unit_test(each_suite_hides_the_payload_and_grows_by_its_tag),
		cmocka_unit_test(a_changed_bit_anywhere_is_not_authentic),
		cmocka_unit_test(rfc3711_3_3_2_a_replay_is_refused_and_reordering_is_not),
		cmocka_unit_test(rfc3711_9_1_no_index_is_protected_twice),
		cmocka_unit_test(the_sequence_wraps_with_losses_around_it),
		cmocka_unit_test(a_key_ends_with_its_lifetime),
		cmocka_unit_test(the_last_index_is_the_last_packet),
		cmocka_unit_test(there_is_a_bound_of_sources),
		cmocka_unit_test(rfc3711_3_1_the_header_is_csrc_list_and_extension_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
