/* ua/in_dialog: requests inside a dialog, in both directions (RFC 3261 12.2, 15). */
#include "ua_support.h"

#define RAW_HEAD(method, cseq, to)                                                                 \
	method " sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-" cseq  \
	       "\r\nMax-Forwards: 70\r\nFrom: <sip:b@192.0.2.2>;tag=b\r\nTo: <sip:a@192.0.2.1>" to \
	       "\r\nCall-ID: raw\r\nCSeq: " cseq " " method "\r\nContent-Length: 0\r\n\r\n"

static void rfc6086_info_crosses_with_body_and_its_answer_comes_back(void **state)
{
	world w;
	ahoy_call_id call;
	const world_event *e;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, AHOY_S("X-Note: c\r\n"), AHOY_S("application/dtmf-relay"),
				    AHOY_S("Signal=1"), 55));
	world_pass(&w, 50);
	e = world_expect(&w, B, AHOY_UA_IN_DIALOG);
	assert_int_equal(e->method, AHOY_INFO);
	assert_string_equal(e->body, "Signal=1");
	assert_int_equal(e->user, 70);
	assert_string_equal(header_of(world_last(&w, "INFO "), "X-Note"), "c");
	assert_ok(
		ahoy_call_respond(w.ua[B], w.now, w.accepted, e->tx, 200, (ahoy_slice){0}, AHOY_S("text/plain"), AHOY_S("thanks")));
	world_pass(&w, 50);
	e = world_expect(&w, A, AHOY_UA_IN_DIALOG_ANSWER);
	assert_int_equal(e->status, 200);
	assert_int_equal(e->user, 55);
	assert_string_equal(e->body, "thanks");
	world_no_more(&w);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_assert_quiet(&w);
	world_fini(&w);
}

static void requests_with_rules_of_their_own_are_not_sent_this_way(void **state)
{
	static const ahoy_method methods[] = {AHOY_INVITE, AHOY_BYE, AHOY_ACK, AHOY_CANCEL, AHOY_METHOD_OTHER};
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		assert_err(
			ahoy_call_request(w.ua[A], w.now, call, methods[i], (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 0),
			AHOY_EINVAL);
	assert_err(ahoy_call_request(w.ua[A], w.now, 12345, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 0),
		   AHOY_ESTALE);
	world_fini(&w);
}

static void rfc3261_15_1_bye_ends_the_call_of_the_other_side(void **state)
{
	world w;

	(void)state;
	for (int who = A; who <= B; who++) {
		ahoy_call_id call;
		const world_event *e;

		world_init(&w, true);
		call = world_call(&w);
		assert_ok(ahoy_call_hangup(w.ua[who], w.now, who == A ? call : w.accepted, AHOY_S("Reason: Q.850;cause=16\r\n")));
		world_pass(&w, 50);
		e = world_expect(&w, !who, AHOY_UA_ENDED);
		assert_err(e->err, 0);
		assert_int_equal(e->method, AHOY_BYE);
		world_no_more(&w);
		assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "CSeq"), who == A ? "2 BYE" : "1 BYE");
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void both_may_hang_up_at_once(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, (ahoy_slice){0}));
	world_assert_quiet(&w);
	world_no_more(&w);
	assert_int_equal(world_count(&w, "SIP/2.0 481 "), 2); /* nobody knows the dialog any more, which is fine */
	world_fini(&w);
}

static void rfc3261_12_2_2_what_names_no_dialog_gets_481(void **state)
{
	static const char *const requests[] = {
		RAW_HEAD("BYE", "1", ";tag=gone"),
		RAW_HEAD("INVITE", "1", ";tag=gone"),
		RAW_HEAD("INFO", "1", ";tag=0000000000000000100000000000000000"),
		RAW_HEAD("SUBSCRIBE", "1", ";tag=x"),
	};
	world w;

	(void)state;
	world_init(&w, false);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		world_recv(&w, A, requests[i]);
		assert_int_equal(w.sent_count, i + 1);
		assert_int_equal(strncmp(w.sent[i].text, "SIP/2.0 481 ", 12), 0);
	}
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

