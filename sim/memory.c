#include "sim/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The block's size stands before it; the actor's part stays aligned for any type. */
typedef struct {
	_Alignas(16) size_t size;
} block;

static void *resize(void *ctx, void *ptr, size_t size)
{
	sim_memory *memory = ctx;
	block *old = ptr ? (block *)ptr - 1 : NULL;
	size_t old_size = old ? old->size : 0;
	block *fresh;

	if (size == 0) {
		if (old) {
			memory->blocks--;
			memory->bytes -= old_size;
		}
		free(old);
		return NULL;
	}
	fresh = realloc(old, sizeof *fresh + size);
	if (!fresh)
		return NULL;
	fresh->size = size;
	memory->blocks += !old;
	memory->bytes += size - old_size;
	if (memory->bytes > memory->peak_bytes)
		memory->peak_bytes = memory->bytes;
	return fresh + 1;
}

static void fill_random(void *ctx, void *out, size_t len)
{
	sim_memory *memory = ctx;

	sim_random_fill(&memory->random, out, len);
}

static void log_record(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	sim_memory *memory = ctx;

	(void)level;
	if (memory->show)
		fprintf(stderr, "%12.6f %s %s [%.*s] %.*s\n", (double)*memory->clock / 1e6, memory->name, area,
			AHOY_P(id), AHOY_P(text));
}

void sim_memory_init(sim_memory *memory, const char *name, uint64_t seed, uint64_t stream, const ahoy_time *clock,
		     bool show)
{
	*memory = (sim_memory){.name = name, .clock = clock, .show = show};
	memory->env = (ahoy_env){
		.ctx = memory, .resize = resize, .random = fill_random, .log = log_record, .log_level = AHOY_LOG_DEBUG};
	sim_random_init(&memory->random, seed, stream);
}
