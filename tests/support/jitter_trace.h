/* jitter_trace: when packets of 20 ms were sent and when they arrived: generated from a seed, or read from a text file
 * (tests/jitter/; two numbers a line, milliseconds sent and arrived; "lost" for the second; '#' begins a comment).
 * And what became of them in a jitter buffer, as two figures that can be compared. Used by the unit test of our buffer and by
 * bench/jitter_compare.c, which plays the same traces through others'. Lifetime: heap, freed by jitter_trace_free. */
#ifndef AHOY_JITTER_TRACE_H
#define AHOY_JITTER_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JITTER_PACKET_MS 20
#define JITTER_LOST (-1.0)

typedef struct {
	double sent_ms, arrived_ms; /* on one clock; arrived JITTER_LOST: never */
	bool starts_spurt;	    /* the first one after a pause of speech */
} jitter_packet;

typedef struct {
	char name[32];
	const char *what; /* a sentence; static */
	size_t count;
	jitter_packet *packets; /* in the order sent */
	size_t *order;		/* numbers of those that arrived, in order of arrival */
	size_t arrived;
} jitter_trace;

/* The generated ones: 0 .. jitter_trace_kinds() - 1, of `seconds` each, the same for the same seed on every machine. */
size_t jitter_trace_kinds(void);
void jitter_trace_generate(jitter_trace *t, size_t kind, unsigned seconds, uint64_t seed);
/* False: no such file, or a line that is none. */
bool jitter_trace_read(jitter_trace *t, const char *path);
void jitter_trace_free(jitter_trace *t);

/* What a buffer did with a trace; played_ms[n]: when packet n was heard, JITTER_LOST where it was not. */
typedef struct {
	double discarded_percent; /* arrived, and not heard */
	double added_ms;	  /* mean delay of what was heard, from its sending, less the network's mean */
	double concealed_percent; /* of the time: made up instead of packets that came */
	double squeezed_percent;  /* of the sound: taken out by playing faster */
} jitter_result;
/* made_up_ms: all that was made up; what the network lost, and pauses, are taken off it. */
void jitter_trace_judge(const jitter_trace *t, const double *played_ms, double made_up_ms, double squeezed_ms,
			jitter_result *out);

/* Ours, as media/session drives it, with its delays and its stretching (media/session_state.h). least_ms,
 * late_cost_ms 0: the usual ones. */
void jitter_trace_run(const jitter_trace *t, unsigned least_ms, unsigned late_cost_ms, jitter_result *out);

#endif
