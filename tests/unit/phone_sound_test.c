/* phone/sound: two ends joined by a wire in virtual time: what one plays the other records, in real time, whole, with
 * gaps as silence. */
#include "phone/sound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"
#include "test_env.h"

#define RATE 8000
#define TONE_HZ 1000.0

static const double pi = 3.14159265358979323846;
static char folder[64];

typedef struct side {
	ahoy_sound *sound;
	struct side *peer;
	ahoy_time *now;
	unsigned sent, rtcp_sent;
	size_t samples_heard;
	bool mute; /* the wire is cut */
	char keys[80];
	char infos[512];
} side;

static void send_packet(void *ctx, bool is_rtcp, const void *bytes, size_t len)
{
	side *s = ctx;

	if (is_rtcp)
		s->rtcp_sent++;
	else
		s->sent++;
	if (!s->mute && s->peer)
		ahoy_sound_recv(s->peer->sound, *s->now, is_rtcp, bytes, len);
}

static void heard_key(void *ctx, char digit, unsigned duration_ms)
{
	side *s = ctx;
	size_t len = strlen(s->keys);

	assert_true(duration_ms >= 40);
	assert_true(len + 1 < sizeof s->keys);
	s->keys[len] = digit;
}

static bool send_info(void *ctx, ahoy_slice body)
{
	side *s = ctx;

	snprintf(s->infos + strlen(s->infos), sizeof s->infos - strlen(s->infos), "%.*s|", AHOY_P(body));
	return true;
}

static void heard_pcm(void *ctx, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz)
{
	side *s = ctx;

	assert_non_null(pcm);
	assert_int_equal(sample_rate_hz, 8000);
	s->samples_heard += samples;
}

static const char *in_folder(const char *name)
{
	static char paths[4][128];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ahoy-sound-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(in_folder("tone.wav"));
	unlink(in_folder("heard.wav"));
	return rmdir(folder);
}

static void make_tone(const char *path, size_t samples)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_wav_out *out;

	assert_ok(ahoy_wav_create(path, RATE, &out, &why));
	for (size_t i = 0; i < samples; i++) {
		int16_t pcm = (int16_t)lrint(8000 * sin(2 * pi * TONE_HZ * (double)i / RATE));

		assert_ok(ahoy_wav_write(out, &pcm, 1, RATE));
	}
	assert_ok(ahoy_wav_finish(out));
}

/* Reads the whole recording; returns its samples. */
static size_t read_all(const char *path, int16_t *pcm, size_t cap)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_wav_in *in;
	size_t got;

	assert_ok(ahoy_wav_open(path, &in, &why));
	assert_ok(ahoy_wav_start(in, RATE));
	got = ahoy_wav_read(in, pcm, cap);
	ahoy_wav_close(in);
	return got;
}

static size_t loud_samples(const int16_t *pcm, size_t count)
{
	size_t loud = 0;

	/* In steps of a period of the tone, whose samples at its zeros are no silence. */
	for (size_t i = 0; i + 8 <= count; i += 8)
		for (size_t k = 0; k < 8; k++)
			if (pcm[i + k] > 3000) {
				loud += 8;
				break;
			}
	return loud;
}

static const ahoy_audio_config agreed = {
	.codecs = {{&ahoy_codec_pcma, 8, 8}},
	.codec_count = 1,
	.event_send = 101,
	.event_recv = 101,
	.ptime_ms = 20,
	.send = true,
	.recv = true,
};

static void open_side(side *s, const ahoy_env *env, ahoy_sound_config config)
{
	config.env = env;
	config.cname = AHOY_S("test");
	config.ctx = s;
	config.send_packet = send_packet;
	config.heard_key = heard_key;
	config.heard_pcm = heard_pcm;
	config.send_info = send_info;
	assert_ok(ahoy_sound_new(&config, &s->sound));
}

