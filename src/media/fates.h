/* fates: what became of each packet of a stream, for the burst and gap metrics of RFC 3611 4.7.2, which want every number once and
 * in order: heard, discarded (it came, and was not played) or lost (it never came). Keeps the last 64 numbers undecided, so that what comes
 * late still counts as what it is. Embedded by value. Thread kind: pure. Cost: a few bit operations a packet. */
#ifndef AHOY_MEDIA_FATES_H
#define AHOY_MEDIA_FATES_H

#include "rtp/voip_metrics.h"

typedef struct {
	bool started;
	uint16_t newest;
	unsigned span;	      /* numbers in the window, the newest among them: 1 .. 64 */
	unsigned waiting;     /* numbers behind the last one heard: their turn may still come */
	uint64_t came, heard; /* bit n: the number `newest` - n */
	ahoy_burst_gap decided;
} ahoy_fates;

/* The packet of this number is here. A number older than the window is forgotten. Cost: a step for each number that was left out,
 * which rtp/stats bounds by 3000. */
void ahoy_fates_came(ahoy_fates *f, uint16_t seq);
/* It was played; one that never came was made whole from another. */
void ahoy_fates_heard(ahoy_fates *f, uint16_t seq);
/* It came, and nothing of it is to be played (a key, comfort noise, while we do not listen): as good as heard, but no sign that the
 * turn of those before it has come. */
void ahoy_fates_taken(ahoy_fates *f, uint16_t seq);
/* The source begins anew, with other numbers: what is undecided is decided as it stands. */
void ahoy_fates_restart(ahoy_fates *f);
/* As of now: what is decided, and of the window all up to the last one that was heard. */
ahoy_burst_gap ahoy_fates_now(const ahoy_fates *f);

#endif
