#include "store/sqlite_backend.h"

static int put(ahoy_sqlite *s, ahoy_sql which, ahoy_slice name, const ahoy_user_record *record)
{
	sqlite3_stmt *statement = ahoy_sqlite_get(s, which);

	if (!statement)
		return ahoy_sqlite_fail(s);
	ahoy_sqlite_bind(statement, 1, name);
	ahoy_sqlite_bind(statement, 2, ahoy_slice_of(record->ha1_md5));
	ahoy_sqlite_bind(statement, 3, ahoy_slice_of(record->ha1_sha256));
	return ahoy_sqlite_run(s, statement);
}

int ahoy_sqlite_user_get(ahoy_store *store, ahoy_slice name, ahoy_user_record *out)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *statement = ahoy_sqlite_get(s, AHOY_SQL_USER_GET);
	int step, err = 0;

	if (!statement)
		return ahoy_sqlite_fail(s);
	ahoy_sqlite_bind(statement, 1, name);
	step = sqlite3_step(statement);
	if (step == SQLITE_ROW) {
		/* A value of another length can only be somebody's own edit of the database: it lets nobody in. */
		out->found = true;
		if (ahoy_slice_cstr(ahoy_sqlite_column(statement, 0), out->ha1_md5, sizeof out->ha1_md5) ||
		    ahoy_slice_cstr(ahoy_sqlite_column(statement, 1), out->ha1_sha256, sizeof out->ha1_sha256))
			out->found = false;
	} else if (step != SQLITE_DONE) {
		err = ahoy_sqlite_fail(s);
	}
	sqlite3_reset(statement);
	return err;
}

int ahoy_sqlite_user_put(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record, bool overwrite)
{
	return put(ahoy_sqlite_of(store), overwrite ? AHOY_SQL_USER_PUT : AHOY_SQL_USER_ADD, name, record);
}

int ahoy_sqlite_user_remove(ahoy_store *store, ahoy_slice name)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	static const ahoy_sql steps[] = {AHOY_SQL_BINDING_CLEAR, AHOY_SQL_USER_REMOVE};
	bool own = sqlite3_get_autocommit(s->db);
	int err = own ? ahoy_store_begin(store) : 0;

	if (err)
		return err;
	for (size_t i = 0; !err && i < 2; i++) {
		sqlite3_stmt *statement = ahoy_sqlite_get(s, steps[i]);

		if (statement)
			ahoy_sqlite_bind(statement, 1, name);
		err = ahoy_sqlite_run(s, statement);
	}
	if (!err && sqlite3_changes(s->db) == 0)
		err = AHOY_ENOTFOUND;
	if (own && (!err || err == AHOY_ENOTFOUND)) {
		int committed = ahoy_store_commit(store);

		return committed ? committed : err;
	}
	if (own)
		ahoy_store_rollback(store);
	return err;
}

int ahoy_sqlite_user_count(ahoy_store *store, uint64_t *out)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *statement = ahoy_sqlite_get(s, AHOY_SQL_USER_COUNT);
	int err = 0;

	*out = 0;
	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		err = ahoy_sqlite_fail(s);
	else
		*out = (uint64_t)sqlite3_column_int64(statement, 0);
	if (statement)
		sqlite3_reset(statement);
	return err;
}

int ahoy_sqlite_user_list(ahoy_store *store, ahoy_store_user_fn *fn, void *ctx)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	sqlite3_stmt *statement = ahoy_sqlite_get(s, AHOY_SQL_USER_LIST);
	int step = SQLITE_ERROR, err = 0;

	while (statement && (step = sqlite3_step(statement)) == SQLITE_ROW)
		if (!fn(ctx, ahoy_sqlite_column(statement, 0)))
			break;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		err = ahoy_sqlite_fail(s);
	if (statement)
		sqlite3_reset(statement);
	return err;
}

/* What is imported is gathered in a temporary table first: hashing a million passwords takes seconds, and a running
 * server must not be locked out for so long. */
int ahoy_sqlite_import_begin(ahoy_store *store)
{
	return ahoy_sqlite_exec(ahoy_sqlite_of(store),
				"DROP TABLE IF EXISTS temp.staged;"
				"CREATE TEMP TABLE staged (name TEXT NOT NULL, ha1_md5 TEXT NOT NULL, ha1_sha256 TEXT NOT NULL);"
				"BEGIN");
}

int ahoy_sqlite_import_add(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record)
{
	return put(ahoy_sqlite_of(store), AHOY_SQL_STAGE_ADD, name, record);
}

int ahoy_sqlite_import_end(ahoy_store *store, bool keep)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	int err = ahoy_store_commit(store); /* of the temporary table alone */

	if (!err && keep) {
		err = ahoy_store_begin(store);
		if (!err) {
			err = ahoy_sqlite_run(s, ahoy_sqlite_get(s, AHOY_SQL_STAGE_KEEP));
			if (err)
				ahoy_store_rollback(store);
			else
				err = ahoy_store_commit(store);
		}
	}
	for (ahoy_sql which = AHOY_SQL_STAGE_ADD; which <= AHOY_SQL_STAGE_KEEP; which++) {
		sqlite3_finalize(s->statements[which]);
		s->statements[which] = NULL;
	}
	if (!err)
		err = ahoy_sqlite_exec(s, "DROP TABLE IF EXISTS temp.staged");
	return err;
}
