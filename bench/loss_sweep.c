/* loss_sweep: what lost packets do to each codec, with its concealment and without: a voice is encoded, packets are taken out,
 * the rest is decoded and compared with what comes out where nothing is lost. Virtual time: the figures are the same on every run
 * of the same libraries (docs/loss.md shows them, and says how a damage becomes a MOS).
 * Usage: loss_sweep [--seconds N] [--csv] [CODEC...] */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "os/world.h"
#include "rtp/emodel.h"
#include "voice.h"

#define MAX_PACKETS 12000
#define MAX_BYTES 1024
#define MAX_FRAME 2880 /* 60 ms at 48 kHz */
#define BURST_MEAN 3.0 /* packets */

/* Comparison: frames of 20 ms in bands of a third of an octave or so, in what a telephone carries. */
#define BANDS 12
#define LOW_HZ 200.0
#define HIGH_HZ 3400.0
#define FLOOR 1e-6 /* of full scale, power: what is quieter is silence */

static const double losses[] = {0, 1, 2, 3, 5, 7, 10, 15, 20}; /* per cent */
#define LOSSES (sizeof losses / sizeof losses[0])

typedef enum {
	CONCEALED,
	SILENCE
} repair;

typedef struct {
	const ahoy_codec *codec;
	const char *label, *fmtp;
	size_t frame; /* samples of a packet */
	size_t count; /* packets */
	uint8_t (*bytes)[MAX_BYTES];
	size_t *len;
	int16_t *pcm; /* decoded, count * frame samples */
	bool *lost;
} stream;

static ahoy_env env;

static void die(const char *what)
{
	fprintf(stderr, "loss_sweep: %s\n", what);
	exit(1);
}

static void *need(size_t size)
{
	void *ptr = calloc(1, size);

	if (!ptr)
		die("out of memory");
	return ptr;
}

/* ---- the stream ---- */

static void encode(stream *s, unsigned seconds)
{
	test_voice voice = {.rate_hz = s->codec->sample_rate_hz};
	int16_t pcm[MAX_FRAME];
	unsigned ptime_ms;
	void *state;

	if (s->codec->open(&env, ahoy_slice_of(s->fmtp), &state))
		die("a codec does not open");
	ptime_ms = ahoy_codec_ptime(s->codec, state, strstr(s->label, "30") ? 30 : 20);
	s->frame = ahoy_codec_samples(s->codec, ptime_ms);
	s->count = seconds * 1000 / ptime_ms;
	for (size_t i = 0; i < s->count; i++) {
		for (size_t n = 0; n < s->frame; n++)
			pcm[n] = test_pcm_of(test_voice_next(&voice, 9000));
		if (s->codec->encode(state, pcm, s->frame, s->bytes[i], MAX_BYTES, &s->len[i]))
			die("a frame is not encoded");
	}
	s->codec->close(&env, state);
}

static void make_up(stream *s, void *state, size_t i, int16_t *out, repair how)
{
	bool has_next = i + 1 < s->count && !s->lost[i + 1];

	if (how == SILENCE) {
		memset(out, 0, s->frame * sizeof *out);
		return;
	}
	if (has_next && s->codec->recover && !s->codec->recover(state, s->bytes[i + 1], s->len[i + 1], out, s->frame))
		return;
	s->codec->conceal(state, out, s->frame);
}

static void decode(stream *s, repair how)
{
	int16_t pcm[2 * MAX_FRAME];
	void *state;

	if (s->codec->open(&env, ahoy_slice_of(s->fmtp), &state))
		die("a codec does not open");
	for (size_t i = 0; i < s->count; i++) {
		size_t samples = 0;

		if (s->lost[i]) {
			make_up(s, state, i, s->pcm + i * s->frame, how);
			continue;
		}
		if (s->codec->decode(state, s->bytes[i], s->len[i], pcm, 2 * MAX_FRAME, &samples) || samples != s->frame)
			die("a packet is not decoded");
		memcpy(s->pcm + i * s->frame, pcm, s->frame * sizeof *pcm);
	}
	s->codec->close(&env, state);
}

