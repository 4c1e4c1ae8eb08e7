/* endpoint/transcoder: two phones without a common codec, and what each hears of the other. */
#include "endpoint/transcoder.h"

#include <math.h>

#include "media/level.h"
#include "media/tone_ear.h"
#include "oom.h"
#include "rtp/rtcp.h"
#include "test.h"

#include "media/tone.h"
#include "test_env.h"

#define HEARD (8 * 48000)

static struct {
	test_env te;
	ahoy_time now;
	ahoy_transcoder t;
	ahoy_audio *phones[2];
	ahoy_tone tones[2];
	bool talks[2];
	int16_t heard[2][HEARD];
	size_t heard_len[2];
	unsigned rtp[2], rtcp[2];
} w;

static ahoy_audio_config config_of(const ahoy_codec *codec, uint8_t payload, bool send, bool recv)
{
	return (ahoy_audio_config){.codecs = {{codec, payload, payload}},
				   .codec_count = 1,
				   .event_send = 101,
				   .event_recv = 101,
				   .event_hz = 8000,
				   .ptime_ms = 20,
				   .send = send,
				   .recv = recv};
}

static void begin(const ahoy_codec *a, const ahoy_codec *b)
{
	const ahoy_codec *codecs[] = {a, b};

	memset(&w, 0, sizeof w);
	test_env_init(&w.te, 11);
	w.now = AHOY_SECONDS(1000);
	ahoy_transcoder_init(&w.t, &w.te.env);
	assert_int_equal(ahoy_transcoder_deadline(&w.t), AHOY_NEVER);
	for (unsigned i = 0; i < 2; i++) {
		ahoy_audio_config config = config_of(codecs[i], (uint8_t)(96 + i), true, true);

		assert_ok(ahoy_transcoder_configure(&w.t, i, &config, w.now));
		assert_ok(ahoy_audio_new(&w.te.env, &config, AHOY_S("phone"), w.now + AHOY_MS(3 + 5 * i), &w.phones[i]));
		ahoy_tone_init(&w.tones[i], ahoy_audio_sample_rate(w.phones[i]), i ? 700 : 440, 0, -15);
		w.talks[i] = true;
	}
}

static void end(void)
{
	ahoy_transcoder_fini(&w.t);
	for (unsigned i = 0; i < 2; i++)
		ahoy_audio_del(w.phones[i]);
	test_env_fini(&w.te);
}

static void live(unsigned i)
{
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	bool is_rtcp;
	size_t len, frame = ahoy_audio_frame_samples(w.phones[i]);

	while (w.talks[i] && ahoy_audio_queued(w.phones[i]) < frame) {
		ahoy_tone_fill(&w.tones[i], pcm, frame);
		ahoy_audio_put_pcm(w.phones[i], pcm, frame);
	}
	while ((len = ahoy_audio_pop_rtp(w.phones[i], w.now, packet, sizeof packet)) > 0)
		ahoy_transcoder_recv(&w.t, i, w.now, false, packet, len);
	while ((len = ahoy_audio_pop_rtcp(w.phones[i], w.now, packet, sizeof packet)) > 0)
		ahoy_transcoder_recv(&w.t, i, w.now, true, packet, len);
	while ((len = ahoy_transcoder_pop(&w.t, i, w.now, &is_rtcp, packet, sizeof packet)) > 0) {
		if (is_rtcp)
			ahoy_audio_recv_rtcp(w.phones[i], w.now, packet, len);
		else
			ahoy_audio_recv_rtp(w.phones[i], w.now, packet, len);
		(is_rtcp ? w.rtcp : w.rtp)[i]++;
	}
	while ((len = ahoy_audio_take_pcm(w.phones[i], w.now, pcm, AHOY_AUDIO_MAX_FRAME)) > 0) {
		assert_true(w.heard_len[i] + len <= HEARD);
		memcpy(w.heard[i] + w.heard_len[i], pcm, len * sizeof pcm[0]);
		w.heard_len[i] += len;
	}
}

static void run(unsigned ms)
{
	for (unsigned i = 0; i < ms; i++, w.now += AHOY_MS(1)) {
		live(0);
		live(1);
	}
}

/* Of the last second that phone i heard: its level, and the share of it that is this tone. */
static double level_of_last_second(unsigned i)
{
	size_t second = ahoy_audio_sample_rate(w.phones[i]);

	assert_true(w.heard_len[i] > second);
	return ahoy_level_dbov(ahoy_level_energy(w.heard[i] + w.heard_len[i] - second, second), second);
}

static double share_of(unsigned i, double hz)
{
	size_t second = ahoy_audio_sample_rate(w.phones[i]);
	const int16_t *pcm = w.heard[i] + w.heard_len[i] - second;
	double re = 0, im = 0, energy = ahoy_level_energy(pcm, second);

	for (size_t k = 0; k < second; k++) {
		re += pcm[k] * cos(2 * 3.14159265358979 * hz * (double)k / (double)second);
		im += pcm[k] * sin(2 * 3.14159265358979 * hz * (double)k / (double)second);
	}
	return energy > 0 ? 2 * (re * re + im * im) / ((double)second * energy) : 0;
}

