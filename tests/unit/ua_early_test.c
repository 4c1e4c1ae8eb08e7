/* ua/early: several early dialogs of one INVITE (RFC 3261 12.1.2, 13.2.2.4). */
#include "ua_support.h"

#include "base/limits.h"
#include "oom.h"

#define ALLOW WORLD_ALLOW ", PRACK, UPDATE"

static int begin(world *w, ahoy_call_id *call)
{
	*call = 0;
	if (world_new_early(w, A, ALLOW, "100rel"))
		return AHOY_ENOMEM;
	*call = world_try_invite(w);
	return *call ? 0 : AHOY_ENOMEM;
}

static void respond(world *w, int status, const char *tag, unsigned rseq, const char *body)
{
	char lines[512], require[64] = "";

	if (rseq)
		snprintf(require, sizeof require, "Require: 100rel\r\nRSeq: %u\r\n", rseq);
	snprintf(lines, sizeof lines,
		 "Contact: <sip:%s@192.0.2.2>\r\nAllow: UPDATE\r\n%sContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", tag,
		 require, strlen(body), body);
	world_respond(w, world_last(w, "INVITE "), status, tag, lines);
}

static ahoy_call_id invite(world *w)
{
	ahoy_call_id call;

	memset(w, 0, sizeof *w);
	test_env_init(&w->te, 1);
	world_place(w);
	assert_ok(begin(w, &call));
	return call;
}

static void end(world *w, ahoy_call_id call)
{
	(void)ahoy_call_hangup(w->ua[A], w->now, call, (ahoy_slice){0});
	world_drain(w, A);
	if (world_last(w, "CANCEL ")) {
		world_respond(w, world_last(w, "CANCEL "), 200, "", "");
		world_respond(w, world_last(w, "INVITE "), 487, "x", "");
	}
	world_assert_quiet(w);
	world_fini(w);
}

static void rfc3262_4_each_early_dialog_has_an_rseq_and_a_target_of_its_own(void **state)
{
	world w;
	ahoy_call_id call = invite(&w);

	(void)state;
	respond(&w, 183, "one", 100, "1");
	assert_non_null(world_last(&w, "PRACK sip:one@"));
	respond(&w, 183, "two", 7, "2");
	assert_non_null(world_last(&w, "PRACK sip:two@"));
	assert_string_equal(header_of(world_last(&w, "PRACK "), "CSeq"), "3 PRACK");
	respond(&w, 180, "one", 101, "");
	assert_string_equal(header_of(world_last(&w, "PRACK "), "RAck"), "101 1 INVITE");
	assert_string_equal(header_of(world_last(&w, "PRACK "), "CSeq"), "4 PRACK");
	respond(&w, 180, "two", 7, "");
	assert_int_equal(world_count(&w, "PRACK "), 3);
	end(&w, call);
}

static void rfc3261_13_2_2_4_the_2xx_chooses_and_its_own_description_holds(void **state)
{
	static const struct {
		const char *tag, *body, *description;
	} rows[] = {{"one", "", "1"}, {"two", "", "2"}, {"one", "new", "new"}, {"three", "", ""}, {"three", "3", "3"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world w;
		ahoy_call_id call = invite(&w);
		ahoy_ua_event e = {0};
		ahoy_call_info info;
		ahoy_flow flow = world_flow(&w, A);
		char text[1024];

		respond(&w, 183, "one", 0, "1");
		respond(&w, 183, "two", 0, "2");
		snprintf(text, sizeof text,
			 "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: <sip:b@192.0.2.2>;tag=%s\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\n"
			 "Contact: <sip:%s@192.0.2.2>\r\nContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
			 header_of(world_last(&w, "INVITE "), "Via"), header_of(world_last(&w, "INVITE "), "From"), rows[i].tag,
			 header_of(world_last(&w, "INVITE "), "Call-ID"), rows[i].tag, strlen(rows[i].body), rows[i].body);
		ahoy_ua_recv(w.ua[A], w.now, &flow, ahoy_slice_of(text));
		assert_true(ahoy_ua_pop_event(w.ua[A], &e));
		assert_int_equal(e.kind, AHOY_UA_ANSWERED);
		assert_slice(e.description, rows[i].description);
		assert_ok(ahoy_call_get(w.ua[A], call, &info));
		assert_slice(info.remote_tag, rows[i].tag);
		world_drain(&w, A);
		assert_true(strstr(world_last(&w, "ACK "), rows[i].tag) != NULL);
		end(&w, call);
	}
}

static void a_request_finds_its_early_dialog_among_several(void **state)
{
	static const struct {
		const char *tag;
		int status;
	} rows[] = {{"one", 200}, {"two", 200}, {"one", 200}, {"three", 481}};
	world w;
	ahoy_call_id call = invite(&w);
	const char *from;

	(void)state;
	respond(&w, 183, "one", 0, "");
	respond(&w, 183, "two", 0, "");
	from = world_last(&w, "INVITE ");
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		char text[1024], status[16];

		snprintf(text, sizeof text,
			 "UPDATE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-%u\r\nMax-Forwards: 70\r\n"
			 "From: <sip:b@192.0.2.2>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u UPDATE\r\nContent-Length: 0\r\n\r\n",
			 i, rows[i].tag, header_of(from, "From"), header_of(from, "Call-ID"), 5 + i);
		world_recv(&w, A, text);
		snprintf(status, sizeof status, "SIP/2.0 %d ", rows[i].status);
		assert_row(strncmp(w.sent[w.sent_count - 1].text, status, strlen(status)) == 0, rows[i].tag);
	}
	end(&w, call);
}

static void of_too_many_the_longest_silent_one_is_forgotten(void **state)
{
	world w;
	ahoy_call_id call = invite(&w);
	ahoy_call_info info;
	char tag[16];

	(void)state;
	for (unsigned i = 0; i <= AHOY_MAX_EARLY_DIALOGS; i++) {
		snprintf(tag, sizeof tag, "t%u", i);
		respond(&w, 183, tag, 50, "");
		assert_int_equal(world_count(&w, "PRACK "), i + 1);
	}
	respond(&w, 183, "t1", 50, ""); /* known: a repetition */
	assert_int_equal(world_count(&w, "PRACK "), AHOY_MAX_EARLY_DIALOGS + 1);
	respond(&w, 183, "t0", 50, ""); /* new, as far as one still knows */
	assert_int_equal(world_count(&w, "PRACK "), AHOY_MAX_EARLY_DIALOGS + 2);
	respond(&w, 200, "t2", 0, "answer");
	assert_ok(ahoy_call_get(w.ua[A], call, &info));
	assert_slice(info.remote_tag, "t2");
	end(&w, call);
}

static void out_of_memory_leaves_nothing_behind(void **state)
{
	world w;

	(void)state;
	memset(&w, 0, sizeof w);
	TEST_EACH_OOM (&w.te, 1) {
		ahoy_call_id call;

		world_clear(&w);
		world_place(&w);
		if (!begin(&w, &call)) {
			respond(&w, 183, "one", 1, "1");
			respond(&w, 183, "two", 1, "2");
			respond(&w, 180, "one", 2, "");
			respond(&w, 200, "two", 0, "");
			(void)ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0});
			world_assert_quiet(&w);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3262_4_each_early_dialog_has_an_rseq_and_a_target_of_its_own),
		cmocka_unit_test(rfc3261_13_2_2_4_the_2xx_chooses_and_its_own_description_holds),
		cmocka_unit_test(a_request_finds_its_early_dialog_among_several),
		cmocka_unit_test(of_too_many_the_longest_silent_one_is_forgotten),
		cmocka_unit_test(out_of_memory_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
