/* siphash: SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF"), 64 bits, for hash tables whose keys
 * peers choose: without the 16 secret bytes nobody can aim at one bucket. Not a MAC for the wire. Thread kind: pure. */
#ifndef AHOY_CRYPTO_SIPHASH_H
#define AHOY_CRYPTO_SIPHASH_H

#include "base/slice.h"

uint64_t ahoy_siphash(const uint8_t key[16], ahoy_slice bytes);

#endif
