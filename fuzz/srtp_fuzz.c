/* srtp_fuzz: the first byte chooses suite and MKI; the rest is a row of datagrams (one byte of kind, two of length, the bytes), given to
 * a receiver. What must hold: bytes that nobody protected are never taken; what is protected comes back as it was, once; a packet
 * that was damaged is refused, and the undamaged one still taken behind it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fuzz_env.h"
#include "rtp/srtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) ((cond) ? (void)0 : __builtin_trap())

enum {
	MOST = 2048
};

typedef struct {
	ahoy_srtp *out, *in;
} pair;

static int protect(pair *p, bool is_rtcp, uint8_t *bytes, size_t *len)
{
	return is_rtcp ? ahoy_srtp_protect_rtcp(p->out, bytes, len, MOST + AHOY_SRTP_MAX_TRAILER)
		       : ahoy_srtp_protect(p->out, bytes, len, MOST + AHOY_SRTP_MAX_TRAILER);
}

static int unprotect(pair *p, bool is_rtcp, uint8_t *bytes, size_t *len)
{
	return is_rtcp ? ahoy_srtp_unprotect_rtcp(p->in, bytes, len) : ahoy_srtp_unprotect(p->in, bytes, len);
}

/* As it came from the network, in memory of exactly its size. */
static void check_forged(pair *p, bool is_rtcp, const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1);
	size_t len = size;

	if (!bytes)
		return;
	memcpy(bytes, data, size);
	REQUIRE(unprotect(p, is_rtcp, bytes, &len) < 0);
	REQUIRE(len == size);
	free(bytes);
}

static void check_round(pair *p, bool is_rtcp, const uint8_t *data, size_t size)
{
	static uint8_t sealed[MOST + AHOY_SRTP_MAX_TRAILER], bytes[MOST + AHOY_SRTP_MAX_TRAILER];
	size_t sealed_len = size, len;

	memcpy(sealed, data, size);
	if (protect(p, is_rtcp, sealed, &sealed_len)) {
		REQUIRE(sealed_len == size && memcmp(sealed, data, size) == 0);
		return;
	}
	REQUIRE(sealed_len > size && sealed_len - size <= AHOY_SRTP_MAX_TRAILER);
	memcpy(bytes, sealed, sealed_len);
	bytes[sealed_len - 1 - data[size - 1] % 4] ^= 1; /* in tag, MKI or word */
	len = sealed_len;
	REQUIRE(unprotect(p, is_rtcp, bytes, &len) < 0);
	memcpy(bytes, sealed, sealed_len);
	len = sealed_len;
	REQUIRE(unprotect(p, is_rtcp, bytes, &len) == 0);
	REQUIRE(len == size && memcmp(bytes, data, size) == 0);
	memcpy(bytes, sealed, sealed_len);
	len = sealed_len;
	REQUIRE(unprotect(p, is_rtcp, bytes, &len) == AHOY_ECONFLICT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_srtp_key key = {.bytes = {0x5a, 1, 2, 3}};
	pair p;

	if (size < 1 || size > 65535)
		return 0;
	key.suite = (ahoy_srtp_suite)(1 + data[0] % (AHOY_SRTP_SUITES - 1));
	key.mki_len = data[0] / 8 % (AHOY_SRTP_MAX_MKI + 1);
	if (ahoy_srtp_new(&fuzz_env, &key, true, &p.out))
		return 0;
	if (ahoy_srtp_new(&fuzz_env, &key, false, &p.in)) {
		ahoy_srtp_del(p.out);
		return 0;
	}
	data++;
	size--;
	while (size >= 3) {
		size_t len = (size_t)(data[1] << 8 | data[2]) % (MOST + 1);

		len = len > size - 3 ? size - 3 : len;
		check_forged(&p, data[0] & 1, data + 3, len);
		if (len && data[0] & 2)
			check_round(&p, data[0] & 1, data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
	ahoy_srtp_del(p.out);
	ahoy_srtp_del(p.in);
	return 0;
}