static void each_hears_the_other_whatever_their_codecs_are(void **state)
{
	static const ahoy_codec *const pairs[][2] = {
		{&ahoy_codec_gsm, &ahoy_codec_opus},
		{&ahoy_codec_pcmu, &ahoy_codec_g722},
		{&ahoy_codec_speex_wide, &ahoy_codec_pcma},
		{&ahoy_codec_speex, &ahoy_codec_gsm},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		begin(pairs[i][0], pairs[i][1]);
		run(3000);
		for (unsigned side = 0; side < 2; side++) {
			assert_true(fabs(level_of_last_second(side) + 15) < 1.5);
			/* Less what a period more or less, by which a jitter buffer finds its delay, takes from a pure tone. */
			assert_true(share_of(side, side ? 440 : 700) > 0.8);
			assert_in_range(w.rtp[side], 148, 151);
			assert_true(w.rtcp[side] >= 1 || w.now < AHOY_SECONDS(1004));
		}
		end();
	}
}

static void keys_come_out_as_keys(void **state)
{
	char keys[2][8] = {"", ""};

	(void)state;
	begin(&ahoy_codec_gsm, &ahoy_codec_opus);
	run(500);
	assert_ok(ahoy_audio_send_dtmf(w.phones[0], AHOY_S("15#"), 120));
	assert_ok(ahoy_audio_send_dtmf(w.phones[1], AHOY_S("9*"), 200));
	run(3000);
	for (unsigned i = 0; i < 2; i++) {
		ahoy_audio_dtmf key;

		while (ahoy_audio_pop_dtmf(w.phones[i], w.now, &key)) {
			assert_true(strlen(keys[i]) < 7);
			keys[i][strlen(keys[i])] = key.digit;
			assert_in_range(key.duration_ms, i ? 100 : 180, i ? 140 : 220);
		}
	}
	assert_string_equal(keys[1], "15#");
	assert_string_equal(keys[0], "9*");
	/* And the sound goes on behind them, no later than before. */
	run(1500);
	assert_true(share_of(0, 700) > 0.9 && share_of(1, 440) > 0.9);
	assert_true(ahoy_audio_queued(w.t.sides[0]) <= 3 * ahoy_audio_frame_samples(w.t.sides[0]));
	end();
}

static void a_side_on_hold_is_silent_and_comes_back(void **state)
{
	ahoy_audio_config held = config_of(&ahoy_codec_opus, 97, false, true), back = config_of(&ahoy_codec_opus, 97, true, true);
	unsigned before;

	(void)state;
	begin(&ahoy_codec_gsm, &ahoy_codec_opus);
	run(1000);
	assert_ok(ahoy_transcoder_configure(&w.t, 1, &held, w.now));
	before = w.rtp[1];
	run(1000);
	assert_int_equal(w.rtp[1], before);
	assert_true(w.rtp[0] > 95);
	assert_ok(ahoy_transcoder_configure(&w.t, 1, &back, w.now));
	run(2000);
	assert_true(share_of(1, 440) > 0.9);
	end();
}

static void silence_comes_out_as_silence(void **state)
{
	(void)state;
	begin(&ahoy_codec_pcmu, &ahoy_codec_opus);
	w.talks[0] = false;
	run(3000);
	assert_true(level_of_last_second(1) < -65);
	assert_true(fabs(level_of_last_second(0) + 15) < 1.5);
	end();
}

static void one_side_alone_and_none_are_survived(void **state)
{
	ahoy_audio_config config = config_of(&ahoy_codec_gsm, 3, true, true);
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	bool is_rtcp;
	ahoy_rtcp r;
	size_t len;

	(void)state;
	memset(&w, 0, sizeof w);
	test_env_init(&w.te, 1);
	w.now = AHOY_SECONDS(10);
	ahoy_transcoder_init(&w.t, &w.te.env);
	ahoy_transcoder_recv(&w.t, 1, w.now, false, "x", 1);
	assert_int_equal(ahoy_transcoder_pop(&w.t, 0, w.now, &is_rtcp, packet, sizeof packet), 0);
	assert_int_equal(ahoy_transcoder_bye(&w.t, 0, w.now, packet, sizeof packet), 0);
	assert_ok(ahoy_transcoder_configure(&w.t, 0, &config, w.now));
	assert_true(ahoy_transcoder_deadline(&w.t) <= w.now + AHOY_MS(20));
	w.now += AHOY_MS(20);
	assert_true(ahoy_transcoder_pop(&w.t, 0, w.now, &is_rtcp, packet, sizeof packet) > 0);
	len = ahoy_transcoder_bye(&w.t, 0, w.now, packet, sizeof packet);
	assert_ok(ahoy_rtcp_decode(packet, len, &r));
	assert_true(r.has_bye);
	ahoy_transcoder_fini(&w.t);
	test_env_fini(&w.te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hears_the_other_whatever_their_codecs_are),
		cmocka_unit_test(keys_come_out_as_keys),
		cmocka_unit_test(a_side_on_hold_is_silent_and_comes_back),
		cmocka_unit_test(silence_comes_out_as_silence),
		cmocka_unit_test(one_side_alone_and_none_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
