/* store_thread: the store on a thread of its own, so that a slow disk delays no call. Questions are answered one by
 * one; writes that come together are one transaction (group commit), answered when it is committed. While another
 * process writes (`ahoyd user import`) questions are still answered and writes wait their turn.
 * Owns copies of all it is given. Leaves the store itself to its maker, who must not touch it meanwhile. What comes
 * from the wire and is kept for people (call records) is escaped on the way. Thread kind: owned by the loop's
 * thread. */
#ifndef AHOY_SERVER_STORE_THREAD_H
#define AHOY_SERVER_STORE_THREAD_H

#include "os/loop.h"
#include "store/store.h"

typedef struct ahoy_store_thread ahoy_store_thread;

/* Questions and writes that may wait. More: AHOY_EFULL, which the caller answers with 503. */
#define AHOY_STORE_MAX_WAITING 65536
/* Records a page. */
#define AHOY_STORE_PAGE 200

/* All on the loop's thread. */
typedef struct {
	void *ctx;
	void (*user)(void *ctx, uint64_t id, const ahoy_user_record *record, bool failed);
	void (*saved)(void *ctx, uint64_t id, bool failed);
} ahoy_store_thread_handler;

AHOY_MUST_USE int ahoy_store_thread_new(ahoy_loop *loop, ahoy_store *store, const ahoy_env *env,
					const ahoy_store_thread_handler *handler, ahoy_store_thread **out);
/* Writes all that waits, answers it, ends the thread. */
void ahoy_store_thread_del(ahoy_store_thread *thread);
size_t ahoy_store_thread_waiting(const ahoy_store_thread *thread);

/* Each answers by the handler, where id is not 0. AHOY_EFULL, AHOY_ENOMEM: nothing was taken, and no answer comes. */
AHOY_MUST_USE int ahoy_store_thread_user(ahoy_store_thread *thread, uint64_t id, ahoy_slice user);
AHOY_MUST_USE int ahoy_store_thread_save(ahoy_store_thread *thread, uint64_t id, ahoy_slice user,
					 const ahoy_binding *bindings, size_t count);
AHOY_MUST_USE int ahoy_store_thread_record(ahoy_store_thread *thread, uint64_t id, const ahoy_cdr *cdr);
AHOY_MUST_USE int ahoy_store_thread_alive(ahoy_store_thread *thread, uint64_t now_utc_ms);

/* A page of records from *cursor on, newest first, as JSON lines; or, where id is not empty, the one of that id.
 * lines.len 0: no (more) records. err: the store failed. */
typedef void ahoy_store_page_fn(void *ctx, int err, ahoy_slice lines, size_t count, uint64_t cursor);
AHOY_MUST_USE int ahoy_store_thread_page(ahoy_store_thread *thread, uint64_t cursor, size_t limit, ahoy_slice id,
					 ahoy_store_page_fn *fn, void *ctx);
typedef void ahoy_store_count_fn(void *ctx, int err, uint64_t count);
AHOY_MUST_USE int ahoy_store_thread_users(ahoy_store_thread *thread, ahoy_store_count_fn *fn, void *ctx);

#endif
