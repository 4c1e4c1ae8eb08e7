#include "phone/resample.h"

#include <math.h>
#include <stdlib.h>

/* Zero crossings of the sinc on each side, and table points between two of them; with a Kaiser window of beta 9 the
 * stop band is some 90 dB down, below 16-bit noise, and linear interpolation between the points adds less than that. */
enum {
	CROSSINGS = 20,
	POINTS = 512,
	TABLE = CROSSINGS * POINTS + 2
};
static const double kaiser_beta = 9.0;
/* The pass band ends a little below the lower of the two Nyquist frequencies, so that the filter's slope lies below
 * it. */
static const double pass_band = 0.92;

enum {
	CHUNK = 4096
}; /* input samples kept beyond what the filter spans */

struct ahoy_resampler {
	uint32_t from_hz, to_hz;
	double scale; /* of the sinc's argument: its zero crossings per input sample */
	size_t half;  /* input samples that the filter spans on each side */
	float *in;    /* the first `half` samples are history; moved down as it is used up */
	size_t count, cap;
	size_t at;	/* index in `in` of the sample at or before the next output's moment */
	uint32_t phase; /* how far behind it that moment is: phase / to_hz input samples */
	bool ended;
	size_t tail; /* silent samples put behind the end */
	float table[TABLE];
};

/* Modified Bessel function of order 0, by its series. */
static double bessel_i0(double x)
{
	double sum = 1, term = 1;

	for (int k = 1; k < 60 && term > sum * 1e-17; k++) {
		term *= (x / 2 / k) * (x / 2 / k);
		sum += term;
	}
	return sum;
}

static void make_table(float table[TABLE])
{
	const double pi = 3.14159265358979323846;
	const double base = bessel_i0(kaiser_beta);

	for (int i = 0; i < TABLE; i++) {
		double x = (double)i / POINTS, edge = x / CROSSINGS;
		double window = edge < 1 ? bessel_i0(kaiser_beta * sqrt(1 - edge * edge)) / base : 0;

		table[i] = (float)(i == 0 ? 1 : window * sin(pi * x) / (pi * x));
	}
}

static bool in_range(uint32_t hz)
{
	return hz >= AHOY_RESAMPLE_MIN_HZ && hz <= AHOY_RESAMPLE_MAX_HZ;
}

int ahoy_resampler_new(uint32_t from_hz, uint32_t to_hz, ahoy_resampler **out)
{
	ahoy_resampler *r;

	if (!in_range(from_hz) || !in_range(to_hz))
		return AHOY_ERANGE;
	r = calloc(1, sizeof *r);
	if (!r)
		return AHOY_ENOMEM;
	r->from_hz = from_hz;
	r->to_hz = to_hz;
	r->scale = pass_band * (to_hz < from_hz ? (double)to_hz / from_hz : 1.0);
	r->half = from_hz == to_hz ? 0 : (size_t)ceil(CROSSINGS / r->scale);
	r->cap = 2 * r->half + CHUNK;
	r->in = calloc(r->cap, sizeof *r->in);
	if (!r->in) {
		free(r);
		return AHOY_ENOMEM;
	}
	/* Silence before the beginning. */
	r->count = r->at = r->half;
	make_table(r->table);
	*out = r;
	return 0;
}

void ahoy_resampler_del(ahoy_resampler *r)
{
	if (r)
		free(r->in);
	free(r);
}

size_t ahoy_resampler_room(const ahoy_resampler *r)
{
	return r->ended ? 0 : r->cap - r->count;
}

size_t ahoy_resampler_put(ahoy_resampler *r, const float *in, size_t count)
{
	size_t room = ahoy_resampler_room(r);

	if (count > room)
		count = room;
	if (count)
		memcpy(r->in + r->count, in, count * sizeof *in);
	r->count += count;
	return count;
}

void ahoy_resampler_end(ahoy_resampler *r)
{
	r->ended = true;
}

/* Drops what lies before the filter's reach. `at` is never beyond `count`: a step is shorter than `half`. */
static void make_room(ahoy_resampler *r)
{
	size_t drop = r->at - r->half;

	memmove(r->in, r->in + drop, (r->count - drop) * sizeof *r->in);
	r->count -= drop;
	r->at -= drop;
}

/* Behind the end of the input lies silence, as much of it as the filter reaches. */
static void put_tail(ahoy_resampler *r)
{
	size_t missing = r->half - r->tail, room = r->cap - r->count;

	if (missing > room)
		missing = room;
	memset(r->in + r->count, 0, missing * sizeof *r->in);
	r->count += missing;
	r->tail += missing;
}

static float weight(const ahoy_resampler *r, double distance)
{
	double x = distance * r->scale * POINTS;
	size_t i = (size_t)x;
	float part = (float)(x - (double)i);

	return i >= TABLE - 1 ? 0 : r->table[i] + part * (r->table[i + 1] - r->table[i]);
}

static float one_sample(const ahoy_resampler *r)
{
	double behind = (double)r->phase / r->to_hz;
	float sum = 0;

	for (size_t k = 0; k < r->half; k++) {
		sum += r->in[r->at - k] * weight(r, behind + (double)k);
		sum += r->in[r->at + 1 + k] * weight(r, 1 - behind + (double)k);
	}
	return sum * (float)r->scale;
}

static int16_t to_pcm(float value)
{
	float scaled = value * 32768.0f;

	if (scaled >= 32767.0f)
		return INT16_MAX;
	if (scaled <= -32768.0f)
		return INT16_MIN;
	return (int16_t)lrintf(scaled);
}

size_t ahoy_resampler_take(ahoy_resampler *r, int16_t *out, size_t cap)
{
	size_t done = 0;

	/* An output sample needs `half` samples behind its moment's; the silent tail counts for these alone. */
	while (done < cap) {
		if (r->ended && r->tail < r->half)
			put_tail(r);
		if (r->at + r->half >= r->count || r->at >= r->count - r->tail)
			break;
		out[done++] = to_pcm(r->half ? one_sample(r) : r->in[r->at]);
		/* The next moment is from_hz / to_hz input samples later, in whole numbers: no drift. */
		r->phase += r->from_hz % r->to_hz;
		r->at += r->from_hz / r->to_hz + r->phase / r->to_hz;
		r->phase %= r->to_hz;
	}
	make_room(r);
	return done;
}
