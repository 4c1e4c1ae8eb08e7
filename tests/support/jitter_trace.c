#include "jitter_trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/jitter.h"
#include "media/stretch.h"
#include "voice.h"

/* xorshift64*, so that a trace is the same on every machine. */
static double uniform(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (double)((*state * 2685821657736338717ull) >> 11) / 9007199254740992.0;
}

static double gaussian(uint64_t *state)
{
	double a = uniform(state), b = uniform(state);

	return sqrt(-2 * log(a + 1e-300)) * cos(2 * M_PI * b);
}

static double exponential(uint64_t *state, double mean)
{
	return -mean * log(1 - uniform(state));
}

/* What a generator remembers from packet to packet. */
typedef struct {
	uint64_t random;
	double until_ms, base_ms;
	bool busy;
} memory;

typedef double (*delay_function)(memory *m, double sent_ms);

static double quiet(memory *m, double sent_ms)
{
	(void)sent_ms;
	return 20 + 2 * uniform(&m->random);
}

static double even(memory *m, double sent_ms)
{
	(void)sent_ms;
	return 20 + 40 * uniform(&m->random);
}

static double normal(memory *m, double sent_ms)
{
	(void)sent_ms;
	return fmax(20, 50 + 15 * gaussian(&m->random));
}

/* Every five seconds or so one packet is held up by 100 to 250 ms; those behind it come with it. */
static double spikes(memory *m, double sent_ms)
{
	if (sent_ms > m->until_ms) {
		m->until_ms = sent_ms + 1000 + exponential(&m->random, 4000);
		m->base_ms = sent_ms + 100 + 150 * uniform(&m->random);
	}
	return fmax(20 + 5 * uniform(&m->random), m->base_ms - sent_ms);
}

/* A busy channel: for a second or so packets wait for their turn and come in bunches of three to six; then it is quiet. */
static double wifi(memory *m, double sent_ms)
{
	if (sent_ms > m->until_ms) {
		m->busy = !m->busy;
		m->until_ms = sent_ms + exponential(&m->random, m->busy ? 800 : 3000);
	}
	if (m->busy && sent_ms + 20 > m->base_ms)
		m->base_ms = sent_ms + 60 + 60 * uniform(&m->random);
	return fmax(10 + 6 * uniform(&m->random), m->busy ? m->base_ms - sent_ms : 0);
}

/* Every ten seconds another route: 80 ms longer, then shorter again. */
static double route(memory *m, double sent_ms)
{
	return 40 + ((long)(sent_ms / 10000) % 2 ? 80 : 0) + 8 * uniform(&m->random);
}

/* The sender's clock is 300 ppm slow; so packets seem to take ever longer. */
static double drift(memory *m, double sent_ms)
{
	return 30 + 300e-6 * sent_ms + 6 * uniform(&m->random);
}

/* A mobile cell: packets leave in slots of 10 ms, a block is sent again one time in ten, and each few seconds the cell holds all up. */
static double mobile(memory *m, double sent_ms)
{
	double delay = 60 + 10 * floor(3 * uniform(&m->random));

	while (uniform(&m->random) < 0.1)
		delay += 40;
	if (sent_ms > m->until_ms) {
		m->until_ms = sent_ms + 2000 + exponential(&m->random, 6000);
		m->base_ms = sent_ms + 150 + exponential(&m->random, 100);
	}
	return fmax(delay, m->base_ms - sent_ms);
}

static const struct {
	const char *name, *what;
	delay_function delay;
	bool keeps_order; /* the path is one queue */
	double lost;
	bool pauses; /* the sender sends nothing in pauses of speech */
} kinds[] = {
	{"quiet", "a wired network: 2 ms of jitter", quiet, true, 0, false},
	{"uniform", "each packet 0 to 40 ms late, in any order", even, false, 0, false},
	{"gaussian", "15 ms of standard deviation, in any order", normal, false, 0, false},
	{"spikes", "a stall of 100 to 250 ms every five seconds", spikes, true, 0, false},
	{"wifi", "bunches of three to six packets for a second, then quiet for three", wifi, true, 0, false},
	{"route", "80 ms longer and shorter by turns, every ten seconds", route, true, 0, false},
	{"drift", "a sender's clock that is 300 ppm slow", drift, true, 0, false},
	{"mobile", "slots of 10 ms, repeats of 40 ms, stalls of 150 ms and more", mobile, true, 0, false},
	{"loss", "15 ms of standard deviation and 3 % lost", normal, false, 0.03, false},
	{"pauses", "as wifi, with silence suppression: nothing is sent for 40 % of the time", wifi, true, 0, true},
};

