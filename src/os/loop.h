/* loop: one thread's event loop over libuv: alarms, watched descriptors, wake-ups from other threads, signals, and work
 * before sleeping. Owns the libuv handles. Callbacks run on the loop's thread, one at a time; in them everything may be
 * called but ahoy_loop_run and ahoy_loop_del. Order: new, objects on it, run, the objects' del, del. An object's
 * callback is never called after its del. Thread kind: owned, but for ahoy_wake_send. */
#ifndef AHOY_OS_LOOP_H
#define AHOY_OS_LOOP_H

#include "base/env.h"
#include "base/err.h"

typedef struct ahoy_loop ahoy_loop;
typedef void ahoy_loop_fn(void *ctx);

/* AHOY_ENOMEM: no memory or no descriptor. */
AHOY_MUST_USE int ahoy_loop_new(ahoy_loop **out);
void ahoy_loop_del(ahoy_loop *loop);
/* Until ahoy_loop_stop. */
void ahoy_loop_run(ahoy_loop *loop);
void ahoy_loop_stop(ahoy_loop *loop);
/* The uv_loop_t, for those who bring handles of their own. */
void *ahoy_loop_uv(ahoy_loop *loop);

/* Called after a turn's events, before the loop sleeps. */
typedef struct ahoy_tail ahoy_tail;
AHOY_MUST_USE int ahoy_tail_new(ahoy_loop *loop, ahoy_loop_fn *fn, void *ctx, ahoy_tail **out);
void ahoy_tail_del(ahoy_tail *tail);

/* One moment on ahoy_clock_now's clock, with microseconds (timerfd). */
typedef struct ahoy_alarm ahoy_alarm;
AHOY_MUST_USE int ahoy_alarm_new(ahoy_loop *loop, ahoy_loop_fn *fn, void *ctx, ahoy_alarm **out);
/* Replaces the moment set before; AHOY_NEVER switches it off. A moment that has passed rings in the next turn. */
void ahoy_alarm_set(ahoy_alarm *alarm, ahoy_time at);
void ahoy_alarm_del(ahoy_alarm *alarm);

/* A descriptor, which stays the caller's and must stay open until ahoy_watch_del. */
typedef struct ahoy_watch ahoy_watch;
typedef void ahoy_watch_fn(void *ctx, bool readable, bool writable);
AHOY_MUST_USE int ahoy_watch_new(ahoy_loop *loop, int fd, ahoy_watch_fn *fn, void *ctx, ahoy_watch **out);
/* An error on the descriptor is reported as readable: reading it then says which. */
void ahoy_watch_for(ahoy_watch *watch, bool read, bool write);
void ahoy_watch_del(ahoy_watch *watch);

/* Several sends before the loop gets to it are one call of fn. */
typedef struct ahoy_wake ahoy_wake;
AHOY_MUST_USE int ahoy_wake_new(ahoy_loop *loop, ahoy_loop_fn *fn, void *ctx, ahoy_wake **out);
void ahoy_wake_send(ahoy_wake *wake); /* from any thread */
void ahoy_wake_del(ahoy_wake *wake);

typedef struct ahoy_signal ahoy_signal;
AHOY_MUST_USE int ahoy_signal_new(ahoy_loop *loop, int signum, ahoy_loop_fn *fn, void *ctx, ahoy_signal **out);
void ahoy_signal_del(ahoy_signal *sig);
/* A write to a closed pipe or socket is then an error of the write, and no death. */
void ahoy_signal_ignore_pipe(void);

#endif
