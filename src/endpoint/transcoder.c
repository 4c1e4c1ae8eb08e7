#include "endpoint/transcoder.h"

#include "base/buf.h"

/* Between the two sides sound has one rate. Narrow-band is what one of two sides without a common codec nearly always has,
 * and what a telephone needs. */
#define RATE_HZ 8000
/* What ahoy_audio_send_dtmf takes; a key that was held for shorter or longer comes out as the nearest. */
#define MIN_KEY_MS 40
#define MAX_KEY_MS 8000

void ahoy_transcoder_init(ahoy_transcoder *t, const ahoy_env *env)
{
	*t = (ahoy_transcoder){.env = env};
}

void ahoy_transcoder_fini(ahoy_transcoder *t)
{
	for (unsigned side = 0; side < 2; side++) {
		ahoy_audio_del(t->sides[side]);
		t->sides[side] = NULL;
	}
}

/* RFC 7022: a CNAME is random, and says nothing about the machine. */
static int make_audio(ahoy_transcoder *t, unsigned side, const ahoy_audio_config *config, ahoy_time now)
{
	char text[32];
	ahoy_buf cname = ahoy_buf_over(text, sizeof text);
	uint64_t name;

	ahoy_random(t->env, &name, sizeof name);
	ahoy_buf_hex_u64(&cname, name, 16);
	return ahoy_audio_new(t->env, config, ahoy_buf_slice(&cname), now, &t->sides[side]);
}

int ahoy_transcoder_configure(ahoy_transcoder *t, unsigned side, const ahoy_audio_config *config, ahoy_time now)
{
	ahoy_audio_config wanted = *config;

	wanted.sample_rate_hz = RATE_HZ;
	/* A person listens behind it: the delay of two jitter buffers is to be no longer than it must. */
	wanted.live = true;
	return t->sides[side] ? ahoy_audio_configure(t->sides[side], &wanted, now) : make_audio(t, side, &wanted, now);
}

void ahoy_transcoder_recv(ahoy_transcoder *t, unsigned side, ahoy_time now, bool is_rtcp, const void *bytes, size_t len)
{
	if (!t->sides[side])
		return;
	if (is_rtcp)
		ahoy_audio_recv_rtcp(t->sides[side], now, bytes, len);
	else
		ahoy_audio_recv_rtp(t->sides[side], now, bytes, len);
}

ahoy_time ahoy_transcoder_deadline(const ahoy_transcoder *t)
{
	ahoy_time at = AHOY_NEVER;

	for (unsigned side = 0; side < 2; side++)
		if (t->sides[side] && ahoy_audio_deadline(t->sides[side]) < at)
			at = ahoy_audio_deadline(t->sides[side]);
	return at;
}

static void tell_keys(ahoy_transcoder *t, unsigned from, ahoy_time now)
{
	ahoy_audio_dtmf key;

	while (ahoy_audio_pop_dtmf(t->sides[from], now, &key)) {
		unsigned ms = key.duration_ms < MIN_KEY_MS ? MIN_KEY_MS : key.duration_ms > MAX_KEY_MS ? MAX_KEY_MS
												       : key.duration_ms;

		/* Who pressed more than can wait loses the last of them. */
		if (t->sides[!from])
			(void)!ahoy_audio_send_dtmf(t->sides[!from], ahoy_slice_make(&key.digit, 1), ms);
	}
}

/* What came from one side goes to the other. Two frames wait at the most: where the send clock stands still (a key is sent,
 * that side holds) the sound would else be late by what piled up, for the rest of the call. */
static void carry(ahoy_transcoder *t, unsigned from, ahoy_time now)
{
	ahoy_audio *to = t->sides[!from];
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	size_t samples;

	while ((samples = ahoy_audio_take_pcm(t->sides[from], now, pcm, AHOY_AUDIO_MAX_FRAME)) > 0)
		if (to && ahoy_audio_queued(to) < 2 * ahoy_audio_frame_samples(to))
			ahoy_audio_put_pcm(to, pcm, samples);
}

size_t ahoy_transcoder_pop(ahoy_transcoder *t, unsigned side, ahoy_time now, bool *is_rtcp, void *out, size_t cap)
{
	size_t len;

	*is_rtcp = false;
	for (unsigned from = 0; from < 2; from++) {
		if (!t->sides[from])
			continue;
		tell_keys(t, from, now);
		carry(t, from, now);
	}
	if (!t->sides[side])
		return 0;
	len = ahoy_audio_pop_rtp(t->sides[side], now, out, cap);
	if (len)
		return len;
	*is_rtcp = true;
	return ahoy_audio_pop_rtcp(t->sides[side], now, out, cap);
}

size_t ahoy_transcoder_bye(ahoy_transcoder *t, unsigned side, ahoy_time now, void *out, size_t cap)
{
	return t->sides[side] ? ahoy_audio_bye(t->sides[side], now, out, cap) : 0;
}
