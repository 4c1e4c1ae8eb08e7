/* The torture messages of RFC 4475 (tests/torture/), and what ahoy's parser does with each: takes it, or refuses it
 * with which code and reason. "RFC:" is what the document asks for where that is more than the parser's business. */
#include <stdio.h>

#include "sip/msg.h"
#include "test.h"

typedef struct {
	const char *name;
	int err;
	const char *rule; /* the reason of the 400 */
	bool answerable;
} torture;

static const torture table[] = {
	/* 3.1.1 valid messages */
	{"wsinv", 0, NULL, true},
	/* A NUL inside a quoted pair is grammatical; we refuse NUL wherever it stands in a head. Without it the message
	   is taken. */
	{"intmeth", AHOY_ESYNTAX, "CR, LF or NUL byte alone in a header", false},
	{"intmeth_without_nul", 0, NULL, true}, /* RFC: 501 */
	{"esc01", 0, NULL, true},
	{"escnull", 0, NULL, true},
	{"esc02", 0, NULL, true}, /* RFC: 501; two Contacts, not three */
	{"lwsdisp", 0, NULL, true},
	{"longreq", 0, NULL, true},
	{"dblreq", 0, NULL, true}, /* over UDP what follows the body is ignored */
	{"semiuri", 0, NULL, true},
	{"transports", 0, NULL, true},
	{"mpart01", 0, NULL, true},
	{"unreason", 0, NULL, false},
	{"noreason", 0, NULL, false},
	/* 3.1.2 invalid messages */
	{"badinv01", AHOY_ESYNTAX, "Via malformed", false},
	{"clerr", AHOY_ETRUNCATED, "body shorter than Content-Length", true},
	{"ncl", AHOY_ESYNTAX, "Content-Length is not a number", true},
	{"scalar02", AHOY_ERANGE, "CSeq number above 2^31-1", true},
	{"scalarlg", AHOY_ERANGE, "CSeq number above 2^31-1", false}, /* a response: dropped */
	{"quotbal", AHOY_ESYNTAX, "To malformed", true},
	{"ltgtruri", AHOY_ESYNTAX, "Request-URI malformed", true},
	{"lwsruri", AHOY_ESYNTAX, "more blanks in the request line than two", true},
	{"lwsstart", AHOY_ESYNTAX, "more blanks in the request line than two", true},
	{"trws", AHOY_ESYNTAX, "more blanks in the request line than two", true},
	{"escruri", AHOY_ESYNTAX, "headers in the Request-URI", true},
	{"baddate", 0, NULL, true},  /* we never look at Date */
	{"regbadct", 0, NULL, true}, /* RFC: 400; see below: the Contact is refused when it is read */
	{"badaspec", AHOY_ESYNTAX, "To malformed", true},
	{"baddn", AHOY_ESYNTAX, "From malformed", true},
	{"badvers", AHOY_EVERSION, "SIP version is not 2.0", true},
	{"mismatch01", AHOY_ESYNTAX, "CSeq method is not the request's", true},
	{"mismatch02", AHOY_ESYNTAX, "CSeq method is not the request's", true},
	{"bigcode", AHOY_ERANGE, "status code outside 100 to 699", false},
	/* 3.2 transaction layer */
	{"badbranch", 0, NULL, true}, /* the cookie and nothing behind it: matched by the rules of RFC 2543 */
	/* 3.3 application layer */
	{"insuf", AHOY_EMISSING, "no From", false},
	{"unkscm", 0, NULL, true},  /* RFC: 416 */
	{"novelsc", 0, NULL, true}, /* RFC: 416 */
	{"unksm2", 0, NULL, true},
	{"bext01", 0, NULL, true},   /* RFC: 420 */
	{"invut", 0, NULL, true},    /* RFC: 415 */
	{"regaut01", 0, NULL, true}, /* RFC: challenged */
	{"multi01", AHOY_EDUPLICATE, "header repeated with another value", true},
	{"mcl01", AHOY_EDUPLICATE, "header repeated with another value", true},
	{"bcast", 0, NULL, false}, /* RFC: dropped, because two Vias are there */
	{"zeromf", 0, NULL, true}, /* RFC: answered by its target, 483 by a proxy */
	{"cparam01", 0, NULL, true},
	{"cparam02", 0, NULL, true},
	{"regescrt", 0, NULL, true},
	{"sdp01", 0, NULL, true}, /* RFC: 406 to the Accept, or a final answer without a body */
	/* 3.4 backward compatibility */
	{"inv2543", 0, NULL, true}, /* no Max-Forwards, no branch, no tag */
};

