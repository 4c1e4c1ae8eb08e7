/* codec_stream: a stream of one of our codecs in a container that other programs read, and what our decoder makes of it.
 *
 *	codec_stream CODEC FMTP SECONDS STREAM PCM     writes both files; prints "container rate_hz packets"
 *	codec_stream decode CODEC FMTP FRAME_BYTES STREAM PCM    decodes a raw stream (behind its 9 bytes of head for iLBC)
 *	codec_stream compare A.pcm B.pcm               prints "correlation lag level_db" of two files of 16-bit samples
 *
 * What is encoded is like speech: pulses of 90 to 190 Hz through moving resonances, noise, and pauses; always the same. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "os/world.h"

#define PI 3.14159265358979323846

static uint32_t seed = 12345;

static double noise(void)
{
	seed = seed * 1664525 + 1013904223;
	return (double)(int32_t)seed / 2147483648.0;
}

typedef struct {
	double y1, y2;
} resonance;

static double resonate(resonance *r, double x, double hz, double width_hz, double rate_hz)
{
	double radius = exp(-PI * width_hz / rate_hz);
	double y = (1 - radius) * x + 2 * radius * cos(2 * PI * hz / rate_hz) * r->y1 - radius * radius * r->y2;

	r->y2 = r->y1;
	r->y1 = y;
	return y;
}

static void make_speech(int16_t *pcm, size_t count, uint32_t rate_hz)
{
	resonance first = {0}, second = {0}, third = {0};
	double phase = 0;

	for (size_t i = 0; i < count; i++) {
		double t = (double)i / rate_hz, pitch = 140 + 50 * sin(2 * PI * 0.7 * t), in = 0.05 * noise(), y;
		bool is_voiced = fmod(t, 0.5)<0.32, is_pause = fmod(t, 2.0)> 1.8;

		phase += pitch / rate_hz;
		if (phase >= 1)
			phase -= 1;
		in = is_voiced ? in * 0.2 + (phase < pitch / rate_hz ? 3.0 * rate_hz / 8000.0 : 0) : in * 6;
		y = resonate(&first, in, 500 + 200 * sin(2 * PI * 1.3 * t), 80, rate_hz) +
		    resonate(&second, in, 1500 + 400 * sin(2 * PI * 0.9 * t), 120, rate_hz) +
		    0.5 * resonate(&third, in, 2600, 200, rate_hz);
		y = is_pause ? 0 : y * 14000;
		pcm[i] = (int16_t)(y > 30000 ? 30000 : (y < -30000 ? -30000 : y));
	}
}

/* ---- Ogg (RFC 3533), one packet a page ---- */
static void put_le(uint8_t *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t ogg_crc(const uint8_t *bytes, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)bytes[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x80000000u ? crc << 1 ^ 0x04c11db7u : crc << 1;
	}
	return crc;
}

static void put_page(FILE *out, uint32_t number, uint8_t flags, uint64_t granule, const uint8_t *packet, size_t len)
{
	uint8_t page[4096];
	size_t laces = len / 255 + 1, head = 27 + laces;

	memset(page, 0, sizeof page);
	memcpy(page, "OggS", 4);
	page[5] = flags;
	put_le(page + 6, granule, 8);
	put_le(page + 14, 1, 4); /* serial number */
	put_le(page + 18, number, 4);
	page[26] = (uint8_t)laces;
	memset(page + 27, 255, laces - 1);
	page[27 + laces - 1] = (uint8_t)(len % 255);
	memcpy(page + head, packet, len);
	put_le(page + 22, ogg_crc(page, head + len), 4);
	fwrite(page, 1, head + len, out);
}

static void put_ogg_heads(FILE *out, const ahoy_codec *codec)
{
	uint8_t head[80] = {0}, tags[16] = {0};

	if (codec == &ahoy_codec_opus) { /* RFC 7845 5 */
		memcpy(head, "OpusHead", 8);
		head[8] = 1;
		head[9] = 1; /* channel */
		put_le(head + 12, 48000, 4);
		put_page(out, 0, 2, 0, head, 19);
		memcpy(tags, "OpusTags", 8);
		put_page(out, 1, 0, 0, tags, 16);
		return;
	}
	memcpy(head, "Speex   1.2.1", 13);
	put_le(head + 28, 1, 4);
	put_le(head + 32, 80, 4);
	put_le(head + 36, codec->sample_rate_hz, 4);
	put_le(head + 40, codec->sample_rate_hz == 16000, 4); /* mode */
	put_le(head + 44, 4, 4);			      /* version of the bit stream */
	put_le(head + 48, 1, 4);			      /* channel */
	put_le(head + 52, 0xffffffff, 4);		      /* bit rate: unknown */
	put_le(head + 56, codec->sample_rate_hz / 50, 4);
	put_le(head + 64, 1, 4); /* frame in a packet */
	put_page(out, 0, 2, 0, head, 80);
	put_page(out, 1, 0, 0, tags, 8);
}

static FILE *open_file(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

static void check(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "%s: %s\n", what, ahoy_err_text(err));
		exit(1);
	}
}

static const ahoy_codec *codec_named(const char *name)
{
	const ahoy_codec *codec = ahoy_codec_named(ahoy_slice_of(name));

	if (!codec) {
		fprintf(stderr, "no codec %s\n", name);
		exit(1);
	}
	return codec;
}