static void answered(side *s, ahoy_time now)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);

	assert_ok(ahoy_sound_configure(s->sound, &agreed, now));
	assert_ok(ahoy_sound_answered(s->sound, now, &why));
}

/* Runs both ends by their deadlines until `until`, or until a is done. */
static void run(side *a, side *b, ahoy_time *now, ahoy_time until, bool stop_when_done)
{
	while (*now < until && !(stop_when_done && ahoy_sound_done(a->sound))) {
		ahoy_time at = ahoy_sound_deadline(a->sound), other = ahoy_sound_deadline(b->sound);

		at = at < other ? at : other;
		assert_true(at != AHOY_NEVER);
		*now = at < *now ? *now : at > until ? until
						     : at;
		ahoy_sound_turn(a->sound, *now);
		ahoy_sound_turn(b->sound, *now);
		/* A deadline that is not in the future after a turn would be a loop without end. */
		assert_true(ahoy_sound_deadline(a->sound) > *now && ahoy_sound_deadline(b->sound) > *now);
	}
}

typedef struct {
	test_env te;
	ahoy_time now;
	side a, b;
	ahoy_wav_in *play;
} fixture;

static void begin(fixture *f, ahoy_sound_config a, ahoy_sound_config b)
{
	memset(f, 0, sizeof *f);
	test_env_init(&f->te, 7);
	f->now = AHOY_SECONDS(1000);
	f->a = (side){.peer = &f->b, .now = &f->now};
	f->b = (side){.peer = &f->a, .now = &f->now};
	open_side(&f->a, &f->te.env, a);
	open_side(&f->b, &f->te.env, b);
	answered(&f->a, f->now);
	answered(&f->b, f->now);
}

static void finish(fixture *f)
{
	ahoy_sound_del(f->a.sound);
	ahoy_sound_del(f->b.sound);
	ahoy_wav_close(f->play);
	test_env_fini(&f->te);
}

static ahoy_wav_in *open_tone(size_t samples)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_wav_in *in;

	make_tone(in_folder("tone.wav"), samples);
	assert_ok(ahoy_wav_open(in_folder("tone.wav"), &in, &why));
	return in;
}

static void a_file_is_played_in_real_time_and_recorded_whole(void **state)
{
	static int16_t pcm[RATE * 5];
	ahoy_wav_in *play = open_tone(RATE * 2);
	ahoy_time start;
	size_t got;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){.play = play}, (ahoy_sound_config){.record = in_folder("heard.wav")});
	f.play = play;
	start = f.now;
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(10), true);
	assert_in_range(f.now - start, AHOY_MS(1960), AHOY_MS(2040));
	/* Nothing waits: the far end's buffer is played out by its end. */
	assert_ok(ahoy_sound_end(f.a.sound, f.now));
	assert_ok(ahoy_sound_end(f.b.sound, f.now));
	got = read_all(in_folder("heard.wav"), pcm, RATE * 5);
	assert_in_range(got, RATE * 1.96, RATE * 2.1);
	/* Who listens hears what is recorded, but for the silence before the first packet. */
	assert_in_range(f.b.samples_heard, got - RATE / 10, got);
	/* No sample of the tone is lost, at its beginning or at its end. */
	assert_in_range(loud_samples(pcm, got), RATE * 2 - 16, RATE * 2 + 16);
	finish(&f);
}

static void the_recording_is_as_long_as_the_call_whoever_is_silent_when(void **state)
{
	static int16_t pcm[RATE * 8];
	ahoy_time start;
	size_t got;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){0}, (ahoy_sound_config){.record = in_folder("heard.wav")});
	start = f.now;
	f.a.mute = true;
	run(&f.a, &f.b, &f.now, start + AHOY_MS(1500), false);
	f.a.mute = false;
	run(&f.a, &f.b, &f.now, start + AHOY_MS(3000), false);
	f.a.mute = true;
	run(&f.a, &f.b, &f.now, start + AHOY_MS(5000), false);
	assert_ok(ahoy_sound_end(f.b.sound, f.now));
	got = read_all(in_folder("heard.wav"), pcm, RATE * 8);
	assert_in_range(got, RATE * 4.9, RATE * 5.1);
	finish(&f);
}

