#include "rtp/rtcp.h"

#include "test.h"

static const ahoy_rtcp_report sender = {
	.type = AHOY_RTCP_SR,
	.ssrc = 0x11223344,
	.ntp = 0x0000000a80000000,
	.timestamp = 160,
	.packets = 1000,
	.octets = 160000,
	.block_count = 1,
	.blocks = {{.ssrc = 5,
		    .fraction_lost = 25,
		    .cumulative_lost = -3,
		    .highest_seq = 70000,
		    .jitter = 12,
		    .lsr = 7,
		    .dlsr = 8}},
};

static int encode(const ahoy_rtcp_report *report, ahoy_slice cname, bool bye, void *out, size_t cap, size_t *len)
{
	ahoy_rtcp_parts parts = {report, cname, NULL, bye};

	return ahoy_rtcp_encode(&parts, out, cap, len);
}

static void rfc3550_6_a_compound_packet_comes_back_as_it_was_encoded(void **state)
{
	uint8_t bytes[256];
	size_t len;
	ahoy_rtcp r;

	(void)state;
	assert_ok(encode(&sender, AHOY_S("115@example"), true, bytes, sizeof bytes, &len));
	assert_int_equal(len % 4, 0);
	assert_ok(ahoy_rtcp_decode(bytes, len, &r));
	assert_true(r.has_report);
	assert_int_equal(r.report.type, AHOY_RTCP_SR);
	assert_int_equal(r.report.ssrc, sender.ssrc);
	assert_true(r.report.ntp == sender.ntp);
	assert_int_equal(r.report.timestamp, 160);
	assert_int_equal(r.report.packets, 1000);
	assert_int_equal(r.report.octets, 160000);
	assert_int_equal(r.report.block_count, 1);
	assert_int_equal(r.report.blocks[0].fraction_lost, 25);
	assert_int_equal(r.report.blocks[0].cumulative_lost, -3);
	assert_int_equal(r.report.blocks[0].highest_seq, 70000);
	assert_int_equal(r.report.blocks[0].dlsr, 8);
	assert_slice(r.cname, "115@example");
	assert_int_equal(r.cname_ssrc, sender.ssrc);
	assert_true(r.has_bye);
	assert_int_equal(r.bye_ssrc, sender.ssrc);
	assert_int_equal(r.packet_count, 3);
}

static void rfc3550_6_5_the_cname_chunk_always_ends_with_a_zero(void **state)
{
	static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

	(void)state;
	for (size_t n = 1; n < sizeof name; n++) {
		uint8_t bytes[256];
		ahoy_rtcp_report rr = {.type = AHOY_RTCP_RR, .ssrc = 1};
		size_t len;
		ahoy_rtcp r;

		assert_ok(encode(&rr, ahoy_slice_make(name, n), false, bytes, sizeof bytes, &len));
		assert_int_equal(bytes[len - 1], 0);
		assert_ok(ahoy_rtcp_decode(bytes, len, &r));
		assert_int_equal(r.cname.len, n);
		assert_false(r.has_bye);
	}
}

