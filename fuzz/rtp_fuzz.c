/* rtp_fuzz: the input is a row of datagrams (one byte of time, two of length, the bytes), given to the RTP parser and to
 * an audio session. What must hold: encode(decode(x)) is x but for the padding's filling; the session hands out no more
 * frames than time went by for, counts every datagram once, and reports keys only that exist. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fuzz_env.h"
#include "media/session.h"
#include "rtp/rtp.h"
#include "rtp/telephone_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) ((cond) ? (void)0 : __builtin_trap())

static void check_packet(const uint8_t *data, size_t size)
{
	static uint8_t again[65536];
	ahoy_rtp packet;
	size_t len;

	if (ahoy_rtp_decode(data, size, &packet))
		return;
	REQUIRE(ahoy_rtp_encode(&packet, again, sizeof again, &len) == 0);
	REQUIRE(len == size);
	REQUIRE(memcmp(again, data, size - packet.padding) == 0);
	REQUIRE(packet.padding == 0 || again[len - 1] == data[size - 1]);
}

static void check_session(const uint8_t *data, size_t size)
{
	ahoy_audio_config config = {.codecs = {{&ahoy_codec_pcma, 8, 8}, {&ahoy_codec_pcmu, 0, 0}},
				    .codec_count = 2,
				    .event_send = 101,
				    .event_recv = 101,
				    .ptime_ms = 20,
				    .send = true,
				    .recv = true};
	ahoy_time start = AHOY_SECONDS(100), now = start;
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	ahoy_audio_dtmf key;
	ahoy_audio_stats s;
	ahoy_audio *audio;
	uint64_t given = 0, frames = 0;

	if (ahoy_audio_new(&fuzz_env, &config, AHOY_S("x"), now, &audio))
		return;
	while (size >= 3) {
		size_t len = (size_t)(data[1] << 8 | data[2]) % 2048;

		len = len > size - 3 ? size - 3 : len;
		now += AHOY_MS(data[0]);
		check_packet(data + 3, len);
		ahoy_audio_recv_rtp(audio, now, data + 3, len);
		given++;
		while (ahoy_audio_take_pcm(audio, now, pcm, AHOY_AUDIO_MAX_FRAME))
			frames++;
		while (ahoy_audio_pop_dtmf(audio, now, &key))
			REQUIRE(ahoy_telephone_event_of(key.digit) >= 0);
		data += 3 + len;
		size -= 3 + len;
	}
	ahoy_audio_get_stats(audio, &s);
	REQUIRE(frames <= (now - start) / AHOY_MS(20) + 1);
	REQUIRE(s.packets <= given && s.malformed <= 2 * given &&
		s.late + s.discarded + s.duplicates <= given + AHOY_JITTER_MAX_PACKETS);
	REQUIRE(s.mos >= 1 && s.mos <= 4.5 && s.level_dbov <= 0 && s.jitter_ms >= 0);
	ahoy_audio_del(audio);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 65535)
		return 0;
	check_packet(data, size);
	check_session(data, size);
	return 0;
}
