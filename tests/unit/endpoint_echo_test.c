/* What is promised of the echo:
 *  1. silence until the peer acknowledges, then two rising beeps, then all that is heard
 *  2. it is the same sound: tone, level, silence; and it is soon
 *  3. a late driver, a key, a hold make it no later for the rest of the call
 *  4. keys come back as the same keys; # ends it
 *  5. reports go out, and the last one says BYE */
#include "endpoint/echo.h"

#include <math.h>

#include "oom.h"
#include "rtp/rtcp.h"
#include "rtp/rtp.h"
#include "test.h"

#define SECONDS 12
#define RATE 8000
/* The jitter buffer of a good path, up to the next packet to be sent, and the step of this test's clock. */
#define LONGEST_DELAY_MS (60 + 20 + 1)

static struct {
	test_env te;
	ahoy_time now;
	ahoy_echo echo;
	ahoy_audio *phone; /* who calls */
	ahoy_tone tone;
	bool talks;
	int16_t said[SECONDS * RATE], heard[SECONDS * RATE];
	size_t said_len, heard_len;
	unsigned reports;
	bool loud;		 /* a packet of the echo's that held sound left */
	unsigned echo_sleeps_ms; /* the echo's driver does not come for so long */
} w;

static ahoy_audio_config config_of(const ahoy_codec *codec, uint8_t payload)
{
	return (ahoy_audio_config){.codecs = {{codec, payload, payload}},
				   .codec_count = 1,
				   .event_send = 101,
				   .event_recv = 101,
				   .ptime_ms = 20,
				   .send = true,
				   .recv = true};
}

static void begin(void)
{
	ahoy_audio_config config = config_of(&ahoy_codec_pcma, 8);

	memset(&w, 0, sizeof w);
	test_env_init(&w.te, 5);
	w.now = AHOY_SECONDS(1000);
	ahoy_echo_init(&w.echo, &w.te.env);
	assert_int_equal(ahoy_echo_deadline(&w.echo), AHOY_NEVER);
	assert_ok(ahoy_echo_configure(&w.echo, &config, w.now));
	/* Not in step with the echo's clock. */
	assert_ok(ahoy_audio_new(&w.te.env, &config, AHOY_S("phone"), w.now + AHOY_MS(7), &w.phone));
	ahoy_tone_init(&w.tone, RATE, 1000, 0, -12);
}

static void end(void)
{
	ahoy_echo_fini(&w.echo);
	ahoy_audio_del(w.phone);
	test_env_fini(&w.te);
}

/* The phone's microphone: a tone or silence, without a gap. */
static void speak(void)
{
	int16_t pcm[160] = {0};

	while (ahoy_audio_queued(w.phone) < 160) {
		if (w.talks)
			ahoy_tone_fill(&w.tone, pcm, 160);
		else
			memset(pcm, 0, sizeof pcm);
		ahoy_audio_put_pcm(w.phone, pcm, 160);
	}
}

/* A-law's silence alternates between these two at the most. */
static bool is_loud(const uint8_t *bytes, size_t len)
{
	ahoy_rtp packet;

	assert_ok(ahoy_rtp_decode(bytes, len, &packet));
	if (packet.payload_type != 8)
		return false;
	for (size_t i = 0; i < packet.payload.len; i++)
		if (((uint8_t)packet.payload.ptr[i] | 0x80) != 0xd5)
			return true;
	return false;
}

static void echo_turn(void)
{
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	bool is_rtcp;
	size_t len;

	while ((len = ahoy_echo_pop(&w.echo, w.now, &is_rtcp, bytes, sizeof bytes)) > 0) {
		if (is_rtcp)
			ahoy_audio_recv_rtcp(w.phone, w.now, bytes, len);
		else
			ahoy_audio_recv_rtp(w.phone, w.now, bytes, len);
		w.loud = w.loud || (!is_rtcp && is_loud(bytes, len));
		w.reports += is_rtcp;
	}
}

