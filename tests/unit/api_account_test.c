/* api/account: who the agent may be, and what a target means for it. */
#include "api/internal.h"

#include "api_world.h"

static const struct {
	const char *aor, *proxy, *display;
	int err;
} accounts[] = {
	{"sip:115@192.0.2.1", "", "", 0},
	{"sip:115@192.0.2.1:5070;transport=udp", "sip:proxy.example", "Ann \"the\" Bob\\", 0},
	{"sip:%31%35@[2001:db8::1]", "", "", 0},
	{"sip:192.0.2.1", "", "", AHOY_ESYNTAX},
	{"115@192.0.2.1", "", "", AHOY_ESYNTAX},
	{"", "", "", AHOY_ESYNTAX},
	{"sip:115@192.0.2.1", "not a uri", "", AHOY_ESYNTAX},
	{"sip:115@192.0.2.1", "", "two\r\nlines", AHOY_ESYNTAX},
	{"sip:115:secret@192.0.2.1", "", "", AHOY_ESYNTAX},
	{"sip:115@192.0.2.1:99999", "", "", AHOY_ERANGE},
	{"sips:115@192.0.2.1", "", "", AHOY_EUNSUPPORTED},
	{"tel:+4930", "", "", AHOY_EUNSUPPORTED},
	{"sip:115@192.0.2.1;transport=tcp", "", "", AHOY_EUNSUPPORTED},
	{"sip:115@192.0.2.1", "sips:proxy.example", "", AHOY_EUNSUPPORTED},
};

static void an_account_is_a_sip_uri_with_a_user(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
		ahoy_agent_account account;
		ahoy_agent_id id = 0;

		ahoy_agent_account_init(&account);
		account.aor = ahoy_slice_of(accounts[i].aor);
		account.proxy = ahoy_slice_of(accounts[i].proxy);
		account.display = ahoy_slice_of(accounts[i].display);
		assert_err_row(ahoy_agent_account_add(w.agent[A], &account, &id), accounts[i].err, accounts[i].aor);
		assert_row((id != 0) == !accounts[i].err, accounts[i].aor);
	}
	api_world_end(&w);
	test_env_fini(&te);
}

static void rfc3261_20_10_the_from_value_quotes_the_display_name(void **state)
{
	test_env te;
	api_world w;
	ahoy_agent_account account;
	const api_account *kept;
	ahoy_agent_id id;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	ahoy_agent_account_init(&account);
	account.aor = AHOY_S("sip:a%20b@pbx.example:5070;transport=udp");
	account.display = AHOY_S("Ann \"the\" Bob");
	account.password = AHOY_S("secret");
	account.proxy = AHOY_S("sip:x@proxy.example;lr");
	assert_ok(ahoy_agent_account_add(w.agent[A], &account, &id));
	kept = ahoy_api_account(w.agent[A], id);
	assert_slice(kept->from, "\"Ann \\\"the\\\" Bob\" <sip:a%20b@pbx.example:5070>");
	assert_slice(kept->aor, "sip:a%20b@pbx.example:5070");
	assert_slice(kept->registrar, "sip:pbx.example:5070");
	assert_slice(kept->user, "a%20b");
	assert_slice(kept->username, "a b");
	assert_slice(kept->proxy, "sip:proxy.example");
	assert_slice(ahoy_api_credentials(kept).password, "secret");
	api_world_end(&w);
	test_env_fini(&te);
}

static const struct {
	const char *target, *uri;
	int err;
} targets[] = {
	{"112", "sip:112@192.0.2.1", 0},
	{"+49 30", "sip:+49%2030@192.0.2.1", 0},
	{"sip:x@y.example:5080", "sip:x@y.example:5080", 0},
	{"sip:y.example", "sip:y.example", 0},
	{"", "", AHOY_ESYNTAX},
	{"x@y.example", "", AHOY_ESYNTAX},
	{"sip:x@y.example?Subject=z", "", AHOY_ESYNTAX},
	{"sip:x:p@y.example", "", AHOY_ESYNTAX},
	{"sip:x@y.example:0x", "", AHOY_ERANGE},
	{"tel:112", "", AHOY_EUNSUPPORTED},
	{"sips:x@y.example", "", AHOY_EUNSUPPORTED},
	{"sip:x@y.example;transport=tls", "", AHOY_EUNSUPPORTED},
};

static void a_bare_number_is_at_the_accounts_host(void **state)
{
	char text[128];
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		const api_account *account = ahoy_api_account(w.agent[A], w.account[A]);
		ahoy_slice target = test_exact(ahoy_slice_of(targets[i].target));
		ahoy_buf b = ahoy_buf_over(text, sizeof text), small = ahoy_buf_over(text, 8);

		assert_err_row(ahoy_api_target(account, target, &b), targets[i].err, targets[i].target);
		if (!targets[i].err) {
			assert_slice_row(ahoy_buf_slice(&b), targets[i].uri, targets[i].target);
			assert_err_row(ahoy_api_target(account, target, &small), AHOY_ETOOBIG, targets[i].target);
		}
		test_free_exact(target);
	}
	api_world_end(&w);
	test_env_fini(&te);
}

static void there_are_at_most_64_accounts(void **state)
{
	ahoy_agent_account account;
	ahoy_agent_id id;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	ahoy_agent_account_init(&account);
	account.aor = AHOY_S("sip:115@192.0.2.1");
	for (int i = 1; i < 64; i++)
		assert_ok(ahoy_agent_account_add(w.agent[A], &account, &id));
	assert_err(ahoy_agent_account_add(w.agent[A], &account, &id), AHOY_EFULL);
	account.size = 0;
	assert_err(ahoy_agent_account_add(w.agent[A], &account, &id), AHOY_EINVAL);
	api_world_end(&w);
	test_env_fini(&te);
}

static void an_account_out_of_memory_is_none(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		api_world w;
		int err = api_world_begin(&w, &te, "");

		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		api_world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_is_a_sip_uri_with_a_user),
		cmocka_unit_test(rfc3261_20_10_the_from_value_quotes_the_display_name),
		cmocka_unit_test(a_bare_number_is_at_the_accounts_host),
		cmocka_unit_test(there_are_at_most_64_accounts),
		cmocka_unit_test(an_account_out_of_memory_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
