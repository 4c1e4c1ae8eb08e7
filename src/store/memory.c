#include <stdio.h>
#include <stdlib.h>

#include "store/backend.h"
#include "store/copy.h"

/* Users in the order of their names; call records in the order of their opening, numbered from 1 by their place. */
typedef struct {
	char *name; /* with its record's length in name_len; not NUL-terminated */
	size_t name_len;
	ahoy_user_record record;
	bool exists; /* false: bindings of a name that is no user (the registrar's tests) */
	ahoy_binding *bindings;
	size_t binding_count;
} user;

typedef struct {
	user *users;
	size_t count, cap;
} user_table;

typedef struct {
	ahoy_store store;
	user_table table, staged;
	ahoy_cdr **cdrs;
	size_t cdr_count, cdr_cap;
	uint64_t alive_utc_ms;
} memory_store;

static memory_store *memory_of(ahoy_store *store)
{
	return (memory_store *)(void *)store;
}

static int no_memory(ahoy_store *store)
{
	snprintf(store->why, sizeof store->why, "out of memory");
	return AHOY_ENOMEM;
}

static int compare_names(ahoy_slice a, ahoy_slice b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The place of a name, or where it would stand. */
static size_t place_of(const user_table *table, ahoy_slice name, bool *found)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_names((ahoy_slice){table->users[middle].name, table->users[middle].name_len}, name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = false;
	return low;
}

static user *find_user(user_table *table, ahoy_slice name)
{
	bool found;
	size_t at = place_of(table, name, &found);

	return found ? &table->users[at] : NULL;
}

/* The user of that name, made where there is none; NULL: out of memory. */
static user *make_user(user_table *table, ahoy_slice name)
{
	bool found;
	size_t at = place_of(table, name, &found);
	char *copy;

	if (found)
		return &table->users[at];
	if (table->count == table->cap) {
		size_t cap = table->cap ? table->cap * 2 : 16;
		user *grown = realloc(table->users, cap * sizeof *grown);

		if (!grown)
			return NULL;
		table->users = grown;
		table->cap = cap;
	}
	copy = malloc(name.len + 1);
	if (!copy)
		return NULL;
	if (name.len)
		memcpy(copy, name.ptr, name.len);
	memmove(table->users + at + 1, table->users + at, (table->count - at) * sizeof *table->users);
	table->count++;
	table->users[at] = (user){.name = copy, .name_len = name.len};
	return &table->users[at];
}

static void clear_table(user_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->users[i].name);
		free(table->users[i].bindings);
	}
	free(table->users);
	*table = (user_table){NULL, 0, 0};
}

static void memory_close(ahoy_store *store)
{
	memory_store *m = memory_of(store);

	clear_table(&m->table);
	clear_table(&m->staged);
	for (size_t i = 0; i < m->cdr_count; i++)
		free(m->cdrs[i]);
	free(m->cdrs);
	free(m);
}

static void memory_set_patience(ahoy_store *store, unsigned patience_ms)
{
	(void)store;
	(void)patience_ms; /* there is no other process */
}

/* Nobody else has this store, and nothing here can fail between begin and commit but for want of memory, which each
 * write reports by itself. */
static int memory_begin(ahoy_store *store)
{
	(void)store;
	return 0;
}

static void memory_rollback(ahoy_store *store)
{
	(void)store;
}

static int memory_user_get(ahoy_store *store, ahoy_slice name, ahoy_user_record *out)
{
	const user *u = find_user(&memory_of(store)->table, name);

	if (u && u->exists)
		*out = u->record;
	return 0;
}

static int memory_user_put(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record, bool overwrite)
{
	user *u = make_user(&memory_of(store)->table, name);

	if (!u)
		return no_memory(store);
	if (u->exists && !overwrite)
		return AHOY_ECONFLICT;
	u->exists = true;
	u->record = *record;
	u->record.found = true;
	return 0;
}