static void phone_turn(void)
{
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	size_t len;

	speak();
	while ((len = ahoy_audio_pop_rtp(w.phone, w.now, bytes, sizeof bytes)) > 0) {
		ahoy_echo_recv(&w.echo, w.now, false, bytes, len);
		speak();
	}
	while ((len = ahoy_audio_pop_rtcp(w.phone, w.now, bytes, sizeof bytes)) > 0)
		ahoy_echo_recv(&w.echo, w.now, true, bytes, len);
	while ((len = ahoy_audio_take_pcm(w.phone, w.now, pcm, AHOY_AUDIO_MAX_FRAME)) > 0) {
		assert_true(w.heard_len + len <= ARRAY_LEN(w.heard));
		memcpy(w.heard + w.heard_len, pcm, len * sizeof pcm[0]);
		w.heard_len += len;
	}
}

static void run(unsigned ms)
{
	for (unsigned i = 0; i < ms; i++, w.now += AHOY_MS(1)) {
		if (w.echo_sleeps_ms)
			w.echo_sleeps_ms--;
		else if (ahoy_echo_deadline(&w.echo) <= w.now)
			echo_turn();
		phone_turn();
	}
}

/* Power of one frequency (Goertzel) against all power of these samples. */
static double share(const int16_t *pcm, size_t samples, double hz)
{
	double coefficient = 2 * cos(2 * M_PI * hz / RATE), s1 = 0, s2 = 0, energy = 0;

	for (size_t i = 0; i < samples; i++) {
		double s0 = pcm[i] + coefficient * s1 - s2;

		s2 = s1;
		s1 = s0;
		energy += (double)pcm[i] * pcm[i];
	}
	return energy > 0 ? 2 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2) / ((double)samples * energy) : 0;
}

static double level_dbov(const int16_t *pcm, size_t samples)
{
	double energy = 0;

	for (size_t i = 0; i < samples; i++)
		energy += (double)pcm[i] * pcm[i];
	return energy > 0 ? 10 * log10(energy / (double)samples / (32768.0 * 32768.0)) : -127;
}

/* The first 10 ms of what was heard, from `from` on, that are above -60 dBov; the length where none is. */
static size_t first_sound(size_t from)
{
	while (from + 80 <= w.heard_len && level_dbov(w.heard + from, 80) < -60)
		from += 80;
	return from;
}

/* How long after the first packet of a tone came the first one of its echo leaves, in milliseconds. */
static unsigned delay_ms(void)
{
	ahoy_time spoke;

	while (ahoy_audio_deadline(w.phone) > w.now)
		run(1);
	w.talks = true;
	w.loud = false;
	/* The one in hand is still silent. */
	run(20);
	for (spoke = w.now; !w.loud && w.now < spoke + AHOY_SECONDS(2);)
		run(1);
	w.talks = false;
	return (unsigned)((w.now - spoke) / 1000);
}

static void nothing_is_heard_before_the_peer_acknowledges(void **state)
{
	(void)state;
	begin();
	w.talks = true;
	run(1000);
	assert_true(w.heard_len > 6000);
	assert_int_equal(first_sound(0) / 80, w.heard_len / 80);
	end();
}

static void two_rising_beeps_say_that_it_is_up(void **state)
{
	size_t at;

	(void)state;
	begin();
	run(300);
	ahoy_echo_start(&w.echo);
	ahoy_echo_start(&w.echo);
	run(1000);
	at = first_sound(0);
	assert_true(share(w.heard + at + 80, 800, 500) > 0.95);
	assert_true(fabs(level_dbov(w.heard + at + 80, 800) - -20) < 0.5);
	assert_true(level_dbov(w.heard + at + 120 * 8 + 160, 160) < -60);
	at += 180 * 8;
	assert_true(share(w.heard + at + 160, 1000, 750) > 0.95);
	at += 160 * 8 + 160;
	assert_true(w.heard_len > at + 2000);
	assert_true(first_sound(at) + 80 > w.heard_len);
	end();
}

