/* ua/session_timer: calls that are kept alive by refreshing them (RFC 4028), and UPDATE (RFC 3311). */
#include "ua_support.h"

#include "oom.h"

typedef struct {
	uint32_t a_s, b_s; /* session timers; 0: knows none */
	bool a_updates, b_updates;
} sides;

/* A call that stands between two such agents; A's id of it. */
static ahoy_call_id standing(world *w, sides s)
{
	memset(w, 0, sizeof *w);
	test_env_init(&w->te, 1);
	world_place(w);
	assert_ok(world_new_with(w, A, s.a_s, s.a_updates));
	assert_ok(world_new_with(w, B, s.b_s, s.b_updates));
	return world_call(w);
}

/* The same, where B is the test itself and answers with these lines. */
static ahoy_call_id standing_raw(world *w, const char *lines)
{
	ahoy_call_id call;
	char text[512];

	memset(w, 0, sizeof *w);
	test_env_init(&w->te, 1);
	world_place(w);
	assert_ok(world_new_with(w, A, 1800, true));
	call = world_invite(w);
	snprintf(text, sizeof text, "Contact: <sip:b@192.0.2.2>\r\n%s", lines);
	world_respond(w, world_last(w, "INVITE "), 200, "b", text);
	world_expect(w, A, AHOY_UA_ANSWERED);
	return call;
}

static void end(world *w, ahoy_call_id call)
{
	world_no_more(w);
	(void)ahoy_call_hangup(w->ua[A], w->now, call, (ahoy_slice){0});
	world_pass(w, 50);
	if (w->ua[B])
		world_expect(w, B, AHOY_UA_ENDED);
	world_assert_quiet(w);
	world_fini(w);
}

static void rfc4028_7_1_the_caller_asks_and_the_callee_refreshes_by_update_at_half_the_interval(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	call = standing(&w, (sides){1800, 90, true, true});
	assert_string_equal(header_of(world_last(&w, "INVITE "), "Session-Expires"), "1800");
	assert_string_equal(header_of(world_last(&w, "INVITE "), "Supported"), "timer");
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "Session-Expires"), "90;refresher=uas");
	world_pass(&w, 44000);
	assert_int_equal(world_count(&w, "UPDATE "), 0);
	world_pass(&w, 2000);
	assert_int_equal(world_count(&w, "UPDATE sip:a@"), 1);
	assert_string_equal(header_of(world_last(&w, "UPDATE "), "Session-Expires"), "90;refresher=uac");
	assert_string_equal(header_of(world_last(&w, "UPDATE "), "Contact"), "<sip:b@192.0.2.2:5060>");
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "Session-Expires"), "90;refresher=uac");
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "Require"), "timer"); /* 9: it must not be overlooked */
	world_pass(&w, 10 * 45000);
	assert_int_equal(world_count(&w, "UPDATE sip:a@"), 11);
	end(&w, call);
}

