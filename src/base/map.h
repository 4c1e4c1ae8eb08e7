/* map: an intrusive hash table. Nodes stand inside their owners; the caller hashes (with a keyed hash where keys come
 * from peers) and compares:
 *   for (n = ahoy_map_first(&map, hash); n; n = ahoy_map_next(n)) if (key of n's owner is mine) ...
 * Owns the bucket array only. Growing may fail for want of memory: the map then goes on with longer chains. Thread kind: owned. */
#ifndef AHOY_BASE_MAP_H
#define AHOY_BASE_MAP_H

#include "base/env.h"

typedef struct ahoy_map_node {
	struct ahoy_map_node *next;
	uint64_t hash;
	void *owner; /* NULL while it is in no map */
} ahoy_map_node;

typedef struct {
	const ahoy_env *env;
	ahoy_map_node **buckets;
	size_t bucket_count; /* a power of two, or 0 before the first add */
	size_t count;
} ahoy_map;

void ahoy_map_init(ahoy_map *map, const ahoy_env *env);
void ahoy_map_fini(ahoy_map *map);
/* AHOY_ENOMEM only for the very first buckets. A node must be in no map. Among equal hashes the newest stands first. */
int ahoy_map_add(ahoy_map *map, ahoy_map_node *node, uint64_t hash, void *owner);
/* No effect on a node that is in no map. */
void ahoy_map_remove(ahoy_map *map, ahoy_map_node *node);
/* The first node with exactly this hash, and the next one after a given node. */
ahoy_map_node *ahoy_map_first(const ahoy_map *map, uint64_t hash);
ahoy_map_node *ahoy_map_next(ahoy_map_node *node);

/* For quiet moments: gives back buckets where many more stand than nodes. */
void ahoy_map_trim(ahoy_map *map);

#endif
