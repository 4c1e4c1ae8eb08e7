/* tone: makes a tone as a WAV file, and measures one. Used by tools/demo.
 *
 *	tone make F.wav HZ SECONDS              8 kHz, 16 bit, mono, -10 dBov
 *	tone measure F.wav HZ                   prints: seconds heard, level in dBov, share of the power that is at HZ, frequency
 *	tone compare PLAYED.wav HEARD.wav HZ    exit 0 where HEARD has all of PLAYED at HZ and the level differs by less than 1 dB */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 8000
#define LEVEL_DBOV (-10.0)
#define BLOCK_SAMPLES 400 /* 50 ms */
#define MAX_SECONDS 600

typedef struct {
	double heard_s;	     /* blocks above -60 dBov */
	double level_dbov;   /* over those */
	double at_frequency; /* share of their power, 0 .. 1 */
} measure;

static int make(const char *path, double hz, double seconds)
{
	SF_INFO info = {.samplerate = RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	/* dBov (RFC 6464): 0 is a full-scale square wave, so that a full-scale sine has -3. */
	double amplitude = 32767.0 * sqrt(2.0) * pow(10.0, LEVEL_DBOV / 20.0);
	long count = (long)(seconds * RATE_HZ);

	if (!file) {
		fprintf(stderr, "tone: %s: %s\n", path, sf_strerror(NULL));
		return 1;
	}
	for (long i = 0; i < count; i++) {
		short sample = (short)lrint(amplitude * sin(2.0 * M_PI * hz * (double)i / RATE_HZ));

		if (sf_write_short(file, &sample, 1) != 1) {
			fprintf(stderr, "tone: %s: %s\n", path, sf_strerror(file));
			sf_close(file);
			return 1;
		}
	}
	return sf_close(file) ? 1 : 0;
}

/* Goertzel: the power at one frequency, and the whole power, of one block. */
static void block_power(const short *samples, int count, int rate_hz, double hz, double *at, double *whole)
{
	double k = 2.0 * cos(2.0 * M_PI * hz / rate_hz), s0, s1 = 0, s2 = 0;

	*whole = 0;
	for (int i = 0; i < count; i++) {
		s0 = samples[i] + k * s1 - s2;
		s2 = s1;
		s1 = s0;
		*whole += (double)samples[i] * samples[i];
	}
	*whole /= count;
	*at = 2.0 * (s1 * s1 + s2 * s2 - k * s1 * s2) / ((double)count * count);
}

static int measure_file(const char *path, double hz, measure *out)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	short samples[BLOCK_SAMPLES];
	double power = 0, power_at = 0;
	int blocks = 0;

	if (!file || info.channels != 1) {
		fprintf(stderr, "tone: %s: %s\n", path, file ? "is not mono" : sf_strerror(NULL));
		if (file)
			sf_close(file);
		return 1;
	}
	while (sf_read_short(file, samples, BLOCK_SAMPLES) == BLOCK_SAMPLES) {
		double at, whole;

		block_power(samples, BLOCK_SAMPLES, info.samplerate, hz, &at, &whole);
		if (whole == 0 || 10.0 * log10(whole / (32767.0 * 32767.0)) < -60.0)
			continue;
		power += whole;
		power_at += at;
		blocks++;
	}
	*out = (measure){.heard_s = (double)blocks * BLOCK_SAMPLES / info.samplerate, .level_dbov = -99};
	if (blocks) {
		out->level_dbov = 10.0 * log10(power / blocks / (32767.0 * 32767.0));
		out->at_frequency = power_at / power;
	}
	sf_close(file);
	return 0;
}

static void print(const char *what, const measure *m, double hz)
{
	printf("%s: %.2f s, %.1f dBov, %.1f %% of the power at %g Hz\n", what, m->heard_s, m->level_dbov, 100.0 * m->at_frequency, hz);
}

static int compare(const char *played, const char *heard, double hz)
{
	measure a, b;

	if (measure_file(played, hz, &a) || measure_file(heard, hz, &b))
		return 1;
	print("played", &a, hz);
	print("heard ", &b, hz);
	if (b.heard_s < a.heard_s - 0.1 || b.at_frequency < 0.95 || fabs(a.level_dbov - b.level_dbov) > 1.0) {
		fprintf(stderr, "tone: what was heard is not what was played\n");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	measure m;

	if (argc == 5 && !strcmp(argv[1], "make") && atof(argv[3]) > 0 && atof(argv[4]) > 0 && atof(argv[4]) <= MAX_SECONDS)
		return make(argv[2], atof(argv[3]), atof(argv[4]));
	if (argc == 4 && !strcmp(argv[1], "measure") && atof(argv[3]) > 0) {
		if (measure_file(argv[2], atof(argv[3]), &m))
			return 1;
		print(argv[2], &m, atof(argv[3]));
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "compare") && atof(argv[4]) > 0)
		return compare(argv[2], argv[3], atof(argv[4]));
	fprintf(stderr, "usage: tone make F.wav HZ SECONDS | measure F.wav HZ | compare PLAYED.wav HEARD.wav HZ\n");
	return 2;
}
