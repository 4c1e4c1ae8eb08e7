#include "crypto/hash.h"
#include "relay/relay_state.h"

int ahoy_relay_new(const ahoy_env *env, uint32_t max_pairs, ahoy_latch latch, ahoy_relay **out)
{
	ahoy_relay *relay;

	if (max_pairs < 1 || max_pairs > 32768)
		return AHOY_EINVAL;
	relay = ahoy_new(env, sizeof *relay);
	if (!relay)
		return AHOY_ENOMEM;
	relay->env = env;
	relay->latch = latch;
	relay->max_pairs = max_pairs;
	for (size_t g = 0; g < AHOY_RELAY_MAX_GROUPS; g++)
		relay->pools[g].first = relay->pools[g].last = AHOY_RELAY_NO_PAIR;
	/* A call without ports is a call that is about to get one or to fail. */
	ahoy_slots_init(&relay->calls, env, sizeof(ahoy_relay_call_state), max_pairs);
	*out = relay;
	return 0;
}

void ahoy_relay_del(ahoy_relay *relay)
{
	if (!relay)
		return;
	ahoy_slots_fini(&relay->calls);
	for (uint32_t pair = 0; pair < relay->pair_count; pair++)
		ahoy_relay_drop_keys(ahoy_relay_pair_at(relay, pair));
	for (size_t i = 0; i < sizeof relay->chunks / sizeof relay->chunks[0]; i++)
		ahoy_free(relay->env, relay->chunks[i]);
	ahoy_secret_wipe(relay->secure_bytes, sizeof relay->secure_bytes); /* somebody's words */
	ahoy_free(relay->env, relay);
}

static void append(ahoy_relay *relay, uint32_t pair)
{
	ahoy_relay_pool *pool = &relay->pools[ahoy_relay_pair_at(relay, pair)->group];

	ahoy_relay_pair_at(relay, pair)->next_free = AHOY_RELAY_NO_PAIR;
	if (pool->count == 0)
		pool->first = pair;
	else
		ahoy_relay_pair_at(relay, pool->last)->next_free = pair;
	pool->last = pair;
	pool->count++;
}

/* The lowest number that no pair has. */
static int free_number(ahoy_relay *relay, uint32_t *pair)
{
	ahoy_relay_pair **chunk = &relay->chunks[relay->pair_count / AHOY_RELAY_CHUNK % (32768 / AHOY_RELAY_CHUNK)];

	if (relay->vacant) {
		*pair = 0;
		while (ahoy_relay_pair_at(relay, *pair)->rtp_port)
			++*pair;
		relay->vacant--;
		return 0;
	}
	if (relay->pair_count == relay->max_pairs)
		return AHOY_EFULL;
	if (!*chunk)
		*chunk = ahoy_new(relay->env, AHOY_RELAY_CHUNK * sizeof **chunk);
	if (!*chunk)
		return AHOY_ENOMEM;
	*pair = relay->pair_count++;
	return 0;
}

/* The port is even, so both bits are in one byte. */
static void mark_own(ahoy_relay *relay, uint16_t rtp_port, bool own)
{
	uint8_t *byte = &relay->own_ports[rtp_port / 8], bits = (uint8_t)(3u << rtp_port % 8);

	*byte = own ? (uint8_t)(*byte | bits) : (uint8_t)(*byte & ~bits);
}

int ahoy_relay_add_pair(ahoy_relay *relay, unsigned group, uint16_t rtp_port, uint32_t *pair)
{
	int err;

	if (group >= AHOY_RELAY_MAX_GROUPS || rtp_port == 0 || rtp_port % 2)
		return AHOY_EINVAL;
	err = free_number(relay, pair);
	if (err)
		return err;
	*ahoy_relay_pair_at(relay, *pair) = (ahoy_relay_pair){.rtp_port = rtp_port, .group = (uint8_t)group};
	mark_own(relay, rtp_port, true);
	append(relay, *pair);
	return 0;
}