static void a_call_in_which_nothing_came_is_recorded_as_silence(void **state)
{
	static int16_t pcm[RATE * 4];
	ahoy_time start;
	size_t got;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){0}, (ahoy_sound_config){.record = in_folder("heard.wav")});
	start = f.now;
	f.a.mute = true;
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(3), false);
	assert_ok(ahoy_sound_end(f.b.sound, f.now));
	got = read_all(in_folder("heard.wav"), pcm, RATE * 4);
	assert_in_range(got, RATE * 2.99, RATE * 3.01);
	assert_int_equal(loud_samples(pcm, got), 0);
	finish(&f);
}

static void keys_follow_the_file_and_all_of_them_arrive(void **state)
{
	static const char keys[] = "0123456789*#ABCD11223344556677889900,9";
	ahoy_wav_in *play = open_tone(RATE / 4);
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){.play = play, .dtmf = keys}, (ahoy_sound_config){0});
	f.play = play;
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(60), true);
	assert_true(ahoy_sound_done(f.a.sound));
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(1), false);
	assert_string_equal(f.b.keys, "0123456789*#ABCD112233445566778899009");
	finish(&f);
}

static void an_echo_sends_back_what_it_hears(void **state)
{
	ahoy_wav_in *play = open_tone(RATE);
	ahoy_audio_stats stats;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){.play = play}, (ahoy_sound_config){.echo = true});
	f.play = play;
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(2), false);
	assert_true(ahoy_sound_stats(f.a.sound, &stats));
	assert_true(stats.above_60_s > 0.95 && stats.above_60_s < 1.1);
	assert_int_equal(stats.lost, 0);
	assert_false(ahoy_sound_done(f.b.sound));
	finish(&f);
}

static void a_file_waits_while_we_are_held(void **state)
{
	ahoy_audio_config held = agreed;
	ahoy_wav_in *play = open_tone(RATE);
	ahoy_time start;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){.play = play}, (ahoy_sound_config){0});
	f.play = play;
	held.send = false;
	start = f.now;
	run(&f.a, &f.b, &f.now, start + AHOY_MS(500), false);
	assert_ok(ahoy_sound_configure(f.a.sound, &held, f.now));
	run(&f.a, &f.b, &f.now, start + AHOY_MS(2500), true);
	assert_false(ahoy_sound_done(f.a.sound));
	assert_ok(ahoy_sound_configure(f.a.sound, &agreed, f.now));
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(9), true);
	assert_in_range(f.now - start, AHOY_MS(2900), AHOY_MS(3100));
	finish(&f);
}

static void keys_for_a_peer_without_telephone_event_are_refused_with_a_line(void **state)
{
	ahoy_audio_config config = agreed;
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	test_env te;
	side s = {0};

	(void)state;
	test_env_init(&te, 1);
	config.event_send = config.event_recv = -1;
	open_side(&s, &te.env, (ahoy_sound_config){.dtmf = "1", .dtmf_by = AHOY_KEYS_BY_RTP});
	assert_ok(ahoy_sound_configure(s.sound, &config, 1000));
	assert_err(ahoy_sound_answered(s.sound, 1000, &why), AHOY_EUNSUPPORTED);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "telephone-event"));
	ahoy_sound_del(s.sound);
	test_env_fini(&te);
}

/* Both ends without telephone-events. */
static void begin_without_events(fixture *f, ahoy_sound_config a)
{
	ahoy_audio_config config = agreed;

	begin(f, a, (ahoy_sound_config){0});
	config.event_send = config.event_recv = -1;
	assert_ok(ahoy_sound_configure(f->a.sound, &config, f->now));
	assert_ok(ahoy_sound_configure(f->b.sound, &config, f->now));
}

