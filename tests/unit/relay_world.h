/* relay_world: for the tests of src/relay: a relay with a pool, one call between a caller (side 0) and forks, and
 * packets by address as text. */
#ifndef AHOY_TEST_RELAY_WORLD_H
#define AHOY_TEST_RELAY_WORLD_H

#include "base/buf.h"
#include "relay/relay.h"
#include "test_env.h"

typedef struct {
	test_env te;
	ahoy_relay *relay;
	ahoy_time now;
	ahoy_relay_call call;
	uint32_t pairs[1 + AHOY_MAX_FORKS]; /* stream 0 */
	char sent_to[AHOY_ADDR_TEXT + 1];   /* of the last packet sent on */
	ahoy_relay_port sent_from;
} relay_world;

static inline ahoy_addr relay_addr(const char *text)
{
	ahoy_addr addr = {0};

	if (*text)
		assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

static inline void relay_world_init(relay_world *w, uint32_t pairs, ahoy_latch latch)
{
	memset(w, 0, sizeof *w);
	test_env_init(&w->te, 1);
	w->now = AHOY_SECONDS(10);
	assert_ok(ahoy_relay_new(&w->te.env, pairs, latch, &w->relay));
	for (uint32_t i = 0; i < pairs; i++) {
		uint32_t pair;

		assert_ok(ahoy_relay_add_pair(w->relay, 0, (uint16_t)(10000 + 2 * i), &pair));
		assert_int_equal(pair, i);
	}
}

static inline void relay_world_fini(relay_world *w)
{
	ahoy_relay_del(w->relay);
	test_env_fini(&w->te);
}

/* An offer or answer of this side: RTP at `sdp`, RTCP at the next port, signalling from `signalling`. */
static inline void relay_sdp(relay_world *w, unsigned side, const char *sdp, const char *signalling, bool trusted,
			     bool sends, bool receives)
{
	ahoy_relay_remote remote = {.rtp = relay_addr(sdp),
				    .signalling = relay_addr(signalling),
				    .trusted = trusted,
				    .sends = sends,
				    .receives = receives};

	remote.rtcp = remote.rtp;
	remote.rtcp.port++;
	assert_ok(ahoy_relay_set_remote(w->relay, w->now, w->call, side, 0, &remote));
}

static inline void relay_take(relay_world *w, unsigned side)
{
	assert_ok(ahoy_relay_take_pair(w->relay, w->call, side, 0, 0, &w->pairs[side]));
}

/* A call as two registered phones with public addresses have it: A at 192.0.2.1:4000, B at 198.51.100.2:6000. */
static inline void relay_world_call(relay_world *w)
{
	relay_world_init(w, 8, AHOY_LATCH_SIGNALLING);
	assert_ok(ahoy_relay_open(w->relay, w->now, &w->call));
	relay_take(w, 0);
	relay_take(w, 1);
	relay_sdp(w, 0, "192.0.2.1:4000", "192.0.2.1", true, true, true);
	relay_sdp(w, 1, "198.51.100.2:6000", "198.51.100.2", true, true, true);
	assert_ok(ahoy_relay_select(w->relay, w->call, 1));
}

static inline ahoy_relay_verdict relay_bytes(relay_world *w, ahoy_relay_port port, const char *src, const void *bytes,
					     size_t len)
{
	ahoy_relay_out out = {0};
	ahoy_addr from = relay_addr(src);
	ahoy_relay_verdict verdict = ahoy_relay_recv(w->relay, w->now, port, &from, bytes, len, &out);
	ahoy_buf b = ahoy_buf_over(w->sent_to, sizeof w->sent_to);

	if (verdict == AHOY_RELAY_SEND)
		ahoy_addr_put(&b, &out.to);
	ahoy_buf_cstr(&b);
	w->sent_from = out.port;
	return verdict;
}

/* One RTP packet from `src` to the RTP port of `side`. */
static inline ahoy_relay_verdict relay_rtp(relay_world *w, unsigned side, const char *src, uint32_t ssrc, uint16_t seq)
{
	uint8_t bytes[32] = {0x80,
			     8,
			     (uint8_t)(seq >> 8),
			     (uint8_t)seq,
			     0,
			     0,
			     0,
			     0,
			     (uint8_t)(ssrc >> 24),
			     (uint8_t)(ssrc >> 16),
			     (uint8_t)(ssrc >> 8),
			     (uint8_t)ssrc};

	return relay_bytes(w, AHOY_RELAY_RTP_PORT(w->pairs[side]), src, bytes, sizeof bytes);
}

static inline ahoy_relay_verdict relay_rtcp(relay_world *w, unsigned side, const char *src, uint32_t ssrc)
{
	uint8_t bytes[8] = {0x80, 201, 0, 1, (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8),
			    (uint8_t)ssrc};

	return relay_bytes(w, AHOY_RELAY_RTCP_PORT(w->pairs[side]), src, bytes, sizeof bytes);
}

#endif
