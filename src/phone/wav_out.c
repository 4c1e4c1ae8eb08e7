#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/resample.h"
#include "phone/wav.h"

enum {
	BLOCK = 1024
};

struct ahoy_wav_out {
	SNDFILE *file;
	uint32_t rate_hz;
	ahoy_resampler *resampler; /* NULL: PCM comes at the file's rate */
	uint32_t resampler_from_hz;
};

static int refuse(ahoy_buf *why, const char *path, const char *what)
{
	ahoy_buf_fmt(why, "%s: cannot be written: %s: give another file or folder", path, what);
	return AHOY_EIO;
}

int ahoy_wav_check_writable(const char *path, ahoy_buf *why)
{
	const char *slash = strrchr(path, '/');
	char folder[4096] = ".";
	size_t folder_len = slash == path ? 1 : slash ? (size_t)(slash - path)
						      : 0;
	struct stat st;

	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return refuse(why, path, "it is a folder");
		return access(path, W_OK) ? refuse(why, path, strerror(errno)) : 0;
	}
	if (errno != ENOENT || !*path)
		return refuse(why, path, strerror(errno));
	if (slash && ahoy_slice_cstr(ahoy_slice_make(path, folder_len), folder, sizeof folder))
		return refuse(why, path, "its name is too long");
	return access(folder, W_OK | X_OK) ? refuse(why, path, strerror(errno)) : 0;
}

int ahoy_wav_create(const char *path, uint32_t sample_rate_hz, ahoy_wav_out **out, ahoy_buf *why)
{
	ahoy_wav_out *wav = calloc(1, sizeof *wav);
	SF_INFO info = {.samplerate = (int)sample_rate_hz, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};

	if (!wav) {
		ahoy_buf_fmt(why, "%s: out of memory", path);
		return AHOY_ENOMEM;
	}
	wav->rate_hz = sample_rate_hz;
	wav->file = sf_open(path, SFM_WRITE, &info);
	if (!wav->file) {
		free(wav);
		return refuse(why, path, sf_strerror(NULL));
	}
	*out = wav;
	return 0;
}

static int write_pcm(ahoy_wav_out *wav, const int16_t *pcm, size_t samples)
{
	return sf_write_short(wav->file, pcm, (sf_count_t)samples) == (sf_count_t)samples ? 0 : AHOY_EIO;
}

/* Writes what the resampler has ready. */
static int drain(ahoy_wav_out *wav)
{
	int16_t pcm[BLOCK];
	size_t got;
	int err = 0;

	while (!err && (got = ahoy_resampler_take(wav->resampler, pcm, BLOCK)) > 0)
		err = write_pcm(wav, pcm, got);
	return err;
}

/* What is still in the old resampler is written first. */
static int set_rate(ahoy_wav_out *wav, uint32_t from_hz)
{
	int err = 0;

	if (wav->resampler) {
		ahoy_resampler_end(wav->resampler);
		err = drain(wav);
		ahoy_resampler_del(wav->resampler);
		wav->resampler = NULL;
	}
	wav->resampler_from_hz = from_hz;
	if (!err && from_hz != wav->rate_hz)
		err = ahoy_resampler_new(&ahoy_wav_env, AHOY_RESAMPLE_FILE, from_hz, wav->rate_hz, &wav->resampler);
	return err;
}

static int write_resampled(ahoy_wav_out *wav, const int16_t *pcm, size_t samples)
{
	float block[BLOCK];
	int err = 0;

	while (samples && !err) {
		size_t count = samples < BLOCK ? samples : BLOCK;

		for (size_t i = 0; i < count; i++)
			block[i] = (float)pcm[i] / 32768.0f;
		count = ahoy_resampler_put(wav->resampler, block, count);
		pcm += count;
		samples -= count;
		err = drain(wav);
	}
	return err;
}

int ahoy_wav_write(ahoy_wav_out *wav, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz)
{
	uint32_t current_hz = wav->resampler ? wav->resampler_from_hz : wav->rate_hz;
	int err = sample_rate_hz == current_hz ? 0 : set_rate(wav, sample_rate_hz);

	if (err)
		return err;
	return wav->resampler ? write_resampled(wav, pcm, samples) : write_pcm(wav, pcm, samples);
}

int ahoy_wav_write_silence(ahoy_wav_out *wav, uint64_t duration_us)
{
	static const int16_t silence[BLOCK];
	uint64_t samples = duration_us * wav->rate_hz / 1000000;
	int err = 0;

	while (samples && !err) {
		size_t count = samples < BLOCK ? (size_t)samples : BLOCK;

		err = write_pcm(wav, silence, count);
		samples -= count;
	}
	return err;
}

uint32_t ahoy_wav_rate(const ahoy_wav_out *wav)
{
	return wav->rate_hz;
}

int ahoy_wav_finish(ahoy_wav_out *wav)
{
	int err;

	if (!wav)
		return 0;
	err = set_rate(wav, wav->rate_hz);
	if (sf_close(wav->file) != 0)
		err = AHOY_EIO;
	free(wav);
	return err;
}
