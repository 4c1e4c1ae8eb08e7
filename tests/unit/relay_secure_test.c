/* relay/secure: SRTP on one side and RTP on the other, or keys of their own on both; what is not the peer's goes nowhere and is counted. */
#include "relay/relay.h"
#include "rtp/srtp.h"
#include "test.h"

#include "relay_world.h"

static relay_world w;

#define A "192.0.2.1:4000"
#define B "198.51.100.2:6000"

static const ahoy_srtp_key of_a = {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, .bytes = {1}};
static const ahoy_srtp_key to_a = {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, .bytes = {2}};
static const ahoy_srtp_key of_b = {.suite = AHOY_SRTP_AEAD_AES_256_GCM, .bytes = {3}};
static const ahoy_srtp_key to_b = {.suite = AHOY_SRTP_AEAD_AES_256_GCM, .bytes = {4}};

static ahoy_srtp *phone(const ahoy_srtp_key *key, bool protects)
{
	ahoy_srtp *srtp;

	assert_ok(ahoy_srtp_new(&w.te.env, key, protects, &srtp));
	return srtp;
}

static size_t plain_packet(uint8_t *p, uint16_t seq)
{
	memset(p, 0x55, 172);
	memset(p, 0, 12);
	p[0] = 0x80;
	p[2] = (uint8_t)(seq >> 8);
	p[3] = (uint8_t)seq;
	p[11] = 7;
	return 172;
}

/* What a side sends, and what comes out; `with` NULL: plain. */
static ahoy_relay_verdict send(unsigned side, const char *from, uint16_t seq, ahoy_srtp *with, ahoy_relay_out *out)
{
	static uint8_t p[256];
	size_t len = plain_packet(p, seq);
	ahoy_addr src;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(from), &src));
	if (with)
		assert_ok(ahoy_srtp_protect(with, p, &len, sizeof p));
	return ahoy_relay_recv(w.relay, w.now, AHOY_RELAY_RTP_PORT(w.pairs[side]), &src, p, len, out);
}

/* Whether the bytes are the plain packet once `key` is off. */
static bool is_packet(ahoy_slice bytes, uint16_t seq, ahoy_srtp *with)
{
	uint8_t plain[172], p[256];
	size_t len = bytes.len;

	plain_packet(plain, seq);
	assert_true(len <= sizeof p);
	memcpy(p, bytes.ptr, len);
	if (with && ahoy_srtp_unprotect(with, p, &len))
		return false;
	return len == sizeof plain && memcmp(p, plain, len) == 0;
}

static void srtp_on_one_side_and_rtp_on_the_other(void **state)
{
	ahoy_srtp *a_says, *a_hears;
	ahoy_relay_out out;

	(void)state;
	relay_world_call(&w);
	a_says = phone(&of_a, true);
	a_hears = phone(&to_a, false);
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 0, 0, &of_a, &to_a));
	assert_int_equal(send(0, A, 1, a_says, &out), AHOY_RELAY_SEND);
	assert_true(is_packet(out.bytes, 1, NULL));
	assert_int_equal(send(1, B, 1, NULL, &out), AHOY_RELAY_SEND);
	assert_false(is_packet(out.bytes, 1, NULL));
	assert_true(is_packet(out.bytes, 1, a_hears));
	ahoy_srtp_del(a_says);
	ahoy_srtp_del(a_hears);
	relay_world_fini(&w);
}

static void two_sides_with_keys_of_their_own_and_no_allocation_a_packet(void **state)
{
	ahoy_srtp *a_says, *b_hears;
	ahoy_relay_quality q;
	ahoy_relay_out out;

	(void)state;
	relay_world_call(&w);
	a_says = phone(&of_a, true);
	b_hears = phone(&to_b, false);
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 0, 0, &of_a, &to_a));
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 1, 0, &of_b, &to_b));
	test_env_fail_at(&w.te, 0);
	for (uint16_t seq = 1; seq < 200; seq++) {
		assert_int_equal(send(0, A, seq, a_says, &out), AHOY_RELAY_SEND);
		assert_true(is_packet(out.bytes, seq, b_hears));
		/* The same keys again, as a hold says them: nothing begins anew. */
		assert_ok(ahoy_relay_set_keys(w.relay, w.call, 0, 0, &of_a, &to_a));
	}
	assert_int_equal(w.te.allocations, 0);
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 0, &q));
	assert_int_equal(q.srtp, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80);
	assert_int_equal(q.packets, 199);
	ahoy_srtp_del(a_says);
	ahoy_srtp_del(b_hears);
	relay_world_fini(&w);
}

