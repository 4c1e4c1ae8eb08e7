/* switch_fuzz: datagrams, media, time and store answers into a whole server: users 111, 112 and 115 (password 123456, realm
 * ltsip.cn), 111 and 112 registered. Steps (fuzz_world.h): ">MS" time; "%N" fails the N-th allocation; "~" the store answers
 * late from now on, or at once again; "?" it fails, or no longer; "*" a packet at a media port (port, then bytes); "@" the
 * operator hangs up; "#" an ICMP error; everything else is a datagram, whose first byte 0x02 .. 0x04 says from which
 * phone it comes. *43 is the echo. Oracles: what leaves can be read, and is little; each record ends once; after the last
 * call all counters are zero, and after an hour the server sleeps. */
#include "b2b/switch.h"
#include "fuzz_world.h"
#include "rtp/rtcp.h"
#include "rtp/rtp.h"

#define PEERS 3
#define MAX_ANSWERS 32 /* for one datagram: an INVITE goes to ten contacts, a CANCEL ends them */
#define MAX_WAITING 256
#define MAX_RECORDS 256
#define PAIRS 6

typedef struct {
	fuzz_world w;
	ahoy_switch *sw;
	ahoy_flow flows[PEERS];
	struct {
		ahoy_ask_kind kind;
		uint64_t id;
		char user[AHOY_MAX_USER];
		size_t user_len;
	} waiting[MAX_WAITING];
	unsigned waiting_count;
	bool late, fails, faulty;
	struct {
		char id[32];
		bool ended;
	} records[MAX_RECORDS];
	unsigned record_count;
} fuzz;

static void answer(fuzz *f, ahoy_ask_kind kind, uint64_t id, ahoy_slice user)
{
	ahoy_user_record record = {0};

	if (kind != AHOY_ASK_USER) {
		ahoy_switch_answer_saved(f->sw, f->w.now, id, f->fails);
		return;
	}
	record.found =
		ahoy_slice_eq(user, AHOY_S("111")) || ahoy_slice_eq(user, AHOY_S("112")) || ahoy_slice_eq(user, AHOY_S("115"));
	if (record.found)
		fuzz_ha1(user, record.ha1_md5, record.ha1_sha256);
	ahoy_switch_answer_user(f->sw, f->w.now, id, &record, f->fails);
}

static void take_record(fuzz *f, const ahoy_cdr *cdr)
{
	unsigned i = 0;

	CHECK(cdr->id.len > 0 && cdr->id.len < sizeof f->records[0].id);
	while (i < f->record_count && !ahoy_slice_eq(cdr->id, ahoy_slice_of(f->records[i].id)))
		i++;
	if (i == f->record_count) {
		CHECK(f->record_count < MAX_RECORDS);
		f->record_count++;
		(void)!ahoy_slice_cstr(cdr->id, f->records[i].id, sizeof f->records[i].id);
		f->records[i].ended = false;
	}
	CHECK(!f->records[i].ended);
	f->records[i].ended = cdr->ended_utc_ms != 0;
	CHECK(!f->records[i].ended || (cdr->code >= 200 && cdr->code <= 699 && cdr->ended_by != AHOY_ENDED_BY_NOBODY));
}

static void take_ask(fuzz *f, const ahoy_ask *ask)
{
	if (ask->kind == AHOY_ASK_OPEN_PORTS)
		ahoy_switch_no_ports(f->sw, f->w.now);
	if (ask->kind == AHOY_ASK_RECORD)
		take_record(f, ask->cdr);
	if (!ask->id)
		return;
	if (!f->late || f->waiting_count == MAX_WAITING) {
		answer(f, ask->kind, ask->id, ask->user);
		return;
	}
	CHECK(ask->user.len <= AHOY_MAX_USER);
	f->waiting[f->waiting_count].kind = ask->kind;
	f->waiting[f->waiting_count].id = ask->id;
	f->waiting[f->waiting_count].user_len = ask->kind == AHOY_ASK_USER ? ask->user.len : 0;
	if (f->waiting[f->waiting_count].user_len)
		memcpy(f->waiting[f->waiting_count].user, ask->user.ptr, ask->user.len);
	f->waiting_count++;
}

