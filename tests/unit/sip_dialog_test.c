/* sip/dialog: the state that two user agents share (RFC 3261 12). */
#include "sip/dialog.h"

#include "oom.h"
#include "test.h"

#include <stdio.h>

static ahoy_flow flow_at(const char *peer)
{
	ahoy_flow flow = {.transport = AHOY_UDP};

	assert_ok(ahoy_addr_parse(ahoy_slice_of(peer), &flow.peer));
	return flow;
}

/* Parses a message whose head is given without Via, Max-Forwards and Content-Length. */
static const ahoy_msg *message(const char *start, const char *lines)
{
	static char text[8][8192];
	static ahoy_msg msgs[8];
	static unsigned turn;
	unsigned i = turn++ % 8;

	snprintf(text[i], sizeof text[i],
		 "%s\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n%sContent-Length: 0\r\n\r\n",
		 start, lines);
	assert_ok(ahoy_msg_parse(ahoy_slice_of(text[i]), &msgs[i], NULL));
	return &msgs[i];
}

#define PARTIES "From: \"Bob\" <sip:bob@biloxi>;tag=remote\r\nTo: <sip:alice@atlanta>\r\nCall-ID: call\r\n"

static const char *written(const ahoy_dialog *dialog)
{
	static char text[16384];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_dialog_write(dialog, &b);
	assert_false(b.full);
	return ahoy_buf_cstr(&b);
}

static void uas(test_env *te, ahoy_dialog *dialog, const char *lines)
{
	ahoy_flow flow = flow_at("192.0.2.9:5060");

	test_env_init(te, 1);
	assert_ok(ahoy_dialog_init_uas(&te->env, dialog, message("INVITE sip:alice@192.0.2.1 SIP/2.0", lines), &flow, AHOY_S("local")));
}

static void uac(test_env *te, ahoy_dialog *dialog)
{
	test_env_init(te, 1);
	assert_ok(ahoy_dialog_init_uac(&te->env, dialog, AHOY_S("call"), AHOY_S("\"Bob\" <sip:bob@biloxi>"),
				       AHOY_S("<sip:alice@atlanta>"), AHOY_S("local")));
}

static void end(test_env *te, ahoy_dialog *dialog)
{
	ahoy_dialog_fini(&te->env, dialog);
	test_env_fini(te);
}

static void rfc3261_12_1_1_the_callees_dialog_comes_from_the_invite(void **state)
{
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d, PARTIES "CSeq: 314 INVITE\r\nContact: <sip:bob@192.0.2.9:5062;line=1>\r\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>\r\n");
	assert_slice(d.call_id, "call");
	assert_slice(d.local_tag, "local");
	assert_slice(d.remote_tag, "remote");
	assert_slice(d.local, "<sip:alice@atlanta>");
	assert_slice(d.remote, "\"Bob\" <sip:bob@biloxi>");
	assert_slice(d.remote_target, "sip:bob@192.0.2.9:5062;line=1");
	assert_int_equal(d.remote_cseq, 314);
	assert_slice(ahoy_dialog_request_uri(&d), "sip:bob@192.0.2.9:5062;line=1");
	assert_slice(ahoy_dialog_next_hop(&d), "sip:p2;lr");
	assert_string_equal(written(&d), "Route: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\nFrom: <sip:alice@atlanta>;tag=local\r\n"
					 "To: \"Bob\" <sip:bob@biloxi>;tag=remote\r\nCall-ID: call\r\n");
	end(&te, &d);
}

static void rfc3261_19_1_1_a_contacts_headers_are_no_part_of_the_target(void **state)
{
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d,
	    PARTIES "CSeq: 1 INVITE\r\nContact: <sip:bo?b@192.0.2.9;line=1?Subject=x&To=y>\r\nRecord-Route: <sip:strict?a=b>\r\n");
	assert_slice(d.remote_target, "sip:bo?b@192.0.2.9;line=1"); /* a user part may have a question mark */
	assert_slice(ahoy_dialog_request_uri(&d), "sip:strict");
	end(&te, &d);
}

