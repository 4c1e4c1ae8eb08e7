#include "server/store_thread.h"

#include <stdlib.h>

#include "base/limits.h"
#include "os/job_thread.h"
#include "server/cdr_json.h"
#include "store/copy.h"

/* How long a write waits for another process's lock before questions are looked at again. */
#define PATIENCE_MS 20
#define RETRY_MS 10
/* After so long without work the store's cache goes back. */
#define QUIET_MS 2000
/* Writes of one transaction: a bound on how long the first of them waits for its answer. */
#define MAX_TRANSACTION 1000

typedef enum {
	JOB_USER,
	JOB_SAVE,
	JOB_RECORD,
	JOB_ALIVE,
	JOB_PAGE,
	JOB_USERS
} job_kind;

typedef struct {
	ahoy_job job;
	job_kind kind;
	uint64_t id;
	int err;
	char name[AHOY_MAX_USER + 1]; /* of a user; longer ones do not exist */
	size_t name_len;
	ahoy_user_record record;
	ahoy_binding *bindings; /* owned */
	ahoy_cdr *cdr;		/* owned */
	uint64_t number;	/* a time, a cursor, a count */
	size_t count;
	/* a page */
	ahoy_slice wanted; /* owned */
	ahoy_store_page_fn *page_fn;
	ahoy_store_count_fn *count_fn;
	void *ctx;
	char *lines; /* owned */
	size_t lines_len, lines_cap;
} store_job;

struct ahoy_store_thread {
	ahoy_store *store;
	const ahoy_env *env;
	ahoy_store_thread_handler handler;
	ahoy_job_thread *thread;
	/* The thread's own. */
	ahoy_job_list writes;
	bool warned_of_wait;
	bool used; /* since the cache went back */
};

static void free_job(store_job *job)
{
	free(job->bindings);
	free(job->cdr);
	free((void *)(uintptr_t)job->wanted.ptr);
	free(job->lines);
	free(job);
}

/* ---- on the thread ---- */

static bool add_line(void *ctx, const ahoy_cdr *cdr)
{
	store_job *job = ctx;
	ahoy_buf b;

	if (job->lines_cap - job->lines_len < AHOY_CDR_JSON_BYTES) {
		size_t cap = job->lines_len * 2 + AHOY_CDR_JSON_BYTES;
		char *grown = realloc(job->lines, cap);

		if (!grown) {
			job->err = AHOY_ENOMEM;
			return false;
		}
		job->lines = grown;
		job->lines_cap = cap;
	}
	b = ahoy_buf_over(job->lines + job->lines_len, AHOY_CDR_JSON_BYTES);
	ahoy_cdr_json(&b, cdr);
	ahoy_buf_char(&b, '\n');
	/* Longer than any that we write: somebody's own edit of the database. It is left out. */
	if (!b.full)
		job->lines_len += b.len;
	job->count++;
	return true;
}

static void read_page(ahoy_store *store, store_job *job)
{
	size_t limit = job->count < AHOY_STORE_PAGE ? job->count : AHOY_STORE_PAGE;
	int err;

	job->count = 0;
	if (job->wanted.len) {
		err = ahoy_store_cdr_find(store, job->wanted, add_line, job);
		if (err == AHOY_ENOTFOUND)
			err = 0;
	} else {
		err = ahoy_store_cdr_list(store, &job->number, limit, add_line, job);
	}
	if (err)
		job->err = err;
}

static bool is_write(const store_job *job)
{
	return job->kind == JOB_SAVE || job->kind == JOB_RECORD || job->kind == JOB_ALIVE;
}

static int write_one(ahoy_store *store, const store_job *job)
{
	switch (job->kind) {
	case JOB_SAVE:
		return ahoy_store_bindings_replace(store, (ahoy_slice){job->name, job->name_len}, job->bindings, job->count);
	case JOB_RECORD:
		return ahoy_store_cdr_update(store, job->cdr);
	case JOB_ALIVE:
		return ahoy_store_alive(store, job->number);
	case JOB_USER:
	case JOB_PAGE:
	case JOB_USERS:
		break;
	}
	return AHOY_EINVAL;
}

