#include "base/timers.h"

/* A timer sits on the level of the highest base-64 digit in which its tick differs from the wheel's, in the slot of that digit. All
 * timers of a level therefore share the wheel's higher digits, lower levels are always earlier than higher ones, and the first
 * occupied slot of the lowest occupied level is the earliest. A tick that differs above the top level waits in `far` until the wheel
 * has turned. */
#define DIGIT_BITS 6
#define TOP_TICKS ((uint64_t)1 << (DIGIT_BITS * AHOY_TIMER_LEVELS))

static void ring_init(ahoy_timer *head)
{
	head->next = head->prev = head;
}

static void ring_append(ahoy_timer *head, ahoy_timer *timer)
{
	timer->prev = head->prev;
	timer->next = head;
	head->prev->next = timer;
	head->prev = timer;
}

void ahoy_timers_init(ahoy_timers *timers, ahoy_time now)
{
	memset(timers, 0, sizeof *timers);
	timers->tick = now / 1000;
	for (int level = 0; level < AHOY_TIMER_LEVELS; level++)
		for (int slot = 0; slot < AHOY_TIMER_SLOTS; slot++)
			ring_init(&timers->lists[level][slot]);
	ring_init(&timers->due);
	ring_init(&timers->far);
}

void ahoy_timer_init(ahoy_timer *timer, void *owner, uint8_t kind)
{
	*timer = (ahoy_timer){.owner = owner, .kind = kind};
}

static void place(ahoy_timers *timers, ahoy_timer *timer)
{
	uint64_t differs;
	int level;

	if (timer->tick <= timers->tick) {
		timer->level = AHOY_TIMER_LEVELS;
		ring_append(&timers->due, timer);
		return;
	}
	differs = timer->tick ^ timers->tick;
	if (differs >= TOP_TICKS) {
		timer->level = AHOY_TIMER_LEVELS;
		ring_append(&timers->far, timer);
		return;
	}
	level = (63 - __builtin_clzll(differs)) / DIGIT_BITS;
	timer->level = (uint8_t)level;
	timer->slot = (uint8_t)((timer->tick >> (DIGIT_BITS * level)) & (AHOY_TIMER_SLOTS - 1));
	timers->occupied[level] |= (uint64_t)1 << timer->slot;
	ring_append(&timers->lists[level][timer->slot], timer);
}

void ahoy_timer_arm(ahoy_timers *timers, ahoy_timer *timer, ahoy_time at)
{
	ahoy_timer_stop(timers, timer);
	timer->tick = at / 1000 + (at % 1000 != 0);
	timers->count++;
	place(timers, timer);
}

static void unlink_timer(ahoy_timers *timers, ahoy_timer *timer)
{
	timer->prev->next = timer->next;
	timer->next->prev = timer->prev;
	timer->next = timer->prev = NULL;
	if (timer->level < AHOY_TIMER_LEVELS) {
		ahoy_timer *head = &timers->lists[timer->level][timer->slot];

		if (head->next == head)
			timers->occupied[timer->level] &= ~((uint64_t)1 << timer->slot);
	}
}

void ahoy_timer_stop(ahoy_timers *timers, ahoy_timer *timer)
{
	if (!ahoy_timer_is_armed(timer))
		return;
	unlink_timer(timers, timer);
	timers->count--;
}

/* The level of the earliest occupied slot and the tick at which that slot begins (AHOY_TIMER_LEVELS and the wheel's next turn where only
 * `far` holds timers); -1 where none is armed. */
static int earliest(const ahoy_timers *timers, uint64_t *begins)
{
	for (int level = 0; level < AHOY_TIMER_LEVELS; level++) {
		unsigned shift = (unsigned)(DIGIT_BITS * level);
		uint64_t slot;

		if (!timers->occupied[level])
			continue;
		slot = (uint64_t)__builtin_ctzll(timers->occupied[level]);
		*begins = (timers->tick >> (shift + DIGIT_BITS) << (shift + DIGIT_BITS)) | slot << shift;
		return level;
	}
	*begins = (timers->tick | (TOP_TICKS - 1)) + 1;
	return timers->far.next != &timers->far ? AHOY_TIMER_LEVELS : -1;
}

/* Places all timers of a ring anew, some perhaps into the same one. */
static void place_again(ahoy_timers *timers, ahoy_timer *head)
{
	ahoy_timer moved = {.next = head->next, .prev = head->prev};

	moved.next->prev = moved.prev->next = &moved;
	ring_init(head);
	while (moved.next != &moved) {
		ahoy_timer *timer = moved.next;

		unlink_timer(timers, timer);
		place(timers, timer);
	}
}

ahoy_timer *ahoy_timers_pop(ahoy_timers *timers, ahoy_time now)
{
	uint64_t now_tick = now / 1000, begins;

	while (timers->due.next == &timers->due) {
		int level = earliest(timers, &begins);

		if (level < 0 || begins > now_tick) {
			if (now_tick > timers->tick)
				timers->tick = now_tick;
			return NULL;
		}
		timers->tick = begins;
		if (level == AHOY_TIMER_LEVELS)
			place_again(timers, &timers->far);
		else
			place_again(timers, &timers->lists[level][(begins >> (DIGIT_BITS * level)) & (AHOY_TIMER_SLOTS - 1)]);
	}
	{
		ahoy_timer *timer = timers->due.next;

		unlink_timer(timers, timer);
		timers->count--;
		return timer;
	}
}

ahoy_time ahoy_timers_next(const ahoy_timers *timers)
{
	uint64_t begins;

	if (timers->due.next != &timers->due)
		return timers->tick * 1000;
	if (earliest(timers, &begins) < 0)
		return AHOY_NEVER;
	return begins * 1000;
}
