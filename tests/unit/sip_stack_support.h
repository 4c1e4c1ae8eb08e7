/* sip_stack_support: a rig for the tests of the stack and its four transaction machines: one stack, virtual time, and a record
 * of everything that came out of it with its time. Received bytes stand in a heap block of exactly their size until the next
 * input, and are spoilt then. */
#ifndef SIP_STACK_SUPPORT_H
#define SIP_STACK_SUPPORT_H

#include "oom.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "sip/stack.h"

#define RIG_OUTS 256
#define RIG_START AHOY_SECONDS(1000)

typedef struct {
	unsigned ms; /* since the rig's start */
	ahoy_flow flow;
	char *text;
} rig_out;

typedef struct {
	unsigned ms;
	ahoy_stack_event_kind kind;
	ahoy_tx_id tx;
	uint64_t user;
	int err, status; /* status: of a response */
	ahoy_method method;
} rig_event;

typedef struct {
	test_env te;
	ahoy_stack *stack;
	ahoy_time now;
	ahoy_flow flow; /* to and from the one peer */
	rig_out outs[RIG_OUTS];
	unsigned out_count;
	rig_event events[RIG_OUTS];
	unsigned event_count;
	ahoy_slice in;
	/* What is done with a REQUEST event before its bytes are gone: served with user 7 (tx in `served`), or left. */
	bool serves;
	ahoy_tx_id served;
	int serve_err;
} rig;

static inline unsigned rig_ms(const rig *r)
{
	return (unsigned)((r->now - RIG_START) / 1000);
}

static inline void rig_drain(rig *r)
{
	ahoy_stack_event e;
	ahoy_out o;

	while (ahoy_stack_pop_event(r->stack, &e)) {
		assert_true(r->event_count < RIG_OUTS);
		r->events[r->event_count++] = (rig_event){rig_ms(r),
							  e.kind,
							  e.tx,
							  e.user,
							  e.err,
							  e.msg ? e.msg->status : 0,
							  e.msg ? e.msg->method : AHOY_METHOD_OTHER};
		if (e.kind == AHOY_STACK_REQUEST && r->serves)
			r->serve_err = ahoy_stack_serve(r->stack, r->now, e.msg, e.flow, (ahoy_slice){0}, 7, &r->served);
	}
	while (ahoy_stack_pop_out(r->stack, &o)) {
		char *text = malloc(o.bytes.len + 1);

		assert_true(r->out_count < RIG_OUTS && text);
		memcpy(text, o.bytes.ptr, o.bytes.len);
		text[o.bytes.len] = '\0';
		r->outs[r->out_count++] = (rig_out){rig_ms(r), o.flow, text};
	}
}

static inline void rig_spoil(rig *r)
{
	if (!r->in.ptr)
		return;
	memset((void *)(uintptr_t)r->in.ptr, 0xdd, r->in.len);
	test_free_exact(r->in);
	r->in = (ahoy_slice){0};
}

static inline void rig_forget(rig *r)
{
	while (r->out_count)
		free(r->outs[--r->out_count].text);
	r->event_count = 0;
}

static inline void rig_addr(ahoy_addr *addr, const char *text)
{
	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), addr));
}

/* Everything but the stack itself, which TEST_EACH_OOM's blocks make (te is theirs). */
static inline void rig_place(rig *r, ahoy_transport transport)
{
	r->now = RIG_START;
	r->flow = (ahoy_flow){.transport = transport, .id = 1};
	rig_addr(&r->flow.local, "192.0.2.1:5060");
	rig_addr(&r->flow.peer, "192.0.2.9:5062");
}

static inline void rig_init_with(rig *r, ahoy_transport transport, uint32_t max_transactions)
{
	ahoy_stack_config config = {.worker = 3, .max_transactions = max_transactions};

	memset(r, 0, sizeof *r);
	test_env_init(&r->te, 1);
	rig_place(r, transport);
	assert_ok(ahoy_stack_new(&r->te.env, &config, &r->stack));
}

static inline void rig_init(rig *r, ahoy_transport transport)
{
	rig_init_with(r, transport, 0);
}

static inline void rig_fini(rig *r)
{
	rig_spoil(r);
	rig_forget(r);
	ahoy_stack_del(r->stack);
	test_env_fini(&r->te);
}

static inline void rig_recv_slice(rig *r, ahoy_slice bytes)
{
	rig_spoil(r);
	r->in = test_exact(bytes);
	ahoy_stack_recv(r->stack, r->now, &r->flow, r->in);
	rig_drain(r);
}

static inline void rig_recv(rig *r, const char *text)
{
	rig_recv_slice(r, ahoy_slice_of(text));
}

/* Time goes by, deadline after deadline. */
static inline void rig_pass(rig *r, unsigned ms)
{
	ahoy_time until = r->now + AHOY_MS(ms), next;

	rig_spoil(r);
	while ((next = ahoy_stack_next(r->stack)) <= until) {
		if (next > r->now)
			r->now = next;
		ahoy_stack_expire(r->stack, r->now);
		rig_drain(r);
	}
	r->now = until;
}

