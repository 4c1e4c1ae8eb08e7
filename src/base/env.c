#include "base/env.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

void *ahoy_new(const ahoy_env *env, size_t size)
{
	void *ptr = env->resize(env->ctx, NULL, size);

	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

void *ahoy_resize(const ahoy_env *env, void *ptr, size_t size)
{
	return env->resize(env->ctx, ptr, size);
}

void ahoy_free(const ahoy_env *env, void *ptr)
{
	if (ptr)
		env->resize(env->ctx, ptr, 0);
}

int ahoy_slice_dup(const ahoy_env *env, ahoy_slice s, ahoy_slice *out)
{
	char *copy;

	*out = (ahoy_slice){NULL, 0};
	if (s.len == 0)
		return 0;
	copy = env->resize(env->ctx, NULL, s.len);
	if (!copy)
		return AHOY_ENOMEM;
	memcpy(copy, s.ptr, s.len);
	*out = (ahoy_slice){copy, s.len};
	return 0;
}

void ahoy_random(const ahoy_env *env, void *out, size_t len)
{
	env->random(env->ctx, out, len);
}

uint32_t ahoy_random_u32(const ahoy_env *env)
{
	uint32_t value;

	env->random(env->ctx, &value, sizeof value);
	return value;
}

void ahoy_log(const ahoy_env *env, ahoy_log_level level, const char *area, ahoy_slice id, const char *format, ...)
{
	char text[512];
	va_list args;
	int len;

	if (!env->log || level > env->log_level)
		return;
	va_start(args, format);
	len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (len < 0)
		return;
	env->log(env->ctx, level, area, id, (ahoy_slice){text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1});
}

void ahoy_assert_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "ahoy: broken invariant: %s at %s:%d\n", cond, file, line);
	abort();
}
