/* What the world asks of a phone: is it through, is it in good order, is anything left over? */
#include <stdio.h>

#include "sim/phone.h"
#include "sim/world.h"
#include "sip/tx.h"
#include "ua/internal.h"

bool sim_phone_is_idle(const sim_phone *phone)
{
	if (phone->registration || phone->leaving)
		return false;
	for (unsigned i = 0; i < SIM_SINGLES; i++)
		if (phone->singles[i])
			return false;
	return sim_phone_busy(phone) == 0;
}

bool sim_phone_is_bound(const sim_phone *phone, uint64_t utc_ms)
{
	char text[96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_fmt(&b, "sip:%s@", phone->user);
	ahoy_addr_put(&b, &phone->address);
	return sim_store_has_binding(&phone->world->store, ahoy_slice_of(phone->user), ahoy_buf_slice(&b), utc_ms);
}

bool sim_phone_is_sound(const sim_phone *phone)
{
	const sim_world *world = phone->world;

	return phone->registered && phone->moved_in != world->round && phone->silent_in != world->round &&
	       !world->notes.killed;
}

uint32_t sim_sound_phones(const sim_world *world, const char *user)
{
	uint32_t phones = 0;

	for (unsigned p = 0; p < SIM_PHONES; p++)
		if (!strcmp(world->phones[p].user, user) && sim_phone_is_sound(&world->phones[p]))
			phones |= 1u << p;
	return phones;
}

bool sim_phone_is_quiet(const sim_phone *phone)
{
	uint64_t cursor = 0;
	const ahoy_tx *tx;

	while ((tx = ahoy_slots_next(&phone->ua->stack->txs, &cursor, NULL)))
		if ((tx->kind == AHOY_TX_ICT || tx->kind == AHOY_TX_NICT) &&
		    (tx->state == AHOY_TX_CALLING || tx->state == AHOY_TX_PROCEEDING))
			return false;
	return true;
}

static void expect_none(sim_phone *phone, uint64_t count, const char *what)
{
	char text[96];

	if (!count)
		return;
	snprintf(text, sizeof text, "%llu %s left in phone %u", (unsigned long long)count, what, phone->index);
	sim_fail(phone->world, 0, text);
}

void sim_phone_check_idle(sim_phone *phone)
{
	const ahoy_stack_counters *counters;

	ahoy_ua_expire(phone->ua, phone->world->now);
	sim_phone_end(phone);
	ahoy_ua_expire(phone->ua, phone->world->now);
	sim_phone_end(phone);
	counters = ahoy_stack_count(ahoy_ua_stack(phone->ua));
	expect_none(phone, ahoy_ua_calls(phone->ua), "calls");
	sim_rest_transactions(phone->world, ahoy_ua_stack(phone->ua), "a phone");
	expect_none(phone, counters->timers, "timers");
	expect_none(phone, phone->ua->calls.count, "call objects");
	expect_none(phone, phone->ua->sendings.count, "requests");
	expect_none(phone, phone->ua->registrations.count, "registrations");
	expect_none(phone, phone->ua->timers.count, "user agent timers");
}