size_t jitter_trace_kinds(void)
{
	return sizeof kinds / sizeof kinds[0];
}

static void *must_alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);

	if (!p)
		abort();
	return p;
}

static const jitter_trace *sorting;

static int by_arrival(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	double left = sorting->packets[x].arrived_ms, right = sorting->packets[y].arrived_ms;

	return left != right ? (left > right) - (left < right) : (x > y) - (x < y);
}

static void put_in_order(jitter_trace *t)
{
	t->order = must_alloc(t->count, sizeof *t->order);
	for (size_t i = 0; i < t->count; i++)
		if (t->packets[i].arrived_ms != JITTER_LOST)
			t->order[t->arrived++] = i;
	sorting = t;
	qsort(t->order, t->arrived, sizeof *t->order, by_arrival);
}

void jitter_trace_generate(jitter_trace *t, size_t kind, unsigned seconds, uint64_t seed)
{
	memory m = {.random = seed * 2654435761u + kind * 40503u + 1};
	double last_ms = 0, speech_until_ms = 2000, at_ms = 0;
	bool starts = false;

	memset(t, 0, sizeof *t);
	snprintf(t->name, sizeof t->name, "%s", kinds[kind].name);
	t->what = kinds[kind].what;
	t->packets = must_alloc(seconds * 1000u / JITTER_PACKET_MS, sizeof *t->packets);
	for (; at_ms < seconds * 1000.0; at_ms += JITTER_PACKET_MS) {
		jitter_packet *p = &t->packets[t->count];

		if (kinds[kind].pauses && at_ms > speech_until_ms) {
			at_ms += JITTER_PACKET_MS * floor(exponential(&m.random, 1000) / JITTER_PACKET_MS + 10);
			speech_until_ms = at_ms + 300 + exponential(&m.random, 1500);
			starts = true;
			if (at_ms >= seconds * 1000.0)
				break;
		}
		p->sent_ms = at_ms;
		p->arrived_ms = at_ms + kinds[kind].delay(&m, at_ms);
		if (kinds[kind].keeps_order)
			p->arrived_ms = fmax(p->arrived_ms, last_ms);
		last_ms = p->arrived_ms;
		if (kinds[kind].lost > 0 && uniform(&m.random) < kinds[kind].lost)
			p->arrived_ms = JITTER_LOST;
		p->starts_spurt = starts;
		starts = false;
		t->count++;
	}
	put_in_order(t);
}

bool jitter_trace_read(jitter_trace *t, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[128], word[32];
	size_t room = 0;
	bool good = file != NULL;

	memset(t, 0, sizeof *t);
	snprintf(t->name, sizeof t->name, "%.31s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	t->what = "from a file";
	while (good && fgets(line, sizeof line, file)) {
		jitter_packet p = {0};

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%lf %31s", &p.sent_ms, word) != 2) {
			good = false;
			break;
		}
		p.arrived_ms = strcmp(word, "lost") ? atof(word) : JITTER_LOST;
		if (t->count == room) {
			room = room ? 2 * room : 1024;
			t->packets = realloc(t->packets, room * sizeof *t->packets);
			if (!t->packets)
				abort();
		}
		p.starts_spurt = t->count && p.sent_ms - t->packets[t->count - 1].sent_ms > 1.5 * JITTER_PACKET_MS;
		t->packets[t->count++] = p;
	}
	if (file)
		fclose(file);
	put_in_order(t);
	return good && t->count > 0;
}

void jitter_trace_free(jitter_trace *t)
{
	free(t->packets);
	free(t->order);
	memset(t, 0, sizeof *t);
}

#define UNJUDGED 25 /* packets: half a second */

