#include "media/session.h"

#include "media/level.h"
#include "rtp/rtp.h"
#include "test.h"

#include "media_pair.h"
#include "voice.h"

static media_pair p;

static void recv_packet(uint32_t ssrc, uint16_t seq, uint32_t timestamp, uint8_t payload_type, ahoy_slice payload)
{
	ahoy_rtp packet = {
		.payload_type = payload_type, .seq = seq, .timestamp = timestamp, .ssrc = ssrc, .payload = payload};
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	size_t len;

	assert_ok(ahoy_rtp_encode(&packet, bytes, sizeof bytes, &len));
	ahoy_audio_recv_rtp(p.b, p.now, bytes, len);
}

static void rfc4733_2_5_2_keys_are_received_with_their_duration(void **state)
{
	static const char keys[] = "0123456789*#ABCD";
	ahoy_audio_dtmf key;

	(void)state;
	media_pair_init(&p);
	assert_ok(ahoy_audio_send_dtmf(p.a, ahoy_slice_of(keys), 120));
	media_pair_run(&p, 10000);
	for (size_t i = 0; i < sizeof keys - 1; i++) {
		assert_true(ahoy_audio_pop_dtmf(p.b, p.now, &key));
		assert_int_equal(key.digit, keys[i]);
		assert_int_equal(key.duration_ms, 120);
	}
	assert_false(ahoy_audio_pop_dtmf(p.b, p.now, &key));
	media_pair_fini(&p);
}

static bool two_of_three(unsigned packet)
{
	return packet % 3 != 0;
}

static void rfc4733_2_5_1_4_keys_survive_two_thirds_of_loss(void **state)
{
	ahoy_audio_dtmf key;
	char got[32] = "";
	size_t len = 0;

	(void)state;
	media_pair_init(&p);
	p.lose = two_of_three;
	assert_ok(ahoy_audio_send_dtmf(p.a, AHOY_S("1123"), 300));
	for (int i = 0; i < 500; i++) {
		media_pair_run(&p, 10);
		while (ahoy_audio_pop_dtmf(p.b, p.now, &key))
			got[len++] = key.digit;
	}
	assert_string_equal(got, "1123");
	media_pair_fini(&p);
}

static void a_full_queue_of_keys_drops_the_oldest(void **state)
{
	ahoy_audio_dtmf key;
	unsigned count = 0;

	(void)state;
	media_pair_init(&p);
	for (unsigned i = 0; i < AHOY_MAX_DTMF_QUEUE + 3; i++) {
		char payload[4] = {(char)(i % 10), (char)0x8a, 3, 32};

		recv_packet(1, (uint16_t)i, 1000 * i, 101, ahoy_slice_make(payload, 4));
	}
	while (ahoy_audio_pop_dtmf(p.b, p.now, &key))
		assert_int_equal(key.digit, '0' + (char)((count++ + 3) % 10));
	assert_int_equal(count, AHOY_MAX_DTMF_QUEUE);
	media_pair_fini(&p);
}

/* One second of speech-like tone, a pause of two, and again, at the level of the noise that `a` says. */
static void rfc3389_4_a_pause_is_left_out_and_filled_with_its_noise(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats a, b;
	uint32_t random = 5;
	size_t pause_from;
	double level;

	(void)state;
	config.suppress_silence = true;
	media_pair_init(&p);
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	media_pair_run(&p, 1000);
	p.tone_on = false;
	for (int i = 0; i < 200; i++) {
		int16_t noise[80];

		for (size_t k = 0; k < 80; k++)
			noise[k] = test_pcm_of(test_noise(&random) * 150);
		while (ahoy_audio_room(p.a) >= 80 && ahoy_audio_queued(p.a) < 320)
			ahoy_audio_put_pcm(p.a, noise, 80);
		media_pair_run(&p, 10);
	}
	ahoy_audio_get_stats(p.a, &a);
	ahoy_audio_get_stats(p.b, &b);
	/* A second of speech and 200 ms behind it; then three packets at the most. */
	assert_in_range(a.packets_sent, 58, 70);
	assert_in_range(a.noise_sent, 1, 3);
	assert_int_equal(b.noise, a.noise_sent);
	assert_int_equal(b.lost, 0);
	assert_int_equal(b.concealed, 0);
	assert_true(b.mos > 4.3 && b.burst_percent == 0);
	/* The last second heard is noise as it was: a uniform one has its peak less 4.8 dB. */
	pause_from = p.heard_len - 8000;
	level = ahoy_level_dbov(ahoy_level_energy(p.heard + pause_from, 8000), 8000);
	assert_true(level > -53.5 && level < -49.5);
	/* Speech again: at once, all of it. */
	p.tone_on = true;
	media_pair_run(&p, 1000);
	level = ahoy_level_dbov(ahoy_level_energy(p.heard + p.heard_len - 4000, 4000), 4000);
	assert_true(level > -11 && level < -9);
	ahoy_audio_get_stats(p.b, &b);
	assert_int_equal(b.lost, 0);
	media_pair_fini(&p);
}