/* A as callee of a raw peer, answered and ACKed. Its tag goes to *tag. */
static void standing(world *w, char tag[64])
{
	char text[1024];

	world_init(w, false);
	w->policy[A] = ACCEPT;
	world_recv(
		w, A,
		"INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
		"From: <sip:b@192.0.2.2>;tag=b\r\n"
		"To: <sip:a@192.0.2.1>\r\nCall-ID: raw\r\nCSeq: 1 INVITE\r\nContact: <sip:b@192.0.2.2>\r\nContent-Length: 0\r\n\r\n");
	assert_ok(w->accept_err);
	ahoy_ua_turn(w->ua[A], w->now);
	assert_ok(ahoy_call_answer(w->ua[A], w->now, w->accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_drain(w, A);
	snprintf(tag, 64, "%s", strstr(header_of(world_last(w, "SIP/2.0 200 "), "To"), ";tag="));
	snprintf(text, sizeof text, RAW_HEAD("ACK", "1", "%s"), tag);
	world_recv(w, A, text);
	world_expect(w, A, AHOY_UA_REQUEST);
	world_expect(w, A, AHOY_UA_ACKED);
}

static void raw(world *w, const char *method, unsigned cseq, unsigned branch, const char *from_tag, const char *tag,
		const char *lines)
{
	char text[1024];

	snprintf(
		text, sizeof text,
		"%s sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-x%u\r\nMax-Forwards: 70\r\n"
		"From: <sip:b@192.0.2.2>;tag=%s\r\n"
		"To: <sip:a@192.0.2.1>%s\r\nCall-ID: raw\r\nCSeq: %u %s\r\n%sContent-Length: 0\r\n\r\n",
		method, branch, from_tag, tag, cseq, method, lines);
	world_recv(w, A, text);
}

static void rfc3261_12_2_2_an_older_cseq_gets_500(void **state)
{
	char tag[64];
	world w;

	(void)state;
	standing(&w, tag);
	raw(&w, "INFO", 5, 1, "b", tag, "");
	world_expect(&w, A, AHOY_UA_IN_DIALOG);
	raw(&w, "INFO", 4, 2, "b", tag, "");
	world_no_more(&w);
	assert_non_null(world_last(&w, "SIP/2.0 500 "));
	world_fini(&w);
}

static void rfc3261_12_2_2_another_from_tag_is_another_dialog(void **state)
{
	char tag[64];
	world w;

	(void)state;
	standing(&w, tag);
	raw(&w, "BYE", 5, 1, "somebody", tag, "");
	world_no_more(&w);
	assert_non_null(world_last(&w, "SIP/2.0 481 "));
	assert_int_equal(ahoy_ua_calls(w.ua[A]), 1);
	world_fini(&w);
}

static const struct {
	const char *method, *lines, *start, *header, *value;
} refused[] = {
	{"REFER", "Refer-To: <sip:c@d>\r\n", "SIP/2.0 405 ", "Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE"},
	{"DANCE", "", "SIP/2.0 501 ", "Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE"},
	{"SUBSCRIBE", "Event: presence\r\n", "SIP/2.0 489 ", "Allow-Events", ""},
	{"INFO", "Require: 100rel\r\n", "SIP/2.0 420 ", "Unsupported", "100rel"},
	{"INVITE", "Require: timer\r\nContact: <sip:b@c>\r\n", "SIP/2.0 420 ", "Unsupported", "timer"},
};

static void rfc3261_8_2_what_is_not_supported_is_refused_again_the_same_way_and_the_call_stays(void **state)
{
	char tag[64];
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		standing(&w, tag);
		raw(&w, refused[i].method, 5, 1, "b", tag, refused[i].lines);
		raw(&w, refused[i].method, 5, 1, "b", tag, refused[i].lines); /* a retransmission */
		assert_row(world_count(&w, refused[i].start) == 2, refused[i].start);
		assert_row(strcmp(w.sent[w.sent_count - 1].text, w.sent[w.sent_count - 2].text) == 0, refused[i].start);
		assert_string_equal(header_of(world_last(&w, refused[i].start), refused[i].header), refused[i].value);
		world_no_more(&w);
		assert_int_equal(ahoy_ua_calls(w.ua[A]), 1);
		world_fini(&w);
	}
}

static void rfc3261_11_2_options_in_the_dialog_is_answered_at_once(void **state)
{
	char tag[64];
	world w;

	(void)state;
	standing(&w, tag);
	raw(&w, "OPTIONS", 5, 1, "b", tag, "");
	world_no_more(&w);
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "Accept"), "application/sdp");
	world_fini(&w);
}