static void q23_keys_go_as_tones_where_nothing_else_is_taken(void **state)
{
	static const char keys[] = "0123456789*#ABCD";
	fixture f;

	(void)state;
	begin_without_events(&f, (ahoy_sound_config){.dtmf = keys});
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(20), true);
	assert_true(ahoy_sound_done(f.a.sound));
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(1), false);
	assert_string_equal(f.b.keys, keys);
	assert_string_equal(f.a.infos, "");
	/* The same by INFO is no second press; another is one. */
	assert_false(ahoy_sound_info_heard(f.b.sound, f.now, 'D'));
	assert_true(ahoy_sound_info_heard(f.b.sound, f.now, 'D'));
	finish(&f);
}

static void rfc6086_keys_go_by_info_each_after_the_answer_to_the_one_before(void **state)
{
	fixture f;

	(void)state;
	begin_without_events(&f, (ahoy_sound_config){.dtmf = "1#", .dtmf_by = AHOY_KEYS_BY_INFO});
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(2), true);
	assert_string_equal(f.a.infos, "Signal=1\r\nDuration=160\r\n|");
	assert_false(ahoy_sound_done(f.a.sound));
	assert_true(ahoy_sound_info_answered(f.a.sound, f.now, 200));
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(2), true);
	assert_string_equal(f.a.infos, "Signal=1\r\nDuration=160\r\n|Signal=#\r\nDuration=160\r\n|");
	assert_true(ahoy_sound_info_answered(f.a.sound, f.now, 200));
	assert_true(ahoy_sound_done(f.a.sound));
	assert_string_equal(f.b.keys, "");
	finish(&f);
}

static void keys_that_are_refused_by_info_go_as_tones_or_are_given_up(void **state)
{
	static const char with_info[] = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
					"To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nAllow: INVITE, INFO\r\n"
					"Content-Length: 0\r\n\r\n";
	static ahoy_msg msg;
	fixture f;

	(void)state;
	assert_ok(ahoy_msg_parse(ahoy_slice_of(with_info), &msg, NULL));
	for (int explicit = 0; explicit < 2; explicit ++) {
		begin_without_events(&f, (ahoy_sound_config){.dtmf = "19", .dtmf_by = explicit ? AHOY_KEYS_BY_INFO : AHOY_KEYS_AUTO});
		ahoy_sound_learn(f.a.sound, &msg);
		run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(1), false);
		assert_string_equal(f.a.infos, "Signal=1\r\nDuration=160\r\n|");
		assert_false(ahoy_sound_info_answered(f.a.sound, f.now, 415));
		run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(2), false);
		assert_string_equal(f.b.keys, explicit ? "" : "19");
		assert_true(ahoy_sound_done(f.a.sound));
		finish(&f);
	}
}

static void who_is_muted_sends_silence_while_the_file_goes_on(void **state)
{
	static int16_t pcm[RATE * 4];
	ahoy_wav_in *play = open_tone(RATE * 2);
	double heard, said;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){.play = play}, (ahoy_sound_config){.record = in_folder("heard.wav")});
	f.play = play;
	ahoy_sound_levels(f.a.sound, &heard, &said);
	assert_true(heard < -100 && said < -100);
	run(&f.a, &f.b, &f.now, f.now + AHOY_MS(500), false);
	ahoy_sound_levels(f.a.sound, &heard, &said);
	assert_true(heard < -60 && said > -20);
	ahoy_sound_levels(f.b.sound, &heard, &said);
	assert_true(heard > -20 && said < -60);
	ahoy_sound_mute(f.a.sound, true);
	run(&f.a, &f.b, &f.now, f.now + AHOY_MS(1000), false);
	ahoy_sound_levels(f.b.sound, &heard, &said);
	assert_true(heard < -60);
	ahoy_sound_mute(f.a.sound, false);
	run(&f.a, &f.b, &f.now, f.now + AHOY_MS(1500), false);
	assert_ok(ahoy_sound_end(f.b.sound, f.now));
	/* Two seconds of tone, of which one was not to be heard. */
	assert_in_range(loud_samples(pcm, read_all(in_folder("heard.wav"), pcm, RATE * 4)), RATE * 0.8, RATE * 1.2);
	finish(&f);
}

