#include "sim/observer.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/world.h"

/* Longer than a transaction and its last late datagram live. */
#define KEEP AHOY_SECONDS(120)

static uint64_t hash_text(uint64_t hash, ahoy_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (uint8_t)text.ptr[i]) * 1099511628211u;
	return (hash ^ 0xff) * 1099511628211u;
}

/* A transaction as its client knows it (RFC 3261 17.1.3). Another start of the server is another server. */
static uint64_t key_of(const sim_world *world, const ahoy_msg *msg)
{
	uint64_t hash = hash_text(14695981039346656037u + world->server.incarnation, msg->via.branch);

	hash = hash_text(hash, msg->cseq_method_name);
	return hash_text(hash, msg->call_id);
}

static sim_exchange *find(const sim_observer *observer, uint64_t key)
{
	sim_exchange *exchange = observer->buckets[key % SIM_OBSERVED_BUCKETS];

	while (exchange && exchange->key != key)
		exchange = exchange->next;
	return exchange;
}

static void sweep(sim_world *world)
{
	sim_observer *observer = &world->observer;

	if (world->now < observer->swept + KEEP)
		return;
	observer->swept = world->now;
	for (size_t i = 0; i < SIM_OBSERVED_BUCKETS; i++) {
		sim_exchange **at = &observer->buckets[i];

		while (*at) {
			sim_exchange *exchange = *at;

			if (exchange->at + KEEP > world->now) {
				at = &exchange->next;
				continue;
			}
			*at = exchange->next;
			free(exchange);
		}
	}
}

void sim_observer_fini(sim_observer *observer)
{
	for (size_t i = 0; i < SIM_OBSERVED_BUCKETS; i++)
		while (observer->buckets[i]) {
			sim_exchange *exchange = observer->buckets[i];

			observer->buckets[i] = exchange->next;
			free(exchange);
		}
}

/* ---- what phones ask ---- */

static void note_register(sim_exchange *exchange, const ahoy_msg *msg)
{
	ahoy_name_addr contact;
	uint32_t seconds = 1;

	if (ahoy_msg_name_addr(msg, AHOY_H_CONTACT, &contact) || contact.star)
		return;
	if (!ahoy_msg_seconds(msg, AHOY_H_EXPIRES, &seconds) && !seconds)
		return;
	(void)!ahoy_slice_cstr(contact.uri.text, exchange->contact, sizeof exchange->contact);
	(void)!ahoy_slice_cstr(msg->to.uri.user, exchange->user, sizeof exchange->user);
}

void sim_observe_received(sim_world *world, const ahoy_flow *flow, ahoy_slice bytes)
{
	sim_observer *observer = &world->observer;
	const ahoy_msg *msg = &observer->msg;
	sim_exchange *exchange;
	uint64_t key;

	(void)flow;
	sweep(world);
	if (ahoy_msg_parse(bytes, &observer->msg, NULL) || !msg->is_request || msg->method == AHOY_ACK)
		return;
	key = key_of(world, msg);
	exchange = find(observer, key);
	if (exchange) {
		observer->repeated++;
		exchange->at = world->now;
		return;
	}
	exchange = calloc(1, sizeof *exchange);
	if (!exchange) {
		perror("ahoy-sim");
		exit(1);
	}
	observer->requests++;
	exchange->key = key;
	exchange->at = world->now;
	exchange->request_len = bytes.len;
	exchange->opens_call = msg->method == AHOY_INVITE && !msg->to.tag.len;
	exchange->attempt = sim_attempt_number(msg->call_id);
	if (msg->method == AHOY_REGISTER)
		note_register(exchange, msg);
	exchange->next = observer->buckets[key % SIM_OBSERVED_BUCKETS];
	observer->buckets[key % SIM_OBSERVED_BUCKETS] = exchange;
}

/* ---- what the server says ---- */

static void check_size(sim_world *world, const sim_exchange *exchange, const ahoy_msg *msg)
{
	size_t limit = exchange->request_len + exchange->request_len / 2;

	if (msg->status == 401 && msg->raw.len > (limit > 600 ? limit : 600))
		sim_fail(world, exchange->attempt, "a challenge is larger than 1.5 times its request and 600 bytes");
}

/* The record is written before the caller is told that the call stands (issue A, 3). */
static void check_answered(sim_world *world, sim_attempt *attempt)
{
	unsigned count;
	const sim_record *record = sim_store_record_of(&world->store, attempt->number, &count);

	if (!(attempt->odd & SIM_ODD_STORE) && (!record || !record->answered_utc_ms))
		sim_fail(world, attempt->number,
			 "the 200 goes to the caller before the answered call's record is written");
}

static void note_call_final(sim_world *world, const sim_exchange *exchange, int status)
{
	sim_attempt *attempt = sim_attempt_of(world, exchange->attempt);

	/* What a new server makes of the rest of an attempt that met the old one is another attempt. */
	if (!attempt || attempt->odd & SIM_ODD_KILL)
		return;
	if (status != 401 && status != 500 && attempt->odd & SIM_ODD_WRONG)
		sim_fail(world, attempt->number, "a caller with a wrong password gets past the digest");
	if (status == 401 && !attempt->final_sent) /* it may be the last word: a wrong password */
		return;
	if (attempt->final_sent && attempt->final_sent != status)
		sim_fail(world, attempt->number, "the server gave the call attempt two different final answers");
	if (!attempt->final_sent) {
		world->observer.by_status[status]++;
		attempt->final_at = world->now;
	}
	attempt->final_sent = status;
	if (status < 300)
		check_answered(world, attempt);
}

