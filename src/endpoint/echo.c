#include "endpoint/echo.h"

#include "base/buf.h"

#define BEEP_DBOV (-20.0)
/* What ahoy_audio_send_dtmf takes; a key that was held for shorter or longer comes back as the nearest. */
#define MIN_KEY_MS 40
#define MAX_KEY_MS 8000

/* A fifth upwards, nothing that a busy tone or a ring-back has. Each beep is a whole number of cycles, so that neither end clicks. */
static const struct {
	unsigned hz, ms;
} beeps[] = {{500, 120}, {0, 60}, {750, 160}, {0, 100}};
#define BEEPS (sizeof beeps / sizeof beeps[0])

void ahoy_echo_init(ahoy_echo *echo, const ahoy_env *env)
{
	*echo = (ahoy_echo){.env = env};
}

void ahoy_echo_fini(ahoy_echo *echo)
{
	ahoy_audio_del(echo->audio);
	echo->audio = NULL;
}

static void begin_step(ahoy_echo *echo)
{
	echo->step_at = 0;
	if (echo->step < BEEPS && beeps[echo->step].hz)
		ahoy_tone_init(&echo->tone, ahoy_audio_sample_rate(echo->audio), beeps[echo->step].hz, 0, BEEP_DBOV);
}

/* RFC 7022: a CNAME is random, and says nothing about the machine. */
static int make_audio(ahoy_echo *echo, const ahoy_audio_config *config, ahoy_time now)
{
	char text[32];
	ahoy_buf cname = ahoy_buf_over(text, sizeof text);
	uint64_t name;

	ahoy_random(echo->env, &name, sizeof name);
	ahoy_buf_hex_u64(&cname, name, 16);
	return ahoy_audio_new(echo->env, config, ahoy_buf_slice(&cname), now, &echo->audio);
}

int ahoy_echo_configure(ahoy_echo *echo, const ahoy_audio_config *config, ahoy_time now)
{
	uint32_t before_hz;
	int err;

	if (!echo->audio)
		return make_audio(echo, config, now);
	before_hz = ahoy_audio_sample_rate(echo->audio);
	err = ahoy_audio_configure(echo->audio, config, now);
	/* A beep that was cut off begins again at its new rate. */
	if (!err && ahoy_audio_sample_rate(echo->audio) != before_hz)
		begin_step(echo);
	return err;
}

void ahoy_echo_start(ahoy_echo *echo)
{
	if (echo->started || !echo->audio)
		return;
	echo->started = true;
	begin_step(echo);
}

void ahoy_echo_recv(ahoy_echo *echo, ahoy_time now, bool is_rtcp, const void *bytes, size_t len)
{
	if (!echo->audio || echo->over)
		return;
	if (is_rtcp)
		ahoy_audio_recv_rtcp(echo->audio, now, bytes, len);
	else
		ahoy_audio_recv_rtp(echo->audio, now, bytes, len);
}

ahoy_time ahoy_echo_deadline(const ahoy_echo *echo)
{
	return echo->audio && !echo->over ? ahoy_audio_deadline(echo->audio) : AHOY_NEVER;
}

/* One frame waits at the most. Where the send clock stands still for a while (a key is sent, the peer holds) the echo
 * would else be late by what piled up, for the rest of the call. */
static bool has_room(const ahoy_echo *echo)
{
	return ahoy_audio_queued(echo->audio) < ahoy_audio_frame_samples(echo->audio);
}

/* One frame of the beeps; its end may already be silence behind them. */
static void fill_beeps(ahoy_echo *echo, int16_t *pcm, size_t samples)
{
	memset(pcm, 0, samples * sizeof pcm[0]);
	while (samples && echo->step < BEEPS) {
		size_t length = (size_t)ahoy_audio_sample_rate(echo->audio) * beeps[echo->step].ms / 1000;
		size_t part = length - echo->step_at < samples ? length - echo->step_at : samples;

		if (beeps[echo->step].hz)
			ahoy_tone_fill(&echo->tone, pcm, part);
		pcm += part;
		samples -= part;
		echo->step_at += part;
		if (echo->step_at == length) {
			echo->step++;
			begin_step(echo);
		}
	}
}

/* What was heard goes back, decoded and coded again. `all`: no slot to send in is due any more, so what finds no room
 * is late already. */
static void hear(ahoy_echo *echo, ahoy_time now, bool all)
{
	bool echoes = echo->started && echo->step == BEEPS;
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	size_t samples;

	while ((all || !echoes || has_room(echo)) &&
	       (samples = ahoy_audio_take_pcm(echo->audio, now, pcm, AHOY_AUDIO_MAX_FRAME)) > 0)
		if (echoes && has_room(echo))
			ahoy_audio_put_pcm(echo->audio, pcm, samples);
}

static void beep(ahoy_echo *echo)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	size_t samples = ahoy_audio_frame_samples(echo->audio);

	if (!echo->started || echo->step == BEEPS || !has_room(echo))
		return;
	fill_beeps(echo, pcm, samples);
	ahoy_audio_put_pcm(echo->audio, pcm, samples);
}

static void hear_keys(ahoy_echo *echo, ahoy_time now)
{
	ahoy_audio_dtmf key;

	while (!echo->over && ahoy_audio_pop_dtmf(echo->audio, now, &key)) {
		unsigned ms = key.duration_ms < MIN_KEY_MS ? MIN_KEY_MS : key.duration_ms;

		echo->over = key.digit == '#';
		/* Who pressed more than can wait hears the first of them; who takes no telephone-event cannot have sent one. */
		if (!echo->over)
			(void)!ahoy_audio_send_dtmf(echo->audio, ahoy_slice_make(&key.digit, 1),
						    ms > MAX_KEY_MS ? MAX_KEY_MS : ms);
	}
}

size_t ahoy_echo_pop(ahoy_echo *echo, ahoy_time now, bool *is_rtcp, void *out, size_t cap)
{
	size_t len;

	*is_rtcp = false;
	if (!echo->audio || echo->over)
		return 0;
	hear_keys(echo, now);
	if (echo->over)
		return 0;
	hear(echo, now, false);
	beep(echo);
	len = ahoy_audio_pop_rtp(echo->audio, now, out, cap);
	if (len)
		return len;
	hear(echo, now, true);
	*is_rtcp = true;
	return ahoy_audio_pop_rtcp(echo->audio, now, out, cap);
}

size_t ahoy_echo_bye(ahoy_echo *echo, ahoy_time now, void *out, size_t cap)
{
	return echo->audio ? ahoy_audio_bye(echo->audio, now, out, cap) : 0;
}