static void rfc3261_12_1_2_the_callers_dialog_comes_from_the_2xx_with_routes_reversed(void **state)
{
	ahoy_flow flow = flow_at("192.0.2.9:5062");
	test_env te;
	ahoy_dialog d;

	(void)state;
	uac(&te, &d);
	assert_string_equal(written(&d), "From: \"Bob\" <sip:bob@biloxi>;tag=local\r\nTo: <sip:alice@atlanta>\r\nCall-ID: call\r\n");
	assert_ok(ahoy_dialog_learn(
		&te.env, &d,
		message("SIP/2.0 180 Ringing", "From: <sip:bob@biloxi>;tag=local\r\nTo: "
					       "<sip:alice@atlanta>;tag=early\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\n"),
		&flow));
	assert_slice(d.remote_tag, "early");
	assert_int_equal(d.remote_target.len, 0); /* 13.2.2.1: a provisional need not have a Contact */
	assert_ok(ahoy_dialog_learn(
		&te.env, &d,
		message("SIP/2.0 200 OK",
			"From: <sip:bob@biloxi>;tag=local\r\nTo: <sip:alice@atlanta>;tag=final\r\nCall-ID: "
			"call\r\nCSeq: 1 INVITE\r\n"
			"Contact: <sip:alice@192.0.2.9>\r\nRecord-Route: <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\n"),
		&flow));
	assert_slice(d.remote_tag, "final");
	assert_true(d.has_flow && d.flow.peer.port == 5062);
	assert_string_equal(written(&d), "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nFrom: \"Bob\" <sip:bob@biloxi>;tag=local\r\n"
					 "To: <sip:alice@atlanta>;tag=final\r\nCall-ID: call\r\n");
	end(&te, &d);
}

static void rfc3261_12_2_1_1_a_strict_router_becomes_the_request_uri(void **state)
{
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d, PARTIES "CSeq: 1 INVITE\r\nContact: <sip:bob@192.0.2.9>\r\nRecord-Route: <sip:strict>, <sip:p1;lr>\r\n");
	assert_slice(ahoy_dialog_request_uri(&d), "sip:strict");
	assert_slice(ahoy_dialog_next_hop(&d), "sip:strict");
	assert_string_equal(written(&d), "Route: <sip:p1;lr>\r\nRoute: <sip:bob@192.0.2.9>\r\nFrom: <sip:alice@atlanta>;tag=local\r\n"
					 "To: \"Bob\" <sip:bob@biloxi>;tag=remote\r\nCall-ID: call\r\n");
	end(&te, &d);
}

static void rfc3261_8_1_1_8_an_invite_or_2xx_without_usable_contact_makes_no_dialog(void **state)
{
	static const struct {
		const char *contact;
		int err;
	} table[] = {
		{"", AHOY_EMISSING},
		{"Contact: *\r\n", AHOY_ESYNTAX},
		{"Contact: <mailto:a@b>\r\n", AHOY_ESYNTAX},
		{"Contact: <sip:\r\n", AHOY_ESYNTAX},
	};
	ahoy_flow flow = flow_at("192.0.2.9:5060");
	char lines[512];
	test_env te;
	ahoy_dialog d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		test_env_init(&te, 1);
		snprintf(lines, sizeof lines, PARTIES "CSeq: 1 INVITE\r\n%s", table[i].contact);
		assert_err_row(ahoy_dialog_init_uas(&te.env, &d, message("INVITE sip:alice@a SIP/2.0", lines), &flow,
						    AHOY_S("local")),
			       table[i].err, table[i].contact);
		test_env_fini(&te);
		uac(&te, &d);
		snprintf(lines, sizeof lines,
			 "From: <sip:b@c>;tag=local\r\nTo: <sip:a@b>;tag=x\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\n%s",
			 table[i].contact);
		assert_err_row(ahoy_dialog_learn(&te.env, &d, message("SIP/2.0 200 OK", lines), &flow), table[i].err, table[i].contact);
		end(&te, &d);
	}
}

static void more_routes_than_the_bound_are_refused(void **state)
{
	ahoy_flow flow = flow_at("192.0.2.9:5060");
	char lines[4096];
	size_t len = (size_t)snprintf(lines, sizeof lines, PARTIES "CSeq: 1 INVITE\r\nContact: <sip:b@c>\r\n");
	test_env te;
	ahoy_dialog d;

	(void)state;
	for (int i = 0; i < AHOY_MAX_ROUTES; i++)
		len += (size_t)snprintf(lines + len, sizeof lines - len, "Record-Route: <sip:p%d;lr>\r\n", i);
	uas(&te, &d, lines);
	assert_int_equal(d.route_count, AHOY_MAX_ROUTES);
	end(&te, &d);
	snprintf(lines + len, sizeof lines - len, "Record-Route: <sip:one.more;lr>\r\n");
	test_env_init(&te, 1);
	assert_err(ahoy_dialog_init_uas(&te.env, &d, message("INVITE sip:a@b SIP/2.0", lines), &flow, AHOY_S("local")), AHOY_ERANGE);
	test_env_fini(&te);
}

