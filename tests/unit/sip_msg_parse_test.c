/* sip/msg_parse: whole messages. The RFC 4475 messages are in sip_torture_test.c. */
#include <stdio.h>
#include <stdlib.h>

#include "sip/msg.h"
#include "test.h"

static ahoy_msg msg;
static ahoy_parse_error where;

static int parse(const char *text)
{
	return ahoy_msg_parse(ahoy_slice_of(text), &msg, &where);
}

typedef struct {
	const char *file;
	ahoy_method method; /* AHOY_METHOD_OTHER: a response */
	int status;
	const char *host; /* of the Via */
	uint16_t port;
	const char *branch, *from_tag, *to_tag, *call_id;
	uint32_t cseq;
	ahoy_method cseq_method;
	size_t body_len;
	uint16_t headers;
} seed_message;

static const seed_message seed[] = {
	{"01_register", AHOY_REGISTER, 0, "127.0.0.1", 5068, "z9hG4bK-d8754z-faa7d30b1f7144b0-1---d8754z-", "060a240b",
	 "", "NGU1Y2E4OWZlOGExMzFhNTRmM2EyYWMzNDMxYWRhMGM.", 1, AHOY_REGISTER, 0, 13},
	{"02_invite", AHOY_INVITE, 0, "127.0.0.1", 5068, "z9hG4bK-d8754z-120c79c31d16afce-1---d8754z-", "f829db0a", "",
	 "YWIyM2M3ZTVhNTlhZWFiZmYwYjM0NDYzMGEyM2M1Yzc.", 1, AHOY_INVITE, 321, 13},
	{"03_401_register", AHOY_METHOD_OTHER, 401, "0.0.0.0", 12345, "z9hG4bk-jkfljkslj32jkl", "1233ffs", "1193417672",
	 "fjkdlsjfkdlsjfkldsf", 1, AHOY_REGISTER, 0, 8},
	{"04_register_authorization", AHOY_REGISTER, 0, "11.0.0.88", 5068,
	 "z9hG4bK-d8754z-abaf462b309aa032-1---d8754z-", "407c5e5a", "", "ZDQwNjFiN2VjNjk4YTE0MmFlYTY5MzFjNzZmMDlmOGU.",
	 2, AHOY_REGISTER, 0, 15},
	{"05_200_invite", AHOY_METHOD_OTHER, 200, "11.0.0.88", 5068, "z9hG4bK-d8754z-240dbef83d508696-1---d8754z-",
	 "6529ab77", "950071782", "YTZhZTQ4MmU5ZTJjY2FiZmI5M2FkNTJlNWQyYzQyODA.", 1, AHOY_INVITE, 191, 9},
	{"06_ack", AHOY_ACK, 0, "11.0.0.88", 5068, "z9hG4bK-d8754z-be817b0ad5a05eee-1---d8754z-", "6529ab77",
	 "950071782", "YTZhZTQ4MmU5ZTJjY2FiZmI5M2FkNTJlNWQyYzQyODA.", 1, AHOY_ACK, 0, 9},
	{"07_bye_server", AHOY_BYE, 0, "11.0.0.3", 5060, "z9hG4bK1046087094", "1791818293", "5a54ca4f",
	 "1745950516@115", 40, AHOY_BYE, 0, 9},
	{"08_200_bye_phone", AHOY_METHOD_OTHER, 200, "11.0.0.3", 5060, "z9hG4bK1046087094", "1791818293", "5a54ca4f",
	 "1745950516@115", 40, AHOY_BYE, 0, 8},
	{"09_bye_phone", AHOY_BYE, 0, "11.0.0.88", 5068, "z9hG4bK-d8754z-363606f274a2b689-1---d8754z-", "54319e7b",
	 "1745062268", "ZDQ3NDUwMWE5YmQ0OWYyNzAyMmRiOTVkMGJlMTFlMTI.", 2, AHOY_BYE, 0, 9},
	{"10_200_bye_server", AHOY_METHOD_OTHER, 200, "11.0.0.88", 5068, "z9hG4bK-d8754z-363606f274a2b689-1---d8754z-",
	 "54319e7b", "1745062268", "ZDQ3NDUwMWE5YmQ0OWYyNzAyMmRiOTVkMGJlMTFlMTI.", 2, AHOY_BYE, 0, 8},
};

static ahoy_slice read_seed(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "tests/seed/%s.sip", name);
	return test_read_file(path);
}

