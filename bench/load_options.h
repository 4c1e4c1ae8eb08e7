/* load_options: the command line of the generator. Thread kind: pure. */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include <sys/types.h>

#include "base/addr.h"
#include "sip/digest.h"

typedef enum {
	LOAD_MODE_REGISTER,
	LOAD_MODE_CALLS,
	LOAD_MODE_HOLD,
	LOAD_MODE_MEDIA,
	LOAD_MODE_ECHO,
	LOAD_MODE_RELAY
} load_mode;

typedef struct {
	load_mode mode;
	ahoy_addr server, local;
	pid_t pid; /* whose processor time is measured; 0: nobody's */
	size_t users, window;
	unsigned rounds, seconds_ms, expires_s, packets, rate_hz, leave;
	uint64_t count; /* operations instead of rounds; 0: rounds */
	bool challenged, ringing, keep, log_sizes;
	ahoy_digest_algorithm algorithm;
	const char *password, *callers, *callees, *sizes, *journal;
	uint16_t base_port; /* of a bare relay */
} load_options;

/* False, with a sentence on stderr, where it makes no sense. */
bool load_options_parse(int argc, char **argv, load_options *out);

#endif
