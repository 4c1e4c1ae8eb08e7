/* ahoy/sockets.h: this machine's memory, random bytes, log and clock. */
#include "ahoy/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/env.h"

static void *resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	if (size)
		return realloc(ptr, size);
	free(ptr);
	return NULL;
}

/* The kernel's, which cannot fail once the machine has booted (getrandom(2)). */
static void fill(void *ctx, void *out, size_t len)
{
	char *at = out;

	(void)ctx;
	while (len) {
		ssize_t got = getrandom(at, len, 0);

		AHOY_ASSERT(got > 0 || errno == EINTR);
		if (got > 0) {
			at += got;
			len -= (size_t)got;
		}
	}
}

static void to_stderr(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	(void)ctx;
	fprintf(stderr, "ahoy: %s: %s: %.*s%s%.*s\n", level == AHOY_LOG_ERROR ? "error" : "warning", area, AHOY_P(id),
		id.len ? ": " : "", AHOY_P(text));
}

ahoy_env ahoy_sockets_env(void)
{
	return (ahoy_env){.resize = resize, .random = fill, .log = to_stderr, .log_level = AHOY_LOG_WARN};
}

ahoy_time ahoy_sockets_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	/* 0 is "never" in places; a machine that has just booted is one microsecond old. */
	return (ahoy_time)now.tv_sec * 1000000u + (ahoy_time)now.tv_nsec / 1000u + 1;
}
