/* What an operator looks at and does: status, calls, registrations, trace, hangup. */
#include "sim/server.h"
#include "sim/world.h"

static void check_registrations(sim_world *world, const ahoy_switch_status *status)
{
	ahoy_switch_cursor cursor = {0};
	ahoy_registration_info info;
	uint64_t count = 0;

	while (ahoy_switch_next_registration(world->server.sw, world->now, &cursor, &info)) {
		count++;
		if (!sim_store_find(&world->store, info.user))
			sim_fail(world, 0, "a user that does not exist is registered");
	}
	/* Those that are over at this moment are counted until their timer comes. */
	if (count > status->registrations)
		sim_fail(world, 0, "more registrations are listed than counted");
}

static void hang_up(sim_world *world, const ahoy_live_call_info *info)
{
	ahoy_slice call_ids[AHOY_CALL_LEGS];
	sim_attempt *attempt;
	char id[32];
	size_t count;

	if (ahoy_slice_cstr(info->id, id, sizeof id) ||
	    ahoy_switch_call_ids(world->server.sw, ahoy_slice_of(id), call_ids, &count) || !count) {
		sim_fail(world, 0, "a live call has no Call-IDs");
		return;
	}
	attempt = sim_attempt_of(world, sim_attempt_number(call_ids[0]));
	if (attempt)
		attempt->operator_hung_up = true;
	world->server.hung_up++;
	if (ahoy_switch_hangup(world->server.sw, world->now, ahoy_slice_of(id)))
		sim_fail(world, attempt ? attempt->number : 0, "a live call cannot be hung up");
	sim_server_end_turn(&world->server);
}

void sim_server_operate(sim_world *world)
{
	ahoy_switch *sw = world->server.sw;
	ahoy_switch_cursor cursor = {0};
	ahoy_live_call_info info, chosen = {0};
	ahoy_switch_status status;
	uint64_t count = 0;

	if (!sw)
		return;
	ahoy_switch_get_status(sw, &status);
	check_registrations(world, &status);
	while (ahoy_switch_next_call(sw, &cursor, &info))
		if (sim_between(&world->chance, 0, count++) == 0)
			chosen = info;
	if (count != status.calls)
		sim_fail(world, 0, "not as many calls are listed as counted");
	if (count && sim_chance(&world->chance, 60))
		hang_up(world, &chosen);
}
