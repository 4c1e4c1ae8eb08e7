#include "os/job_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/hash.h"

/* Calls of `run` for jobs that are left when the thread is to end: a program must not hang at its end for ever. */
#define DRAIN_ROUNDS 50

struct ahoy_job_thread {
	ahoy_job_handler handler;
	pthread_t thread;
	ahoy_wake *wake;
	size_t out;	      /* the loop side's count */
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	ahoy_job_list pushed, done;
	bool stopping;
};

void ahoy_job_append(ahoy_job_list *list, ahoy_job *job)
{
	job->next = NULL;
	if (list->last)
		list->last->next = job;
	else
		list->first = job;
	list->last = job;
	list->count++;
}

ahoy_job *ahoy_job_take(ahoy_job_list *list)
{
	ahoy_job *job = list->first;

	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->last = NULL;
	list->count--;
	job->next = NULL;
	return job;
}

/* Until something is pushed, the thread is to stop, or the time is over. The lock is held. */
static void wait_for_jobs(ahoy_job_thread *t, uint32_t wait_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!t->pushed.first && !t->stopping) {
		if (wait_ms == UINT32_MAX)
			pthread_cond_wait(&t->changed, &t->lock);
		else if (pthread_cond_timedwait(&t->changed, &t->lock, &until) == ETIMEDOUT)
			return;
	}
}

static void *thread_main(void *arg)
{
	ahoy_job_thread *t = arg;
	uint32_t wait_ms = UINT32_MAX;
	bool stopping = false;

	while (!stopping) {
		ahoy_job_list batch;

		pthread_mutex_lock(&t->lock);
		wait_for_jobs(t, wait_ms);
		batch = t->pushed;
		t->pushed = (ahoy_job_list){NULL, NULL, 0};
		stopping = t->stopping;
		pthread_mutex_unlock(&t->lock);
		wait_ms = t->handler.run(t->handler.ctx, &batch);
	}
	/* What the thread keeps for hashes is nobody else's to free; whether its jobs hashed is not ours to know. */
	ahoy_hash_thread_fini();
	return NULL;
}

static void give_done(ahoy_job_thread *t)
{
	ahoy_job_list done;
	ahoy_job *job;

	pthread_mutex_lock(&t->lock);
	done = t->done;
	t->done = (ahoy_job_list){NULL, NULL, 0};
	pthread_mutex_unlock(&t->lock);
	while ((job = ahoy_job_take(&done)) != NULL) {
		t->out--;
		t->handler.done(t->handler.ctx, job);
	}
}

static void on_wake(void *ctx)
{
	give_done(ctx);
}

/* Signals are the loop's: one that a sleeping worker took would wait there. */
static int start(ahoy_job_thread *t)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&t->thread, NULL, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error ? AHOY_ENOMEM : 0;
}

int ahoy_job_thread_new(ahoy_loop *loop, const ahoy_job_handler *handler, ahoy_job_thread **out)
{
	ahoy_job_thread *t = calloc(1, sizeof *t);
	pthread_condattr_t monotonic;

	*out = NULL;
	if (!t)
		return AHOY_ENOMEM;
	t->handler = *handler;
	if (ahoy_wake_new(loop, on_wake, t, &t->wake)) {
		free(t);
		return AHOY_ENOMEM;
	}
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (start(t)) {
		ahoy_wake_del(t->wake);
		pthread_cond_destroy(&t->changed);
		pthread_mutex_destroy(&t->lock);
		free(t);
		return AHOY_ENOMEM;
	}
	*out = t;
	return 0;
}

void ahoy_job_push(ahoy_job_thread *t, ahoy_job *job)
{
	t->out++;
	pthread_mutex_lock(&t->lock);
	ahoy_job_append(&t->pushed, job);
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

void ahoy_job_done(ahoy_job_thread *t, ahoy_job *job)
{
	bool first;

	pthread_mutex_lock(&t->lock);
	first = t->done.first == NULL;
	ahoy_job_append(&t->done, job);
	pthread_mutex_unlock(&t->lock);
	if (first)
		ahoy_wake_send(t->wake);
}

size_t ahoy_job_count(const ahoy_job_thread *t)
{
	return t->out;
}

/* What came in meanwhile, or was kept back. The thread is gone: nobody else looks at the lists. */
static void run_rest(ahoy_job_thread *t)
{
	ahoy_job_list batch = t->pushed;
	struct timespec nap = {0, 0};
	uint32_t wait_ms;

	t->pushed = (ahoy_job_list){NULL, NULL, 0};
	wait_ms = t->handler.run(t->handler.ctx, &batch);
	give_done(t);
	if (!t->out || t->pushed.first || wait_ms > 999)
		return;
	nap.tv_nsec = (long)wait_ms * 1000000;
	nanosleep(&nap, NULL);
}

void ahoy_job_thread_del(ahoy_job_thread *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	give_done(t);
	for (int round = 0; t->out && round < DRAIN_ROUNDS; round++)
		run_rest(t);
	ahoy_wake_del(t->wake);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