static ahoy_msg msg;

static ahoy_slice read_message(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "tests/torture/%s.sip", name);
	return test_read_file(path);
}

/* Parses it into msg, which lives as long as the returned bytes. */
static ahoy_slice parse(const char *name)
{
	ahoy_slice bytes = read_message(name);

	assert_err_row(ahoy_msg_parse(bytes, &msg, NULL), 0, name);
	return bytes;
}

static void rfc4475_each_message_gets_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_slice bytes = read_message(table[i].name);
		ahoy_parse_error where = {.offset = SIZE_MAX};

		assert_err_row(ahoy_msg_parse(bytes, &msg, &where), table[i].err, table[i].name);
		assert_int_equal(where.err, table[i].err);
		assert_row(msg.answerable == table[i].answerable, table[i].name);
		if (table[i].err) {
			assert_slice_row(ahoy_slice_of(where.rule), table[i].rule, table[i].name);
			assert_row(where.offset < bytes.len, table[i].name);
		}
		test_free_exact(bytes);
	}
}

static void rfc4475_every_message_cut_anywhere_is_read_within_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_slice bytes = read_message(table[i].name);

		for (size_t len = 0; len < bytes.len; len++) {
			ahoy_slice exact = test_exact(ahoy_slice_first(bytes, len));
			int err = ahoy_msg_parse(exact, &msg, NULL);

			/* What is cut off inside the head never passes for a message. */
			if (ahoy_slice_search(exact, AHOY_S("\r\n\r\n")) == exact.len)
				assert_row(err != 0, table[i].name);
			test_free_exact(exact);
		}
		test_free_exact(bytes);
	}
}

static void rfc4475_3_1_1_1_the_short_tortuous_invite_is_understood(void **state)
{
	ahoy_value_cursor cursor = {0};
	ahoy_name_addr contact;
	ahoy_slice bytes = parse("wsinv"), value;

	(void)state;
	assert_slice(msg.uri.params.text, ";unknownparam");
	assert_slice(msg.to.uri.text, "sip:vivekg@chair-dnrc.example.com");
	assert_slice(msg.to.tag, "1918181833n");
	assert_slice(msg.from.display, "\"J Rosenberg \\\\\\\"\"");
	assert_slice(msg.from.tag, "98asjd8");
	assert_int_equal(msg.max_forwards, 68);
	assert_int_equal(msg.cseq, 9);
	assert_int_equal(msg.cseq_method, AHOY_INVITE);
	assert_slice(msg.via.host, "192.0.2.2");
	assert_slice(msg.via.branch, "390skdjuw");
	for (int i = 0; i < 3; i++)
		assert_true(ahoy_msg_next_value(&msg, AHOY_H_VIA, &cursor, &value));
	assert_slice(value, "SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239");
	assert_false(ahoy_msg_next_value(&msg, AHOY_H_VIA, &cursor, &value));
	assert_true(ahoy_msg_has(&msg, AHOY_H_SUBJECT));
	assert_slice(ahoy_msg_value(&msg, AHOY_H_SUBJECT), "");
	assert_ok(ahoy_msg_name_addr(&msg, AHOY_H_CONTACT, &contact));
	assert_slice(contact.display, "\"Quoted string \\\"\\\"\"");
	assert_true(ahoy_params_get(contact.params, AHOY_S("q"), &value));
	assert_slice(value, "0.33");
	assert_int_equal(msg.body.len, 150);
	test_free_exact(bytes);
}

