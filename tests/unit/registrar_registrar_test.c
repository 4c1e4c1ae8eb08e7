/* registrar/registrar: loading, look-up, keep-alives, expiry, listing. */
#include "registrar/registrar.h"

#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)
#define UTC0_MS 1700000000000u

typedef struct {
	test_env te;
	ahoy_registrar *reg;
} fixture;

static ahoy_registrar_config config_of(uint32_t max_bindings)
{
	return (ahoy_registrar_config){.max_bindings = max_bindings, .utc_offset_us = (int64_t)(UTC0_MS * 1000u - T0)};
}

static void fixture_init(fixture *f, uint32_t max_bindings)
{
	ahoy_registrar_config config = config_of(max_bindings);

	test_env_init(&f->te, 1);
	assert_ok(ahoy_registrar_new(&f->te.env, T0, &config, &f->reg));
}

static void fixture_fini(fixture *f)
{
	ahoy_registrar_del(f->reg);
	test_env_fini(&f->te);
}

static int load(fixture *f, const char *user, const char *contact, const char *peer, unsigned q_milli, unsigned remain_s)
{
	ahoy_binding binding = {.contact = ahoy_slice_of(contact),
				.call_id = AHOY_S("c"),
				.cseq = 5,
				.q_milli = (uint16_t)q_milli,
				.flow = flow_of(peer),
				.expires_utc_ms = UTC0_MS + remain_s * 1000u};

	return ahoy_registrar_load(f->reg, T0, ahoy_slice_of(user), &binding);
}

static void register_at(fixture *f, ahoy_time now, const char *user, const char *contact, const char *peer)
{
	char lines[512];
	test_request r;
	ahoy_flow flow = flow_of(peer);
	ahoy_registrar_change change;

	snprintf(lines, sizeof lines, "Contact: %s\r\n", contact);
	request_make(&r, "REGISTER", user, contact, 1, lines);
	ahoy_registrar_prepare(f->reg, now, ahoy_slice_of(user), &r.msg, &flow, &change);
	assert_int_equal(change.status, 200);
	assert_true(change.changed);
	assert_ok(ahoy_registrar_commit(f->reg, now, change.id, true, NULL));
}

static ahoy_registrar_counters count(const fixture *f)
{
	ahoy_registrar_counters counters;

	ahoy_registrar_count(f->reg, &counters);
	return counters;
}

/* Drives; how many keep-alives were due. */
static unsigned drive(fixture *f, ahoy_time now)
{
	ahoy_binding binding;
	ahoy_slice user;
	unsigned due = 0;

	while (ahoy_registrar_next_keepalive(f->reg, now, &user, &binding))
		due++;
	return due;
}

static void what_the_store_kept_is_there_after_a_restart(void **state)
{
	ahoy_binding found[AHOY_MAX_CONTACTS];
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	assert_ok(load(&f, "115", "sip:115@192.0.2.9:5068;x=y", "203.0.113.5:40000", 700, 60));
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 1);
	assert_slice(found[0].contact, "sip:115@192.0.2.9:5068;x=y");
	assert_slice(found[0].call_id, "c");
	assert_int_equal(found[0].cseq, 5);
	assert_int_equal(found[0].q_milli, 700);
	assert_true(found[0].expires_utc_ms == UTC0_MS + 60000);
	assert_int_equal(found[0].flow.peer.port, 40000);
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0 + AHOY_SECONDS(60), AHOY_S("115"), found), 0);
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("11"), found), 0);
	fixture_fini(&f);
}

