/* jitter_compare: our jitter buffer beside speexdsp's and libre's, on the same packets. Virtual time: the figures are the same on
 * every machine (docs/jitter.md shows them). Usage: jitter_compare [--seconds N] [--seeds N] [TRACE...]
 * Each trace is generated from seed 1; of the further seeds only the sum is told. */
#include <getopt.h>
#include <speex/speex_jitter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* libre's headers lean on those before them. */
/* clang-format off */
#include <re_types.h>
#include <re_fmt.h>
#include <re_mem.h>
#include <re_mbuf.h>
#include <re_list.h>
#include <re_sa.h>
#include <re_rtp.h>
#include <re_jbuf.h>
#include <rem_aubuf.h>
/* clang-format on */

#include "jitter_trace.h"

#define FRAME 160 /* samples */

/* One run of somebody's buffer: what came until now goes in, then one tick of 20 ms comes out. */
typedef struct {
	const jitter_trace *trace;
	double *played_ms;
	double made_up_ms;
	void *state, *second;
} run;

typedef void (*put_function)(run *r, size_t n);
typedef void (*tick_function)(run *r, double tick_ms);

static void simulate(run *r, put_function put, tick_function tick, jitter_result *out)
{
	const jitter_trace *t = r->trace;
	double tick_ms = t->packets[t->order[0]].arrived_ms;
	double end_ms = t->packets[t->count - 1].sent_ms;
	size_t next = 0;

	r->played_ms = malloc(t->count * sizeof *r->played_ms);
	if (!r->played_ms)
		abort();
	r->made_up_ms = 0;
	for (size_t i = 0; i < t->count; i++)
		r->played_ms[i] = JITTER_LOST;
	for (; tick_ms < end_ms; tick_ms += JITTER_PACKET_MS) {
		for (; next < t->arrived && t->packets[t->order[next]].arrived_ms <= tick_ms; next++)
			put(r, t->order[next]);
		tick(r, tick_ms);
	}
	jitter_trace_judge(t, r->played_ms, r->made_up_ms, 0, out);
	free(r->played_ms);
}

/* speexdsp: get and tick every 20 ms, as its header tells. */
static void speex_put(run *r, size_t n)
{
	JitterBufferPacket packet = {.data = (char *)&n,
				     .len = sizeof n,
				     .timestamp = (spx_uint32_t)(r->trace->packets[n].sent_ms * 8),
				     .span = FRAME,
				     .sequence = (spx_uint16_t)n};

	jitter_buffer_put(r->state, &packet);
}

static void speex_tick(run *r, double tick_ms)
{
	size_t n = 0;
	JitterBufferPacket packet = {.data = (char *)&n, .len = sizeof n};
	spx_int32_t offset;

	if (jitter_buffer_get(r->state, &packet, FRAME, &offset) == JITTER_BUFFER_OK)
		r->played_ms[n] = tick_ms;
	else
		r->made_up_ms += JITTER_PACKET_MS;
	jitter_buffer_tick(r->state);
}

static void run_speex(const jitter_trace *t, jitter_result *out)
{
	run r = {.trace = t, .state = jitter_buffer_init(FRAME)};

	simulate(&r, speex_put, speex_tick, out);
	jitter_buffer_destroy(r.state);
}

/* libre: a jbuf that holds so many packets at the least and at the most, pulled every 20 ms. Its user (baresip) has 5-10. */
static void jbuf_take(run *r, size_t n)
{
	struct rtp_header header = {.seq = (uint16_t)n, .ts = (uint32_t)(r->trace->packets[n].sent_ms * 8)};
	size_t *mem = mem_alloc(sizeof n, NULL);

	*mem = n;
	(void)jbuf_put(r->state, &header, mem);
	mem_deref(mem);
}

static void jbuf_tick(run *r, double tick_ms)
{
	struct rtp_header header;
	void *mem = NULL;

	if (jbuf_get(r->state, &header, &mem)) {
		r->made_up_ms += JITTER_PACKET_MS;
		return;
	}
	r->played_ms[*(size_t *)mem] = tick_ms;
	mem_deref(mem);
}

