/* ahoyd without its process: the switch, users 111 .. 119, and a store that answers at once, late or with a failure. */
#include <stdio.h>
#include <stdlib.h>

#include "sip/digest.h"
#include "world.h"

#define SLOW AHOY_MS(300)
#define PLENTY 128u
#define FIRST_PORT 10000u
/* 2023-11-14 22:13:20 UTC. */
#define UTC_OFFSET_US 1700000000000000

static void configure(flow *f, ahoy_switch_config *config)
{
	*config = (ahoy_switch_config){
		.realm = AHOY_S("ahoy"),
		.domain = ahoy_slice_of(f->options.domain),
		.digest = {AHOY_DIGEST_SHA256, AHOY_DIGEST_MD5},
		.digest_count = 2,
		.media_timeout_s = f->options.media_timeout_s,
		.ring_timeout_s = f->options.ring_timeout_s,
		.session_expires_s = f->options.session_expires_s,
		.register_min_s = 60,
		.register_max_s = 3600,
		.utc_offset_us = UTC_OFFSET_US,
		.start_number = 1,
		.trace_bytes = 1 << 20,
		.max_calls = f->options.max_calls,
		.max_service_calls = f->options.max_service_calls,
		.echo_number = ahoy_slice_of(f->options.echo),
		.echo_limit_s = f->options.echo_limit_s,
		.max_transcoded = f->options.max_transcoded,
		.listener_count = 1,
	};
	if (f->options.public_address)
		assert_ok(ahoy_addr_parse_ip(ahoy_slice_of(f->options.public_address), &config->self.public_address));
	config->listeners[0] = f->server_at;
}

void server_begin(flow *f)
{
	ahoy_switch_config config;
	unsigned wanted = f->options.pairs ? f->options.pairs : PLENTY;
	uint32_t pair;

	configure(f, &config);
	assert_ok(ahoy_switch_new(&f->te.env, &config, &f->sw));
	for (f->pairs = 0; f->pairs < wanted; f->pairs++)
		assert_ok(ahoy_switch_add_pair(f->sw, (uint16_t)(FIRST_PORT + 2 * f->pairs), &pair));
}

void flow_reconfigure(flow *f, uint32_t register_min_s, uint32_t ring_timeout_s)
{
	ahoy_switch_config config;

	configure(f, &config);
	config.register_min_s = register_min_s;
	config.ring_timeout_s = ring_timeout_s;
	ahoy_switch_reconfigure(f->sw, &config);
}

static bool look_up(ahoy_slice name, ahoy_user_record *record)
{
	char password[32], hex[AHOY_DIGEST_HEX];
	ahoy_slice secret;

	*record = (ahoy_user_record){0};
	if (name.len != 3 || !ahoy_slice_starts(name, AHOY_S("11")) || !ahoy_is_digit(name.ptr[2]))
		return false;
	snprintf(password, sizeof password, "secret-%.*s", AHOY_P(name));
	secret = ahoy_slice_of(password);
	record->found = true;
	memcpy(record->ha1_md5, hex, ahoy_digest_ha1(AHOY_DIGEST_MD5, name, AHOY_S("ahoy"), secret, hex));
	memcpy(record->ha1_sha256, hex, ahoy_digest_ha1(AHOY_DIGEST_SHA256, name, AHOY_S("ahoy"), secret, hex));
	return true;
}

static void answer(flow *f, ahoy_time now, ahoy_ask_kind kind, uint64_t id, ahoy_slice user)
{
	bool failed = f->store == STORE_FAILS;
	ahoy_user_record record;

	(void)look_up(user, &record);
	if (kind == AHOY_ASK_USER)
		ahoy_switch_answer_user(f->sw, now, id, failed ? NULL : &record, failed);
	else
		ahoy_switch_answer_saved(f->sw, now, id, failed);
}

