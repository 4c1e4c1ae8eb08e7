/* ua_support: a rig for the tests of src/ua: user agent A, and as its peer either user agent B (both of the real code, on a
 * network that takes 10 ms and loses what it is told to) or the test itself, which writes raw messages. Everything sent and
 * every event is recorded with its time. */
#ifndef UA_SUPPORT_H
#define UA_SUPPORT_H

#include "sip_stack_support.h"

#include "ua/ua.h"

#define WORLD_FLYING 64
#define WORLD_LOG 512
#define ONE_WAY AHOY_MS(10)

enum {
	A,
	B
};

/* What a user agent does with a request out of any dialog while its bytes are there. */
typedef enum {
	LEAVE,
	ACCEPT,
	SERVE,
	CHALLENGE
} world_policy;

typedef struct {
	unsigned ms;
	int who;
	ahoy_ua_event_kind kind;
	ahoy_call_id call;
	ahoy_registration_id registration;
	ahoy_tx_id tx;
	uint64_t user, resolve;
	int status, err;
	uint32_t seconds;
	bool final, auth_failed;
	char body[64], reason[64];
	ahoy_method method;
} world_event;

typedef struct {
	unsigned ms;
	int from;
	bool lost;
	char *text;
	ahoy_flow flow;
} world_sent;

typedef struct {
	test_env te;
	ahoy_ua *ua[2];
	ahoy_addr at[2];
	ahoy_time now;
	struct {
		ahoy_time arrives;
		int to;
		char *text;
	} flying[WORLD_FLYING];
	unsigned flying_count;
	world_sent sent[WORLD_LOG];
	unsigned sent_count;
	world_event events[WORLD_LOG];
	unsigned event_count, event_read;
	ahoy_slice in;
	world_policy policy[2];
	const char *challenge; /* lines of the 401 */
	bool challenge_always; /* whatever credentials come */
	int challenge_status;
	ahoy_call_id accepted; /* the call that the ACCEPT policy made last */
	ahoy_tx_id served;
	int accept_err;
	const char *lose; /* messages that begin so are lost, this many times */
	unsigned lose_times;
} world;

static inline unsigned world_ms(const world *w)
{
	return (unsigned)((w->now - RIG_START) / 1000);
}

static inline ahoy_flow world_flow(const world *w, int from)
{
	return (ahoy_flow){.transport = AHOY_UDP, .id = 1, .local = w->at[from], .peer = w->at[!from]};
}

static inline void world_answer(world *w, int who, const ahoy_ua_event *e)
{
	bool has = ahoy_msg_has(e->msg, AHOY_H_AUTHORIZATION) || ahoy_msg_has(e->msg, AHOY_H_PROXY_AUTHORIZATION);

	if (w->policy[who] == CHALLENGE && (!has || w->challenge_always))
		(void)ahoy_ua_reply(w->ua[who], w->now, e->msg, e->flow, w->challenge_status, (ahoy_slice){0},
				    ahoy_slice_of(w->challenge));
	else if (w->policy[who] != LEAVE && e->msg->method == AHOY_INVITE)
		w->accept_err = ahoy_ua_accept(w->ua[who], w->now, e->msg, e->flow, 70, &w->accepted);
	else if (w->policy[who] != LEAVE)
		w->accept_err = ahoy_ua_serve(w->ua[who], w->now, e->msg, e->flow, 71, &w->served);
}

static inline void world_note(world *w, int who, const ahoy_ua_event *e)
{
	world_event *n = &w->events[w->event_count++];

	assert_true(w->event_count < WORLD_LOG);
	*n = (world_event){world_ms(w), who, e->kind, e->call,
			   e->registration, e->tx, e->user, e->resolve,
			   e->status, e->err, e->seconds, e->final,
			   e->auth_failed, "", "", e->msg ? e->msg->method : AHOY_METHOD_OTHER};
	if (e->msg)
		(void)!ahoy_slice_cstr(e->msg->body, n->body, sizeof n->body);
	(void)!ahoy_slice_cstr(e->reason, n->reason, sizeof n->reason);
}

static inline void world_drain(world *w, int who)
{
	ahoy_ua_event e;
	ahoy_out o;

	while (ahoy_ua_pop_event(w->ua[who], &e)) {
		world_note(w, who, &e);
		if (e.kind == AHOY_UA_REQUEST)
			world_answer(w, who, &e);
	}
	while (ahoy_ua_pop_out(w->ua[who], &o)) {
		world_sent *s = &w->sent[w->sent_count++];

		assert_true(w->sent_count < WORLD_LOG);
		*s = (world_sent){world_ms(w), who, false, malloc(o.bytes.len + 1), o.flow};
		assert_non_null(s->text);
		memcpy(s->text, o.bytes.ptr, o.bytes.len);
		s->text[o.bytes.len] = '\0';
		if (w->lose && w->lose_times && strncmp(s->text, w->lose, strlen(w->lose)) == 0) {
			w->lose_times--;
			s->lost = true;
		} else if (w->ua[B]) {
			assert_true(w->flying_count < WORLD_FLYING);
			w->flying[w->flying_count].arrives = w->now + ONE_WAY;
			w->flying[w->flying_count].to = !who;
			w->flying[w->flying_count++].text = s->text;
		}
	}
}