static void the_ten_messages_of_the_seed_parse_with_all_their_quirks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seed); i++) {
		const seed_message *row = &seed[i];
		ahoy_slice bytes = read_seed(row->file);

		assert_err_row(ahoy_msg_parse(bytes, &msg, &where), 0, row->file);
		assert_row(msg.is_request == (row->status == 0), row->file);
		assert_row(msg.answerable == msg.is_request, row->file);
		assert_row(msg.method == row->method, row->file);
		assert_row(msg.status == row->status, row->file);
		assert_row(msg.via.transport == AHOY_UDP, row->file);
		assert_slice_row(msg.via.host, row->host, row->file);
		assert_row(msg.via.port == row->port, row->file);
		assert_slice_row(msg.via.branch, row->branch, row->file);
		assert_slice_row(msg.from.tag, row->from_tag, row->file);
		assert_slice_row(msg.to.tag, row->to_tag, row->file);
		assert_slice_row(msg.call_id, row->call_id, row->file);
		assert_row(msg.cseq == row->cseq, row->file);
		assert_row(msg.cseq_method == row->cseq_method, row->file);
		assert_row(msg.body.len == row->body_len, row->file);
		assert_row(msg.header_count == row->headers, row->file);
		assert_row(ahoy_slice_ends(bytes, msg.raw), row->file);
		test_free_exact(bytes);
	}
}

static void a_seed_message_cut_anywhere_is_refused_and_read_within_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seed); i++) {
		ahoy_slice bytes = read_seed(seed[i].file);

		for (size_t len = 0; len < bytes.len; len++) {
			ahoy_slice exact = test_exact(ahoy_slice_first(bytes, len));

			assert_row(ahoy_msg_parse(exact, &msg, NULL) != 0, seed[i].file);
			test_free_exact(exact);
		}
		test_free_exact(bytes);
	}
}

/* A valid request whose parts the cases below replace. */
#define LINE "OPTIONS sip:b@example.com SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
#define FROM "From: <sip:a@example.com>;tag=1\r\n"
#define TO "To: <sip:b@example.com>\r\n"
#define CALL_ID "Call-ID: x\r\n"
#define CSEQ "CSeq: 1 OPTIONS\r\n"
#define FIVE VIA FROM TO CALL_ID CSEQ
#define END "\r\n"

