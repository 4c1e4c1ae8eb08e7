#include "base/slots.h"

#define CHUNK_OBJECTS 64u
#define NO_SLOT UINT32_MAX

/* Stands before each object. */
typedef struct {
	uint32_t generation;
	uint32_t next_free;
	bool used;
} slot_head;

#define HEAD_BYTES ((sizeof(slot_head) + 15u) & ~(size_t)15u)

static slot_head *head_at(const ahoy_slots *slots, uint32_t index)
{
	return (slot_head *)(void *)(slots->chunks[index / CHUNK_OBJECTS] + (size_t)(index % CHUNK_OBJECTS) * slots->stride);
}

static void *object_of(slot_head *head)
{
	return (char *)head + HEAD_BYTES;
}

static ahoy_id id_of(uint32_t index, const slot_head *head)
{
	return (ahoy_id)head->generation << 32 | (index + 1u);
}

void ahoy_slots_init(ahoy_slots *slots, const ahoy_env *env, size_t object_size, uint32_t max)
{
	*slots = (ahoy_slots){.env = env, .max = max, .free_head = NO_SLOT};
	slots->stride = HEAD_BYTES + ((object_size + 15u) & ~(size_t)15u);
}

void ahoy_slots_fini(ahoy_slots *slots)
{
	uint32_t chunks = (slots->made + CHUNK_OBJECTS - 1) / CHUNK_OBJECTS;

	for (uint32_t i = 0; i < chunks; i++)
		ahoy_free(slots->env, slots->chunks[i]);
	ahoy_free(slots->env, slots->chunks);
	slots->chunks = NULL;
	slots->made = slots->count = 0;
	slots->free_head = NO_SLOT;
}

/* Makes room for one more chunk of slots. */
static bool grow(ahoy_slots *slots)
{
	uint32_t chunks = slots->made / CHUNK_OBJECTS;
	char *chunk, **table;

	/* The table of chunks grows in powers of two. */
	if ((chunks & (chunks - 1)) == 0) {
		table = ahoy_resize(slots->env, slots->chunks, (chunks ? 2 * (size_t)chunks : 1) * sizeof *table);
		if (!table)
			return false;
		slots->chunks = table;
	}
	chunk = ahoy_new(slots->env, CHUNK_OBJECTS * slots->stride);
	if (!chunk)
		return false;
	slots->chunks[chunks] = chunk;
	return true;
}

void *ahoy_slots_add(ahoy_slots *slots, ahoy_id *id, bool *full)
{
	uint32_t index;
	slot_head *head;

	if (full)
		*full = slots->count >= slots->max;
	if (slots->count >= slots->max)
		return NULL;
	if (slots->free_head != NO_SLOT) {
		index = slots->free_head;
		head = head_at(slots, index);
		slots->free_head = head->next_free;
	} else {
		if (slots->made % CHUNK_OBJECTS == 0 && !grow(slots))
			return NULL;
		index = slots->made++;
		head = head_at(slots, index);
		head->generation = 1;
	}
	head->used = true;
	memset(object_of(head), 0, slots->stride - HEAD_BYTES);
	slots->count++;
	*id = id_of(index, head);
	return object_of(head);
}

static slot_head *find(const ahoy_slots *slots, ahoy_id id)
{
	uint32_t low = (uint32_t)id;
	slot_head *head;

	if (low == 0 || low > slots->made)
		return NULL;
	head = head_at(slots, low - 1);
	return head->used && head->generation == (uint32_t)(id >> 32) ? head : NULL;
}

void *ahoy_slots_get(const ahoy_slots *slots, ahoy_id id)
{
	slot_head *head = find(slots, id);

	return head ? object_of(head) : NULL;
}

void ahoy_slots_remove(ahoy_slots *slots, ahoy_id id)
{
	slot_head *head = find(slots, id);

	if (!head)
		return;
	head->used = false;
	if (++head->generation == 0)
		head->generation = 1;
	head->next_free = slots->free_head;
	slots->free_head = (uint32_t)id - 1;
	slots->count--;
}

void *ahoy_slots_next(const ahoy_slots *slots, uint64_t *cursor, ahoy_id *id)
{
	while (*cursor < slots->made) {
		uint32_t index = (uint32_t)(*cursor)++;
		slot_head *head = head_at(slots, index);

		if (head->used) {
			if (id)
				*id = id_of(index, head);
			return object_of(head);
		}
	}
	return NULL;
}
