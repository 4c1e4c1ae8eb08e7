/* ua/call: what both sides of a call share: ids, tags, where requests go, their lines. */
#include "ua/internal.h"

#include "ua_support.h"

static void ids_of_calls_that_are_over_are_stale(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_call_info info;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(ahoy_call_set_user(w.ua[A], call, 99));
	assert_ok(ahoy_call_get(w.ua[A], call, &info));
	assert_int_equal(info.user, 99);
	assert_int_equal(ahoy_ua_calls(w.ua[A]), 1);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	assert_int_equal(ahoy_ua_calls(w.ua[A]), 0);
	assert_err(ahoy_call_set_user(w.ua[A], call, 1), AHOY_ESTALE);
	world_assert_quiet(&w);
	assert_err(ahoy_call_get(w.ua[A], call, &info), AHOY_ESTALE);
	assert_err(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}), AHOY_ESTALE);
	world_fini(&w);
}

static void what_get_tells_of_a_call_is_the_same_on_both_sides(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_call_info a, b;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(ahoy_call_get(w.ua[A], call, &a));
	assert_ok(ahoy_call_get(w.ua[B], w.accepted, &b));
	assert_true(ahoy_slice_eq(a.call_id, b.call_id));
	assert_true(ahoy_slice_eq(a.local_tag, b.remote_tag));
	assert_true(ahoy_slice_eq(a.remote_tag, b.local_tag));
	assert_slice(a.local_uri, "<sip:a@192.0.2.1>");
	assert_slice(b.remote_uri, "<sip:a@192.0.2.1>");
	assert_true(ahoy_addr_eq(&a.flow->peer, &w.at[B]));
	world_fini(&w);
}

static void a_tag_names_its_call_and_no_other(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_call_info info;
	char text[64];

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(ahoy_call_get(w.ua[A], call, &info));
	assert_non_null(ahoy_ua_call_by_tag(w.ua[A], info.local_tag, info.call_id));
	assert_null(ahoy_ua_call_by_tag(w.ua[A], info.local_tag, AHOY_S("other")));
	assert_null(ahoy_ua_call_by_tag(w.ua[A], info.remote_tag, info.call_id));
	for (size_t len = 0; len < info.local_tag.len; len++)
		assert_null(ahoy_ua_call_by_tag(w.ua[A], ahoy_slice_first(info.local_tag, len), info.call_id));
	for (size_t i = 0; i < info.local_tag.len; i++) { /* each byte counts */
		memcpy(text, info.local_tag.ptr, info.local_tag.len);
		text[i] = text[i] == 'z' ? 'y' : 'z';
		assert_null(ahoy_ua_call_by_tag(w.ua[A], ahoy_slice_make(text, info.local_tag.len), info.call_id));
	}
	world_fini(&w);
}

/* Who sends where: a server back to the source, a phone to the Contact (12.2.1.1). */
static void rfc3261_12_2_1_1_a_phone_sends_to_the_contact_and_a_server_to_the_source(void **state)
{
	world w;

	(void)state;
	for (int server = 0; server < 2; server++) {
		ahoy_ua_config config = {.product = AHOY_S("test"), .allow = AHOY_S("INVITE"), .answer_to_source = server};
		ahoy_call_id call;

		world_init(&w, false);
		ahoy_ua_del(w.ua[A]);
		assert_ok(ahoy_ua_new(&w.te.env, &config, &w.ua[A]));
		call = world_invite(&w);
		world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@10.0.0.9:5080>\r\n");
		assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
		world_drain(&w, A);
		for (unsigned i = 1; i < 3; i++) {
			assert_int_equal(w.sent[i].flow.peer.port, server ? 5060 : 5080);
			assert_int_equal(w.sent[i].flow.peer.ip[0], server ? 192 : 10);
		}
		world_fini(&w);
	}
}

static void a_contact_that_is_a_name_is_behind_the_peer_that_answered(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, false);
	call = world_invite(&w);
	world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@phone.example>\r\n");
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_drain(&w, A);
	assert_int_equal(strncmp(world_last(&w, "BYE "), "BYE sip:b@phone.example SIP/2.0\r\n", 33), 0);
	assert_true(ahoy_addr_eq(&w.sent[2].flow.peer, &w.at[B]));
	world_fini(&w);
}

static void rfc3261_12_2_1_1_requests_in_a_dialog_rise_in_cseq_and_bear_the_route(void **state)
{
	world w;
	ahoy_call_id call;
	const char *info;

	(void)state;
	world_init(&w, false);
	call = world_invite(&w);
	world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@192.0.2.2>\r\nRecord-Route: <sip:192.0.2.2;lr>\r\n");
	for (unsigned i = 2; i < 5; i++) {
		char expected[32];

		assert_ok(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 0));
		world_drain(&w, A);
		info = world_last(&w, "INFO ");
		snprintf(expected, sizeof expected, "%u INFO", i);
		assert_string_equal(header_of(info, "CSeq"), expected);
		assert_string_equal(header_of(info, "Route"), "<sip:192.0.2.2;lr>");
		assert_string_equal(header_of(info, "Max-Forwards"), "70");
		assert_string_equal(header_of(info, "Contact"), ""); /* INFO refreshes no target */
		assert_non_null(strstr(header_of(info, "To"), ";tag=b"));
	}
	world_fini(&w);
}

static void nothing_is_sent_in_a_dialog_that_is_not_there_yet(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, false);
	call = world_invite(&w);
	assert_err(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, 0),
		   AHOY_ESTATE);
	world_fini(&w);
}

static void headers_too_long_are_refused_and_not_cut(void **state)
{
	static char line[20000];
	world w;
	ahoy_call_id call;
	unsigned before;

	(void)state;
	memset(line, 'x', sizeof line);
	memcpy(line, "X-Long: ", 8);
	memcpy(line + sizeof line - 2, "\r\n", 2);
	world_init(&w, true);
	call = world_call(&w);
	before = w.sent_count;
	assert_err(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, ahoy_slice_make(line, sizeof line), (ahoy_slice){0},
				     (ahoy_slice){0}, 0),
		   AHOY_ETOOBIG);
	world_drain(&w, A);
	assert_int_equal(w.sent_count, before);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_assert_quiet(&w);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_calls_that_are_over_are_stale),
		cmocka_unit_test(what_get_tells_of_a_call_is_the_same_on_both_sides),
		cmocka_unit_test(a_tag_names_its_call_and_no_other),
		cmocka_unit_test(rfc3261_12_2_1_1_a_phone_sends_to_the_contact_and_a_server_to_the_source),
		cmocka_unit_test(a_contact_that_is_a_name_is_behind_the_peer_that_answered),
		cmocka_unit_test(rfc3261_12_2_1_1_requests_in_a_dialog_rise_in_cseq_and_bear_the_route),
		cmocka_unit_test(nothing_is_sent_in_a_dialog_that_is_not_there_yet),
		cmocka_unit_test(headers_too_long_are_refused_and_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
