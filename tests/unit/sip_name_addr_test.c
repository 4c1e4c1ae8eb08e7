/* sip/name_addr: From, To, Contact and their kin. */
#include "sip/name_addr.h"

#include "base/buf.h"
#include "base/err.h"
#include "test.h"

typedef struct {
	const char *text, *display, *uri, *params, *tag, *rest;
} good_value;

static const good_value good[] = {
	/* The seed's: no blank between name and '<', an unquoted name, none at all. */
	{"\"111\"<sip:111@127.0.0.1;transport=UDP>;tag=060a240b", "\"111\"", "sip:111@127.0.0.1;transport=UDP",
	 ";tag=060a240b", "060a240b", ""},
	{"112 <sip:112@0.0.0.0;transport=UDP>;tag=1233ffs", "112", "sip:112@0.0.0.0;transport=UDP", ";tag=1233ffs",
	 "1233ffs", ""},
	{"<sip:111@127.0.0.1:5068;rinstance=1ce6;transport=UDP>", "",
	 "sip:111@127.0.0.1:5068;rinstance=1ce6;transport=UDP", "", "", ""},
	/* 20.10: without brackets the parameters are the header's. */
	{"sip:bob@biloxi.com;tag=1;x", "", "sip:bob@biloxi.com", ";tag=1;x", "1", ""},
	{"sip:bob@biloxi.com ; tag = 1", "", "sip:bob@biloxi.com", "; tag = 1", "1", ""},
	{"\"Bob, \\\"the\\\" <x> ;\" <sip:b@c>;TAG=1", "\"Bob, \\\"the\\\" <x> ;\"", "sip:b@c", ";TAG=1", "1", ""},
	{"Bob van der Bilt <sip:b@c>;q=0.5,<sip:d@e>", "Bob van der Bilt", "sip:b@c", ";q=0.5", "", "<sip:d@e>"},
	{"<sip:a,b@c> , sip:d@e", "", "sip:a,b@c", "", "", "sip:d@e"},
	{"M\xc3\xbcller <tel:+49301234>", "M\xc3\xbcller", "tel:+49301234", "", "", ""},
	{"\"folded\r\n name\" \r\n <sip:a@b>\r\n ;tag=\r\n\t1", "\"folded\r\n name\"", "sip:a@b", ";tag=\r\n\t1", "1",
	 ""},
	{"  <sip:a@b>  ", "", "sip:a@b", "", "", ""},
	{"<sip:a@b?Route=%3Csip:c%3E>", "", "sip:a@b?Route=%3Csip:c%3E", "", "", ""},
	{"<sip:a@b>;tag=1;tag=1", "", "sip:a@b", ";tag=1;tag=1", "1", ""},
	{"<sip:a@b>;+sip.instance=\"<urn:uuid:1,2>\";expires=60", "", "sip:a@b",
	 ";+sip.instance=\"<urn:uuid:1,2>\";expires=60", "", ""},
	{"<http://www.example.com/alice,photo.jpg> ;purpose=icon", "", "http://www.example.com/alice,photo.jpg",
	 ";purpose=icon", "", ""},
};

static void rfc3261_20_10_parts_of_an_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		const good_value *row = &good[i];
		ahoy_slice exact = test_exact(ahoy_slice_of(row->text)), rest;
		ahoy_name_addr value;

		assert_err_row(ahoy_name_addr_parse(exact, &value, &rest), 0, row->text);
		assert_slice_row(value.display, row->display, row->text);
		assert_slice_row(value.uri.text, row->uri, row->text);
		assert_slice_row(value.params.text, row->params, row->text);
		assert_slice_row(value.tag, row->tag, row->text);
		assert_slice_row(rest, row->rest, row->text);
		assert_false(value.star);
		assert_row(value.text.len > 0 && value.text.ptr[0] != ' ', row->text);
		test_free_exact(exact);
	}
}

static void rfc3261_20_10_the_star_of_a_contact(void **state)
{
	ahoy_name_addr value;
	ahoy_slice rest;

	(void)state;
	assert_ok(ahoy_name_addr_parse(AHOY_S(" * "), &value, &rest));
	assert_true(value.star);
	assert_slice(value.text, "*");
	assert_ok(ahoy_name_addr_parse(AHOY_S("*,<sip:a@b>"), &value, &rest));
	assert_true(value.star);
	assert_slice(rest, "<sip:a@b>");
	assert_err(ahoy_name_addr_parse(AHOY_S("**"), &value, &rest), AHOY_ESYNTAX);
	/* A display name may begin with one. */
	assert_ok(ahoy_name_addr_parse(AHOY_S("*21 <sip:a@b>"), &value, &rest));
	assert_false(value.star);
	assert_slice(value.display, "*21");
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		",",
		";tag=1",
		"<sip:a@b",
		"< sip:t.watson@example.org >",			      /* RFC 4475 3.1.2.14 */
		"Bell, Alexander <sip:a.g.bell@bell-tel.com>;tag=43", /* RFC 4475 3.1.2.15 */
		"\"Mr. J. User <sip:j.user@example.com>",	      /* RFC 4475 3.1.2.6 */
		"\"name\" sip:a@b",
		"\"name\"",
		"name",
		"<sip:a@b> trailing",
		"sip:a@b trailing",
		"<sip:a@b>;",
		"<sip:a@b>;tag=1;tag=2",
		"<sip:a@b>;tag=",
		"<sip:a@b>;tag",
		"sip:user@example.com?Route=%3Csip:sip.example.com%3E", /* RFC 4475 3.1.2.13 */
		"<>",
		"<<sip:a@b>>",
		"a \"b\" <sip:a@b>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i])), rest;
		ahoy_name_addr value;

		assert_err_row(ahoy_name_addr_parse(exact, &value, &rest), AHOY_ESYNTAX, rows[i]);
		test_free_exact(exact);
	}
}

static void numbers_beyond_their_bounds_are_out_of_range(void **state)
{
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_name_addr value;
	ahoy_slice rest;

	(void)state;
	assert_err(ahoy_name_addr_parse(AHOY_S("<sip:a@b:65536>"), &value, &rest), AHOY_ERANGE);
	ahoy_buf_str(&b, "<sip:a@b>");
	for (int i = 0; i <= AHOY_MAX_PARAMS; i++)
		ahoy_buf_str(&b, ";p");
	assert_err(ahoy_name_addr_parse(ahoy_buf_slice(&b), &value, &rest), AHOY_ERANGE);
}

static void an_address_cut_anywhere_is_read_within_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		for (size_t len = 0; len < strlen(good[i].text); len++) {
			ahoy_slice exact = test_exact((ahoy_slice){good[i].text, len}), rest;
			ahoy_name_addr value;

			if (!ahoy_name_addr_parse(exact, &value, &rest))
				assert_true(value.uri.kind != AHOY_URI_NONE);
			test_free_exact(exact);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_20_10_parts_of_an_address),
		cmocka_unit_test(rfc3261_20_10_the_star_of_a_contact),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(numbers_beyond_their_bounds_are_out_of_range),
		cmocka_unit_test(an_address_cut_anywhere_is_read_within_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
