#include "sim/attempt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/world.h"

unsigned sim_attempt_number(ahoy_slice call_id)
{
	ahoy_slice number, rest;
	uint32_t value;

	if (!ahoy_slice_starts(call_id, AHOY_S(SIM_CALL_ID_PREFIX)))
		return 0;
	(void)ahoy_slice_cut(ahoy_slice_from(call_id, sizeof SIM_CALL_ID_PREFIX - 1), '-', &number, &rest);
	return ahoy_slice_u32(number, UINT32_MAX, &value) ? 0 : value;
}

sim_attempt *sim_attempt_of(sim_world *world, unsigned number)
{
	return number >= 1 && number <= world->attempt_count ? &world->attempts[number - 1] : NULL;
}

sim_attempt *sim_attempt_new(sim_world *world, unsigned caller, const char *target)
{
	sim_attempt *attempt = &world->attempts[world->attempt_count++];

	*attempt = (sim_attempt){.number = world->attempt_count, .began = world->now, .caller = caller};
	snprintf(attempt->call_id, sizeof attempt->call_id, SIM_CALL_ID_PREFIX "%u-%08" PRIx64, attempt->number,
		 sim_random_u64(&world->chance) & 0xffffffffu);
	snprintf(attempt->target, sizeof attempt->target, "%s", target);
	attempt->is_echo = strcmp(target, SIM_ECHO) == 0;
	return attempt;
}

void sim_attempt_add_leg(sim_attempt *attempt, ahoy_slice call_id)
{
	for (unsigned i = 0; i < attempt->leg_count; i++)
		if (ahoy_slice_eq(ahoy_slice_of(attempt->leg_ids[i]), call_id))
			return;
	if (attempt->leg_count < SIM_LEG_IDS)
		(void)!ahoy_slice_cstr(call_id, attempt->leg_ids[attempt->leg_count++], sizeof attempt->leg_ids[0]);
}
