/* sip/stack (stack.c, stack_out.c, stack_client.c, stack_server.c): which message belongs to which transaction, what has none,
 * and what is answered without any. The machines' own tests are sip_tx_*_test.c. */
#include "sip/tx.h"

#include "sip_stack_support.h"

/* ---- which transaction (RFC 3261 17.2.3, 8.2.2.2) ---- */

static void recv_text(rig *r, const char *method, const char *via, const char *from_tag, const char *to_tag, const char *call_id,
		      unsigned cseq)
{
	char text[1024];

	snprintf(text, sizeof text,
		 "%s sip:me@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\nMax-Forwards: 70\r\nFrom: <sip:peer@192.0.2.9>%s%s\r\n"
		 "To: <sip:me@192.0.2.1>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
		 method, via, *from_tag ? ";tag=" : "", from_tag, *to_tag ? ";tag=" : "", to_tag, call_id, cseq, method);
	rig_recv(r, text);
}

/* After an INVITE (Via below, From tag f, Call-ID c, CSeq 1) was answered 180. */
static const char *const first_via = "192.0.2.9:5062;branch=z9hG4bK-1";

typedef enum {
	AGAIN,
	MERGED,
	NEW,
	ACKED,
	STRAY,
	CANCELLED,
	NO_CANCEL
} outcome;

static const struct {
	const char *row, *via; /* of the first request; NULL: first_via */
	const char *method, *second_via, *from_tag, *to_tag, *call_id;
	unsigned cseq;
	outcome expected;
} matching[] = {
	{"17.2.3: the same branch and sent-by: a retransmission", NULL, "INVITE", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "c",
	 1, AGAIN},
	{"8.2.2.2: another branch, the rest the same: merged", NULL, "INVITE", "192.0.2.9:5062;branch=z9hG4bK-2", "f", "", "c", 1,
	 MERGED},
	{"the same branch from another sent-by: merged", NULL, "INVITE", "192.0.2.8:5062;branch=z9hG4bK-1", "f", "", "c", 1,
	 MERGED},
	{"another CSeq: a new request", NULL, "INVITE", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "c", 2, NEW},
	{"another Call-ID: a new request", NULL, "INVITE", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "d", 1, NEW},
	{"another From tag: a new request", NULL, "INVITE", "192.0.2.9:5062;branch=z9hG4bK-1", "g", "", "c", 1, NEW},
	{"another method: a new request", NULL, "MESSAGE", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "c", 1, NEW},
	{"8.2.2.2: with a To tag it is no copy of one that opens something", NULL, "INVITE", "192.0.2.9:5062;branch=z9hG4bK-2", "f",
	 "x", "c", 1, NEW},
	{"the branch's case counts beyond the cookie", NULL, "INVITE", "192.0.2.9:5062;branch=z9hG4bK-A", "f", "", "c", 1, MERGED},
	{"a name as sent-by in another case is the same", "phone.example:5062;branch=z9hG4bK-1", "INVITE",
	 "PHONE.example:5062;branch=z9hG4bK-1", "f", "", "c", 1, AGAIN},
	{"a cookie with a small k, as the seed's server writes it", "192.0.2.9;branch=z9hG4bk-1", "INVITE",
	 "192.0.2.9;branch=z9hG4bk-1", "f", "", "c", 1, AGAIN},
	{"two branches with a small k are two", "192.0.2.9;branch=z9hG4bk-1", "INVITE", "192.0.2.9;branch=z9hG4bk-2", "f", "", "c",
	 1, MERGED},
	{"RFC 2543: no branch at all", "192.0.2.9:5062", "INVITE", "192.0.2.9:5062", "f", "", "c", 1, AGAIN},
	{"RFC 2543: a branch without the cookie is not unique, so it does not count", "192.0.2.9;branch=1", "INVITE",
	 "192.0.2.9;branch=2", "f", "", "c", 1, AGAIN},
	{"RFC 2543: from another host it is merged", "192.0.2.9", "INVITE", "192.0.2.8", "f", "", "c", 1, MERGED},
	{"RFC 2543: no From tag either", "192.0.2.9", "INVITE", "192.0.2.9", "", "", "c", 1, NEW},
	{"9.1: CANCEL with the INVITE's branch", NULL, "CANCEL", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "c", 1, CANCELLED},
	{"CANCEL with another branch", NULL, "CANCEL", "192.0.2.9:5062;branch=z9hG4bK-2", "f", "", "c", 1, NO_CANCEL},
	{"CANCEL with another CSeq", NULL, "CANCEL", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "c", 2, NO_CANCEL},
	{"RFC 2543: CANCEL without a branch", "192.0.2.9", "CANCEL", "192.0.2.9", "f", "", "c", 1, CANCELLED},
	{"an ACK before any final answer means nothing", NULL, "ACK", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "c", 1, ACKED},
	{"an ACK of another call", NULL, "ACK", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "d", 1, STRAY},
	{"an ACK with another CSeq", NULL, "ACK", "192.0.2.9:5062;branch=z9hG4bK-1", "f", "", "c", 2, STRAY},
};

