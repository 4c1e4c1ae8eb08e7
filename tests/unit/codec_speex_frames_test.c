/* codec/speex_frames: the frames of a payload, against libspeex's own table of modes. */
#include "codec/speex_frames.h"

#include <speex/speex.h>

#include "test.h"

typedef struct {
	uint8_t bytes[400];
	size_t at;
} writer;

static void put(writer *w, unsigned value, unsigned count)
{
	for (unsigned i = count; i-- > 0; w->at++)
		w->bytes[w->at / 8] = (uint8_t)(w->bytes[w->at / 8] | (value >> i & 1u) << (7 - w->at % 8));
}

static size_t frames(const writer *w, bool is_wide)
{
	return ahoy_speex_frames(w->bytes, (w->at + 7) / 8, is_wide);
}

static void each_mode_is_as_long_as_libspeex_says(void **state)
{
	(void)state;
	for (int mode = 0; mode < 13; mode++) {
		int bits = mode;
		writer w = {.at = 0};

		speex_mode_query(speex_lib_get_mode(SPEEX_MODEID_NB), SPEEX_SUBMODE_BITS_PER_FRAME, &bits);
		put(&w, (unsigned)mode, 5);
		if (bits <= 0) {
			w.at += 600;
			assert_int_equal(frames(&w, false), 0);
			continue;
		}
		w.at = (size_t)bits;
		put(&w, 15, 5); /* a terminator */
		assert_int_equal(frames(&w, false), 1);
		if (bits > 8)
			assert_int_equal(ahoy_speex_frames(w.bytes, (size_t)(bits - 1) / 8, false), 0);
	}
}

static void rfc5574_3_several_frames_end_at_the_terminator(void **state)
{
	writer w = {.at = 0};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		put(&w, 8, 5);
		w.at += 79 - 5;
	}
	put(&w, 15, 5);
	put(&w, 0xff, 8); /* nobody reads on */
	assert_int_equal(frames(&w, false), 3);
	assert_int_equal(ahoy_speex_frames(w.bytes, 0, false), 0);
}

static void a_wide_band_layer_counts_for_its_own_band_alone(void **state)
{
	static const struct {
		unsigned mode, bits;
		size_t narrow, wide;
	} rows[] = {{0, 4, 0, 2}, {1, 36, 2, 2}, {2, 112, 2, 2}, {3, 192, 2, 2}, {4, 352, 2, 2}, {5, 36, 0, 0}, {7, 4, 0, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		writer w = {.at = 0};

		for (unsigned n = 0; n < 2; n++) {
			put(&w, 1, 5);
			w.at += 43 - 5;
			if (n == 0) {
				put(&w, 8 | rows[i].mode, 4);
				w.at += rows[i].bits - 4;
			}
		}
		put(&w, 15, 5);
		assert_int_equal(frames(&w, false), rows[i].narrow);
		assert_int_equal(frames(&w, true), rows[i].wide);
	}
}

static void an_in_band_request_is_stepped_over(void **state)
{
	static const unsigned sizes[16] = {1, 1, 4, 4, 4, 4, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64};

	(void)state;
	for (unsigned number = 0; number < 16; number++) {
		writer w = {.at = 0};

		put(&w, 14, 5);
		put(&w, number, 4);
		w.at += sizes[number];
		put(&w, 8, 5);
		w.at += 79 - 5;
		put(&w, 15, 5);
		assert_int_equal(frames(&w, false), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mode_is_as_long_as_libspeex_says),
		cmocka_unit_test(rfc5574_3_several_frames_end_at_the_terminator),
		cmocka_unit_test(a_wide_band_layer_counts_for_its_own_band_alone),
		cmocka_unit_test(an_in_band_request_is_stepped_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
