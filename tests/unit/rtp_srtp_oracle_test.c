/* rtp/srtp against libsrtp2, both ways, all suites: random packets, lost, late, repeated, with a sequence that wraps. Both must come
 * to the same verdict on each, and to the same bytes. And: a packet allocates nothing in libcrypto or in ours. */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <srtp2/srtp.h>

#include "rtp/srtp.h"
#include "test.h"
#include "test_env.h"

enum {
	CAP = 2048,
	PACKETS = 3000,
	LATE = 40
};

static size_t allocations;

static void *count_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return malloc(size);
}

static void *count_realloc(void *ptr, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return realloc(ptr, size);
}

static void count_free(void *ptr, const char *file, int line)
{
	(void)file;
	(void)line;
	free(ptr);
}

static uint32_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static srtp_t their_context(const ahoy_srtp_key *key, bool protects)
{
	static void (*const policies[AHOY_SRTP_SUITES])(srtp_crypto_policy_t *) = {
		NULL,
		srtp_crypto_policy_set_rtp_default,
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
		srtp_crypto_policy_set_aes_gcm_128_16_auth,
		srtp_crypto_policy_set_aes_gcm_256_16_auth,
	};
	srtp_policy_t policy = {.ssrc = {.type = protects ? ssrc_any_outbound : ssrc_any_inbound}, .window_size = 128};
	ahoy_srtp_key copy = *key;
	srtp_master_key_t master = {copy.bytes, copy.mki, copy.mki_len};
	srtp_master_key_t *masters[] = {&master};
	srtp_t context;

	policies[key->suite](&policy.rtp);
	policies[key->suite](&policy.rtcp);
	/* RFC 4568 6.2.2: the tag of SRTCP stays long. */
	if (key->suite == AHOY_SRTP_AES_CM_128_HMAC_SHA1_32)
		srtp_crypto_policy_set_rtp_default(&policy.rtcp);
	if (key->suite == AHOY_SRTP_AES_256_CM_HMAC_SHA1_32)
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
	if (key->mki_len) {
		policy.keys = masters;
		policy.num_master_keys = 1;
	} else {
		policy.key = copy.bytes;
	}
	assert_int_equal(srtp_create(&context, &policy), srtp_err_status_ok);
	return context;
}

/* With CSRCs and a header extension at times. */
static size_t random_packet(uint8_t *p, uint16_t seq, uint32_t ssrc)
{
	unsigned csrcs = random_below(4) ? 0 : random_below(16), words = random_below(4) ? 0 : random_below(5);
	bool has_extension = random_below(4) == 0;
	size_t at = 12, len;

	for (size_t i = 0; i < 600; i++)
		p[i] = (uint8_t)random_below(256);
	p[0] = (uint8_t)(0x80 | csrcs | (has_extension ? 0x10 : 0));
	p[2] = (uint8_t)(seq >> 8);
	p[3] = (uint8_t)seq;
	memcpy(p + 8, &ssrc, 4);
	at += 4 * (size_t)csrcs;
	if (has_extension) {
		p[at + 2] = 0;
		p[at + 3] = (uint8_t)words;
		at += 4 + 4 * (size_t)words;
	}
	len = at + random_below(400);
	return len;
}

static ahoy_srtp_key random_key(int suite, uint8_t mki_len)
{
	ahoy_srtp_key key = {.suite = (ahoy_srtp_suite)suite, .mki_len = mki_len};

	for (size_t i = 0; i < sizeof key.bytes; i++)
		key.bytes[i] = (uint8_t)random_below(256);
	for (size_t i = 0; i < mki_len; i++)
		key.mki[i] = (uint8_t)random_below(256);
	return key;
}

/* What is under way from one side to the other. */
typedef struct {
	uint8_t plain[CAP], sealed[CAP];
	size_t plain_len, sealed_len;
} packet;

static packet packets[LATE];

static void protect(ahoy_srtp *ours, srtp_t theirs, bool by_us, bool use_mki, packet *p)
{
	memcpy(p->sealed, p->plain, p->plain_len);
	if (by_us) {
		p->sealed_len = p->plain_len;
		assert_int_equal(ahoy_srtp_protect(ours, p->sealed, &p->sealed_len, CAP), 0);
	} else {
		int len = (int)p->plain_len;

		assert_int_equal(srtp_protect_mki(theirs, p->sealed, &len, use_mki, 0), srtp_err_status_ok);
		p->sealed_len = (size_t)len;
	}
}

/* The verdict: 1 taken, 0 not. */
static bool unprotect(ahoy_srtp *ours, srtp_t theirs, bool by_us, bool use_mki, const packet *p)
{
	uint8_t bytes[CAP];
	size_t len = p->sealed_len;
	bool taken;

	memcpy(bytes, p->sealed, len);
	if (by_us) {
		taken = ahoy_srtp_unprotect(ours, bytes, &len) == 0;
	} else {
		int their_len = (int)len;

		taken = srtp_unprotect_mki(theirs, bytes, &their_len, use_mki) == srtp_err_status_ok;
		len = (size_t)their_len;
	}
	if (taken) {
		assert_int_equal(len, p->plain_len);
		assert_memory_equal(bytes, p->plain, len);
	}
	return taken;
}

