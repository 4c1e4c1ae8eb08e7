/* sqlite_backend: what the files of the SQLite backend share; for src/store alone.
 * sqlite.c owns the connection, the schema and the statements; sqlite_user.c, sqlite_binding.c and sqlite_cdr.c a table
 * each. Thread kind: owned. */
#ifndef AHOY_STORE_SQLITE_BACKEND_H
#define AHOY_STORE_SQLITE_BACKEND_H

#include <sqlite3.h>

#include "store/backend.h"

/* X(id, SQL): each is prepared at its first use and kept. */
#define AHOY_SQLITE_STATEMENTS(X)                                                                                                \
	X(BEGIN, "BEGIN IMMEDIATE")                                                                                              \
	X(COMMIT, "COMMIT")                                                                                                      \
	X(ROLLBACK, "ROLLBACK")                                                                                                  \
	X(META_GET, "SELECT value FROM meta WHERE key = ?1")                                                                     \
	X(META_PUT, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")                                                  \
	X(USER_GET, "SELECT ha1_md5, ha1_sha256 FROM user WHERE name = ?1")                                                      \
	X(USER_PUT, "INSERT OR REPLACE INTO user (name, ha1_md5, ha1_sha256) VALUES (?1, ?2, ?3)")                               \
	X(USER_ADD, "INSERT INTO user (name, ha1_md5, ha1_sha256) VALUES (?1, ?2, ?3)")                                          \
	X(USER_REMOVE, "DELETE FROM user WHERE name = ?1")                                                                       \
	X(USER_COUNT, "SELECT count(*) FROM user")                                                                               \
	X(USER_LIST, "SELECT name FROM user ORDER BY name")                                                                      \
	X(STAGE_ADD, "INSERT INTO temp.staged (name, ha1_md5, ha1_sha256) VALUES (?1, ?2, ?3)")                                  \
	X(STAGE_KEEP, "INSERT OR REPLACE INTO main.user (name, ha1_md5, ha1_sha256) "                                            \
		      "SELECT name, ha1_md5, ha1_sha256 FROM temp.staged ORDER BY name, rowid")                                  \
	X(BINDING_CLEAR, "DELETE FROM binding WHERE user = ?1")                                                                  \
	X(BINDING_ADD, "INSERT INTO binding (user, place, contact, call_id, cseq, q_milli, expires_utc_ms, transport, flow_id, " \
		       "local, peer, user_agent, instance, path, reg_id) "                                                       \
		       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")                              \
	X(BINDING_LOAD, "SELECT user, contact, call_id, cseq, q_milli, expires_utc_ms, transport, flow_id, local, peer, "        \
			"user_agent, instance, path, reg_id FROM binding ORDER BY user, place")                                  \
	X(BINDING_EXPIRE, "DELETE FROM binding WHERE expires_utc_ms <= ?1")                                                      \
	X(CDR_OPEN, AHOY_SQLITE_CDR_INSERT)                                                                                      \
	X(CDR_UPDATE, AHOY_SQLITE_CDR_INSERT AHOY_SQLITE_CDR_OVERWRITE)                                                          \
	X(CDR_LIST, "SELECT seq, " AHOY_SQLITE_CDR_COLUMNS " FROM cdr WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2")                \
	X(CDR_FIND, "SELECT seq, " AHOY_SQLITE_CDR_COLUMNS " FROM cdr "                                                          \
		    "WHERE id = ?1 OR caller_call_id = ?1 OR callee_call_id = ?1 ORDER BY seq DESC LIMIT 1")                     \
	X(CDR_CUT_OFF, "UPDATE cdr SET cut_off = 1, ended_by = ?2, "                                                             \
		       "ended_utc_ms = max(started_utc_ms, answered_utc_ms, ?1) WHERE ended_utc_ms = 0")

#define AHOY_SQLITE_CDR_COLUMNS                                                                                         \
	"id, \"from\", \"to\", started_utc_ms, answered_utc_ms, ended_utc_ms, ended_by, code, reason, cut_off, codec, " \
	"caller_contact, caller_source, caller_call_id, caller_packets, caller_lost, caller_jitter_us, "                \
	"callee_contact, callee_source, callee_call_id, callee_packets, callee_lost, callee_jitter_us"
#define AHOY_SQLITE_CDR_INSERT                                                                                                \
	"INSERT INTO cdr (" AHOY_SQLITE_CDR_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, " \
	"?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)"
