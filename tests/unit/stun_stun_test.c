/* stun/stun: binding requests and their answers. The vectors of RFC 5769 are for the same transaction id and
 * addresses. */
#include "stun/stun.h"

#include "base/buf.h"
#include "test.h"

#define COOKIE "\x21\x12\xa4\x42"
#define ID "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
#define PLAIN "\x00\x01\x00\x00" COOKIE ID

/* RFC 5769 2.1: SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME, MESSAGE-INTEGRITY, FINGERPRINT. */
static const char rfc5769_2_1[] =
	"\x00\x01\x00\x58" COOKIE ID "\x80\x22\x00\x10"
	"STUN test client"
	"\x00\x24\x00\x04\x6e\x00\x01\xff"
	"\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36"
	"\x00\x06\x00\x09"
	"evtj:h6vY   "
	"\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2"
	"\x80\x28\x00\x04\xe5\x7a\x3b\xcf";

static ahoy_stun_request request;

static int decode(const void *bytes, size_t len)
{
	ahoy_slice exact = test_exact(ahoy_slice_make(bytes, len));
	int err = ahoy_stun_decode_request(exact, &request);

	test_free_exact(exact);
	return err;
}

static void rfc8489_5_stun_is_told_from_sip_by_its_first_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool is;
	} rows[] = {
		{PLAIN, 20, true},
		{"\x01\x01\x00\x00" COOKIE ID, 20, true},
		{"\x03\xff\x00\x00" COOKIE ID, 20, true},
		{"\x04\x01\x00\x00" COOKIE ID, 20, false},
		{"\x00\x01\x00\x00\x21\x12\xa4\x43" ID, 20, false},
		{PLAIN, 19, false},
		{"", 0, false},
		{"REGISTER sip:127.0.0.1 SIP/2.0\r\n", 32, false},
		{"\0\0\0\0", 4, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(ahoy_stun_is(ahoy_slice_make(rows[i].bytes, rows[i].len)), rows[i].is);
	assert_false(ahoy_stun_is((ahoy_slice){0}));
}

static void a_plain_binding_request(void **state)
{
	(void)state;
	assert_ok(decode(PLAIN, 20));
	assert_memory_equal(request.transaction, ID, 12);
	assert_false(request.has_fingerprint);
	assert_int_equal(request.unknown_count, 0);
}

static void rfc5769_2_1_the_sample_request_has_a_right_fingerprint(void **state)
{
	char changed[sizeof rfc5769_2_1];

	(void)state;
	assert_ok(decode(rfc5769_2_1, sizeof rfc5769_2_1 - 1));
	assert_true(request.has_fingerprint);
	/* PRIORITY is ICE's, and must be understood. */
	assert_int_equal(request.unknown_count, 1);
	assert_int_equal(request.unknown[0], 0x0024);
	for (size_t at = 8; at < sizeof rfc5769_2_1 - 9; at++) {
		memcpy(changed, rfc5769_2_1, sizeof changed);
		changed[at] ^= 1;
		assert_true(decode(changed, sizeof changed - 1) != 0);
	}
}

static void a_request_cut_anywhere_is_refused_and_read_within_its_bytes(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof rfc5769_2_1 - 1; len++)
		assert_err(decode(rfc5769_2_1, len), AHOY_ESYNTAX);
}

static void what_is_no_binding_request_is_not_answered(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int err;
	} rows[] = {
		{"\x00\x11\x00\x00" COOKIE ID, 20, AHOY_EUNSUPPORTED}, /* indication */
		{"\x01\x01\x00\x00" COOKIE ID, 20, AHOY_EUNSUPPORTED}, /* success response */
		{"\x00\x03\x00\x00" COOKIE ID, 20, AHOY_EUNSUPPORTED}, /* Allocate of TURN */
		{"\x00\x01\x00\x04" COOKIE ID, 20, AHOY_ESYNTAX},
		{PLAIN "\0\0\0\0", 24, AHOY_ESYNTAX},
		{"\x00\x01\x00\x02" COOKIE ID "\0\0", 22, AHOY_ESYNTAX},
		{"\x00\x01\x00\x04" COOKIE ID "\x80\x22\x00\x01", 24, AHOY_ESYNTAX},
		{"\x00\x01\x00\x08" COOKIE ID "\x80\x22\xff\xff\0\0\0\0", 28, AHOY_ESYNTAX},
		{"\x00\x01\x00\x08" COOKIE ID "\x80\x22\x00\x05\0\0\0\0", 28, AHOY_ESYNTAX},
		{"\x00\x01\x00\x08" COOKIE ID "\x80\x28\x00\x03\0\0\0\0", 28, AHOY_ESYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_err(decode(rows[i].bytes, rows[i].len), rows[i].err);
}

static const char *hex(const uint8_t *bytes, size_t len)
{
	static char text[2 * AHOY_STUN_MAX_RESPONSE + 1];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_hex(&b, bytes, len);
	return ahoy_buf_cstr(&b);
}

static ahoy_addr addr(const char *text)
{
	ahoy_addr out;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &out));
	return out;
}

