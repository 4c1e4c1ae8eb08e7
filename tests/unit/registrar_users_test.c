/* registrar/users: who has bindings, visible ones and ones that wait. */
#include "registrar/users.h"

#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)

typedef struct {
	test_env te;
	ahoy_registrar *reg;
} fixture;

static void fixture_init(fixture *f)
{
	ahoy_registrar_config config = {0};

	test_env_init(&f->te, 1);
	assert_ok(ahoy_registrar_new(&f->te.env, T0, &config, &f->reg));
}

static void fixture_fini(fixture *f)
{
	ahoy_registrar_del(f->reg);
	test_env_fini(&f->te);
}

static ahoy_packed *packed_at(fixture *f, const char *contact, const char *peer, ahoy_time expires_at)
{
	ahoy_binding binding = {.contact = ahoy_slice_of(contact), .call_id = AHOY_S("c"), .flow = flow_of(peer)};
	ahoy_packed *packed;

	assert_ok(ahoy_packed_new(&f->te.env, &binding, T0, expires_at, &packed));
	return packed;
}

static void a_user_without_anything_is_gone(void **state)
{
	ahoy_user_bindings *user, *again;
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_null(ahoy_users_find(f.reg, AHOY_S("115")));
	assert_ok(ahoy_users_get(f.reg, AHOY_S("115"), &user));
	assert_ok(ahoy_users_get(f.reg, AHOY_S("115"), &again));
	assert_ptr_equal(user, again);
	assert_slice(ahoy_user_name(user), "115");
	ahoy_users_release(f.reg, user);
	assert_null(ahoy_users_find(f.reg, AHOY_S("115")));
	fixture_fini(&f);
}

static void names_are_bounded_and_bytes(void **state)
{
	char name[AHOY_MAX_USER + 1] = {0};
	ahoy_user_bindings *user;
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_err(ahoy_users_get(f.reg, AHOY_S(""), &user), AHOY_ERANGE);
	assert_err(ahoy_users_get(f.reg, ahoy_slice_make(name, sizeof name), &user), AHOY_ERANGE);
	assert_ok(ahoy_users_get(f.reg, ahoy_slice_make(name, AHOY_MAX_USER), &user));
	assert_null(ahoy_users_find(f.reg, ahoy_slice_make(name, AHOY_MAX_USER - 1)));
	ahoy_users_release(f.reg, user);
	fixture_fini(&f);
}

static void the_first_keepalive_lies_within_the_interval_and_is_spread(void **state)
{
	enum {
		COUNT = 64
	};
	ahoy_time whole = AHOY_SECONDS(AHOY_KEEPALIVE_S), first = AHOY_NEVER, last = 0;
	ahoy_packed *all[COUNT];
	ahoy_user_bindings *user;
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_ok(ahoy_users_get(f.reg, AHOY_S("115"), &user));
	for (size_t i = 0; i < COUNT; i++) {
		bool fresh = i < COUNT / 2;
		ahoy_time at;

		all[i] = packed_at(&f, "sip:115@10.0.0.1:5060", "203.0.113.9:40000", T0 + AHOY_SECONDS(3600));
		ahoy_users_show(f.reg, T0, user, all[i], fresh);
		at = all[i]->timer.tick * 1000;
		assert_in_range(at, fresh ? T0 + whole / 2 : T0, T0 + whole);
		first = at < first ? at : first;
		last = at > last ? at : last;
		ahoy_packed_unref(&f.te.env, all[i]);
	}
	assert_true(last - first > whole / 2);
	for (size_t i = 0; i < COUNT; i++)
		ahoy_users_hide(f.reg, user, all[i]);
	ahoy_users_release(f.reg, user);
	assert_true(ahoy_registrar_next(f.reg) == AHOY_NEVER);
	fixture_fini(&f);
}

static void a_binding_without_nat_waits_for_its_expiry_alone(void **state)
{
	ahoy_user_bindings *user;
	ahoy_packed *packed;
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_ok(ahoy_users_get(f.reg, AHOY_S("115"), &user));
	packed = packed_at(&f, "sip:115@192.0.2.9", "192.0.2.9:5060", T0 + AHOY_SECONDS(3600));
	ahoy_users_show(f.reg, T0, user, packed, true);
	assert_int_equal(packed->timer.tick, (T0 + AHOY_SECONDS(3600)) / 1000);
	ahoy_packed_unref(&f.te.env, packed);
	fixture_fini(&f);
}

static void a_users_pending_sets_are_bounded(void **state)
{
	ahoy_user_bindings *user;
	ahoy_pending_set *sets[AHOY_MAX_USER_PENDING_SAVES];
	bool full;
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_ok(ahoy_users_get(f.reg, AHOY_S("115"), &user));
	for (size_t i = 0; i < AHOY_MAX_USER_PENDING_SAVES; i++) {
		sets[i] = ahoy_users_add_pending(f.reg, user, NULL, 0, &full);
		assert_non_null(sets[i]);
	}
	assert_null(ahoy_users_add_pending(f.reg, user, NULL, 0, &full));
	assert_true(full);
	/* Out of the middle, as answers out of order would. */
	ahoy_users_remove_pending(f.reg, sets[3]);
	assert_ptr_equal(user->newest, sets[AHOY_MAX_USER_PENDING_SAVES - 1]);
	assert_ptr_equal(sets[4]->older, sets[2]);
	assert_non_null(ahoy_users_add_pending(f.reg, user, NULL, 0, &full));
	fixture_fini(&f);
}

static void getting_and_queueing_survive_each_failing_allocation(void **state)
{
	ahoy_registrar_config config = {0};
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_registrar *reg = NULL;
		ahoy_user_bindings *user;
		bool full = false;
		int err = ahoy_registrar_new(&te.env, T0, &config, &reg);

		if (!err) {
			err = ahoy_users_get(reg, AHOY_S("115"), &user);
			if (!err && !ahoy_users_add_pending(reg, user, NULL, 0, &full)) {
				assert_false(full);
				err = AHOY_ENOMEM;
				ahoy_users_release(reg, user);
				assert_null(ahoy_users_find(reg, AHOY_S("115")));
			}
		}
		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_registrar_del(reg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_without_anything_is_gone),
		cmocka_unit_test(names_are_bounded_and_bytes),
		cmocka_unit_test(the_first_keepalive_lies_within_the_interval_and_is_spread),
		cmocka_unit_test(a_binding_without_nat_waits_for_its_expiry_alone),
		cmocka_unit_test(a_users_pending_sets_are_bounded),
		cmocka_unit_test(getting_and_queueing_survive_each_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