static void what_cannot_be_loaded_says_why(void **state)
{
	ahoy_binding binding = {.contact = AHOY_S("sip:115@h"), .expires_utc_ms = UINT64_MAX, .flow = flow_of("192.0.2.9:5060")};
	char contact[64];
	fixture f;

	(void)state;
	fixture_init(&f, 12);
	assert_err(ahoy_registrar_load(f.reg, T0, AHOY_S("115"), &binding), AHOY_ERANGE);
	assert_err(load(&f, "", "sip:115@h", "192.0.2.9:5060", 0, 60), AHOY_ERANGE);
	assert_err(load(&f, "115", "what?", "192.0.2.9:5060", 0, 60), AHOY_ESYNTAX);
	assert_ok(load(&f, "115", "what?", "192.0.2.9:5060", 0, 0)); /* expired: nobody looks at it */
	for (int i = 0; i < AHOY_MAX_CONTACTS; i++) {
		snprintf(contact, sizeof contact, "sip:115@h%d", i);
		assert_ok(load(&f, "115", contact, "192.0.2.9:5060", 0, 60));
	}
	assert_err(load(&f, "115", "sip:115@hx", "192.0.2.9:5060", 0, 60), AHOY_EFULL);
	assert_ok(load(&f, "115", "sip:115@h3", "192.0.2.9:5060", 0, 60)); /* the same contact again */
	assert_int_equal(count(&f).bindings, AHOY_MAX_CONTACTS);
	assert_ok(load(&f, "a", "sip:a@h", "192.0.2.9:5060", 0, 60));
	assert_ok(load(&f, "b", "sip:b@h", "192.0.2.9:5060", 0, 60));
	assert_err(load(&f, "c", "sip:c@h", "192.0.2.9:5060", 0, 60), AHOY_EFULL);
	assert_int_equal(count(&f).bindings, 12);
	assert_int_equal(count(&f).users, 3);
	fixture_fini(&f);
}

static void look_up_goes_by_q_and_then_by_the_most_recent(void **state)
{
	static const char *const expected[] = {"sip:115@q9b", "sip:115@q9a", "sip:115@q5", "sip:115@q0"};
	ahoy_binding found[AHOY_MAX_CONTACTS];
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	register_at(&f, T0, "115", "<sip:115@q0>;q=0", "192.0.2.9:5060");
	register_at(&f, T0 + 1, "115", "<sip:115@q9a>;q=0.9", "192.0.2.9:5060");
	register_at(&f, T0 + 2, "115", "<sip:115@q5>;q=0.5", "192.0.2.9:5060");
	register_at(&f, T0 + 3, "115", "<sip:115@q9b>;q=0.9", "192.0.2.9:5060");
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0 + 4, AHOY_S("115"), found), ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_slice(found[i].contact, expected[i]);
	fixture_fini(&f);
}

static void expired_bindings_vanish_from_look_up_list_and_count(void **state)
{
	ahoy_binding found[AHOY_MAX_CONTACTS];
	ahoy_registrar_cursor cursor = {0};
	ahoy_slice user;
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	assert_ok(load(&f, "115", "sip:115@192.0.2.9", "192.0.2.9:5060", 0, 60));
	assert_ok(load(&f, "115", "sip:115@192.0.2.8", "192.0.2.8:5060", 0, 90));
	assert_in_range(ahoy_registrar_next(f.reg), T0, T0 + AHOY_SECONDS(60));
	drive(&f, T0 + AHOY_SECONDS(60) - 1000);
	assert_int_equal(count(&f).bindings, 2);
	drive(&f, T0 + AHOY_SECONDS(60));
	assert_int_equal(count(&f).bindings, 1);
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0 + AHOY_SECONDS(60), AHOY_S("115"), found), 1);
	assert_slice(found[0].contact, "sip:115@192.0.2.8");
	/* Not swept yet, but nobody sees it any more. */
	assert_false(ahoy_registrar_list(f.reg, T0 + AHOY_SECONDS(90), &cursor, &user, found));
	drive(&f, T0 + AHOY_SECONDS(90));
	assert_int_equal(count(&f).bindings, 0);
	assert_int_equal(count(&f).users, 0);
	assert_int_equal(count(&f).expired, 2);
	assert_true(ahoy_registrar_next(f.reg) == AHOY_NEVER);
	fixture_fini(&f);
}

static void a_mass_expiry_is_done_in_bounded_steps(void **state)
{
	enum {
		USERS = 3 * AHOY_REGISTRAR_SWEEP / 2
	};
	char user[32], contact[64];
	ahoy_time end = T0 + AHOY_SECONDS(60);
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	for (int i = 0; i < USERS; i++) {
		snprintf(user, sizeof user, "u%d", i);
		snprintf(contact, sizeof contact, "sip:u%d@192.0.2.9", i);
		assert_ok(load(&f, user, contact, "192.0.2.9:5060", 0, 60));
	}
	drive(&f, end);
	assert_int_equal(count(&f).bindings, USERS - AHOY_REGISTRAR_SWEEP);
	assert_true(ahoy_registrar_next(f.reg) <= end);
	drive(&f, end);
	assert_int_equal(count(&f).bindings, 0);
	fixture_fini(&f);
}