static void the_same_sound_at_the_same_level_comes_back_soon(void **state)
{
	size_t at;

	(void)state;
	begin();
	ahoy_echo_start(&w.echo);
	run(1000);
	assert_in_range(delay_ms(), 1, LONGEST_DELAY_MS);
	w.talks = true;
	run(1000);
	at = w.heard_len;
	run(2000);
	assert_true(share(w.heard + at, w.heard_len - at, 1000) > 0.98);
	assert_true(fabs(level_dbov(w.heard + at, w.heard_len - at) - -12) < 0.3);
	for (size_t i = at; i + 80 <= w.heard_len; i += 80)
		assert_true(level_dbov(w.heard + i, 80) > -15);
	end();
}

static void silence_comes_back_as_silence(void **state)
{
	size_t at;

	(void)state;
	begin();
	ahoy_echo_start(&w.echo);
	run(1000);
	w.talks = true;
	run(500);
	w.talks = false;
	run(500);
	at = w.heard_len;
	run(1000);
	/* A-law has no zero: what stands next to it is -8. */
	for (size_t i = at; i < w.heard_len; i++)
		assert_in_range(w.heard[i] + 8, 0, 16);
	end();
}

/* It may lose sound, not time. */
static void nothing_makes_it_late_for_the_rest_of_the_call(void **state)
{
	static const char *const rows[] = {"a late driver", "a driver that slept", "a key", "a hold"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_audio_config config = config_of(&ahoy_codec_pcma, 8);

		begin();
		ahoy_echo_start(&w.echo);
		run(1500);
		if (i < 2) {
			w.echo_sleeps_ms = i == 0 ? 90 : 700;
		} else if (i == 2) {
			assert_ok(ahoy_audio_send_dtmf(w.phone, AHOY_S("5"), 400));
		} else {
			config.send = false;
			assert_ok(ahoy_echo_configure(&w.echo, &config, w.now));
			run(500);
			config.send = true;
			assert_ok(ahoy_echo_configure(&w.echo, &config, w.now));
		}
		run(3000);
		assert_row(delay_ms() <= LONGEST_DELAY_MS, rows[i]);
		end();
	}
}

static void a_late_driver_loses_nothing_within_its_patience(void **state)
{
	size_t at;

	(void)state;
	begin();
	ahoy_echo_start(&w.echo);
	run(1000);
	w.talks = true;
	run(1000);
	at = w.heard_len;
	for (int i = 0; i < 20; i++) {
		w.echo_sleeps_ms = 45;
		run(100);
	}
	for (size_t i = at; i + 80 <= w.heard_len; i += 80)
		assert_true(level_dbov(w.heard + i, 80) > -15);
	end();
}

static void rfc4733_each_key_comes_back_and_hash_ends_it(void **state)
{
	static const char keys[] = "0123456789*ABCD";
	ahoy_audio_dtmf key;
	char got[32] = "";
	size_t count = 0;

	(void)state;
	begin();
	ahoy_echo_start(&w.echo);
	run(1000);
	assert_ok(ahoy_audio_send_dtmf(w.phone, AHOY_S("0123456789*ABCD"), 160));
	run(6000);
	while (ahoy_audio_pop_dtmf(w.phone, w.now, &key) && count < sizeof got - 1) {
		got[count++] = key.digit;
		assert_in_range(key.duration_ms, 110, 220);
	}
	assert_string_equal(got, keys);
	assert_false(w.echo.over);
	assert_ok(ahoy_audio_send_dtmf(w.phone, AHOY_S("#"), 160));
	run(1000);
	assert_true(w.echo.over);
	assert_int_equal(ahoy_echo_deadline(&w.echo), AHOY_NEVER);
	assert_false(ahoy_audio_pop_dtmf(w.phone, w.now, &key));
	end();
}

