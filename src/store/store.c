#include "store/backend.h"

void ahoy_store_close(ahoy_store *store)
{
	if (store)
		store->ops->close(store);
}

int ahoy_store_claim(ahoy_store *store)
{
	return store->ops->claim(store);
}

const char *ahoy_store_realm(const ahoy_store *store)
{
	return store->realm;
}

const char *ahoy_store_why(const ahoy_store *store)
{
	return store->why;
}

void ahoy_store_set_patience(ahoy_store *store, unsigned patience_ms)
{
	store->ops->set_patience(store, patience_ms);
}

int ahoy_store_begin(ahoy_store *store)
{
	return store->ops->begin(store);
}

int ahoy_store_commit(ahoy_store *store)
{
	return store->ops->commit(store);
}

void ahoy_store_rollback(ahoy_store *store)
{
	store->ops->rollback(store);
}

int ahoy_store_user_get(ahoy_store *store, ahoy_slice name, ahoy_user_record *out)
{
	memset(out, 0, sizeof *out);
	return store->ops->user_get(store, name, out);
}

int ahoy_store_user_put(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record)
{
	return store->ops->user_put(store, name, record, true);
}

int ahoy_store_user_add(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record)
{
	return store->ops->user_put(store, name, record, false);
}

int ahoy_store_user_remove(ahoy_store *store, ahoy_slice name)
{
	return store->ops->user_remove(store, name);
}

int ahoy_store_user_count(ahoy_store *store, uint64_t *out)
{
	return store->ops->user_count(store, out);
}

int ahoy_store_user_list(ahoy_store *store, ahoy_store_user_fn *fn, void *ctx)
{
	return store->ops->user_list(store, fn, ctx);
}

int ahoy_store_import_begin(ahoy_store *store)
{
	return store->ops->import_begin(store);
}

int ahoy_store_import_add(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record)
{
	return store->ops->import_add(store, name, record);
}

int ahoy_store_import_end(ahoy_store *store, bool keep)
{
	return store->ops->import_end(store, keep);
}

int ahoy_store_bindings_replace(ahoy_store *store, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	if (count > AHOY_MAX_CONTACTS)
		return AHOY_ERANGE;
	return store->ops->bindings_replace(store, user, bindings, count);
}

int ahoy_store_bindings_load(ahoy_store *store, ahoy_store_bindings_fn *fn, void *ctx)
{
	return store->ops->bindings_load(store, fn, ctx);
}

int ahoy_store_bindings_remove_expired(ahoy_store *store, uint64_t now_utc_ms)
{
	return store->ops->bindings_remove_expired(store, now_utc_ms);
}

int ahoy_store_cdr_open(ahoy_store *store, const ahoy_cdr *cdr)
{
	return store->ops->cdr_open(store, cdr);
}

int ahoy_store_cdr_update(ahoy_store *store, const ahoy_cdr *cdr)
{
	return store->ops->cdr_update(store, cdr);
}

int ahoy_store_cdr_list(ahoy_store *store, uint64_t *cursor, size_t limit, ahoy_store_cdr_fn *fn, void *ctx)
{
	return store->ops->cdr_list(store, cursor, limit, fn, ctx);
}

int ahoy_store_cdr_find(ahoy_store *store, ahoy_slice id, ahoy_store_cdr_fn *fn, void *ctx)
{
	return store->ops->cdr_find(store, id, fn, ctx);
}

int ahoy_store_cdr_cut_off(ahoy_store *store, uint64_t *count)
{
	return store->ops->cdr_cut_off(store, count);
}

int ahoy_store_alive(ahoy_store *store, uint64_t now_utc_ms)
{
	return store->ops->alive(store, now_utc_ms);
}

void ahoy_store_shrink(ahoy_store *store)
{
	if (store->ops->shrink)
		store->ops->shrink(store);
}