static void rfc4028_9_who_refreshes_is_what_the_caller_wants_and_the_callee_where_it_has_no_wish(void **state)
{
	static const struct {
		const char *asks, *grants, *require;
	} rows[] = {
		{"Supported: timer\r\nSession-Expires: 300\r\n", "300;refresher=uas", NULL},
		{"Supported: timer\r\nSession-Expires: 300;refresher=uac\r\n", "300;refresher=uac", "timer"},
		{"Require: timer\r\nSession-Expires: 300;refresher=uas\r\n", "300;refresher=uas", NULL},
		{"Supported: timer\r\nSession-Expires: 9000\r\n", "1800;refresher=uas", NULL},
		{"Supported: timer\r\nSession-Expires: 9000\r\nMin-SE: 3600\r\n", "3600;refresher=uas", NULL},
		{"Supported: timer\r\n", "1800;refresher=uas", NULL},
		{"Session-Expires: 300\r\n", "300;refresher=uas", NULL}, /* a proxy asked */
		{"Session-Expires: 20\r\n", NULL, NULL},		 /* too short for anybody, and a 422 would not be understood */
		{"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[1024];
		const char *granted, *require;
		world w;

		memset(&w, 0, sizeof w);
		test_env_init(&w.te, 1);
		world_place(&w);
		assert_ok(world_new_with(&w, A, 1800, true));
		w.policy[A] = ACCEPT;
		snprintf(text, sizeof text,
			 "INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
			 "From: <sip:b@192.0.2.2>;tag=b\r\nTo: <sip:a@192.0.2.1>\r\nCall-ID: raw\r\nCSeq: 1 INVITE\r\n"
			 "Contact: <sip:b@192.0.2.2>\r\n%sContent-Length: 0\r\n\r\n",
			 rows[i].asks);
		world_recv(&w, A, text);
		ahoy_ua_turn(w.ua[A], w.now);
		assert_ok(ahoy_call_answer(w.ua[A], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("x")));
		world_drain(&w, A);
		granted = header_of(world_last(&w, "SIP/2.0 200 "), "Session-Expires");
		assert_row(rows[i].grants ? granted && strcmp(granted, rows[i].grants) == 0 : !granted || !*granted, rows[i].asks);
		require = header_of(world_last(&w, "SIP/2.0 200 "), "Require");
		assert_row(rows[i].require ? require && strcmp(require, rows[i].require) == 0 : !require || !*require, rows[i].asks);
		world_fini(&w);
	}
}

static void rfc4028_9_an_interval_under_90_s_is_answered_422_and_a_bad_one_400(void **state)
{
	static const struct {
		const char *lines;
		int status;
	} rows[] = {
		{"Supported: timer\r\nSession-Expires: 89\r\n", 422},
		{"Supported: timer\r\nSession-Expires: 90\r\n", 0},
		{"Session-Expires: 89\r\n", 0},
		{"Session-Expires: soon\r\n", 400},
		{"Session-Expires: 0\r\n", 400},
		{"Supported: timer\r\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[1024], lines[256];
		ahoy_buf headers = ahoy_buf_over(lines, sizeof lines);
		static ahoy_msg msg;
		world w;

		memset(&w, 0, sizeof w);
		test_env_init(&w.te, 1);
		assert_ok(world_new_with(&w, A, 1800, true));
		snprintf(text, sizeof text,
			 "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK-1\r\nFrom: <sip:b@c>;tag=b\r\nTo: <sip:a@b>\r\n"
			 "Call-ID: raw\r\nCSeq: 1 INVITE\r\n%s\r\n",
			 rows[i].lines);
		assert_ok(ahoy_msg_parse(ahoy_slice_of(text), &msg, NULL));
		assert_row(ahoy_ua_unsupported(w.ua[A], &msg, &headers) == rows[i].status, rows[i].lines);
		if (rows[i].status == 422)
			assert_string_equal(ahoy_buf_cstr(&headers), "Min-SE: 90\r\n");
		world_fini(&w);
	}
}

static void rfc4028_7_4_a_peer_without_update_gets_a_reinvite_by_the_owner(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	call = standing(&w, (sides){1800, 90, false, true}); /* B refreshes, A knows no UPDATE */
	world_pass(&w, 45100);
	assert_int_equal(world_expect(&w, B, AHOY_UA_REFRESH)->call, w.accepted);
	world_no_more(&w);
	assert_int_equal(world_count(&w, "UPDATE "), 0);
	assert_ok(ahoy_call_reinvite(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("same")));
	world_pass(&w, 50);
	world_expect(&w, A, AHOY_UA_REINVITE);
	assert_ok(ahoy_call_answer_reinvite(w.ua[A], w.now, call, 200, (ahoy_slice){0}, SDP, AHOY_S("same")));
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REINVITED);
	world_expect(&w, A, AHOY_UA_ACKED);
	world_pass(&w, 44000);
	world_no_more(&w);
	world_pass(&w, 1500);
	world_expect(&w, B, AHOY_UA_REFRESH);
	end(&w, call);
}

static void rfc4028_10_without_a_refresh_both_sides_end_the_call_a_third_of_the_interval_early(void **state)
{
	world w;
	unsigned from;

	(void)state;
	standing(&w, (sides){1800, 90, false, true});
	from = world_ms(&w);
	world_pass(&w, 59900); /* 90 s less 30 */
	world_expect(&w, B, AHOY_UA_REFRESH);
	world_expect(&w, B, AHOY_UA_REFRESH); /* 10 s later: nothing was heard of the first */
	world_no_more(&w);
	w.lose = "BYE ";
	w.lose_times = 2;
	world_pass(&w, 200);
	assert_err(world_expect(&w, B, AHOY_UA_ENDED)->err, AHOY_ETIMEOUT);
	assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, AHOY_ETIMEOUT);
	assert_true(w.events[w.event_count - 1].ms - from <= 60100);
	assert_string_equal(header_of(world_last(&w, "BYE "), "Reason"), "SIP;cause=408;text=\"session timer expired\"");
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc4028_7_2_the_answer_says_whether_a_timer_runs_and_who_refreshes(void **state)
{
	static const struct {
		const char *lines;
		unsigned refresh_after_ms, over_after_ms; /* 0: never */
	} rows[] = {
		{"", 0, 0},
		{"Session-Expires: nonsense\r\n", 0, 0},
		{"Session-Expires: 100;refresher=uac\r\nAllow: UPDATE\r\n", 50000, 68000},
		{"Session-Expires: 100\r\nAllow: UPDATE\r\n", 50000, 68000},
		{"Session-Expires: 100;refresher=uas\r\n", 0, 68000},
		{"Session-Expires: 1;refresher=uac\r\nAllow: UPDATE\r\n", 45000, 60000}, /* nobody makes us refresh every second */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_call_id call;
		unsigned from, update_at = 0;
		world w;

		call = standing_raw(&w, rows[i].lines);
		from = world_ms(&w);
		w.lose = "UPDATE ";
		w.lose_times = 1000;
		world_pass(&w, 120000);
		for (unsigned s = w.sent_count; s > 0; s--)
			if (strncmp(w.sent[s - 1].text, "UPDATE ", 7) == 0)
				update_at = w.sent[s - 1].ms - from;
		assert_row(update_at == rows[i].refresh_after_ms, rows[i].lines);
		if (rows[i].over_after_ms) {
			const world_event *e = world_expect(&w, A, AHOY_UA_ENDED);

			assert_row(e->ms - from == rows[i].over_after_ms, rows[i].lines);
		} else {
			world_no_more(&w);
			(void)ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0});
		}
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void rfc4028_7_3_a_422_is_followed_while_its_interval_grows(void **state)
{
	static const struct {
		const char *min_se[6];
		unsigned invites;
	} rows[] = {
		{{"Min-SE: 3600\r\n", "Min-SE: 7200\r\n"}, 3},
		{{"Min-SE: 3600\r\n", "Min-SE: 3600\r\n"}, 2}, /* it only refuses again */
		{{""}, 1},
		{{"Min-SE: 90000\r\n"}, 1}, /* longer than a day */
		{{"Min-SE: 2000\r\n", "Min-SE: 2001\r\n", "Min-SE: 2002\r\n", "Min-SE: 2003\r\n", "Min-SE: 2004\r\n", "Min-SE: 2005\r\n"},
		 5},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned answered = 0;
		world w;

		memset(&w, 0, sizeof w);
		test_env_init(&w.te, 1);
		world_place(&w);
		assert_ok(world_new_with(&w, A, 1800, true));
		world_invite(&w);
		while (answered < world_count(&w, "INVITE ") && answered < 6 && rows[i].min_se[answered]) {
			world_respond(&w, world_last(&w, "INVITE "), 422, "b", rows[i].min_se[answered]);
			answered++;
		}
		assert_int_equal(world_count(&w, "INVITE "), rows[i].invites);
		if (rows[i].invites == 3)
			assert_string_equal(header_of(world_last(&w, "INVITE "), "Session-Expires"), "7200");
		else
			assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 422);
		world_fini(&w);
	}
}