/* The XOR-MAPPED-ADDRESS values are those of RFC 5769 2.2 and 2.3. */
static void rfc5769_2_2_and_2_3_the_answer_names_the_source(void **state)
{
	ahoy_addr ip4 = addr("192.0.2.1:32853"), ip6 = addr("[2001:db8:1234:5678:11:2233:4455:6677]:32853");
	uint8_t out[AHOY_STUN_MAX_RESPONSE];
	size_t len;

	(void)state;
	assert_ok(decode(PLAIN, 20));
	assert_ok(ahoy_stun_encode_success(&request, &ip4, out, sizeof out, &len));
	assert_string_equal(hex(out, len), "0101000c2112a442b7e7a701bc34d686fa87dfae"
					   "002000080001a147e112a643");
	assert_ok(ahoy_stun_encode_success(&request, &ip6, out, sizeof out, &len));
	assert_string_equal(hex(out, len), "010100182112a442b7e7a701bc34d686fa87dfae"
					   "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9");
}

/* The fingerprint is zlib.crc32 of all before it (length included), crossed with 0x5354554e; computed with Python's
 * zlib. */
static void rfc8489_14_7_a_fingerprint_is_answered_by_one(void **state)
{
	ahoy_addr ip4 = addr("192.0.2.1:32853");
	uint8_t out[AHOY_STUN_MAX_RESPONSE];
	size_t len;

	(void)state;
	assert_ok(decode(rfc5769_2_1, sizeof rfc5769_2_1 - 1));
	assert_ok(ahoy_stun_encode_success(&request, &ip4, out, sizeof out, &len));
	assert_string_equal(hex(out, len), "010100142112a442b7e7a701bc34d686fa87dfae"
					   "002000080001a147e112a643"
					   "802800047d281f59");
}

static void rfc8489_6_3_1_unknown_attributes_are_named_in_a_420(void **state)
{
	uint8_t out[AHOY_STUN_MAX_RESPONSE];
	size_t len;

	(void)state;
	assert_ok(decode("\x00\x01\x00\x10" COOKIE ID "\x00\x24\x00\x04\0\0\0\0\x7f\xff\x00\x00\x80\x77\x00\x00", 36));
	assert_int_equal(request.unknown_count, 2);
	assert_ok(ahoy_stun_encode_unknown(&request, out, sizeof out, &len));
	assert_string_equal(hex(out, len), "011100242112a442b7e7a701bc34d686fa87dfae"
					   "0009001500000414"
					   "556e6b6e6f776e20417474726962757465000000"
					   "000a000400247fff");
}

static void no_more_unknown_attributes_than_the_bound_are_kept(void **state)
{
	char bytes[20 + 4 * 20] = "\x00\x01\x00\x50" COOKIE ID;
	uint8_t out[AHOY_STUN_MAX_RESPONSE];
	size_t len;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		memcpy(bytes + 20 + 4 * i, "\x70\x00\x00\x00", 4);
	assert_ok(decode(bytes, sizeof bytes));
	assert_int_equal(request.unknown_count, AHOY_STUN_MAX_UNKNOWN);
	request.has_fingerprint = true;
	assert_ok(ahoy_stun_encode_unknown(&request, out, sizeof out, &len));
	assert_in_range(len, 70, AHOY_STUN_MAX_RESPONSE);
}

static void an_answer_that_does_not_fit_is_not_written(void **state)
{
	ahoy_addr ip4 = addr("192.0.2.1:1");
	uint8_t out[32];
	size_t len;

	(void)state;
	assert_ok(decode(PLAIN, 20));
	assert_err(ahoy_stun_encode_success(&request, &ip4, out, 31, &len), AHOY_ERANGE);
	assert_ok(ahoy_stun_encode_success(&request, &ip4, out, 32, &len));
	assert_err(ahoy_stun_encode_unknown(&request, out, 32, &len), AHOY_ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc8489_5_stun_is_told_from_sip_by_its_first_bytes),
		cmocka_unit_test(a_plain_binding_request),
		cmocka_unit_test(rfc5769_2_1_the_sample_request_has_a_right_fingerprint),
		cmocka_unit_test(a_request_cut_anywhere_is_refused_and_read_within_its_bytes),
		cmocka_unit_test(what_is_no_binding_request_is_not_answered),
		cmocka_unit_test(rfc5769_2_2_and_2_3_the_answer_names_the_source),
		cmocka_unit_test(rfc8489_14_7_a_fingerprint_is_answered_by_one),
		cmocka_unit_test(rfc8489_6_3_1_unknown_attributes_are_named_in_a_420),
		cmocka_unit_test(no_more_unknown_attributes_than_the_bound_are_kept),
		cmocka_unit_test(an_answer_that_does_not_fit_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
