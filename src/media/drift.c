#include "media/drift.h"

#include <math.h>

/* The interpolator: a Kaiser-windowed sinc of TAPS input samples, in a table of PHASES moments between two of them. */
#define TAPS 32
#define PHASES 256
#define KAISER_BETA 8.0 /* some 80 dB of stop band */
/* Fractions of the sampling rate: the whole of the telephone band passes at 8 kHz. */
#define PASS_BAND 0.94

/* The control loop (proportional and integral, critically damped): slow enough that the 20 ms by which the fill seems to
 * jump when one clock's tick passes the other's are not heard as a bend of pitch. */
#define SMOOTHING_S 1.0
#define LOOP_RADIANS_PER_S 0.05
#define MAX_STEERING 0.005 /* half a per cent, 9 cents */

struct ahoy_drift {
	const ahoy_env *env;
	uint32_t rate_hz, target;
	bool filling;		/* silence until `target` waits */
	bool settled;		/* `fill` has a value */
	double fill;		/* smoothed, in samples */
	double integral, ratio; /* ratio: input samples for one output sample */
	double moment;		/* of the next output sample, 0 .. 1 behind the sample TAPS / 2 - 1 of the queue */
	uint64_t underruns, overruns;
	float table[PHASES + 1][TAPS];
	size_t at, count, cap; /* the queue: a ring */
	int16_t ring[];
};

static double bessel_i0(double x)
{
	double sum = 1, term = 1;

	for (int k = 1; k < 60; k++) {
		term *= (x / 2 / k) * (x / 2 / k);
		sum += term;
	}
	return sum;
}

/* Each phase's weights add up to one, so that a steady level passes as it is. */
static void make_table(ahoy_drift *d)
{
	const double pi = 3.14159265358979323846;

	for (int phase = 0; phase <= PHASES; phase++) {
		double sum = 0, weights[TAPS];

		for (int k = 0; k < TAPS; k++) {
			double x = k - (TAPS / 2 - 1) - (double)phase / PHASES, edge = x / (TAPS / 2);
			double sinc = fabs(x) < 1e-9 ? 1 : sin(pi * PASS_BAND * x) / (pi * PASS_BAND * x);

			weights[k] = edge * edge < 1 ? sinc * bessel_i0(KAISER_BETA * sqrt(1 - edge * edge)) : 0;
			sum += weights[k];
		}
		for (int k = 0; k < TAPS; k++)
			d->table[phase][k] = (float)(weights[k] / sum);
	}
}

int ahoy_drift_new(const ahoy_env *env, uint32_t rate_hz, uint32_t target_ms, ahoy_drift **out)
{
	ahoy_drift *d;
	size_t cap;

	if (rate_hz < 8000 || rate_hz > 48000 || target_ms < AHOY_DRIFT_MIN_MS || target_ms > AHOY_DRIFT_MAX_MS)
		return AHOY_ERANGE;
	cap = (size_t)rate_hz * (2 * target_ms + 20) / 1000 + TAPS;
	d = ahoy_new(env, sizeof *d + cap * sizeof d->ring[0]);
	if (!d)
		return AHOY_ENOMEM;
	d->env = env;
	d->rate_hz = rate_hz;
	d->target = rate_hz * target_ms / 1000;
	d->ratio = 1;
	d->cap = cap;
	make_table(d);
	ahoy_drift_reset(d);
	*out = d;
	return 0;
}

void ahoy_drift_del(ahoy_drift *drift)
{
	if (drift)
		ahoy_free(drift->env, drift);
}

void ahoy_drift_reset(ahoy_drift *drift)
{
	drift->filling = true;
	drift->settled = false;
	drift->moment = 0;
	drift->at = 0;
	/* The interpolator looks back: silence stands before the first sample. */
	drift->count = TAPS / 2;
	memset(drift->ring, 0, drift->cap * sizeof drift->ring[0]);
}

/* What can be taken before the interpolator lacks a sample. */
static size_t available(const ahoy_drift *d)
{
	return d->count > TAPS ? d->count - TAPS : 0;
}

void ahoy_drift_put(ahoy_drift *drift, const int16_t *pcm, size_t samples)
{
	for (size_t i = 0; i < samples; i++) {
		if (drift->count == drift->cap) {
			drift->at = (drift->at + 1) % drift->cap;
			drift->count--;
			drift->overruns++;
		}
		drift->ring[(drift->at + drift->count++) % drift->cap] = pcm[i];
	}
	if (drift->filling && available(drift) >= drift->target)
		drift->filling = false;
}

/* Once a get: the ratio follows the fill. */
static void steer(ahoy_drift *d, size_t samples)
{
	double seconds = (double)samples / d->rate_hz, part = seconds / (SMOOTHING_S + seconds), error_s, steering;

	if (!d->settled)
		d->fill = (double)available(d);
	d->settled = true;
	d->fill += part * ((double)available(d) - d->fill);
	error_s = (d->fill - d->target) / d->rate_hz;
	d->integral += LOOP_RADIANS_PER_S * LOOP_RADIANS_PER_S * error_s * seconds;
	d->integral = fmin(fmax(d->integral, -MAX_STEERING), MAX_STEERING);
	steering = 2 * LOOP_RADIANS_PER_S * error_s + d->integral;
	d->ratio = 1 + fmin(fmax(steering, -MAX_STEERING), MAX_STEERING);
}

static int16_t one_sample(const ahoy_drift *d)
{
	double place = d->moment * PHASES;
	int phase = (int)place;
	float part = (float)(place - phase), sum = 0;

	for (int k = 0; k < TAPS; k++) {
		float weight = d->table[phase][k] + part * (d->table[phase + 1][k] - d->table[phase][k]);

		sum += weight * d->ring[(d->at + (size_t)k) % d->cap];
	}
	return (int16_t)(sum >= 32767.0f ? 32767 : (sum <= -32768.0f ? -32768 : lrintf(sum)));
}

static void advance(ahoy_drift *d)
{
	size_t whole;

	d->moment += d->ratio;
	whole = (size_t)d->moment;
	d->moment -= (double)whole;
	d->at = (d->at + whole) % d->cap;
	d->count -= whole;
}

void ahoy_drift_get(ahoy_drift *drift, int16_t *pcm, size_t samples)
{
	size_t done = 0;

	if (!drift->filling)
		steer(drift, samples);
	/* One step is at most two samples, and TAPS stand behind what is available. */
	while (!drift->filling && done < samples && available(drift) > 0) {
		pcm[done++] = one_sample(drift);
		advance(drift);
	}
	if (done == samples)
		return;
	if (!drift->filling) {
		drift->underruns++;
		for (size_t i = 0; i < done; i++)
			pcm[i] = (int16_t)(pcm[i] * (double)(done - i) / (double)done);
		ahoy_drift_reset(drift);
	}
	memset(pcm + done, 0, (samples - done) * sizeof pcm[0]);
}

void ahoy_drift_get_stats(const ahoy_drift *drift, ahoy_drift_stats *out)
{
	*out = (ahoy_drift_stats){
		.fill_ms = 1000.0 * (double)available(drift) / drift->rate_hz,
		.ppm = 1e6 * drift->integral,
		.underruns = drift->underruns,
		.overruns = drift->overruns,
	};
}
