/* os/loop and os/job_thread. Every test ends itself by a bounded number of turns. */
#include "os/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/job_thread.h"
#include "test.h"

typedef struct {
	ahoy_loop *loop;
	ahoy_alarm *alarm, *guard;
	ahoy_time rang;
	int count, until;
	bool timed_out;
} fixture;

static void on_guard(void *ctx)
{
	fixture *f = ctx;

	f->timed_out = true;
	ahoy_loop_stop(f->loop);
}

static void on_count(void *ctx)
{
	fixture *f = ctx;

	f->rang = ahoy_clock_now();
	if (++f->count == f->until)
		ahoy_loop_stop(f->loop);
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->until = 1;
	assert_ok(ahoy_loop_new(&f->loop));
	assert_ok(ahoy_alarm_new(f->loop, on_guard, f, &f->guard));
	ahoy_alarm_set(f->guard, ahoy_clock_now() + AHOY_SECONDS(10));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	ahoy_alarm_del(f->guard);
	ahoy_loop_del(f->loop);
	free(f);
	return 0;
}

static void run(fixture *f)
{
	ahoy_loop_run(f->loop);
	assert_false(f->timed_out);
}

static void an_alarm_rings_at_its_moment_and_not_before(void **state)
{
	fixture *f = *state;
	ahoy_time at = ahoy_clock_now() + AHOY_MS(20);

	assert_ok(ahoy_alarm_new(f->loop, on_count, f, &f->alarm));
	ahoy_alarm_set(f->alarm, ahoy_clock_now() + AHOY_MS(1));
	ahoy_alarm_set(f->alarm, AHOY_NEVER);
	ahoy_alarm_set(f->alarm, at);
	run(f);
	assert_true(f->rang >= at);
	/* One in the past rings at once. */
	ahoy_alarm_set(f->alarm, 1);
	f->until = 2;
	run(f);
	assert_int_equal(f->count, 2);
	ahoy_alarm_del(f->alarm);
}

static void *send_wakes(void *wake)
{
	for (int i = 0; i < 100; i++)
		ahoy_wake_send(wake);
	return NULL;
}

static void a_wake_comes_from_another_thread(void **state)
{
	fixture *f = *state;
	ahoy_wake *wake;
	pthread_t thread;

	assert_ok(ahoy_wake_new(f->loop, on_count, f, &wake));
	assert_int_equal(pthread_create(&thread, NULL, send_wakes, wake), 0);
	run(f);
	pthread_join(thread, NULL);
	assert_true(f->count >= 1 && f->count <= 100);
	ahoy_wake_del(wake);
}

static void a_signal_is_a_callback(void **state)
{
	fixture *f = *state;
	ahoy_signal *sig;

	assert_ok(ahoy_signal_new(f->loop, SIGUSR1, on_count, f, &sig));
	raise(SIGUSR1);
	run(f);
	assert_int_equal(f->count, 1);
	ahoy_signal_del(sig);
}

static void on_fd(void *ctx, bool readable, bool writable)
{
	fixture *f = ctx;

	assert_true(readable || writable);
	on_count(f);
}

static void a_watch_tells_of_input_and_of_the_other_ends_close(void **state)
{
	fixture *f = *state;
	ahoy_watch *watch;
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	assert_ok(ahoy_watch_new(f->loop, fds[0], on_fd, f, &watch));
	ahoy_watch_for(watch, true, false);
	assert_int_equal(write(fds[1], "x", 1), 1);
	run(f);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[1]);
	f->until = 2;
	run(f);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	ahoy_watch_del(watch);
	close(fds[0]);
}

static void a_tail_runs_before_each_sleep(void **state)
{
	fixture *f = *state;
	ahoy_tail *tail;

	assert_ok(ahoy_tail_new(f->loop, on_count, f, &tail));
	run(f);
	ahoy_tail_del(tail);
	assert_int_equal(f->count, 1);
}

/* ---- job_thread ---- */

typedef struct {
	ahoy_job job;
	int number;
} number_job;

typedef struct {
	fixture *f;
	ahoy_job_thread *thread;
	ahoy_job_list kept; /* the worker's */
	int calls;
	int last; /* the loop's */
	int done;
} jobs;

/* Keeps every job for one call: as a store does that waits for another's lock. */
static uint32_t run_jobs(void *ctx, ahoy_job_list *batch)
{
	jobs *j = ctx;
	ahoy_job *job;

	while ((job = ahoy_job_take(&j->kept)) != NULL)
		ahoy_job_done(j->thread, job);
	while ((job = ahoy_job_take(batch)) != NULL)
		ahoy_job_append(&j->kept, job);
	j->calls++;
	return j->kept.first ? 1 : UINT32_MAX;
}

static void job_done(void *ctx, ahoy_job *job)
{
	jobs *j = ctx;
	number_job *n = (number_job *)job;

	assert_int_equal(n->number, j->last + 1);
	j->last = n->number;
	free(n);
	if (++j->done == 100)
		ahoy_loop_stop(j->f->loop);
}

static void push_numbers(jobs *j, int from, int to)
{
	for (int i = from; i <= to; i++) {
		number_job *n = calloc(1, sizeof *n);

		assert_non_null(n);
		n->number = i;
		ahoy_job_push(j->thread, &n->job);
	}
}

static void jobs_come_back_in_order_also_those_that_wait_at_the_end(void **state)
{
	fixture *f = *state;
	jobs j = {.f = f};
	ahoy_job_handler handler = {&j, run_jobs, job_done};

	assert_ok(ahoy_job_thread_new(f->loop, &handler, &j.thread));
	push_numbers(&j, 1, 100);
	assert_int_equal(ahoy_job_count(j.thread), 100);
	run(f);
	assert_int_equal(ahoy_job_count(j.thread), 0);
	push_numbers(&j, 101, 150);
	ahoy_job_thread_del(j.thread);
	assert_int_equal(j.last, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_alarm_rings_at_its_moment_and_not_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wake_comes_from_another_thread, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_signal_is_a_callback, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_watch_tells_of_input_and_of_the_other_ends_close, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_tail_runs_before_each_sleep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(jobs_come_back_in_order_also_those_that_wait_at_the_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
