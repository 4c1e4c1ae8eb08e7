#include "sim/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Further faults are often the same one again: a line each will do. */
#define DRAWN_FAULTS 2

static void print_odd(unsigned odd)
{
	static const char *const names[] = {"the server was killed", "a phone vanished", "the caller never ACKs",
					    "an address changed", "the store failed", "an unusable answer",
					    "answered twice", "wrong password", "a request timed out",
					    "an old stream came into it"};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (odd & 1u << i)
			printf("  beside that: %s\n", names[i]);
}

static void print_record(const sim_world *world, unsigned number)
{
	unsigned count;
	const sim_record *record = sim_store_record_of(&world->store, number, &count);

	if (!record) {
		printf("  no record\n");
		return;
	}
	printf("  record %s (%u of them, written %u times): code %d %s, answered %" PRIu64 ", ended %" PRIu64
	       " by %.*s%s\n",
	       record->id, count, record->versions, record->code, record->reason,
	       record->answered_utc_ms ? record->answered_utc_ms - record->started_utc_ms : 0,
	       record->ended_utc_ms ? record->ended_utc_ms - record->started_utc_ms : 0,
	       AHOY_P(ahoy_ended_by_name(record->ended_by)), record->cut_off ? ", cut off" : "");
}

void sim_report_attempt(sim_world *world, unsigned number)
{
	sim_attempt *attempt = sim_attempt_of(world, number);
	ahoy_slice call_ids[1 + SIM_LEG_IDS];
	size_t count = 0;

	if (!attempt)
		return;
	printf("\ncall %u: phone %u (%s) calls %s at %.6f%s\n", number, attempt->caller,
	       world->phones[attempt->caller].user, attempt->target, (double)attempt->began / 1e6,
	       attempt->offerless ? ", without an offer" : "");
	print_odd(attempt->odd);
	printf("  caller: %u outcomes, status %d%s%s%s; the server sent %d\n", attempt->outcomes,
	       attempt->caller_status, attempt->caller_up ? ", stood" : "", attempt->caller_hung_up ? ", hung up" : "",
	       attempt->caller_cancelled ? ", cancelled" : "", attempt->final_sent);
	printf("  called: %d rang, %u answered%s, last refusal %d\n", __builtin_popcount(attempt->rang),
	       attempt->answered, attempt->callee_hung_up ? ", hung up" : "", attempt->callee_refused);
	printf("  media: %u of %u from the caller came, %u of %u from the callee\n", attempt->came[0], attempt->due[0],
	       attempt->came[1], attempt->due[1]);
	print_record(world, number);
	call_ids[count++] = ahoy_slice_of(attempt->call_id);
	for (unsigned i = 0; i < attempt->leg_count; i++)
		call_ids[count++] = ahoy_slice_of(attempt->leg_ids[i]);
	sim_tape_print(world, call_ids, count);
}

static void print_command(const sim_world *world, unsigned number)
{
	const sim_options *options = &world->options;

	printf("\nagain: ahoy-sim --seed %" PRIu64
	       " --calls %u --round %u --loss %g --dup %g --reorder %g --delay %u --kills %g --ports %u%s",
	       options->seed, options->calls, options->round_calls, options->loss / 10.0, options->duplicate / 10.0,
	       options->reorder / 10.0, options->delay_ms, options->kills / 10.0, options->ports,
	       options->calm ? " --calm" : "");
	if (number)
		printf(" --trace %u", number);
	printf("\n");
}

void sim_report_fault(sim_world *world, unsigned number, const char *what)
{
	const sim_attempt *attempt = sim_attempt_of(world, number);

	printf("\nBROKEN at %.6f s, round %u%s: %s\n", (double)world->now / 1e6, world->round,
	       world->notes.killed ? " (the server was killed in it)" : "", what);
	if (attempt)
		printf("  in call %u\n", number);
	if (world->faults <= DRAWN_FAULTS) {
		if (attempt)
			sim_report_attempt(world, number);
		else if (world->looked_at.len)
			sim_tape_print(world, &world->looked_at, 1);
		print_command(world, number);
	}
	fflush(stdout);
}

