/* One codec and what may come to its decoder: the first byte chooses the codec, then pieces of a length byte and so many bytes: 0 (no
 * bytes) is a packet that did not come, 255 makes the next piece one that a lost packet is recovered from, else a payload. Beyond
 * "no crash": payload_samples and decode agree on what is a payload and how long it is, and nobody writes more than that. */
#include <stdlib.h>

#include "codec/codec.h"
#include "fuzz_env.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define MAX_SAMPLES 5760 /* 120 ms at 48 kHz: what the session takes */
#define GUARD 0x5a5a

static void check_guard(const int16_t *pcm, size_t from, size_t cap)
{
	for (size_t i = from; i < cap; i++)
		CHECK(pcm[i] == GUARD);
}

static void one(const ahoy_codec *codec, void *state, const uint8_t *bytes, size_t len, bool recovers)
{
	size_t expected = codec->payload_samples(bytes, len), samples = 0, packet = ahoy_codec_samples(codec, 20);
	static int16_t pcm[MAX_SAMPLES];
	int err;

	for (size_t i = 0; i < MAX_SAMPLES; i++)
		pcm[i] = GUARD;
	if (len == 0) {
		codec->conceal(state, pcm, packet);
		check_guard(pcm, packet, MAX_SAMPLES);
		return;
	}
	if (recovers && codec->recover) {
		(void)codec->recover(state, bytes, len, pcm, packet);
		check_guard(pcm, packet, MAX_SAMPLES);
		return;
	}
	err = codec->decode(state, bytes, len, pcm, MAX_SAMPLES, &samples);
	if (expected == 0 || expected > MAX_SAMPLES)
		CHECK(err);
	if (!err) {
		CHECK(samples == expected);
		check_guard(pcm, samples, MAX_SAMPLES);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0, at = 1;
	const ahoy_codec *codec;
	bool recovers = false;
	void *state;

	while (ahoy_codec_at(count))
		count++;
	if (size < 1)
		return 0;
	codec = ahoy_codec_at(data[0] % count);
	if (codec->open(&fuzz_env, (ahoy_slice){NULL, 0}, &state))
		return 0;
	while (at < size) {
		size_t len = data[at++];
		uint8_t *exact;

		if (len == 255) {
			recovers = true;
			continue;
		}
		len = len < size - at ? len : size - at;
		/* A block of its own, so that reading beyond it is seen. */
		exact = malloc(len ? len : 1);
		if (!exact)
			break;
		memcpy(exact, data + at, len);
		one(codec, state, exact, len, recovers);
		free(exact);
		at += len;
		recovers = false;
	}
	codec->close(&fuzz_env, state);
	return 0;
}