static void read_one(ahoy_store *store, store_job *job)
{
	if (job->kind == JOB_USER)
		job->err = ahoy_store_user_get(store, (ahoy_slice){job->name, job->name_len}, &job->record);
	else if (job->kind == JOB_USERS)
		job->err = ahoy_store_user_count(store, &job->number);
	else
		read_page(store, job);
}

static void complain(ahoy_store_thread *t, const char *what)
{
	ahoy_log(t->env, AHOY_LOG_ERROR, "store", AHOY_S(""), "%s: %s", what, ahoy_store_why(t->store));
}

/* One transaction. False: another process writes; nothing was done. */
static bool write_some(ahoy_store_thread *t)
{
	ahoy_job_list taken = {NULL, NULL, 0};
	int err = ahoy_store_begin(t->store);
	ahoy_job *job;

	if (err == AHOY_ETIMEOUT)
		return false;
	if (err)
		complain(t, "nothing can be written");
	while (taken.count < MAX_TRANSACTION && (job = ahoy_job_take(&t->writes)) != NULL) {
		store_job *s = (store_job *)job;

		s->err = err ? err : write_one(t->store, s);
		if (!err && s->err)
			complain(t, "a record cannot be written");
		ahoy_job_append(&taken, job);
	}
	if (!err) {
		err = ahoy_store_commit(t->store);
		if (err)
			complain(t, "nothing can be written");
	}
	while ((job = ahoy_job_take(&taken)) != NULL) {
		store_job *s = (store_job *)job;

		if (err)
			s->err = err;
		ahoy_job_done(t->thread, job);
	}
	return true;
}

static uint32_t run(void *ctx, ahoy_job_list *batch)
{
	ahoy_store_thread *t = ctx;
	ahoy_job_list pages = {NULL, NULL, 0};
	ahoy_job *job;
	bool wrote = true;

	if (!batch->first && !t->writes.first && t->used) {
		ahoy_store_shrink(t->store);
		t->used = false;
		return UINT32_MAX;
	}
	t->used = true;
	while ((job = ahoy_job_take(batch)) != NULL) {
		store_job *s = (store_job *)job;

		if (is_write(s)) {
			ahoy_job_append(&t->writes, job);
		} else if (s->kind == JOB_PAGE) {
			ahoy_job_append(&pages, job);
		} else {
			read_one(t->store, s);
			ahoy_job_done(t->thread, job);
		}
	}
	if (t->writes.first)
		wrote = write_some(t);
	if (!wrote && !t->warned_of_wait)
		ahoy_log(t->env, AHOY_LOG_INFO, "store", AHOY_S(""), "another program is writing to the database; our writes wait");
	t->warned_of_wait = !wrote;
	/* Behind the writes that came before them, so that `ahoyd cdr` shows what is just over. */
	while ((job = ahoy_job_take(&pages)) != NULL) {
		read_one(t->store, (store_job *)job);
		ahoy_job_done(t->thread, job);
	}
	if (!t->writes.first)
		return QUIET_MS;
	return wrote ? 0 : RETRY_MS;
}

/* ---- on the loop ---- */

static void done(void *ctx, ahoy_job *job)
{
	ahoy_store_thread *t = ctx;
	store_job *s = (store_job *)job;

	switch (s->kind) {
	case JOB_USER:
		t->handler.user(t->handler.ctx, s->id, &s->record, s->err != 0);
		break;
	case JOB_SAVE:
	case JOB_RECORD:
		if (s->id)
			t->handler.saved(t->handler.ctx, s->id, s->err != 0);
		break;
	case JOB_ALIVE:
		break;
	case JOB_PAGE:
		s->page_fn(s->ctx, s->err, (ahoy_slice){s->lines, s->lines_len}, s->count, s->number);
		break;
	case JOB_USERS:
		s->count_fn(s->ctx, s->err, s->number);
		break;
	}
	free_job(s);
}

