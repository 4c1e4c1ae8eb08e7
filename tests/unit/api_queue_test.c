/* api/queue: order, bounds, lifetimes, and the event that ends an object. */
#include "api/internal.h"

#include "api_world.h"

static void events_come_in_order_and_their_slices_are_copies(void **state)
{
	const ahoy_agent_event *event;
	char text[] = "first";
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	for (int i = 0; i < 3; i++) {
		ahoy_agent_event told = {.kind = AHOY_AGENT_MESSAGE, .status = i, .text = ahoy_slice_of(text), .from = AHOY_S("from")};

		assert_ok(ahoy_api_tell(w.agent[A], &told));
	}
	memset(text, 'x', sizeof text - 1);
	for (int i = 0; i < 3; i++) {
		event = ahoy_agent_pop_event(w.agent[A]);
		assert_non_null(event);
		assert_int_equal(event->status, i);
		assert_slice(event->text, "first");
		assert_slice(event->from, "from");
		assert_null(event->to.ptr);
	}
	assert_null(ahoy_agent_pop_event(w.agent[A]));
	api_world_end(&w);
	test_env_fini(&te);
}

static void queues_are_bounded(void **state)
{
	ahoy_agent_event told = {.kind = AHOY_AGENT_DTMF};
	unsigned events = 0, outs = 0, questions = 0;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	while (!ahoy_api_tell(w.agent[A], &told))
		events++;
	assert_int_equal(events, 1024);
	for (int i = 0; i < 1100; i++)
		ahoy_api_send(w.agent[A], &w.local[A], &w.local[B], AHOY_S("x"));
	while (ahoy_agent_pop_out(w.agent[A]))
		outs++;
	assert_int_equal(outs, 1024);
	while (!ahoy_api_ask(w.agent[A], 7, AHOY_S("host"), 5060))
		questions++;
	assert_int_equal(questions, 64);
	/* Nobody fetched them: they go with the agent. */
	api_world_end(&w);
	test_env_fini(&te);
}

static void an_end_is_told_where_the_queue_is_full_and_frees_its_object(void **state)
{
	ahoy_agent_event told = {.kind = AHOY_AGENT_DTMF};
	const ahoy_agent_event *event, *last = NULL;
	ahoy_agent_stats stats;
	ahoy_agent_id call;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, "PCMU"));
	assert_ok(api_connect(&w));
	call = w.call[A];
	while (!ahoy_api_tell(w.agent[A], &told))
		;
	test_env_fail_at(&te, 1);
	te.fail_onwards = true;
	assert_ok(ahoy_agent_hangup(w.agent[A], w.now, call));
	te.fail_onwards = false;
	test_env_fail_at(&te, 0);
	while ((event = ahoy_agent_pop_event(w.agent[A])) != NULL) {
		last = event;
		if (event->kind == AHOY_AGENT_ENDED) {
			/* While the event lives, so do the call's figures. */
			assert_ok(ahoy_agent_get_stats(w.agent[A], call, &stats, sizeof stats));
			assert_int_equal(ahoy_agent_state(w.agent[A], call), AHOY_AGENT_CALL_ENDED);
		}
	}
	assert_non_null(last);
	assert_err(ahoy_agent_get_stats(w.agent[A], call, &stats, sizeof stats), AHOY_ESTALE);
	api_world_end(&w);
	test_env_fini(&te);
}

static void a_long_reason_of_an_end_is_cut(void **state)
{
	static char reason[300];
	const ahoy_agent_event *event;
	api_call *call;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	memset(reason, 'r', sizeof reason);
	assert_ok(ahoy_api_call_new(w.agent[A], true, &call));
	ahoy_api_call_end(w.agent[A], call, AHOY_AGENT_BY_PEER, 486, 0, ahoy_slice_make(reason, sizeof reason));
	ahoy_api_call_end(w.agent[A], call, AHOY_AGENT_BY_PEER, 486, 0, AHOY_S("twice"));
	event = ahoy_agent_pop_event(w.agent[A]);
	assert_int_equal(event->kind, AHOY_AGENT_ENDED);
	assert_int_equal(event->reason.len, API_REASON);
	assert_null(ahoy_agent_pop_event(w.agent[A]));
	api_world_end(&w);
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_order_and_their_slices_are_copies),
		cmocka_unit_test(queues_are_bounded),
		cmocka_unit_test(an_end_is_told_where_the_queue_is_full_and_frees_its_object),
		cmocka_unit_test(a_long_reason_of_an_end_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
