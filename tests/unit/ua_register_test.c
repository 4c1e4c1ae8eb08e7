/* ua/register: registrations of ours (RFC 3261 10.2). */
#include "ua_support.h"

static ahoy_registration_id enrol_by(world *w, const ahoy_flow *flow, bool once)
{
	ahoy_register spec = {.registrar = AHOY_S("sip:192.0.2.2"),
			      .aor = AHOY_S("sip:a@192.0.2.2"),
			      .contact_user = AHOY_S("a"),
			      .flow = flow,
			      .expires_s = 600,
			      .once = once,
			      .credentials = {AHOY_S("a"), AHOY_S("secret")}};
	ahoy_registration_id id;

	ahoy_ua_turn(w->ua[A], w->now);
	assert_ok(ahoy_ua_register(w->ua[A], w->now, &spec, &id));
	world_drain(w, A);
	return id;
}

static ahoy_registration_id enrol(world *w, bool once)
{
	ahoy_flow flow = world_flow(w, A);

	return enrol_by(w, &flow, once);
}

static void ok(world *w, const char *lines)
{
	world_respond(w, world_last(w, "REGISTER "), 200, "r", lines);
}

static void rfc3261_10_2_a_register_says_what_it_should(void **state)
{
	world w;
	const char *text;

	(void)state;
	world_init(&w, false);
	(void)enrol(&w, false);
	text = w.sent[0].text;
	assert_int_equal(strncmp(text, "REGISTER sip:192.0.2.2 SIP/2.0\r\n", 32), 0);
	assert_int_equal(strncmp(header_of(text, "From"), "<sip:a@192.0.2.2>;tag=", 22), 0);
	assert_string_equal(header_of(text, "To"), "<sip:a@192.0.2.2>");
	assert_string_equal(header_of(text, "Contact"), "<sip:a@192.0.2.1:5060>");
	assert_string_equal(header_of(text, "Expires"), "600");
	assert_string_equal(header_of(text, "CSeq"), "1 REGISTER");
	assert_string_equal(header_of(text, "Authorization"), "");
	world_fini(&w);
}

static const struct {
	const char *row, *lines;
	uint32_t granted;
} grants[] = {
	{"10.2.4: our Contact's expires",
	 "Contact: <sip:other@192.0.2.9>;expires=9, <sip:a@192.0.2.1:5060>;expires=120\r\nExpires: 50\r\n", 120},
	{"the Contact written otherwise", "Contact: <SIP:a@192.0.2.1:5060>;EXPIRES=120\r\n", 120},
	{"the Expires header", "Contact: <sip:a@192.0.2.1:5060>\r\nExpires: 50\r\n", 50},
	{"what was asked for", "Contact: <sip:a@192.0.2.1:5060>\r\n", 600},
	{"nothing at all", "", 600},
	{"a number that is none", "Contact: <sip:a@192.0.2.1:5060>;expires=soon\r\nExpires: 70\r\n", 70},
};

static void rfc3261_10_2_4_the_registrar_says_how_long_and_the_refresh_comes_in_time(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(grants); i++) {
		unsigned early = grants[i].granted / 2 < 30 ? grants[i].granted / 2 : 30;

		world_init(&w, false);
		(void)enrol(&w, false);
		ok(&w, grants[i].lines);
		assert_row(world_expect(&w, A, AHOY_UA_REGISTERED)->seconds == grants[i].granted, grants[i].row);
		world_pass(&w, (grants[i].granted - early) * 1000 - 1);
		assert_row(world_count(&w, "REGISTER ") == 1, grants[i].row);
		world_pass(&w, 1);
		assert_row(world_count(&w, "REGISTER ") == 2, grants[i].row);
		assert_string_equal(header_of(w.sent[1].text, "CSeq"), "2 REGISTER");
		assert_string_equal(header_of(w.sent[1].text, "Call-ID"), header_of(w.sent[0].text, "Call-ID")); /* 10.2.4 */
		world_fini(&w);
	}
}

