#include "rtp/voip_metrics.h"

#include <math.h>

#include "test.h"

static const ahoy_voip_metrics sample = {
	.ssrc = 0x01020304,
	.loss_rate = 5,
	.discard_rate = 6,
	.burst_density = 7,
	.gap_density = 8,
	.burst_duration_ms = 0x0910,
	.gap_duration_ms = 0x1112,
	.round_trip_ms = 0x1314,
	.end_system_ms = 0x1516,
	.signal_dbm = 0xe0,
	.noise_dbm = AHOY_VOIP_METRICS_UNKNOWN,
	.rerl_db = 55,
	.gmin = 16,
	.r_factor = 93,
	.external_r = AHOY_VOIP_METRICS_UNKNOWN,
	.mos_lq = 44,
	.mos_cq = 43,
	.rx_config = AHOY_VOIP_PLC_STANDARD | AHOY_VOIP_JB_ADAPTIVE,
	.jb_nominal_ms = 60,
	.jb_maximum_ms = 200,
	.jb_abs_max_ms = 400,
};

static void rfc3611_4_7_a_block_is_read_as_it_was_written(void **state)
{
	static const uint8_t head[] = {7, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x10, 0x11, 0x12};
	uint8_t bytes[AHOY_VOIP_METRICS_BLOCK], again[AHOY_VOIP_METRICS_BLOCK];
	ahoy_voip_metrics m;

	(void)state;
	ahoy_voip_metrics_encode(&sample, bytes);
	assert_memory_equal(bytes, head, sizeof head);
	assert_int_equal(bytes[28], 0xf0);
	assert_ok(ahoy_voip_metrics_decode(bytes, sizeof bytes, &m));
	assert_int_equal(m.jb_abs_max_ms, 400);
	assert_int_equal(m.mos_cq, 43);
	ahoy_voip_metrics_encode(&m, again);
	assert_memory_equal(bytes, again, sizeof bytes);
}

static void a_block_that_is_cut_or_another_is_refused(void **state)
{
	uint8_t bytes[AHOY_VOIP_METRICS_BLOCK];
	ahoy_voip_metrics m;

	(void)state;
	ahoy_voip_metrics_encode(&sample, bytes);
	for (size_t len = 0; len < sizeof bytes; len++) {
		ahoy_slice cut = test_exact(ahoy_slice_make(bytes, len));

		assert_err(ahoy_voip_metrics_decode(cut.ptr, len, &m), AHOY_ETRUNCATED);
		test_free_exact(cut);
	}
	bytes[0] = 6;
	assert_err(ahoy_voip_metrics_decode(bytes, sizeof bytes, &m), AHOY_ESYNTAX);
	bytes[0] = 7;
	bytes[3] = 9;
	assert_err(ahoy_voip_metrics_decode(bytes, sizeof bytes, &m), AHOY_ESYNTAX);
}

/* '.' heard, 'x' lost, 'd' discarded; "16*" would be long, so that a digit is that many times ten heard. */
static void add(ahoy_burst_gap *b, const char *fates)
{
	for (; *fates; fates++) {
		if (*fates >= '1' && *fates <= '9')
			for (int i = 0; i < 10 * (*fates - '0'); i++)
				ahoy_burst_gap_add(b, AHOY_PACKET_HEARD);
		else
			ahoy_burst_gap_add(b, *fates == 'x' ? AHOY_PACKET_LOST
							    : (*fates == 'd' ? AHOY_PACKET_DISCARDED : AHOY_PACKET_HEARD));
	}
}

static void rfc3611_4_7_2_bursts_are_told_from_gaps(void **state)
{
	static const struct {
		const char *fates;
		unsigned loss, discard, burst_density, gap_density, burst_ms, gap_ms;
	} rows[] = {
		{"", 0, 0, 0, 0, 0, 0},
		{"9", 0, 0, 0, 0, 0, 1800},
		/* One lost far from the next is part of the gap: 1 of 41. */
		{"2x2", 6, 0, 0, 6, 0, 820},
		/* Fifteen between two: one burst of 17 with 2; sixteen: none. */
		{"2x1.....x2", 8, 0, 30, 0, 340, 400},
		{"2x1......x2", 8, 0, 0, 8, 0, 1160},
		/* Lost and discarded count alike. */
		{"2xd.d2", 5, 11, 192, 0, 80, 400},
		/* Two bursts, three gaps of 20 packets. */
		{"2xx2xx2", 16, 0, 255, 0, 40, 400},
		/* A burst that is not over counts as it is. */
		{"2xxx", 33, 0, 255, 0, 60, 200},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_burst_gap b = {0};
		ahoy_voip_metrics m = {0};

		add(&b, rows[i].fates);
		ahoy_burst_gap_report(&b, 20, &m);
		assert_row(m.loss_rate == rows[i].loss, rows[i].fates);
		assert_row(m.discard_rate == rows[i].discard, rows[i].fates);
		assert_row(m.burst_density == rows[i].burst_density, rows[i].fates);
		assert_row(m.gap_density == rows[i].gap_density, rows[i].fates);
		assert_row(m.burst_duration_ms == rows[i].burst_ms, rows[i].fates);
		assert_row(m.gap_duration_ms == rows[i].gap_ms, rows[i].fates);
		assert_row(m.gmin == 16, rows[i].fates);
	}
}

static void g107_the_burst_ratio_is_1_for_scattered_loss_and_more_for_runs(void **state)
{
	ahoy_burst_gap scattered = {0}, runs = {0}, all = {0}, none = {0};

	(void)state;
	for (int i = 0; i < 50; i++) {
		add(&scattered, "1x1x1x1x");
		add(&runs, "4xxxx");
	}
	add(&all, "xxx");
	add(&none, "9");
	assert_true(fabs(ahoy_burst_gap_ratio(&scattered) - 1) < 1e-9);
	assert_true(fabs(ahoy_burst_gap_ratio(&runs) - 4 * 40 / 44.0) < 0.001);
	assert_true(ahoy_burst_gap_ratio(&all) == 1 && ahoy_burst_gap_ratio(&none) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3611_4_7_a_block_is_read_as_it_was_written),
		cmocka_unit_test(a_block_that_is_cut_or_another_is_refused),
		cmocka_unit_test(rfc3611_4_7_2_bursts_are_told_from_gaps),
		cmocka_unit_test(g107_the_burst_ratio_is_1_for_scattered_loss_and_more_for_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
