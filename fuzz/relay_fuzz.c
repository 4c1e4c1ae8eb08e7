/* relay_fuzz: the input is a program for a relay of eight pairs and two calls: ports taken and given, offers and answers, forks
 * selected, packets from eight addresses. What must hold after every step: no pair is lost; what is sent on came from an IP
 * that this side's SDP or signalling named, goes to such an IP of the other side, from the other side's port; nothing is sent
 * to an address of the relay's own. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fuzz_env.h"
#include "relay/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) ((cond) ? (void)0 : __builtin_trap())
#define PAIRS 8
#define CALLS 2
#define SIDES 3

typedef struct {
	ahoy_relay_call call;
	unsigned selected;
	uint32_t pair[SIDES];  /* of stream 0 */
	unsigned named[SIDES]; /* a bit for each address (by IP) that was named for this side since it took its pair */
} model;

/* Eight addresses on four IPs: public, another public, private, and the relay's own. */
static ahoy_addr address(unsigned n)
{
	static const uint8_t ips[4][4] = {{192, 0, 2, 1}, {198, 51, 100, 2}, {10, 0, 0, 3}, {192, 0, 2, 250}};
	ahoy_addr addr = {.family = 4, .port = (uint16_t)(n & 4 ? 10000 : 4000)};

	memcpy(addr.ip, ips[n & 3], 4);
	return addr;
}

static unsigned index_of(const ahoy_addr *addr)
{
	for (unsigned n = 0; n < 8; n++) {
		ahoy_addr known = address(n);

		if (ahoy_addr_ip_eq(&known, addr))
			return n & 3;
	}
	__builtin_trap();
}

static void packet(ahoy_relay *relay, ahoy_time now, const model *m, unsigned side, const uint8_t op[4])
{
	uint8_t bytes[12] = {
		op[2] & 1 ? 0 : 0x80, op[2] & 2 ? 201 : 8, 0, op[2] & 2 ? 1 : op[3], 0, 0, 0, 0, 0, 0, 0, op[2] >> 6};
	ahoy_addr src = address(op[1]);
	ahoy_relay_port port = AHOY_RELAY_RTP_PORT(m->pair[side]) + (op[2] >> 1 & 1);
	unsigned other = side == 0 ? m->selected : 0;
	ahoy_relay_out out;

	if (m->pair[side] == AHOY_RELAY_NO_PAIR)
		port = op[3];
	if (ahoy_relay_recv(relay, now, port, &src, bytes, sizeof bytes, &out) != AHOY_RELAY_SEND)
		return;
	if (m->pair[side] == AHOY_RELAY_NO_PAIR)
		return; /* a port of somebody else's: checked when it is that one's turn */
	REQUIRE(m->selected && (side == 0 || side == m->selected));
	REQUIRE(m->named[side] & 1u << index_of(&src));
	REQUIRE(out.port / 2 == m->pair[other] && (out.port & 1) == (port & 1));
	REQUIRE(m->named[other] & 1u << index_of(&out.to));
	REQUIRE(!(index_of(&out.to) == 3 && out.to.port >= 10000));
}

static void step(ahoy_relay *relay, ahoy_time now, model *m, const uint8_t op[4])
{
	unsigned side = (op[0] >> 4) % SIDES;
	ahoy_relay_remote remote = {.udptl = op[2] & 64,
				    .rtp = address(op[1]),
				    .rtcp = address(op[1] >> 3),
				    .signalling = address(op[2] & 3),
				    .trusted = op[2] & 8,
				    .receives = op[2] & 16,
				    .sends = op[2] & 32,
				    .clock_rate_hz = op[3] * 1000u};

	switch (op[0] & 7) {
	case 0:
		if (m->call)
			break;
		if (ahoy_relay_open(relay, now, &m->call))
			m->call = 0;
		m->selected = 0;
		break;
	case 1:
		ahoy_relay_close(relay, m->call);
		*m = (model){.pair = {AHOY_RELAY_NO_PAIR, AHOY_RELAY_NO_PAIR, AHOY_RELAY_NO_PAIR}};
		break;
	case 2:
		if (ahoy_relay_take_pair(relay, m->call, side, 0, 0, &m->pair[side]))
			m->pair[side] = AHOY_RELAY_NO_PAIR;
		break;
	case 3:
		ahoy_relay_close_side(relay, m->call, side);
		m->pair[side] = AHOY_RELAY_NO_PAIR;
		m->named[side] = 0;
		if (side == m->selected)
			m->selected = 0;
		break;
	case 4:
		if (ahoy_relay_select(relay, m->call, side) == 0)
			m->selected = side;
		break;
	case 5:
		if (ahoy_relay_set_remote(relay, now, m->call, side, 0, &remote) == 0)
			m->named[side] |= 1u << (op[1] & 3) | 1u << (op[1] >> 3 & 3) | 1u << (op[2] & 3);
		break;
	default:
		packet(relay, now, m, side, op);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	model models[CALLS] = {{.pair = {AHOY_RELAY_NO_PAIR, AHOY_RELAY_NO_PAIR, AHOY_RELAY_NO_PAIR}},
			       {.pair = {AHOY_RELAY_NO_PAIR, AHOY_RELAY_NO_PAIR, AHOY_RELAY_NO_PAIR}}};
	ahoy_addr own = address(3);
	ahoy_time now = AHOY_SECONDS(1);
	ahoy_relay *relay;
	uint32_t pair;

	if (size > 8192 || ahoy_relay_new(&fuzz_env, PAIRS, AHOY_LATCH_SIGNALLING, &relay))
		return 0;
	for (uint16_t i = 0; i < PAIRS; i++)
		REQUIRE(ahoy_relay_add_pair(relay, 0, (uint16_t)(10000 + 2 * i), &pair) == 0);
	REQUIRE(ahoy_relay_add_own_ip(relay, &own) == 0);
	for (; size >= 4; size -= 4, data += 4) {
		uint32_t held = 0;

		now += AHOY_MS(data[3]) * 10;
		step(relay, now, &models[data[0] >> 3 & 1], data);
		for (size_t c = 0; c < CALLS; c++)
			for (size_t s = 0; s < SIDES; s++)
				held += models[c].pair[s] != AHOY_RELAY_NO_PAIR;
		REQUIRE(ahoy_relay_pairs_used(relay) == held);
		REQUIRE(ahoy_relay_pairs_free(relay, 0) == PAIRS - held);
	}
	for (size_t c = 0; c < CALLS; c++)
		ahoy_relay_close(relay, models[c].call);
	REQUIRE(ahoy_relay_pairs_used(relay) == 0 && ahoy_relay_calls(relay) == 0);
	ahoy_relay_del(relay);
	return 0;
}
