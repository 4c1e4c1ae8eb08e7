/* media_pair: for the tests of src/media/session*.c: two ends of a call in virtual time, with a path between them
 * that a test can make lossy. One step is 10 ms. */
#ifndef AHOY_TEST_MEDIA_PAIR_H
#define AHOY_TEST_MEDIA_PAIR_H

#include "media/session.h"
#include "media/tone.h"
#include "test_env.h"

#define PAIR_HEARD (60 * 8000)

typedef struct {
	test_env te;
	ahoy_time now;
	ahoy_audio *a, *b; /* a talks, b listens (and the other way round, in silence) */
	ahoy_tone tone;
	bool tone_on;
	bool (*lose)(unsigned packet); /* of a's; NULL: none */
	ahoy_time path_delay;	       /* a multiple of 10 ms, at most 90 ms */
	unsigned sent;
	struct {
		ahoy_time at;
		size_t len;
		uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	} on_path[64]; /* a to b */
	size_t on_path_count;
	int16_t heard[PAIR_HEARD]; /* by b */
	size_t heard_len;
	unsigned rtcp_a, rtcp_b;
} media_pair;

static inline ahoy_audio_config media_pair_config(void)
{
	return (ahoy_audio_config){
		.codecs = {{&ahoy_codec_pcma, 8, 8}, {&ahoy_codec_pcmu, 0, 0}},
		.codec_count = 2,
		.event_send = 101,
		.event_recv = 101,
		.ptime_ms = 20,
		.send = true,
		.recv = true,
	};
}

static inline void media_pair_init(media_pair *p)
{
	ahoy_audio_config config = media_pair_config();

	memset(p, 0, sizeof *p);
	test_env_init(&p->te, 7);
	p->now = AHOY_SECONDS(1000);
	assert_ok(ahoy_audio_new(&p->te.env, &config, AHOY_S("a@test"), p->now, &p->a));
	assert_ok(ahoy_audio_new(&p->te.env, &config, AHOY_S("b@test"), p->now, &p->b));
	ahoy_tone_init(&p->tone, 8000, 440, 0, -10);
	p->tone_on = true;
}

static inline void media_pair_fini(media_pair *p)
{
	ahoy_audio_del(p->a);
	ahoy_audio_del(p->b);
	test_env_fini(&p->te);
}

static inline void media_pair_send(media_pair *p)
{
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	int16_t pcm[160];
	size_t len;

	while (p->tone_on && ahoy_audio_room(p->a) >= 160) {
		ahoy_tone_fill(&p->tone, pcm, 160);
		ahoy_audio_put_pcm(p->a, pcm, 160);
	}
	while ((len = ahoy_audio_pop_rtp(p->a, p->now, bytes, sizeof bytes)) != 0) {
		if (p->lose && p->lose(p->sent++))
			continue;
		assert_true(p->on_path_count < 64);
		p->on_path[p->on_path_count].at = p->now + p->path_delay;
		p->on_path[p->on_path_count].len = len;
		memcpy(p->on_path[p->on_path_count++].bytes, bytes, len);
	}
	while ((len = ahoy_audio_pop_rtp(p->b, p->now, bytes, sizeof bytes)) != 0)
		ahoy_audio_recv_rtp(p->a, p->now, bytes, len);
	if ((len = ahoy_audio_pop_rtcp(p->a, p->now, bytes, sizeof bytes)) != 0) {
		p->rtcp_a++;
		ahoy_audio_recv_rtcp(p->b, p->now, bytes, len);
	}
	if ((len = ahoy_audio_pop_rtcp(p->b, p->now, bytes, sizeof bytes)) != 0) {
		p->rtcp_b++;
		ahoy_audio_recv_rtcp(p->a, p->now, bytes, len);
	}
}

static inline void media_pair_run(media_pair *p, unsigned ms)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	size_t got;

	for (unsigned step = 0; step < ms / 10; step++, p->now += AHOY_MS(10)) {
		size_t kept = 0;

		media_pair_send(p);
		for (size_t i = 0; i < p->on_path_count; i++) {
			if (p->on_path[i].at > p->now)
				p->on_path[kept++] = p->on_path[i];
			else
				ahoy_audio_recv_rtp(p->b, p->now, p->on_path[i].bytes, p->on_path[i].len);
		}
		p->on_path_count = kept;
		while ((got = ahoy_audio_take_pcm(p->b, p->now, pcm, AHOY_AUDIO_MAX_FRAME)) != 0) {
			assert_true(p->heard_len + got <= PAIR_HEARD);
			memcpy(p->heard + p->heard_len, pcm, got * sizeof pcm[0]);
			p->heard_len += got;
		}
		while (ahoy_audio_take_pcm(p->a, p->now, pcm, AHOY_AUDIO_MAX_FRAME) != 0)
			;
	}
}

#endif
