/* timers: a hierarchical timing wheel of intrusive timers; arming and stopping cost O(1), allocate nothing and cannot fail.
 * Owns no timer: each stands inside its owner's struct and must be stopped before that dies. Resolution 1 ms: a timer fires at the first
 * whole millisecond at or after its time, in the order of arming within a millisecond. Thread kind: owned. */
#ifndef AHOY_BASE_TIMERS_H
#define AHOY_BASE_TIMERS_H

#include "base/env.h"

typedef struct ahoy_timer {
	struct ahoy_timer *next, *prev; /* NULL while it is not armed */
	uint64_t tick;			/* when it fires, milliseconds */
	void *owner;			/* the struct it stands in; set once by ahoy_timer_init */
	uint8_t kind;			/* the owner's own name for it */
	uint8_t level, slot;
} ahoy_timer;

#define AHOY_TIMER_LEVELS 6 /* 64^6 ms: a turn of two years; deadlines beyond the present turn wait in a list */
#define AHOY_TIMER_SLOTS 64

typedef struct {
	uint64_t tick; /* up to here all has been fired */
	uint32_t count;
	uint64_t occupied[AHOY_TIMER_LEVELS];
	ahoy_timer lists[AHOY_TIMER_LEVELS][AHOY_TIMER_SLOTS]; /* heads of rings */
	ahoy_timer due;
	ahoy_timer far; /* beyond this turn of the wheel */
} ahoy_timers;

void ahoy_timers_init(ahoy_timers *timers, ahoy_time now);
void ahoy_timer_init(ahoy_timer *timer, void *owner, uint8_t kind);
/* Arms it, again if it is armed. A time that is past fires at the next pop. */
void ahoy_timer_arm(ahoy_timers *timers, ahoy_timer *timer, ahoy_time at);
void ahoy_timer_stop(ahoy_timers *timers, ahoy_timer *timer);
static inline bool ahoy_timer_is_armed(const ahoy_timer *timer)
{
	return timer->next != NULL;
}
/* A timer whose time has come, already disarmed; NULL where there is none (more) at `now`. */
ahoy_timer *ahoy_timers_pop(ahoy_timers *timers, ahoy_time now);
/* When to call pop next: never later than the earliest timer, sometimes earlier (the wheel turns then). AHOY_NEVER where none is armed. */
ahoy_time ahoy_timers_next(const ahoy_timers *timers);

#endif