static void what_is_not_the_peers_is_counted_and_goes_nowhere(void **state)
{
	ahoy_srtp *a_says, *stranger, *again;
	ahoy_relay_quality q;
	ahoy_relay_out out;

	(void)state;
	relay_world_call(&w);
	a_says = phone(&of_a, true);
	stranger = phone(&of_b, true);
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 0, 0, &of_a, &to_a));
	/* Plain, or with another key: not even the port is learned from it. */
	assert_int_equal(send(0, "192.0.2.1:4444", 1, NULL, &out), AHOY_RELAY_SRTP_AUTH);
	assert_int_equal(send(0, "192.0.2.1:4444", 2, stranger, &out), AHOY_RELAY_SRTP_AUTH);
	assert_int_equal(send(1, B, 1, NULL, &out), AHOY_RELAY_SEND);
	assert_int_equal(out.to.port, 4000);
	assert_int_equal(send(0, A, 3, a_says, &out), AHOY_RELAY_SEND);
	again = phone(&of_a, true); /* one that protects the same packet once more */
	assert_int_equal(send(0, A, 3, again, &out), AHOY_RELAY_SRTP_REPLAY);
	ahoy_srtp_del(again);
	assert_int_equal(send(0, "203.0.113.66:4000", 4, a_says, &out), AHOY_RELAY_SOURCE);
	/* The plain side repeats itself: no index is protected twice. */
	assert_int_equal(send(1, B, 1, NULL, &out), AHOY_RELAY_SRTP_REPLAY);
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 0, &q));
	assert_int_equal(q.srtp_auth_failed, 2);
	assert_int_equal(q.srtp_replayed, 1);
	assert_int_equal(q.packets, 1);
	assert_int_equal(ahoy_relay_counted(w.relay, AHOY_RELAY_SRTP_AUTH), 2);
	assert_string_equal(ahoy_relay_verdict_name(AHOY_RELAY_SRTP_AUTH), "srtp_auth");
	assert_string_equal(ahoy_relay_verdict_name(AHOY_RELAY_SRTP_REPLAY), "srtp_replay");
	assert_string_equal(ahoy_relay_verdict_name(AHOY_RELAY_SRTP_KEY), "srtp_key");
	ahoy_srtp_del(a_says);
	ahoy_srtp_del(stranger);
	relay_world_fini(&w);
}

/* RFC 4568 6.4: an offer's keys say what we send with; what comes before the answer cannot be read, and plain packets are not it. */
static void nothing_is_taken_before_the_peers_key_is_known(void **state)
{
	ahoy_relay_out out;

	(void)state;
	relay_world_call(&w);
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 0, 0, NULL, &to_a));
	assert_int_equal(send(0, A, 1, NULL, &out), AHOY_RELAY_SRTP_AUTH);
	assert_int_equal(send(1, B, 1, NULL, &out), AHOY_RELAY_SEND);
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 0, 0, NULL, NULL));
	assert_int_equal(send(0, A, 2, NULL, &out), AHOY_RELAY_SEND);
	assert_true(is_packet(out.bytes, 2, NULL));
	relay_world_fini(&w);
}

static void keys_need_a_stream_and_die_with_it(void **state)
{
	(void)state;
	relay_world_call(&w);
	assert_int_equal(ahoy_relay_set_keys(w.relay, w.call, 0, 1, &of_a, &to_a), AHOY_ESTATE);
	assert_int_equal(ahoy_relay_set_keys(w.relay, w.call, 99, 0, &of_a, &to_a), AHOY_EINVAL);
	assert_int_equal(ahoy_relay_set_keys(w.relay, w.call + 77, 0, 0, &of_a, &to_a), AHOY_ESTALE);
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 0, 0, &of_a, &to_a));
	test_env_fail_at(&w.te, 1);
	assert_int_equal(ahoy_relay_set_keys(w.relay, w.call, 1, 0, &of_b, &to_b), AHOY_ENOMEM);
	test_env_fail_at(&w.te, 2);
	assert_int_equal(ahoy_relay_set_keys(w.relay, w.call, 1, 0, &of_b, &to_b), AHOY_ENOMEM);
	test_env_fail_at(&w.te, 0);
	assert_ok(ahoy_relay_set_keys(w.relay, w.call, 1, 0, &of_b, &to_b));
	ahoy_relay_give_pair(w.relay, w.call, 0, 0);
	relay_world_fini(&w); /* and leaves no block behind */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(srtp_on_one_side_and_rtp_on_the_other),
		cmocka_unit_test(two_sides_with_keys_of_their_own_and_no_allocation_a_packet),
		cmocka_unit_test(what_is_not_the_peers_is_counted_and_goes_nowhere),
		cmocka_unit_test(nothing_is_taken_before_the_peers_key_is_known),
		cmocka_unit_test(keys_need_a_stream_and_die_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