/* All is gone: no transaction, no timer. */
static inline void rig_assert_empty(const rig *r)
{
	assert_int_equal(ahoy_stack_count(r->stack)->transactions, 0);
	assert_int_equal(ahoy_stack_count(r->stack)->timers, 0);
}

/* The times (ms) at which messages left that begin with `start`, ended by UINT32_MAX. */
static inline void rig_assert_sent(const rig *r, const char *start, const unsigned *times)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->out_count; i++) {
		if (strncmp(r->outs[i].text, start, strlen(start)) != 0)
			continue;
		if (times[n] == UINT32_MAX || r->outs[i].ms != times[n])
			fail_msg("%s left at %u ms, expected %d", start, r->outs[i].ms, (int)times[n]);
		n++;
	}
	if (times[n] != UINT32_MAX)
		fail_msg("%s left %u times, one is missing at %u ms", start, n, times[n]);
}
#define SENT_AT(...) ((const unsigned[]){__VA_ARGS__, UINT32_MAX})
#define NEVER_SENT ((const unsigned[]){UINT32_MAX})

/* The only event so far is this one, at this time; it is forgotten. */
static inline rig_event rig_only_event(rig *r, ahoy_stack_event_kind kind)
{
	assert_int_equal(r->event_count, 1);
	assert_int_equal(r->events[0].kind, kind);
	r->event_count = 0;
	return r->events[0];
}

static inline const char *rig_last(const rig *r)
{
	assert_true(r->out_count > 0);
	return r->outs[r->out_count - 1].text;
}

/* The value of a header line of a message, in a static buffer; "" where there is none. */
static inline const char *header_of(const char *message, const char *name)
{
	static char values[8][512];
	static unsigned turn;
	char *value = values[turn++ % 8], start[64];
	const char *at, *end;

	snprintf(start, sizeof start, "\r\n%s: ", name);
	at = strstr(message, start);
	*value = '\0';
	if (!at)
		return value;
	at += strlen(start);
	end = strstr(at, "\r\n");
	assert_true(end && (size_t)(end - at) < sizeof values[0]);
	memcpy(value, at, (size_t)(end - at));
	value[end - at] = '\0';
	return value;
}

/* A response of the peer to a request that we sent. */
static inline void rig_respond(rig *r, const char *request, int status, const char *to_tag)
{
	char text[4096];

	snprintf(
		text, sizeof text,
		"SIP/2.0 %d X\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
		"Contact: <sip:peer@192.0.2.9>\r\nContent-Length: 0\r\n\r\n",
		status, header_of(request, "Via"), header_of(request, "From"), header_of(request, "To"), *to_tag ? ";tag=" : "",
		to_tag, header_of(request, "Call-ID"), header_of(request, "CSeq"));
	rig_recv(r, text);
}

/* A request of the peer; `more`: further lines. */
static inline void rig_request(rig *r, const char *method, unsigned cseq, const char *branch, const char *to_tag, const char *more)
{
	char text[4096];

	snprintf(
		text, sizeof text,
		"%s sip:me@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5062%s%s\r\nMax-Forwards: 70\r\n"
		"From: <sip:peer@192.0.2.9>;tag=peer\r\n"
		"To: <sip:me@192.0.2.1>%s%s\r\nCall-ID: call-1\r\nCSeq: %u %s\r\n%sContent-Length: 0\r\n\r\n",
		method, *branch ? ";branch=" : "", branch, *to_tag ? ";tag=" : "", to_tag, cseq, method, more);
	rig_recv(r, text);
}

/* An INVITE of ours, or another request. */
static inline int rig_send(rig *r, ahoy_method method, ahoy_tx_id *tx)
{
	char lines[512];
	ahoy_request request = {.method = method, .uri = AHOY_S("sip:peer@192.0.2.9"), .user = 42};
	int err;

	snprintf(
		lines, sizeof lines,
		"Max-Forwards: 70\r\nRoute: <sip:192.0.2.9;lr>\r\nFrom: <sip:me@192.0.2.1>;tag=me\r\n"
		"To: <sip:peer@192.0.2.9>\r\nCall-ID: ours\r\nCSeq: 5 %.*s\r\n",
		AHOY_P(ahoy_method_name(method)));
	request.headers = ahoy_slice_of(lines);
	ahoy_stack_turn(r->stack, r->now);
	err = ahoy_stack_request(r->stack, r->now, &request, &r->flow, tx);
	rig_drain(r);
	return err;
}

static inline int rig_answer(rig *r, ahoy_tx_id tx, int status)
{
	ahoy_response response = {.status = status};
	int err;

	ahoy_stack_turn(r->stack, r->now);
	err = ahoy_stack_respond(r->stack, r->now, tx, &response);
	rig_drain(r);
	return err;
}

#endif