static void a_name_too_long_to_be_written_again_is_refused(void **state)
{
	static char lines[4096];
	ahoy_flow flow = flow_at("192.0.2.9:5060");
	char name[2000];
	test_env te;
	ahoy_dialog d;

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	snprintf(lines, sizeof lines,
		 "From: \"%s\" <sip:b@c>;tag=remote\r\nTo: <sip:a@b>\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nContact: "
		 "<sip:b@c>\r\n",
		 name);
	test_env_init(&te, 1);
	assert_err(ahoy_dialog_init_uas(&te.env, &d, message("INVITE sip:a@b SIP/2.0", lines), &flow, AHOY_S("local")), AHOY_ERANGE);
	test_env_fini(&te);
}

/* 7.3.1: what was folded is one line again, and nothing that a peer sent can begin one. */
static void rfc3261_7_3_1_a_folded_name_is_written_as_one_line(void **state)
{
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d,
	    "From: \"Bob\r\n the builder\" <sip:b@c>;tag=remote\r\nTo: <sip:a@b>\r\nCall-ID: call\r\nCSeq: 1 "
	    "INVITE\r\nContact: <sip:b@c>\r\n");
	assert_string_equal(
		written(&d),
		"From: <sip:a@b>;tag=local\r\nTo: \"Bob   the builder\" <sip:b@c>;tag=remote\r\nCall-ID: call\r\n");
	end(&te, &d);
}

static void rfc3261_12_2_2_requests_come_in_the_order_of_their_cseq(void **state)
{
	static const struct {
		uint32_t cseq;
		bool taken;
	} table[] = {{314, false}, {313, false}, {315, true}, {315, false}, {400, true}, {2147483647, true}, {400, false}};
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d, PARTIES "CSeq: 314 INVITE\r\nContact: <sip:bob@192.0.2.9>\r\n");
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_int_equal(ahoy_dialog_accept_cseq(&d, table[i].cseq), table[i].taken);
	end(&te, &d);
	uac(&te, &d);
	assert_true(ahoy_dialog_accept_cseq(&d, 0)); /* 12.1.2: the caller's side begins without one */
	assert_false(ahoy_dialog_accept_cseq(&d, 0));
	end(&te, &d);
}

static void rfc3261_12_a_dialog_is_named_by_call_id_and_both_tags(void **state)
{
	static const struct {
		const char *from, *to, *call_id;
		bool owns;
	} table[] = {
		{";tag=remote", ";tag=local", "call", true},
		{";tag=other", ";tag=local", "call", false},
		{"", ";tag=local", "call", false},
		{";tag=remote", ";tag=LOCAL", "call", false},
		{";tag=remote", ";tag=local", "CALL", false},
		{";tag=remote", "", "call", false},
	};
	char lines[512];
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d, PARTIES "CSeq: 1 INVITE\r\nContact: <sip:bob@192.0.2.9>\r\n");
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		snprintf(lines, sizeof lines, "From: <sip:b@c>%s\r\nTo: <sip:a@b>%s\r\nCall-ID: %s\r\nCSeq: 2 BYE\r\n",
			 table[i].from, table[i].to, table[i].call_id);
		assert_row(ahoy_dialog_owns(&d, message("BYE sip:a@b SIP/2.0", lines)) == table[i].owns, lines);
	}
	end(&te, &d);
}

static void rfc3261_12_1_2_an_answer_without_to_tag_makes_a_dialog_and_a_provisional_one_does_not(void **state)
{
	static const char *const lines =
		"From: <sip:bob@biloxi>;tag=local\r\nTo: <sip:alice@atlanta>\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\n"
		"Contact: <sip:alice@192.0.2.9>\r\n";
	ahoy_flow flow = flow_at("192.0.2.9:5062");
	test_env te;
	ahoy_dialog d;

	(void)state;
	uac(&te, &d);
	assert_ok(ahoy_dialog_learn(&te.env, &d, message("SIP/2.0 180 Ringing", lines), &flow));
	assert_false(d.has_flow);
	assert_ok(ahoy_dialog_learn(&te.env, &d, message("SIP/2.0 200 OK", lines), &flow));
	assert_true(d.has_flow);
	assert_slice(d.remote_target, "sip:alice@192.0.2.9");
	assert_int_equal(d.remote_tag.len, 0);
	assert_true(ahoy_dialog_owns(&d, message("BYE sip:bob@biloxi SIP/2.0",
						 "From: <sip:alice@atlanta>\r\nTo: <sip:bob@biloxi>;tag=local\r\n"
						 "Call-ID: call\r\nCSeq: 2 BYE\r\n")));
	end(&te, &d);
}

