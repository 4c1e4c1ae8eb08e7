/* fuzz_world: what the targets that run whole machines share: an env that counts what lives and gives the same
 * random bytes each time, inputs cut into steps, and placeholders in datagrams that only the running machine can
 * fill (branches and tags that it minted, the answer to its challenge). An input is a run of steps with a 0x1e byte
 * between them; what a step means is the target's. */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <stdlib.h>

#include "base/buf.h"
#include "base/env.h"
#include "base/limits.h"
#include "sip/digest.h"
#include "sip/msg.h"

#define CHECK(cond) ((cond) ? (void)0 : abort())
#define FUZZ_START AHOY_SECONDS(1000)
#define FUZZ_REALM "ltsip.cn"
#define FUZZ_PASSWORD "123456"

typedef struct {
	ahoy_env env;
	size_t live;	/* blocks */
	size_t fail_in; /* the allocation that fails: 1 is the next one; 0: none */
	bool failed;	/* one was refused: what depends on memory need not have happened */
	uint64_t random_state;
	ahoy_time now;
	/* what the machine sent last */
	char branch[128], tag[128], nonce[128], call_id[300];
	uint32_t nc;
	char text[AHOY_MAX_MESSAGE];
} fuzz_world;

void fuzz_world_init(fuzz_world *w);
/* The next step; false at the end of the input. At most `max` steps are cut. */
bool fuzz_next(ahoy_slice *rest, ahoy_slice *step);
/* A step ">123" is a time step of that many milliseconds, at most 100 s. */
bool fuzz_is_time(ahoy_slice step, ahoy_time *by);

/* A step "%12" makes the 12th allocation from now on fail. True where it was one. */
bool fuzz_is_failure(fuzz_world *w, ahoy_slice step);

/* The datagram with its placeholders filled in: 0x01 and
 *	B  the branch of the last request that the machine sent
 *	T  the tag in the To of its last answer, or in the From of its last request
 *	I  the Call-ID of its last request
 *	A  a whole Authorization line for this request, for user 111, 112 or 115 by the digit behind it (1, 2, 5)
 * The result stands in w->text. */
ahoy_slice fuzz_fill(fuzz_world *w, ahoy_slice datagram);

/* Notes what the placeholders need. `readable`: it must parse, because nothing faulty was echoed. Aborts where it does not. */
void fuzz_sent(fuzz_world *w, ahoy_slice bytes, bool readable);
/* HA1 values of a user of this world. */
void fuzz_ha1(ahoy_slice user, char md5[33], char sha256[65]);

#endif