static int memory_user_remove(ahoy_store *store, ahoy_slice name)
{
	user_table *table = &memory_of(store)->table;
	bool found;
	size_t at = place_of(table, name, &found);

	if (!found || !table->users[at].exists)
		return AHOY_ENOTFOUND;
	free(table->users[at].name);
	free(table->users[at].bindings);
	table->count--;
	memmove(table->users + at, table->users + at + 1, (table->count - at) * sizeof *table->users);
	return 0;
}

static int memory_user_count(ahoy_store *store, uint64_t *out)
{
	const user_table *table = &memory_of(store)->table;

	*out = 0;
	for (size_t i = 0; i < table->count; i++)
		*out += table->users[i].exists;
	return 0;
}

static int memory_user_list(ahoy_store *store, ahoy_store_user_fn *fn, void *ctx)
{
	const user_table *table = &memory_of(store)->table;

	for (size_t i = 0; i < table->count; i++)
		if (table->users[i].exists && !fn(ctx, (ahoy_slice){table->users[i].name, table->users[i].name_len}))
			break;
	return 0;
}

static int memory_import_begin(ahoy_store *store)
{
	clear_table(&memory_of(store)->staged);
	return 0;
}

static int memory_import_add(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record)
{
	user *u = make_user(&memory_of(store)->staged, name);

	if (!u)
		return no_memory(store);
	u->record = *record;
	return 0;
}

static int memory_import_end(ahoy_store *store, bool keep)
{
	memory_store *m = memory_of(store);
	int err = 0;

	/* All names are made before any password is set, so that running out of memory leaves every existing user as it
	 * was. */
	for (size_t i = 0; keep && !err && i < m->staged.count; i++)
		if (!make_user(&m->table, (ahoy_slice){m->staged.users[i].name, m->staged.users[i].name_len}))
			err = no_memory(store);
	for (size_t i = 0; keep && !err && i < m->staged.count; i++)
		err = memory_user_put(store, (ahoy_slice){m->staged.users[i].name, m->staged.users[i].name_len},
				      &m->staged.users[i].record, true);
	clear_table(&m->staged);
	return err;
}

static int memory_bindings_replace(ahoy_store *store, ahoy_slice name, const ahoy_binding *bindings, size_t count)
{
	ahoy_binding *copy = ahoy_bindings_copy(bindings, count);
	user *u = copy ? make_user(&memory_of(store)->table, name) : NULL;

	if (!u) {
		free(copy);
		return no_memory(store);
	}
	free(u->bindings);
	u->bindings = copy;
	u->binding_count = count;
	return 0;
}

static int memory_bindings_load(ahoy_store *store, ahoy_store_bindings_fn *fn, void *ctx)
{
	const user_table *table = &memory_of(store)->table;

	for (size_t i = 0; i < table->count; i++) {
		const user *u = &table->users[i];

		if (u->binding_count && !fn(ctx, (ahoy_slice){u->name, u->name_len}, u->bindings, u->binding_count))
			break;
	}
	return 0;
}

static int memory_bindings_remove_expired(ahoy_store *store, uint64_t now_utc_ms)
{
	user_table *table = &memory_of(store)->table;

	for (size_t i = 0; i < table->count; i++) {
		user *u = &table->users[i];
		size_t kept = 0;

		for (size_t b = 0; b < u->binding_count; b++)
			if (u->bindings[b].expires_utc_ms > now_utc_ms)
				u->bindings[kept++] = u->bindings[b];
		u->binding_count = kept;
	}
	return 0;
}

/* From the newest back: a record is updated soon after it was opened. */
static size_t find_cdr(const memory_store *m, ahoy_slice id, bool call_ids_too)
{
	for (size_t i = m->cdr_count; i-- > 0;) {
		const ahoy_cdr *cdr = m->cdrs[i];

		if (ahoy_slice_eq(cdr->id, id))
			return i;
		if (call_ids_too && (ahoy_slice_eq(cdr->caller.call_id, id) || ahoy_slice_eq(cdr->callee.call_id, id)))
			return i;
	}
	return m->cdr_count;
}

