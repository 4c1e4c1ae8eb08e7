/* load_calls: whole calls in a closed loop: INVITE, 180, 200, ACK, BYE, 200, on both legs. Caller i calls callee i; the callees
 * answer at once. A held call stays up until load_calls_hang_up. Thread kind: owned. */
#ifndef BENCH_LOAD_CALLS_H
#define BENCH_LOAD_CALLS_H

#include "load_phone.h"
#include "load_stats.h"

typedef struct load_calls load_calls;

typedef struct {
	size_t window;	  /* calls at the same time, not more than there are callers */
	bool challenged;  /* INVITE without credentials first; else with the nonce that the caller holds from its REGISTER */
	bool ringing;	  /* the callees send 180 first */
	unsigned leave;	  /* every so manieth call is not hung up; 0: all are */
	unsigned packets; /* of RTP each way, sent as soon as the call is up */
} load_calls_options;

/* NULL without memory. The callers must hold a nonce where not challenged. */
load_calls *load_calls_new(const load_wire *wire, load_phones *callers, load_phones *callees, const load_calls_options *options);
void load_calls_del(load_calls *c);
/* The next `target` calls; held: they stay up. */
void load_calls_aim(load_calls *c, uint64_t target, bool held);
void load_calls_fill(load_calls *c, ahoy_time now);
/* One datagram at this side. */
void load_calls_recv(load_calls *c, ahoy_time now, unsigned side, ahoy_slice bytes);
void load_calls_expire(load_calls *c, ahoy_time now);
/* BYE to some of the calls that are held, as many as the window allows; true while there are more. */
bool load_calls_hang_up(load_calls *c, ahoy_time now);
size_t load_calls_live(const load_calls *c);
bool load_calls_idle(const load_calls *c);
load_stats *load_calls_stats(load_calls *c);

/* The server's media port for caller or callee i, where call i is up; else 0. */
uint16_t load_calls_media_port(const load_calls *c, unsigned side, size_t i);

#endif
