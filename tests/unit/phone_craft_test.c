/* phone/craft: requests as somebody wants them, right or wrong. */
#include "phone/craft.h"

#include <stdlib.h>

#include "test.h"

static char mem[65536];

static ahoy_craft plain(void)
{
	ahoy_craft c = {
		.method = AHOY_S("OPTIONS"),
		.uri = AHOY_S("sip:bob@192.0.2.9:5070"),
		.from = AHOY_S("<sip:alice@192.0.2.1>"),
		.to = AHOY_S("<sip:bob@192.0.2.9>"),
		.call_id = AHOY_S("call"),
		.branch = AHOY_S("z9hG4bKb"),
		.tag = AHOY_S("t"),
		.cseq = 3,
		.contact_user = AHOY_S("alice"),
		.product = AHOY_S("ahoy/test"),
	};

	assert_ok(ahoy_addr_parse(AHOY_S("192.0.2.1:5062"), &c.local));
	return c;
}

static const char *written(const ahoy_craft *c)
{
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);

	ahoy_craft_request(&b, c);
	assert_false(b.full);
	return ahoy_buf_cstr(&b);
}

static void what_is_not_given_is_filled_in(void **state)
{
	ahoy_craft c = plain();
	ahoy_msg msg;

	(void)state;
	assert_string_equal(written(&c), "OPTIONS sip:bob@192.0.2.9:5070 SIP/2.0\r\n"
					 "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKb\r\n"
					 "Max-Forwards: 70\r\n"
					 "From: <sip:alice@192.0.2.1>;tag=t\r\n"
					 "To: <sip:bob@192.0.2.9>\r\n"
					 "Call-ID: call\r\n"
					 "CSeq: 3 OPTIONS\r\n"
					 "Contact: <sip:alice@192.0.2.1:5062>\r\n"
					 "User-Agent: ahoy/test\r\n"
					 "Content-Length: 0\r\n"
					 "\r\n");
	assert_ok(ahoy_msg_parse(ahoy_slice_of(mem), &msg, NULL));
}

static void a_given_header_takes_the_place_of_ours_and_an_empty_one_leaves_it_out(void **state)
{
	static const char *const headers[] = {"f: <sip:x@y>;tag=own", "User-Agent:", "X-One: 1", "x-one: 2", "l: 99", "CSeq: 0 NOTHING"};
	ahoy_craft c = plain();

	(void)state;
	c.headers = headers;
	c.header_count = ARRAY_LEN(headers);
	c.body = AHOY_S("hi");
	c.type = AHOY_S("text/plain");
	c.authorization = AHOY_S("Authorization: Digest x\r\n");
	assert_string_equal(written(&c), "OPTIONS sip:bob@192.0.2.9:5070 SIP/2.0\r\n"
					 "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKb\r\n"
					 "Max-Forwards: 70\r\n"
					 "To: <sip:bob@192.0.2.9>\r\n"
					 "Call-ID: call\r\n"
					 "Contact: <sip:alice@192.0.2.1:5062>\r\n"
					 "f: <sip:x@y>;tag=own\r\n"
					 "X-One: 1\r\n"
					 "x-one: 2\r\n"
					 "l: 99\r\n"
					 "CSeq: 0 NOTHING\r\n"
					 "Authorization: Digest x\r\n"
					 "Content-Type: text/plain\r\n"
					 "\r\n"
					 "hi");
}

static void a_message_bears_no_contact_and_an_own_tag_stays(void **state)
{
	ahoy_craft c = plain();

	(void)state;
	c.method = AHOY_S("MESSAGE");
	c.from = AHOY_S("<sip:alice@192.0.2.1>;tag=mine");
	assert_null(strstr(written(&c), "Contact:"));
	assert_non_null(strstr(mem, "From: <sip:alice@192.0.2.1>;tag=mine\r\n"));
}

static void names_are_tokens(void **state)
{
	(void)state;
	assert_ok(ahoy_craft_check_header("X-A: b"));
	assert_ok(ahoy_craft_check_header("Subject:"));
	assert_err(ahoy_craft_check_header("Subject"), AHOY_ESYNTAX);
	assert_err(ahoy_craft_check_header(": x"), AHOY_ESYNTAX);
	assert_err(ahoy_craft_check_header("A b: x"), AHOY_ESYNTAX);
	assert_err(ahoy_craft_check_header("A\r\nB: x"), AHOY_ESYNTAX);
	assert_false(ahoy_craft_is_token(AHOY_S("A\0B")));
	assert_false(ahoy_craft_is_token((ahoy_slice){0}));
}

