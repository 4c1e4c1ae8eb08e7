#include "media/session.h"

#include "rtp/rtp.h"
#include "rtp/telephone_event.h"
#include "test.h"

#include "media_pair.h"

static media_pair p;
static uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
static ahoy_rtp packet;

/* The next packet that is due at p.now; false: none. */
static bool pop(void)
{
	size_t len = ahoy_audio_pop_rtp(p.a, p.now, bytes, sizeof bytes);

	if (len)
		assert_ok(ahoy_rtp_decode(bytes, len, &packet));
	return len != 0;
}

static void rfc3551_4_1_packets_leave_every_20_ms_and_the_first_is_marked(void **state)
{
	uint32_t timestamp;
	uint16_t seq;

	(void)state;
	media_pair_init(&p);
	assert_true(pop());
	assert_true(packet.marker);
	assert_int_equal(packet.payload_type, 8);
	assert_int_equal(packet.payload.len, 160);
	timestamp = packet.timestamp;
	seq = packet.seq;
	for (unsigned n = 1; n < 200; n++) {
		assert_false(pop());
		assert_true(ahoy_audio_deadline(p.a) <= p.now + AHOY_MS(20));
		p.now += AHOY_MS(20);
		assert_true(pop());
		assert_false(packet.marker);
		assert_int_equal(packet.seq, (uint16_t)(seq + n));
		assert_int_equal(packet.timestamp, timestamp + 160 * n);
	}
	media_pair_fini(&p);
}

static void what_waits_is_sent_in_order_and_then_silence(void **state)
{
	int16_t pcm[1000];

	(void)state;
	media_pair_init(&p);
	for (int i = 0; i < 1000; i++)
		pcm[i] = 8000;
	assert_int_equal(ahoy_audio_room(p.a), 640);
	assert_int_equal(ahoy_audio_put_pcm(p.a, pcm, 1000), 640);
	assert_int_equal(ahoy_audio_room(p.a), 0);
	assert_int_equal(ahoy_audio_put_pcm(p.a, pcm, 1), 0);
	for (int n = 0; n < 6; n++, p.now += AHOY_MS(20)) {
		assert_true(pop());
		assert_int_equal((uint8_t)packet.payload.ptr[159] == 0xd5, n >= 4);
		assert_int_equal(ahoy_audio_queued(p.a), n < 4 ? 640 - 160 * (n + 1) : 0);
	}
	media_pair_fini(&p);
}

static void a_driver_that_slept_sends_no_flood_and_keeps_the_timestamp_true(void **state)
{
	uint32_t timestamp;
	unsigned count = 0;

	(void)state;
	media_pair_init(&p);
	assert_true(pop());
	timestamp = packet.timestamp;
	p.now += AHOY_MS(100);
	while (pop())
		count++;
	assert_int_equal(count, 5);
	p.now += AHOY_SECONDS(10);
	count = 0;
	while (pop())
		count++;
	assert_int_equal(count, 1);
	assert_in_range(packet.timestamp - timestamp, 80000 + 640, 80000 + 960);
	media_pair_fini(&p);
}

static void rfc4733_2_5_1_keys_are_sent_with_pauses_between_them(void **state)
{
	ahoy_time first_of[2] = {0}, last_of[2] = {0};
	unsigned ends[2] = {0}, markers = 0, audio_after = 0;
	uint32_t timestamps[2] = {0};

	(void)state;
	media_pair_init(&p);
	assert_ok(ahoy_audio_send_dtmf(p.a, AHOY_S("1#"), 100));
	assert_false(ahoy_audio_dtmf_done(p.a));
	for (int i = 0; i < 100; i++, p.now += AHOY_MS(10))
		while (pop()) {
			ahoy_telephone_event e;
			unsigned key;

			if (packet.payload_type == 8) {
				audio_after += ahoy_audio_dtmf_done(p.a);
				continue;
			}
			assert_int_equal(packet.payload_type, 101);
			assert_ok(ahoy_telephone_event_decode(packet.payload.ptr, packet.payload.len, &e));
			key = e.event == 11;
			assert_true(key || e.event == 1);
			first_of[key] = first_of[key] ? first_of[key] : p.now;
			last_of[key] = p.now;
			timestamps[key] = packet.timestamp;
			ends[key] += e.end;
			markers += packet.marker;
			if (e.end)
				assert_int_equal(e.duration, 800);
		}
	assert_int_equal(ends[0], 3);
	assert_int_equal(ends[1], 3);
	assert_int_equal(markers, 2);
	assert_true(first_of[1] >= last_of[0] + AHOY_MS(100));
	/* The second key's timestamp is where the clock is then (RFC 4733 2.5.1.2). */
	assert_int_equal(timestamps[1] - timestamps[0], (first_of[1] - first_of[0]) / 125);
	assert_true(ahoy_audio_dtmf_done(p.a));
	assert_true(audio_after > 10);
	media_pair_fini(&p);
}

static void a_comma_is_a_second_of_pause(void **state)
{
	ahoy_time begun = 0;

	(void)state;
	media_pair_init(&p);
	assert_ok(ahoy_audio_send_dtmf(p.a, AHOY_S(",5"), 100));
	for (int i = 0; i < 200 && !begun; i++, p.now += AHOY_MS(10))
		while (pop())
			if (packet.payload_type == 101 && !begun)
				begun = p.now;
	assert_in_range(begun - AHOY_SECONDS(1000), AHOY_MS(1000), AHOY_MS(1020));
	media_pair_fini(&p);
}

