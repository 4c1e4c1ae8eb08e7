#include "sip/dns_cache.h"

#include <string.h>

static bool is_of(const ahoy_dns_cached *entry, ahoy_dns_type type, ahoy_slice name)
{
	return entry->until && entry->answer.type == type && ahoy_slice_ieq(ahoy_slice_of(entry->name), name);
}

const ahoy_dns_answer *ahoy_dns_cache_get(const ahoy_dns_cache *cache, ahoy_time now, ahoy_dns_type type, ahoy_slice name)
{
	for (size_t i = 0; i < AHOY_DNS_MAX_CACHED; i++)
		if (is_of(&cache->entries[i], type, name) && cache->entries[i].until > now)
			return &cache->entries[i].answer;
	return NULL;
}

/* In seconds. */
static uint32_t worth_keeping(const ahoy_dns_answer *answer)
{
	if (answer->err == AHOY_ENOTFOUND)
		return AHOY_DNS_NEGATIVE_S;
	if (answer->err)
		return 0;
	return answer->ttl_s < AHOY_DNS_MAX_TTL_S ? answer->ttl_s : AHOY_DNS_MAX_TTL_S;
}

void ahoy_dns_cache_put(ahoy_dns_cache *cache, ahoy_time now, ahoy_slice name, const ahoy_dns_answer *answer)
{
	ahoy_dns_cached *place = &cache->entries[0];
	uint32_t keep_s = worth_keeping(answer);

	for (size_t i = 0; i < AHOY_DNS_MAX_CACHED; i++) {
		if (is_of(&cache->entries[i], answer->type, name)) {
			place = &cache->entries[i];
			break;
		}
		/* An unused one has 0. */
		if (cache->entries[i].until < place->until)
			place = &cache->entries[i];
	}
	if (is_of(place, answer->type, name))
		place->until = 0;
	if (!keep_s || ahoy_slice_cstr(name, place->name, sizeof place->name))
		return;
	place->until = now + AHOY_SECONDS(keep_s);
	place->answer = *answer;
}
