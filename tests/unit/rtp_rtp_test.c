#include "rtp/rtp.h"

#include "test.h"

/* Every part that a header may have: padding, extension, two CSRCs, marker. */
static const uint8_t full[] = {
	0xb2, 0x88, 0x12, 0x34, 0x00, 0x00, 0x00, 0xa0, 0xde, 0xad, 0xbe, 0xef, /* header */
	0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02,				/* CSRC */
	0xbe, 0xde, 0x00, 0x01, 0x10, 0xff, 0x00, 0x00,				/* extension */
	'h', 'e', 'l', 'l', 'o',						/* payload */
	0x00, 0x00, 0x03,							/* padding */
};

static void rfc3550_5_1_every_part_of_the_header_is_decoded(void **state)
{
	ahoy_rtp p;

	(void)state;
	assert_ok(ahoy_rtp_decode(full, sizeof full, &p));
	assert_true(p.marker);
	assert_int_equal(p.payload_type, 8);
	assert_int_equal(p.seq, 0x1234);
	assert_int_equal(p.timestamp, 160);
	assert_int_equal(p.ssrc, 0xdeadbeef);
	assert_int_equal(p.csrc_count, 2);
	assert_int_equal(p.csrc[1], 2);
	assert_true(p.has_extension);
	assert_int_equal(p.extension_profile, 0xbede);
	assert_int_equal(p.extension.len, 4);
	assert_slice(p.payload, "hello");
	assert_int_equal(p.padding, 3);
}

static void encode_of_decode_is_the_packet(void **state)
{
	uint8_t out[sizeof full];
	ahoy_rtp p;
	size_t len;

	(void)state;
	assert_ok(ahoy_rtp_decode(full, sizeof full, &p));
	assert_ok(ahoy_rtp_encode(&p, out, sizeof out, &len));
	assert_int_equal(len, sizeof full);
	assert_memory_equal(out, full, sizeof full);
	for (size_t cap = 0; cap < sizeof full; cap++)
		assert_err(ahoy_rtp_encode(&p, out, cap, &len), AHOY_EFULL);
}

static void rfc3550_5_1_bad_packets_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[16];
		size_t len;
		int err;
	} rows[] = {
		{"empty", {0}, 0, AHOY_ETRUNCATED},
		{"eleven bytes", {0x80}, 11, AHOY_ETRUNCATED},
		{"version 1", {0x40}, 12, AHOY_EVERSION},
		{"version 0, as STUN", {0x00, 0x01}, 16, AHOY_EVERSION},
		{"CSRC beyond the end", {0x81}, 12, AHOY_ETRUNCATED},
		{"extension beyond the end", {0x90}, 12, AHOY_ETRUNCATED},
		{"extension words beyond the end", {0x90, [14] = 0xff, 0xff}, 16, AHOY_ETRUNCATED},
		{"padding without a byte", {0xa0}, 12, AHOY_ERANGE},
		{"padding of 0", {0xa0}, 16, AHOY_ERANGE},
		{"padding longer than the payload", {0xa0, [15] = 5}, 16, AHOY_ERANGE},
		{"padding as long as the payload", {0xa0, [15] = 4}, 16, 0},
		{"no payload", {0x80}, 12, 0},
	};
	ahoy_rtp p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_err_row(ahoy_rtp_decode(rows[i].bytes, rows[i].len, &p), rows[i].err, rows[i].name);
}

static void truncated_at_every_byte_nothing_is_read_past_the_end(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof full; len++) {
		ahoy_slice part = test_exact(ahoy_slice_make(full, len));
		ahoy_rtp p;
		int err = ahoy_rtp_decode(part.ptr, part.len, &p);

		assert_true(len < 28 ? err == AHOY_ETRUNCATED : err == AHOY_ERANGE || err == 0);
		test_free_exact(part);
	}
}

static void what_cannot_be_encoded_is_refused(void **state)
{
	uint8_t out[64];
	size_t len;
	ahoy_rtp type = {.payload_type = 128}, csrc = {.csrc_count = 16},
		 odd = {.has_extension = true, .extension = AHOY_S("abc")}, hidden = {.extension = AHOY_S("abcd")};

	(void)state;
	assert_err(ahoy_rtp_encode(&type, out, sizeof out, &len), AHOY_EINVAL);
	assert_err(ahoy_rtp_encode(&csrc, out, sizeof out, &len), AHOY_EINVAL);
	assert_err(ahoy_rtp_encode(&odd, out, sizeof out, &len), AHOY_EINVAL);
	assert_err(ahoy_rtp_encode(&hidden, out, sizeof out, &len), AHOY_EINVAL);
}

static void rfc5761_4_rtcp_is_told_from_rtp(void **state)
{
	static const uint8_t sr[4] = {0x80, 200}, marked_pcmu[4] = {0x80, 0x80}, pt63[4] = {0x80, 63},
			     stun[4] = {0, 200};

	(void)state;
	assert_true(ahoy_rtp_is_rtcp(sr, 4));
	assert_false(ahoy_rtp_is_rtcp(sr, 3));
	assert_false(ahoy_rtp_is_rtcp(marked_pcmu, 4));
	assert_false(ahoy_rtp_is_rtcp(pt63, 4));
	assert_false(ahoy_rtp_is_rtcp(stun, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3550_5_1_every_part_of_the_header_is_decoded),
		cmocka_unit_test(encode_of_decode_is_the_packet),
		cmocka_unit_test(rfc3550_5_1_bad_packets_are_refused),
		cmocka_unit_test(truncated_at_every_byte_nothing_is_read_past_the_end),
		cmocka_unit_test(what_cannot_be_encoded_is_refused),
		cmocka_unit_test(rfc5761_4_rtcp_is_told_from_rtp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