static void check_outcome(rig *r, outcome expected, const char *row)
{
	const uint64_t *dropped = ahoy_stack_count(r->stack)->dropped;
	const char *last = r->out_count ? rig_last(r) : "";

	assert_row((dropped[AHOY_DROP_STRAY_ACK] == 1) == (expected == STRAY), row);
	assert_row((r->event_count == 1) == (expected == NEW || expected == CANCELLED || expected == NO_CANCEL), row);
	switch (expected) {
	case AGAIN:
		assert_row(strncmp(last, "SIP/2.0 180 ", 12) == 0, row);
		break;
	case MERGED:
		assert_row(strncmp(last, "SIP/2.0 482 ", 12) == 0, row);
		break;
	case NEW:
	case NO_CANCEL:
		assert_row(r->events[0].kind == AHOY_STACK_REQUEST && r->events[0].tx == 0, row);
		break;
	case CANCELLED:
		assert_row(r->events[0].kind == AHOY_STACK_CANCEL && r->events[0].tx == r->served, row);
		assert_row(strncmp(last, "SIP/2.0 200 ", 12) == 0, row);
		break;
	case ACKED:
	case STRAY:
		assert_row(r->out_count == 0, row);
		break;
	}
}

static void rfc3261_17_2_3_a_request_finds_its_transaction(void **state)
{
	rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(matching); i++) {
		rig_init(&r, AHOY_UDP);
		r.serves = true;
		recv_text(&r, "INVITE", matching[i].via ? matching[i].via : first_via, "f", "", "c", 1);
		assert_ok(rig_answer(&r, r.served, 180));
		rig_forget(&r);
		r.serves = false;
		recv_text(&r, matching[i].method, matching[i].second_via, matching[i].from_tag, matching[i].to_tag,
			  matching[i].call_id, matching[i].cseq);
		check_outcome(&r, matching[i].expected, matching[i].row);
		rig_fini(&r);
	}
}

static void rfc2543_17_an_ack_without_branch_finds_its_invite(void **state)
{
	static const int finals[] = {200, 486};
	rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(finals); i++) {
		char tag[64];

		rig_init(&r, AHOY_UDP);
		r.serves = true;
		recv_text(&r, "INVITE", "192.0.2.9:5062", "f", "", "c", 1);
		assert_ok(rig_answer(&r, r.served, finals[i]));
		snprintf(tag, sizeof tag, "%s", strstr(header_of(rig_last(&r), "To"), ";tag=") + 5);
		recv_text(&r, "ACK", "192.0.2.9:5062", "f", tag, "c", 1);
		rig_pass(&r, 31000);
		assert_int_equal(r.out_count, 1); /* nothing was resent */
		assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_ACK], 0);
		rig_fini(&r);
	}
}