static void rfc3389_codecs_that_fill_pauses_by_themselves_send_no_noise(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats a;

	(void)state;
	config.codecs[0] = (ahoy_audio_codec){&ahoy_codec_speex, 110, 110};
	config.suppress_silence = true;
	media_pair_init(&p);
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	p.tone_on = false;
	media_pair_run(&p, 1000);
	ahoy_audio_get_stats(p.a, &a);
	assert_int_equal(a.noise_sent, 0);
	assert_true(a.packets_sent >= 49);
	media_pair_fini(&p);
}

static void what_is_no_packet_of_ours_is_counted(void **state)
{
	static const char payload[1200] = {0};
	ahoy_audio_stats s;

	(void)state;
	media_pair_init(&p);
	ahoy_audio_recv_rtp(p.b, p.now, "garbage", 7);
	ahoy_audio_recv_rtp(p.b, p.now, "", 0);
	recv_packet(1, 1, 0, 77, ahoy_slice_make(payload, 160));
	recv_packet(1, 1, 0, 8, ahoy_slice_make(payload, 0));
	recv_packet(1, 2, 0, 8, ahoy_slice_make(payload, AHOY_JITTER_MAX_PAYLOAD + 1));
	recv_packet(1, 3, 0, 13, ahoy_slice_make(payload, 1)); /* comfort noise is known */
	recv_packet(1, 4, 0, 101, ahoy_slice_make(payload, 3));
	ahoy_audio_get_stats(p.b, &s);
	assert_int_equal(s.malformed, 4);
	assert_int_equal(s.unknown_payload, 1);
	media_pair_fini(&p);
}

static void any_payload_in_any_state_is_survived(void **state)
{
	uint32_t random = 12345;
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	ahoy_audio_dtmf key;

	(void)state;
	media_pair_init(&p);
	for (unsigned i = 0; i < 20000; i++) {
		char payload[64];

		random = random * 1664525 + 1013904223;
		memset(payload, (int)(random >> 24), sizeof payload);
		recv_packet(random >> 28 ? 1 : random, (uint16_t)(i + (random >> 30 ? 0 : random >> 8)),
			    160 * i + (random >> 27 ? 0 : random), (const uint8_t[]){8, 0, 101, 8}[random >> 20 & 3],
			    ahoy_slice_make(payload, random >> 10 & 63));
		p.now += AHOY_MS(random >> 16 & 31);
		while (ahoy_audio_take_pcm(p.b, p.now, pcm, AHOY_AUDIO_MAX_FRAME))
			;
		while (ahoy_audio_pop_dtmf(p.b, p.now, &key))
			;
	}
	media_pair_fini(&p);
}

static void rfc3550_8_a_new_ssrc_is_played_on(void **state)
{
	ahoy_audio_stats s;
	size_t before;

	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 1000);
	/* The far end restarts: other SSRC, sequence and timestamp. */
	ahoy_audio_del(p.a);
	{
		ahoy_audio_config config = media_pair_config();

		assert_ok(ahoy_audio_new(&p.te.env, &config, AHOY_S("a@test"), p.now, &p.a));
	}
	before = p.heard_len;
	media_pair_run(&p, 1000);
	ahoy_audio_get_stats(p.b, &s);
	assert_int_equal(s.lost, 0);
	assert_in_range(p.heard_len - before, 7840, 8160);
	assert_true(ahoy_level_dbov(ahoy_level_energy(p.heard + before, p.heard_len - before), p.heard_len - before) >
		    -12);
	media_pair_fini(&p);
}

static bool every_fifth(unsigned packet)
{
	return packet % 5 == 4;
}

static bool two_of_ten(unsigned packet)
{
	return packet % 10 >= 8;
}