static void who_takes_no_keys_is_sent_none(void **state)
{
	ahoy_audio_config config = config_of(&ahoy_codec_pcma, 8);
	ahoy_audio_dtmf key;

	(void)state;
	begin();
	config.event_send = -1;
	assert_ok(ahoy_echo_configure(&w.echo, &config, w.now));
	ahoy_echo_start(&w.echo);
	run(500);
	assert_ok(ahoy_audio_send_dtmf(w.phone, AHOY_S("5"), 160));
	run(1500);
	assert_false(ahoy_audio_pop_dtmf(w.phone, w.now, &key));
	end();
}

static void rfc3550_6_3_7_reports_go_out_and_the_last_says_bye(void **state)
{
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	ahoy_audio_stats stats;
	ahoy_rtcp rtcp;
	size_t len;

	(void)state;
	begin();
	assert_int_equal(ahoy_echo_bye(&(ahoy_echo){0}, w.now, bytes, sizeof bytes), 0);
	ahoy_echo_start(&w.echo);
	run(11000);
	assert_in_range(w.reports, 1, 5);
	ahoy_audio_get_stats(w.phone, &stats);
	assert_true(stats.has_remote);
	assert_int_equal(stats.remote_lost, 0);
	len = ahoy_echo_bye(&w.echo, w.now, bytes, sizeof bytes);
	assert_ok(ahoy_rtcp_decode(bytes, len, &rtcp));
	assert_true(rtcp.has_bye);
	assert_true(rtcp.has_report);
	/* RFC 7022 4.2: 64 random bits. */
	assert_int_equal(rtcp.cname.len, 16);
	end();
}

static void another_codec_in_the_call_is_followed(void **state)
{
	ahoy_audio_config config = config_of(&ahoy_codec_pcmu, 0);
	size_t at;

	(void)state;
	begin();
	ahoy_echo_start(&w.echo);
	run(200);
	assert_ok(ahoy_echo_configure(&w.echo, &config, w.now));
	assert_ok(ahoy_audio_configure(w.phone, &config, w.now));
	run(1000);
	w.talks = true;
	run(1000);
	at = w.heard_len;
	run(1000);
	assert_true(share(w.heard + at, w.heard_len - at, 1000) > 0.98);
	config.codec_count = 0;
	assert_err(ahoy_echo_configure(&w.echo, &config, w.now), AHOY_EINVAL);
	run(100);
	end();
}

static void without_memory_there_is_none(void **state)
{
	static test_env te;
	ahoy_audio_config config = config_of(&ahoy_codec_pcma, 8);

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_echo echo;
		uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
		bool is_rtcp;
		int err;

		ahoy_echo_init(&echo, &te.env);
		err = ahoy_echo_configure(&echo, &config, AHOY_SECONDS(1));
		assert_int_equal(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_echo_start(&echo);
		ahoy_echo_recv(&echo, AHOY_SECONDS(1), false, bytes, 0);
		assert_int_equal(ahoy_echo_pop(&echo, AHOY_SECONDS(1), &is_rtcp, bytes, sizeof bytes) > 0, err == 0);
		ahoy_echo_fini(&echo);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_heard_before_the_peer_acknowledges),
		cmocka_unit_test(two_rising_beeps_say_that_it_is_up),
		cmocka_unit_test(the_same_sound_at_the_same_level_comes_back_soon),
		cmocka_unit_test(silence_comes_back_as_silence),
		cmocka_unit_test(nothing_makes_it_late_for_the_rest_of_the_call),
		cmocka_unit_test(a_late_driver_loses_nothing_within_its_patience),
		cmocka_unit_test(rfc4733_each_key_comes_back_and_hash_ends_it),
		cmocka_unit_test(who_takes_no_keys_is_sent_none),
		cmocka_unit_test(rfc3550_6_3_7_reports_go_out_and_the_last_says_bye),
		cmocka_unit_test(another_codec_in_the_call_is_followed),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