static void a_binding_behind_nat_is_kept_alive_every_25_seconds_until_it_expires(void **state)
{
	unsigned behind = 0, open = 0;
	ahoy_time last = 0, now;
	ahoy_binding binding;
	ahoy_slice user;
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	register_at(&f, T0, "nat", "<sip:nat@10.0.0.7:5060>;expires=120", "203.0.113.5:40000");
	register_at(&f, T0, "open", "<sip:open@203.0.113.6>;expires=120", "203.0.113.6:5060");
	while ((now = ahoy_registrar_next(f.reg)) != AHOY_NEVER) {
		assert_true(now <= T0 + AHOY_SECONDS(120));
		while (ahoy_registrar_next_keepalive(f.reg, now, &user, &binding)) {
			open += ahoy_slice_eq(user, AHOY_S("open"));
			behind++;
			assert_slice(binding.contact, "sip:nat@10.0.0.7:5060");
			assert_int_equal(binding.flow.peer.port, 40000);
			assert_true(!last || (now - last >= AHOY_SECONDS(25) && now - last < AHOY_SECONDS(25) + AHOY_MS(2)));
			last = now;
		}
	}
	assert_int_equal(open, 0);
	assert_in_range(behind, 4, 5); /* at 12.5 .. 25 s, then three or four times more within 120 s */
	fixture_fini(&f);
}

static void a_request_from_a_new_address_moves_its_binding(void **state)
{
	ahoy_flow rebound = flow_of("203.0.113.5:61000"), six = flow_of("[2001:db8::9]:5060");
	ahoy_binding found[AHOY_MAX_CONTACTS];
	ahoy_uri contact, other;
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	register_at(&f, T0, "115", "<sip:115@10.0.0.7:5060;ob>", "203.0.113.5:40000");
	assert_ok(ahoy_uri_parse(AHOY_S("sip:115@10.0.0.7:5060"), &contact));
	assert_ok(ahoy_uri_parse(AHOY_S("sip:115@10.0.0.8:5060"), &other));
	assert_true(ahoy_registrar_seen(f.reg, T0, AHOY_S("115"), &contact, &rebound));
	assert_false(ahoy_registrar_seen(f.reg, T0, AHOY_S("115"), &other, &rebound));
	assert_false(ahoy_registrar_seen(f.reg, T0, AHOY_S("116"), &contact, &rebound));
	assert_false(ahoy_registrar_seen(f.reg, T0, AHOY_S("115"), &contact, &six));
	assert_false(ahoy_registrar_seen(f.reg, T0 + AHOY_SECONDS(7200), AHOY_S("115"), &contact, &rebound));
	ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found);
	assert_int_equal(found[0].flow.peer.port, 61000);
	fixture_fini(&f);
}

static void the_list_has_every_binding_once(void **state)
{
	enum {
		USERS = 300
	};
	ahoy_registrar_cursor cursor = {0};
	ahoy_binding binding;
	char name[32], contact[64];
	unsigned char seen[USERS] = {0};
	ahoy_slice user;
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	for (int i = 0; i < USERS; i++)
		for (int j = 0; j <= i % 3; j++) {
			snprintf(name, sizeof name, "%d", i);
			snprintf(contact, sizeof contact, "sip:%d@h%d", i, j);
			assert_ok(load(&f, name, contact, "192.0.2.9:5060", 0, 60));
		}
	while (ahoy_registrar_list(f.reg, T0, &cursor, &user, &binding)) {
		uint32_t i;

		assert_ok(ahoy_slice_u32(user, USERS - 1, &i));
		snprintf(contact, sizeof contact, "sip:%u@", i);
		assert_true(ahoy_slice_starts(binding.contact, ahoy_slice_of(contact)));
		seen[i]++;
	}
	for (int i = 0; i < USERS; i++)
		assert_int_equal(seen[i], i % 3 + 1);
	fixture_fini(&f);
}

