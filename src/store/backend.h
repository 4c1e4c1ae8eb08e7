/* backend: what a store backend fills in; for src/store alone. The functions' contracts are those of store.h. */
#ifndef AHOY_STORE_BACKEND_H
#define AHOY_STORE_BACKEND_H

#include "store/store.h"

typedef struct {
	void (*close)(ahoy_store *store);
	int (*claim)(ahoy_store *store);
	void (*set_patience)(ahoy_store *store, unsigned patience_ms);
	int (*begin)(ahoy_store *store);
	int (*commit)(ahoy_store *store);
	void (*rollback)(ahoy_store *store);
	int (*user_get)(ahoy_store *store, ahoy_slice name, ahoy_user_record *out);
	int (*user_put)(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record, bool overwrite);
	int (*user_remove)(ahoy_store *store, ahoy_slice name);
	int (*user_count)(ahoy_store *store, uint64_t *out);
	int (*user_list)(ahoy_store *store, ahoy_store_user_fn *fn, void *ctx);
	int (*import_begin)(ahoy_store *store);
	int (*import_add)(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record);
	int (*import_end)(ahoy_store *store, bool keep);
	int (*bindings_replace)(ahoy_store *store, ahoy_slice user, const ahoy_binding *bindings, size_t count);
	int (*bindings_load)(ahoy_store *store, ahoy_store_bindings_fn *fn, void *ctx);
	int (*bindings_remove_expired)(ahoy_store *store, uint64_t now_utc_ms);
	int (*cdr_open)(ahoy_store *store, const ahoy_cdr *cdr);
	int (*cdr_update)(ahoy_store *store, const ahoy_cdr *cdr);
	int (*cdr_list)(ahoy_store *store, uint64_t *cursor, size_t limit, ahoy_store_cdr_fn *fn, void *ctx);
	int (*cdr_find)(ahoy_store *store, ahoy_slice id, ahoy_store_cdr_fn *fn, void *ctx);
	int (*cdr_cut_off)(ahoy_store *store, uint64_t *count);
	int (*alive)(ahoy_store *store, uint64_t now_utc_ms);
	void (*shrink)(ahoy_store *store); /* NULL: nothing to give back */
} ahoy_store_ops;

/* The first member of each backend's object. */
struct ahoy_store {
	const ahoy_store_ops *ops;
	char realm[AHOY_STORE_REALM];
	char why[AHOY_STORE_WHY];
};

#endif