static void rfc2543_a_peer_without_from_tag_has_a_dialog_too(void **state)
{
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d, "From: <sip:b@c>\r\nTo: <sip:a@b>\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nContact: <sip:b@c>\r\n");
	assert_true(ahoy_dialog_owns(
		&d, message("BYE sip:a@b SIP/2.0",
			    "From: <sip:b@c>\r\nTo: <sip:a@b>;tag=local\r\nCall-ID: call\r\nCSeq: 2 BYE\r\n")));
	assert_string_equal(written(&d), "From: <sip:a@b>;tag=local\r\nTo: <sip:b@c>\r\nCall-ID: call\r\n");
	end(&te, &d);
}

static void rfc3261_12_2_2_a_reinvite_refreshes_the_target_and_a_rebound_port_is_followed(void **state)
{
	static const char *const refresh = "From: <sip:b@c>;tag=remote\r\nTo: <sip:a@b>;tag=local\r\nCall-ID: "
					   "call\r\nCSeq: 2 INVITE\r\nContact: <sip:bob@10.0.0.7>\r\n";
	ahoy_flow rebound = flow_at("192.0.2.9:40000"), elsewhere = flow_at("192.0.2.77:5060");
	test_env te;
	ahoy_dialog d;

	(void)state;
	uas(&te, &d, PARTIES "CSeq: 1 INVITE\r\nContact: <sip:bob@192.0.2.9>\r\n");
	assert_ok(ahoy_dialog_refresh(&te.env, &d, message("INVITE sip:a@b SIP/2.0", refresh), &rebound));
	assert_slice(d.remote_target, "sip:bob@10.0.0.7");
	assert_int_equal(d.flow.peer.port, 40000);
	assert_ok(ahoy_dialog_refresh(&te.env, &d, message("INVITE sip:a@b SIP/2.0", refresh), &elsewhere));
	assert_true(ahoy_addr_eq(&d.flow.peer, &rebound.peer)); /* another machine may have sniffed the tags */
	end(&te, &d);
}

static void out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static test_env te;
	ahoy_flow flow = flow_at("192.0.2.9:5060");
	ahoy_dialog d;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		int err = ahoy_dialog_init_uas(
			&te.env, &d,
			message("INVITE sip:a@b SIP/2.0", PARTIES
				"CSeq: 1 INVITE\r\nContact: <sip:b@c>\r\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>\r\n"),
			&flow, AHOY_S("local"));

		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_dialog_fini(&te.env, &d);
	}
	TEST_EACH_OOM (&te, 1) {
		int err = ahoy_dialog_init_uac(&te.env, &d, AHOY_S("call"), AHOY_S("<sip:b@c>"), AHOY_S("<sip:a@b>"), AHOY_S("local"));

		if (!err)
			err = ahoy_dialog_learn(&te.env, &d,
						message("SIP/2.0 200 OK",
							"From: <sip:b@c>;tag=local\r\nTo: <sip:a@b>;tag=x\r\nCall-ID: "
							"call\r\nCSeq: 1 INVITE\r\n"
							"Contact: <sip:a@d>\r\nRecord-Route: <sip:p1;lr>\r\n"),
						&flow);
		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_dialog_fini(&te.env, &d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_12_1_1_the_callees_dialog_comes_from_the_invite),
		cmocka_unit_test(rfc3261_19_1_1_a_contacts_headers_are_no_part_of_the_target),
		cmocka_unit_test(rfc3261_12_1_2_the_callers_dialog_comes_from_the_2xx_with_routes_reversed),
		cmocka_unit_test(rfc3261_12_2_1_1_a_strict_router_becomes_the_request_uri),
		cmocka_unit_test(rfc3261_8_1_1_8_an_invite_or_2xx_without_usable_contact_makes_no_dialog),
		cmocka_unit_test(more_routes_than_the_bound_are_refused),
		cmocka_unit_test(a_name_too_long_to_be_written_again_is_refused),
		cmocka_unit_test(rfc3261_7_3_1_a_folded_name_is_written_as_one_line),
		cmocka_unit_test(rfc3261_12_2_2_requests_come_in_the_order_of_their_cseq),
		cmocka_unit_test(rfc3261_12_a_dialog_is_named_by_call_id_and_both_tags),
		cmocka_unit_test(rfc3261_12_1_2_an_answer_without_to_tag_makes_a_dialog_and_a_provisional_one_does_not),
		cmocka_unit_test(rfc2543_a_peer_without_from_tag_has_a_dialog_too),
		cmocka_unit_test(rfc3261_12_2_2_a_reinvite_refreshes_the_target_and_a_rebound_port_is_followed),
		cmocka_unit_test(out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