static void rfc3261_14_a_reinvite_and_its_ack_are_matched_by_the_dialogs_tag(void **state)
{
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	r.serves = true;
	rig_request(&r, "INVITE", 2, "z9hG4bK-1", "ours", "");
	assert_ok(rig_answer(&r, r.served, 200));
	assert_string_equal(header_of(rig_last(&r), "To"), "<sip:me@192.0.2.1>;tag=ours");
	r.event_count = 0;
	rig_request(&r, "ACK", 2, "z9hG4bK-2", "ours", "");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_ACK).tx, r.served);
	rig_fini(&r);
}

static void rfc3261_17_1_3_a_response_finds_its_request_by_branch_and_method(void **state)
{
	rig r;
	ahoy_tx_id invite, options;
	char text[4096];
	const char *request;
	char *branch;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &invite));
	assert_ok(rig_send(&r, AHOY_OPTIONS, &options));
	request = r.outs[0].text;
	rig_respond(&r, r.outs[1].text, 200, "b");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_RESPONSE).tx, options);
	/* 7.3.1: the branch comes back in capitals. */
	snprintf(text, sizeof text, "%s", request);
	branch = strstr(text, "branch=") + 7;
	for (char *c = branch + 7; *c != '\r'; c++)
		*c = (char)(*c >= 'a' && *c <= 'f' ? *c - 32 : *c);
	rig_respond(&r, text, 180, "b");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_RESPONSE).tx, invite);
	/* Another method, a guessed salt, a branch that is not ours. */
	snprintf(text, sizeof text, "%s", request);
	memcpy(strstr(text, "CSeq: 5 INVITE"), "CSeq: 5 NOTIFY", 14);
	rig_respond(&r, text, 200, "b");
	snprintf(text, sizeof text, "%s", request);
	branch = strstr(text, "branch=") + 7 + 31;
	*branch = *branch == '0' ? '1' : '0';
	rig_respond(&r, text, 200, "b");
	snprintf(text, sizeof text, "%s", request);
	memcpy(strstr(text, "branch=z9hG4bK") + 7, "z9hG4bX", 7);
	rig_respond(&r, text, 200, "b");
	assert_int_equal(r.event_count, 0);
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_RESPONSE], 3);
	rig_fini(&r);
}

/* ---- answers ---- */

static void rfc3581_4_an_answer_goes_back_with_received_and_rport(void **state)
{
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	r.serves = true;
	recv_text(&r, "MESSAGE", "10.0.0.5:5060;rport;branch=z9hG4bK-1", "f", "", "c", 1);
	assert_ok(rig_answer(&r, r.served, 200));
	assert_string_equal(header_of(rig_last(&r), "Via"),
			    "SIP/2.0/UDP 10.0.0.5:5060;rport=5062;branch=z9hG4bK-1;received=192.0.2.9");
	assert_true(ahoy_addr_eq(&r.outs[0].flow.peer, &r.flow.peer));
	rig_fini(&r);
}

static void rfc3261_18_2_2_an_answer_without_rport_goes_to_the_sent_by_port(void **state)
{
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	r.serves = true;
	recv_text(&r, "MESSAGE", "192.0.2.9:7000;branch=z9hG4bK-1", "f", "", "c", 1);
	assert_ok(rig_answer(&r, r.served, 200));
	assert_string_equal(header_of(rig_last(&r), "Via"), "SIP/2.0/UDP 192.0.2.9:7000;branch=z9hG4bK-1");
	assert_int_equal(r.outs[0].flow.peer.port, 7000);
	rig_fini(&r);
}