static void run_jbuf(const jitter_trace *t, unsigned least, unsigned most, jitter_result *out)
{
	struct jbuf *jbuf = NULL;
	run r = {.trace = t};

	if (jbuf_alloc(&jbuf, least, most))
		abort();
	r.state = jbuf;
	simulate(&r, jbuf_take, jbuf_tick, out);
	mem_deref(jbuf);
}

/* libre and librem together: each packet that arrives takes one out of the jbuf (it puts them in order), into an aubuf that
 * the sound device drains. Each sample of the aubuf is the number of its packet, so that it is seen what is heard. */
static void aubuf_put(run *r, size_t n)
{
	struct rtp_header header;
	void *mem = NULL;
	int16_t samples[FRAME];

	jbuf_take(r, n);
	if (jbuf_get(r->state, &header, &mem))
		return;
	for (int i = 0; i < FRAME; i++)
		samples[i] = (int16_t)(*(size_t *)mem + 1);
	(void)aubuf_write_samp(r->second, samples, FRAME);
	mem_deref(mem);
}

static void aubuf_tick(run *r, double tick_ms)
{
	int16_t samples[FRAME];

	aubuf_read_samp(r->second, samples, FRAME);
	for (int i = 0; i < FRAME; i++) {
		size_t n = (size_t)(uint16_t)samples[i] - 1;

		if (samples[i] == 0)
			r->made_up_ms += 0.125;
		else if (n < r->trace->count && r->played_ms[n] == JITTER_LOST)
			r->played_ms[n] = tick_ms + i / 8.0;
	}
}

static void run_aubuf(const jitter_trace *t, unsigned least, unsigned most, jitter_result *out)
{
	struct aubuf *aubuf = NULL;
	struct jbuf *jbuf = NULL;
	run r = {.trace = t};

	if (jbuf_alloc(&jbuf, least, most) || aubuf_alloc(&aubuf, 2 * 160, 2 * 1280))
		abort();
	r.state = jbuf;
	r.second = aubuf;
	simulate(&r, aubuf_put, aubuf_tick, out);
	mem_deref(aubuf);
	mem_deref(jbuf);
}

/* What came of comparing ours with another, over all traces. */
static struct {
	unsigned as_it_is, at_their_delay, worse;
} outcome;

/* Ours at this price of late packets with the most delay that is not above added_ms, to a millisecond of its least delay. False:
 * it is above that with none at all. */
static bool fit(const jitter_trace *t, unsigned price, double added_ms, jitter_result *out, unsigned *least_ms)
{
	unsigned low = 0, high = 300;
	jitter_result some;

	jitter_trace_run(t, 0, price, &some);
	if (some.added_ms > added_ms)
		return false;
	*out = some;
	while (high - low > 1) {
		unsigned middle = (low + high) / 2;

		jitter_trace_run(t, middle, price, &some);
		if (some.added_ms > added_ms) {
			high = middle;
		} else {
			*out = some;
			low = middle;
		}
	}
	*least_ms = low;
	return true;
}

/* Ours with as much delay as theirs: more of it by a least delay, less by a lower price of late packets first. */
static void run_at_delay(const jitter_trace *t, double added_ms, jitter_result *out, char *how, size_t how_len)
{
	static const unsigned prices[] = {0 /* its own */, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1};
	unsigned least_ms = 0;

	for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
		if (fit(t, prices[i], added_ms, out, &least_ms)) {
			if (prices[i])
				snprintf(how, how_len, "price %u, %u ms and more", prices[i], least_ms);
			else
				snprintf(how, how_len, "%u ms and more", least_ms);
			return;
		}
	jitter_trace_run(t, 0, 1, out);
	snprintf(how, how_len, "price 1");
}

