/* wav: sound files in and out: any file that libsndfile reads, mixed down and resampled on the fly to 16-bit mono at
 * the rate asked for; 16-bit mono WAV written. Read and written piece by piece, so that an hour of sound costs no
 * memory. Heap, open to close.
 * Thread kind: owned. Cost: blocking file input and output of a few milliseconds of sound at a time. */
#ifndef AHOY_PHONE_WAV_H
#define AHOY_PHONE_WAV_H

#include "base/buf.h"
#include "base/env.h"
#include "base/err.h"

typedef struct ahoy_wav_in ahoy_wav_in;
typedef struct ahoy_wav_out ahoy_wav_out;

/* Opens and checks it: readable, a sound file, with sound in it. AHOY_EIO, AHOY_ENOMEM; one line (what, where, what
 * to do) is in `why` then. */
int ahoy_wav_open(const char *path, ahoy_wav_in **out, ahoy_buf *why) AHOY_MUST_USE;
void ahoy_wav_close(ahoy_wav_in *wav); /* NULL is allowed */
/* From the beginning, at this rate from now on. AHOY_ERANGE, AHOY_ENOMEM, AHOY_EIO. */
int ahoy_wav_start(ahoy_wav_in *wav, uint32_t sample_rate_hz) AHOY_MUST_USE;
/* A changed rate in the middle. Errors as above. */
int ahoy_wav_set_rate(ahoy_wav_in *wav, uint32_t sample_rate_hz) AHOY_MUST_USE;
/* Up to `samples`; fewer at the end only, then 0. */
size_t ahoy_wav_read(ahoy_wav_in *wav, int16_t *pcm, size_t samples);
bool ahoy_wav_at_end(const ahoy_wav_in *wav);

/* Whether `path` could be written, without making or changing a file: for a check before anything happens. AHOY_EIO,
 * with `why`. */
int ahoy_wav_check_writable(const char *path, ahoy_buf *why) AHOY_MUST_USE;
/* Makes the file or empties it. AHOY_EIO, AHOY_ENOMEM, with `why`. */
int ahoy_wav_create(const char *path, uint32_t sample_rate_hz, ahoy_wav_out **out, ahoy_buf *why) AHOY_MUST_USE;
/* PCM at `sample_rate_hz`, resampled where it is not the file's. AHOY_EIO (disk full), AHOY_ENOMEM, AHOY_ERANGE. */
int ahoy_wav_write(ahoy_wav_out *wav, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz) AHOY_MUST_USE;
/* `duration_us` of silence. Errors as above. */
int ahoy_wav_write_silence(ahoy_wav_out *wav, uint64_t duration_us) AHOY_MUST_USE;
uint32_t ahoy_wav_rate(const ahoy_wav_out *wav);
/* Finishes the header and closes; NULL is allowed. AHOY_EIO where the last bytes could not be written. */
int ahoy_wav_finish(ahoy_wav_out *wav) AHOY_MUST_USE;

/* Between wav_in.c and wav_out.c: an allocator for the resampler, and nothing else. */
extern const ahoy_env ahoy_wav_env;

#endif
