#include "media/dtmf_ear.h"

#include <spandsp/telephony.h>
#include <spandsp/logging.h>
#include <spandsp/tone_generate.h>
#include <spandsp/super_tone_rx.h>
/* Behind the types that it needs. */
#include <spandsp/dtmf.h>

#include "media/resample.h"

#define EAR_HZ 8000
#define STEP 80		   /* samples of EAR_HZ between two looks at the detector: 10 ms */
#define SPANDSP_LATENCY 13 /* ms: one of its blocks (102 samples), by which press and release are both late */

struct ahoy_dtmf_ear {
	const ahoy_env *env;
	ahoy_resampler *to_8k; /* NULL: the sound has 8 kHz */
	dtmf_rx_state_t *rx;
	char pressed;		  /* '\0': none */
	unsigned pressed_samples; /* of EAR_HZ */
	char keys[AHOY_MAX_DTMF_QUEUE];
	unsigned durations_ms[AHOY_MAX_DTMF_QUEUE];
	size_t count;
};

int ahoy_dtmf_ear_new(const ahoy_env *env, uint32_t rate_hz, ahoy_dtmf_ear **out)
{
	ahoy_dtmf_ear *ear;
	int err = 0;

	if (rate_hz < EAR_HZ || rate_hz > 48000)
		return AHOY_ERANGE;
	ear = ahoy_new(env, sizeof *ear);
	if (!ear)
		return AHOY_ENOMEM;
	ear->env = env;
	if (rate_hz != EAR_HZ)
		err = ahoy_resampler_new(env, AHOY_RESAMPLE_LIVE, rate_hz, EAR_HZ, &ear->to_8k);
	if (!err) {
		ear->rx = dtmf_rx_init(NULL, NULL, NULL);
		err = ear->rx ? 0 : AHOY_ENOMEM;
	}
	if (err) {
		ahoy_dtmf_ear_del(ear);
		return err;
	}
	*out = ear;
	return 0;
}

void ahoy_dtmf_ear_del(ahoy_dtmf_ear *ear)
{
	if (!ear)
		return;
	if (ear->rx)
		(void)dtmf_rx_free(ear->rx);
	ahoy_resampler_del(ear->to_8k);
	ahoy_free(ear->env, ear);
}

static void keep(ahoy_dtmf_ear *ear, char key, unsigned duration_ms)
{
	if (ear->count == AHOY_MAX_DTMF_QUEUE) {
		ear->count--;
		memmove(ear->keys, ear->keys + 1, ear->count);
		memmove(ear->durations_ms, ear->durations_ms + 1, ear->count * sizeof ear->durations_ms[0]);
	}
	ear->keys[ear->count] = key;
	ear->durations_ms[ear->count++] = duration_ms;
}

/* At most STEP samples of 8 kHz, and not none. */
static void listen(ahoy_dtmf_ear *ear, const int16_t *pcm, size_t samples)
{
	char digits[8];
	int status;

	(void)dtmf_rx(ear->rx, pcm, (int)samples);
	/* Its queue is not needed: the state says which key is down. "x" is one that may be there, in its first block. */
	while (dtmf_rx_get(ear->rx, digits, sizeof digits - 1) > 0)
		continue;
	status = dtmf_rx_status(ear->rx);
	if (status == 'x')
		return;
	if (status == ear->pressed) {
		ear->pressed_samples += (unsigned)samples;
		return;
	}
	if (ear->pressed)
		keep(ear, ear->pressed, ear->pressed_samples / (EAR_HZ / 1000) + SPANDSP_LATENCY);
	ear->pressed = (char)status;
	ear->pressed_samples = (unsigned)samples;
}

void ahoy_dtmf_ear_hear(ahoy_dtmf_ear *ear, const int16_t *pcm, size_t samples)
{
	int16_t narrow[6 * STEP];

	while (samples) {
		size_t part = samples < STEP ? samples : STEP;

		if (ear->to_8k)
			listen(ear, narrow,
			       ahoy_resampler_run(ear->to_8k, pcm, part, narrow, sizeof narrow / sizeof narrow[0]));
		else
			listen(ear, pcm, part);
		pcm += part;
		samples -= part;
	}
}

char ahoy_dtmf_ear_pop(ahoy_dtmf_ear *ear, unsigned *duration_ms)
{
	char key;

	if (ear->count == 0)
		return '\0';
	key = ear->keys[0];
	*duration_ms = ear->durations_ms[0];
	ear->count--;
	memmove(ear->keys, ear->keys + 1, ear->count);
	memmove(ear->durations_ms, ear->durations_ms + 1, ear->count * sizeof ear->durations_ms[0]);
	return key;
}