#define AHOY_SQLITE_CDR_OVERWRITE                                                                                      \
	" ON CONFLICT (id) DO UPDATE SET \"from\" = ?2, \"to\" = ?3, started_utc_ms = ?4, answered_utc_ms = ?5, "      \
	"ended_utc_ms = ?6, ended_by = ?7, code = ?8, reason = ?9, cut_off = ?10, codec = ?11, caller_contact = ?12, " \
	"caller_source = ?13, caller_call_id = ?14, caller_packets = ?15, caller_lost = ?16, caller_jitter_us = ?17, " \
	"callee_contact = ?18, callee_source = ?19, callee_call_id = ?20, callee_packets = ?21, callee_lost = ?22, "   \
	"callee_jitter_us = ?23"

typedef enum {
#define AHOY_SQLITE_ENUM(id, sql) AHOY_SQL_##id,
	AHOY_SQLITE_STATEMENTS(AHOY_SQLITE_ENUM)
#undef AHOY_SQLITE_ENUM
	AHOY_SQL_COUNT
} ahoy_sql;

typedef struct {
	ahoy_store store;
	sqlite3 *db;
	sqlite3_stmt *statements[AHOY_SQL_COUNT];
	char *path;
	int claim; /* a descriptor that holds the server's lock, or -1 */
} ahoy_sqlite;

ahoy_sqlite *ahoy_sqlite_of(ahoy_store *store);
/* The statement, reset and without bound values; NULL where it cannot be prepared (fail then says why). */
sqlite3_stmt *ahoy_sqlite_get(ahoy_sqlite *s, ahoy_sql which);
/* The last failure of SQLite as an error code, its sentence in store.why. Never 0. */
int ahoy_sqlite_fail(ahoy_sqlite *s);
/* Steps to the end a statement that returns no rows, and resets it. */
int ahoy_sqlite_run(ahoy_sqlite *s, sqlite3_stmt *statement);
/* Statements without values. */
int ahoy_sqlite_exec(ahoy_sqlite *s, const char *sql);

/* The text is not copied: it must live until the statement is reset. */
void ahoy_sqlite_bind(sqlite3_stmt *statement, int at, ahoy_slice text);
void ahoy_sqlite_bind_addr(sqlite3_stmt *statement, int at, const ahoy_addr *addr);
/* Lives until the next step. */
ahoy_slice ahoy_sqlite_column(sqlite3_stmt *statement, int at);
/* Family 0 where the column holds no address. */
void ahoy_sqlite_column_addr(sqlite3_stmt *statement, int at, ahoy_addr *out);

int ahoy_sqlite_user_get(ahoy_store *store, ahoy_slice name, ahoy_user_record *out);
int ahoy_sqlite_user_put(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record, bool overwrite);
int ahoy_sqlite_user_remove(ahoy_store *store, ahoy_slice name);
int ahoy_sqlite_user_count(ahoy_store *store, uint64_t *out);
int ahoy_sqlite_user_list(ahoy_store *store, ahoy_store_user_fn *fn, void *ctx);
int ahoy_sqlite_import_begin(ahoy_store *store);
int ahoy_sqlite_import_add(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record);
int ahoy_sqlite_import_end(ahoy_store *store, bool keep);
int ahoy_sqlite_bindings_replace(ahoy_store *store, ahoy_slice user, const ahoy_binding *bindings, size_t count);
int ahoy_sqlite_bindings_load(ahoy_store *store, ahoy_store_bindings_fn *fn, void *ctx);
int ahoy_sqlite_bindings_remove_expired(ahoy_store *store, uint64_t now_utc_ms);
int ahoy_sqlite_cdr_open(ahoy_store *store, const ahoy_cdr *cdr);
int ahoy_sqlite_cdr_update(ahoy_store *store, const ahoy_cdr *cdr);
int ahoy_sqlite_cdr_list(ahoy_store *store, uint64_t *cursor, size_t limit, ahoy_store_cdr_fn *fn, void *ctx);
int ahoy_sqlite_cdr_find(ahoy_store *store, ahoy_slice id, ahoy_store_cdr_fn *fn, void *ctx);
int ahoy_sqlite_cdr_cut_off(ahoy_store *store, uint64_t *count);
int ahoy_sqlite_alive(ahoy_store *store, uint64_t now_utc_ms);

#endif