static void one_way(int suite, bool we_protect, uint8_t mki_len)
{
	ahoy_srtp_key key = random_key(suite, mki_len);
	ahoy_srtp *out, *in;
	srtp_t their_out = their_context(&key, true), their_in = their_context(&key, false);
	uint32_t index = 20000, ssrc = random_below(1u << 24);
	unsigned taken = 0, refused = 0;
	test_env te;

	test_env_init(&te, 1);
	assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &out), 0);
	assert_int_equal(ahoy_srtp_new(&te.env, &key, false, &in), 0);
	for (int i = 0; i < PACKETS; i++) {
		packet *now = &packets[i % LATE];
		size_t before = allocations, blocks = te.allocations;
		bool verdict, theirs;

		/* Losses of up to a few thousand, so that the sequence wraps several times. */
		index += random_below(10) ? 1 : 1 + random_below(600);
		now->plain_len = random_packet(now->plain, (uint16_t)index, ssrc);
		protect(out, their_out, we_protect, mki_len, now);
		/* Now, late, twice, damaged: whichever it is, both receivers say the same. */
		if (i >= LATE)
			now = &packets[random_below(3) ? (uint32_t)i % LATE : random_below(LATE)];
		if (random_below(20) == 0)
			now->sealed[random_below((uint32_t)now->sealed_len - 12) + 12] ^= 1;
		verdict = unprotect(in, their_in, true, mki_len, now);
		theirs = unprotect(in, their_in, false, mki_len, now);
		assert_int_equal(verdict, theirs);
		taken += verdict;
		refused += !verdict;
		if (i > 10) { /* NSS has its own memory; this is ours and libcrypto's */
			assert_int_equal(allocations, before);
			assert_int_equal(te.allocations, blocks);
		}
	}
	assert_true(index > 20000 + 65536);
	assert_true(taken > PACKETS / 2 && refused > PACKETS / 50);
	ahoy_srtp_del(out);
	ahoy_srtp_del(in);
	srtp_dealloc(their_out);
	srtp_dealloc(their_in);
	test_env_fini(&te);
}

static void rtp_both_ways_with_all_suites(void **state)
{
	(void)state;
	for (int suite = 1; suite < AHOY_SRTP_SUITES; suite++)
		for (int we_protect = 0; we_protect < 2; we_protect++)
			one_way(suite, we_protect, 0);
}

static void rtp_with_a_master_key_identifier(void **state)
{
	(void)state;
	for (int we_protect = 0; we_protect < 2; we_protect++) {
		one_way(AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, we_protect, 4);
		one_way(AHOY_SRTP_AEAD_AES_128_GCM, we_protect, 1);
	}
}

static size_t random_report(uint8_t *p, uint32_t ssrc)
{
	size_t words = 2 + random_below(40);

	for (size_t i = 0; i < 4 * words; i++)
		p[i] = (uint8_t)random_below(256);
	p[0] = 0x80;
	p[1] = 201;
	p[2] = 0;
	p[3] = (uint8_t)(words - 1);
	memcpy(p + 4, &ssrc, 4);
	return 4 * words;
}

static void rtcp_both_ways_with_all_suites(void **state)
{
	(void)state;
	for (int suite = 1; suite < AHOY_SRTP_SUITES; suite++) {
		ahoy_srtp_key key = random_key(suite, 0);
		ahoy_srtp *out, *in;
		srtp_t their_out = their_context(&key, true), their_in = their_context(&key, false);
		test_env te;

		test_env_init(&te, 1);
		assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &out), 0);
		assert_int_equal(ahoy_srtp_new(&te.env, &key, false, &in), 0);
		for (int i = 0; i < 200; i++) {
			uint8_t plain[CAP], bytes[CAP];
			size_t plain_len = random_report(plain, 77), len = plain_len;
			int their_len;

			memcpy(bytes, plain, plain_len);
			assert_int_equal(ahoy_srtp_protect_rtcp(out, bytes, &len, CAP), 0);
			their_len = (int)len;
			assert_int_equal(srtp_unprotect_rtcp(their_in, bytes, &their_len), srtp_err_status_ok);
			assert_int_equal(their_len, plain_len);
			assert_memory_equal(bytes, plain, plain_len);

			their_len = (int)plain_len;
			assert_int_equal(srtp_protect_rtcp(their_out, bytes, &their_len), srtp_err_status_ok);
			len = (size_t)their_len;
			assert_int_equal(ahoy_srtp_unprotect_rtcp(in, bytes, &len), 0);
			assert_int_equal(len, plain_len);
			assert_memory_equal(bytes, plain, plain_len);
		}
		ahoy_srtp_del(out);
		ahoy_srtp_del(in);
		srtp_dealloc(their_out);
		srtp_dealloc(their_in);
		test_env_fini(&te);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtp_both_ways_with_all_suites),
		cmocka_unit_test(rtp_with_a_master_key_identifier),
		cmocka_unit_test(rtcp_both_ways_with_all_suites),
	};
	int failed;

	/* Before libcrypto's first use; it refuses afterwards. */
	if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1 || srtp_init() != srtp_err_status_ok)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)srtp_shutdown();
	return failed;
}
