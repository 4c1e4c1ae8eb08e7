/* job_thread: a thread beside a loop that takes jobs in batches, for what blocks (the store). Jobs go over in the order
 * of their pushing; results come back to the loop's thread. A job belongs to the loop's side until it is pushed and
 * after it came back, to the thread between. Embed ahoy_job as the first member of the real job. Lifetime: inside the
 * loop's. Thread kind: owned by the loop's thread, but for ahoy_job_done, which is the worker's. */
#ifndef AHOY_OS_JOB_THREAD_H
#define AHOY_OS_JOB_THREAD_H

#include "os/loop.h"

typedef struct ahoy_job_thread ahoy_job_thread;

typedef struct ahoy_job {
	struct ahoy_job *next;
} ahoy_job;

/* A list that keeps the order; zero to begin. */
typedef struct {
	ahoy_job *first, *last;
	size_t count;
} ahoy_job_list;

void ahoy_job_append(ahoy_job_list *list, ahoy_job *job);
ahoy_job *ahoy_job_take(ahoy_job_list *list); /* NULL where it is empty */

typedef struct {
	void *ctx;
	/* On the thread: *batch holds all that was pushed since the last call (perhaps nothing); take them out. Jobs
	 * that are through are given to ahoy_job_done; others may be kept. Returns in how many milliseconds it wants to
	 * be called again if nothing is pushed before; UINT32_MAX for never. */
	uint32_t (*run)(void *ctx, ahoy_job_list *batch);
	/* On the loop: a job that is through. */
	void (*done)(void *ctx, ahoy_job *job);
} ahoy_job_handler;

AHOY_MUST_USE int ahoy_job_thread_new(ahoy_loop *loop, const ahoy_job_handler *handler, ahoy_job_thread **out);
void ahoy_job_push(ahoy_job_thread *thread, ahoy_job *job);
void ahoy_job_done(ahoy_job_thread *thread, ahoy_job *job);
/* Pushed and not yet back. */
size_t ahoy_job_count(const ahoy_job_thread *thread);
/* Waits for all jobs, also those that `done` pushes meanwhile, gives them to `done`, ends the thread. What `run` still
 * keeps back after some fifty calls is lost. */
void ahoy_job_thread_del(ahoy_job_thread *thread);

#endif
