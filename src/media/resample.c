#include "media/resample.h"

#include <math.h>
#include <speex/speex_resampler.h>

enum {
	CHUNK = 4096, /* samples that wait to be taken */
	BLOCK = 512,  /* output samples of one round */
	FILE_QUALITY = 10,
	LIVE_QUALITY = 5
};

struct ahoy_resampler {
	const ahoy_env *env;
	uint32_t from_hz, to_hz;
	SpeexResamplerState *speex; /* NULL: the rates are equal */
	bool ended;
	uint64_t in_total, out_total;
	size_t at, count; /* of `in` */
	float in[CHUNK];
};

static bool in_range(uint32_t hz)
{
	return hz >= AHOY_RESAMPLE_MIN_HZ && hz <= AHOY_RESAMPLE_MAX_HZ;
}

int ahoy_resampler_new(const ahoy_env *env, ahoy_resample_kind kind, uint32_t from_hz, uint32_t to_hz,
		       ahoy_resampler **out)
{
	int quality = kind == AHOY_RESAMPLE_FILE ? FILE_QUALITY : LIVE_QUALITY;
	ahoy_resampler *r;

	if (!in_range(from_hz) || !in_range(to_hz))
		return AHOY_ERANGE;
	r = ahoy_new(env, sizeof *r);
	if (!r)
		return AHOY_ENOMEM;
	r->env = env;
	r->from_hz = from_hz;
	r->to_hz = to_hz;
	if (from_hz != to_hz) {
		r->speex = speex_resampler_init(1, from_hz, to_hz, quality, NULL);
		if (!r->speex) {
			ahoy_free(env, r);
			return AHOY_ENOMEM;
		}
		/* A file begins with its first sample; live, the count of samples matters more than the delay. */
		if (kind == AHOY_RESAMPLE_FILE)
			speex_resampler_skip_zeros(r->speex);
	}
	*out = r;
	return 0;
}

void ahoy_resampler_del(ahoy_resampler *r)
{
	if (!r)
		return;
	if (r->speex)
		speex_resampler_destroy(r->speex);
	ahoy_free(r->env, r);
}

size_t ahoy_resampler_room(const ahoy_resampler *r)
{
	return r->ended ? 0 : CHUNK - (r->count - r->at);
}

size_t ahoy_resampler_put(ahoy_resampler *r, const float *in, size_t count)
{
	size_t room = ahoy_resampler_room(r), kept = r->count - r->at;

	if (count > room)
		count = room;
	if (count == 0)
		return 0;
	memmove(r->in, r->in + r->at, kept * sizeof r->in[0]);
	memcpy(r->in + kept, in, count * sizeof r->in[0]);
	r->at = 0;
	r->count = kept + count;
	r->in_total += count;
	return count;
}

void ahoy_resampler_end(ahoy_resampler *r)
{
	r->ended = true;
}

/* How many samples may still be given: behind the end, one for each moment before it. */
static uint64_t owed(const ahoy_resampler *r)
{
	return r->ended ? (r->in_total * r->to_hz + r->from_hz - 1) / r->from_hz - r->out_total : UINT64_MAX;
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

/* One block from what waits, or from the silence behind the end. Returns its samples. */
static size_t one_block(ahoy_resampler *r, float *out, size_t cap)
{
	static const float silence[CHUNK];
	bool is_tail = r->at == r->count && r->ended;
	spx_uint32_t in_len = (spx_uint32_t)(is_tail ? CHUNK : r->count - r->at), out_len = (spx_uint32_t)cap;
	const float *in = is_tail ? silence : r->in + r->at;

	if (r->speex) {
		speex_resampler_process_float(r->speex, 0, in, &in_len, out, &out_len);
	} else {
		in_len = out_len = in_len < out_len ? in_len : out_len;
		memcpy(out, in, out_len * sizeof out[0]);
	}
	if (!is_tail)
		r->at += in_len;
	return out_len;
}

size_t ahoy_resampler_take(ahoy_resampler *r, int16_t *out, size_t cap)
{
	float block[BLOCK];
	size_t done = 0;

	while (done < cap && owed(r) > 0 && (r->at < r->count || r->ended)) {
		uint64_t most = owed(r) < cap - done ? owed(r) : cap - done;
		size_t got = one_block(r, block, most < BLOCK ? (size_t)most : BLOCK);

		for (size_t i = 0; i < got; i++)
			out[done++] = to_pcm(block[i]);
		r->out_total += got;
	}
	return done;
}

size_t ahoy_resampler_run(ahoy_resampler *r, const int16_t *in, size_t count, int16_t *out, size_t cap)
{
	spx_uint32_t in_len = (spx_uint32_t)count, out_len = (spx_uint32_t)cap;

	if (r->speex) {
		speex_resampler_process_int(r->speex, 0, in, &in_len, out, &out_len);
		return out_len;
	}
	count = count < cap ? count : cap;
	memcpy(out, in, count * sizeof out[0]);
	return count;
}