int ahoy_store_thread_new(ahoy_loop *loop, ahoy_store *store, const ahoy_env *env, const ahoy_store_thread_handler *handler,
			  ahoy_store_thread **out)
{
	ahoy_store_thread *t = calloc(1, sizeof *t);
	ahoy_job_handler jobs = {t, run, done};
	int err;

	*out = NULL;
	if (!t)
		return AHOY_ENOMEM;
	t->store = store;
	t->env = env;
	t->handler = *handler;
	ahoy_store_set_patience(store, PATIENCE_MS);
	err = ahoy_job_thread_new(loop, &jobs, &t->thread);
	if (err) {
		free(t);
		return err;
	}
	*out = t;
	return 0;
}

void ahoy_store_thread_del(ahoy_store_thread *t)
{
	if (!t)
		return;
	ahoy_job_thread_del(t->thread);
	free(t);
}

size_t ahoy_store_thread_waiting(const ahoy_store_thread *t)
{
	return ahoy_job_count(t->thread);
}

static int make_job(const ahoy_store_thread *t, job_kind kind, uint64_t id, store_job **out)
{
	if (ahoy_job_count(t->thread) >= AHOY_STORE_MAX_WAITING)
		return AHOY_EFULL;
	*out = calloc(1, sizeof **out);
	if (!*out)
		return AHOY_ENOMEM;
	(*out)->kind = kind;
	(*out)->id = id;
	return 0;
}

static void set_name(store_job *job, ahoy_slice name)
{
	/* One byte too many is kept of a longer name: no user has it, and it is nobody else's. */
	job->name_len = name.len < sizeof job->name ? name.len : sizeof job->name;
	if (job->name_len)
		memcpy(job->name, name.ptr, job->name_len);
}

int ahoy_store_thread_user(ahoy_store_thread *t, uint64_t id, ahoy_slice user)
{
	store_job *job;
	int err = make_job(t, JOB_USER, id, &job);

	if (err)
		return err;
	set_name(job, user);
	ahoy_job_push(t->thread, &job->job);
	return 0;
}

int ahoy_store_thread_save(ahoy_store_thread *t, uint64_t id, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	store_job *job;
	int err = make_job(t, JOB_SAVE, id, &job);

	if (err)
		return err;
	set_name(job, user);
	job->count = count;
	job->bindings = ahoy_bindings_copy(bindings, count);
	if (!job->bindings) {
		free_job(job);
		return AHOY_ENOMEM;
	}
	ahoy_job_push(t->thread, &job->job);
	return 0;
}

int ahoy_store_thread_record(ahoy_store_thread *t, uint64_t id, const ahoy_cdr *cdr)
{
	store_job *job;
	int err = make_job(t, JOB_RECORD, id, &job);

	if (err)
		return err;
	job->cdr = ahoy_cdr_copy_escaped(cdr);
	if (!job->cdr) {
		free_job(job);
		return AHOY_ENOMEM;
	}
	ahoy_job_push(t->thread, &job->job);
	return 0;
}

int ahoy_store_thread_alive(ahoy_store_thread *t, uint64_t now_utc_ms)
{
	store_job *job;
	int err = make_job(t, JOB_ALIVE, 0, &job);

	if (err)
		return err;
	job->number = now_utc_ms;
	ahoy_job_push(t->thread, &job->job);
	return 0;
}

int ahoy_store_thread_page(ahoy_store_thread *t, uint64_t cursor, size_t limit, ahoy_slice id, ahoy_store_page_fn *fn, void *ctx)
{
	store_job *job;
	int err = make_job(t, JOB_PAGE, 0, &job);
	char *copy;

	if (err)
		return err;
	if (id.len) {
		copy = malloc(id.len);
		if (!copy) {
			free_job(job);
			return AHOY_ENOMEM;
		}
		memcpy(copy, id.ptr, id.len);
		job->wanted = (ahoy_slice){copy, id.len};
	}
	job->number = cursor;
	job->count = limit;
	job->page_fn = fn;
	job->ctx = ctx;
	ahoy_job_push(t->thread, &job->job);
	return 0;
}

int ahoy_store_thread_users(ahoy_store_thread *t, ahoy_store_count_fn *fn, void *ctx)
{
	store_job *job;
	int err = make_job(t, JOB_USERS, 0, &job);

	if (err)
		return err;
	job->count_fn = fn;
	job->ctx = ctx;
	ahoy_job_push(t->thread, &job->job);
	return 0;
}