static void rfc3264_8_4_who_is_on_hold_hears_the_music_over_and_over_and_the_file_waits(void **state)
{
	static int16_t pcm[RATE * 6];
	ahoy_wav_in *music = open_tone(RATE / 4);
	size_t got;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){.hold_music = music}, (ahoy_sound_config){.record = in_folder("heard.wav")});
	f.play = music;
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(1), false);
	ahoy_sound_mute(f.a.sound, true);
	ahoy_sound_hold(f.a.sound, true);
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(2), false);
	ahoy_sound_mute(f.a.sound, false);
	ahoy_sound_hold(f.a.sound, false);
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(1), false);
	assert_ok(ahoy_sound_end(f.b.sound, f.now));
	got = read_all(in_folder("heard.wav"), pcm, RATE * 6);
	/* Eight times a quarter of a second, and what waited to be sent when it was taken back. */
	assert_in_range(loud_samples(pcm, got), RATE * 1.95, RATE * 2.15);
	finish(&f);
}

static void keys_of_a_person_are_sent_at_once_and_not_before_the_answer(void **state)
{
	side s = {0};
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){0}, (ahoy_sound_config){0});
	open_side(&s, &f.te.env, (ahoy_sound_config){0});
	assert_err(ahoy_sound_send_keys(s.sound, f.now, AHOY_S("1")), AHOY_ESTATE);
	ahoy_sound_del(s.sound);
	assert_err(ahoy_sound_send_keys(f.a.sound, f.now, AHOY_S("x")), AHOY_EINVAL);
	assert_ok(ahoy_sound_send_keys(f.a.sound, f.now, AHOY_S("1")));
	assert_ok(ahoy_sound_send_keys(f.a.sound, f.now, AHOY_S("2#")));
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(2), false);
	assert_string_equal(f.b.keys, "12#");
	finish(&f);
}

static void a_recording_that_cannot_be_made_is_said_at_the_answer(void **state)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	test_env te;
	side s = {0};

	(void)state;
	test_env_init(&te, 1);
	open_side(&s, &te.env, (ahoy_sound_config){.record = "/nonexistent/x.wav"});
	assert_ok(ahoy_sound_configure(s.sound, &agreed, 1000));
	assert_err(ahoy_sound_answered(s.sound, 1000, &why), AHOY_EIO);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "/nonexistent/x.wav"));
	assert_err(ahoy_sound_end(s.sound, 2000), AHOY_EIO);
	ahoy_sound_del(s.sound);
	test_env_fini(&te);
}