static void rfc3550_a2_what_is_no_rtcp_is_refused(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[16];
		size_t len;
		int err;
	} rows[] = {
		{"empty", {0}, 0, AHOY_ETRUNCATED},
		{"RR without blocks", {0x80, 201, 0, 1, 0, 0, 0, 1}, 8, 0},
		{"version 1", {0x40, 201, 0, 1}, 8, AHOY_EVERSION},
		{"first is SDES", {0x80, 202, 0, 1}, 8, AHOY_ESYNTAX},
		{"length beyond the end", {0x80, 201, 0, 2}, 8, AHOY_ETRUNCATED},
		{"three bytes more", {0x80, 201, 0, 1}, 11, AHOY_ETRUNCATED},
		{"block beyond the end", {0x81, 201, 0, 1}, 8, AHOY_ETRUNCATED},
		{"SR shorter than its header", {0x80, 200, 0, 1}, 8, AHOY_ETRUNCATED},
		{"RR shorter than its header", {0x80, 201, 0, 0, 0x80, 201, 0, 0}, 8, AHOY_ETRUNCATED},
		{"padding not in the last", {0xa0, 201, 0, 1, 0, 0, 0, 4, 0x80, 201, 0, 1}, 16, AHOY_ESYNTAX},
		{"padding of 0", {0xa0, 201, 0, 1}, 8, AHOY_ESYNTAX},
		{"padding of 3", {0xa0, 201, 0, 1, 0, 0, 0, 3}, 8, AHOY_ESYNTAX},
		{"padding over the header", {0xa0, 201, 0, 1, 0, 0, 0, 8}, 8, AHOY_ESYNTAX},
		{"padded", {0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4}, 12, 0},
		{"SDES item beyond the end", {0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 202, 0, 1}, 16, AHOY_ETRUNCATED},
		{"unknown types are skipped", {0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 210, 0, 1}, 16, 0},
		{"BYE without SSRC", {0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 203, 0, 1}, 16, 0},
		{"BYE of two, room for one", {0x80, 201, 0, 1, 0, 0, 0, 1, 0x82, 203, 0, 1}, 16, AHOY_ETRUNCATED},
		{"BYE reason beyond the end", {0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 203, 0, 1, 4}, 16, AHOY_ETRUNCATED},
	};
	ahoy_rtcp r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_err_row(ahoy_rtcp_decode(rows[i].bytes, rows[i].len, &r), rows[i].err, rows[i].name);
}

static void truncated_at_every_byte_nothing_is_read_past_the_end(void **state)
{
	ahoy_voip_metrics metrics = {.ssrc = 5};
	ahoy_rtcp_parts parts = {&sender, AHOY_S("115@example"), &metrics, true};
	uint8_t bytes[256];
	size_t len;

	(void)state;
	assert_ok(ahoy_rtcp_encode(&parts, bytes, sizeof bytes, &len));
	for (size_t n = 0; n < len; n++) {
		ahoy_slice part = test_exact(ahoy_slice_make(bytes, n));
		ahoy_rtcp r;
		int err = ahoy_rtcp_decode(part.ptr, part.len, &r);

		/* Cut between two packets it is a shorter compound. */
		assert_true(err == AHOY_ETRUNCATED || (err == 0 && r.packet_count < 4 && !r.has_bye));
		test_free_exact(part);
	}
}

static void rfc3611_2_voip_metrics_come_back_and_other_blocks_are_passed_over(void **state)
{
	ahoy_voip_metrics metrics = {.ssrc = 5, .loss_rate = 12, .burst_duration_ms = 300, .gmin = 16, .r_factor = 80, .mos_cq = 41};
	ahoy_rtcp_parts parts = {&sender, AHOY_S("x"), &metrics, true};
	/* A block that nobody knows, one with a wrong length, and one that ends behind the packet. */
	static const uint8_t head[8] = {0x80, 201, 0, 1, 0, 0, 0, 1};
	static const struct {
		const char *name;
		uint8_t xr[16];
		size_t len;
		int err;
	} rows[] = {
		{"no blocks", {0x80, 207, 0, 1, 0, 0, 0, 9}, 8, 0},
		{"no SSRC", {0x80, 207, 0, 0}, 4, AHOY_ETRUNCATED},
		{"unknown block", {0x80, 207, 0, 3, 0, 0, 0, 9, 99, 0, 0, 1}, 16, 0},
		{"short metrics", {0x80, 207, 0, 3, 0, 0, 0, 9, 7, 0, 0, 1}, 16, 0},
		{"block beyond the end", {0x80, 207, 0, 3, 0, 0, 0, 9, 7, 0, 0, 8}, 16, AHOY_ETRUNCATED},
	};
	uint8_t bytes[256];
	size_t len;
	ahoy_rtcp r;

	(void)state;
	assert_ok(ahoy_rtcp_encode(&parts, bytes, sizeof bytes, &len));
	assert_ok(ahoy_rtcp_decode(bytes, len, &r));
	assert_int_equal(r.packet_count, 4);
	assert_true(r.has_bye && r.has_voip_metrics);
	assert_memory_equal(&r.voip_metrics, &metrics, sizeof metrics);
	for (size_t cap = 0; cap < len; cap++)
		assert_err(ahoy_rtcp_encode(&parts, bytes, cap, &len), AHOY_EFULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		memcpy(bytes, head, sizeof head);
		memcpy(bytes + sizeof head, rows[i].xr, rows[i].len);
		assert_err_row(ahoy_rtcp_decode(bytes, sizeof head + rows[i].len, &r), rows[i].err, rows[i].name);
		assert_row(!r.has_voip_metrics, rows[i].name);
	}
}

