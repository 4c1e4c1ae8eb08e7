/* api/reader: the public view on a message: whole, cut at every byte, and empty. */
#include "ahoy/message.h"

#include <stdio.h>

#include "base/slice.h"
#include "oom.h"
#include "test.h"

static void a_request_is_read_in_all_its_parts(void **state)
{
	ahoy_slice text = test_read_file("tests/seed/02_invite.sip"), name, value;
	ahoy_reader *reader;
	size_t lines = 0;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_reader_new(&te.env, &reader));
	assert_ok(ahoy_reader_parse(reader, text, NULL));
	assert_true(ahoy_message_is_request(reader));
	assert_slice(ahoy_message_method(reader), "INVITE");
	assert_slice(ahoy_message_uri(reader), "sip:112@127.0.0.1;transport=UDP");
	assert_int_equal(ahoy_message_status(reader), 0);
	assert_int_equal(ahoy_message_reason(reader).len, 0);
	assert_int_equal(ahoy_message_cseq(reader), 1);
	assert_slice(ahoy_message_call_id(reader), "YWIyM2M3ZTVhNTlhZWFiZmYwYjM0NDYzMGEyM2M1Yzc.");
	assert_int_equal(ahoy_message_body(reader).len, 321);
	assert_slice(ahoy_message_header(reader, AHOY_S("c"), 0), "application/sdp"); /* by its compact form */
	assert_slice(ahoy_message_header(reader, AHOY_S("ALLOW"), 1), "ACK");	      /* a list, value by value */
	assert_null(ahoy_message_header(reader, AHOY_S("Allow"), 99).ptr);
	assert_null(ahoy_message_header(reader, AHOY_S("X-None"), 0).ptr);
	while (ahoy_message_line(reader, lines, &name, &value))
		lines++;
	assert_in_range(lines, 10, 20);
	ahoy_reader_del(reader);
	test_free_exact(text);
	test_env_fini(&te);
}

static void a_response_and_unknown_headers(void **state)
{
	static const char text[] = "SIP/2.0 183 On it\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b\r\nFrom: <sip:a@b>;tag=1\r\n"
				   "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\nX-Odd: one, two\r\nx-odd: three\r\n\r\n";
	ahoy_reader *reader;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_reader_new(&te.env, &reader));
	assert_ok(ahoy_reader_parse(reader, ahoy_slice_of(text), NULL));
	assert_false(ahoy_message_is_request(reader));
	assert_int_equal(ahoy_message_status(reader), 183);
	assert_slice(ahoy_message_reason(reader), "On it");
	assert_slice(ahoy_message_method(reader), "INVITE");
	assert_int_equal(ahoy_message_uri(reader).len, 0);
	assert_slice(ahoy_message_header(reader, AHOY_S("Via"), 1), "SIP/2.0/UDP b");
	/* What we do not know is not split. */
	assert_slice(ahoy_message_header(reader, AHOY_S("X-Odd"), 0), "one, two");
	assert_slice(ahoy_message_header(reader, AHOY_S("X-Odd"), 1), "three");
	ahoy_reader_del(reader);
	ahoy_reader_del(NULL);
	test_env_fini(&te);
}

static void a_cut_message_is_refused_at_every_byte_and_leaves_the_reader_empty(void **state)
{
	ahoy_slice text = test_read_file("tests/seed/02_invite.sip");
	ahoy_reader *reader;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_reader_new(&te.env, &reader));
	for (size_t len = 0; len < text.len; len++) {
		ahoy_slice cut = test_exact(ahoy_slice_first(text, len)), name, value;
		ahoy_reader_fault fault;

		assert_true(ahoy_reader_parse(reader, cut, &fault) < 0);
		assert_non_null(fault.rule);
		assert_in_range(fault.status, 400, 699);
		assert_true(fault.offset <= len);
		assert_false(ahoy_message_is_request(reader));
		assert_int_equal(ahoy_message_method(reader).len + ahoy_message_call_id(reader).len + ahoy_message_body(reader).len, 0);
		assert_int_equal(ahoy_message_cseq(reader), 0);
		assert_null(ahoy_message_header(reader, AHOY_S("Via"), 0).ptr);
		assert_false(ahoy_message_line(reader, 0, &name, &value));
		test_free_exact(cut);
	}
	ahoy_reader_del(reader);
	test_free_exact(text);
	test_env_fini(&te);
}

static void rfc3261_18_3_a_stream_is_cut_into_messages(void **state)
{
	static const char one[] = "SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabcSIP";
	size_t len;

	(void)state;
	for (size_t cut = 1; cut < sizeof one - 4; cut++)
		assert_err(ahoy_message_frame(ahoy_slice_make(one, cut), &len), AHOY_EMORE);
	assert_ok(ahoy_message_frame(ahoy_slice_of(one), &len));
	assert_int_equal(len, sizeof one - 4);
	assert_err(ahoy_message_frame(AHOY_S("SIP/2.0 200 OK\r\n\r\n"), &len), AHOY_EMISSING);
	assert_int_equal(len, 0);
}

static void rfc3261_8_2_6_an_answer_takes_its_headers_from_the_request(void **state)
{
	ahoy_slice text = test_read_file("tests/seed/02_invite.sip");
	ahoy_addr from = {.family = 4, .port = 40000, .ip = {198, 51, 100, 7}};
	char out[2048];
	ahoy_buf b = ahoy_buf_over(out, sizeof out), tiny = ahoy_buf_over(out, 10);
	ahoy_reader *reader;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_reader_new(&te.env, &reader));
	assert_err(ahoy_message_put_answer(&b, reader, 200, AHOY_S(""), AHOY_S("t"), NULL), AHOY_ESTATE);
	assert_ok(ahoy_reader_parse(reader, text, NULL));
	assert_ok(ahoy_message_put_answer(&b, reader, 200, AHOY_S(""), AHOY_S("mine"), &from));
	ahoy_message_put_end(&b, AHOY_S(""), AHOY_S(""));
	assert_false(b.full);
	assert_ok(ahoy_reader_parse(reader, ahoy_buf_slice(&b), NULL));
	assert_int_equal(ahoy_message_status(reader), 200);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("received=198.51.100.7")) < b.len);
	assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S(";tag=mine")) < b.len);
	assert_ok(ahoy_reader_parse(reader, text, NULL));
	assert_ok(ahoy_message_put_answer(&tiny, reader, 200, AHOY_S(""), AHOY_S("mine"), NULL));
	assert_true(tiny.full);
	ahoy_reader_del(reader);
	test_free_exact(text);
	test_env_fini(&te);
}

static void a_reader_out_of_memory_is_none(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_reader *reader;
		int err = ahoy_reader_new(&te.env, &reader);

		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_reader_del(reader);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_in_all_its_parts),
		cmocka_unit_test(a_response_and_unknown_headers),
		cmocka_unit_test(a_cut_message_is_refused_at_every_byte_and_leaves_the_reader_empty),
		cmocka_unit_test(rfc3261_18_3_a_stream_is_cut_into_messages),
		cmocka_unit_test(rfc3261_8_2_6_an_answer_takes_its_headers_from_the_request),
		cmocka_unit_test(a_reader_out_of_memory_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
