#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/sqlite_backend.h"

/* "Ahoy" in the database file's head tells our databases from those of other programs. */
#define APPLICATION_ID 0x41686f79
#define SCHEMA_VERSION 3
#define DEFAULT_PATIENCE_MS 5000

static const char schema[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE user (name TEXT PRIMARY KEY, ha1_md5 TEXT NOT NULL, ha1_sha256 TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE binding (user TEXT NOT NULL, place INTEGER NOT NULL, contact TEXT NOT NULL, call_id TEXT NOT NULL, "
	"cseq INTEGER NOT NULL, q_milli INTEGER NOT NULL, expires_utc_ms INTEGER NOT NULL, transport INTEGER NOT NULL, "
	"flow_id INTEGER NOT NULL, local TEXT NOT NULL, peer TEXT NOT NULL, user_agent TEXT NOT NULL, instance TEXT NOT NULL, "
	"path TEXT NOT NULL DEFAULT '', reg_id INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (user, place)) WITHOUT ROWID;"
	"CREATE TABLE cdr (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, \"from\" TEXT NOT NULL, \"to\" TEXT NOT NULL, "
	"started_utc_ms INTEGER NOT NULL, answered_utc_ms INTEGER NOT NULL, ended_utc_ms INTEGER NOT NULL, "
	"ended_by INTEGER NOT NULL, code INTEGER NOT NULL, reason TEXT NOT NULL, cut_off INTEGER NOT NULL, codec TEXT NOT NULL, "
	"caller_contact TEXT NOT NULL, caller_source TEXT NOT NULL, caller_call_id TEXT NOT NULL, "
	"caller_packets INTEGER NOT NULL, caller_lost INTEGER NOT NULL, caller_jitter_us INTEGER NOT NULL, "
	"callee_contact TEXT NOT NULL, callee_source TEXT NOT NULL, callee_call_id TEXT NOT NULL, "
	"callee_packets INTEGER NOT NULL, callee_lost INTEGER NOT NULL, callee_jitter_us INTEGER NOT NULL);"
	"CREATE INDEX cdr_caller_call_id ON cdr (caller_call_id);"
	"CREATE INDEX cdr_callee_call_id ON cdr (callee_call_id);"
	"CREATE INDEX cdr_open ON cdr (ended_utc_ms) WHERE ended_utc_ms = 0;"
	"PRAGMA application_id = 1097363321; PRAGMA user_version = 3;";
_Static_assert(APPLICATION_ID == 1097363321 && SCHEMA_VERSION == 3, "the schema names both as numbers");

/* From version N + 1 to the next one. */
static const char *const upgrades[] = {
	"ALTER TABLE binding ADD COLUMN path TEXT NOT NULL DEFAULT ''; PRAGMA user_version = 2;",
	"ALTER TABLE binding ADD COLUMN reg_id INTEGER NOT NULL DEFAULT 0; PRAGMA user_version = 3;",
};
_Static_assert(sizeof upgrades / sizeof upgrades[0] == SCHEMA_VERSION - 1, "an upgrade for each older version");

static const char *const statement_text[AHOY_SQL_COUNT] = {
#define TEXT(id, sql) sql,
	AHOY_SQLITE_STATEMENTS(TEXT)
#undef TEXT
};

ahoy_sqlite *ahoy_sqlite_of(ahoy_store *store)
{
	return (ahoy_sqlite *)(void *)store;
}

int ahoy_sqlite_fail(ahoy_sqlite *s)
{
	int code = sqlite3_errcode(s->db) & 0xff;

	snprintf(s->store.why, sizeof s->store.why, "database %s: %s", s->path, sqlite3_errmsg(s->db));
	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		snprintf(s->store.why, sizeof s->store.why, "database %s: another program is writing to it; try again", s->path);
		return AHOY_ETIMEOUT;
	case SQLITE_NOMEM:
		return AHOY_ENOMEM;
	case SQLITE_CONSTRAINT:
		return AHOY_ECONFLICT;
	default:
		return AHOY_EIO;
	}
}

sqlite3_stmt *ahoy_sqlite_get(ahoy_sqlite *s, ahoy_sql which)
{
	sqlite3_stmt **statement = &s->statements[which];

	if (!*statement &&
	    sqlite3_prepare_v3(s->db, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_reset(*statement);
	sqlite3_clear_bindings(*statement);
	return *statement;
}

int ahoy_sqlite_run(ahoy_sqlite *s, sqlite3_stmt *statement)
{
	int err = 0;

	if (!statement || sqlite3_step(statement) != SQLITE_DONE)
		err = ahoy_sqlite_fail(s);
	if (statement)
		sqlite3_reset(statement);
	return err;
}

int ahoy_sqlite_exec(ahoy_sqlite *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : ahoy_sqlite_fail(s);
}

void ahoy_sqlite_bind(sqlite3_stmt *statement, int at, ahoy_slice text)
{
	/* A NULL pointer would bind NULL; lengths are bounded by a message's. */
	sqlite3_bind_text(statement, at, text.len ? text.ptr : "", (int)text.len, SQLITE_STATIC);
}

void ahoy_sqlite_bind_addr(sqlite3_stmt *statement, int at, const ahoy_addr *addr)
{
	char text[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (addr->family)
		ahoy_addr_put(&b, addr);
	sqlite3_bind_text(statement, at, b.ptr, (int)b.len, SQLITE_TRANSIENT);
}

ahoy_slice ahoy_sqlite_column(sqlite3_stmt *statement, int at)
{
	const void *text = sqlite3_column_text(statement, at);

	return ahoy_slice_make(text, text ? (size_t)sqlite3_column_bytes(statement, at) : 0);
}

void ahoy_sqlite_column_addr(sqlite3_stmt *statement, int at, ahoy_addr *out)
{
	if (ahoy_addr_parse(ahoy_sqlite_column(statement, at), out))
		memset(out, 0, sizeof *out);
}

static void sqlite_close(ahoy_store *store)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);

	for (size_t i = 0; i < AHOY_SQL_COUNT; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	/* Not before: closing any descriptor of a file drops SQLite's own locks on it. */
	if (s->claim >= 0)
		close(s->claim);
	free(s->path);
	free(s);
}

/* flock's locks and the fcntl locks of SQLite do not see each other. */
static int sqlite_claim(ahoy_store *store)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);

	if (s->claim < 0)
		s->claim = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->claim >= 0 && flock(s->claim, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK) {
		snprintf(s->store.why, sizeof s->store.why,
			 "another ahoyd runs with the database %s; stop it, or choose another --db", s->path);
		return AHOY_ECONFLICT;
	}
	snprintf(s->store.why, sizeof s->store.why, "the database %s cannot be claimed: %s", s->path, strerror(errno));
	return AHOY_EIO;
}

static void sqlite_set_patience(ahoy_store *store, unsigned patience_ms)
{
	sqlite3_busy_timeout(ahoy_sqlite_of(store)->db, patience_ms < 3600000 ? (int)patience_ms : 3600000);
}

static int sqlite_begin(ahoy_store *store)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);

	return ahoy_sqlite_run(s, ahoy_sqlite_get(s, AHOY_SQL_BEGIN));
}