static void answer_or_wait(flow *f, ahoy_time now, const ahoy_ask *ask)
{
	later *wait;

	if (ask->id == 0)
		return;
	if (f->store != STORE_SLOW) {
		answer(f, now, ask->kind, ask->id, ask->user);
		return;
	}
	assert_true(f->later_count < MAX_LATER);
	wait = &f->later[f->later_count++];
	*wait = (later){.at = now + SLOW, .kind = ask->kind, .id = ask->id};
	if (ask->kind == AHOY_ASK_USER)
		(void)ahoy_slice_cstr(ask->user, wait->user, sizeof wait->user);
}

/* Each attempt has one record that ends it, and none after it. */
static void count_record(flow *f, const ahoy_cdr *cdr)
{
	char id[32];
	bool ends = cdr->ended_utc_ms != 0;

	assert_ok(ahoy_slice_cstr(cdr->id, id, sizeof id));
	for (unsigned i = 0; i < f->attempts_open; i++)
		if (strcmp(f->record_ids[i] + 1, id) == 0) {
			if (f->record_ids[i][0] == 'E')
				flow_fail(f, "a record was written after its end");
			f->record_ids[i][0] = ends ? 'E' : 'O';
			f->records += ends;
			return;
		}
	assert_true(f->attempts_open < ARRAY_LEN(f->record_ids));
	snprintf(f->record_ids[f->attempts_open++], sizeof f->record_ids[0], "%c%.30s", ends ? 'E' : 'O', id);
	f->records += ends;
}

static void draw_record(flow *f, const ahoy_cdr *cdr)
{
	ahoy_slice by = ahoy_ended_by_name(cdr->ended_by);
	char quality[128] = "", talked[32] = "";

	if (!cdr->ended_utc_ms) {
		draw_line(f, "ahoyd", "", "record: %.*s to %.*s, answered", AHOY_P(cdr->from), AHOY_P(cdr->to));
		return;
	}
	if (cdr->answered_utc_ms)
		snprintf(talked, sizeof talked, " after %.1f s", (double)(cdr->ended_utc_ms - cdr->answered_utc_ms) / 1000.0);
	if (cdr->caller.packets || cdr->callee.packets)
		snprintf(quality, sizeof quality, ", %llu packets from the caller, %llu from the callee",
			 (unsigned long long)cdr->caller.packets, (unsigned long long)cdr->callee.packets);
	draw_line(f, "ahoyd", "", "record: %.*s to %.*s, %d %.*s, ended by %.*s%s%s%.*s%s", AHOY_P(cdr->from), AHOY_P(cdr->to),
		  cdr->code, AHOY_P(cdr->reason), AHOY_P(by), talked, cdr->codec.len ? ", " : "", AHOY_P(cdr->codec), quality);
}

static void handle(flow *f, ahoy_time now, const ahoy_ask *ask)
{
	switch (ask->kind) {
	case AHOY_ASK_RECORD:
		count_record(f, ask->cdr);
		draw_record(f, ask->cdr);
		answer_or_wait(f, now, ask);
		break;
	case AHOY_ASK_SAVE:
		if (f->store == STORE_AT_ONCE && !f->hidden && f->options.with_registrations)
			draw_line(f, "ahoyd", "", "bindings of %.*s: %zu", AHOY_P(ask->user), ask->count);
		answer_or_wait(f, now, ask);
		break;
	case AHOY_ASK_USER:
		answer_or_wait(f, now, ask);
		break;
	case AHOY_ASK_OPEN_PORTS:
		ahoy_switch_no_ports(f->sw, now);
		break;
	}
}

void server_settle(flow *f, ahoy_time now)
{
	ahoy_ask ask;
	ahoy_out out;
	ahoy_relay_out packet;
	ahoy_slice bytes;

	while (ahoy_switch_pop_ask(f->sw, &ask))
		handle(f, now, &ask);
	while (ahoy_switch_pop_out(f->sw, &out)) {
		phone *p = flow_phone_at(f, &out.flow.peer);

		assert_int_equal(out.kind, AHOY_OUT_SEND);
		draw_message(f, "ahoyd", p ? p->label : "nobody", out.bytes, !p || p->gone);
		f->carrier.from_server(f->carrier.ctx, &out);
	}
	while (ahoy_switch_pop_media(f->sw, &packet, &bytes))
		media_sent(f, &packet, bytes);
}

