/* api/message: addresses, and messages written line by line. */
#include "ahoy/message.h"

#include "base/slice.h"
#include "test.h"

static void rfc3261_20_10_an_address_is_read_in_its_parts(void **state)
{
	ahoy_address a;
	ahoy_slice value;

	(void)state;
	assert_ok(ahoy_address_parse(AHOY_S("\"Bob, the 1st\" <sip:b%20b@[2001:db8::1]:5070;transport=udp>;tag=x;q=\"0.5\""), &a));
	assert_slice(a.display, "\"Bob, the 1st\"");
	assert_slice(a.uri, "sip:b%20b@[2001:db8::1]:5070;transport=udp");
	assert_slice(a.scheme, "sip");
	assert_slice(a.user, "b%20b");
	assert_slice(a.host, "[2001:db8::1]");
	assert_int_equal(a.port, 5070);
	assert_true(ahoy_address_param(a.params, AHOY_S("TAG"), &value));
	assert_slice(value, "x");
	assert_true(ahoy_address_param(a.uri_params, AHOY_S("transport"), &value));
	assert_slice(value, "udp");
	assert_false(ahoy_address_param(a.params, AHOY_S("none"), &value));
	assert_false(ahoy_address_param(AHOY_S("no list"), AHOY_S("no"), &value));
	/* Without brackets what follows is the header's. */
	assert_ok(ahoy_address_parse(AHOY_S("sip:a@b;tag=y"), &a));
	assert_slice(a.uri, "sip:a@b");
	assert_slice(a.params, ";tag=y");
	assert_ok(ahoy_address_parse_uri(AHOY_S("tel:+4930"), &a));
	assert_slice(a.user, "+4930");
}

static void what_is_no_address_is_refused_at_every_cut(void **state)
{
	static const char *const bad[] = {"", "<sip:a@b", "<>", "\"x <sip:a@b>", "sip:", "<sip:a@b>, <sip:c@d>"};
	ahoy_address a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ahoy_slice text = test_exact(ahoy_slice_of(bad[i]));

		assert_err_row(ahoy_address_parse(text, &a), AHOY_ESYNTAX, bad[i]);
		assert_int_equal(a.uri.len, 0);
		test_free_exact(text);
	}
	assert_err(ahoy_address_parse(AHOY_S("<sip:a@b:70000>"), &a), AHOY_ERANGE);
	assert_err(ahoy_address_parse_uri(AHOY_S("<sip:a@b>"), &a), AHOY_ESYNTAX);
}

static void rfc3261_19_1_4_the_same_uri(void **state)
{
	(void)state;
	assert_true(ahoy_address_same_uri(AHOY_S("sip:%61lice@AtLanTa.CoM;Transport=UDP"), AHOY_S("sip:alice@AtLanTa.CoM;Transport=UDP")));
	assert_false(ahoy_address_same_uri(AHOY_S("sip:alice@a"), AHOY_S("sip:Alice@a")));
	assert_false(ahoy_address_same_uri(AHOY_S("?"), AHOY_S("?")));
}

static void nothing_that_is_written_can_begin_a_line(void **state)
{
	char text[512];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	ahoy_message_put_request(&b, AHOY_S("MESSAGE"), AHOY_S("sip:a@b"));
	ahoy_message_put_header(&b, AHOY_S("Subject"), AHOY_S("x\r\nVia: evil"));
	ahoy_message_put_end(&b, AHOY_S("text/plain"), AHOY_S("hi"));
	assert_false(b.full);
	assert_slice(ahoy_buf_slice(&b), "MESSAGE sip:a@b SIP/2.0\r\nSubject: x  Via: evil\r\nContent-Type: text/plain\r\n"
					 "Content-Length: 2\r\n\r\nhi");
	b = ahoy_buf_over(text, sizeof text);
	ahoy_message_put_status(&b, 486, AHOY_S(""));
	ahoy_message_put_end(&b, AHOY_S(""), AHOY_S(""));
	assert_slice(ahoy_buf_slice(&b), "SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n");
	b = ahoy_buf_over(text, 20);
	ahoy_message_put_status(&b, 486, AHOY_S(""));
	ahoy_message_put_end(&b, AHOY_S(""), AHOY_S(""));
	assert_true(b.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_20_10_an_address_is_read_in_its_parts),
		cmocka_unit_test(what_is_no_address_is_refused_at_every_cut),
		cmocka_unit_test(rfc3261_19_1_4_the_same_uri),
		cmocka_unit_test(nothing_that_is_written_can_begin_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