static void rfc3261_8_2_6_an_answer_has_all_vias_record_routes_and_one_tag(void **state)
{
	rig r;
	char tag[128];

	(void)state;
	rig_init(&r, AHOY_UDP);
	r.serves = true;
	rig_request(&r, "INVITE", 1, "z9hG4bK-1", "",
		    "Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK-0\r\nRecord-Route: <sip:192.0.2.50;lr>, <sip:192.0.2.51;lr>\r\n"
		    "Record-Route: <sip:192.0.2.52;lr>\r\nTimestamp: 54\r\n");
	rig_pass(&r, 200);
	assert_string_equal(header_of(rig_last(&r), "Timestamp"), "54"); /* 8.2.6.1 */
	assert_string_equal(header_of(rig_last(&r), "Record-Route"), "");
	assert_ok(rig_answer(&r, r.served, 180));
	assert_non_null(strstr(rig_last(&r), "\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK-0\r\n"));
	assert_non_null(
		strstr(rig_last(&r),
		       "\r\nRecord-Route: <sip:192.0.2.50;lr>, <sip:192.0.2.51;lr>\r\nRecord-Route: <sip:192.0.2.52;lr>\r\n"));
	assert_string_equal(header_of(rig_last(&r), "Timestamp"), "");
	snprintf(tag, sizeof tag, "%s", header_of(rig_last(&r), "To"));
	assert_non_null(strstr(tag, ";tag=3")); /* the worker's digit */
	assert_ok(rig_answer(&r, r.served, 404));
	assert_string_equal(header_of(rig_last(&r), "To"), tag);
	assert_string_equal(header_of(rig_last(&r), "Record-Route"), "");
	rig_fini(&r);
}

static void rfc3261_8_2_7_a_stateless_reply_keeps_nothing_and_has_the_same_tag_each_time(void **state)
{
	ahoy_response response = {.status = 401, .headers = AHOY_S("WWW-Authenticate: Digest realm=\"x\"\r\n")};
	char tags[3][128];
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	for (int i = 0; i < 3; i++) {
		ahoy_stack_event e;
		size_t blocks;

		rig_spoil(&r);
		ahoy_stack_turn(r.stack, r.now);
		blocks = r.te.live_blocks;
		rig_recv(&r, "");
		{
			const char *text =
				i < 2 ? "OPTIONS sip:me@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\n"
					"From: <sip:a@b>;tag=f\r\n"
					"To: <sip:me@192.0.2.1>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
				      : "OPTIONS sip:me@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-2\r\n"
					"From: <sip:a@b>;tag=f\r\n"
					"To: <sip:me@192.0.2.1>\r\nCall-ID: c\r\nCSeq: 2 OPTIONS\r\nContent-Length: 0\r\n\r\n";

			ahoy_stack_recv(r.stack, r.now, &r.flow, ahoy_slice_of(text));
			assert_true(ahoy_stack_pop_event(r.stack, &e));
			assert_ok(ahoy_stack_reply(r.stack, r.now, e.msg, e.flow, &response, 0));
		}
		rig_drain(&r);
		snprintf(tags[i], sizeof tags[i], "%s", header_of(rig_last(&r), "To"));
		rig_assert_empty(&r);
		ahoy_stack_turn(r.stack, r.now);
		if (i > 0) /* the first one grew the queue of outs */
			assert_int_equal(r.te.live_blocks, blocks);
	}
	assert_string_equal(tags[0], tags[1]);
	assert_string_not_equal(tags[0], tags[2]);
	rig_pass(&r, 60000);
	assert_int_equal(r.out_count, 3);
	rig_fini(&r);
}

static void a_reply_above_its_limit_is_not_sent(void **state)
{
	ahoy_response response = {.status = 401};
	ahoy_stack_event e;
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	ahoy_stack_recv(
		r.stack, r.now, &r.flow,
		AHOY_S("OPTIONS sip:me@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=f\r\n"
		       "To: <sip:me@192.0.2.1>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"));
	assert_true(ahoy_stack_pop_event(r.stack, &e));
	assert_err(ahoy_stack_reply(r.stack, r.now, e.msg, e.flow, &response, 100), AHOY_ETOOBIG);
	rig_drain(&r);
	assert_int_equal(r.out_count, 0);
	assert_ok(ahoy_stack_reply(r.stack, r.now, e.msg, e.flow, &response, 600));
	rig_drain(&r);
	assert_int_equal(r.out_count, 1);
	rig_fini(&r);
}