/* How ours stands to one of theirs: as it is, and where it is a trade, at their delay. */
static const char *verdict(const jitter_trace *t, const jitter_result *ours, const jitter_result *theirs)
{
	static char text[128];
	jitter_result same;
	char how[64];
	bool good;

	if (ours->discarded_percent <= theirs->discarded_percent && ours->added_ms <= theirs->added_ms) {
		outcome.as_it_is++;
		return "worse on neither";
	}
	run_at_delay(t, theirs->added_ms, &same, how, sizeof how);
	good = same.discarded_percent <= theirs->discarded_percent && same.added_ms <= theirs->added_ms;
	*(good ? &outcome.at_their_delay : &outcome.worse) += 1;
	snprintf(text, sizeof text, "%s: %.2f %%, %.1f ms: %s", how, same.discarded_percent, same.added_ms,
		 good ? "worse on neither" : "WORSE");
	return text;
}

static bool print_rows = true;
static uint64_t seed_now;
static const char *trace_name;

static void print_row(const char *who, const jitter_result *r, const char *text)
{
	if (!print_rows) {
		/* Of the further seeds, those that are worse alone. */
		if (strstr(text, "WORSE"))
			printf("%s, seed %llu, against %s (%.2f %%, %.1f ms): %s\n", trace_name,
			       (unsigned long long)seed_now, who, r->discarded_percent, r->added_ms, text);
		return;
	}
	printf("    %-20s %8.2f %9.1f %12.2f %11.2f   %s\n", who, r->discarded_percent, r->added_ms,
	       r->concealed_percent, r->squeezed_percent, text);
}

static void compare(const jitter_trace *t)
{
	jitter_result ours, theirs;

	trace_name = t->name;
	if (print_rows)
		printf("%s: %s\n", t->name, t->what);
	jitter_trace_run(t, 0, 0, &ours);
	print_row("ahoy", &ours, "");
	run_speex(t, &theirs);
	print_row("speexdsp", &theirs, verdict(t, &ours, &theirs));
	run_jbuf(t, 5, 10, &theirs);
	print_row("libre 5-10", &theirs, verdict(t, &ours, &theirs));
	run_jbuf(t, 2, 10, &theirs);
	print_row("libre 2-10", &theirs, verdict(t, &ours, &theirs));
	run_aubuf(t, 5, 10, &theirs);
	print_row("libre 5-10 + librem", &theirs, verdict(t, &ours, &theirs));
}

static void compare_generated(unsigned seconds, uint64_t seed)
{
	jitter_trace trace;

	seed_now = seed;
	for (size_t kind = 0; kind < jitter_trace_kinds(); kind++) {
		jitter_trace_generate(&trace, kind, seconds, seed);
		compare(&trace);
		jitter_trace_free(&trace);
	}
}

static void print_outcome(const char *what)
{
	printf("%s: worse on neither as it is %u, at their delay %u; worse %u\n", what, outcome.as_it_is,
	       outcome.at_their_delay, outcome.worse);
	memset(&outcome, 0, sizeof outcome);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"seconds", required_argument, NULL, 's'},
						{"seeds", required_argument, NULL, 'n'},
						{NULL, 0, NULL, 0}};
	unsigned seconds = 120, seeds = 1;
	jitter_trace trace;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			seconds = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'n')
			seeds = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	printf("%-24s %8s %9s %12s %11s   %s\n", "", "discard%", "added ms", "concealed %", "squeezed %",
	       "ahoy against it");
	compare_generated(seconds, 1);
	for (int i = optind; i < argc; i++) {
		if (!jitter_trace_read(&trace, argv[i])) {
			fprintf(stderr, "jitter_compare: %s: cannot be read as a trace\n", argv[i]);
			return 1;
		}
		compare(&trace);
		jitter_trace_free(&trace);
	}
	print_outcome("these traces");
	print_rows = false;
	for (uint64_t seed = 2; seed <= seeds; seed++)
		compare_generated(seconds, seed);
	if (seeds > 1)
		print_outcome("those of the further seeds");
	return 0;
}