static const struct {
	const char *row, *text;
	bool raw;
	const char *expected;
} templates[] = {
	{"LF becomes CRLF in the head, the length is added", "A ${target} SIP/2.0\nX: ${cseq}\n\nbody\n", false,
	 "A sip:bob@192.0.2.9:5070 SIP/2.0\r\nX: 3\r\nContent-Length: 5\r\n\r\nbody\n"},
	{"raw: nothing is added", "A ${target}\nX ${user}\n\nb", true, "A sip:bob@192.0.2.9:5070\r\nX bob\r\n\r\nb"},
	{"raw: not even the empty line", "garbage ${host}", true, "garbage 192.0.2.9:5070\r\n"},
	{"an own length stays", "A\nl: 77\n\n", false, "A\r\nl: 77\r\n\r\n"},
	{"no empty line at the end: it is added", "A", false, "A\r\nContent-Length: 0\r\n\r\n"},
	{"all the rest", "${method} ${branch} ${tag} ${call_id} ${from} ${to} ${local} ${local_ip} ${local_port} "
			 "${contact} ${product} ${length}\n\n${body}",
	 true,
	 "OPTIONS z9hG4bKb t call <sip:alice@192.0.2.1>;tag=t <sip:bob@192.0.2.9> 192.0.2.1:5062 192.0.2.1 5062 "
	 "<sip:alice@192.0.2.1:5062> ahoy/test 0\r\n\r\n"},
	{"credentials that there are none of leave no line", "A\n${authorization}\nB: 1\n\n", true, "A\r\nB: 1\r\n\r\n"},
	{"a dollar alone is one", "A $5 $ {x}\n\n", true, "A $5 $ {x}\r\n\r\n"},
};

static void a_template_is_filled_in(void **state)
{
	ahoy_craft c = plain();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		ahoy_buf b = ahoy_buf_over(mem, sizeof mem);
		ahoy_slice unknown;
		int err = ahoy_craft_template(&b, ahoy_slice_of(templates[i].text), &c, templates[i].raw, &unknown);

		assert_err_row(err, 0, templates[i].row);
		assert_string_equal(ahoy_buf_cstr(&b), templates[i].expected);
	}
}

static void credentials_stand_where_the_template_wants_them_or_at_the_heads_end(void **state)
{
	ahoy_craft c = plain();
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);
	ahoy_slice unknown;

	(void)state;
	c.authorization = AHOY_S("Authorization: Digest x\r\n");
	assert_ok(ahoy_craft_template(&b, AHOY_S("A\n${authorization}\nB: 1\n\n"), &c, false, &unknown));
	assert_string_equal(ahoy_buf_cstr(&b), "A\r\nAuthorization: Digest x\r\nB: 1\r\nContent-Length: 0\r\n\r\n");
	b = ahoy_buf_over(mem, sizeof mem);
	assert_ok(ahoy_craft_template(&b, AHOY_S("A\nB: 1\n\n"), &c, false, &unknown));
	assert_string_equal(ahoy_buf_cstr(&b), "A\r\nB: 1\r\nAuthorization: Digest x\r\nContent-Length: 0\r\n\r\n");
	b = ahoy_buf_over(mem, sizeof mem);
	assert_ok(ahoy_craft_template(&b, AHOY_S("A\nB: 1\n\n"), &c, true, &unknown));
	assert_string_equal(ahoy_buf_cstr(&b), "A\r\nB: 1\r\n\r\n");
}

static void faults_of_a_template_are_named(void **state)
{
	ahoy_craft c = plain();
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);
	ahoy_slice unknown;

	(void)state;
	assert_err(ahoy_craft_template(&b, AHOY_S("A ${frob}\n\n"), &c, false, &unknown), AHOY_ENOTFOUND);
	assert_slice(unknown, "frob");
	assert_err(ahoy_craft_template(&b, AHOY_S("A\n\n${call_id"), &c, false, &unknown), AHOY_ESYNTAX);
	b = ahoy_buf_over(mem, 10);
	assert_err(ahoy_craft_template(&b, AHOY_S("A long first line\n\n"), &c, false, &unknown), AHOY_EFULL);
	assert_non_null(strstr(ahoy_craft_names(), "local_port"));
}

