/* registrar/packed: one binding in one allocation. */
#include "registrar/packed.h"

#include "base/limits.h"
#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)

static ahoy_binding example(const char *peer)
{
	return (ahoy_binding){.contact = AHOY_S("sip:115@11.0.0.88:5068;rinstance=6cff3b534328908d;transport=UDP"),
			      .call_id = AHOY_S("ZDQwNjFiN2VjNjk4YTE0MmFlYTY5MzFjNzZmMDlmOGU."),
			      .cseq = 2,
			      .q_milli = 500,
			      .flow = flow_of(peer),
			      .user_agent = AHOY_S("Zoiper for Windows 2.43 r24984"),
			      .instance = AHOY_S("\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\""),
			      .reg_id = INT32_MAX,
			      .path = AHOY_S("<sip:p2;lr>, <sip:p1;lr>")};
}

static void what_is_packed_comes_out_again(void **state)
{
	static const char *const peers[] = {"192.0.2.9:40000", "[fe80::1]:5060", "[2001:db8::9]:5060"};
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
		ahoy_binding in, out;
		ahoy_packed *packed;

		in = example(peers[i]);
		in.flow.peer.scope = in.flow.peer.family == 6 ? 7 : 0;
		assert_ok(ahoy_packed_new(&te.env, &in, T0, T0 + AHOY_SECONDS(60), &packed));
		ahoy_packed_view(packed, (int64_t)AHOY_SECONDS(5), &out);
		assert_true(ahoy_slice_eq(out.contact, in.contact));
		assert_true(ahoy_slice_eq(out.call_id, in.call_id));
		assert_true(ahoy_slice_eq(out.user_agent, in.user_agent));
		assert_true(ahoy_slice_eq(out.instance, in.instance));
		assert_true(ahoy_slice_eq(out.path, in.path));
		assert_true(ahoy_flow_eq(&out.flow, &in.flow) && ahoy_addr_eq(&out.flow.local, &in.flow.local));
		assert_int_equal(out.flow.peer.scope, in.flow.peer.scope);
		assert_int_equal(out.cseq, 2);
		assert_int_equal(out.reg_id, INT32_MAX);
		assert_int_equal(out.q_milli, 500);
		assert_true(out.expires_utc_ms == (T0 + AHOY_SECONDS(65)) / 1000);
		ahoy_packed_unref(&te.env, packed);
	}
	test_env_fini(&te);
}

/* The aim is 350 bytes for each binding with its user and its place in the tables; the binding alone has to leave room for those. */
static void a_softphones_binding_stays_small(void **state)
{
	ahoy_binding in = example("11.0.0.88:5068");
	ahoy_packed *packed;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	in.instance = in.path = AHOY_S("");
	assert_ok(ahoy_packed_new(&te.env, &in, T0, T0, &packed));
	assert_in_range(te.live_bytes, 1, 256);
	assert_int_equal(te.live_blocks, 1);
	ahoy_packed_unref(&te.env, packed);
	test_env_fini(&te);
}

static void bounds_are_kept(void **state)
{
	char text[AHOY_MAX_CONTACT + 2];
	ahoy_binding in = example("192.0.2.9:40000"), out;
	ahoy_packed *packed;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	memset(text, 'x', sizeof text);
	memcpy(text, "sip:", 4);
	in.contact = ahoy_slice_make(text, AHOY_MAX_CONTACT + 1);
	assert_err(ahoy_packed_new(&te.env, &in, T0, T0, &packed), AHOY_ERANGE);
	in = example("192.0.2.9:40000");
	in.call_id = ahoy_slice_make(text, AHOY_MAX_CALL_ID + 1);
	assert_err(ahoy_packed_new(&te.env, &in, T0, T0, &packed), AHOY_ERANGE);
	in = example("192.0.2.9:40000");
	in.instance = ahoy_slice_make(text, AHOY_MAX_INSTANCE + 1);
	assert_err(ahoy_packed_new(&te.env, &in, T0, T0, &packed), AHOY_ERANGE);
	in = example("192.0.2.9:40000");
	in.contact = AHOY_S("sip:");
	assert_err(ahoy_packed_new(&te.env, &in, T0, T0, &packed), AHOY_ESYNTAX);
	in = example("192.0.2.9:40000");
	in.flow.peer.family = 5;
	assert_err(ahoy_packed_new(&te.env, &in, T0, T0, &packed), AHOY_ERANGE);
	/* All at their bound, the User-Agent cut to its own. */
	in = example("192.0.2.9:40000");
	in.contact = ahoy_slice_make(text, 4 + AHOY_MAX_HOST - 55);
	in.call_id = ahoy_slice_make(text, AHOY_MAX_CALL_ID);
	in.instance = ahoy_slice_make(text, AHOY_MAX_INSTANCE);
	in.user_agent = ahoy_slice_make(text, AHOY_MAX_USER_AGENT + 1);
	assert_ok(ahoy_packed_new(&te.env, &in, T0, T0, &packed));
	ahoy_packed_view(packed, 0, &out);
	assert_int_equal(out.user_agent.len, AHOY_MAX_USER_AGENT);
	assert_int_equal(out.call_id.len, AHOY_MAX_CALL_ID);
	assert_int_equal(out.instance.len, AHOY_MAX_INSTANCE);
	ahoy_packed_unref(&te.env, packed);
	test_env_fini(&te);
}

