#include "base/map.h"

#include "base/err.h"

#define FIRST_BUCKETS 64u

void ahoy_map_init(ahoy_map *map, const ahoy_env *env)
{
	*map = (ahoy_map){.env = env};
}

void ahoy_map_fini(ahoy_map *map)
{
	ahoy_free(map->env, map->buckets);
	*map = (ahoy_map){.env = map->env};
}

static void link_node(ahoy_map *map, ahoy_map_node *node)
{
	ahoy_map_node **bucket = &map->buckets[node->hash & (map->bucket_count - 1)];

	node->next = *bucket;
	*bucket = node;
}

/* Into so many buckets; without memory for them everything stays. */
static void spread(ahoy_map *map, size_t count)
{
	size_t old_count = map->bucket_count;
	ahoy_map_node **old = map->buckets;
	ahoy_map_node **buckets = ahoy_new(map->env, count * sizeof *buckets);

	if (!buckets)
		return;
	map->buckets = buckets;
	map->bucket_count = count;
	for (size_t i = 0; i < old_count; i++) {
		ahoy_map_node *node = old[i], *turned = NULL;

		/* Chains are turned twice so that the newest of equal hashes stays first. */
		while (node) {
			ahoy_map_node *next = node->next;

			node->next = turned;
			turned = node;
			node = next;
		}
		while (turned) {
			ahoy_map_node *next = turned->next;

			link_node(map, turned);
			turned = next;
		}
	}
	ahoy_free(map->env, old);
}

int ahoy_map_add(ahoy_map *map, ahoy_map_node *node, uint64_t hash, void *owner)
{
	if (map->count >= map->bucket_count)
		spread(map, map->bucket_count ? map->bucket_count * 2 : FIRST_BUCKETS);
	if (!map->bucket_count)
		return AHOY_ENOMEM;
	node->hash = hash;
	node->owner = owner;
	link_node(map, node);
	map->count++;
	return 0;
}

void ahoy_map_remove(ahoy_map *map, ahoy_map_node *node)
{
	ahoy_map_node **at;

	if (!node->owner)
		return;
	at = &map->buckets[node->hash & (map->bucket_count - 1)];
	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	node->next = NULL;
	node->owner = NULL;
	map->count--;
}

ahoy_map_node *ahoy_map_first(const ahoy_map *map, uint64_t hash)
{
	ahoy_map_node *node = map->bucket_count ? map->buckets[hash & (map->bucket_count - 1)] : NULL;

	while (node && node->hash != hash)
		node = node->next;
	return node;
}

ahoy_map_node *ahoy_map_next(ahoy_map_node *node)
{
	uint64_t hash = node->hash;

	do
		node = node->next;
	while (node && node->hash != hash);
	return node;
}

void ahoy_map_trim(ahoy_map *map)
{
	size_t count = FIRST_BUCKETS;

	while (count < 2 * map->count)
		count *= 2;
	if (count <= map->bucket_count / 4)
		spread(map, count);
}