static void rfc3261_15_1_2_bye_before_the_answer_ends_the_invite_with_487(void **state)
{
	char tag[64];
	world w;

	(void)state;
	world_init(&w, false);
	w.policy[A] = ACCEPT;
	world_recv(
		&w, A,
		"INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
		"From: <sip:b@192.0.2.2>;tag=b\r\n"
		"To: <sip:a@192.0.2.1>\r\nCall-ID: raw\r\nCSeq: 1 INVITE\r\nContact: <sip:b@192.0.2.2>\r\nContent-Length: 0\r\n\r\n");
	ahoy_ua_turn(w.ua[A], w.now);
	assert_ok(ahoy_call_progress(w.ua[A], w.now, w.accepted, 180, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}));
	world_drain(&w, A);
	snprintf(tag, sizeof tag, "%s", strstr(header_of(world_last(&w, "SIP/2.0 180 "), "To"), ";tag="));
	raw(&w, "BYE", 2, 1, "b", tag, "");
	world_expect(&w, A, AHOY_UA_REQUEST);
	world_expect(&w, A, AHOY_UA_CANCELLED);
	assert_non_null(world_last(&w, "SIP/2.0 487 "));
	assert_non_null(world_last(&w, "SIP/2.0 200 "));
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_12_2_1_2_481_to_a_request_ends_the_call_and_408_does_not(void **state)
{
	static const int statuses[] = {481, 408};
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		ahoy_call_id call;

		world_init(&w, false);
		call = world_invite(&w);
		world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@192.0.2.2>\r\n");
		world_expect(&w, A, AHOY_UA_ANSWERED);
		assert_ok(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 1));
		world_drain(&w, A);
		world_respond(&w, world_last(&w, "INFO "), statuses[i], "", "");
		assert_int_equal(world_expect(&w, A, AHOY_UA_IN_DIALOG_ANSWER)->status, statuses[i]);
		if (statuses[i] == 481)
			assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, AHOY_ESTALE);
		world_no_more(&w);
		assert_int_equal(ahoy_ua_calls(w.ua[A]), statuses[i] == 408);
		world_fini(&w);
	}
}

/* The caller has not got our 2xx, and knows no dialog: the 2xx is on its way once more. */
static void a_481_before_the_ack_to_our_2xx_does_not_end_the_call(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	w.policy[B] = ACCEPT;
	call = world_invite(&w);
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REQUEST);
	w.lose = "SIP/2.0 200 ";
	w.lose_times = 1;
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	assert_ok(ahoy_call_request(w.ua[B], w.now, w.accepted, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 1));
	world_pass(&w, 100);
	assert_int_equal(world_expect(&w, B, AHOY_UA_IN_DIALOG_ANSWER)->status, 481);
	world_no_more(&w);
	world_pass(&w, 1000);
	world_expect(&w, A, AHOY_UA_ANSWERED);
	world_expect(&w, B, AHOY_UA_ACKED);
	(void)ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0});
	world_assert_quiet(&w);
	world_fini(&w);
}

static void silence_to_a_request_is_told_as_408(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, false);
	call = world_invite(&w);
	world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@192.0.2.2>\r\n");
	world_expect(&w, A, AHOY_UA_ANSWERED);
	assert_ok(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 1));
	world_pass(&w, 32000);
	assert_int_equal(world_expect(&w, A, AHOY_UA_IN_DIALOG_ANSWER)->status, 408);
	world_no_more(&w);
	world_fini(&w);
}

static void an_answer_after_the_call_is_over_still_goes_out(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_tx_id tx;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 1));
	world_pass(&w, 50);
	tx = world_expect(&w, B, AHOY_UA_IN_DIALOG)->tx;
	assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, (ahoy_slice){0}));
	world_drain(&w, B);
	assert_ok(ahoy_call_respond(w.ua[B], w.now, w.accepted, tx, 200, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}));
	world_pass(&w, 50);
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "CSeq"), "1 BYE");
	world_assert_quiet(&w);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc6086_info_crosses_with_body_and_its_answer_comes_back),
		cmocka_unit_test(requests_with_rules_of_their_own_are_not_sent_this_way),
		cmocka_unit_test(rfc3261_15_1_bye_ends_the_call_of_the_other_side),
		cmocka_unit_test(both_may_hang_up_at_once),
		cmocka_unit_test(rfc3261_12_2_2_what_names_no_dialog_gets_481),
		cmocka_unit_test(rfc3261_12_2_2_an_older_cseq_gets_500),
		cmocka_unit_test(rfc3261_12_2_2_another_from_tag_is_another_dialog),
		cmocka_unit_test(rfc3261_8_2_what_is_not_supported_is_refused_again_the_same_way_and_the_call_stays),
		cmocka_unit_test(rfc3261_11_2_options_in_the_dialog_is_answered_at_once),
		cmocka_unit_test(rfc3261_15_1_2_bye_before_the_answer_ends_the_invite_with_487),
		cmocka_unit_test(rfc3261_12_2_1_2_481_to_a_request_ends_the_call_and_408_does_not),
		cmocka_unit_test(a_481_before_the_ack_to_our_2xx_does_not_end_the_call),
		cmocka_unit_test(silence_to_a_request_is_told_as_408),
		cmocka_unit_test(an_answer_after_the_call_is_over_still_goes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