void sim_report_progress(const sim_world *world)
{
	if (isatty(2))
		fprintf(stderr, "\r%u of %u calls, %" PRIu64 " s of virtual time ", world->attempt_count,
			world->options.calls, world->now / AHOY_SECONDS(1));
}

static void print_statuses(const sim_observer *observer)
{
	unsigned column = 0;

	for (int status = 200; status < 700; status++)
		if (observer->by_status[status])
			printf("%s%d: %" PRIu64, column++ % 8 ? "   " : "\n    ", status, observer->by_status[status]);
	printf("\n");
}

void sim_report_summary(const sim_world *world)
{
	const sim_network *network = &world->network;
	const sim_observer *observer = &world->observer;
	uint64_t due = 0, came = 0, said = 0, heard = 0;
	unsigned echoes = 0, transcoded = 0;

	for (unsigned i = 0; i < world->attempt_count; i++) {
		const sim_attempt *attempt = &world->attempts[i];

		for (int side = 0; side < 2; side++) {
			due += attempt->due[side];
			came += attempt->came[side];
		}
		echoes += attempt->is_echo && attempt->caller_up;
		said += attempt->said;
		heard += attempt->heard;
		transcoded += attempt->transcoded > 0;
	}
	if (isatty(2))
		fprintf(stderr, "\r%60s\r", "");
	printf("ahoy-sim: seed %" PRIu64 ", %u calls in %u rounds, %" PRIu64 " s of virtual time, %" PRIu64 " events\n",
	       world->options.seed, world->attempt_count, world->round, world->now / AHOY_SECONDS(1), world->events);
	printf("  final answers to callers:");
	print_statuses(observer);
	printf("  network: %" PRIu64 " datagrams sent, %" PRIu64 " lost, %" PRIu64 " duplicated, %" PRIu64
	       " delayed, %" PRIu64 " unreachable\n",
	       network->sent, network->lost, network->duplicated, network->reordered, network->unreachable);
	printf("  at the server: %" PRIu64 " requests, %" PRIu64 " repeated; %" PRIu64 " answers, of them %" PRIu64
	       " finals the first time, %" PRIu64 " challenges\n",
	       observer->requests, observer->repeated, observer->responses, observer->finals, observer->challenges);
	printf("  changes: %" PRIu64 " PRACKs and %" PRIu64 " UPDATEs with an offer answered 200, %" PRIu64
	       " changes that met another one\n",
	       observer->pracks, observer->updates, observer->glares);
	printf("  redirections: %" PRIu64 " INVITEs\n", observer->sent_on);
	printf("  media: %" PRIu64 " packets watched, %" PRIu64 " came\n", due, came);
	printf("  echo: %u calls, %" PRIu64 " s that should come back, %" PRIu64 " s of them and others did\n", echoes,
	       said / 8000, heard / 8000);
	printf("  transcoded: sound of the other codec came in %u calls\n", transcoded);
	printf("  2xx of phones: %" PRIu64 " ACKed, %" PRIu64 " of them late or never\n", world->acked,
	       world->acked_late);
	printf("  store: %" PRIu64 " look-ups, %" PRIu64 " writes, %" PRIu64 " failures; %zu call records\n",
	       world->store.lookups, world->store.writes, world->store.failures, world->store.record_count);
	printf("  server: killed %" PRIu64 " times, stopped %" PRIu64 " times, %" PRIu64
	       " calls hung up by the operator; memory %zu bytes at rest beside its pools, %zu at most\n",
	       world->server.kills, world->server.stops, world->server.hung_up, world->server.rest_bytes,
	       world->server.memory.peak_bytes);
	printf("  invariants: %s\n", world->faults ? "BROKEN" : "all hold");
	printf("  hash: %016" PRIx64 "\n", network->hash);
}
