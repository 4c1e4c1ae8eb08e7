#include "store/sqlite_backend.h"

static void bind_leg(sqlite3_stmt *st, int at, const ahoy_cdr_leg *leg)
{
	ahoy_sqlite_bind(st, at, leg->contact);
	ahoy_sqlite_bind_addr(st, at + 1, &leg->source);
	ahoy_sqlite_bind(st, at + 2, leg->call_id);
	sqlite3_bind_int64(st, at + 3, (sqlite3_int64)leg->packets);
	sqlite3_bind_int64(st, at + 4, (sqlite3_int64)leg->lost);
	sqlite3_bind_int64(st, at + 5, leg->jitter_us);
}

static int write_cdr(ahoy_store *store, ahoy_sql which, const ahoy_cdr *cdr)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *st = ahoy_sqlite_get(s, which);

	if (!st)
		return ahoy_sqlite_fail(s);
	ahoy_sqlite_bind(st, 1, cdr->id);
	ahoy_sqlite_bind(st, 2, cdr->from);
	ahoy_sqlite_bind(st, 3, cdr->to);
	sqlite3_bind_int64(st, 4, (sqlite3_int64)cdr->started_utc_ms);
	sqlite3_bind_int64(st, 5, (sqlite3_int64)cdr->answered_utc_ms);
	sqlite3_bind_int64(st, 6, (sqlite3_int64)cdr->ended_utc_ms);
	sqlite3_bind_int(st, 7, (int)cdr->ended_by);
	sqlite3_bind_int(st, 8, cdr->code);
	ahoy_sqlite_bind(st, 9, cdr->reason);
	sqlite3_bind_int(st, 10, cdr->cut_off);
	ahoy_sqlite_bind(st, 11, cdr->codec);
	bind_leg(st, 12, &cdr->caller);
	bind_leg(st, 18, &cdr->callee);
	return ahoy_sqlite_run(s, st);
}

int ahoy_sqlite_cdr_open(ahoy_store *store, const ahoy_cdr *cdr)
{
	return write_cdr(store, AHOY_SQL_CDR_OPEN, cdr);
}

int ahoy_sqlite_cdr_update(ahoy_store *store, const ahoy_cdr *cdr)
{
	return write_cdr(store, AHOY_SQL_CDR_UPDATE, cdr);
}

static void row_leg(sqlite3_stmt *st, int at, ahoy_cdr_leg *leg)
{
	leg->contact = ahoy_sqlite_column(st, at);
	ahoy_sqlite_column_addr(st, at + 1, &leg->source);
	leg->call_id = ahoy_sqlite_column(st, at + 2);
	leg->packets = (uint64_t)sqlite3_column_int64(st, at + 3);
	leg->lost = (uint64_t)sqlite3_column_int64(st, at + 4);
	leg->jitter_us = (uint32_t)sqlite3_column_int64(st, at + 5);
}

/* Column 0 is the row's number, the others stand as they were bound. */
static void row_cdr(sqlite3_stmt *st, ahoy_cdr *cdr)
{
	int ended_by = sqlite3_column_int(st, 7);

	memset(cdr, 0, sizeof *cdr);
	cdr->id = ahoy_sqlite_column(st, 1);
	cdr->from = ahoy_sqlite_column(st, 2);
	cdr->to = ahoy_sqlite_column(st, 3);
	cdr->started_utc_ms = (uint64_t)sqlite3_column_int64(st, 4);
	cdr->answered_utc_ms = (uint64_t)sqlite3_column_int64(st, 5);
	cdr->ended_utc_ms = (uint64_t)sqlite3_column_int64(st, 6);
	cdr->ended_by = ended_by >= 0 && ended_by <= (int)AHOY_ENDED_BY_OPERATOR ? (ahoy_ended_by)ended_by : AHOY_ENDED_BY_NOBODY;
	cdr->code = sqlite3_column_int(st, 8);
	cdr->reason = ahoy_sqlite_column(st, 9);
	cdr->cut_off = sqlite3_column_int(st, 10) != 0;
	cdr->codec = ahoy_sqlite_column(st, 11);
	row_leg(st, 12, &cdr->caller);
	row_leg(st, 18, &cdr->callee);
}

