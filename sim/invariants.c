#include "sim/invariants.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/world.h"

/* ---- notes ---- */

unsigned sim_note_new(sim_world *world, unsigned attempt)
{
	sim_notes *notes = &world->notes;

	if (notes->count == notes->cap) {
		notes->cap = notes->cap ? notes->cap * 2 : 256;
		notes->notes = realloc(notes->notes, notes->cap * sizeof *notes->notes);
		if (!notes->notes) {
			perror("ahoy-sim");
			exit(1);
		}
	}
	notes->notes[notes->count] = (sim_note){.attempt = attempt, .round = world->round};
	return ++notes->count;
}

void sim_note_came(sim_world *world, unsigned number, unsigned phone)
{
	sim_note *note = number >= 1 && number <= world->notes.count ? &world->notes.notes[number - 1] : NULL;

	if (!note)
		return;
	/* One that moved has two bindings for a while, at both of which it is found. */
	if (note->came & 1u << phone && !world->notes.killed && world->phones[phone].moved_in != world->round)
		sim_fail(world, note->attempt, "a request (INFO or MESSAGE) reaches a phone twice");
	note->came |= 1u << phone;
}

void sim_note_answered(sim_world *world, unsigned number)
{
	const sim_note *note = &world->notes.notes[number - 1];

	if (!note->came)
		sim_fail(world, note->attempt, "a request (INFO or MESSAGE) is answered 2xx, but nobody got it");
}

void sim_notes_fini(sim_notes *notes)
{
	free(notes->notes);
}

/* ---- attempts ---- */

/* Six tries of something that is repeated after T1, doubled up to T2, do not all get lost. */
#define LONG_ENOUGH AHOY_SECONDS(16)
/* A re-INVITE may meet glare twice, and a peer that thinks it over. */
#define CHANGE_TAKES AHOY_SECONDS(20)

static bool is_fork(const sim_world *world, const sim_leg *leg)
{
	unsigned standing = 0;

	for (unsigned p = 0; p < SIM_PHONES; p++)
		for (unsigned i = 0; i < SIM_LEGS; i++) {
			const sim_leg *other = &world->phones[p].legs[i];

			standing += other->state == SIM_LEG_UP && !other->is_caller && other->attempt == leg->attempt &&
				    other->up_at + LONG_ENOUGH < world->now;
		}
	return standing > 1;
}

/* Four tries of the 2xx and its ACK. */
#define LATE AHOY_MS(6500)

void sim_check_ack(sim_phone *phone, const sim_leg *leg)
{
	sim_world *world = phone->world;
	bool late = world->now > leg->up_at + LATE;

	if (sim_attempt_of(world, leg->attempt)->odd)
		return;
	world->acked++;
	world->acked_late += late;
}

void sim_check_totals(sim_world *world)
{
	unsigned good = 1000 - world->options.loss, both = good * good / 1000, fails = 1000 - both;
	/* Of a thousand: all four tries lost, three times that for bad luck, and for ACKs that wait for the caller (an
	 * offerless call). */
	uint64_t expected = 3 * (uint64_t)fails * fails / 1000 * fails / 1000 * fails / 1000 + 20;

	if (world->acked >= 500 && world->acked_late * 1000 > world->acked * expected)
		sim_fail(world, 0, "too many 2xx of phones are ACKed late or never: repeated ones are not ACKed again");
}

void sim_check_leg(sim_phone *phone, const sim_leg *leg)
{
	sim_world *world = phone->world;
	const sim_attempt *attempt = sim_attempt_of(world, leg->attempt);

	if (!leg->is_caller && !leg->acked && world->now > leg->up_at + LATE)
		sim_check_ack(phone, leg);
	if (attempt->odd || !sim_is_patient(world) || world->now < leg->up_at + LONG_ENOUGH)
		return;
	if (leg->reinviting && leg->changed_at + CHANGE_TAKES < world->now)
		sim_fail(world, attempt->number, "a re-INVITE is never answered");
	if (attempt->is_echo && !leg->greeted_at && !attempt->changes && !leg->owes_ack)
		sim_fail(world, attempt->number, "a caller never hears that the echo is up");
	if (!leg->is_caller && attempt->final_sent / 100 != 2)
		sim_fail(world, attempt->number, "a callee is never told that its answer came too late");
	if (!leg->is_caller && is_fork(world, leg))
		sim_fail(world, attempt->number, "a fork that lost is never told");
}

