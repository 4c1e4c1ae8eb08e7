#include "test_env.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "test.h"

/* The block's size stands before it; the user's part stays aligned for any type. */
typedef struct {
	_Alignas(16) size_t size;
} block;

static bool refuses(test_env *te)
{
	te->allocations++;
	if (!te->fail_at || te->allocations < te->fail_at || (te->allocations > te->fail_at && !te->fail_onwards))
		return false;
	te->failures++;
	return true;
}

static void *resize(void *ctx, void *ptr, size_t size)
{
	test_env *te = ctx;
	block *old = ptr ? (block *)ptr - 1 : NULL;
	size_t old_size = old ? old->size : 0;
	block *fresh;

	if (size == 0) {
		if (old) {
			te->live_blocks--;
			te->live_bytes -= old_size;
			free(old);
		}
		return NULL;
	}
	/* Shrinking may fail by realloc's contract too, and code that forgets it would pass otherwise. */
	if (refuses(te))
		return NULL;
	/* Always a new place: a pointer kept across a resize is then seen by AddressSanitizer. */
	fresh = malloc(sizeof *fresh + size);
	if (!fresh)
		return NULL;
	fresh->size = size;
	memset(fresh + 1, 0xa5, size);
	if (old) {
		memcpy(fresh + 1, ptr, old_size < size ? old_size : size);
		free(old);
	} else {
		te->live_blocks++;
	}
	te->live_bytes += size - old_size;
	return fresh + 1;
}

/* splitmix64: enough for tags and nonces of a test, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void fill_random(void *ctx, void *out, size_t len)
{
	test_env *te = ctx;
	uint8_t *p = out;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)next_random(&te->random_state);
}

static void keep_log(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	static const char *const names[] = {"ERROR", "WARN", "INFO", "DEBUG"};
	test_env *te = ctx;
	size_t room = sizeof te->log - te->log_len;
	int len;

	te->log_records[level]++;
	len = snprintf(te->log + te->log_len, room, "%s %s %.*s: %.*s\n", names[level], area, AHOY_P(id), AHOY_P(text));
	if (len > 0 && (size_t)len < room)
		te->log_len += (size_t)len;
	else
		te->log[te->log_len] = '\0';
}

void test_env_init(test_env *te, uint64_t seed)
{
	memset(te, 0, sizeof *te);
	te->env = (ahoy_env){te, resize, fill_random, keep_log, AHOY_LOG_DEBUG};
	te->random_state = seed;
}

void test_env_fini(test_env *te)
{
	if (te->live_blocks)
		fail_msg("%zu blocks (%zu bytes) were never freed", te->live_blocks, te->live_bytes);
}

void test_env_fail_at(test_env *te, size_t n)
{
	te->fail_at = n;
	te->allocations = 0;
	te->failures = 0;
}

bool test_env_logged(const test_env *te, const char *text)
{
	return strstr(te->log, text) != NULL;
}

void test_env_log_clear(test_env *te)
{
	te->log_len = 0;
	te->log[0] = '\0';
	memset(te->log_records, 0, sizeof te->log_records);
}
