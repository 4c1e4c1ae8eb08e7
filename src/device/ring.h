/* ring: 16-bit samples from one thread to another without a lock: one thread puts, one takes, each by its own functions.
 * What does not fit is not taken; the counts say so. Owns its memory. Embedded, init to fini, both while no other thread
 * uses it. Thread kind: shared by exactly two threads. Cost: a copy and two atomic accesses a call, no system call. */
#ifndef AHOY_DEVICE_RING_H
#define AHOY_DEVICE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct {
	int16_t *pcm;
	size_t size; /* a power of two */
	/* A cache line apart, so that the two threads do not wait for each other's writes. */
	char apart[64];
	atomic_size_t put; /* samples ever put; written by the putting thread alone */
	char apart_too[64];
	atomic_size_t take; /* samples ever taken; written by the taking thread alone */
} ahoy_pcm_ring;

/* Room for at least so many samples, 1 .. 2^24. AHOY_ERANGE, AHOY_ENOMEM. */
int ahoy_pcm_ring_init(ahoy_pcm_ring *ring, size_t samples) AHOY_MUST_USE;
void ahoy_pcm_ring_fini(ahoy_pcm_ring *ring);

/* Samples that wait: never more than there are for the taking thread, never fewer for the putting one. */
size_t ahoy_pcm_ring_fill(const ahoy_pcm_ring *ring);
/* The putting thread. Returns how many were taken in: all, or what there was room for. */
size_t ahoy_pcm_ring_put(ahoy_pcm_ring *ring, const int16_t *pcm, size_t samples);
/* The taking thread. Returns how many there were, at most so many. pcm NULL: they are dropped. */
size_t ahoy_pcm_ring_take(ahoy_pcm_ring *ring, int16_t *pcm, size_t samples);

#endif
