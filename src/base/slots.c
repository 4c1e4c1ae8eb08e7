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

static bool is_vacant(const ahoy_slots *slots, uint32_t index)
{
	return slots->chunks[index / CHUNK_OBJECTS] == NULL;
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
	*slots = (ahoy_slots){.env = env, .max = max, .free_head = NO_SLOT, .first_generation = 1};
	slots->stride = HEAD_BYTES + ((object_size + 15u) & ~(size_t)15u);
}

void ahoy_slots_fini(ahoy_slots *slots)
{
	uint32_t chunks = (slots->made + CHUNK_OBJECTS - 1) / CHUNK_OBJECTS;

	for (uint32_t i = 0; i < chunks; i++)
		ahoy_free(slots->env, slots->chunks[i]);
	ahoy_free(slots->env, slots->chunks);
	slots->chunks = NULL;
	slots->made = slots->count = slots->vacant = 0;
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

static void add_free(ahoy_slots *slots, uint32_t index)
{
	head_at(slots, index)->next_free = slots->free_head;
	slots->free_head = index;
}

/* Fills the first chunk that was given back again, where there is memory for it; all its slots are free. */
static void refill(ahoy_slots *slots)
{
	uint32_t chunk = 0;

	while (slots->chunks[chunk])
		chunk++;
	slots->chunks[chunk] = ahoy_new(slots->env, CHUNK_OBJECTS * slots->stride);
	if (!slots->chunks[chunk])
		return;
	slots->vacant--;
	for (uint32_t i = CHUNK_OBJECTS; i-- > 0;) {
		head_at(slots, chunk * CHUNK_OBJECTS + i)->generation = slots->first_generation;
		add_free(slots, chunk * CHUNK_OBJECTS + i);
	}
}

void *ahoy_slots_add(ahoy_slots *slots, ahoy_id *id, bool *full)
{
	uint32_t index;
	slot_head *head;

	if (full)
		*full = slots->count >= slots->max;
	if (slots->count >= slots->max)
		return NULL;
	if (slots->free_head == NO_SLOT && slots->vacant)
		refill(slots);
	if (slots->free_head != NO_SLOT) {
		index = slots->free_head;
		head = head_at(slots, index);
		slots->free_head = head->next_free;
	} else {
		if (slots->made % CHUNK_OBJECTS == 0 && !grow(slots))
			return NULL;
		index = slots->made++;
		head = head_at(slots, index);
		head->generation = slots->first_generation;
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

	if (low == 0 || low > slots->made || is_vacant(slots, low - 1))
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
	add_free(slots, (uint32_t)id - 1);
	slots->count--;
}

void *ahoy_slots_next(const ahoy_slots *slots, uint64_t *cursor, ahoy_id *id)
{
	while (*cursor < slots->made) {
		uint32_t index = (uint32_t)(*cursor)++;
		slot_head *head = is_vacant(slots, index) ? NULL : head_at(slots, index);

		if (head && head->used) {
			if (id)
				*id = id_of(index, head);
			return object_of(head);
		}
	}
	return NULL;
}

/* How many slots of a chunk were ever made. */
static uint32_t made_in(const ahoy_slots *slots, uint32_t chunk)
{
	uint32_t from = chunk * CHUNK_OBJECTS;

	return slots->made - from < CHUNK_OBJECTS ? slots->made - from : CHUNK_OBJECTS;
}

/* Gives one chunk back where no object is left in it. */
static bool give_back(ahoy_slots *slots, uint32_t chunk)
{
	uint32_t made = made_in(slots, chunk), newest = slots->first_generation;

	for (uint32_t i = 0; i < made; i++) {
		const slot_head *head = head_at(slots, chunk * CHUNK_OBJECTS + i);

		if (head->used)
			return false;
		if (head->generation > newest)
			newest = head->generation;
	}
	slots->first_generation = newest;
	ahoy_free(slots->env, slots->chunks[chunk]);
	slots->chunks[chunk] = NULL;
	slots->vacant++;
	return true;
}

/* The lowest slots first, so that the highest chunks become empty. */
static void list_free_slots(ahoy_slots *slots)
{
	slots->free_head = NO_SLOT;
	for (uint32_t index = slots->made; index-- > 0;)
		if (!is_vacant(slots, index) && !head_at(slots, index)->used)
			add_free(slots, index);
}

bool ahoy_slots_trim(ahoy_slots *slots)
{
	uint32_t chunks = (slots->made + CHUNK_OBJECTS - 1) / CHUNK_OBJECTS, given = 0;

	if (slots->count >= (slots->made - slots->vacant * CHUNK_OBJECTS) / 2)
		return false;
	for (uint32_t chunk = 0; chunk < chunks; chunk++)
		given += slots->chunks[chunk] && give_back(slots, chunk);
	while (chunks > 0 && !slots->chunks[chunks - 1]) {
		chunks--;
		slots->vacant--;
		slots->made = chunks * CHUNK_OBJECTS;
	}
	list_free_slots(slots);
	return given > 0;
}