static void a_peek_tells_rtcp_and_its_ssrc(void **state)
{
	static const uint8_t rr[8] = {0x80, 201, 0, 1, 0, 0, 0, 9}, long_rr[8] = {0x80, 201, 0, 2}, rtp[12] = {0x80, 8},
			     old[8] = {0x40, 201, 0, 1};
	uint32_t ssrc = 0;

	(void)state;
	assert_ok(ahoy_rtcp_peek(rr, 8, &ssrc));
	assert_int_equal(ssrc, 9);
	assert_err(ahoy_rtcp_peek(rr, 7, &ssrc), AHOY_ETRUNCATED);
	assert_err(ahoy_rtcp_peek(long_rr, 8, &ssrc), AHOY_ETRUNCATED);
	assert_err(ahoy_rtcp_peek(rtp, 12, &ssrc), AHOY_ESYNTAX);
	assert_err(ahoy_rtcp_peek(old, 8, &ssrc), AHOY_EVERSION);
}

static void what_cannot_be_encoded_is_refused(void **state)
{
	uint8_t bytes[256];
	size_t len;
	ahoy_rtcp_report r = sender;

	(void)state;
	assert_err(encode(&sender, (ahoy_slice){NULL, 0}, false, bytes, sizeof bytes, &len), AHOY_EINVAL);
	r.type = AHOY_RTCP_BYE;
	assert_err(encode(&r, AHOY_S("x"), false, bytes, sizeof bytes, &len), AHOY_EINVAL);
	r = sender;
	r.block_count = 32;
	assert_err(encode(&r, AHOY_S("x"), false, bytes, sizeof bytes, &len), AHOY_EINVAL);
	for (size_t cap = 0; cap < 52 + 16; cap++)
		assert_err(encode(&sender, AHOY_S("x"), true, bytes, cap, &len), AHOY_EFULL);
}

static void rfc3550_6_4_1_the_round_trip_is_what_is_left_of_the_times(void **state)
{
	ahoy_time sent = AHOY_SECONDS(1000);
	ahoy_rtcp_block block = {.lsr = ahoy_rtcp_ntp_middle(ahoy_rtcp_ntp(sent)), .dlsr = 2 * 65536};
	uint64_t rtt_us = ahoy_rtcp_rtt_us(&block, sent + AHOY_SECONDS(2) + AHOY_MS(80));

	(void)state;
	assert_in_range(rtt_us, 79900, 80100);
	block.dlsr = 3 * 65536; /* a peer that waited longer than the time that passed lies */
	assert_int_equal(ahoy_rtcp_rtt_us(&block, sent + AHOY_SECONDS(2)), 0);
	block.lsr = 0;
	assert_int_equal(ahoy_rtcp_rtt_us(&block, sent), 0);
	/* The middle 32 bits wrap after 18 hours. */
	sent = AHOY_SECONDS(65535) + AHOY_MS(900);
	block.lsr = ahoy_rtcp_ntp_middle(ahoy_rtcp_ntp(sent));
	block.dlsr = 0;
	assert_in_range(ahoy_rtcp_rtt_us(&block, sent + AHOY_MS(200)), 199900, 200100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3550_6_a_compound_packet_comes_back_as_it_was_encoded),
		cmocka_unit_test(rfc3550_6_5_the_cname_chunk_always_ends_with_a_zero),
		cmocka_unit_test(rfc3550_a2_what_is_no_rtcp_is_refused),
		cmocka_unit_test(truncated_at_every_byte_nothing_is_read_past_the_end),
		cmocka_unit_test(rfc3611_2_voip_metrics_come_back_and_other_blocks_are_passed_over),
		cmocka_unit_test(a_peek_tells_rtcp_and_its_ssrc),
		cmocka_unit_test(what_cannot_be_encoded_is_refused),
		cmocka_unit_test(rfc3550_6_4_1_the_round_trip_is_what_is_left_of_the_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
