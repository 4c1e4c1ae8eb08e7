#include "media/dsp.h"

#include <math.h>
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#define MAX_FRAME 960	     /* samples: 20 ms at 48 kHz */
#define NOISE_DB (-20)	     /* the most that noise suppression lowers; more makes what is left of it sing */
#define ECHO_DB (-45)	     /* what is left behind the canceller, while only the far end talks */
#define ECHO_ACTIVE_DB (-15) /* and while both talk: more would cut our own words */
#define MAX_GAIN_DB 30

struct ahoy_dsp {
	const ahoy_env *env;
	uint32_t frame_samples;
	SpeexEchoState *echo;	   /* NULL: off */
	SpeexPreprocessState *pre; /* NULL: neither noise suppression nor gain nor echo */
	int16_t played[AHOY_DSP_MAX_PLAYED][MAX_FRAME];
	unsigned at, waiting; /* the oldest one, and how many */
};

static bool is_valid(const ahoy_dsp_config *c)
{
	return c->rate_hz >= 8000 && c->rate_hz <= 48000 && c->frame_samples >= c->rate_hz / 100 &&
	       c->frame_samples <= c->rate_hz / 50 && c->echo_ms <= AHOY_DSP_MAX_ECHO_MS;
}

/* The library's settings are int and float behind one void pointer; none of these can fail. */
static void set_int(SpeexPreprocessState *pre, int what, int value)
{
	(void)speex_preprocess_ctl(pre, what, &value);
}

static int open_preprocess(ahoy_dsp *dsp, const ahoy_dsp_config *c)
{
	/* The library's level is a weighted loudness of its spectrum, which grows with the root of the rate; the factor that makes
	 * speech come out at AHOY_DSP_LEVEL_DBOV was found by measuring (tests/unit/media_dsp_test.c holds it). */
	double rms = 32767.0 * pow(10.0, AHOY_DSP_LEVEL_DBOV / 20.0);
	float level = (float)(rms * 3.8 * sqrt(c->rate_hz / 8000.0));

	dsp->pre = speex_preprocess_state_init((int)c->frame_samples, (int)c->rate_hz);
	if (!dsp->pre)
		return AHOY_ENOMEM;
	set_int(dsp->pre, SPEEX_PREPROCESS_SET_DENOISE, c->denoise);
	set_int(dsp->pre, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, c->denoise ? NOISE_DB : 0);
	set_int(dsp->pre, SPEEX_PREPROCESS_SET_AGC, c->gain);
	if (c->gain) {
		(void)speex_preprocess_ctl(dsp->pre, SPEEX_PREPROCESS_SET_AGC_LEVEL, &level);
		set_int(dsp->pre, SPEEX_PREPROCESS_SET_AGC_MAX_GAIN, MAX_GAIN_DB);
	}
	if (dsp->echo) {
		(void)speex_preprocess_ctl(dsp->pre, SPEEX_PREPROCESS_SET_ECHO_STATE, dsp->echo);
		set_int(dsp->pre, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS, ECHO_DB);
		set_int(dsp->pre, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE, ECHO_ACTIVE_DB);
	}
	return 0;
}

int ahoy_dsp_new(const ahoy_env *env, const ahoy_dsp_config *config, ahoy_dsp **out)
{
	ahoy_dsp *dsp;
	int err = 0, rate_hz = (int)config->rate_hz;

	if (!is_valid(config))
		return AHOY_ERANGE;
	dsp = ahoy_new(env, sizeof *dsp);
	if (!dsp)
		return AHOY_ENOMEM;
	dsp->env = env;
	dsp->frame_samples = config->frame_samples;
	if (config->echo_ms) {
		dsp->echo = speex_echo_state_init((int)config->frame_samples,
						  (int)(config->echo_ms * config->rate_hz / 1000));
		if (!dsp->echo)
			err = AHOY_ENOMEM;
		else
			(void)speex_echo_ctl(dsp->echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate_hz);
	}
	if (!err && (config->echo_ms || config->denoise || config->gain))
		err = open_preprocess(dsp, config);
	if (err) {
		ahoy_dsp_del(dsp);
		return err;
	}
	*out = dsp;
	return 0;
}

void ahoy_dsp_del(ahoy_dsp *dsp)
{
	if (!dsp)
		return;
	if (dsp->pre)
		speex_preprocess_state_destroy(dsp->pre);
	if (dsp->echo)
		speex_echo_state_destroy(dsp->echo);
	ahoy_free(dsp->env, dsp);
}

void ahoy_dsp_played(ahoy_dsp *dsp, const int16_t *pcm)
{
	if (!dsp->echo)
		return;
	if (dsp->waiting == AHOY_DSP_MAX_PLAYED) {
		dsp->at = (dsp->at + 1) % AHOY_DSP_MAX_PLAYED;
		dsp->waiting--;
	}
	memcpy(dsp->played[(dsp->at + dsp->waiting) % AHOY_DSP_MAX_PLAYED], pcm, dsp->frame_samples * sizeof *pcm);
	dsp->waiting++;
}

void ahoy_dsp_captured(ahoy_dsp *dsp, int16_t *pcm)
{
	static const int16_t silence[MAX_FRAME];
	int16_t clean[MAX_FRAME];

	if (dsp->echo) {
		const int16_t *played = dsp->waiting ? dsp->played[dsp->at] : silence;

		speex_echo_cancellation(dsp->echo, pcm, played, clean);
		memcpy(pcm, clean, dsp->frame_samples * sizeof *pcm);
		if (dsp->waiting) {
			dsp->at = (dsp->at + 1) % AHOY_DSP_MAX_PLAYED;
			dsp->waiting--;
		}
	}
	if (dsp->pre)
		(void)speex_preprocess_run(dsp->pre, pcm);
}