static void an_answer_to_update_says_how_it_goes_on(void **state)
{
	static const struct {
		int status;
		ahoy_ua_event_kind kind;
		int err;
	} rows[] = {
		{405, AHOY_UA_REFRESH, 0},	   /* its Allow lied: then by re-INVITE */
		{481, AHOY_UA_ENDED, AHOY_ESTALE}, /* RFC 4028 10 */
		{408, AHOY_UA_ENDED, AHOY_ETIMEOUT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const world_event *e;
		world w;

		standing_raw(&w, "Session-Expires: 90;refresher=uac\r\nAllow: INVITE, UPDATE\r\n");
		world_pass(&w, 45000);
		world_respond(&w, world_last(&w, "UPDATE "), rows[i].status, "b", "");
		e = world_expect(&w, A, rows[i].kind);
		assert_err(e->err, rows[i].err);
		world_fini(&w);
	}
}

static void a_refresh_that_meets_another_change_is_tried_again_in_time(void **state)
{
	world w;

	(void)state;
	standing_raw(&w, "Session-Expires: 300;refresher=uac\r\nAllow: INVITE, UPDATE\r\n");
	world_pass(&w, 150000);
	world_respond(&w, world_last(&w, "UPDATE "), 491, "b", "");
	assert_int_equal(world_count(&w, "UPDATE "), 1);
	world_pass(&w, 9000);
	assert_int_equal(world_count(&w, "UPDATE "), 1);
	world_pass(&w, 1000);
	assert_int_equal(world_count(&w, "UPDATE "), 2);
	world_respond(&w, world_last(&w, "UPDATE "), 200, "b", "Contact: <sip:b@192.0.2.2>\r\nSession-Expires: 300;refresher=uac\r\n");
	world_pass(&w, 149000);
	assert_int_equal(world_count(&w, "UPDATE "), 2);
	world_no_more(&w);
	world_fini(&w);
}

static void rfc3311_5_2_update_without_an_offer_is_answered_here_and_moves_the_target(void **state)
{
	world w;
	ahoy_call_info info;
	ahoy_call_id call = standing_raw(&w, "");
	char text[1024];

	(void)state;
	snprintf(text, sizeof text,
		 "UPDATE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-u\r\nMax-Forwards: 70\r\n"
		 "From: <sip:b@192.0.2.2>;tag=b\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 7 UPDATE\r\nContact: <sip:b@192.0.2.2:5070>\r\n"
		 "Content-Length: 0\r\n\r\n",
		 header_of(world_last(&w, "INVITE "), "From"), header_of(world_last(&w, "INVITE "), "Call-ID"));
	world_recv(&w, A, text);
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "CSeq"), "7 UPDATE");
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "Contact"), "<sip:a@192.0.2.1:5060>");
	world_no_more(&w);
	assert_ok(ahoy_call_get(w.ua[A], call, &info));
	assert_slice(info.remote_target, "sip:b@192.0.2.2:5070");
	world_fini(&w);
}