static ahoy_msg invite, answer;

static void parse_both(void)
{
	static const char invite_text[] =
		"INVITE sip:bob@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKi\r\nRoute: <sip:p;lr>\r\n"
		"From: <sip:alice@192.0.2.1>;tag=t\r\nTo: <sip:bob@192.0.2.9>\r\nCall-ID: call\r\nCSeq: 3 INVITE\r\n\r\n";
	static const char answer_text[] =
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKi\r\nRecord-Route: <sip:p1;lr>, <sip:p2;lr>\r\n"
		"From: <sip:alice@192.0.2.1>;tag=t\r\nTo: <sip:bob@192.0.2.9>;tag=r\r\nCall-ID: call\r\nCSeq: 3 INVITE\r\n"
		"Contact: <sip:bob@192.0.2.77?X=y>\r\n\r\n";

	assert_ok(ahoy_msg_parse(ahoy_slice_of(invite_text), &invite, NULL));
	assert_ok(ahoy_msg_parse(ahoy_slice_of(answer_text), &answer, NULL));
}

static void rfc3261_9_1_and_17_1_1_3_cancel_and_ack_look_like_their_invite(void **state)
{
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);

	(void)state;
	parse_both();
	ahoy_craft_hop(&b, &invite, AHOY_CANCEL, invite.to.text);
	assert_string_equal(ahoy_buf_cstr(&b), "CANCEL sip:bob@192.0.2.9 SIP/2.0\r\n"
					       "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKi\r\nRoute: <sip:p;lr>\r\n"
					       "Max-Forwards: 70\r\nFrom: <sip:alice@192.0.2.1>;tag=t\r\nTo: <sip:bob@192.0.2.9>\r\n"
					       "Call-ID: call\r\nCSeq: 3 CANCEL\r\nContent-Length: 0\r\n\r\n");
	b = ahoy_buf_over(mem, sizeof mem);
	ahoy_craft_hop(&b, &invite, AHOY_ACK, answer.to.text);
	assert_non_null(strstr(ahoy_buf_cstr(&b), "To: <sip:bob@192.0.2.9>;tag=r\r\n"));
	assert_non_null(strstr(mem, "CSeq: 3 ACK\r\n"));
}

static void rfc3261_12_1_2_ack_and_bye_go_to_the_contact_by_the_recorded_route(void **state)
{
	ahoy_craft c = plain();
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);

	(void)state;
	parse_both();
	ahoy_craft_dialog(&b, &c, &invite, &answer, AHOY_BYE);
	assert_string_equal(ahoy_buf_cstr(&b), "BYE sip:bob@192.0.2.77 SIP/2.0\r\n"
					       "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKb\r\n"
					       "Route: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n"
					       "Max-Forwards: 70\r\nFrom: <sip:alice@192.0.2.1>;tag=t\r\n"
					       "To: <sip:bob@192.0.2.9>;tag=r\r\nCall-ID: call\r\nCSeq: 4 BYE\r\n"
					       "Content-Length: 0\r\n\r\n");
	b = ahoy_buf_over(mem, sizeof mem);
	ahoy_craft_dialog(&b, &c, &invite, &answer, AHOY_ACK);
	assert_non_null(strstr(ahoy_buf_cstr(&b), "CSeq: 3 ACK\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_is_filled_in),
		cmocka_unit_test(a_given_header_takes_the_place_of_ours_and_an_empty_one_leaves_it_out),
		cmocka_unit_test(a_message_bears_no_contact_and_an_own_tag_stays),
		cmocka_unit_test(names_are_tokens),
		cmocka_unit_test(a_template_is_filled_in),
		cmocka_unit_test(credentials_stand_where_the_template_wants_them_or_at_the_heads_end),
		cmocka_unit_test(faults_of_a_template_are_named),
		cmocka_unit_test(rfc3261_9_1_and_17_1_1_3_cancel_and_ack_look_like_their_invite),
		cmocka_unit_test(rfc3261_12_1_2_ack_and_bye_go_to_the_contact_by_the_recorded_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
