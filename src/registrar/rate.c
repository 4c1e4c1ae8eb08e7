#include "registrar/rate.h"

#include "base/limits.h"
#include "crypto/siphash.h"

/* A bucket is one time: when it will be full again. A token is there while that lies less than the whole burst ahead. */
typedef struct {
	uint64_t network; /* the IPv4 address, or the first 64 bits of the IPv6 one */
	ahoy_time full_at[AHOY_RATES];
	uint32_t chain;	       /* next with the same hash: index + 1, 0 at the end */
	uint32_t newer, older; /* by last use: index + 1 */
	uint8_t family;
} source_entry;

struct ahoy_rate {
	const ahoy_env *env;
	bool unlimited;
	uint8_t key[16];
	uint32_t max, mask, used;
	uint32_t newest, oldest; /* index + 1 */
	source_entry *sources;
	uint32_t *chains;
	ahoy_rate_counters counters;
};

static const struct {
	ahoy_time token_us; /* how long one token takes to come back */
	ahoy_time burst_us;
} limits[AHOY_RATES] = {
	[AHOY_RATE_UNAUTHENTICATED] = {AHOY_SECONDS(1) / AHOY_RATE_OPEN_PER_S,
				       AHOY_SECONDS(1) / AHOY_RATE_OPEN_PER_S *AHOY_RATE_OPEN_BURST},
	[AHOY_RATE_FAILURE] = {AHOY_SECONDS(1) / AHOY_RATE_FAILURE_PER_S,
			       AHOY_SECONDS(1) / AHOY_RATE_FAILURE_PER_S *AHOY_RATE_FAILURE_BURST},
};

int ahoy_rate_new(const ahoy_env *env, bool unlimited, uint32_t max_sources, ahoy_rate **out)
{
	ahoy_rate *rate = ahoy_new(env, sizeof *rate);
	uint32_t chains = 1;

	if (!rate)
		return AHOY_ENOMEM;
	rate->env = env;
	rate->unlimited = unlimited;
	rate->max = max_sources ? max_sources : AHOY_MAX_RATE_SOURCES;
	while (chains < rate->max)
		chains *= 2;
	rate->mask = chains - 1;
	ahoy_random(env, rate->key, sizeof rate->key);
	rate->sources = ahoy_new(env, rate->max * sizeof *rate->sources);
	rate->chains = ahoy_new(env, chains * sizeof *rate->chains);
	if (!rate->sources || !rate->chains) {
		ahoy_rate_del(rate);
		return AHOY_ENOMEM;
	}
	*out = rate;
	return 0;
}

void ahoy_rate_del(ahoy_rate *rate)
{
	if (!rate)
		return;
	ahoy_free(rate->env, rate->sources);
	ahoy_free(rate->env, rate->chains);
	ahoy_free(rate->env, rate);
}

void ahoy_rate_set_unlimited(ahoy_rate *rate, bool unlimited)
{
	rate->unlimited = unlimited;
}

/* An IPv6 customer has a /64 at the least and may use a new address for each packet. */
static void network_of(const ahoy_addr *source, uint8_t *family, uint64_t *network)
{
	ahoy_addr addr = *source;
	size_t bytes;

	ahoy_addr_unmap(&addr);
	bytes = addr.family == 4 ? 4 : 8;
	*family = addr.family;
	*network = 0;
	for (size_t i = 0; i < bytes; i++)
		*network = *network << 8 | addr.ip[i];
}

static uint32_t *chain_of(const ahoy_rate *rate, uint8_t family, uint64_t network)
{
	uint8_t text[9];

	text[0] = family;
	memcpy(text + 1, &network, sizeof network);
	return &rate->chains[(uint32_t)ahoy_siphash(rate->key, ahoy_slice_make(text, sizeof text)) & rate->mask];
}

static source_entry *find(const ahoy_rate *rate, const ahoy_addr *source)
{
	uint8_t family;
	uint64_t network;
	uint32_t at;

	network_of(source, &family, &network);
	at = *chain_of(rate, family, network);
	while (at && (rate->sources[at - 1].network != network || rate->sources[at - 1].family != family))
		at = rate->sources[at - 1].chain;
	return at ? &rate->sources[at - 1] : NULL;
}

static uint32_t name_of(const ahoy_rate *rate, const source_entry *entry)
{
	return (uint32_t)(entry - rate->sources) + 1;
}

/* Out of the list by age. */
static void leave(ahoy_rate *rate, source_entry *entry)
{
	*(entry->newer ? &rate->sources[entry->newer - 1].older : &rate->newest) = entry->older;
	*(entry->older ? &rate->sources[entry->older - 1].newer : &rate->oldest) = entry->newer;
}

static void enter_as_newest(ahoy_rate *rate, source_entry *entry)
{
	uint32_t name = name_of(rate, entry);

	entry->newer = 0;
	entry->older = rate->newest;
	*(rate->newest ? &rate->sources[rate->newest - 1].newer : &rate->oldest) = name;
	rate->newest = name;
}

static source_entry *forget_oldest(ahoy_rate *rate)
{
	source_entry *entry = &rate->sources[rate->oldest - 1];
	uint32_t *at = chain_of(rate, entry->family, entry->network), name = name_of(rate, entry);

	while (*at != name)
		at = &rate->sources[*at - 1].chain;
	*at = entry->chain;
	leave(rate, entry);
	rate->counters.forgotten++;
	return entry;
}

static source_entry *add(ahoy_rate *rate, const ahoy_addr *source)
{
	source_entry *entry = rate->used < rate->max ? &rate->sources[rate->used++] : forget_oldest(rate);
	uint32_t *chain;

	*entry = (source_entry){0};
	network_of(source, &entry->family, &entry->network);
	chain = chain_of(rate, entry->family, entry->network);
	entry->chain = *chain;
	*chain = name_of(rate, entry);
	enter_as_newest(rate, entry);
	rate->counters.sources = rate->used;
	return entry;
}

/* When the bucket would be full again after one more token; false where it has none. */
static bool token_at(const source_entry *entry, ahoy_rate_kind kind, ahoy_time now, ahoy_time *full_at)
{
	ahoy_time from = entry && entry->full_at[kind] > now ? entry->full_at[kind] : now;

	*full_at = from + limits[kind].token_us;
	return *full_at - now <= limits[kind].burst_us;
}

bool ahoy_rate_allows(ahoy_rate *rate, ahoy_time now, ahoy_rate_kind kind, const ahoy_addr *source)
{
	ahoy_time full_at;

	if (rate->unlimited || token_at(find(rate, source), kind, now, &full_at))
		return true;
	rate->counters.limited[kind]++;
	return false;
}

bool ahoy_rate_take(ahoy_rate *rate, ahoy_time now, ahoy_rate_kind kind, const ahoy_addr *source)
{
	source_entry *entry;
	ahoy_time full_at;

	if (rate->unlimited)
		return true;
	entry = find(rate, source);
	if (entry) {
		leave(rate, entry);
		enter_as_newest(rate, entry);
	} else {
		entry = add(rate, source);
	}
	if (!token_at(entry, kind, now, &full_at)) {
		rate->counters.limited[kind]++;
		return false;
	}
	entry->full_at[kind] = full_at;
	return true;
}

const ahoy_rate_counters *ahoy_rate_count(const ahoy_rate *rate)
{
	return &rate->counters;
}
