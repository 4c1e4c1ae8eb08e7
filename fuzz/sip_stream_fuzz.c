/* A stream into the stack, as a driver brings it there: the first bytes say how it is cut into reads, the rest is what comes. Beyond
 * "no crash": cut in any way or not at all, the same units come out of it, in the same order; the stack answers what
 * broke off and takes it for no request; no unit comes behind a broken one. */
#include "fuzz_world.h"
#include "sip/stack.h"
#include "sip/stream.h"

#define MAX_UNITS 64

typedef struct {
	ahoy_stream_kind kind[MAX_UNITS];
	size_t len[MAX_UNITS], count;
	int err;
} units;

typedef struct {
	fuzz_world w;
	ahoy_stack *stack;
	ahoy_flow flow;
} fuzz;

static void drain(fuzz *f, bool broken)
{
	ahoy_stack_event event;
	ahoy_out out;

	while (ahoy_stack_pop_event(f->stack, &event))
		CHECK(!broken || event.kind != AHOY_STACK_REQUEST);
	while (ahoy_stack_pop_out(f->stack, &out))
		CHECK(ahoy_flow_eq(&out.flow, &f->flow));
}

static bool take(fuzz *f, units *u, ahoy_stream_kind kind, ahoy_slice unit, int err)
{
	if (kind == AHOY_STREAM_MORE)
		return false;
	/* Where a CRLF ends a read two line ends are a ping or two pongs: keep-alives are not compared. */
	if ((kind == AHOY_STREAM_MESSAGE || kind == AHOY_STREAM_BROKEN) && u->count < MAX_UNITS) {
		u->kind[u->count] = kind;
		u->len[u->count++] = kind == AHOY_STREAM_MESSAGE ? unit.len : 0;
		u->err = err;
	}
	f->w.now += AHOY_MS(1);
	if (kind == AHOY_STREAM_MESSAGE)
		ahoy_stack_recv(f->stack, f->w.now, &f->flow, unit);
	else if (kind == AHOY_STREAM_BROKEN)
		ahoy_stack_recv_broken(f->stack, f->w.now, &f->flow, unit, err);
	if (kind == AHOY_STREAM_MESSAGE || kind == AHOY_STREAM_BROKEN)
		drain(f, kind == AHOY_STREAM_BROKEN);
	return kind != AHOY_STREAM_BROKEN;
}

/* Reads of cut[0], cut[1], … bytes in a circle; with no cuts all at once. */
static void run(ahoy_slice bytes, ahoy_slice cuts, units *u)
{
	const ahoy_stack_config config = {.worker = 1};
	ahoy_stream stream;
	size_t at = 0, turn = 0;
	bool goes_on = true;
	static fuzz f;

	*u = (units){.count = 0};
	f.flow = (ahoy_flow){.transport = AHOY_TCP, .id = 7};
	fuzz_world_init(&f.w);
	(void)ahoy_addr_parse(AHOY_S("192.0.2.1:5060"), &f.flow.local);
	(void)ahoy_addr_parse(AHOY_S("192.0.2.9:5060"), &f.flow.peer);
	CHECK(ahoy_stack_new(&f.w.env, &config, &f.stack) == 0);
	ahoy_stream_init(&stream, &f.w.env, false);
	while (goes_on && at < bytes.len) {
		size_t want = cuts.len ? (uint8_t)cuts.ptr[turn++ % cuts.len] + 1u : 65535, left = bytes.len - at;
		size_t len = want < left ? want : left;
		char *exact = malloc(len);
		ahoy_slice unit;
		int err;

		CHECK(exact != NULL);
		memcpy(exact, bytes.ptr + at, len);
		at += len;
		ahoy_stream_feed(&stream, ahoy_slice_make(exact, len));
		for (;;) {
			ahoy_stream_kind kind = ahoy_stream_next(&stream, &unit, &err);

			if (take(&f, u, kind, unit, err))
				continue;
			goes_on = kind != AHOY_STREAM_BROKEN;
			break;
		}
		free(exact);
	}
	f.w.now += AHOY_MS(1);
	ahoy_stack_flow_closed(f.stack, f.w.now, &f.flow);
	drain(&f, true);
	ahoy_stream_fini(&stream);
	ahoy_stack_del(f.stack);
	CHECK(f.w.live == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_slice all = ahoy_slice_make(data, size), cuts = ahoy_slice_first(all, 4), bytes = ahoy_slice_from(all, 4);
	static units whole, cut;

	run(bytes, (ahoy_slice){0}, &whole);
	run(bytes, cuts, &cut);
	CHECK(whole.count == cut.count);
	for (size_t i = 0; i < whole.count; i++)
		CHECK(whole.kind[i] == cut.kind[i] && whole.len[i] == cut.len[i]);
	return 0;
}