static void a_grant_of_nothing_is_no_binding_and_does_not_make_a_storm(void **state)
{
	const world_event *e;
	world w;

	(void)state;
	world_init(&w, false);
	(void)enrol(&w, false);
	ok(&w, "Expires: 0\r\n");
	e = world_expect(&w, A, AHOY_UA_REGISTER_FAILED);
	assert_int_equal(e->status, 502);
	assert_false(e->final);
	world_pass(&w, 4999);
	assert_int_equal(world_count(&w, "REGISTER "), 1);
	world_pass(&w, 1);
	assert_int_equal(world_count(&w, "REGISTER "), 2);
	ok(&w, "Expires: 60\r\n");
	world_expect(&w, A, AHOY_UA_REGISTERED);
	world_fini(&w);
	/* Asked for once, it is over with that. */
	world_init(&w, false);
	(void)enrol(&w, true);
	ok(&w, "Expires: 0\r\n");
	assert_true(world_expect(&w, A, AHOY_UA_REGISTER_FAILED)->final);
	world_assert_quiet(&w);
	world_fini(&w);
}

/* RFC 5626 4.5 and its table: at once after the flow failed, then after 30 to 60 s, 1 to 2 min, … 15 to 30 min. */
static void rfc5626_4_5_a_registration_by_a_stream_is_made_anew_with_growing_delays(void **state)
{
	static const unsigned most_s[] = {60, 120, 240, 480, 960, 1800, 1800};
	ahoy_flow flow;
	world w;

	(void)state;
	world_init(&w, false);
	flow = world_flow(&w, A);
	flow.transport = AHOY_TCP;
	flow.id = 0;
	(void)enrol_by(&w, &flow, false);
	assert_string_equal(header_of(w.sent[0].text, "Contact"), "<sip:a@192.0.2.1:5060;transport=tcp>");
	ok(&w, "Expires: 600\r\n");
	world_expect(&w, A, AHOY_UA_REGISTERED);
	ahoy_ua_send_failed(w.ua[A], w.now, &flow);
	world_drain(&w, A);
	world_pass(&w, 0);
	assert_int_equal(world_count(&w, "REGISTER "), 2);
	for (unsigned i = 0; i < ARRAY_LEN(most_s); i++) {
		ahoy_ua_send_failed(w.ua[A], w.now, &flow);
		world_drain(&w, A);
		assert_false(world_expect(&w, A, AHOY_UA_REGISTER_FAILED)->final);
		world_pass(&w, most_s[i] * 500 - 1);
		assert_int_equal(world_count(&w, "REGISTER "), i + 2);
		/* The stream's other name does not shorten the wait. */
		ahoy_ua_send_failed(w.ua[A], w.now, &flow);
		world_drain(&w, A);
		for (unsigned ms = most_s[i] * 500; world_count(&w, "REGISTER ") < i + 3; ms += 500) {
			assert_true(ms <= most_s[i] * 1000);
			world_pass(&w, 500);
		}
	}
	ok(&w, "Expires: 600\r\n");
	world_expect(&w, A, AHOY_UA_REGISTERED);
	world_fini(&w);
}

static void once_is_over_with_its_answer(void **state)
{
	world w;
	ahoy_registration_id id;

	(void)state;
	world_init(&w, false);
	id = enrol(&w, true);
	ok(&w, "Expires: 60\r\n");
	assert_int_equal(world_expect(&w, A, AHOY_UA_REGISTERED)->registration, id);
	assert_err(ahoy_ua_unregister(w.ua[A], w.now, id), AHOY_ESTALE);
	world_assert_quiet(&w);
	assert_int_equal(world_count(&w, "REGISTER "), 1);
	world_fini(&w);
}

