/* Rounds: phones register, call and misbehave, unregister; when all is quiet nothing may be left. */
#include "sim/report.h"
#include "sim/script.h"
#include "sim/world.h"

/* Longer than anything that phones begin may take: a call, its time-outs one after the other. */
#define CALLS_END_WITHIN AHOY_SECONDS(400)
/* The longest binding. */
#define BINDINGS_END_WITHIN AHOY_SECONDS(340)
/* As long as the server may go on asking a phone that is away (RFC 3261 17.1.1.2: 64*T1). */
#define ASKING AHOY_SECONDS(33)
/* After the last action nothing may be left (issue A: 40 s). */
#define DRAIN AHOY_SECONDS(40)

/* ---- time goes on ---- */

static void run_until(sim_world *world, ahoy_time until)
{
	sim_event event;

	while (world->faults < SIM_MAX_FAULTS && sim_queue_next(&world->queue) <= until &&
	       sim_queue_pop(&world->queue, &event)) {
		world->now = event.at;
		world->events++;
		event.run(world, &event);
	}
	if (world->now < until)
		world->now = until;
}

static bool goes_on(const sim_world *world)
{
	return world->faults < SIM_MAX_FAULTS;
}

/* ---- the server's death ---- */

static void restart(sim_world *world, const sim_event *event)
{
	(void)event;
	sim_server_start(world);
}

static void mark_attempts(sim_world *world)
{
	world->notes.killed = true;
	for (unsigned number = world->checked_attempts + 1; number <= world->attempt_count; number++)
		sim_attempt_of(world, number)->odd |= SIM_ODD_KILL;
}

static void restart_later(sim_world *world)
{
	sim_put(world, &(sim_event){.at = world->now + sim_between(&world->chance, AHOY_MS(20), AHOY_SECONDS(4)),
				    .run = restart});
}

static void exit_server(sim_world *world, const sim_event *event)
{
	(void)event;
	mark_attempts(world);
	sim_server_exit(world);
	restart_later(world);
}

/* Most die as by kill -9, some are stopped in good order: calls are to be over within 5 s (DESIGN 5). */
static void end_server(sim_world *world, const sim_event *event)
{
	if (event->a != world->round || world->leaving || !world->server.sw || world->server.stopping)
		return;
	mark_attempts(world);
	if (sim_chance(&world->chance, 300)) {
		sim_server_stop(world);
		sim_put(world, &(sim_event){.at = world->now + AHOY_SECONDS(5), .run = exit_server});
		return;
	}
	sim_server_kill(world);
	restart_later(world);
}

static void operate(sim_world *world, const sim_event *event)
{
	if (!world->calling || event->a != world->round)
		return;
	sim_server_operate(world);
	sim_put(world, &(sim_event){.at = world->now + sim_between(&world->chance, AHOY_MS(100), AHOY_SECONDS(10)),
				    .run = operate,
				    .a = world->round});
}

/* ---- a round ---- */

static bool calls_are_over(const sim_world *world)
{
	for (unsigned p = 0; p < SIM_PHONES; p++) {
		const sim_phone *phone = &world->phones[p];

		if (sim_phone_busy(phone) || sim_phone_is_silent(phone, world->now - ASKING))
			return false;
		for (unsigned i = 0; i < SIM_SINGLES; i++)
			if (phone->singles[i])
				return false;
	}
	return world->server.sw != NULL && !world->server.stopping;
}

static bool phones_left(const sim_world *world)
{
	for (unsigned p = 0; p < SIM_PHONES; p++)
		if (!sim_phone_is_idle(&world->phones[p]) || !sim_phone_is_quiet(&world->phones[p]))
			return false;
	return sim_store_bindings(&world->store, sim_utc_ms(world)) == 0;
}

static void wait_for(sim_world *world, bool (*is_so)(const sim_world *), ahoy_time within, const char *else_what)
{
	ahoy_time until = world->now + within;

	while (goes_on(world) && !is_so(world) && world->now < until)
		run_until(world, world->now + AHOY_MS(500));
	if (goes_on(world) && !is_so(world))
		sim_fail(world, 0, else_what);
}

static bool all_begun(const sim_world *world)
{
	return world->attempt_count >= world->round_end;
}

static void begin_round(sim_world *world)
{
	unsigned left = world->options.calls - world->attempt_count;

	world->round++;
	world->round_end =
		world->attempt_count + (left < world->options.round_calls ? left : world->options.round_calls);
	world->calling = true;
	world->leaving = false;
	world->notes.killed = false;
	for (unsigned p = 0; p < SIM_PHONES; p++)
		sim_script_begin(&world->phones[p]);
	sim_put(world, &(sim_event){.at = world->now + AHOY_SECONDS(1), .run = operate, .a = world->round});
	if (sim_chance(&world->chance, world->options.kills))
		sim_put(world,
			&(sim_event){.at = world->now + sim_between(&world->chance, AHOY_SECONDS(2), AHOY_SECONDS(90)),
				     .run = end_server,
				     .a = world->round});
}

static void end_round(sim_world *world)
{
	sim_server_check_idle(world);
	for (unsigned p = 0; p < SIM_PHONES; p++)
		sim_phone_check_idle(&world->phones[p]);
	sim_check_attempts(world, world->checked_attempts + 1, world->attempt_count);
	if (world->options.trace > world->checked_attempts && world->options.trace <= world->attempt_count)
		sim_report_attempt(world, world->options.trace);
	world->checked_attempts = world->attempt_count;
}

/* A phone that is registered refreshes in time. */
static void check_registered(sim_world *world)
{
	world->sound = 0;
	for (unsigned p = 0; p < SIM_PHONES; p++)
		world->sound |= sim_phone_is_sound(&world->phones[p]) ? 1u << p : 0;
	for (unsigned p = 0; goes_on(world) && sim_is_patient(world) && p < SIM_PHONES; p++)
		if (sim_phone_is_sound(&world->phones[p]) && !sim_phone_is_bound(&world->phones[p], sim_utc_ms(world)))
			sim_fail(world, 0, "a registered phone lost its binding");
}

static void run_round(sim_world *world)
{
	begin_round(world);
	wait_for(world, all_begun, AHOY_SECONDS(7200), "the phones do not come to call");
	world->calling = false;
	wait_for(world, calls_are_over, CALLS_END_WITHIN, "a phone's call or request never ends");
	check_registered(world);
	world->leaving = true;
	for (unsigned p = 0; goes_on(world) && p < SIM_PHONES; p++)
		sim_phone_unregister(&world->phones[p]);
	wait_for(world, phones_left, BINDINGS_END_WITHIN, "phones do not get rid of their bindings");
	run_until(world, world->now + DRAIN);
	if (goes_on(world))
		end_round(world);
}

int sim_world_run(sim_world *world)
{
	while (goes_on(world) && world->attempt_count < world->options.calls) {
		run_round(world);
		if (!world->options.quiet)
			sim_report_progress(world);
	}
	if (goes_on(world))
		sim_check_totals(world);
	return world->faults ? 1 : 0;
}
