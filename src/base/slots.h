/* slots: a bounded table of objects of one size, named by generational ids (slot + generation) and never moved in memory.
 * A stale id finds nothing, so that a late answer cannot touch a newer object. Owns the objects' memory (in chunks that are kept for
 * reuse until a trim); what an object points to is its owner's. Thread kind: owned. Cost: get is two array look-ups. */
#ifndef AHOY_BASE_SLOTS_H
#define AHOY_BASE_SLOTS_H

#include "base/env.h"

typedef uint64_t ahoy_id; /* generation << 32 | index + 1; 0 is no object */

typedef struct {
	const ahoy_env *env;
	size_t stride;
	uint32_t max, count, made, free_head;
	uint32_t vacant;	   /* chunks below `made` that were given back */
	uint32_t first_generation; /* of the slots of a new chunk: above all that a chunk given back had, so that their ids stay stale */
	char **chunks;		   /* NULL: vacant */
} ahoy_slots;

void ahoy_slots_init(ahoy_slots *slots, const ahoy_env *env, size_t object_size, uint32_t max);
void ahoy_slots_fini(ahoy_slots *slots);
/* A zeroed object and its id; NULL where the table is full or memory is out (`*full` says which; may be NULL). */
void *ahoy_slots_add(ahoy_slots *slots, ahoy_id *id, bool *full);
void *ahoy_slots_get(const ahoy_slots *slots, ahoy_id id);
void ahoy_slots_remove(ahoy_slots *slots, ahoy_id id);
/* The first object in the slot order at or behind *cursor (0 to begin), which is moved on; NULL at the end. Objects
 * may be removed meanwhile. */
void *ahoy_slots_next(const ahoy_slots *slots, uint64_t *cursor, ahoy_id *id);

/* For quiet moments: gives back the chunks in which no object is left, where less than half of the slots is in use.
 * True: some were. Pointers to removed objects must be forgotten by now. Cost: a walk over all slots. */
bool ahoy_slots_trim(ahoy_slots *slots);

#endif