static void faults_are_named_and_say_whether_an_answer_is_possible(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *rule, *at; /* the text at the offset begins so */
		bool answerable;
	} rows[] = {
		{"", AHOY_ESYNTAX, "no start line", "", false},
		{"\r\n\r\n", AHOY_ESYNTAX, "no start line", "", false},
		{"garbage", AHOY_ESYNTAX, "no start line", "", false},
		{"garbage\r\n" FIVE END, AHOY_ESYNTAX, "request line without three parts", "garbage", true},
		{"OP TIONS\r\n" FIVE END, AHOY_ESYNTAX, "request line without three parts", "OP", true},
		{"OPT(IONS sip:b@example.com SIP/2.0\r\n" FIVE END, AHOY_ESYNTAX, "method is not a token", "OPT(",
		 true},
		{"OPTIONS sip:b@example.com HTTP/1.1\r\n" FIVE END, AHOY_ESYNTAX,
		 "request line does not end in a SIP version", "HTTP", true},
		{"OPTIONS sip:b@example.com SIP/3.0\r\n" FIVE END, AHOY_EVERSION, "SIP version is not 2.0", "SIP/3",
		 true},
		{"OPTIONS sip:b@example.com:70000 SIP/2.0\r\n" FIVE END, AHOY_ERANGE,
		 "port in the Request-URI outside 1 to 65535", "sip:b", true},
		{"OPTIONS sip:b@exa\rmple.com SIP/2.0\r\n" FIVE END, AHOY_ESYNTAX, "CR or NUL byte in the start line",
		 "OPTIONS", true},
		{LINE FIVE, AHOY_ETRUNCATED, "no empty line behind the headers", "CSeq", false},
		{LINE VIA FROM TO CALL_ID CSEQ "nonsense\r\n" END, AHOY_ESYNTAX, "header line without a colon",
		 "nonsense", true},
		{LINE " folded\r\n" FIVE END, AHOY_ESYNTAX, "header line without a colon", " folded", true},
		{LINE FIVE "A: b\rc\r\n" END, AHOY_ESYNTAX, "CR, LF or NUL byte alone in a header", "A: b", true},
		{LINE FIVE "A: b\nc: d\r\n" END, AHOY_ESYNTAX, "CR, LF or NUL byte alone in a header", "A: b", true},
		{LINE FROM TO CALL_ID CSEQ END, AHOY_EMISSING, "no Via", "", false},
		{LINE VIA TO CALL_ID CSEQ END, AHOY_EMISSING, "no From", "", false},
		{LINE VIA FROM CALL_ID CSEQ END, AHOY_EMISSING, "no To", "", false},
		{LINE VIA FROM TO CSEQ END, AHOY_EMISSING, "no Call-ID", "", false},
		{LINE VIA FROM TO CALL_ID END, AHOY_EMISSING, "no CSeq", "", false},
		{LINE "Via: SIP/2.0/UDP\r\n" FROM TO CALL_ID CSEQ END, AHOY_ESYNTAX, "Via malformed", "SIP/2.0/UDP\r",
		 false},
		{LINE "Via: SIP/2.0/UDP h:99999\r\n" FROM TO CALL_ID CSEQ END, AHOY_ERANGE,
		 "number in Via out of range", "SIP/2.0/UDP h", false},
		{LINE VIA "From: \r\n" TO CALL_ID CSEQ END, AHOY_ESYNTAX, "From malformed", "", false},
		{LINE VIA "From: *\r\n" TO CALL_ID CSEQ END, AHOY_ESYNTAX, "From malformed", "*", true},
		{LINE VIA "From: <sip:a@b>;tag=1, <sip:c@d>\r\n" TO CALL_ID CSEQ END, AHOY_ESYNTAX, "From malformed",
		 "<sip:a@b>", true},
		{LINE VIA FROM "To: <sip:b@c:0>\r\n" CALL_ID CSEQ END, AHOY_ERANGE, "To malformed", "<sip:b", true},
		{LINE VIA FROM TO "Call-ID: a b\r\n" CSEQ END, AHOY_ESYNTAX, "blank in Call-ID", " b\r", false},
		{LINE VIA FROM TO "Call-ID:\r\n" CSEQ END, AHOY_ESYNTAX, "Call-ID is empty", "", false},
		{LINE VIA FROM TO CALL_ID "CSeq: OPTIONS\r\n" END, AHOY_ESYNTAX, "CSeq is not a number and a method",
		 "OPTIONS\r", false},
		{LINE VIA FROM TO CALL_ID "CSeq: 1\r\n" END, AHOY_ESYNTAX, "CSeq is not a number and a method", "1\r",
		 false},
		{LINE VIA FROM TO CALL_ID "CSeq: 1OPTIONS\r\n" END, AHOY_ESYNTAX, "CSeq is not a number and a method",
		 "1OPT", false},
		{LINE VIA FROM TO CALL_ID "CSeq: -1 OPTIONS\r\n" END, AHOY_ESYNTAX, "CSeq is not a number and a method",
		 "-1", false},
		{LINE VIA FROM TO CALL_ID "CSeq: 1 OPTIONS x\r\n" END, AHOY_ESYNTAX,
		 "CSeq is not a number and a method", "1 OPT", false},
		{LINE VIA FROM TO CALL_ID "CSeq: 2147483648 OPTIONS\r\n" END, AHOY_ERANGE, "CSeq number above 2^31-1",
		 "2147", true},
		{LINE VIA FROM TO CALL_ID "CSeq: 4294967297 OPTIONS\r\n" END, AHOY_ERANGE, "CSeq number above 2^31-1",
		 "4294", true},
		{LINE VIA FROM TO CALL_ID "CSeq: 1 INVITE\r\n" END, AHOY_ESYNTAX, "CSeq method is not the request's",
		 "INVITE", true},
		{LINE VIA FROM TO CALL_ID "CSeq: 1 options\r\n" END, AHOY_ESYNTAX, "CSeq method is not the request's",
		 "options", true},
		{LINE FIVE "Max-Forwards: 256\r\n" END, AHOY_ERANGE, "Max-Forwards above 255", "256", true},
		{LINE FIVE "Max-Forwards: -1\r\n" END, AHOY_ESYNTAX, "Max-Forwards is not a number", "-1", true},
		{LINE FIVE "Content-Length: 1\r\n" END, AHOY_ETRUNCATED, "body shorter than Content-Length", "", true},
		{LINE FIVE "Content-Length: 4294967296\r\n" END, AHOY_ERANGE, "Content-Length too large", "4294", true},
		{LINE FIVE "Content-Length: 18446744073709551616\r\n" END, AHOY_ERANGE, "Content-Length too large",
		 "1844", true},
		{LINE FIVE "Content-Length: 0x1\r\n" END, AHOY_ESYNTAX, "Content-Length is not a number", "0x1", true},
		{LINE FIVE "Content-Length:\r\n" END, AHOY_ESYNTAX, "Content-Length is not a number", "", true},
		{LINE FIVE "t: <sip:c@example.com>\r\n" END, AHOY_EDUPLICATE, "header repeated with another value",
		 "t: ", true},
		{LINE FIVE "f: <sip:c@example.com>\r\n" END, AHOY_EDUPLICATE, "header repeated with another value",
		 "f: ", true},
		{LINE FIVE "i: y\r\n" END, AHOY_EDUPLICATE, "header repeated with another value", "i: ", true},
		{LINE FIVE "CSeq: 2 OPTIONS\r\n" END, AHOY_EDUPLICATE, "header repeated with another value", "CSeq: 2",
		 true},
		{LINE FIVE "l: 0\r\nContent-Length: 00\r\n" END, AHOY_EDUPLICATE, "header repeated with another value",
		 "Content-L", true},
		{"SIP/2.0 99 X\r\n" FIVE END, AHOY_ERANGE, "status code outside 100 to 699", "99 X", false},
		{"SIP/2.0 099 X\r\n" FIVE END, AHOY_ERANGE, "status code outside 100 to 699", "099", false},
		{"SIP/2.0 700 X\r\n" FIVE END, AHOY_ERANGE, "status code outside 100 to 699", "700", false},
		{"SIP/2.0 +20 X\r\n" FIVE END, AHOY_ERANGE, "status code outside 100 to 699", "+20", false},
		{"SIP/2.0 2000 X\r\n" FIVE END, AHOY_ERANGE, "status code outside 100 to 699", "2000", false},
		{"SIP/1.0 200 X\r\n" FIVE END, AHOY_EVERSION, "SIP version is not 2.0", "SIP/1", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_err_row(parse(rows[i].text), rows[i].err, rows[i].text);
		assert_int_equal(where.err, rows[i].err);
		assert_slice_row(ahoy_slice_of(where.rule), rows[i].rule, rows[i].text);
		assert_row(where.offset <= strlen(rows[i].text) &&
				   strncmp(rows[i].text + where.offset, rows[i].at, strlen(rows[i].at)) == 0,
			   rows[i].text);
		assert_row(msg.answerable == rows[i].answerable, rows[i].text);
	}
}

