#include "device/ring.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SAMPLES ((size_t)1 << 24)

int ahoy_pcm_ring_init(ahoy_pcm_ring *ring, size_t samples)
{
	size_t size = 1;

	ring->pcm = NULL;
	if (samples < 1 || samples > MAX_SAMPLES)
		return AHOY_ERANGE;
	while (size < samples)
		size *= 2;
	ring->pcm = malloc(size * sizeof *ring->pcm);
	if (!ring->pcm)
		return AHOY_ENOMEM;
	ring->size = size;
	atomic_init(&ring->put, 0);
	atomic_init(&ring->take, 0);
	return 0;
}

void ahoy_pcm_ring_fini(ahoy_pcm_ring *ring)
{
	free(ring->pcm);
	ring->pcm = NULL;
}

/* The counts run on and wrap together, so their difference is the fill even across the wrap. `take` is read first: for the
 * taking thread it is exact and `put` can only grow; for the putting thread `put` is exact and `take` may be old, which
 * shows more than there is. */
size_t ahoy_pcm_ring_fill(const ahoy_pcm_ring *ring)
{
	size_t take = atomic_load_explicit(&ring->take, memory_order_acquire);

	return atomic_load_explicit(&ring->put, memory_order_acquire) - take;
}

size_t ahoy_pcm_ring_put(ahoy_pcm_ring *ring, const int16_t *pcm, size_t samples)
{
	size_t put = atomic_load_explicit(&ring->put, memory_order_relaxed);
	size_t room = ring->size - ahoy_pcm_ring_fill(ring), at = put & (ring->size - 1), first;

	if (samples > room)
		samples = room;
	first = samples < ring->size - at ? samples : ring->size - at;
	memcpy(ring->pcm + at, pcm, first * sizeof *pcm);
	memcpy(ring->pcm, pcm + first, (samples - first) * sizeof *pcm);
	/* Whoever sees the new count sees the samples too. */
	atomic_store_explicit(&ring->put, put + samples, memory_order_release);
	return samples;
}

size_t ahoy_pcm_ring_take(ahoy_pcm_ring *ring, int16_t *pcm, size_t samples)
{
	size_t take = atomic_load_explicit(&ring->take, memory_order_relaxed);
	size_t fill = ahoy_pcm_ring_fill(ring), at = take & (ring->size - 1), first;

	if (samples > fill)
		samples = fill;
	first = samples < ring->size - at ? samples : ring->size - at;
	if (pcm) {
		memcpy(pcm, ring->pcm + at, first * sizeof *pcm);
		memcpy(pcm + first, ring->pcm, (samples - first) * sizeof *pcm);
	}
	atomic_store_explicit(&ring->take, take + samples, memory_order_release);
	return samples;
}
