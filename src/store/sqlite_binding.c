#include <stdlib.h>

#include "store/copy.h"
#include "store/sqlite_backend.h"

static int add(ahoy_sqlite *s, ahoy_slice user, size_t place, const ahoy_binding *binding)
{
	sqlite3_stmt *st = ahoy_sqlite_get(s, AHOY_SQL_BINDING_ADD);

	if (!st)
		return ahoy_sqlite_fail(s);
	ahoy_sqlite_bind(st, 1, user);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)place);
	ahoy_sqlite_bind(st, 3, binding->contact);
	ahoy_sqlite_bind(st, 4, binding->call_id);
	sqlite3_bind_int64(st, 5, binding->cseq);
	sqlite3_bind_int(st, 6, binding->q_milli);
	sqlite3_bind_int64(st, 7, (sqlite3_int64)binding->expires_utc_ms);
	sqlite3_bind_int(st, 8, (int)binding->flow.transport);
	sqlite3_bind_int64(st, 9, binding->flow.id);
	ahoy_sqlite_bind_addr(st, 10, &binding->flow.local);
	ahoy_sqlite_bind_addr(st, 11, &binding->flow.peer);
	ahoy_sqlite_bind(st, 12, binding->user_agent);
	ahoy_sqlite_bind(st, 13, binding->instance);
	ahoy_sqlite_bind(st, 14, binding->path);
	sqlite3_bind_int64(st, 15, binding->reg_id);
	return ahoy_sqlite_run(s, st);
}

static int replace(ahoy_sqlite *s, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	sqlite3_stmt *clear = ahoy_sqlite_get(s, AHOY_SQL_BINDING_CLEAR);
	int err;

	if (clear)
		ahoy_sqlite_bind(clear, 1, user);
	err = ahoy_sqlite_run(s, clear);
	for (size_t i = 0; !err && i < count; i++)
		err = add(s, user, i, &bindings[i]);
	return err;
}

int ahoy_sqlite_bindings_replace(ahoy_store *store, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	int err;

	/* Within a batch the batch's own transaction makes it whole. */
	if (!sqlite3_get_autocommit(s->db))
		return replace(s, user, bindings, count);
	err = ahoy_store_begin(store);
	if (err)
		return err;
	err = replace(s, user, bindings, count);
	if (err) {
		ahoy_store_rollback(store);
		return err;
	}
	return ahoy_store_commit(store);
}

static ahoy_binding row_binding(sqlite3_stmt *st)
{
	ahoy_binding b = {
		.contact = ahoy_sqlite_column(st, 1),
		.call_id = ahoy_sqlite_column(st, 2),
		.cseq = (uint32_t)sqlite3_column_int64(st, 3),
		.q_milli = (uint16_t)sqlite3_column_int(st, 4),
		.expires_utc_ms = (uint64_t)sqlite3_column_int64(st, 5),
		.user_agent = ahoy_sqlite_column(st, 10),
		.instance = ahoy_sqlite_column(st, 11),
		.path = ahoy_sqlite_column(st, 12),
		.reg_id = (uint32_t)sqlite3_column_int64(st, 13),
	};

	b.flow.transport = (ahoy_transport)sqlite3_column_int(st, 6);
	b.flow.id = (uint32_t)sqlite3_column_int64(st, 7);
	ahoy_sqlite_column_addr(st, 8, &b.flow.local);
	ahoy_sqlite_column_addr(st, 9, &b.flow.peer);
	return b;
}

/* The rows of one user, copied because a row's strings die with the next step. */
typedef struct {
	ahoy_binding *rows[AHOY_MAX_CONTACTS];
	size_t count;
	char user[AHOY_MAX_USER];
	size_t user_len;
} group;

static bool give_group(group *g, ahoy_store_bindings_fn *fn, void *ctx)
{
	ahoy_binding all[AHOY_MAX_CONTACTS];
	bool more = true;

	for (size_t i = 0; i < g->count; i++)
		all[i] = *g->rows[i];
	if (g->count)
		more = fn(ctx, (ahoy_slice){g->user, g->user_len}, all, g->count);
	for (size_t i = 0; i < g->count; i++)
		free(g->rows[i]);
	g->count = 0;
	return more;
}

/* Rows beyond the bounds of the registrar cannot be ours and are left out. */
static int add_row(group *g, ahoy_slice user, const ahoy_binding *binding)
{
	if (user.len > sizeof g->user || g->count == AHOY_MAX_CONTACTS)
		return 0;
	if (user.len)
		memcpy(g->user, user.ptr, user.len);
	g->user_len = user.len;
	g->rows[g->count] = ahoy_bindings_copy(binding, 1);
	return g->rows[g->count++] ? 0 : AHOY_ENOMEM;
}

int ahoy_sqlite_bindings_load(ahoy_store *store, ahoy_store_bindings_fn *fn, void *ctx)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *st = ahoy_sqlite_get(s, AHOY_SQL_BINDING_LOAD);
	group g = {.count = 0};
	int step = SQLITE_ERROR, err = 0;
	bool more = true;

	while (st && !err && more && (step = sqlite3_step(st)) == SQLITE_ROW) {
		ahoy_slice user = ahoy_sqlite_column(st, 0);
		ahoy_binding binding = row_binding(st);

		if (g.count && !ahoy_slice_eq(user, (ahoy_slice){g.user, g.user_len}))
			more = give_group(&g, fn, ctx);
		err = add_row(&g, user, &binding);
	}
	if (!err && more && step != SQLITE_DONE)
		err = ahoy_sqlite_fail(s);
	if (!err && more)
		give_group(&g, fn, ctx);
	for (size_t i = 0; i < g.count; i++)
		free(g.rows[i]);
	if (st)
		sqlite3_reset(st);
	return err;
}

int ahoy_sqlite_bindings_remove_expired(ahoy_store *store, uint64_t now_utc_ms)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *st = ahoy_sqlite_get(s, AHOY_SQL_BINDING_EXPIRE);

	if (st)
		sqlite3_bind_int64(st, 1, (sqlite3_int64)now_utc_ms);
	return ahoy_sqlite_run(s, st);
}