static void expect(sim_world *world, const sim_attempt *attempt, bool holds, const char *what)
{
	if (!holds)
		sim_fail(world, attempt->number, what);
}

/* One record for each attempt that passed the digest, with the code that went to the caller. */
static void check_record(sim_world *world, const sim_attempt *attempt)
{
	unsigned count;
	const sim_record *record = sim_store_record_of(&world->store, attempt->number, &count);
	int final = attempt->final_sent;
	/* 401: it did not pass. 403, 400, 500, 503: it may not have come so far. */
	bool passed = final && final != 403 && final != 400 && final != 500 && final != 503;

	if (attempt->odd & SIM_ODD_STORE)
		return;
	if (attempt->odd & SIM_ODD_KILL) {
		/* A phone that heard nothing of the old server asks the new one: that is an attempt of its own. */
		expect(world, attempt, count <= 2, "there are more than two records of one call attempt");
		expect(world, attempt, !record || record->ended_utc_ms, "a record is still open after the restart");
		expect(world, attempt, record || final / 100 != 2, "an answered call lost its record by the kill");
		return;
	}
	expect(world, attempt, count <= 1, "there are two records of one call attempt");
	expect(world, attempt, count == 1 || !passed, "a call attempt that passed the digest has no record");
	if (!record)
		return;
	expect(world, attempt, record->ended_utc_ms != 0, "a call is over, its record is not");
	expect(world, attempt, !record->cut_off, "a record is marked cut off, but the server did not die");
	expect(world, attempt, record->code == final,
	       "the record's code is not the final answer that went to the caller");
	expect(world, attempt, (record->answered_utc_ms != 0) == (final >= 200 && final < 300),
	       "the record and the wire disagree whether the call was answered");
	expect(world, attempt, record->ended_utc_ms >= record->started_utc_ms, "a call ended before it began");
}

/* A phone that is registered rings: keep-alives and its own REGISTERs keep the way open, behind NATs too. */
static void check_ring(sim_world *world, const sim_attempt *attempt)
{
	/* Where ports run out, not all of a user's phones are called. */
	uint32_t sound = world->options.ports < SIM_FEW_PORTS || !sim_is_patient(world) ? 0 : attempt->reachable & world->sound;

	if (attempt->forked_at && attempt->final_at > attempt->forked_at + LONG_ENOUGH && !attempt->odd)
		expect(world, attempt, (attempt->rang & sound) == sound, "a registered phone does not ring");
}

/* The caller's phone and the wire. */
static void check_caller(sim_world *world, const sim_attempt *attempt)
{
	expect(world, attempt, attempt->outcomes == 1,
	       attempt->outcomes ? "a caller got two outcomes of one call" : "a caller got no outcome of its call");
	if (attempt->odd & (SIM_ODD_KILL | SIM_ODD_SILENT | SIM_ODD_MOVED | SIM_ODD_TIMEOUT | SIM_ODD_WRONG))
		return;
	/* After its own CANCEL a phone reports 487 whatever crosses it. */
	if (!attempt->caller_cancelled)
		expect(world, attempt, attempt->caller_status == attempt->final_sent,
		       "the caller saw another final answer than the server sent");
	if (attempt->caller_up)
		expect(world, attempt, attempt->final_sent / 100 == 2,
		       "the caller's call stands, but the server sent no 2xx");
	else if (attempt->final_sent / 100 == 2 && !attempt->odd && sim_is_patient(world))
		expect(world, attempt,
		       attempt->caller_cancelled && attempt->cancelled_at < attempt->final_at + LONG_ENOUGH,
		       "the caller never learns that its call was answered");
}

static bool is_long_echo(const sim_attempt *attempt, const sim_record *record)
{
	return attempt->is_echo && record->ended_utc_ms >= record->answered_utc_ms + SIM_ECHO_LIMIT_S * 1000;
}

