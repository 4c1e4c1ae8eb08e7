#include "sim/tape.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/world.h"
#include "sip/ladder.h"

void sim_tape_init(sim_world *world, bool show)
{
	sim_tape *tape = &world->tape;

	sim_memory_init(&tape->memory, "tape", world->options.seed, 0, &world->now, false);
	tape->show = show;
	tape->lines = calloc(SIM_TAPE_LINES, sizeof *tape->lines);
	if (!tape->lines || ahoy_trace_new(&tape->memory.env, SIM_TAPE_BYTES, &tape->trace)) {
		fprintf(stderr, "ahoy-sim: out of memory\n");
		exit(1);
	}
}

void sim_tape_fini(sim_tape *tape)
{
	ahoy_trace_del(tape->trace);
	free(tape->lines);
}

static void print_line(const sim_world *world, const sim_tape_line *line, FILE *to)
{
	char from_name[80], to_name[80];

	sim_name_of(world, &line->from, from_name, sizeof from_name);
	sim_name_of(world, &line->to, to_name, sizeof to_name);
	fprintf(to, "%12.6f %-28s -> %-28s %-34s %-12s %s%s\n", (double)line->at / 1e6, from_name, to_name, line->what,
		line->cseq, line->call_id, line->lost ? "  LOST" : "");
}

static void keep(char *out, size_t cap, ahoy_slice text)
{
	ahoy_buf b = ahoy_buf_over(out, cap);

	ahoy_buf_escaped(&b, ahoy_slice_first(text, cap / 4 > text.len ? text.len : cap - 2));
	(void)ahoy_buf_cstr(&b);
}

void sim_tape_put(sim_world *world, const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes, bool lost)
{
	sim_tape *tape = &world->tape;
	sim_tape_line *line = &tape->lines[tape->next++ % SIM_TAPE_LINES];
	ahoy_slice first, rest;

	*line = (sim_tape_line){.at = world->now, .from = *from, .to = *to, .lost = lost};
	(void)ahoy_slice_cut(bytes, '\r', &first, &rest);
	keep(line->what, sizeof line->what, first);
	keep(line->call_id, sizeof line->call_id, ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i'));
	keep(line->cseq, sizeof line->cseq, ahoy_trace_header(bytes, AHOY_S("CSeq"), 0));
	if (tape->show)
		print_line(world, line, stderr);
}

void sim_tape_server(sim_world *world, bool sent, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_trace_put(world->tape.trace, world->now, sent, flow, bytes);
}

static void print_ladder(sim_tape *tape, const ahoy_slice *call_ids, size_t count)
{
	static ahoy_trace_message messages[AHOY_LADDER_MAX_MESSAGES];
	static char text[AHOY_LADDER_MAX_MESSAGES * 160 + 1024];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_trace_cursor cursor = {0};
	size_t found = 0;

	while (found < AHOY_LADDER_MAX_MESSAGES &&
	       ahoy_trace_next_of(tape->trace, &cursor, call_ids, count, &messages[found]))
		found++;
	ahoy_ladder_write(&b, AHOY_S("server"), messages, found);
	fwrite(b.ptr, 1, b.len, stdout);
}

static bool is_of(const sim_tape_line *line, const ahoy_slice *call_ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ahoy_slice_eq(ahoy_slice_of(line->call_id), call_ids[i]))
			return true;
	return false;
}

void sim_tape_print(sim_world *world, const ahoy_slice *call_ids, size_t count)
{
	sim_tape *tape = &world->tape;
	uint64_t first = tape->next > SIM_TAPE_LINES ? tape->next - SIM_TAPE_LINES : 0;

	printf("\nas the server saw it:\n");
	print_ladder(tape, call_ids, count);
	printf("\nas it was sent:\n");
	for (uint64_t i = first; i < tape->next; i++)
		if (is_of(&tape->lines[i % SIM_TAPE_LINES], call_ids, count))
			print_line(world, &tape->lines[i % SIM_TAPE_LINES], stdout);
}