/* A talks with Opus to B for three seconds; what B made of the losses. */
static ahoy_audio_stats opus_with_loss(bool (*lose)(unsigned packet), const char *fmtp)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats stats;

	config.codecs[0] = (ahoy_audio_codec){&ahoy_codec_opus, 96, 96};
	config.codec_count = 1;
	config.sample_rate_hz = 8000;
	config.fmtp = ahoy_slice_of(fmtp);
	media_pair_init(&p);
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	p.lose = lose;
	media_pair_run(&p, 3000);
	ahoy_audio_get_stats(p.b, &stats);
	media_pair_fini(&p);
	return stats;
}

static void rfc6716_2_1_7_a_single_lost_packet_is_heard_from_the_next_one(void **state)
{
	ahoy_audio_stats stats = opus_with_loss(every_fifth, "useinbandfec=1");

	(void)state;
	assert_in_range(stats.lost, 25, 31);
	assert_in_range(stats.recovered, stats.lost - 3, stats.lost);
	assert_in_range(stats.concealed, 0, 3);
}

static void rfc6716_2_1_7_of_two_lost_packets_the_second_is_heard(void **state)
{
	ahoy_audio_stats stats = opus_with_loss(two_of_ten, "useinbandfec=1");

	(void)state;
	assert_in_range(stats.lost, 25, 31);
	assert_in_range(stats.concealed, stats.lost / 2 - 2, stats.lost / 2 + 3);
	assert_in_range(stats.recovered, stats.lost / 2 - 2, stats.lost / 2);
}

static void without_redundancy_a_lost_packet_is_concealed(void **state)
{
	ahoy_audio_stats stats = opus_with_loss(every_fifth, "");

	(void)state;
	assert_int_equal(stats.recovered, 0);
	assert_in_range(stats.concealed, stats.lost - 3, stats.lost + 3);
}

static void a_pause_that_opus_leaves_out_is_not_concealed(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats sent, s;

	(void)state;
	media_pair_init(&p);
	ahoy_audio_del(p.a);
	ahoy_audio_del(p.b);
	config.codecs[0] = (ahoy_audio_codec){&ahoy_codec_opus, 96, 96};
	config.codec_count = 1;
	config.sample_rate_hz = 8000;
	config.fmtp = AHOY_S("usedtx=1");
	assert_ok(ahoy_audio_new(&p.te.env, &config, AHOY_S("a@test"), p.now, &p.a));
	assert_ok(ahoy_audio_new(&p.te.env, &config, AHOY_S("b@test"), p.now, &p.b));
	media_pair_run(&p, 1000);
	p.tone_on = false;
	media_pair_run(&p, 3000);
	p.tone_on = true;
	media_pair_run(&p, 1000);
	ahoy_audio_get_stats(p.a, &sent);
	ahoy_audio_get_stats(p.b, &s);
	assert_in_range(sent.packets_sent, 100, 150); /* of 250 */
	assert_int_equal(s.lost + s.late + s.discarded + s.concealed, 0);
	media_pair_fini(&p);
}

static void a_sink_that_slept_an_hour_catches_up_5_seconds(void **state)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	unsigned frames = 0;

	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 200);
	p.now += AHOY_SECONDS(3600);
	while (ahoy_audio_take_pcm(p.b, p.now, pcm, AHOY_AUDIO_MAX_FRAME))
		frames++;
	assert_int_equal(frames, 251);
	assert_int_equal(ahoy_audio_take_pcm(p.b, p.now + AHOY_MS(20), pcm, 159), 0);
	media_pair_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4733_2_5_2_keys_are_received_with_their_duration),
		cmocka_unit_test(rfc4733_2_5_1_4_keys_survive_two_thirds_of_loss),
		cmocka_unit_test(a_full_queue_of_keys_drops_the_oldest),
		cmocka_unit_test(rfc3389_4_a_pause_is_left_out_and_filled_with_its_noise),
		cmocka_unit_test(rfc3389_codecs_that_fill_pauses_by_themselves_send_no_noise),
		cmocka_unit_test(what_is_no_packet_of_ours_is_counted),
		cmocka_unit_test(any_payload_in_any_state_is_survived),
		cmocka_unit_test(rfc3550_8_a_new_ssrc_is_played_on),
		cmocka_unit_test(rfc6716_2_1_7_a_single_lost_packet_is_heard_from_the_next_one),
		cmocka_unit_test(rfc6716_2_1_7_of_two_lost_packets_the_second_is_heard),
		cmocka_unit_test(without_redundancy_a_lost_packet_is_concealed),
		cmocka_unit_test(a_pause_that_opus_leaves_out_is_not_concealed),
		cmocka_unit_test(a_sink_that_slept_an_hour_catches_up_5_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