static void sqlite_rollback(ahoy_store *store)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);

	/* SQLite has rolled back by itself after some failures (a full disk). */
	if (!sqlite3_get_autocommit(s->db) && ahoy_sqlite_run(s, ahoy_sqlite_get(s, AHOY_SQL_ROLLBACK)))
		return;
}

static int sqlite_commit(ahoy_store *store)
{
	ahoy_sqlite *s = ahoy_sqlite_of(store);
	int err = ahoy_sqlite_run(s, ahoy_sqlite_get(s, AHOY_SQL_COMMIT));

	if (err)
		sqlite_rollback(store);
	return err;
}

/* One number of a query without values. */
static int query_number(ahoy_sqlite *s, const char *sql, int *out)
{
	sqlite3_stmt *statement = NULL;
	int err = 0;

	*out = 0;
	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
		err = ahoy_sqlite_fail(s);
	else
		*out = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return err;
}

static int make_schema(ahoy_sqlite *s, const char *realm)
{
	sqlite3_stmt *statement;
	int err = ahoy_sqlite_exec(s, schema);

	if (err)
		return err;
	statement = ahoy_sqlite_get(s, AHOY_SQL_META_PUT);
	if (!statement)
		return ahoy_sqlite_fail(s);
	ahoy_sqlite_bind(statement, 1, AHOY_S("realm"));
	ahoy_sqlite_bind(statement, 2, ahoy_slice_of(realm ? realm : AHOY_STORE_DEFAULT_REALM));
	return ahoy_sqlite_run(s, statement);
}