static void knows_a_served_request_and_its_merged_copies(void **state)
{
	static ahoy_msg msg;
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	r.serves = true;
	rig_request(&r, "MESSAGE", 1, "z9hG4bK-1", "", "");
	assert_ok(ahoy_msg_parse(r.in, &msg, NULL));
	assert_true(ahoy_stack_knows(r.stack, &msg));
	rig_request(&r, "MESSAGE", 1, "z9hG4bK-2", "", "");
	assert_ok(ahoy_msg_parse(r.in, &msg, NULL));
	assert_true(ahoy_stack_knows(r.stack, &msg));
	r.serves = false;
	rig_request(&r, "MESSAGE", 2, "z9hG4bK-3", "", "");
	assert_ok(ahoy_msg_parse(r.in, &msg, NULL));
	assert_false(ahoy_stack_knows(r.stack, &msg));
	rig_fini(&r);
}

static void set_user_changes_what_later_events_carry(void **state)
{
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	r.serves = true;
	rig_request(&r, "INVITE", 1, "z9hG4bK-1", "", "");
	assert_ok(ahoy_stack_set_user(r.stack, r.served, 99));
	r.event_count = 0;
	rig_request(&r, "CANCEL", 1, "z9hG4bK-1", "", "");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_CANCEL).user, 99);
	assert_err(ahoy_stack_set_user(r.stack, 12345, 1), AHOY_ESTALE);
	rig_fini(&r);
}

/* ---- what is dropped, and what a faulty request gets ---- */

static const struct {
	const char *row, *bytes;
	int drop;	      /* which counter; -1: none */
	const char *answered; /* the status line's beginning; NULL: silence */
} faulty[] = {
	{"an empty datagram", "", AHOY_DROP_KEEPALIVE, NULL},
	{"RFC 5626 3.5.1: CRLF CRLF", "\r\n\r\n", AHOY_DROP_KEEPALIVE, NULL},
	{"garbage", "hello", AHOY_DROP_UNPARSABLE, NULL},
	{"a response of nobody",
	 "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n"
	 "Call-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
	 AHOY_DROP_STRAY_RESPONSE, NULL},
	{"a faulty response is never answered",
	 "SIP/2.0 2000 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n"
	 "Call-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
	 AHOY_DROP_UNPARSABLE, NULL},
	{"8.1.1: no CSeq",
	 "OPTIONS sip:c SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
	 "Call-ID: x\r\n\r\n",
	 AHOY_DROP_UNPARSABLE, NULL},
	{"CSeq of another method",
	 "OPTIONS sip:c SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
	 "Call-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
	 AHOY_DROP_UNPARSABLE, "SIP/2.0 400 "},
	{"21.5.6: another version",
	 "OPTIONS sip:c SIP/3.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
	 "Call-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
	 AHOY_DROP_UNPARSABLE, "SIP/2.0 505 "},
	{"18.3: shorter than its Content-Length",
	 "OPTIONS sip:c SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
	 "Call-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 9\r\n\r\n",
	 AHOY_DROP_UNPARSABLE, "SIP/2.0 400 "},
	{"a faulty ACK is never answered",
	 "ACK sip:c SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
	 "Call-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
	 AHOY_DROP_UNPARSABLE, NULL},
};

static void rfc3261_8_what_cannot_be_read_is_counted_and_answered_where_that_is_possible(void **state)
{
	rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faulty); i++) {
		const uint64_t *dropped;

		rig_init(&r, AHOY_UDP);
		rig_recv(&r, faulty[i].bytes);
		dropped = ahoy_stack_count(r.stack)->dropped;
		for (int reason = 0; reason < AHOY_STACK_DROP_COUNT; reason++)
			assert_row(dropped[reason] == (uint64_t)(reason == faulty[i].drop), faulty[i].row);
		assert_row(r.event_count == 0, faulty[i].row);
		assert_row((r.out_count == 1) == (faulty[i].answered != NULL), faulty[i].row);
		if (faulty[i].answered)
			assert_row(strncmp(rig_last(&r), faulty[i].answered, strlen(faulty[i].answered)) == 0, faulty[i].row);
		rig_assert_empty(&r);
		rig_fini(&r);
	}
}

