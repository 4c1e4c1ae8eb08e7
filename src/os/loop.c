#include "os/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

struct ahoy_loop {
	uv_loop_t uv;
};

/* Each object begins with its uv handle, so that the closing callback can free it. */
struct ahoy_tail {
	uv_prepare_t uv;
	ahoy_loop_fn *fn;
	void *ctx;
};

struct ahoy_watch {
	uv_poll_t uv;
	ahoy_watch_fn *fn;
	void *ctx;
	int events;
};

struct ahoy_alarm {
	ahoy_watch *watch;
	ahoy_loop_fn *fn;
	void *ctx;
	int fd;
};

struct ahoy_wake {
	uv_async_t uv;
	ahoy_loop_fn *fn;
	void *ctx;
};

struct ahoy_signal {
	uv_signal_t uv;
	ahoy_loop_fn *fn;
	void *ctx;
};

int ahoy_loop_new(ahoy_loop **out)
{
	ahoy_loop *loop = calloc(1, sizeof *loop);

	*out = NULL;
	if (!loop)
		return AHOY_ENOMEM;
	if (uv_loop_init(&loop->uv) != 0) {
		free(loop);
		return AHOY_ENOMEM;
	}
	*out = loop;
	return 0;
}

void ahoy_loop_del(ahoy_loop *loop)
{
	int err = UV_EBUSY;

	if (!loop)
		return;
	/* Lets the closing callbacks of the deleted objects run: a few turns, because a signal under way delays its
	 * handle's. Whatever is open then was not deleted: a fault of ours. */
	for (int turn = 0; turn < 8 && err != 0; turn++) {
		uv_run(&loop->uv, UV_RUN_NOWAIT);
		err = uv_loop_close(&loop->uv);
	}
	AHOY_ASSERT(err == 0);
	free(loop);
}

void ahoy_loop_run(ahoy_loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void ahoy_loop_stop(ahoy_loop *loop)
{
	uv_stop(&loop->uv);
}

void *ahoy_loop_uv(ahoy_loop *loop)
{
	return &loop->uv;
}

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void on_tail(uv_prepare_t *uv)
{
	ahoy_tail *tail = (ahoy_tail *)uv;

	tail->fn(tail->ctx);
}

int ahoy_tail_new(ahoy_loop *loop, ahoy_loop_fn *fn, void *ctx, ahoy_tail **out)
{
	ahoy_tail *tail = calloc(1, sizeof *tail);

	*out = tail;
	if (!tail)
		return AHOY_ENOMEM;
	tail->fn = fn;
	tail->ctx = ctx;
	AHOY_ASSERT(uv_prepare_init(&loop->uv, &tail->uv) == 0 && uv_prepare_start(&tail->uv, on_tail) == 0);
	return 0;
}

void ahoy_tail_del(ahoy_tail *tail)
{
	if (tail)
		uv_close((uv_handle_t *)&tail->uv, free_handle);
}

static void on_watch(uv_poll_t *uv, int status, int events)
{
	ahoy_watch *watch = (ahoy_watch *)uv;

	if (status < 0) {
		/* libuv stops a poll whose descriptor has an error pending, which for us is news to be read (an ICMP
		 * message, a closed peer). */
		if (watch->events)
			uv_poll_start(&watch->uv, watch->events, on_watch);
		events = UV_READABLE;
	}
	watch->fn(watch->ctx, (events & UV_READABLE) != 0, (events & UV_WRITABLE) != 0);
}

int ahoy_watch_new(ahoy_loop *loop, int fd, ahoy_watch_fn *fn, void *ctx, ahoy_watch **out)
{
	ahoy_watch *watch = calloc(1, sizeof *watch);

	*out = NULL;
	if (!watch)
		return AHOY_ENOMEM;
	watch->fn = fn;
	watch->ctx = ctx;
	if (uv_poll_init(&loop->uv, &watch->uv, fd) != 0) {
		free(watch);
		return AHOY_EINVAL;
	}
	*out = watch;
	return 0;
}

void ahoy_watch_for(ahoy_watch *watch, bool read, bool write)
{
	int events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);

	if (events == watch->events)
		return;
	watch->events = events;
	if (events)
		uv_poll_start(&watch->uv, events, on_watch);
	else
		uv_poll_stop(&watch->uv);
}

void ahoy_watch_del(ahoy_watch *watch)
{
	if (watch)
		uv_close((uv_handle_t *)&watch->uv, free_handle);
}