static void control_bytes_become_blanks(void **state)
{
	ahoy_binding in = example("192.0.2.9:40000"), out;
	ahoy_packed *packed;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	in.user_agent = AHOY_S("a\r\n b\0c\x7f");
	in.instance = AHOY_S("\"x\r\n y\"");
	assert_ok(ahoy_packed_new(&te.env, &in, T0, T0, &packed));
	ahoy_packed_view(packed, 0, &out);
	assert_slice(out.user_agent, "a   b c ");
	assert_slice(out.instance, "\"x   y\"");
	ahoy_packed_unref(&te.env, packed);
	test_env_fini(&te);
}

static void a_new_flow_of_the_same_family_takes_the_old_ones_place(void **state)
{
	ahoy_binding in = example("11.0.0.88:5068"), out;
	ahoy_flow rebound = flow_of("203.0.113.7:61000"), other = flow_of("[2001:db8::9]:5060");
	ahoy_packed *packed;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	in.path = AHOY_S("");
	assert_ok(ahoy_packed_new(&te.env, &in, T0, T0, &packed));
	assert_false(packed->behind_nat);
	assert_true(ahoy_packed_set_flow(packed, &rebound));
	assert_true(packed->behind_nat);
	assert_false(ahoy_packed_set_flow(packed, &other));
	ahoy_packed_view(packed, 0, &out);
	assert_true(ahoy_flow_eq(&out.flow, &rebound));
	assert_true(ahoy_slice_eq(out.contact, in.contact));
	ahoy_packed_unref(&te.env, packed);
	test_env_fini(&te);
}

static void rfc3261_19_1_4_decides_whether_a_contact_is_this_one(void **state)
{
	static const struct {
		const char *uri;
		bool same;
	} table[] = {
		{"sip:115@11.0.0.88:5068;transport=udp;rinstance=6cff3b534328908d", true},
		{"sip:%3115@11.0.0.88:5068;rinstance=6cff3b534328908d;transport=UDP", true},
		{"sip:115@11.0.0.88:5068;rinstance=0000000000000000;transport=UDP", false},
		{"sip:115@11.0.0.88:5068;transport=UDP", true}, /* an unknown parameter in one of them alone is ignored */
		{"sip:115@11.0.0.88:5068;rinstance=6cff3b534328908d", false},
		{"sip:115@11.0.0.88;rinstance=6cff3b534328908d;transport=UDP", false},
		{"sips:115@11.0.0.88:5068;rinstance=6cff3b534328908d;transport=UDP", false},
	};
	ahoy_binding in = example("11.0.0.88:5068");
	ahoy_packed *packed;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_packed_new(&te.env, &in, T0, T0, &packed));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_uri uri;

		assert_ok(ahoy_uri_parse(ahoy_slice_of(table[i].uri), &uri));
		assert_row(ahoy_packed_contact_is(packed, &uri) == table[i].same, table[i].uri);
	}
	ahoy_packed_unref(&te.env, packed);
	test_env_fini(&te);
}

static void new_survives_each_failing_allocation(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_binding in = example("11.0.0.88:5068");
		ahoy_packed *packed;
		int err = ahoy_packed_new(&te.env, &in, T0, T0, &packed);

		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		if (!err)
			ahoy_packed_unref(&te.env, packed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_out_again),
		cmocka_unit_test(a_softphones_binding_stays_small),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(control_bytes_become_blanks),
		cmocka_unit_test(a_new_flow_of_the_same_family_takes_the_old_ones_place),
		cmocka_unit_test(rfc3261_19_1_4_decides_whether_a_contact_is_this_one),
		cmocka_unit_test(new_survives_each_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