static int write_stream(const char *name, const char *fmtp, double seconds, const char *stream_path, const char *pcm_path)
{
	const ahoy_codec *codec = codec_named(name);
	bool is_ogg = codec == &ahoy_codec_opus || codec == &ahoy_codec_speex || codec == &ahoy_codec_speex_wide;
	FILE *stream = open_file(stream_path, "wb"), *heard = open_file(pcm_path, "wb");
	size_t count = (size_t)(codec->sample_rate_hz * seconds), frame, len, got;
	int16_t *speech = calloc(count, sizeof *speech);
	unsigned ptime_ms;
	uint32_t packets = 0;
	ahoy_log_sink sink = {2, false};
	ahoy_env env;
	void *coder;

	ahoy_world_env(&sink, AHOY_LOG_WARN, &env);
	check(codec->open(&env, ahoy_slice_of(fmtp), &coder), name);
	ptime_ms = ahoy_codec_ptime(codec, coder, 20);
	frame = ahoy_codec_samples(codec, ptime_ms);
	make_speech(speech, count, codec->sample_rate_hz);
	if (is_ogg)
		put_ogg_heads(stream, codec);
	else if (ahoy_slice_ieq(ahoy_slice_of(codec->name), AHOY_S("iLBC")))
		fprintf(stream, "#!iLBC%u\n", ptime_ms); /* RFC 3952's file format */
	for (size_t at = 0; at + frame <= count; at += frame) {
		uint8_t payload[1500];
		int16_t pcm[5760];

		check(codec->encode(coder, speech + at, frame, payload, sizeof payload, &len), "encode");
		check(codec->decode(coder, payload, len, pcm, 5760, &got), "decode");
		fwrite(pcm, sizeof pcm[0], got, heard);
		if (is_ogg)
			put_page(stream, 2 + packets, 0, at + frame, payload, len);
		else
			fwrite(payload, 1, len, stream);
		packets++;
	}
	printf("%s %u %u\n", is_ogg ? "ogg" : "raw", codec->sample_rate_hz, packets);
	codec->close(&env, coder);
	free(speech);
	fclose(stream);
	fclose(heard);
	return 0;
}

static int decode_raw(const char *name, const char *fmtp, size_t bytes, const char *stream_path, const char *pcm_path)
{
	const ahoy_codec *codec = codec_named(name);
	FILE *stream = open_file(stream_path, "rb"), *heard = open_file(pcm_path, "wb");
	uint8_t payload[1500];
	int16_t pcm[5760];
	size_t got;
	ahoy_log_sink sink = {2, false};
	ahoy_env env;
	void *coder;

	ahoy_world_env(&sink, AHOY_LOG_WARN, &env);
	check(codec->open(&env, ahoy_slice_of(fmtp), &coder), name);
	while (bytes <= sizeof payload && fread(payload, 1, bytes, stream) == bytes) {
		check(codec->decode(coder, payload, bytes, pcm, 5760, &got), "decode");
		fwrite(pcm, sizeof pcm[0], got, heard);
	}
	codec->close(&env, coder);
	fclose(stream);
	fclose(heard);
	return 0;
}

static int16_t *read_pcm(const char *path, size_t *count)
{
	FILE *file = open_file(path, "rb");
	int16_t *pcm = malloc(8u << 20);

	*count = fread(pcm, sizeof *pcm, (8u << 20) / sizeof *pcm, file);
	fclose(file);
	return pcm;
}

static double correlate(const int16_t *a, size_t a_count, const int16_t *b, size_t b_count, long lag, double *level_db)
{
	double ab = 0, aa = 0, bb = 0;

	/* Each decoder begins in a state of its own: the first quarter of a second is not compared. */
	for (size_t i = a_count / 16; i < a_count; i++) {
		long k = (long)i + lag;

		if (k < 0 || k >= (long)b_count)
			continue;
		ab += (double)a[i] * b[k];
		aa += (double)a[i] * a[i];
		bb += (double)b[k] * b[k];
	}
	*level_db = aa > 0 && bb > 0 ? 10 * log10(bb / aa) : -99;
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static int compare(const char *a_path, const char *b_path)
{
	size_t a_count, b_count;
	int16_t *a = read_pcm(a_path, &a_count), *b = read_pcm(b_path, &b_count);
	double best = -1, best_db = 0, db;
	long best_lag = 0;

	for (long lag = -400; lag <= 400; lag++) {
		double value = correlate(a, a_count, b, b_count, lag, &db);

		if (value > best) {
			best = value;
			best_lag = lag;
			best_db = db;
		}
	}
	printf("%.6f %ld %.2f %zu %zu\n", best, best_lag, best_db, a_count, b_count);
	free(a);
	free(b);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "compare"))
		return compare(argv[2], argv[3]);
	if (argc == 7 && !strcmp(argv[1], "decode"))
		return decode_raw(argv[2], argv[3], (size_t)atoi(argv[4]), argv[5], argv[6]);
	if (argc == 6)
		return write_stream(argv[1], argv[2], atof(argv[3]), argv[4], argv[5]);
	fprintf(stderr, "codec_stream CODEC FMTP SECONDS STREAM PCM | decode CODEC FMTP BYTES STREAM PCM | compare A B\n");
	return 2;
}
