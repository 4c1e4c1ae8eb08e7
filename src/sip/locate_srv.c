/* The order of SRV records (RFC 2782, "Usage rules"). */
#include "sip/locate.h"

static void swap(ahoy_srv *a, ahoy_srv *b)
{
	ahoy_srv one = *a;

	*a = *b;
	*b = one;
}

/* Of these, which have one priority, a random one, as likely as its weight is a part of the sum; the ones of weight 0
 * stand first, so that they have a small chance. */
static size_t choose(const ahoy_env *env, const ahoy_srv *srvs, size_t count)
{
	uint32_t sum = 0, running = 0, at;

	for (size_t i = 0; i < count; i++)
		sum += srvs[i].weight;
	at = ahoy_random_u32(env) % (sum + 1);
	for (size_t i = 0; i < count; i++) {
		running += srvs[i].weight;
		if (running >= at)
			return i;
	}
	return 0; /* not reached: the last one's running sum is the whole */
}

static bool stands_before(const ahoy_srv *a, const ahoy_srv *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->weight < b->weight;
}

void ahoy_srv_order(const ahoy_env *env, ahoy_srv *srvs, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = i; k > 0 && stands_before(&srvs[k], &srvs[k - 1]); k--)
			swap(&srvs[k], &srvs[k - 1]);
	for (size_t i = 0; i < count; i++) {
		size_t same = 1, chosen;

		while (i + same < count && srvs[i + same].priority == srvs[i].priority)
			same++;
		chosen = choose(env, srvs + i, same);
		/* Those in between keep their order: weight 0 stays in front. */
		for (size_t k = i + chosen; k > i; k--)
			swap(&srvs[k], &srvs[k - 1]);
	}
}