/* What the echo says is whole, and goes from a port that there is to somebody. */
static void drain_media(fuzz *f)
{
	ahoy_relay_out out;
	ahoy_slice bytes;
	ahoy_rtp rtp;
	ahoy_rtcp rtcp;

	while (ahoy_switch_pop_media(f->sw, &out, &bytes)) {
		CHECK(out.port / 2 < PAIRS && out.to.family && out.to.port);
		if (out.port & 1)
			CHECK(!ahoy_rtcp_decode(bytes.ptr, bytes.len, &rtcp));
		else
			CHECK(!ahoy_rtp_decode(bytes.ptr, bytes.len, &rtp));
	}
}

static unsigned drain(fuzz *f)
{
	ahoy_ask ask;
	ahoy_out out;
	unsigned sent = 0;

	while (ahoy_switch_pop_ask(f->sw, &ask))
		take_ask(f, &ask);
	for (; ahoy_switch_pop_out(f->sw, &out); sent++) {
		CHECK(out.kind == AHOY_OUT_SEND || (out.kind == AHOY_OUT_KEEP && out.flow.transport != AHOY_UDP));
		fuzz_sent(&f->w, out.bytes, !f->faulty);
	}
	drain_media(f);
	return sent;
}

static void answer_waiting(fuzz *f)
{
	unsigned count = f->waiting_count;

	f->waiting_count = 0;
	for (unsigned i = 0; i < count; i++) {
		answer(f, f->waiting[i].kind, f->waiting[i].id, ahoy_slice_make(f->waiting[i].user, f->waiting[i].user_len));
		drain(f);
	}
}

static void pass(fuzz *f, ahoy_time by)
{
	ahoy_time until = f->w.now + by, next;
	unsigned turns = 0;

	answer_waiting(f);
	while ((next = ahoy_switch_next(f->sw)) <= until) {
		CHECK(turns++ < 100000);
		if (next > f->w.now)
			f->w.now = next;
		ahoy_switch_expire(f->sw, f->w.now);
		drain(f);
	}
	f->w.now = until;
}

/* The bytes are gone when recv's asks are fetched. */
static void recv_datagram(fuzz *f, ahoy_slice bytes)
{
	static ahoy_msg msg;
	unsigned from = bytes.len && bytes.ptr[0] >= 2 && bytes.ptr[0] < 2 + PEERS ? (unsigned)bytes.ptr[0] - 2 : PEERS;
	ahoy_slice filled = fuzz_fill(&f->w, from < PEERS ? ahoy_slice_from(bytes, 1) : bytes);
	char *exact = malloc(filled.len ? filled.len : 1);

	CHECK(exact);
	memcpy(exact, filled.ptr, filled.len);
	f->faulty = ahoy_msg_parse(filled, &msg, NULL) != 0; /* the 400 to a faulty request echoes its faults */
	ahoy_switch_recv(f->sw, f->w.now, &f->flows[from % PEERS], ahoy_slice_make(exact, filled.len));
	CHECK(drain(f) <= MAX_ANSWERS);
	f->faulty = false;
	free(exact);
}

static void media(fuzz *f, ahoy_slice bytes)
{
	ahoy_addr source = f->flows[bytes.len % PEERS].peer;
	ahoy_relay_out out;

	if (!bytes.len)
		return;
	source.port = 4000;
	(void)ahoy_switch_media(f->sw, f->w.now, (ahoy_relay_port)(uint8_t)bytes.ptr[0], &source, ahoy_slice_from(bytes, 1), &out);
}

static void hang_up(fuzz *f)
{
	ahoy_switch_cursor cursor = {0};
	ahoy_live_call_info info;

	if (ahoy_switch_next_call(f->sw, &cursor, &info))
		(void)ahoy_switch_hangup(f->sw, f->w.now, info.id);
	drain(f);
}