static inline void world_spoil(world *w)
{
	if (w->in.ptr)
		test_free_exact(w->in);
	w->in = (ahoy_slice){0};
}

/* A raw message to a user agent, from its peer's address. */
static inline void world_recv(world *w, int to, const char *text)
{
	ahoy_flow flow = world_flow(w, to);

	world_spoil(w);
	w->in = test_exact(ahoy_slice_of(text));
	ahoy_ua_recv(w->ua[to], w->now, &flow, w->in);
	world_drain(w, to);
}

static inline bool world_step(world *w, ahoy_time until)
{
	ahoy_time next = w->flying_count ? w->flying[0].arrives : AHOY_NEVER;
	int timer = -1;

	for (int i = A; i <= B; i++)
		if (w->ua[i] && ahoy_ua_next(w->ua[i]) < next) {
			next = ahoy_ua_next(w->ua[i]);
			timer = i;
		}
	if (next > until)
		return false;
	if (next > w->now)
		w->now = next;
	if (timer >= 0) {
		world_spoil(w);
		ahoy_ua_expire(w->ua[timer], w->now);
		world_drain(w, timer);
	} else {
		char *text = w->flying[0].text;
		int to = w->flying[0].to;

		memmove(w->flying, w->flying + 1, --w->flying_count * sizeof w->flying[0]);
		world_recv(w, to, text);
	}
	return true;
}

static inline void world_pass(world *w, unsigned ms)
{
	ahoy_time until = w->now + AHOY_MS(ms);

	world_drain(w, A);
	if (w->ua[B])
		world_drain(w, B);
	while (world_step(w, until))
		;
	w->now = until;
}

/* With a session timer, and UPDATE or not. */
static inline int world_new_with(world *w, int who, uint32_t session_expires_s, bool updates)
{
	ahoy_ua_config config = {
		.stack = {.worker = (uint8_t)who},
		.product = AHOY_S("test"),
		.allow = updates ? AHOY_S("INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS, INFO, MESSAGE")
				 : AHOY_S("INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE"),
		.supported = session_expires_s ? AHOY_S("timer") : AHOY_S(""),
		.session_expires_s = session_expires_s,
		.streams = true,
	};

	return ahoy_ua_new(&w->te.env, &config, &w->ua[who]);
}

/* Knows 100rel, PRACK and UPDATE, or as much of it. */
#define WORLD_ALLOW "INVITE, ACK, CANCEL, BYE, OPTIONS"

static inline int world_new_early(world *w, int who, const char *allow, const char *supported)
{
	ahoy_ua_config config = {
		.stack = {.worker = (uint8_t)who},
		.product = AHOY_S("test"),
		.allow = ahoy_slice_of(allow),
		.supported = ahoy_slice_of(supported),
	};

	return ahoy_ua_new(&w->te.env, &config, &w->ua[who]);
}

static inline int world_new(world *w, int who)
{
	return world_new_with(w, who, 0, false);
}

/* Without the user agents, for TEST_EACH_OOM. */
static inline void world_place(world *w)
{
	w->now = RIG_START;
	w->challenge_status = 401;
	rig_addr(&w->at[A], "192.0.2.1:5060");
	rig_addr(&w->at[B], "192.0.2.2:5060");
}

static inline void world_clear(world *w)
{
	test_env te = w->te;

	memset(w, 0, sizeof *w);
	w->te = te;
}

static inline void world_init(world *w, bool with_b)
{
	memset(w, 0, sizeof *w);
	test_env_init(&w->te, 1);
	world_place(w);
	assert_ok(world_new(w, A));
	if (with_b)
		assert_ok(world_new(w, B));
}

/* Of the user agents and the record; the test_env stays. */
static inline void world_end(world *w)
{
	world_spoil(w);
	while (w->sent_count)
		free(w->sent[--w->sent_count].text);
	ahoy_ua_del(w->ua[A]);
	ahoy_ua_del(w->ua[B]);
	w->ua[A] = w->ua[B] = NULL;
	w->flying_count = w->event_count = w->event_read = 0;
}

static inline void world_fini(world *w)
{
	world_end(w);
	test_env_fini(&w->te);
}

/* 64*T1 and more later nothing is left of calls, transactions or timers. */
static inline void world_assert_quiet(world *w)
{
	world_pass(w, 70000);
	for (int i = A; i <= B; i++) {
		if (!w->ua[i])
			continue;
		assert_int_equal(ahoy_ua_calls(w->ua[i]), 0);
		assert_int_equal(ahoy_stack_count(ahoy_ua_stack(w->ua[i]))->transactions, 0);
		assert_int_equal(ahoy_stack_count(ahoy_ua_stack(w->ua[i]))->timers, 0);
		assert_true(ahoy_ua_next(w->ua[i]) == AHOY_NEVER);
	}
}

