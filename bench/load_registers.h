/* load_registers: phones that register in a closed loop: as many are on their way as the window says, and each answer starts the next.
 * Refreshing uses the nonce that the phone holds; challenged asks for a new one each time. Thread kind: owned. */
#ifndef BENCH_LOAD_REGISTERS_H
#define BENCH_LOAD_REGISTERS_H

#include "load_phone.h"
#include "load_stats.h"

typedef struct load_registers load_registers;

typedef enum {
	LOAD_REFRESH,
	LOAD_CHALLENGED
} load_register_kind;

/* The phones stay the caller's. NULL without memory. */
load_registers *load_registers_new(const load_wire *wire, load_phones *phones, unsigned side, size_t window);
void load_registers_del(load_registers *r);
/* `expires_s` 0 unregisters. The next `target` operations, over all phones in turn (UINT64_MAX: until told otherwise). */
void load_registers_aim(load_registers *r, load_register_kind kind, unsigned expires_s, uint64_t target);
/* Starts what the window allows. */
void load_registers_fill(load_registers *r, ahoy_time now);
/* True: it was an answer to one of them. */
bool load_registers_recv(load_registers *r, ahoy_time now, ahoy_slice bytes);
/* Repeats what got no answer for half a second; gives up after 16. */
void load_registers_expire(load_registers *r, ahoy_time now);
/* Nothing is on its way, and nothing is to be started. */
bool load_registers_idle(const load_registers *r);
load_stats *load_registers_stats(load_registers *r);

#endif
