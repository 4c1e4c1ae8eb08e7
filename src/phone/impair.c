#include "phone/impair.h"

#include "base/buf.h"

#define WHOLE 100000u

typedef struct {
	ahoy_time at;
	uint64_t order; /* of two that are due together the earlier one goes first */
	ahoy_flow flow;
	ahoy_slice bytes; /* heap */
} waiting;

struct ahoy_impair {
	const ahoy_env *env;
	ahoy_impairment how;
	uint64_t state, order;
	ahoy_impair_counters counters;
	ahoy_slice popped; /* heap, until the next call */
	size_t count;
	waiting queue[AHOY_IMPAIR_WAITING];
};

int ahoy_impair_new(const ahoy_env *env, const ahoy_impairment *impairment, ahoy_impair **out)
{
	ahoy_impair *impair = ahoy_new(env, sizeof *impair);

	*out = impair;
	if (!impair)
		return AHOY_ENOMEM;
	impair->env = env;
	impair->how = *impairment;
	impair->state = impairment->seed;
	return 0;
}

static void forget(ahoy_impair *impair, ahoy_slice *bytes)
{
	ahoy_free(impair->env, (void *)bytes->ptr);
	*bytes = (ahoy_slice){0};
}

void ahoy_impair_del(ahoy_impair *impair)
{
	if (!impair)
		return;
	forget(impair, &impair->popped);
	for (size_t i = 0; i < impair->count; i++)
		forget(impair, &impair->queue[i].bytes);
	ahoy_free(impair->env, impair);
}

/* SplitMix64 (Steele, Lea, Flood 2014): any seed is a good one. */
static uint64_t draw(ahoy_impair *impair)
{
	uint64_t z = impair->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static bool chance(ahoy_impair *impair, uint32_t of_whole)
{
	return draw(impair) % WHOLE < of_whole;
}

static ahoy_time up_to(ahoy_impair *impair, ahoy_time most)
{
	uint64_t number = draw(impair);

	return most ? number % (most + 1) : 0;
}

static void keep(ahoy_impair *impair, ahoy_time at, const ahoy_flow *flow, ahoy_slice bytes)
{
	waiting *w = &impair->queue[impair->count];
	ahoy_slice copy;

	if (impair->count == AHOY_IMPAIR_WAITING || ahoy_slice_dup(impair->env, bytes, &copy)) {
		impair->counters.overflowed++;
		return;
	}
	*w = (waiting){.at = at, .order = impair->order++, .flow = *flow, .bytes = copy};
	impair->count++;
}

void ahoy_impair_put(ahoy_impair *impair, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	/* Each datagram draws the same numbers whatever becomes of it: the fate of the tenth does not depend on the ninth's. */
	bool lost = chance(impair, impair->how.loss), twice = chance(impair, impair->how.duplicate);
	bool late = chance(impair, impair->how.reorder);
	ahoy_time first = up_to(impair, impair->how.jitter), second = up_to(impair, impair->how.jitter);
	/* Long enough to be overtaken by the next packets of 20 ms, short enough for a jitter buffer to wait. */
	ahoy_time held = AHOY_MS(30) + up_to(impair, AHOY_MS(30));

	impair->counters.seen++;
	if (lost) {
		impair->counters.lost++;
		return;
	}
	if (late)
		impair->counters.reordered++;
	keep(impair, now + impair->how.delay + first + (late ? held : 0), flow, bytes);
	if (twice) {
		impair->counters.duplicated++;
		keep(impair, now + impair->how.delay + second, flow, bytes);
	}
}

static size_t earliest(const ahoy_impair *impair)
{
	size_t best = 0;

	for (size_t i = 1; i < impair->count; i++) {
		const waiting *a = &impair->queue[i], *b = &impair->queue[best];

		if (a->at < b->at || (a->at == b->at && a->order < b->order))
			best = i;
	}
	return best;
}

bool ahoy_impair_pop(ahoy_impair *impair, ahoy_time now, ahoy_flow *flow, ahoy_slice *bytes)
{
	size_t i = earliest(impair);

	forget(impair, &impair->popped);
	if (!impair->count || impair->queue[i].at > now)
		return false;
	*flow = impair->queue[i].flow;
	impair->popped = *bytes = impair->queue[i].bytes;
	impair->queue[i] = impair->queue[--impair->count];
	return true;
}

ahoy_time ahoy_impair_next(const ahoy_impair *impair)
{
	return impair->count ? impair->queue[earliest(impair)].at : AHOY_NEVER;
}

const ahoy_impair_counters *ahoy_impair_count(const ahoy_impair *impair)
{
	return &impair->counters;
}

/* ---- the option ---- */

/* "5%", "0.25%": of 100,000. */
static int parse_share(ahoy_slice text, uint32_t *out)
{
	ahoy_slice whole, part;
	uint32_t percent, thousandths = 0;
	static const uint32_t scale[] = {0, 100, 10, 1};
	bool has_part;

	if (text.len && text.ptr[text.len - 1] == '%')
		text.len--;
	has_part = ahoy_slice_cut(text, '.', &whole, &part);
	if (ahoy_slice_u32(whole, 100, &percent) || (has_part && (part.len > 3 || ahoy_slice_u32(part, 999, &thousandths))))
		return AHOY_EINVAL;
	*out = percent * 1000 + thousandths * scale[has_part ? part.len : 0];
	return *out > WHOLE ? AHOY_EINVAL : 0;
}

static int parse_ms(ahoy_slice text, ahoy_time *out)
{
	uint32_t ms;

	if (ahoy_slice_ends(text, AHOY_S("ms")))
		text.len -= 2;
	if (ahoy_slice_u32(text, (uint32_t)(AHOY_IMPAIR_MOST_DELAY / 1000), &ms))
		return AHOY_EINVAL;
	*out = AHOY_MS(ms);
	return 0;
}

static int parse_one(ahoy_slice name, ahoy_slice value, ahoy_impairment *out, unsigned *seen)
{
	static const char *const names[] = {"loss", "dup", "reorder", "delay", "jitter", "seed"};
	unsigned i = 0;

	while (i < sizeof names / sizeof *names && !ahoy_slice_eq(name, ahoy_slice_of(names[i])))
		i++;
	if (*seen & 1u << i)
		return AHOY_EDUPLICATE;
	*seen |= 1u << i;
	switch (i) {
	case 0:
		return parse_share(value, &out->loss);
	case 1:
		return parse_share(value, &out->duplicate);
	case 2:
		return parse_share(value, &out->reorder);
	case 3:
		return parse_ms(value, &out->delay);
	case 4:
		return parse_ms(value, &out->jitter);
	case 5:
		return ahoy_slice_u64(value, UINT64_MAX, &out->seed);
	default:
		return AHOY_ENOTFOUND;
	}
}

int ahoy_impair_parse(ahoy_slice text, ahoy_impairment *out, ahoy_buf *why)
{
	bool more = true;
	unsigned seen = 0;

	*out = (ahoy_impairment){.seed = 1};
	while (more) {
		ahoy_slice one, name, value;

		more = ahoy_slice_cut(text, ',', &one, &text);
		if (!ahoy_slice_cut(one, '=', &name, &value) || parse_one(name, value, out, &seen)) {
			ahoy_buf_escaped(why, one);
			ahoy_buf_str(why, ": give loss=5%,dup=1%,reorder=2%,delay=20ms,jitter=10ms,seed=7 or some of them, each once, "
					  "up to 2000ms; in front rtp: or sip: for one of the two");
			return AHOY_EINVAL;
		}
	}
	return 0;
}