static void rfc3311_5_2_update_with_an_offer_is_a_change_without_an_ack(void **state)
{
	world w;
	ahoy_call_id call = standing_raw(&w, "");
	char text[1024];

	(void)state;
	snprintf(text, sizeof text,
		 "UPDATE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-u\r\nMax-Forwards: 70\r\n"
		 "From: <sip:b@192.0.2.2>;tag=b\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 7 UPDATE\r\nContact: <sip:b@192.0.2.2>\r\n"
		 "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\noffer",
		 header_of(world_last(&w, "INVITE "), "From"), header_of(world_last(&w, "INVITE "), "Call-ID"));
	world_recv(&w, A, text);
	assert_string_equal(world_expect(&w, A, AHOY_UA_REINVITE)->body, "offer");
	assert_ok(ahoy_call_answer_reinvite(w.ua[A], w.now, call, 200, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_pass(&w, 40000);
	assert_int_equal(world_count(&w, "SIP/2.0 200 "), 1);					/* not resent: no ACK is awaited */
	assert_ok(ahoy_call_reinvite(w.ua[A], w.now, call, (ahoy_slice){0}, SDP, AHOY_S("x"))); /* nor does one hold us up */
	world_no_more(&w);
	world_fini(&w);
}

static void a_refreshed_call_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static world w;

	(void)state;
	TEST_EACH_OOM (&w.te, 1) {
		ahoy_call_id call;

		world_clear(&w);
		world_place(&w);
		w.policy[B] = ACCEPT;
		if (!world_new_with(&w, A, 90, true) && !world_new_with(&w, B, 90, true)) {
			call = world_try_invite(&w);
			world_try_answer(&w);
			world_pass(&w, 100000);
			world_try_hangup(&w, call, 100000);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4028_7_1_the_caller_asks_and_the_callee_refreshes_by_update_at_half_the_interval),
		cmocka_unit_test(rfc4028_9_who_refreshes_is_what_the_caller_wants_and_the_callee_where_it_has_no_wish),
		cmocka_unit_test(rfc4028_9_an_interval_under_90_s_is_answered_422_and_a_bad_one_400),
		cmocka_unit_test(rfc4028_7_4_a_peer_without_update_gets_a_reinvite_by_the_owner),
		cmocka_unit_test(rfc4028_10_without_a_refresh_both_sides_end_the_call_a_third_of_the_interval_early),
		cmocka_unit_test(rfc4028_7_2_the_answer_says_whether_a_timer_runs_and_who_refreshes),
		cmocka_unit_test(rfc4028_7_3_a_422_is_followed_while_its_interval_grows),
		cmocka_unit_test(an_answer_to_update_says_how_it_goes_on),
		cmocka_unit_test(a_refresh_that_meets_another_change_is_tried_again_in_time),
		cmocka_unit_test(rfc3311_5_2_update_without_an_offer_is_answered_here_and_moves_the_target),
		cmocka_unit_test(rfc3311_5_2_update_with_an_offer_is_a_change_without_an_ack),
		cmocka_unit_test(a_refreshed_call_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