static void on_alarm(void *ctx, bool readable, bool writable)
{
	ahoy_alarm *alarm = ctx;
	uint64_t times;

	(void)readable;
	(void)writable;
	/* Nothing to read: it was set anew in the same turn, before this event was delivered. */
	if (read(alarm->fd, &times, sizeof times) == (ssize_t)sizeof times)
		alarm->fn(alarm->ctx);
}

int ahoy_alarm_new(ahoy_loop *loop, ahoy_loop_fn *fn, void *ctx, ahoy_alarm **out)
{
	ahoy_alarm *alarm = calloc(1, sizeof *alarm);
	int err;

	*out = NULL;
	if (!alarm)
		return AHOY_ENOMEM;
	alarm->fn = fn;
	alarm->ctx = ctx;
	alarm->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	err = alarm->fd < 0 ? AHOY_ENOMEM : ahoy_watch_new(loop, alarm->fd, on_alarm, alarm, &alarm->watch);
	if (err) {
		if (alarm->fd >= 0)
			close(alarm->fd);
		free(alarm);
		return err;
	}
	ahoy_watch_for(alarm->watch, true, false);
	*out = alarm;
	return 0;
}

void ahoy_alarm_set(ahoy_alarm *alarm, ahoy_time at)
{
	struct itimerspec spec = {.it_value = {0, 0}};

	if (at != AHOY_NEVER) {
		/* ahoy_clock_now is one microsecond ahead of the kernel's clock; a moment of zero would switch the
		 * timer off. */
		uint64_t us = at > 1 ? at - 1 : 1;

		spec.it_value.tv_sec = (time_t)(us / 1000000 < INT32_MAX ? us / 1000000 : INT32_MAX);
		spec.it_value.tv_nsec = (long)(us % 1000000) * 1000;
		if (spec.it_value.tv_sec == 0 && spec.it_value.tv_nsec == 0)
			spec.it_value.tv_nsec = 1;
	}
	timerfd_settime(alarm->fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

void ahoy_alarm_del(ahoy_alarm *alarm)
{
	if (!alarm)
		return;
	ahoy_watch_for(alarm->watch, false, false);
	ahoy_watch_del(alarm->watch);
	close(alarm->fd);
	free(alarm);
}

static void on_wake(uv_async_t *uv)
{
	ahoy_wake *wake = (ahoy_wake *)uv;

	wake->fn(wake->ctx);
}

int ahoy_wake_new(ahoy_loop *loop, ahoy_loop_fn *fn, void *ctx, ahoy_wake **out)
{
	ahoy_wake *wake = calloc(1, sizeof *wake);

	*out = NULL;
	if (!wake)
		return AHOY_ENOMEM;
	wake->fn = fn;
	wake->ctx = ctx;
	if (uv_async_init(&loop->uv, &wake->uv, on_wake) != 0) {
		free(wake);
		return AHOY_ENOMEM;
	}
	*out = wake;
	return 0;
}

void ahoy_wake_send(ahoy_wake *wake)
{
	uv_async_send(&wake->uv);
}

void ahoy_wake_del(ahoy_wake *wake)
{
	if (wake)
		uv_close((uv_handle_t *)&wake->uv, free_handle);
}

static void on_signal(uv_signal_t *uv, int signum)
{
	ahoy_signal *sig = (ahoy_signal *)uv;

	(void)signum;
	sig->fn(sig->ctx);
}

int ahoy_signal_new(ahoy_loop *loop, int signum, ahoy_loop_fn *fn, void *ctx, ahoy_signal **out)
{
	ahoy_signal *sig = calloc(1, sizeof *sig);

	*out = NULL;
	if (!sig)
		return AHOY_ENOMEM;
	sig->fn = fn;
	sig->ctx = ctx;
	if (uv_signal_init(&loop->uv, &sig->uv) != 0) {
		free(sig);
		return AHOY_ENOMEM;
	}
	*out = sig;
	if (uv_signal_start(&sig->uv, on_signal, signum) != 0) {
		ahoy_signal_del(sig);
		*out = NULL;
		return AHOY_EINVAL;
	}
	return 0;
}

void ahoy_signal_del(ahoy_signal *sig)
{
	if (sig)
		uv_close((uv_handle_t *)&sig->uv, free_handle);
}

void ahoy_signal_ignore_pipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}