static void dtmf_that_cannot_be_sent_is_refused_whole(void **state)
{
	ahoy_audio_config config = media_pair_config();
	char many[AHOY_MAX_DTMF_QUEUE + 1];

	(void)state;
	media_pair_init(&p);
	memset(many, '1', sizeof many);
	assert_err(ahoy_audio_send_dtmf(p.a, AHOY_S("12x"), 100), AHOY_EINVAL);
	assert_err(ahoy_audio_send_dtmf(p.a, AHOY_S("1"), 10), AHOY_EINVAL);
	assert_err(ahoy_audio_send_dtmf(p.a, ahoy_slice_make(many, sizeof many), 100), AHOY_EFULL);
	assert_true(ahoy_audio_dtmf_done(p.a));
	assert_ok(ahoy_audio_send_dtmf(p.a, ahoy_slice_make(many, sizeof many - 1), 100));
	assert_err(ahoy_audio_send_dtmf(p.a, AHOY_S("1"), 100), AHOY_EFULL);
	config.event_send = -1;
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	assert_err(ahoy_audio_send_dtmf(p.a, AHOY_S("1"), 100), AHOY_EUNSUPPORTED);
	assert_true(ahoy_audio_dtmf_done(p.a));
	media_pair_fini(&p);
}

/* Over each codec a key survives, 160 ms long, and what was to be said meanwhile waits. */
static void keys_may_be_said_to_a_peer_that_has_no_events(void **state)
{
	static const ahoy_codec *const codecs[] = {&ahoy_codec_pcmu, &ahoy_codec_pcma, &ahoy_codec_gsm, &ahoy_codec_g722};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
		ahoy_audio_config config = media_pair_config();
		ahoy_audio_dtmf key;
		char heard[8] = "";
		size_t count = 0;

		config.codecs[0] = (ahoy_audio_codec){codecs[i], 9, 9};
		config.codec_count = 1;
		config.event_send = config.event_recv = -1;
		config.say_keys = config.hear_keys = true;
		media_pair_init(&p);
		assert_ok(ahoy_audio_configure(p.a, &config, p.now));
		assert_ok(ahoy_audio_configure(p.b, &config, p.now));
		p.tone_on = false;
		media_pair_run(&p, 500);
		assert_ok(ahoy_audio_send_dtmf(p.a, AHOY_S("15,#"), 160));
		assert_false(ahoy_audio_dtmf_done(p.a));
		media_pair_run(&p, 2500);
		assert_true(ahoy_audio_dtmf_done(p.a));
		while (ahoy_audio_pop_dtmf(p.b, p.now, &key)) {
			assert_true(count < sizeof heard - 1);
			heard[count++] = key.digit;
			assert_in_range(key.duration_ms, 120, 190);
		}
		assert_string_equal(heard, "15#");
		media_pair_fini(&p);
	}
}

static void with_events_no_key_is_heard_in_the_sound(void **state)
{
	ahoy_audio_config config = media_pair_config(), says = config;
	ahoy_audio_dtmf key;

	(void)state;
	media_pair_init(&p);
	p.tone_on = false;
	config.hear_keys = true;
	says.say_keys = true;
	assert_ok(ahoy_audio_configure(p.a, &says, p.now));
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	assert_ok(ahoy_audio_send_dtmf(p.a, AHOY_S("12"), 160));
	media_pair_run(&p, 1000);
	assert_false(ahoy_audio_pop_dtmf(p.b, p.now, &key));
	/* Then they are gone, and come back. */
	config.event_recv = config.event_send = -1;
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	assert_ok(ahoy_audio_send_dtmf(p.a, AHOY_S("3"), 160));
	media_pair_run(&p, 1000);
	assert_true(ahoy_audio_pop_dtmf(p.b, p.now, &key));
	assert_int_equal(key.digit, '3');
	config.event_recv = config.event_send = 101;
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	assert_ok(ahoy_audio_send_dtmf(p.a, AHOY_S("4"), 160));
	media_pair_run(&p, 1000);
	assert_false(ahoy_audio_pop_dtmf(p.b, p.now, &key));
	media_pair_fini(&p);
}

static void a_buffer_too_small_ends_the_loop(void **state)
{
	(void)state;
	media_pair_init(&p);
	p.now += AHOY_MS(100);
	assert_int_equal(ahoy_audio_pop_rtp(p.a, p.now, bytes, 20), 0);
	media_pair_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3551_4_1_packets_leave_every_20_ms_and_the_first_is_marked),
		cmocka_unit_test(what_waits_is_sent_in_order_and_then_silence),
		cmocka_unit_test(a_driver_that_slept_sends_no_flood_and_keeps_the_timestamp_true),
		cmocka_unit_test(rfc4733_2_5_1_keys_are_sent_with_pauses_between_them),
		cmocka_unit_test(a_comma_is_a_second_of_pause),
		cmocka_unit_test(dtmf_that_cannot_be_sent_is_refused_whole),
		cmocka_unit_test(keys_may_be_said_to_a_peer_that_has_no_events),
		cmocka_unit_test(with_events_no_key_is_heard_in_the_sound),
		cmocka_unit_test(a_buffer_too_small_ends_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