int ahoy_sqlite_cdr_list(ahoy_store *store, uint64_t *cursor, size_t limit, ahoy_store_cdr_fn *fn, void *ctx)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *st = ahoy_sqlite_get(s, AHOY_SQL_CDR_LIST);
	int step = SQLITE_ERROR, err = 0;
	bool more = true;
	ahoy_cdr cdr;

	if (!st)
		return ahoy_sqlite_fail(s);
	sqlite3_bind_int64(st, 1, *cursor ? (sqlite3_int64)*cursor : INT64_MAX);
	sqlite3_bind_int64(st, 2, limit < INT64_MAX ? (sqlite3_int64)limit : INT64_MAX);
	while (more && (step = sqlite3_step(st)) == SQLITE_ROW) {
		row_cdr(st, &cdr);
		*cursor = (uint64_t)sqlite3_column_int64(st, 0);
		more = fn(ctx, &cdr);
	}
	if (more && step != SQLITE_DONE)
		err = ahoy_sqlite_fail(s);
	sqlite3_reset(st);
	return err;
}

int ahoy_sqlite_cdr_find(ahoy_store *store, ahoy_slice id, ahoy_store_cdr_fn *fn, void *ctx)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *st = ahoy_sqlite_get(s, AHOY_SQL_CDR_FIND);
	int step, err = 0;
	ahoy_cdr cdr;

	if (!st)
		return ahoy_sqlite_fail(s);
	if (id.len == 0)
		return AHOY_ENOTFOUND;
	ahoy_sqlite_bind(st, 1, id);
	step = sqlite3_step(st);
	if (step == SQLITE_ROW) {
		row_cdr(st, &cdr);
		fn(ctx, &cdr);
	} else {
		err = step == SQLITE_DONE ? AHOY_ENOTFOUND : ahoy_sqlite_fail(s);
	}
	sqlite3_reset(st);
	return err;
}

static int alive_time(ahoy_sqlite *s, sqlite3_int64 *out)
{
	sqlite3_stmt *st = ahoy_sqlite_get(s, AHOY_SQL_META_GET);
	int step, err = 0;

	*out = 0;
	if (!st)
		return ahoy_sqlite_fail(s);
	ahoy_sqlite_bind(st, 1, AHOY_S("alive_utc_ms"));
	step = sqlite3_step(st);
	if (step == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	else if (step != SQLITE_DONE)
		err = ahoy_sqlite_fail(s);
	sqlite3_reset(st);
	return err;
}

int ahoy_sqlite_cdr_cut_off(ahoy_store *store, uint64_t *count)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *st;
	sqlite3_int64 alive;
	int err = alive_time(s, &alive);

	*count = 0;
	if (err)
		return err;
	st = ahoy_sqlite_get(s, AHOY_SQL_CDR_CUT_OFF);
	if (st) {
		sqlite3_bind_int64(st, 1, alive);
		sqlite3_bind_int(st, 2, AHOY_ENDED_BY_SERVER);
	}
	err = ahoy_sqlite_run(s, st);
	if (!err)
		*count = (uint64_t)sqlite3_changes64(s->db);
	return err;
}

int ahoy_sqlite_alive(ahoy_store *store, uint64_t now_utc_ms)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *st = ahoy_sqlite_get(s, AHOY_SQL_META_PUT);

	if (st) {
		ahoy_sqlite_bind(st, 1, AHOY_S("alive_utc_ms"));
		sqlite3_bind_int64(st, 2, (sqlite3_int64)now_utc_ms);
	}
	return ahoy_sqlite_run(s, st);
}
