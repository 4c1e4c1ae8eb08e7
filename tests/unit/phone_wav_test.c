/* phone/wav: sound files read at any rate and width, written as 16-bit mono, and bad ones refused with a line. */
#include "phone/wav.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static char folder[64];
static char path[128], text[512];

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ahoy-wav-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"a.wav", "b.wav", "text.wav", "empty.wav", "zero.wav"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unlink(in_folder(names[i]));
	return rmdir(folder);
}

/* A file of `frames` frames; channel 0 holds `left`, the others silence. */
static void make_file(const char *name, int rate_hz, int channels, int format, int frames, short left)
{
	SF_INFO info = {.samplerate = rate_hz, .channels = channels, .format = format};
	SNDFILE *file = sf_open(in_folder(name), SFM_WRITE, &info);
	short frame[8] = {left};

	assert_non_null(file);
	sf_command(file, SFC_SET_SCALE_INT_FLOAT_WRITE, NULL, SF_TRUE);
	for (int i = 0; i < frames; i++)
		assert_int_equal(sf_writef_short(file, frame, 1), 1);
	sf_close(file);
}

static void what_is_written_is_read_back_bit_for_bit(void **state)
{
	int16_t pcm[1000], back[1200];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_wav_out *out;
	ahoy_wav_in *in;
	SF_INFO info = {0};
	SNDFILE *file;

	(void)state;
	for (int i = 0; i < 1000; i++)
		pcm[i] = (int16_t)(i * 65 - 32768);
	assert_ok(ahoy_wav_create(in_folder("a.wav"), 8000, &out, &why));
	assert_ok(ahoy_wav_write(out, pcm, 300, 8000));
	assert_ok(ahoy_wav_write(out, pcm + 300, 700, 8000));
	assert_ok(ahoy_wav_finish(out));
	file = sf_open(in_folder("a.wav"), SFM_READ, &info);
	assert_int_equal(info.channels, 1);
	assert_int_equal(info.samplerate, 8000);
	assert_int_equal(info.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
	sf_close(file);
	assert_ok(ahoy_wav_open(in_folder("a.wav"), &in, &why));
	assert_ok(ahoy_wav_start(in, 8000));
	assert_int_equal(ahoy_wav_read(in, back, 160), 160);
	assert_false(ahoy_wav_at_end(in));
	assert_int_equal(ahoy_wav_read(in, back + 160, 1040), 840);
	assert_true(ahoy_wav_at_end(in));
	assert_memory_equal(back, pcm, sizeof pcm);
	/* A second call plays it from its beginning again. */
	assert_ok(ahoy_wav_start(in, 8000));
	assert_int_equal(ahoy_wav_read(in, back, 160), 160);
	assert_memory_equal(back, pcm, 320);
	ahoy_wav_close(in);
}

static void any_format_comes_as_mono_at_the_rate_asked_for(void **state)
{
	static const struct {
		int rate_hz, channels, format, expected;
	} rows[] = {
		{44100, 2, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000},
		{48000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_24, 16000},
		{8000, 4, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 4000},
		{8000, 1, SF_FORMAT_WAV | SF_FORMAT_ULAW, 16000},
		{11025, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 16000},
	};
	int16_t pcm[9000];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_wav_in *in;

		make_file("b.wav", rows[i].rate_hz, rows[i].channels, rows[i].format, rows[i].rate_hz, 16000);
		assert_ok(ahoy_wav_open(in_folder("b.wav"), &in, &why));
		assert_ok(ahoy_wav_start(in, 8000));
		assert_int_equal(ahoy_wav_read(in, pcm, 9000), 8000);
		/* The level is what the mean over the channels makes it, within what 8 bits can say. */
		assert_in_range(pcm[4000] + 200, rows[i].expected, rows[i].expected + 400);
		ahoy_wav_close(in);
	}
}

static void bad_files_are_refused_with_one_line_that_names_them(void **state)
{
	static const struct {
		const char *name, *says;
	} rows[] = {
		{"missing.wav", "No such file"},
		{"text.wav", "no sound file"},
		{"empty.wav", "no sound"},
		{"zero.wav", "no sound file"},
		{".", "no sound file"},
	};
	FILE *file = fopen(in_folder("text.wav"), "w");

	(void)state;
	fputs("this is a text\n", file);
	fclose(file);
	fclose(fopen(in_folder("zero.wav"), "w"));
	make_file("empty.wav", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 0, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_buf why = ahoy_buf_over(text, sizeof text);
		ahoy_wav_in *in;

		assert_err_row(ahoy_wav_open(in_folder(rows[i].name), &in, &why), AHOY_EIO, rows[i].name);
		assert_row(strstr(ahoy_buf_cstr(&why), rows[i].says) != NULL, text);
		assert_row(strstr(text, path) == text, text);
		assert_null(strchr(text, '\n'));
	}
}

static void a_file_that_is_cut_off_plays_to_where_its_bytes_end(void **state)
{
	int16_t pcm[9000];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_wav_in *in;

	(void)state;
	make_file("b.wav", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 100);
	assert_int_equal(truncate(in_folder("b.wav"), 44 + 2000), 0);
	assert_ok(ahoy_wav_open(in_folder("b.wav"), &in, &why));
	assert_ok(ahoy_wav_start(in, 8000));
	assert_int_equal(ahoy_wav_read(in, pcm, 9000), 1000);
	ahoy_wav_close(in);
}

static void silence_and_another_rate_keep_the_length(void **state)
{
	static int16_t pcm[16000];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_wav_out *out;
	ahoy_wav_in *in;

	(void)state;
	assert_ok(ahoy_wav_create(in_folder("a.wav"), 8000, &out, &why));
	assert_ok(ahoy_wav_write_silence(out, 500000));
	assert_ok(ahoy_wav_write(out, pcm, 8000, 16000));
	assert_ok(ahoy_wav_write(out, pcm, 4000, 8000));
	assert_int_equal(ahoy_wav_rate(out), 8000);
	assert_ok(ahoy_wav_finish(out));
	assert_ok(ahoy_wav_open(in_folder("a.wav"), &in, &why));
	assert_ok(ahoy_wav_start(in, 8000));
	assert_int_equal(ahoy_wav_read(in, pcm, 16000), 12000);
	ahoy_wav_close(in);
}

static void a_place_that_cannot_be_written_is_found_before_the_call(void **state)
{
	ahoy_buf why = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_wav_check_writable(in_folder("a.wav"), &why));
	assert_ok(ahoy_wav_check_writable("new-file.wav", &why));
	assert_int_not_equal(access("new-file.wav", F_OK), 0);
	assert_err(ahoy_wav_check_writable(in_folder("no/such.wav"), &why), AHOY_EIO);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "cannot be written"));
	assert_err(ahoy_wav_check_writable(folder, &why), AHOY_EIO);
	assert_err(ahoy_wav_check_writable("", &why), AHOY_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back_bit_for_bit),
		cmocka_unit_test(any_format_comes_as_mono_at_the_rate_asked_for),
		cmocka_unit_test(bad_files_are_refused_with_one_line_that_names_them),
		cmocka_unit_test(a_file_that_is_cut_off_plays_to_where_its_bytes_end),
		cmocka_unit_test(silence_and_another_rate_keep_the_length),
		cmocka_unit_test(a_place_that_cannot_be_written_is_found_before_the_call),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