/* A challenge costs the server no state, so that a store which fails when a late copy comes may be seen. */
static bool may_follow(int first, int second)
{
	return first == 401 && (second == 500 || second == 503);
}

static void check_final(sim_world *world, sim_exchange *exchange, const ahoy_msg *msg)
{
	uint64_t tag = hash_text(1, msg->to.tag);

	if (exchange->status && (exchange->status != msg->status || exchange->to_tag_hash != tag) &&
	    !may_follow(exchange->status, msg->status)) {
		char text[96];

		snprintf(text, sizeof text, "a request got two different final answers: %d, then %d", exchange->status,
			 msg->status);
		sim_fail(world, exchange->attempt, text);
	}
	if (exchange->status)
		return;
	world->observer.finals++;
	world->observer.challenges += msg->status == 401;
	world->observer.pracks += msg->status == 200 && msg->cseq_method == AHOY_PRACK;
	world->observer.updates += msg->status == 200 && msg->cseq_method == AHOY_UPDATE && msg->body.len;
	world->observer.glares += msg->status == 491 && !exchange->opens_call;
	exchange->status = msg->status;
	exchange->to_tag_hash = tag;
	if (msg->call_id.ptr[0] == SIM_REPLAY && msg->status != 401 && msg->status < 500)
		sim_fail(world, 0, "credentials that were used before are taken again");
	if (exchange->opens_call)
		note_call_final(world, exchange, msg->status);
	if (msg->status == 200 && exchange->contact[0] &&
	    !sim_store_has_binding(&world->store, ahoy_slice_of(exchange->user), ahoy_slice_of(exchange->contact), 0))
		sim_fail(world, 0, "a REGISTER is answered 200, but the binding is not written");
}

static void observe_response(sim_world *world, const ahoy_msg *msg)
{
	sim_exchange *exchange = find(&world->observer, key_of(world, msg));

	world->observer.responses++;
	if (!exchange) {
		sim_fail(world, sim_attempt_number(msg->call_id), "the server answers a request that never came");
		return;
	}
	exchange->at = world->now;
	check_size(world, exchange, msg);
	if (msg->status >= 200)
		check_final(world, exchange, msg);
	else if (exchange->status)
		sim_fail(world, exchange->attempt, "a provisional answer comes after the final one");
}

static const ahoy_header_field *named(const ahoy_msg *msg, ahoy_slice name)
{
	for (uint16_t i = 0; i < msg->header_count; i++)
		if (ahoy_slice_ieq(msg->headers[i].name, name))
			return &msg->headers[i];
	return NULL;
}

/* Entries of a History-Info beside the first. */
static int steps(ahoy_slice history)
{
	int count = 0;
	size_t at;

	while ((at = ahoy_slice_search(history, AHOY_S(";mp="))) < history.len) {
		count++;
		history = ahoy_slice_from(history, at + 4);
	}
	return count;
}

static void observe_request(sim_world *world, const ahoy_msg *msg)
{
	const ahoy_header_field *field = named(msg, AHOY_S("X-Sim-Call"));
	sim_attempt *attempt;
	uint32_t number = 0;

	if (ahoy_msg_has(msg, AHOY_H_AUTHORIZATION) || ahoy_msg_has(msg, AHOY_H_PROXY_AUTHORIZATION))
		sim_fail(world, 0, "credentials cross the server");
	if (msg->method != AHOY_INVITE || msg->to.tag.len)
		return;
	if (!field || ahoy_slice_u32(field->value, UINT32_MAX, &number)) {
		sim_fail(world, 0, "an INVITE lost a header that crosses");
		return;
	}
	attempt = sim_attempt_of(world, number);
	if (attempt) {
		attempt->forked_at = attempt->forked_at ? attempt->forked_at : world->now;
		sim_attempt_add_leg(attempt, msg->call_id);
	}
	/* ... and one for each phone that sent the call on. */
	if (msg->max_forwards != 69 - steps(ahoy_msg_value(msg, AHOY_H_HISTORY_INFO)))
		sim_fail(world, number, "Max-Forwards does not cross less one");
	world->observer.sent_on += ahoy_msg_has(msg, AHOY_H_DIVERSION);
}

void sim_observe_sent(sim_world *world, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_msg *msg = &world->observer.msg;

	(void)flow;
	if (bytes.len > SIM_MAX_SIP)
		sim_fail(world, 0, "the server sends a message larger than anything it was given a reason for");
	if (bytes.len >= 20 && (uint8_t)bytes.ptr[0] < 4)
		return; /* STUN */
	if (ahoy_msg_parse(bytes, msg, NULL)) {
		sim_fail(world, 0, "the server sends what cannot be parsed");
		return;
	}
	world->looked_at = msg->call_id;
	if (msg->is_request)
		observe_request(world, msg);
	else
		observe_response(world, msg);
	world->looked_at = (ahoy_slice){0};
}