/* The next event, which must be this one of this side. */
static inline const world_event *world_expect(world *w, int who, ahoy_ua_event_kind kind)
{
	const world_event *e;

	if (w->event_read == w->event_count)
		fail_msg("event %d of %c did not come", kind, 'A' + who);
	e = &w->events[w->event_read++];
	if (e->who != who || e->kind != kind)
		fail_msg("event %d of %c came instead of %d of %c", e->kind, 'A' + e->who, kind, 'A' + who);
	return e;
}

static inline void world_no_more(const world *w)
{
	if (w->event_read < w->event_count)
		fail_msg("event %d of %c was not expected", w->events[w->event_read].kind, 'A' + w->events[w->event_read].who);
}

/* The last message that began so; NULL: none. */
static inline const char *world_last(const world *w, const char *start)
{
	for (unsigned i = w->sent_count; i > 0; i--)
		if (strncmp(w->sent[i - 1].text, start, strlen(start)) == 0)
			return w->sent[i - 1].text;
	return NULL;
}

static inline unsigned world_count(const world *w, const char *start)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->sent_count; i++)
		n += strncmp(w->sent[i].text, start, strlen(start)) == 0;
	return n;
}

/* A raw answer to something that A sent; `lines` are more lines, body included behind an empty line where there is one. */
static inline void world_respond(world *w, const char *request, int status, const char *to_tag, const char *lines)
{
	char text[8192];
	const char *to = header_of(request, "To");

	assert_non_null(request);
	snprintf(text, sizeof text, "SIP/2.0 %d X\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n%s%s", status,
		 header_of(request, "Via"), header_of(request, "From"), to, *to_tag ? ";tag=" : "", to_tag,
		 header_of(request, "Call-ID"), header_of(request, "CSeq"), lines,
		 strstr(lines, "\r\n\r\n") ? "" : "Content-Length: 0\r\n\r\n");
	world_recv(w, A, text);
}

#define SDP AHOY_S("application/sdp")

static inline ahoy_invite world_invite_spec(const world *w, ahoy_flow *flow)
{
	*flow = world_flow(w, A);
	return (ahoy_invite){.uri = AHOY_S("sip:b@192.0.2.2"),
			     .from = AHOY_S("<sip:a@192.0.2.1>"),
			     .to = AHOY_S("<sip:b@192.0.2.2>"),
			     .contact_user = AHOY_S("a"),
			     .flow = flow,
			     .max_forwards = 70,
			     .type = SDP,
			     .body = AHOY_S("offer"),
			     .user = 60};
}

/* A calls B, who accepts by policy. */
static inline ahoy_call_id world_invite(world *w)
{
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec = world_invite_spec(w, &flow);

	ahoy_ua_turn(w->ua[A], w->now);
	assert_ok(ahoy_ua_invite(w->ua[A], w->now, &spec, &call));
	world_drain(w, A);
	return call;
}

/* A call that stands: A's id of it; B's is w->accepted. */
static inline ahoy_call_id world_call(world *w)
{
	ahoy_call_id call;

	w->policy[B] = ACCEPT;
	call = world_invite(w);
	world_pass(w, 50);
	world_expect(w, B, AHOY_UA_REQUEST);
	assert_ok(ahoy_call_answer(w->ua[B], w->now, w->accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_pass(w, 50);
	world_expect(w, A, AHOY_UA_ANSWERED);
	world_expect(w, B, AHOY_UA_ACKED);
	world_no_more(w);
	return call;
}

/* For TEST_EACH_OOM: an INVITE, which may fail. A's id of the call, or 0. */
static inline ahoy_call_id world_try_invite(world *w)
{
	ahoy_call_id call = 0;
	ahoy_flow flow;
	ahoy_invite spec = world_invite_spec(w, &flow);

	(void)!ahoy_ua_invite(w->ua[A], w->now, &spec, &call);
	world_pass(w, 1000);
	return call;
}

static inline void world_try_answer(world *w)
{
	if (ahoy_call_answer(w->ua[B], w->now, w->accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")))
		(void)ahoy_call_refuse(w->ua[B], w->now, w->accepted, 500, (ahoy_slice){0}, (ahoy_slice){0});
	world_pass(w, 1000);
}

/* Both hang up what may stand, `ms` apart, and nothing is left. */
static inline void world_try_hangup(world *w, ahoy_call_id call, unsigned ms)
{
	(void)ahoy_call_hangup(w->ua[A], w->now, call, (ahoy_slice){0});
	world_pass(w, ms);
	(void)ahoy_call_hangup(w->ua[B], w->now, w->accepted, (ahoy_slice){0});
	world_assert_quiet(w);
}

#endif