/* Gilbert's model: each packet of a burst is lost; a burst ends with 1 / BURST_MEAN. Exactly as many as wanted in the long run. */
static void lose(stream *s, double percent, bool in_bursts)
{
	double p = percent / 100, end = in_bursts ? 1 / BURST_MEAN : 1 - p, begin = in_bursts ? p * end / (1 - p) : p;
	uint32_t chance = 20261130;
	bool burst = false;

	for (size_t i = 0; i < s->count; i++) {
		double x = (test_noise(&chance) + 1) / 2;

		burst = burst ? x >= end : x < begin;
		s->lost[i] = burst;
	}
}

/* ---- the comparison ---- */

typedef struct {
	size_t frame; /* samples of 20 ms */
	double coefficient[BANDS];
	double window[MAX_FRAME / 3];
} analyser;

static void analyser_init(analyser *a, double rate_hz)
{
	a->frame = (size_t)rate_hz / 50;
	for (int b = 0; b < BANDS; b++)
		a->coefficient[b] = 2 * cos(2 * M_PI * LOW_HZ * pow(HIGH_HZ / LOW_HZ, (b + 0.5) / BANDS) / rate_hz);
	for (size_t n = 0; n < a->frame; n++)
		a->window[n] = (0.5 - 0.5 * cos(2 * M_PI * ((double)n + 0.5) / (double)a->frame)) / 32768.0;
}

/* Power of each band of a frame, of full scale, in dB above FLOOR, by Goertzel's filters at the bands' middles. */
static void spectrum(const analyser *a, const int16_t *pcm, double out_db[BANDS])
{
	for (int b = 0; b < BANDS; b++) {
		double c = a->coefficient[b], s1 = 0, s2 = 0, power;

		for (size_t n = 0; n < a->frame; n++) {
			double s0 = pcm[n] * a->window[n] + c * s1 - s2;

			s2 = s1;
			s1 = s0;
		}
		power = (s1 * s1 + s2 * s2 - c * s1 * s2) / ((double)a->frame * (double)a->frame / 8);
		out_db[b] = 10 * log10(power / FLOOR + 1);
	}
}

/* How damaged a frame is, 0 .. 1: a spectrum that is 3 dB off is not heard, one that is 15 dB off is a lost one. */
static double damage_of(const double whole_db[BANDS], const double damaged_db[BANDS])
{
	double sum = 0, distance;

	for (int b = 0; b < BANDS; b++)
		sum += (whole_db[b] - damaged_db[b]) * (whole_db[b] - damaged_db[b]);
	distance = (sqrt(sum / BANDS) - 3) / 12;
	return distance < 0 ? 0 : (distance > 1 ? 1 : distance);
}

static bool is_voice(const double db[BANDS])
{
	for (int b = 0; b < BANDS; b++)
		if (db[b] > 10)
			return true;
	return false;
}

/* Per cent of the voice. `whole` has the spectra of what comes out where nothing is lost. */
static double damage(const stream *s, const analyser *a, double (*whole)[BANDS])
{
	size_t frames = s->count * s->frame / a->frame, voiced = 0;
	double sum = 0, db[BANDS];

	for (size_t i = 0; i < frames; i++) {
		if (!is_voice(whole[i]))
			continue;
		spectrum(a, s->pcm + i * a->frame, db);
		sum += damage_of(whole[i], db);
		voiced++;
	}
	return voiced ? 100 * sum / (double)voiced : 0;
}

/* G.107 with what is damaged in the place of what is lost, and G.113's Bpl of G.711 that conceals nothing. */
static double mos_of(const ahoy_codec *codec, double damaged_percent)
{
	ahoy_emodel_path path = {.codec = ahoy_slice_of(codec->name)};
	double r = ahoy_emodel_r(&path), ie = 93.2 - r;

	return ahoy_emodel_mos(r - (95 - ie) * damaged_percent / (damaged_percent + 4.3));
}