static uint32_t take_first(ahoy_relay *relay, ahoy_relay_pool *pool)
{
	uint32_t pair = pool->first;

	pool->first = ahoy_relay_pair_at(relay, pair)->next_free;
	if (--pool->count < pool->least)
		pool->least = pool->count;
	return pair;
}

bool ahoy_relay_remove_pair(ahoy_relay *relay, unsigned group, uint32_t *pair)
{
	ahoy_relay_pool *pool = &relay->pools[group < AHOY_RELAY_MAX_GROUPS ? group : 0];
	ahoy_relay_pair *p;

	if (group >= AHOY_RELAY_MAX_GROUPS || pool->count == 0)
		return false;
	*pair = take_first(relay, pool);
	p = ahoy_relay_pair_at(relay, *pair);
	mark_own(relay, p->rtp_port, false);
	*p = (ahoy_relay_pair){.rtp_port = 0};
	relay->vacant++;
	return true;
}

uint32_t ahoy_relay_spare_pairs(ahoy_relay *relay, unsigned group)
{
	ahoy_relay_pool *pool = &relay->pools[group < AHOY_RELAY_MAX_GROUPS ? group : 0];
	uint32_t least = pool->least;

	if (group >= AHOY_RELAY_MAX_GROUPS)
		return 0;
	pool->least = pool->count;
	return least;
}

bool ahoy_relay_trim(ahoy_relay *relay)
{
	return ahoy_slots_trim(&relay->calls);
}

int ahoy_relay_add_own_ip(ahoy_relay *relay, const ahoy_addr *ip)
{
	if (relay->own_ip_count == AHOY_RELAY_MAX_OWN_IPS)
		return AHOY_EFULL;
	relay->own_ips[relay->own_ip_count++] = *ip;
	return 0;
}

bool ahoy_relay_is_own(const ahoy_relay *relay, const ahoy_addr *addr)
{
	if (!(relay->own_ports[addr->port / 8] >> addr->port % 8 & 1))
		return false;
	for (size_t i = 0; i < relay->own_ip_count; i++) {
		const ahoy_addr *own = &relay->own_ips[i];

		/* All of 127.0.0.0/8 is this host. */
		if (ahoy_addr_ip_eq(own, addr) ||
		    (own->family == addr->family && ahoy_addr_is_loopback(own) && ahoy_addr_is_loopback(addr)))
			return true;
	}
	return false;
}

int ahoy_relay_pool_take(ahoy_relay *relay, unsigned group, uint32_t *pair)
{
	ahoy_relay_pool *pool = &relay->pools[group];

	if (pool->count == 0) {
		relay->refused++;
		return AHOY_EFULL;
	}
	*pair = take_first(relay, pool);
	relay->used++;
	return 0;
}

void ahoy_relay_pool_give(ahoy_relay *relay, uint32_t pair)
{
	ahoy_relay_pair *p = ahoy_relay_pair_at(relay, pair);

	ahoy_relay_drop_keys(p);
	/* Nothing of the old call may meet the next one. */
	*p = (ahoy_relay_pair){.rtp_port = p->rtp_port, .group = p->group};
	append(relay, pair);
	relay->used--;
}

uint32_t ahoy_relay_pairs_free(const ahoy_relay *relay, unsigned group)
{
	return group < AHOY_RELAY_MAX_GROUPS ? relay->pools[group].count : 0;
}

uint32_t ahoy_relay_pairs_used(const ahoy_relay *relay)
{
	return relay->used;
}

uint64_t ahoy_relay_pairs_refused(const ahoy_relay *relay)
{
	return relay->refused;
}

uint32_t ahoy_relay_calls(const ahoy_relay *relay)
{
	return relay->calls.count;
}

uint16_t ahoy_relay_pair_port(const ahoy_relay *relay, uint32_t pair)
{
	return pair < relay->pair_count ? ahoy_relay_pair_at(relay, pair)->rtp_port : 0;
}