/* All or nothing. An older ahoyd that has the database open goes on: what it does not name gets its default. */
static int upgrade(ahoy_sqlite *s)
{
	int version;
	int err = ahoy_sqlite_exec(s, "BEGIN IMMEDIATE");

	if (err)
		return err;
	/* Another process may have done it meanwhile. */
	err = query_number(s, "PRAGMA user_version", &version);
	for (; !err && version >= 1 && version < SCHEMA_VERSION; version++)
		err = ahoy_sqlite_exec(s, upgrades[version - 1]);
	if (err) {
		sqlite_rollback(&s->store);
		return err;
	}
	return sqlite_commit(&s->store);
}

/* Makes the tables where there are none. The write lock is taken only then: a look at a database must not wait for a
 * writer. */
static int check_schema(ahoy_sqlite *s, const char *realm)
{
	int tables, id, version;
	int err = query_number(s, "SELECT count(*) FROM sqlite_master", &tables);

	if (!err && tables == 0) {
		err = ahoy_sqlite_exec(s, "PRAGMA journal_mode = WAL");
		if (!err)
			err = ahoy_sqlite_exec(s, "BEGIN IMMEDIATE");
		if (err)
			return err;
		/* Another process may have made them meanwhile. */
		err = query_number(s, "SELECT count(*) FROM sqlite_master", &tables);
		if (!err && tables == 0)
			err = make_schema(s, realm);
		if (err) {
			sqlite_rollback(&s->store);
			return err;
		}
		err = sqlite_commit(&s->store);
	}
	if (!err)
		err = query_number(s, "PRAGMA application_id", &id);
	if (!err)
		err = query_number(s, "PRAGMA user_version", &version);
	if (err)
		return err;
	if (id != APPLICATION_ID) {
		snprintf(s->store.why, sizeof s->store.why,
			 "%s is the database of another program; name another file with --db", s->path);
		return AHOY_EIO;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(s->store.why, sizeof s->store.why,
			 "%s was written by a newer ahoyd; use that one, or name another file with --db", s->path);
		return AHOY_EVERSION;
	}
	return version < SCHEMA_VERSION ? upgrade(s) : 0;
}

static int check_realm(ahoy_sqlite *s, const char *realm)
{
	sqlite3_stmt *statement = ahoy_sqlite_get(s, AHOY_SQL_META_GET);
	ahoy_slice stored;
	int err;

	if (!statement)
		return ahoy_sqlite_fail(s);
	ahoy_sqlite_bind(statement, 1, AHOY_S("realm"));
	if (sqlite3_step(statement) != SQLITE_ROW) {
		sqlite3_reset(statement);
		snprintf(s->store.why, sizeof s->store.why,
			 "%s names no realm: it is damaged; restore it, or name another file with --db", s->path);
		return AHOY_EIO;
	}
	stored = ahoy_sqlite_column(statement, 0);
	err = ahoy_slice_cstr(stored, s->store.realm, sizeof s->store.realm) ? AHOY_EIO : 0;
	sqlite3_reset(statement);
	if (!err && realm && strcmp(realm, s->store.realm) != 0) {
		snprintf(s->store.why, sizeof s->store.why,
			 "%s was made for the realm \"%s\", and its passwords are not good for \"%s\"; "
			 "start with --realm %s, or name another file with --db",
			 s->path, s->store.realm, realm, s->store.realm);
		err = AHOY_ECONFLICT;
	}
	return err;
}

