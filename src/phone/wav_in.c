#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>

#include "media/resample.h"
#include "phone/wav.h"

enum {
	BLOCK_FRAMES = 1024,
	MAX_CHANNELS = 64
};

static void *resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	if (size)
		return realloc(ptr, size);
	free(ptr);
	return NULL;
}

const ahoy_env ahoy_wav_env = {.resize = resize};

struct ahoy_wav_in {
	SNDFILE *file;
	SF_INFO info;
	ahoy_resampler *resampler; /* NULL before start */
	bool file_done, at_end;
	float *block; /* BLOCK_FRAMES frames of all channels */
};

static int refuse(ahoy_buf *why, const char *path, const char *what, const char *todo)
{
	ahoy_buf_fmt(why, "%s: %s: %s", path, what, todo);
	return AHOY_EIO;
}

/* Says what is wrong with a file that opened as sound, or NULL. */
static const char *fault_of(const SF_INFO *info)
{
	if (info->frames <= 0)
		return "there is no sound in it";
	if (!info->seekable)
		return "it cannot be read from its beginning twice";
	if (info->channels < 1 || info->channels > MAX_CHANNELS)
		return "it has more than 64 channels";
	if (info->samplerate < AHOY_RESAMPLE_MIN_HZ || info->samplerate > AHOY_RESAMPLE_MAX_HZ)
		return "its sample rate is outside 1000 to 384000 Hz";
	return NULL;
}

int ahoy_wav_open(const char *path, ahoy_wav_in **out, ahoy_buf *why)
{
	ahoy_wav_in *wav = calloc(1, sizeof *wav);
	FILE *probe = wav ? fopen(path, "rb") : NULL;
	const char *fault;
	int err = 0;

	if (!wav)
		return refuse(why, path, "out of memory", "free some") ? AHOY_ENOMEM : 0;
	/* libsndfile's own words for a file that is not there do not say why. */
	if (!probe) {
		free(wav);
		return refuse(why, path, strerror(errno), "give a sound file that can be read");
	}
	fclose(probe);
	wav->file = sf_open(path, SFM_READ, &wav->info);
	fault = wav->file ? fault_of(&wav->info) : "this is no sound file";
	if (fault)
		err = refuse(why, path, fault, "give a WAV file");
	if (!err) {
		wav->block = malloc((size_t)BLOCK_FRAMES * (size_t)wav->info.channels * sizeof *wav->block);
		if (!wav->block)
			err = AHOY_ENOMEM;
	}
	if (err) {
		ahoy_wav_close(wav);
		return err;
	}
	*out = wav;
	return 0;
}

void ahoy_wav_close(ahoy_wav_in *wav)
{
	if (!wav)
		return;
	if (wav->file)
		sf_close(wav->file);
	ahoy_resampler_del(wav->resampler);
	free(wav->block);
	free(wav);
}

int ahoy_wav_set_rate(ahoy_wav_in *wav, uint32_t sample_rate_hz)
{
	ahoy_resampler *fresh;
	int err = ahoy_resampler_new(&ahoy_wav_env, AHOY_RESAMPLE_FILE, (uint32_t)wav->info.samplerate,
				     sample_rate_hz, &fresh);

	if (err)
		return err;
	ahoy_resampler_del(wav->resampler);
	wav->resampler = fresh;
	if (wav->file_done)
		ahoy_resampler_end(fresh);
	return 0;
}

int ahoy_wav_start(ahoy_wav_in *wav, uint32_t sample_rate_hz)
{
	if (sf_seek(wav->file, 0, SEEK_SET) != 0)
		return AHOY_EIO;
	wav->file_done = wav->at_end = false;
	return ahoy_wav_set_rate(wav, sample_rate_hz);
}

/* One block of the file, mixed down to mono in place, to the resampler. A file that is cut off ends where its bytes
 * do. */
static void feed(ahoy_wav_in *wav)
{
	size_t room = ahoy_resampler_room(wav->resampler), channels = (size_t)wav->info.channels;
	sf_count_t wanted = (sf_count_t)(room < BLOCK_FRAMES ? room : BLOCK_FRAMES);
	sf_count_t got = sf_readf_float(wav->file, wav->block, wanted);

	for (size_t i = 0; got > 0 && i < (size_t)got; i++) {
		float sum = 0;

		for (size_t c = 0; c < channels; c++)
			sum += wav->block[i * channels + c];
		/* A file of floats may hold what is no number. */
		wav->block[i] = isfinite(sum) ? sum / (float)channels : 0;
	}
	if (got > 0)
		ahoy_resampler_put(wav->resampler, wav->block, (size_t)got);
	if (got < wanted) {
		wav->file_done = true;
		ahoy_resampler_end(wav->resampler);
	}
}

size_t ahoy_wav_read(ahoy_wav_in *wav, int16_t *pcm, size_t samples)
{
	size_t done = 0;

	if (!wav->resampler)
		return 0;
	for (;;) {
		done += ahoy_resampler_take(wav->resampler, pcm + done, samples - done);
		if (done == samples)
			break;
		if (wav->file_done) {
			wav->at_end = true;
			break;
		}
		feed(wav);
	}
	return done;
}

bool ahoy_wav_at_end(const ahoy_wav_in *wav)
{
	return wav->at_end;
}
