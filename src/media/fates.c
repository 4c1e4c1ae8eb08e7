#include "media/fates.h"

#define WINDOW 64u

static void decide(const ahoy_fates *f, unsigned age, ahoy_burst_gap *into)
{
	uint64_t bit = (uint64_t)1 << age;

	ahoy_burst_gap_add(into, f->heard & bit	 ? AHOY_PACKET_HEARD
				 : f->came & bit ? AHOY_PACKET_DISCARDED
						 : AHOY_PACKET_LOST);
}

/* The window's newest number becomes the next one. */
static void step(ahoy_fates *f)
{
	if (f->span == WINDOW)
		decide(f, WINDOW - 1, &f->decided);
	else
		f->span++;
	f->came <<= 1;
	f->heard <<= 1;
	f->newest++;
	f->waiting++;
}

void ahoy_fates_came(ahoy_fates *f, uint16_t seq)
{
	int16_t ahead;

	if (!f->started) {
		f->started = true;
		f->newest = seq;
		f->span = f->waiting = 1;
		f->came = 1;
		f->heard = 0;
		return;
	}
	ahead = (int16_t)(uint16_t)(seq - f->newest);
	for (; ahead > 0; ahead--)
		step(f);
	if ((unsigned)-ahead < f->span)
		f->came |= (uint64_t)1 << -ahead;
}

void ahoy_fates_taken(ahoy_fates *f, uint16_t seq)
{
	unsigned age = (uint16_t)(f->newest - seq);

	if (f->started && age < f->span)
		f->heard |= (uint64_t)1 << age;
}

void ahoy_fates_heard(ahoy_fates *f, uint16_t seq)
{
	unsigned age = (uint16_t)(f->newest - seq);

	ahoy_fates_taken(f, seq);
	if (f->started && age < f->waiting)
		f->waiting = age;
}

void ahoy_fates_restart(ahoy_fates *f)
{
	while (f->started && f->span)
		decide(f, --f->span, &f->decided);
	f->started = false;
}

ahoy_burst_gap ahoy_fates_now(const ahoy_fates *f)
{
	ahoy_burst_gap now = f->decided;

	if (!f->started)
		return now;
	for (unsigned age = f->span; age-- > f->waiting;)
		decide(f, age, &now);
	return now;
}