void jitter_trace_judge(const jitter_trace *t, const double *played_ms, double made_up_ms, double squeezed_ms,
			jitter_result *out)
{
	double network_ms = 0, delay_ms = 0, whole_ms = (double)t->count * JITTER_PACKET_MS;
	size_t heard = 0, arrived = 0;

	/* The last ones are still on their way, or in the buffer, when the run ends. */
	for (size_t i = 0; i + UNJUDGED < t->count; i++) {
		const jitter_packet *p = &t->packets[i];

		if (p->arrived_ms == JITTER_LOST) {
			made_up_ms -= JITTER_PACKET_MS;
			continue;
		}
		arrived++;
		network_ms += p->arrived_ms - p->sent_ms;
		if (played_ms[i] == JITTER_LOST)
			continue;
		heard++;
		delay_ms += played_ms[i] - p->sent_ms;
	}
	for (size_t i = 1; i < t->count; i++)
		made_up_ms -= t->packets[i].sent_ms - t->packets[i - 1].sent_ms - JITTER_PACKET_MS;
	out->discarded_percent = 100.0 * (double)(arrived - heard) / (double)arrived;
	out->added_ms = heard ? delay_ms / (double)heard - network_ms / (double)arrived : 0;
	out->concealed_percent = made_up_ms > 0 ? 100 * made_up_ms / whole_ms : 0;
	out->squeezed_percent = 100 * squeezed_ms / whole_ms;
}

#define RATE_HZ 8000
#define UNITS_PER_MS 8
#define FRAME (JITTER_PACKET_MS * UNITS_PER_MS)
/* As media/session_recv.c does it: each turn plays one packet or one gap, and the next comes when that has been heard. */
typedef struct {
	ahoy_jitter jitter;
	int16_t *speech; /* of all packets */
	ahoy_stretch stretch;
	double made_up_ms, squeezed_ms;
} player;

/* Returns how long it is to be heard. */
static double play(player *p, double now_ms, double *played_ms)
{
	const ahoy_jitter_slot *slot;
	uint32_t units;
	int16_t pcm[2 * FRAME];
	size_t n, heard;

	if (ahoy_jitter_get(&p->jitter, (ahoy_time)(now_ms * 1000), FRAME, &slot, &units) != AHOY_JITTER_PACKET) {
		p->made_up_ms += (double)units / UNITS_PER_MS;
		return (double)units / UNITS_PER_MS;
	}
	memcpy(&n, slot->bytes, sizeof n);
	played_ms[n] = now_ms;
	memcpy(pcm, p->speech + n * FRAME, FRAME * sizeof pcm[0]);
	heard = ahoy_stretch_follow(&p->stretch, ahoy_jitter_surplus(&p->jitter), pcm, FRAME, RATE_HZ);
	if (heard < FRAME)
		p->squeezed_ms += (double)(FRAME - heard) / UNITS_PER_MS;
	return (double)heard / UNITS_PER_MS;
}

void jitter_trace_run(const jitter_trace *t, unsigned least_ms, unsigned late_cost_ms, jitter_result *out)
{
	unsigned least = least_ms ? least_ms : AHOY_JITTER_LEAST_MS;
	unsigned start_ms = least > AHOY_JITTER_START_MS ? least : AHOY_JITTER_START_MS;
	double *played_ms = must_alloc(t->count, sizeof *played_ms);
	double tick_ms = t->packets[t->order[0]].arrived_ms + start_ms;
	double end_ms = t->packets[t->count - 1].sent_ms;
	static player p;
	test_voice voice = {.rate_hz = RATE_HZ};
	size_t next = 0;

	memset(&p, 0, sizeof p);
	p.speech = must_alloc(t->count * FRAME, sizeof *p.speech);
	for (size_t i = 0; i < t->count * FRAME; i++)
		p.speech[i] = test_pcm_of(test_voice_next(&voice, 10000));
	for (size_t i = 0; i < t->count; i++)
		played_ms[i] = JITTER_LOST;
	ahoy_jitter_init(&p.jitter, RATE_HZ, start_ms, least, AHOY_JITTER_MOST_MS);
	if (late_cost_ms)
		p.jitter.delay.late_cost_ms = late_cost_ms;
	while (tick_ms < end_ms) {
		for (; next < t->arrived && t->packets[t->order[next]].arrived_ms <= tick_ms; next++) {
			size_t n = t->order[next];
			const jitter_packet *packet = &t->packets[n];

			if (ahoy_jitter_put(&p.jitter, (ahoy_time)(packet->arrived_ms * 1000), (uint16_t)n,
					    (uint32_t)(packet->sent_ms * UNITS_PER_MS), 0, FRAME, &n, sizeof n))
				abort();
		}
		tick_ms += play(&p, tick_ms, played_ms);
	}
	jitter_trace_judge(t, played_ms, p.made_up_ms, p.squeezed_ms, out);
	free(p.speech);
	free(played_ms);
}