static void these_are_messages(void **state)
{
	static const char *const rows[] = {
		LINE FIVE END,
		"\r\n\r\n" LINE FIVE END,
		" " LINE FIVE END,
		"OPTIONS sip:b@example.com sip/2.0\r\n" FIVE END,
		"OPTIONS tel:+123 SIP/2.0\r\n" FIVE END,
		"OPTIONS urn:service:sos SIP/2.0\r\n" FIVE END,
		"SIP/2.0 200\r\n" FIVE END,
		"SIP/2.0 200 \r\n" FIVE END,
		"SIP/2.0 699 x y z\r\n" FIVE END,
		LINE FIVE "CSeq: 1 OPTIONS\r\nTo: <sip:b@example.com>\r\nCall-ID:   x\r\n" END,
		LINE FIVE "Max-Forwards: 255\r\n" END,
		LINE FIVE "X: \x01\x7f\xff\r\n" END,
		LINE FIVE "Content-Length: \t 0 \t\r\n" END,
		LINE VIA FROM TO CALL_ID "CSeq: 2147483647\t \r\n OPTIONS\r\n" END,
		LINE VIA FROM TO CALL_ID "CSeq: 0000000000000000000001 OPTIONS\r\n" END,
		"OPTIONS sip:b@example.com SIP/2.0\nVia: SIP/2.0/UDP h\nf: sip:a@b;tag=1\nt: sip:b\ni: x\nCSeq: 1 OPTIONS\n\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_err_row(parse(rows[i]), 0, rows[i]);
		assert_int_equal(where.err, 0);
	}
}

static void rfc3261_18_3_the_body_of_a_datagram(void **state)
{
	(void)state;
	assert_ok(parse(LINE FIVE END "without a length it runs to the end"));
	assert_slice(msg.body, "without a length it runs to the end");
	assert_ok(parse(LINE FIVE "l: 4\r\n" END "bodyrest"));
	assert_slice(msg.body, "body");
	assert_true(ahoy_slice_ends(msg.raw, AHOY_S("\r\n\r\nbody")));
	assert_ok(parse(LINE FIVE "l: 0\r\n" END "rest"));
	assert_slice(msg.body, "");
}

static void a_body_may_hold_any_byte(void **state)
{
	static const char text[] = LINE FIVE "l: 6\r\n" END "a\0\r\n\nz";

	(void)state;
	assert_ok(ahoy_msg_parse((ahoy_slice){text, sizeof text - 1}, &msg, NULL));
	assert_int_equal(msg.body.len, 6);
}

