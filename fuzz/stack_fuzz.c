/* stack_fuzz: datagrams, time and commands into a transaction layer. Steps (fuzz_world.h): ">MS" time; "%N" fails the N-th
 * allocation; "=NNN" answers the last served request; "!METHOD" sends a request of ours; "/" cancels our last INVITE; "^" ACKs
 * it; "#" an ICMP error; everything else is a datagram. Requests whose length is odd are served, the others answered without
 * state. Oracles: what leaves can be read; a datagram causes at most three; events name what they were given; in the end
 * nothing is left. */
#include "fuzz_world.h"
#include "sip/stack.h"

#define MAX_OPEN 64
#define MAX_ANSWERS 3

typedef struct {
	fuzz_world w;
	ahoy_stack *stack;
	ahoy_flow flow;
	ahoy_tx_id open[MAX_OPEN], invite;
	unsigned open_count;
	bool faulty; /* this turn's message cannot be read, so its echo need not be readable either */
} fuzz;

static void take_event(fuzz *f, const ahoy_stack_event *e)
{
	switch (e->kind) {
	case AHOY_STACK_REQUEST:
		CHECK(e->msg && e->msg->is_request && e->tx == 0);
		if (e->msg->raw.len % 2 && f->open_count < MAX_OPEN) {
			if (!ahoy_stack_serve(f->stack, f->w.now, e->msg, e->flow, (ahoy_slice){0}, 7, &f->open[f->open_count]))
				f->open_count++;
		} else {
			(void)ahoy_stack_reply(f->stack, f->w.now, e->msg, e->flow, &(ahoy_response){.status = 404}, 0);
		}
		break;
	case AHOY_STACK_CANCEL:
	case AHOY_STACK_ACK:
		CHECK(e->msg && e->user == 7);
		break;
	case AHOY_STACK_UNACKED:
		CHECK(!e->msg && e->user == 7);
		break;
	case AHOY_STACK_RESPONSE:
		CHECK(e->msg && !e->msg->is_request && e->user == 42);
		break;
	case AHOY_STACK_FAILED:
		CHECK(!e->msg && e->user == 42 && e->err);
		break;
	}
}

static unsigned drain(fuzz *f)
{
	ahoy_stack_event e;
	ahoy_out o;
	unsigned sent = 0;

	while (ahoy_stack_pop_event(f->stack, &e))
		take_event(f, &e);
	for (; ahoy_stack_pop_out(f->stack, &o); sent++)
		fuzz_sent(&f->w, o.bytes, !f->faulty);
	return sent;
}

static void pass(fuzz *f, ahoy_time by)
{
	ahoy_time until = f->w.now + by, next;

	while ((next = ahoy_stack_next(f->stack)) <= until) {
		if (next > f->w.now)
			f->w.now = next;
		ahoy_stack_expire(f->stack, f->w.now);
		drain(f);
	}
	f->w.now = until;
}

static void recv_datagram(fuzz *f, ahoy_slice bytes)
{
	static ahoy_msg msg;
	ahoy_slice filled = fuzz_fill(&f->w, bytes);
	char *exact = malloc(filled.len ? filled.len : 1);

	CHECK(exact);
	memcpy(exact, filled.ptr, filled.len);
	/* The 400 to a faulty request echoes its faults. */
	f->faulty = ahoy_msg_parse(filled, &msg, NULL) != 0;
	ahoy_stack_recv(f->stack, f->w.now, &f->flow, ahoy_slice_make(exact, filled.len));
	CHECK(drain(f) <= MAX_ANSWERS);
	f->faulty = false;
	free(exact);
}

