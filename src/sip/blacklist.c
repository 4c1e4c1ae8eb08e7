#include "sip/blacklist.h"

static bool names(const ahoy_blacklisted *entry, const ahoy_flow *to)
{
	return entry->until && entry->transport == to->transport && ahoy_addr_eq(&entry->peer, &to->peer);
}

void ahoy_blacklist_add(ahoy_blacklist *list, ahoy_time now, const ahoy_flow *to, uint32_t retry_after_s)
{
	ahoy_blacklisted *place = &list->entries[0];
	uint32_t seconds = retry_after_s ? retry_after_s : AHOY_BLACKLIST_S;

	for (size_t i = 0; i < AHOY_MAX_BLACKLISTED; i++) {
		if (names(&list->entries[i], to)) {
			place = &list->entries[i];
			break;
		}
		/* An unused one has 0. */
		if (list->entries[i].until < place->until)
			place = &list->entries[i];
	}
	if (seconds > AHOY_BLACKLIST_MAX_S)
		seconds = AHOY_BLACKLIST_MAX_S;
	*place = (ahoy_blacklisted){now + AHOY_SECONDS(seconds), to->transport, to->peer};
}

void ahoy_blacklist_remove(ahoy_blacklist *list, const ahoy_flow *to)
{
	for (size_t i = 0; i < AHOY_MAX_BLACKLISTED; i++)
		if (names(&list->entries[i], to))
			list->entries[i].until = 0;
}

bool ahoy_blacklist_has(const ahoy_blacklist *list, ahoy_time now, const ahoy_flow *to)
{
	for (size_t i = 0; i < AHOY_MAX_BLACKLISTED; i++)
		if (names(&list->entries[i], to))
			return list->entries[i].until > now;
	return false;
}

void ahoy_blacklist_order(const ahoy_blacklist *list, ahoy_time now, ahoy_flow *flows, size_t count)
{
	size_t good = 0;

	for (size_t i = 0; i < count; i++) {
		ahoy_flow flow = flows[i];

		if (ahoy_blacklist_has(list, now, &flow))
			continue;
		for (size_t k = i; k > good; k--)
			flows[k] = flows[k - 1];
		flows[good++] = flow;
	}
}