static int put_cdr(ahoy_store *store, const ahoy_cdr *cdr, bool overwrite)
{
	memory_store *m = memory_of(store);
	size_t at = find_cdr(m, cdr->id, false);
	ahoy_cdr *copy;

	if (at < m->cdr_count && !overwrite)
		return AHOY_ECONFLICT;
	if (at == m->cdr_cap) {
		size_t cap = m->cdr_cap ? m->cdr_cap * 2 : 64;
		ahoy_cdr **grown = realloc(m->cdrs, cap * sizeof *grown);

		if (!grown)
			return no_memory(store);
		m->cdrs = grown;
		m->cdr_cap = cap;
	}
	copy = ahoy_cdr_copy(cdr);
	if (!copy)
		return no_memory(store);
	if (at < m->cdr_count)
		free(m->cdrs[at]);
	else
		m->cdr_count++;
	m->cdrs[at] = copy;
	return 0;
}

static int memory_cdr_open(ahoy_store *store, const ahoy_cdr *cdr)
{
	return put_cdr(store, cdr, false);
}

static int memory_cdr_update(ahoy_store *store, const ahoy_cdr *cdr)
{
	return put_cdr(store, cdr, true);
}

static int memory_cdr_list(ahoy_store *store, uint64_t *cursor, size_t limit, ahoy_store_cdr_fn *fn, void *ctx)
{
	memory_store *m = memory_of(store);
	size_t number = *cursor && *cursor <= m->cdr_count ? (size_t)*cursor - 1 : m->cdr_count;

	for (; number && limit; number--, limit--)
		if (!fn(ctx, m->cdrs[number - 1]))
			break;
	*cursor = number + 1;
	return 0;
}

static int memory_cdr_find(ahoy_store *store, ahoy_slice id, ahoy_store_cdr_fn *fn, void *ctx)
{
	memory_store *m = memory_of(store);
	size_t at = find_cdr(m, id, true);

	if (id.len == 0 || at == m->cdr_count)
		return AHOY_ENOTFOUND;
	fn(ctx, m->cdrs[at]);
	return 0;
}

static int memory_cdr_cut_off(ahoy_store *store, uint64_t *count)
{
	memory_store *m = memory_of(store);

	*count = 0;
	for (size_t i = 0; i < m->cdr_count; i++) {
		ahoy_cdr *cdr = m->cdrs[i];
		uint64_t last = cdr->answered_utc_ms > cdr->started_utc_ms ? cdr->answered_utc_ms : cdr->started_utc_ms;

		if (cdr->ended_utc_ms)
			continue;
		cdr->ended_utc_ms = m->alive_utc_ms > last ? m->alive_utc_ms : last;
		cdr->ended_by = AHOY_ENDED_BY_SERVER;
		cdr->cut_off = true;
		(*count)++;
	}
	return 0;
}

static int memory_alive(ahoy_store *store, uint64_t now_utc_ms)
{
	memory_of(store)->alive_utc_ms = now_utc_ms;
	return 0;
}

int ahoy_store_open_memory(const char *realm, ahoy_store **out)
{
	static const ahoy_store_ops ops = {
		memory_close,
		memory_begin,
		memory_set_patience,
		memory_begin,
		memory_begin,
		memory_rollback,
		memory_user_get,
		memory_user_put,
		memory_user_remove,
		memory_user_count,
		memory_user_list,
		memory_import_begin,
		memory_import_add,
		memory_import_end,
		memory_bindings_replace,
		memory_bindings_load,
		memory_bindings_remove_expired,
		memory_cdr_open,
		memory_cdr_update,
		memory_cdr_list,
		memory_cdr_find,
		memory_cdr_cut_off,
		memory_alive,
		NULL,
	};
	memory_store *m;

	*out = NULL;
	if (realm && strlen(realm) >= AHOY_STORE_REALM)
		return AHOY_ERANGE;
	m = calloc(1, sizeof *m);
	if (!m)
		return AHOY_ENOMEM;
	m->store.ops = &ops;
	snprintf(m->store.realm, sizeof m->store.realm, "%s", realm ? realm : AHOY_STORE_DEFAULT_REALM);
	*out = &m->store;
	return 0;
}