/* The bytes are gone as soon as the switch has its asks fetched, as in a driver that reuses its buffer. */
void server_recv(flow *f, ahoy_time now, const ahoy_flow *by, ahoy_slice bytes)
{
	ahoy_slice exact = test_exact(bytes);

	ahoy_switch_recv(f->sw, now, by, exact);
	server_settle(f, now);
	memset((void *)(uintptr_t)exact.ptr, 0xdd, exact.len);
	test_free_exact(exact);
}

void server_refused(flow *f, ahoy_time now, const ahoy_flow *to)
{
	ahoy_switch_send_failed(f->sw, now, to);
	server_settle(f, now);
}

void server_expire(flow *f, ahoy_time now)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < f->later_count; i++) {
		later wait = f->later[i];

		if (wait.at > now) {
			f->later[kept++] = wait;
			continue;
		}
		answer(f, now, wait.kind, wait.id, ahoy_slice_of(wait.user));
	}
	f->later_count = kept;
	server_settle(f, now);
	ahoy_switch_expire(f->sw, now);
	server_settle(f, now);
}

ahoy_time server_next(const flow *f)
{
	ahoy_time next = ahoy_switch_next(f->sw);

	for (unsigned i = 0; i < f->later_count; i++)
		if (f->later[i].at < next)
			next = f->later[i].at;
	return next;
}

void server_check_end(flow *f)
{
	ahoy_switch_status status;

	ahoy_switch_get_status(f->sw, &status);
	if (status.calls || status.transactions || status.timers || status.ports_used)
		flow_fail(f, "left behind: %llu calls, %llu transactions, %llu timers, %llu ports",
			  (unsigned long long)status.calls, (unsigned long long)status.transactions,
			  (unsigned long long)status.timers, (unsigned long long)status.ports_used);
	if (f->records != f->attempts_open)
		flow_fail(f, "%u attempts were recorded, %u of them to their end", f->attempts_open, f->records);
}

static void list_calls(flow *f)
{
	static const char *const states[] = {"calling", "ringing", "answered", "held"};
	ahoy_switch_cursor cursor = {0};
	ahoy_live_call_info info;
	ahoy_slice ids[AHOY_CALL_LEGS];
	size_t count;

	while (ahoy_switch_next_call(f->sw, &cursor, &info))
		draw_line(f, "ahoyd", "", "a call from %.*s to %.*s, %s%s%.*s", AHOY_P(info.from), AHOY_P(info.to), states[info.state],
			  info.codec.len ? ", " : "", AHOY_P(info.codec));
	if (ahoy_switch_call_ids(f->sw, AHOY_S("last"), ids, &count)) {
		draw_line(f, "ahoyd", "", "no call so far");
		return;
	}
	draw_line(f, "ahoyd", "", "the last call had %zu legs", count);
	/* Each leg names the same call. */
	for (size_t i = 0; i < count; i++) {
		ahoy_slice again[AHOY_CALL_LEGS];
		size_t again_count;

		assert_ok(ahoy_switch_call_ids(f->sw, ids[i], again, &again_count));
		assert_int_equal(again_count, count);
	}
	assert_err(ahoy_switch_call_ids(f->sw, AHOY_S("nonsense"), ids, &count), AHOY_ENOTFOUND);
}

void flow_list(flow *f)
{
	ahoy_time now = f->carrier.now(f->carrier.ctx);
	ahoy_switch_cursor cursor = {0};
	ahoy_registration_info info;
	ahoy_switch_status status;

	while (ahoy_switch_next_registration(f->sw, now, &cursor, &info))
		draw_line(f, "ahoyd", "", "%.*s is at %.*s", AHOY_P(info.user), AHOY_P(info.binding.contact));
	list_calls(f);
	ahoy_switch_get_status(f->sw, &status);
	draw_line(f, "ahoyd", "", "%llu registrations, %llu calls, %llu ports", (unsigned long long)status.registrations,
		  (unsigned long long)status.calls, (unsigned long long)status.ports_used);
}