static void a_microphone_is_heard_after_the_file_and_stops_where_it_is_not_wanted(void **state)
{
	static int16_t pcm[RATE * 9];
	const ahoy_sound_device_config tone = {.microphone = "tone:1000,-12", .speaker = "null"};
	ahoy_audio_config held = agreed;
	ahoy_wav_in *play = open_tone(RATE);
	ahoy_sound_device *device;
	ahoy_time start;
	size_t got;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){.play = play, .dtmf = "5"}, (ahoy_sound_config){.record = in_folder("heard.wav")});
	f.play = play;
	assert_ok(ahoy_sound_device_new(&f.te.env, &tone, &device));
	ahoy_sound_attach(f.a.sound, device);
	start = f.now;
	/* A second of file, a key, then the microphone until 4 s; held until 5 s, muted until 6 s, the microphone until 7 s, then it
	 * is given away. */
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(4), false);
	held.send = false;
	assert_ok(ahoy_sound_configure(f.a.sound, &held, f.now));
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(5), false);
	assert_ok(ahoy_sound_configure(f.a.sound, &agreed, f.now));
	ahoy_sound_mute(f.a.sound, true);
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(6), false);
	ahoy_sound_mute(f.a.sound, false);
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(7), false);
	ahoy_sound_attach(f.a.sound, NULL);
	run(&f.a, &f.b, &f.now, start + AHOY_SECONDS(8), false);
	assert_ok(ahoy_sound_end(f.b.sound, f.now));
	got = read_all(in_folder("heard.wav"), pcm, RATE * 9);
	assert_string_equal(f.b.keys, "5");
	/* Away from the turns, which jitter buffer and clock's queue blur by some tenths of a second. */
	assert_in_range(got, RATE * 7.9, RATE * 8.1);
	assert_in_range(loud_samples(pcm, RATE), RATE * 0.9, RATE);		       /* the file */
	assert_in_range(loud_samples(pcm + RATE * 2, RATE * 2), RATE * 1.9, RATE * 2); /* the microphone */
	assert_in_range(loud_samples(pcm + RATE * 5 + RATE / 5, RATE / 2), 0, RATE / 50);
	assert_in_range(loud_samples(pcm + RATE * 6 + RATE / 5, RATE / 2), RATE / 2 - 200, RATE / 2);
	assert_in_range(loud_samples(pcm + RATE * 7 + RATE / 5, RATE / 2), 0, RATE / 50);
	ahoy_sound_device_del(device);
	finish(&f);
}

static void a_call_that_ends_gives_its_devices_back(void **state)
{
	const ahoy_sound_device_config both = {.microphone = "tone:1000", .speaker = "null"};
	ahoy_sound_device_stats stats;
	ahoy_sound_device *device;
	fixture f;

	(void)state;
	begin(&f, (ahoy_sound_config){0}, (ahoy_sound_config){0});
	assert_ok(ahoy_sound_device_new(&f.te.env, &both, &device));
	ahoy_sound_attach(f.a.sound, device);
	run(&f.a, &f.b, &f.now, f.now + AHOY_SECONDS(2), false);
	assert_ok(ahoy_sound_end(f.a.sound, f.now));
	ahoy_sound_device_take_stats(device, &stats);
	assert_true(stats.used);
	assert_int_equal(stats.underruns + stats.overruns, 0);
	assert_int_equal(stats.microphone_latency_us + stats.speaker_latency_us, 0); /* nothing is open */
	ahoy_sound_device_take_stats(device, &stats);
	assert_false(stats.used);
	ahoy_sound_device_del(device);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_played_in_real_time_and_recorded_whole),
		cmocka_unit_test(the_recording_is_as_long_as_the_call_whoever_is_silent_when),
		cmocka_unit_test(a_call_in_which_nothing_came_is_recorded_as_silence),
		cmocka_unit_test(keys_follow_the_file_and_all_of_them_arrive),
		cmocka_unit_test(an_echo_sends_back_what_it_hears),
		cmocka_unit_test(a_file_waits_while_we_are_held),
		cmocka_unit_test(keys_for_a_peer_without_telephone_event_are_refused_with_a_line),
		cmocka_unit_test(q23_keys_go_as_tones_where_nothing_else_is_taken),
		cmocka_unit_test(rfc6086_keys_go_by_info_each_after_the_answer_to_the_one_before),
		cmocka_unit_test(keys_that_are_refused_by_info_go_as_tones_or_are_given_up),
		cmocka_unit_test(who_is_muted_sends_silence_while_the_file_goes_on),
		cmocka_unit_test(rfc3264_8_4_who_is_on_hold_hears_the_music_over_and_over_and_the_file_waits),
		cmocka_unit_test(keys_of_a_person_are_sent_at_once_and_not_before_the_answer),
		cmocka_unit_test(a_microphone_is_heard_after_the_file_and_stops_where_it_is_not_wanted),
		cmocka_unit_test(a_call_that_ends_gives_its_devices_back),
		cmocka_unit_test(a_recording_that_cannot_be_made_is_said_at_the_answer),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