static void send_request(fuzz *f, ahoy_slice name)
{
	ahoy_request request = {.method = ahoy_method_of(name), .uri = AHOY_S("sip:b@192.0.2.9"), .user = 42};
	char lines[256];
	ahoy_buf b = ahoy_buf_over(lines, sizeof lines);
	ahoy_tx_id tx;

	if (request.method == AHOY_METHOD_OTHER || request.method == AHOY_ACK || request.method == AHOY_CANCEL)
		return;
	ahoy_buf_fmt(&b, "From: <sip:a@b>;tag=a\r\nTo: <sip:b@b>\r\nCall-ID: ours\r\nCSeq: 1 %.*s\r\nRoute: <sip:192.0.2.9;lr>\r\n",
		     AHOY_P(ahoy_method_name(request.method)));
	request.headers = ahoy_buf_slice(&b);
	ahoy_stack_turn(f->stack, f->w.now);
	if (!ahoy_stack_request(f->stack, f->w.now, &request, &f->flow, &tx) && request.method == AHOY_INVITE) {
		/* Whoever sends an INVITE ends it one day. */
		(void)ahoy_stack_cancel(f->stack, f->w.now, f->invite, (ahoy_slice){0});
		f->invite = tx;
	}
}

static void command(fuzz *f, ahoy_slice step)
{
	uint32_t status;

	ahoy_stack_turn(f->stack, f->w.now);
	if (step.ptr[0] == '=' && f->open_count && !ahoy_slice_u32(ahoy_slice_from(step, 1), 699, &status) && status >= 100) {
		int err =
			ahoy_stack_respond(f->stack, f->w.now, f->open[f->open_count - 1], &(ahoy_response){.status = (int)status});

		f->open_count -= status >= 300 || err == AHOY_ESTALE || (!err && status >= 200);
	} else if (step.ptr[0] == '!') {
		send_request(f, ahoy_slice_from(step, 1));
	} else if (step.ptr[0] == '/') {
		(void)ahoy_stack_cancel(f->stack, f->w.now, f->invite, AHOY_S("Reason: SIP;cause=200\r\n"));
	} else if (step.ptr[0] == '^') {
		(void)ahoy_stack_ack(
			f->stack, f->w.now, f->invite, AHOY_S("b"),
			&(ahoy_request){
				.method = AHOY_ACK,
				.uri = AHOY_S("sip:b@b"),
				.headers =
					AHOY_S("From: <sip:a@b>;tag=a\r\nTo: <sip:b@b>;tag=b\r\nCall-ID: ours\r\nCSeq: 1 ACK\r\n")},
			&f->flow);
	} else if (step.ptr[0] == '#') {
		ahoy_stack_send_failed(f->stack, f->w.now, &f->flow);
	}
	drain(f);
}

static void end(fuzz *f)
{
	f->w.fail_in = 0;
	while (f->open_count) {
		ahoy_stack_turn(f->stack, f->w.now);
		(void)ahoy_stack_respond(f->stack, f->w.now, f->open[--f->open_count], &(ahoy_response){.status = 500});
		drain(f);
	}
	(void)ahoy_stack_cancel(f->stack, f->w.now, f->invite, (ahoy_slice){0});
	pass(f, AHOY_SECONDS(140));
	CHECK(ahoy_stack_count(f->stack)->transactions == 0 && ahoy_stack_count(f->stack)->timers == 0);
	CHECK(ahoy_stack_next(f->stack) == AHOY_NEVER);
	ahoy_stack_del(f->stack);
	CHECK(f->w.live == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static fuzz f;
	ahoy_slice rest = ahoy_slice_make(data, size), step;
	ahoy_stack_config config = {.max_transactions = 16};
	ahoy_time by;

	f = (fuzz){.flow = {.transport = AHOY_UDP,
			    .local = {.family = 4, .port = 5060, .ip = {192, 0, 2, 1}},
			    .peer = {.family = 4, .port = 5062, .ip = {192, 0, 2, 9}}}};
	fuzz_world_init(&f.w);
	CHECK(!ahoy_stack_new(&f.w.env, &config, &f.stack));
	for (unsigned steps = 0; steps < 64 && fuzz_next(&rest, &step); steps++) {
		if (fuzz_is_time(step, &by))
			pass(&f, by);
		else if (fuzz_is_failure(&f.w, step))
			continue;
		else if (step.len && strchr("=!/^#", step.ptr[0]))
			command(&f, step);
		else
			recv_datagram(&f, step);
	}
	end(&f);
	return 0;
}