static void a_nul_byte_in_the_head_is_refused_wherever_it_stands(void **state)
{
	static const char text[] = LINE FIVE "X: y\r\n" END;
	size_t len = sizeof text - 1;

	(void)state;
	for (size_t at = 0; at < len - 2; at++) {
		char *copy = malloc(len);

		memcpy(copy, text, len);
		copy[at] = '\0';
		assert_true(ahoy_msg_parse((ahoy_slice){copy, len}, &msg, NULL) != 0);
		free(copy);
	}
}

static void max_forwards_is_minus_one_where_there_is_none(void **state)
{
	(void)state;
	assert_ok(parse(LINE FIVE END));
	assert_int_equal(msg.max_forwards, -1);
	assert_ok(parse(LINE FIVE "Max-Forwards: 0\r\n" END));
	assert_int_equal(msg.max_forwards, 0);
}

static void a_used_structure_keeps_nothing_of_the_message_before(void **state)
{
	(void)state;
	assert_ok(parse("SIP/2.0 486 Busy\r\n" FIVE "Content-Type: a/b\r\nMax-Forwards: 3\r\n" END "body"));
	assert_err(parse("X\r\n\r\n"), AHOY_ESYNTAX);
	assert_int_equal(msg.status, 0);
	assert_int_equal(msg.header_count, 0);
	assert_int_equal(msg.max_forwards, -1);
	assert_int_equal(msg.cseq, 0);
	assert_int_equal(msg.via.host.len, 0);
	assert_int_equal(msg.from.text.len + msg.to.text.len + msg.from.tag.len + msg.to.tag.len, 0);
	assert_int_equal(msg.call_id.len + msg.content_type.len + msg.body.len + msg.reason.len, 0);
	assert_int_equal(msg.uri.kind, AHOY_URI_NONE);
	assert_false(msg.answerable);
}

static void more_than_the_bounds_allow_is_refused(void **state)
{
	static char text[AHOY_MAX_MESSAGE + 2];
	size_t len = 0;

	(void)state;
	len += (size_t)snprintf(text, sizeof text, LINE FIVE);
	for (int i = 5; i < AHOY_MAX_HEADERS; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "X: y\r\n");
	snprintf(text + len, sizeof text - len, "\r\n");
	assert_ok(parse(text));
	assert_int_equal(msg.header_count, AHOY_MAX_HEADERS);
	snprintf(text + len, sizeof text - len, "X: y\r\n\r\n");
	assert_err(parse(text), AHOY_ERANGE);
	assert_string_equal(where.rule, "too many headers");
	assert_true(msg.answerable);

	len = (size_t)snprintf(text, sizeof text, LINE FIVE "X: y\r\n");
	for (int i = 0; i < AHOY_MAX_HEAD_LINES; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, " y\r\n");
	snprintf(text + len, sizeof text - len, "\r\n");
	assert_err(parse(text), AHOY_ERANGE);
	assert_string_equal(where.rule, "too many lines in the head");

	memset(text, 'b', sizeof text);
	len = (size_t)snprintf(text, sizeof text, LINE FIVE END);
	text[len] = 'b';
	assert_ok(ahoy_msg_parse((ahoy_slice){text, AHOY_MAX_MESSAGE}, &msg, NULL));
	assert_err(ahoy_msg_parse((ahoy_slice){text, AHOY_MAX_MESSAGE + 1}, &msg, &where), AHOY_ETOOBIG);
	assert_false(msg.answerable);
}

static void the_first_fault_is_the_one_that_is_reported(void **state)
{
	(void)state;
	assert_err(
		parse("OPTIONS sip:b@example.com SIP/9.0\r\n" VIA FROM TO CALL_ID "CSeq: 2147483648 OPTIONS\r\n" END),
		AHOY_EVERSION);
	assert_true(msg.answerable);
	assert_slice(msg.via.host, "192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ten_messages_of_the_seed_parse_with_all_their_quirks),
		cmocka_unit_test(a_seed_message_cut_anywhere_is_refused_and_read_within_its_bytes),
		cmocka_unit_test(faults_are_named_and_say_whether_an_answer_is_possible),
		cmocka_unit_test(these_are_messages),
		cmocka_unit_test(rfc3261_18_3_the_body_of_a_datagram),
		cmocka_unit_test(a_body_may_hold_any_byte),
		cmocka_unit_test(a_nul_byte_in_the_head_is_refused_wherever_it_stands),
		cmocka_unit_test(max_forwards_is_minus_one_where_there_is_none),
		cmocka_unit_test(a_used_structure_keeps_nothing_of_the_message_before),
		cmocka_unit_test(more_than_the_bounds_allow_is_refused),
		cmocka_unit_test(the_first_fault_is_the_one_that_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