static void rfc8489_a_binding_request_is_answered_and_other_stun_is_dropped(void **state)
{
	static const char binding[] = "\x00\x01\x00\x00\x21\x12\xa4\x42"
				      "abcdefghijkl";
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	rig_recv_slice(&r, AHOY_S("\x00\x11\x00\x00\x21\x12\xa4\x42"
				  "abcdefghijkl")); /* an indication */
	assert_int_equal(r.out_count, 0);
	rig_recv_slice(&r, ahoy_slice_make(binding, sizeof binding - 1));
	assert_int_equal(r.out_count, 1);
	assert_int_equal((uint8_t)rig_last(&r)[0], 0x01);
	assert_int_equal((uint8_t)rig_last(&r)[1], 0x01);
	rig_fini(&r);
}

static void drops_have_names(void **state)
{
	(void)state;
	assert_string_equal(ahoy_stack_drop_name(AHOY_DROP_STRAY_ACK), "stray_ack");
	assert_string_equal(ahoy_stack_drop_name(AHOY_STACK_DROP_COUNT), "unknown");
	assert_string_equal(ahoy_stack_drop_name(-1), "unknown");
}

/* ---- bounds ---- */

static void a_full_table_answers_503_without_state(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init_with(&r, AHOY_UDP, 2);
	r.serves = true;
	rig_request(&r, "MESSAGE", 1, "z9hG4bK-1", "", "");
	rig_request(&r, "MESSAGE", 2, "z9hG4bK-2", "", "");
	assert_ok(r.serve_err);
	rig_request(&r, "MESSAGE", 3, "z9hG4bK-3", "", "");
	assert_err(r.serve_err, AHOY_EFULL);
	assert_int_equal(strncmp(rig_last(&r), "SIP/2.0 503 ", 12), 0);
	assert_string_equal(header_of(rig_last(&r), "Retry-After"), "10");
	assert_err(rig_send(&r, AHOY_OPTIONS, &tx), AHOY_EFULL);
	assert_int_equal(tx, 0);
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_TABLE_FULL], 2);
	assert_int_equal(ahoy_stack_count(r.stack)->transactions, 2);
	rig_pass(&r, 33000);
	rig_request(&r, "MESSAGE", 4, "z9hG4bK-4", "", "");
	assert_ok(r.serve_err);
	rig_fini(&r);
}

static void a_request_above_65535_bytes_is_not_sent(void **state)
{
	static char body[AHOY_MAX_MESSAGE];
	ahoy_request request = {.method = AHOY_MESSAGE, .uri = AHOY_S("sip:a@b"), .body = {body, sizeof body}};
	ahoy_tx_id tx;
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_err(ahoy_stack_request(r.stack, r.now, &request, &r.flow, &tx), AHOY_ETOOBIG);
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_TOO_LARGE], 1);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void a_request_has_one_via_with_our_address_rport_and_a_branch_with_the_cookie(void **state)
{
	ahoy_tx_id tx;
	const char *via;
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_OPTIONS, &tx));
	via = header_of(rig_last(&r), "Via");
	assert_int_equal(strncmp(via, "SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK3", 48), 0);
	rig_fini(&r);
}

/* Events and outs that nobody has fetched keep what they point to. */
static void what_is_not_fetched_survives_further_inputs(void **state)
{
	ahoy_tx_id tx;
	ahoy_out out;
	ahoy_stack_event e;
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	ahoy_stack_turn(r.stack, r.now);
	{
		ahoy_request request = {
			.method = AHOY_OPTIONS, .uri = AHOY_S("sip:a@b"), .user = 5, .headers = AHOY_S("CSeq: 1 OPTIONS\r\n")};

		assert_ok(ahoy_stack_request(r.stack, r.now, &request, &r.flow, &tx));
	}
	ahoy_stack_expire(r.stack, r.now + AHOY_SECONDS(40));
	ahoy_stack_expire(r.stack, r.now + AHOY_SECONDS(41));
	assert_true(ahoy_stack_pop_event(r.stack, &e));
	assert_int_equal(e.user, 5);
	assert_false(ahoy_stack_pop_event(r.stack, &e));
	while (ahoy_stack_pop_out(r.stack, &out))
		assert_int_equal(strncmp(out.bytes.ptr, "OPTIONS ", 8), 0);
	rig_fini(&r);
}