/* ---- the table ---- */

static void sweep(stream *s, bool csv)
{
	static const char *const models[] = {"random", "burst"};

	static double whole[MAX_PACKETS][BANDS];
	static analyser a;

	analyser_init(&a, s->codec->sample_rate_hz);
	memset(s->lost, 0, MAX_PACKETS * sizeof *s->lost);
	decode(s, CONCEALED);
	for (size_t i = 0; i < s->count * s->frame / a.frame; i++)
		spectrum(&a, s->pcm + i * a.frame, whole[i]);
	for (int m = 0; m < 2; m++) {
		double mos[2][LOSSES];

		for (size_t i = 0; i < LOSSES; i++) {
			lose(s, losses[i], m == 1);
			for (int how = CONCEALED; how <= SILENCE; how++) {
				double percent;

				decode(s, (repair)how);
				percent = damage(s, &a, whole);
				mos[how][i] = mos_of(s->codec, percent);
				if (csv)
					printf("%s,%s,%s,%g,%.2f,%.2f\n", s->label, models[m], how == CONCEALED ? "concealed" : "silence",
					       losses[i], percent, mos[how][i]);
			}
		}
		for (int how = CONCEALED; how <= SILENCE && !csv; how++) {
			printf("%-12s %-6s %-9s", s->label, models[m], how == CONCEALED ? "concealed" : "silence");
			for (size_t i = 0; i < LOSSES; i++)
				printf(" %5.2f", mos[how][i]);
			putchar('\n');
		}
	}
}

static void head(bool csv)
{
	if (csv) {
		puts("codec,model,repair,loss_percent,damaged_percent,mos");
		return;
	}
	printf("MOS at a loss of               ");
	for (size_t i = 0; i < LOSSES; i++)
		printf(" %4g%%", losses[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const struct {
		const char *label, *name, *fmtp;
	} rows[] = {
		{"PCMU", "PCMU", ""},
		{"GSM", "GSM", ""},
		{"speex", "speex", ""},
		{"speex/16000", "speex/16000", ""},
		{"iLBC 20", "iLBC", "mode=20"},
		{"iLBC 30", "iLBC", "mode=30"},
		{"G722", "G722", ""},
		{"opus", "opus", "useinbandfec=1"},
	};
	static const struct option options[] = {{"seconds", required_argument, NULL, 's'}, {"csv", no_argument, NULL, 'c'}, {0}};
	ahoy_log_sink log = {.fd = 2};
	unsigned seconds = 60;
	bool csv = false;
	stream s = {0};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			seconds = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'c')
			csv = true;
		else
			return 2;
	}
	if (seconds < 1 || seconds > MAX_PACKETS / 50) {
		fprintf(stderr, "loss_sweep: --seconds takes 1 to %d\n", MAX_PACKETS / 50);
		return 2;
	}
	ahoy_world_env(&log, AHOY_LOG_ERROR, &env);
	s.bytes = need(MAX_PACKETS * sizeof *s.bytes);
	s.len = need(MAX_PACKETS * sizeof *s.len);
	s.lost = need(MAX_PACKETS * sizeof *s.lost);
	s.pcm = need(((size_t)seconds * 48000 + MAX_FRAME) * sizeof *s.pcm);
	head(csv);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool wanted = optind == argc;

		for (int a = optind; a < argc; a++)
			wanted |= strcmp(argv[a], rows[i].label) == 0;
		s.codec = ahoy_codec_named(ahoy_slice_of(rows[i].name));
		s.label = rows[i].label;
		s.fmtp = rows[i].fmtp;
		if (!wanted || !s.codec)
			continue;
		encode(&s, seconds);
		sweep(&s, csv);
	}
	free(s.bytes);
	free(s.len);
	free(s.lost);
	free(s.pcm);
	return 0;
}