/* SQLite would make the file readable by all whom the umask lets; it holds password hashes. */
static int make_file(const char *path, char why[AHOY_STORE_WHY])
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST) {
		snprintf(why, AHOY_STORE_WHY, "the database %s cannot be made: %s; name another file with --db", path,
			 strerror(errno));
		return AHOY_EIO;
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

static int check_file(const char *path, ahoy_store_mode mode, char why[AHOY_STORE_WHY])
{
	if (mode == AHOY_STORE_CREATE)
		return make_file(path, why);
	if (access(path, F_OK) != 0) {
		snprintf(why, AHOY_STORE_WHY, "there is no database %s; `ahoyd user add NAME --db %s` makes one", path, path);
		return AHOY_ENOTFOUND;
	}
	return 0;
}

static void sqlite_shrink(ahoy_store *store)
{
	sqlite3_db_release_memory(ahoy_sqlite_of(store)->db);
}

static const ahoy_store_ops sqlite_ops = {
	.close = sqlite_close,
	.claim = sqlite_claim,
	.set_patience = sqlite_set_patience,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.user_get = ahoy_sqlite_user_get,
	.user_put = ahoy_sqlite_user_put,
	.user_remove = ahoy_sqlite_user_remove,
	.user_count = ahoy_sqlite_user_count,
	.user_list = ahoy_sqlite_user_list,
	.import_begin = ahoy_sqlite_import_begin,
	.import_add = ahoy_sqlite_import_add,
	.import_end = ahoy_sqlite_import_end,
	.bindings_replace = ahoy_sqlite_bindings_replace,
	.bindings_load = ahoy_sqlite_bindings_load,
	.bindings_remove_expired = ahoy_sqlite_bindings_remove_expired,
	.cdr_open = ahoy_sqlite_cdr_open,
	.cdr_update = ahoy_sqlite_cdr_update,
	.cdr_list = ahoy_sqlite_cdr_list,
	.cdr_find = ahoy_sqlite_cdr_find,
	.cdr_cut_off = ahoy_sqlite_cdr_cut_off,
	.alive = ahoy_sqlite_alive,
	.shrink = sqlite_shrink,
};

static int open_database(ahoy_sqlite *s, const char *realm)
{
	int err;

	if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		snprintf(s->store.why, sizeof s->store.why,
			 "the database %s cannot be opened: %s; name another file with --db", s->path,
			 sqlite3_errmsg(s->db));
		return AHOY_EIO;
	}
	/* SQLite opens a file that it may not write for reading, and would complain at the first registration. */
	if (sqlite3_db_readonly(s->db, "main") == 1) {
		snprintf(s->store.why, sizeof s->store.why,
			 "the database %s may not be written by this user; name another file with --db", s->path);
		return AHOY_EIO;
	}
	sqlite_set_patience(&s->store, DEFAULT_PATIENCE_MS);
	err = check_schema(s, realm);
	if (err == AHOY_EIO && (sqlite3_errcode(s->db) & 0xff) == SQLITE_NOTADB)
		snprintf(s->store.why, sizeof s->store.why, "%s is no ahoyd database; name another file with --db", s->path);
	/* NORMAL: a commit is in the kernel's hands when it is acknowledged, so the death of the process loses nothing;
	 * a loss of power may lose the last commits, never the database. The cache holds the tables' upper pages; what it does not
	 * hold the kernel does. A larger one would be full only after a long time, and look like a leak until then. */
	if (!err)
		err = ahoy_sqlite_exec(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048");
	return err ? err : check_realm(s, realm);
}

int ahoy_store_open(const char *path, ahoy_store_mode mode, const char *realm, ahoy_store **out, char why[AHOY_STORE_WHY])
{
	ahoy_sqlite *s;
	int err = check_file(path, mode, why);

	*out = NULL;
	if (err)
		return err;
	if (realm && strlen(realm) >= AHOY_STORE_REALM) {
		snprintf(why, AHOY_STORE_WHY, "the realm is longer than %d bytes", AHOY_STORE_REALM - 1);
		return AHOY_ERANGE;
	}
	s = calloc(1, sizeof *s);
	if (s)
		s->path = strdup(path);
	if (!s || !s->path) {
		free(s);
		snprintf(why, AHOY_STORE_WHY, "out of memory");
		return AHOY_ENOMEM;
	}
	s->store.ops = &sqlite_ops;
	s->claim = -1;
	err = open_database(s, realm);
	if (err) {
		snprintf(why, AHOY_STORE_WHY, "%s", s->store.why);
		sqlite_close(&s->store);
		return err;
	}
	*out = &s->store;
	return 0;
}