static void rfc4475_3_1_1_2_unusual_characters_stay_where_they_belong(void **state)
{
	ahoy_slice bytes = parse("intmeth_without_nul");

	(void)state;
	assert_int_equal(msg.method, AHOY_METHOD_OTHER);
	assert_slice(msg.method_name, "!interesting-Method0123456789_*+`.%indeed'~");
	assert_slice(msg.uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
	assert_slice(msg.uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
	assert_slice(msg.uri.host, "example.com");
	assert_slice(msg.from.display, "token1~` token2'+_ token3*%!.-");
	assert_slice(msg.from.tag, "_token~1'+`*%!-.");
	assert_slice(msg.via.branch, "z9hG4bK-.!%66*_+`'~");
	assert_slice(msg.call_id, "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
	assert_int_equal(msg.max_forwards, 255);
	test_free_exact(bytes);
}

static void rfc4475_3_1_1_escapes_are_part_of_uris_alone(void **state)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_value_cursor cursor = {0};
	ahoy_slice bytes = parse("escnull"), value;
	int contacts = 0;

	(void)state;
	ahoy_uri_unescape(&b, msg.to.uri.user);
	assert_int_equal(b.len, 11);
	assert_memory_equal(text, "null-\0-null", 11);
	test_free_exact(bytes);
	bytes = parse("esc02");
	assert_int_equal(msg.method, AHOY_METHOD_OTHER);
	while (ahoy_msg_next_value(&msg, AHOY_H_CONTACT, &cursor, &value))
		contacts++;
	assert_int_equal(contacts, 2);
	test_free_exact(bytes);
}

static void rfc4475_3_1_1_8_what_follows_the_body_in_a_datagram_is_ignored(void **state)
{
	ahoy_slice bytes = parse("dblreq");

	(void)state;
	assert_int_equal(msg.method, AHOY_REGISTER);
	assert_int_equal(msg.body.len, 0);
	assert_true(msg.raw.len < bytes.len);
	assert_true(ahoy_slice_ends(msg.raw, AHOY_S("Content-Length: 0\r\n\r\n")));
	test_free_exact(bytes);
}

static void rfc4475_3_1_1_9_a_user_part_may_hold_what_looks_like_a_parameter(void **state)
{
	ahoy_slice bytes = parse("semiuri");

	(void)state;
	assert_slice(msg.uri.user, "user;par=u%40example.net");
	assert_slice(msg.uri.host, "example.com");
	assert_slice(msg.uri.params.text, "");
	assert_true(ahoy_msg_lists(&msg, AHOY_H_ACCEPT, AHOY_S("message/sipfrag")));
	test_free_exact(bytes);
}

static void rfc4475_3_1_2_13_a_contact_with_headers_needs_brackets(void **state)
{
	ahoy_name_addr contact;
	ahoy_slice bytes = parse("regbadct");

	(void)state;
	assert_err(ahoy_msg_name_addr(&msg, AHOY_H_CONTACT, &contact), AHOY_ESYNTAX);
	test_free_exact(bytes);
	bytes = parse("regescrt");
	assert_ok(ahoy_msg_name_addr(&msg, AHOY_H_CONTACT, &contact));
	assert_slice(contact.uri.headers, "Route=%3Csip:sip.example.com%3E");
	test_free_exact(bytes);
}

static void rfc4475_3_3_unknown_schemes_are_read_and_named(void **state)
{
	ahoy_slice bytes = parse("unkscm");

	(void)state;
	assert_int_equal(msg.uri.kind, AHOY_URI_OTHER);
	assert_slice(msg.uri.scheme, "nobodyKnowsThisScheme");
	test_free_exact(bytes);
	bytes = parse("unksm2");
	assert_int_equal(msg.to.uri.kind, AHOY_URI_OTHER);
	assert_int_equal(msg.from.uri.kind, AHOY_URI_OTHER);
	test_free_exact(bytes);
}

static void rfc4475_3_3_contact_parameters_belong_to_header_or_uri_by_the_brackets(void **state)
{
	ahoy_name_addr contact;
	ahoy_slice bytes = parse("cparam01");

	(void)state;
	assert_ok(ahoy_msg_name_addr(&msg, AHOY_H_CONTACT, &contact));
	assert_slice(contact.params.text, ";unknownparam");
	assert_slice(contact.uri.params.text, "");
	test_free_exact(bytes);
	bytes = parse("cparam02");
	assert_ok(ahoy_msg_name_addr(&msg, AHOY_H_CONTACT, &contact));
	assert_slice(contact.params.text, "");
	assert_slice(contact.uri.params.text, ";unknownparam");
	test_free_exact(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4475_each_message_gets_its_verdict),
		cmocka_unit_test(rfc4475_every_message_cut_anywhere_is_read_within_its_bytes),
		cmocka_unit_test(rfc4475_3_1_1_1_the_short_tortuous_invite_is_understood),
		cmocka_unit_test(rfc4475_3_1_1_2_unusual_characters_stay_where_they_belong),
		cmocka_unit_test(rfc4475_3_1_1_escapes_are_part_of_uris_alone),
		cmocka_unit_test(rfc4475_3_1_1_8_what_follows_the_body_in_a_datagram_is_ignored),
		cmocka_unit_test(rfc4475_3_1_1_9_a_user_part_may_hold_what_looks_like_a_parameter),
		cmocka_unit_test(rfc4475_3_1_2_13_a_contact_with_headers_needs_brackets),
		cmocka_unit_test(rfc4475_3_3_unknown_schemes_are_read_and_named),
		cmocka_unit_test(rfc4475_3_3_contact_parameters_belong_to_header_or_uri_by_the_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