static void minted_tokens_begin_with_the_worker_and_differ(void **state)
{
	char a[AHOY_TOKEN], b[AHOY_TOKEN];
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	ahoy_stack_mint(r.stack, a);
	ahoy_stack_mint(r.stack, b);
	assert_int_equal(strlen(a), AHOY_TOKEN - 1);
	assert_int_equal(a[0], '3');
	assert_string_not_equal(a, b);
	rig_fini(&r);
}

static void time_that_comes_late_or_backwards_does_no_harm(void **state)
{
	ahoy_tx_id tx;
	rig r;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_OPTIONS, &tx));
	ahoy_stack_expire(r.stack, 1);
	rig_drain(&r);
	ahoy_stack_recv(r.stack, 2, &r.flow, AHOY_S("\r\n"));
	assert_int_equal(r.out_count, 1);
	r.now += AHOY_SECONDS(3600);
	ahoy_stack_expire(r.stack, r.now);
	rig_drain(&r);
	assert_int_equal(rig_only_event(&r, AHOY_STACK_FAILED).tx, tx);
	rig_assert_empty(&r);
	rig_fini(&r);
}

/* ---- streams ---- */

#define REQUEST(method, lines)                                                                                       \
	method " sip:b@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.9:7000;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n" \
	       "From: <sip:a@b>;tag=f\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 " method "\r\n" lines

static void rfc3261_18_4_a_stream_that_is_gone_fails_what_was_sent_by_it(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_TCP);
	assert_ok(rig_send(&r, AHOY_OPTIONS, &tx));
	ahoy_stack_flow_closed(r.stack, r.now, &r.flow);
	rig_drain(&r);
	assert_err(rig_only_event(&r, AHOY_STACK_FAILED).err, AHOY_ENETWORK);
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_18_2_2_an_answer_goes_by_a_new_connection_to_sent_by_where_the_old_one_is_gone(void **state)
{
	static const struct {
		const char *request;
		uint32_t id;
		uint16_t port;
	} table[] = {
		{REQUEST("INVITE", "Contact: <sip:a@192.0.2.9>\r\nContent-Length: 0\r\n\r\n"), 0, 7000},
		{REQUEST("MESSAGE", "Content-Length: 0\r\n\r\n"), 0, 7000},
		/* Behind NAT nobody can be connected to: the flow stays, and what is sent by it fails. */
		{"MESSAGE sip:b@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1:7000;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=f\r\n"
		 "To: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n",
		 1, 5062},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const ahoy_response busy = {.status = 486};
		rig r;

		rig_init(&r, AHOY_TCP);
		r.serves = true;
		rig_recv(&r, table[i].request);
		ahoy_stack_flow_closed(r.stack, r.now, &r.flow);
		assert_ok(ahoy_stack_respond(r.stack, r.now, r.served, &busy));
		rig_drain(&r);
		assert_int_equal(r.out_count, 1);
		assert_int_equal(r.outs[0].flow.id, table[i].id);
		assert_int_equal(r.outs[0].flow.peer.port, table[i].port);
		rig_fini(&r);
	}
}

