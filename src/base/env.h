/* env: what a core object is given at its creation, because the core has no world of its own:
 * an allocator, random bytes and a log sink. None of the three may call back into ahoy.
 * Lifetime: the env outlives every object made with it. Thread kind: owned, by the thread that owns the
 * objects. The struct and ahoy_time are public and at home in ahoy/base.h. The clock is not here: time is an
 * argument of each call (microseconds, monotonic). */
#ifndef AHOY_BASE_ENV_H
#define AHOY_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Zeroed memory or NULL. */
void *ahoy_new(const ahoy_env *env, size_t size);
void *ahoy_resize(const ahoy_env *env, void *ptr, size_t size);
void ahoy_free(const ahoy_env *env, void *ptr);
/* A heap copy of s, in *out; its ptr is freed with ahoy_free((void *)out.ptr). AHOY_ENOMEM. An empty slice allocates nothing. */
int ahoy_slice_dup(const ahoy_env *env, ahoy_slice s, ahoy_slice *out);

void ahoy_random(const ahoy_env *env, void *out, size_t len);
uint32_t ahoy_random_u32(const ahoy_env *env);

/* printf-like; cut at 512 bytes. Control bytes from peers must be escaped before they come here (ahoy_buf_escaped). */
void ahoy_log(const ahoy_env *env, ahoy_log_level level, const char *area, ahoy_slice id, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* A broken invariant of ours ends the process, in release builds too; peer input must never reach it. */
#define AHOY_ASSERT(cond) ((cond) ? (void)0 : ahoy_assert_failed(#cond, __FILE__, __LINE__))
_Noreturn void ahoy_assert_failed(const char *cond, const char *file, int line);

#endif