static void rfc3261_10_2_2_unregistering_sends_expires_0_and_ends(void **state)
{
	world w;
	ahoy_registration_id id;

	(void)state;
	world_init(&w, false);
	id = enrol(&w, false);
	ok(&w, "Expires: 60\r\n");
	world_expect(&w, A, AHOY_UA_REGISTERED);
	assert_ok(ahoy_ua_unregister(w.ua[A], w.now, id));
	assert_ok(ahoy_ua_unregister(w.ua[A], w.now, id)); /* once is enough */
	world_drain(&w, A);
	assert_int_equal(world_count(&w, "REGISTER "), 2);
	assert_string_equal(header_of(world_last(&w, "REGISTER "), "Expires"), "0");
	ok(&w, "");
	assert_int_equal(world_expect(&w, A, AHOY_UA_UNREGISTERED)->registration, id);
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_10_2_unregistering_waits_for_the_answer_under_way(void **state)
{
	world w;
	ahoy_registration_id id;

	(void)state;
	world_init(&w, false);
	id = enrol(&w, false);
	assert_ok(ahoy_ua_unregister(w.ua[A], w.now, id));
	world_drain(&w, A);
	assert_int_equal(world_count(&w, "REGISTER "), 1);
	ok(&w, "Expires: 60\r\n");
	assert_int_equal(world_count(&w, "REGISTER "), 2);
	ok(&w, "");
	world_expect(&w, A, AHOY_UA_UNREGISTERED);
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void a_refused_farewell_ends_it_too(void **state)
{
	world w;
	ahoy_registration_id id;

	(void)state;
	world_init(&w, false);
	id = enrol(&w, false);
	ok(&w, "Expires: 60\r\n");
	world_expect(&w, A, AHOY_UA_REGISTERED);
	assert_ok(ahoy_ua_unregister(w.ua[A], w.now, id));
	world_drain(&w, A);
	world_respond(&w, world_last(&w, "REGISTER "), 500, "r", "");
	assert_true(world_expect(&w, A, AHOY_UA_REGISTER_FAILED)->final);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_10_2_8_423_is_obeyed(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	(void)enrol(&w, true);
	world_respond(&w, world_last(&w, "REGISTER "), 423, "r", "Min-Expires: 1800\r\n");
	world_no_more(&w);
	assert_string_equal(header_of(world_last(&w, "REGISTER "), "Expires"), "1800");
	/* One that is not above what was asked for is nonsense. */
	world_respond(&w, world_last(&w, "REGISTER "), 423, "r", "Min-Expires: 1800\r\n");
	assert_int_equal(world_expect(&w, A, AHOY_UA_REGISTER_FAILED)->status, 423);
	world_fini(&w);
}

static void a_423_that_rises_again_and_again_is_obeyed_once(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	(void)enrol(&w, false);
	world_respond(&w, world_last(&w, "REGISTER "), 423, "r", "Min-Expires: 1800\r\n");
	world_no_more(&w);
	world_respond(&w, world_last(&w, "REGISTER "), 423, "r", "Min-Expires: 1801\r\n");
	assert_int_equal(world_expect(&w, A, AHOY_UA_REGISTER_FAILED)->status, 423);
	assert_int_equal(world_count(&w, "REGISTER "), 2);
	world_pass(&w, 5000); /* with patience from here, as other failures */
	assert_int_equal(world_count(&w, "REGISTER "), 3);
	ok(&w, "Expires: 1800\r\n");
	world_expect(&w, A, AHOY_UA_REGISTERED);
	world_pass(&w, 1770000);
	/* After a success a new minimum is obeyed anew. */
	world_respond(&w, world_last(&w, "REGISTER "), 423, "r", "Min-Expires: 3600\r\n");
	world_no_more(&w);
	assert_string_equal(header_of(world_last(&w, "REGISTER "), "Expires"), "3600");
	world_fini(&w);
}

static const int final_statuses[] = {400, 403, 404, 405, 416, 420, 501, 505, 513, 600, 603};
static const int passing_statuses[] = {408, 480, 500, 503};

static void a_refusal_that_will_not_change_is_final(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(final_statuses); i++) {
		const world_event *e;

		world_init(&w, false);
		(void)enrol(&w, false);
		world_respond(&w, world_last(&w, "REGISTER "), final_statuses[i], "r", "");
		e = world_expect(&w, A, AHOY_UA_REGISTER_FAILED);
		assert_int_equal(e->status, final_statuses[i]);
		assert_true(e->final);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void other_failures_are_retried_with_growing_patience(void **state)
{
	static const unsigned waits_s[] = {5, 10, 20, 40, 80, 160, 300, 300};
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(passing_statuses); i++) {
		world_init(&w, false);
		(void)enrol(&w, false);
		for (unsigned n = 0; n < ARRAY_LEN(waits_s); n++) {
			const world_event *e;

			world_respond(&w, world_last(&w, "REGISTER "), passing_statuses[i], "r", "");
			e = world_expect(&w, A, AHOY_UA_REGISTER_FAILED);
			assert_false(e->final);
			world_pass(&w, waits_s[n] * 1000 - 1);
			assert_int_equal(world_count(&w, "REGISTER "), n + 1);
			world_pass(&w, 1);
			assert_int_equal(world_count(&w, "REGISTER "), n + 2);
		}
		ok(&w, "Expires: 60\r\n"); /* and a success forgets them */
		world_expect(&w, A, AHOY_UA_REGISTERED);
		world_pass(&w, 30000);
		world_respond(&w, world_last(&w, "REGISTER "), 503, "r", "");
		world_pass(&w, 5000);
		assert_int_equal(world_count(&w, "REGISTER "), ARRAY_LEN(waits_s) + 3);
		world_fini(&w);
	}
}

static void silence_is_told_as_408_and_tried_again(void **state)
{
	world w;
	unsigned sent;

	(void)state;
	world_init(&w, false);
	(void)enrol(&w, false);
	world_pass(&w, 32000);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REGISTER_FAILED)->status, 408);
	sent = w.sent_count;
	world_pass(&w, 5000);
	assert_true(w.sent_count > sent);
	world_fini(&w);
}

static const char *const challenge_of_b = "WWW-Authenticate: Digest realm=\"x\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n";

static void rfc3261_22_2_a_challenge_is_answered_and_its_nonce_used_on(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	(void)enrol(&w, false);
	world_respond(&w, world_last(&w, "REGISTER "), 401, "r", challenge_of_b);
	world_no_more(&w);
	assert_non_null(strstr(header_of(w.sent[1].text, "Authorization"), "nc=00000001"));
	ok(&w, "Expires: 60\r\n");
	world_expect(&w, A, AHOY_UA_REGISTERED);
	world_pass(&w, 30000);
	assert_non_null(strstr(header_of(w.sent[2].text, "Authorization"), "nc=00000002"));
	world_fini(&w);
}

static void a_second_challenge_without_stale_is_a_wrong_password(void **state)
{
	world w;
	const world_event *e;

	(void)state;
	world_init(&w, false);
	(void)enrol(&w, false);
	for (int i = 0; i < 2; i++)
		world_respond(&w, world_last(&w, "REGISTER "), 401, "r", challenge_of_b);
	e = world_expect(&w, A, AHOY_UA_REGISTER_FAILED);
	assert_true(e->auth_failed && e->final);
	assert_int_equal(world_count(&w, "REGISTER "), 2);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void a_registration_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static world w;

	(void)state;
	TEST_EACH_OOM (&w.te, 1) {
		ahoy_flow flow;
		ahoy_registration_id id = 0;

		world_clear(&w);
		world_place(&w);
		if (!world_new(&w, A)) {
			ahoy_register spec = {.registrar = AHOY_S("sip:192.0.2.2"),
					      .aor = AHOY_S("sip:a@192.0.2.2"),
					      .contact_user = AHOY_S("a"),
					      .flow = &flow,
					      .expires_s = 600,
					      .credentials = {AHOY_S("a"), AHOY_S("secret")}};

			flow = world_flow(&w, A);
			(void)!ahoy_ua_register(w.ua[A], w.now, &spec, &id);
			world_drain(&w, A);
			if (world_last(&w, "REGISTER "))
				world_respond(&w, world_last(&w, "REGISTER "), 401, "r", challenge_of_b);
			if (world_last(&w, "REGISTER "))
				ok(&w, "Expires: 60\r\n");
			world_pass(&w, 31000);
			if (world_last(&w, "REGISTER "))
				ok(&w, "Expires: 60\r\n");
			(void)ahoy_ua_unregister(w.ua[A], w.now, id);
			world_drain(&w, A);
			if (world_last(&w, "REGISTER "))
				ok(&w, "");
			world_pass(&w, 1000);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_10_2_a_register_says_what_it_should),
		cmocka_unit_test(rfc3261_10_2_4_the_registrar_says_how_long_and_the_refresh_comes_in_time),
		cmocka_unit_test(a_grant_of_nothing_is_no_binding_and_does_not_make_a_storm),
		cmocka_unit_test(rfc5626_4_5_a_registration_by_a_stream_is_made_anew_with_growing_delays),
		cmocka_unit_test(once_is_over_with_its_answer),
		cmocka_unit_test(rfc3261_10_2_2_unregistering_sends_expires_0_and_ends),
		cmocka_unit_test(rfc3261_10_2_unregistering_waits_for_the_answer_under_way),
		cmocka_unit_test(a_refused_farewell_ends_it_too),
		cmocka_unit_test(rfc3261_10_2_8_423_is_obeyed),
		cmocka_unit_test(a_423_that_rises_again_and_again_is_obeyed_once),
		cmocka_unit_test(a_refusal_that_will_not_change_is_final),
		cmocka_unit_test(other_failures_are_retried_with_growing_patience),
		cmocka_unit_test(silence_is_told_as_408_and_tried_again),
		cmocka_unit_test(rfc3261_22_2_a_challenge_is_answered_and_its_nonce_used_on),
		cmocka_unit_test(a_second_challenge_without_stale_is_a_wrong_password),
		cmocka_unit_test(a_registration_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