static void rfc3261_18_3_what_a_stream_broke_off_with_is_answered_and_is_no_request(void **state)
{
	static const struct {
		const char *head;
		int err;
		const char *answer; /* NULL: none */
	} table[] = {
		{REQUEST("OPTIONS", "\r\n"), AHOY_EMISSING, "SIP/2.0 400 Content-Length Is Missing\r\n"},
		{REQUEST("OPTIONS", "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), AHOY_EDUPLICATE, "SIP/2.0 400 "},
		{REQUEST("OPTIONS", "Content-Length: -1\r\n\r\n"), AHOY_ESYNTAX, "SIP/2.0 400 "},
		{REQUEST("OPTIONS", "Content-Length: 65536\r\n\r\n"), AHOY_ETOOBIG, "SIP/2.0 513 "},
		{REQUEST("OPTIONS", "\r\n"), AHOY_ETIMEOUT, "SIP/2.0 400 Message Did Not Come Whole\r\n"},
		{REQUEST("ACK", "\r\n"), AHOY_EMISSING, NULL},
		{"SIP/2.0 200 OK\r\n\r\n", AHOY_EMISSING, NULL},
		{"GET / HTTP/1.1\r\n\r\n", AHOY_EMISSING, NULL},
		{"", AHOY_ENOMEM, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		rig r;

		rig_init(&r, AHOY_TCP);
		ahoy_stack_recv_broken(r.stack, r.now, &r.flow, ahoy_slice_of(table[i].head), table[i].err);
		rig_drain(&r);
		assert_int_equal(r.event_count, 0);
		assert_int_equal(r.out_count, table[i].answer ? 1 : 0);
		if (table[i].answer && strncmp(r.outs[0].text, table[i].answer, strlen(table[i].answer)) != 0)
			fail_msg("row %zu: %s", i, r.outs[0].text);
		assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_UNFRAMED], 1);
		rig_assert_empty(&r);
		rig_fini(&r);
	}
}

static void a_peer_is_vouched_for_on_a_stream_alone(void **state)
{
	ahoy_out out;
	rig r;

	(void)state;
	rig_init(&r, AHOY_TCP);
	ahoy_stack_keep(r.stack, &r.flow);
	assert_true(ahoy_stack_pop_out(r.stack, &out));
	assert_int_equal(out.kind, AHOY_OUT_KEEP);
	assert_true(ahoy_flow_eq(&out.flow, &r.flow));
	r.flow.transport = AHOY_UDP;
	ahoy_stack_keep(r.stack, &r.flow);
	assert_false(ahoy_stack_pop_out(r.stack, &out));
	assert_int_equal(ahoy_stack_count(r.stack)->sent, 0);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_17_2_3_a_request_finds_its_transaction),
		cmocka_unit_test(rfc2543_17_an_ack_without_branch_finds_its_invite),
		cmocka_unit_test(rfc3261_14_a_reinvite_and_its_ack_are_matched_by_the_dialogs_tag),
		cmocka_unit_test(rfc3261_17_1_3_a_response_finds_its_request_by_branch_and_method),
		cmocka_unit_test(rfc3581_4_an_answer_goes_back_with_received_and_rport),
		cmocka_unit_test(rfc3261_18_2_2_an_answer_without_rport_goes_to_the_sent_by_port),
		cmocka_unit_test(rfc3261_8_2_6_an_answer_has_all_vias_record_routes_and_one_tag),
		cmocka_unit_test(rfc3261_8_2_7_a_stateless_reply_keeps_nothing_and_has_the_same_tag_each_time),
		cmocka_unit_test(a_reply_above_its_limit_is_not_sent),
		cmocka_unit_test(knows_a_served_request_and_its_merged_copies),
		cmocka_unit_test(set_user_changes_what_later_events_carry),
		cmocka_unit_test(rfc3261_8_what_cannot_be_read_is_counted_and_answered_where_that_is_possible),
		cmocka_unit_test(rfc8489_a_binding_request_is_answered_and_other_stun_is_dropped),
		cmocka_unit_test(drops_have_names),
		cmocka_unit_test(rfc3261_18_4_a_stream_that_is_gone_fails_what_was_sent_by_it),
		cmocka_unit_test(rfc3261_18_2_2_an_answer_goes_by_a_new_connection_to_sent_by_where_the_old_one_is_gone),
		cmocka_unit_test(rfc3261_18_3_what_a_stream_broke_off_with_is_answered_and_is_no_request),
		cmocka_unit_test(a_peer_is_vouched_for_on_a_stream_alone),
		cmocka_unit_test(a_full_table_answers_503_without_state),
		cmocka_unit_test(a_request_above_65535_bytes_is_not_sent),
		cmocka_unit_test(a_request_has_one_via_with_our_address_rport_and_a_branch_with_the_cookie),
		cmocka_unit_test(what_is_not_fetched_survives_further_inputs),
		cmocka_unit_test(minted_tokens_begin_with_the_worker_and_differ),
		cmocka_unit_test(time_that_comes_late_or_backwards_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