static void a_dropped_user_is_gone_and_what_waits_will_not_show(void **state)
{
	ahoy_binding found[AHOY_MAX_CONTACTS];
	ahoy_registrar_change change;
	ahoy_flow flow = flow_of("192.0.2.9:5060");
	test_request r;
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	register_at(&f, T0, "115", "<sip:115@h1>", "192.0.2.9:5060");
	request_make(&r, "REGISTER", "115", "other", 1, "Contact: <sip:115@h2>\r\n");
	ahoy_registrar_prepare(f.reg, T0, AHOY_S("115"), &r.msg, &flow, &change);
	ahoy_registrar_drop_user(f.reg, AHOY_S("115"));
	ahoy_registrar_drop_user(f.reg, AHOY_S("nobody"));
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 0);
	assert_ok(ahoy_registrar_commit(f.reg, T0, change.id, true, NULL));
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 0);
	/* A user of the same name later starts from nothing. */
	register_at(&f, T0, "115", "<sip:115@h3>", "192.0.2.9:5060");
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 1);
	assert_slice(found[0].contact, "sip:115@h3");
	fixture_fini(&f);
}

static void a_jump_of_the_wall_clock_throws_nobody_out(void **state)
{
	ahoy_registrar_config config = config_of(0);
	ahoy_binding found[AHOY_MAX_CONTACTS];
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	register_at(&f, T0, "115", "<sip:115@h>;expires=60", "192.0.2.9:5060");
	config.utc_offset_us += (int64_t)AHOY_SECONDS(1000000);
	ahoy_registrar_reconfigure(f.reg, &config);
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0 + AHOY_SECONDS(59), AHOY_S("115"), found), 1);
	assert_true(found[0].expires_utc_ms == UTC0_MS + 1000060000u);
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0 + AHOY_SECONDS(60), AHOY_S("115"), found), 0);
	fixture_fini(&f);
}

/* The aim is 350 bytes for a registered softphone, all tables and 16 bytes of the allocator's for each block included. */
static void a_million_softphones_would_fit_in_350_megabytes(void **state)
{
	enum {
		USERS = 1024
	};
	size_t bytes, blocks;
	fixture f;

	(void)state;
	fixture_init(&f, 0);
	bytes = f.te.live_bytes;
	blocks = f.te.live_blocks;
	for (int i = 0; i < USERS; i++) {
		ahoy_binding binding = {.contact = AHOY_S("sip:115@11.0.0.88:5068;rinstance=6cff3b534328908d;transport=UDP"),
					.call_id = AHOY_S("ZDQwNjFiN2VjNjk4YTE0MmFlYTY5MzFjNzZmMDlmOGU."),
					.user_agent = AHOY_S("Zoiper for Windows 2.43 r24984"),
					.flow = flow_of("203.0.113.5:40000"),
					.expires_utc_ms = UTC0_MS + 60000};
		char user[16];

		snprintf(user, sizeof user, "%d", i);
		assert_ok(ahoy_registrar_load(f.reg, T0, ahoy_slice_of(user), &binding));
	}
	bytes = f.te.live_bytes - bytes + 16 * (f.te.live_blocks - blocks);
	assert_in_range(bytes / USERS, 200, 350);
	fixture_fini(&f);
}

static void loading_survives_each_failing_allocation(void **state)
{
	ahoy_registrar_config config = config_of(0);
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_binding binding = {.contact = AHOY_S("sip:115@h"),
					.flow = flow_of("192.0.2.9:5060"),
					.expires_utc_ms = UTC0_MS + 1000};
		ahoy_registrar *reg = NULL;
		int err = ahoy_registrar_new(&te.env, T0, &config, &reg);

		if (!err)
			err = ahoy_registrar_load(reg, T0, AHOY_S("115"), &binding);
		if (!err)
			err = ahoy_registrar_load(reg, T0, AHOY_S("116"), &binding);
		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_registrar_del(reg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_store_kept_is_there_after_a_restart),
		cmocka_unit_test(what_cannot_be_loaded_says_why),
		cmocka_unit_test(look_up_goes_by_q_and_then_by_the_most_recent),
		cmocka_unit_test(expired_bindings_vanish_from_look_up_list_and_count),
		cmocka_unit_test(a_mass_expiry_is_done_in_bounded_steps),
		cmocka_unit_test(a_binding_behind_nat_is_kept_alive_every_25_seconds_until_it_expires),
		cmocka_unit_test(a_request_from_a_new_address_moves_its_binding),
		cmocka_unit_test(the_list_has_every_binding_once),
		cmocka_unit_test(a_dropped_user_is_gone_and_what_waits_will_not_show),
		cmocka_unit_test(a_jump_of_the_wall_clock_throws_nobody_out),
		cmocka_unit_test(a_million_softphones_would_fit_in_350_megabytes),
		cmocka_unit_test(loading_survives_each_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