/* Caller, called phone and record agree on who ended it. */
static void check_end(sim_world *world, const sim_attempt *attempt)
{
	unsigned count;
	const sim_record *record = sim_store_record_of(&world->store, attempt->number, &count);
	int final = attempt->final_sent;

	if (!record || attempt->odd)
		return;
	if (final / 100 == 2 && !attempt->is_echo)
		expect(world, attempt, attempt->answered > 0, "a call was answered, but no phone answered it");
	switch (record->ended_by) {
	case AHOY_ENDED_BY_CALLER:
		expect(world, attempt, attempt->caller_hung_up || attempt->caller_cancelled,
		       "the record says that the caller ended it, but he did not");
		break;
	case AHOY_ENDED_BY_CALLEE:
		expect(world, attempt,
		       !attempt->is_echo && (attempt->callee_hung_up || attempt->callee_refused || final == 480),
		       "the record says that the callee ended it, but no called phone did");
		break;
	case AHOY_ENDED_BY_SERVER:
		/* Two good phones that hear each other give it no reason once the call stands; but the BYE of one may
		 * be lost on the way while a request of the other already gets its 481. */
		expect(world, attempt,
		       final / 100 != 2 || attempt->caller_hung_up || attempt->caller_cancelled ||
			       attempt->callee_hung_up || is_long_echo(attempt, record),
		       "the record says that the server ended a call of good phones");
		break;
	case AHOY_ENDED_BY_OPERATOR:
		expect(world, attempt, attempt->operator_hung_up,
		       "the record says that the operator ended it, but he did not");
		break;
	case AHOY_ENDED_BY_NOBODY:
		sim_fail(world, attempt->number, "a record says that nobody ended the call");
		break;
	}
}

static uint64_t root_of(uint64_t value)
{
	uint64_t root = 0;

	while ((root + 1) * (root + 1) <= value)
		root++;
	return root;
}

/* What was sent while both stood and nobody held came, but for loss on two links (six standard deviations below the
 * mean are no bad luck), and but for what was on its way at the end or at a change. */
static void check_media(sim_world *world, const sim_attempt *attempt)
{
	/* Where ports come into new calls while old ones still send to them, the latch may take an old stream of the
	 * same phone for the new one. */
	bool stale_streams = world->notes.killed || world->options.ports < SIM_FEW_PORTS;
	uint64_t good = 1000 - world->options.loss, passed = good * good / 1000;
	uint64_t on_the_way = (1 + attempt->changes) * (2 * sim_longest_way(world) / AHOY_MS(20));

	for (int side = 0; side < 2; side++) {
		uint64_t mean = attempt->due[side] * passed / 1000;
		uint64_t slack =
			on_the_way + 6 * (1 + root_of(attempt->due[side] * passed * (1000 - passed) / 1000000));

		if (mean > slack && !attempt->odd && !stale_streams)
			expect(world, attempt, attempt->came[side] >= mean - slack,
			       "media does not reach the other side");
	}
}

/* Each packet that is lost costs its own samples; what comes too late for the jitter buffer is lost as well, and so is what
 * lies across the beginning and the end of a spell. */
static void check_echo(sim_world *world, const sim_attempt *attempt)
{
	uint64_t good = 1000 - world->options.loss, passed = good * good / 1000;
	uint64_t late = world->options.reorder + (world->options.delay_ms > 100 ? 1000 : 0);
	uint64_t packets = attempt->said / SIM_ECHO_SAMPLES, mean = packets * passed / 1000;
	uint64_t slack = packets * (late < 1000 ? late : 1000) / 1000 + packets / 10 +
			 6 * (1 + root_of(packets * passed * (1000 - passed) / 1000000)) +
			 (1 + attempt->changes) * (2 * sim_longest_way(world) / AHOY_MS(20) + 8);

	if (mean > slack && !attempt->odd && !world->notes.killed && world->options.ports >= SIM_FEW_PORTS)
		expect(world, attempt, attempt->heard >= (mean - slack) * SIM_ECHO_SAMPLES, "a caller does not hear its echo");
}

void sim_check_attempts(sim_world *world, unsigned first, unsigned last)
{
	for (unsigned number = first; number <= last; number++) {
		const sim_attempt *attempt = sim_attempt_of(world, number);

		check_caller(world, attempt);
		check_record(world, attempt);
		check_ring(world, attempt);
		check_end(world, attempt);
		check_media(world, attempt);
		check_echo(world, attempt);
	}
}