static void begin(fuzz *f)
{
	ahoy_switch_config config = {
		.realm = AHOY_S(FUZZ_REALM),
		.digest = {AHOY_DIGEST_SHA256, AHOY_DIGEST_MD5},
		.digest_count = 2,
		.media_timeout_s = 60,
		.ring_timeout_s = 120,
		.register_min_s = 60,
		.register_max_s = 3600,
		.utc_offset_us = 1700000000000000,
		.start_number = 1,
		.trace_bytes = AHOY_TRACE_MIN_BYTES,
		.max_calls = 8,
		.echo_number = AHOY_S("*43"),
		.echo_limit_s = 50,
		.max_transactions = 64,
		.listener_count = 1,
	};
	static const char *const contacts[] = {"sip:111@192.0.2.11:5060", "sip:112@192.0.2.12:5060"};
	uint32_t pair;

	for (uint8_t i = 0; i < PEERS; i++)
		f->flows[i] = (ahoy_flow){.transport = AHOY_UDP,
					  .local = {.family = 4, .port = 5060, .ip = {192, 0, 2, 1}},
					  .peer = {.family = 4, .port = 5060, .ip = {192, 0, 2, (uint8_t)(11 + i)}}};
	config.listeners[0] = f->flows[0].local;
	fuzz_world_init(&f->w);
	CHECK(!ahoy_switch_new(&f->w.env, &config, &f->sw));
	for (uint16_t i = 0; i < PAIRS; i++)
		CHECK(!ahoy_switch_add_pair(f->sw, (uint16_t)(10000 + 2 * i), &pair));
	for (uint8_t i = 0; i < 2; i++) {
		ahoy_binding binding = {.contact = ahoy_slice_of(contacts[i]),
					.call_id = AHOY_S("loaded"),
					.cseq = 1,
					.q_milli = 1000,
					.flow = f->flows[i],
					.expires_utc_ms = (FUZZ_START + 1700000000000000 + AHOY_SECONDS(600)) / 1000};

		CHECK(!ahoy_switch_load_binding(f->sw, f->w.now, i ? AHOY_S("112") : AHOY_S("111"), &binding));
	}
}

static void end(fuzz *f)
{
	ahoy_switch_status status;

	f->fails = f->late = false;
	f->w.fail_in = 0;
	ahoy_switch_stop(f->sw, f->w.now);
	drain(f);
	pass(f, AHOY_SECONDS(200));
	ahoy_switch_get_status(f->sw, &status);
	CHECK(status.calls == 0 && status.ports_used == 0);
	for (unsigned i = 0; i < f->record_count; i++)
		CHECK(f->records[i].ended || f->w.failed);
	pass(f, AHOY_SECONDS(3700));
	ahoy_switch_get_status(f->sw, &status);
	/* Bindings behind NAT have their keep-alives until they expire, hence not earlier. */
	CHECK(status.registrations == 0 && status.transactions == 0 && status.timers == 0);
	CHECK(ahoy_switch_next(f->sw) == AHOY_NEVER);
	ahoy_switch_del(f->sw);
	CHECK(f->w.live == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static fuzz f;
	ahoy_slice rest = ahoy_slice_make(data, size), step;
	ahoy_time by;

	memset(&f, 0, sizeof f);
	begin(&f);
	for (unsigned steps = 0; steps < 48 && fuzz_next(&rest, &step); steps++) {
		if (fuzz_is_time(step, &by))
			pass(&f, by);
		else if (fuzz_is_failure(&f.w, step))
			continue;
		else if (step.len && step.ptr[0] == '~')
			f.late = !f.late;
		else if (step.len && step.ptr[0] == '?')
			f.fails = !f.fails;
		else if (step.len && step.ptr[0] == '@')
			hang_up(&f);
		else if (step.len && step.ptr[0] == '*')
			media(&f, ahoy_slice_from(step, 1));
		else if (step.len && step.ptr[0] == '#')
			ahoy_switch_send_failed(f.sw, f.w.now, &f.flows[step.len % PEERS]);
		else
			recv_datagram(&f, step);
	}
	end(&f);
	return 0;
}
