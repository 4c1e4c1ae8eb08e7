/* api/register: a registration's life against a registrar that the test is; and api/request's and api/queue's ends with it. */
#include "api_world.h"

typedef struct {
	api_world w;
	ahoy_reader *reader;
	int status; /* what each REGISTER is answered; 0: nothing */
	unsigned seen;
	uint32_t expires_s;
	bool challenged;
} registrar;

/* Answers A's REGISTER with the public reader and writer. */
static bool serve(void *ctx, unsigned from, ahoy_slice bytes)
{
	registrar *r = ctx;
	char text[2048], expires[32];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	bool credentials;

	if (from != A || ahoy_reader_parse(r->reader, bytes, NULL))
		return true;
	r->seen++;
	credentials = ahoy_message_header(r->reader, AHOY_S("Authorization"), 0).len > 0;
	assert_ok(ahoy_slice_u32(ahoy_message_header(r->reader, AHOY_S("Expires"), 0), 86400, &r->expires_s));
	if (!r->status)
		return true;
	if (r->challenged && !credentials) {
		assert_ok(ahoy_message_put_answer(&b, r->reader, 401, AHOY_S(""), AHOY_S("r"), NULL));
		ahoy_message_put_header(&b, AHOY_S("WWW-Authenticate"),
					AHOY_S("Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\""));
	} else {
		assert_ok(ahoy_message_put_answer(&b, r->reader, r->status, AHOY_S(""), AHOY_S("r"), NULL));
		snprintf(expires, sizeof expires, "%u", r->expires_s);
		ahoy_message_put_header(&b, AHOY_S("Contact"), ahoy_message_header(r->reader, AHOY_S("Contact"), 0));
		ahoy_message_put_header(&b, AHOY_S("Expires"), ahoy_slice_of(expires));
	}
	ahoy_message_put_end(&b, AHOY_S(""), AHOY_S(""));
	assert_false(b.full);
	ahoy_agent_recv(r->w.agent[A], r->w.now, &r->w.local[A], &r->w.local[B], ahoy_buf_slice(&b));
	return true;
}

static ahoy_agent_id begin(test_env *te, registrar *r, const char *password)
{
	ahoy_agent_account account;
	ahoy_agent_id id;

	memset(r, 0, sizeof *r);
	r->status = 200;
	test_env_init(te, 1);
	assert_ok(api_world_begin(&r->w, te, ""));
	assert_ok(ahoy_reader_new(&te->env, &r->reader));
	r->w.loses = serve;
	r->w.ctx = r;
	ahoy_agent_account_init(&account);
	account.aor = AHOY_S("sip:115@192.0.2.2");
	account.password = ahoy_slice_of(password);
	assert_ok(ahoy_agent_account_add(r->w.agent[A], &account, &id));
	return id;
}

static void end(test_env *te, registrar *r)
{
	api_world_end(&r->w);
	ahoy_reader_del(r->reader);
	test_env_fini(te);
}

static void rfc3261_10_2_it_registers_refreshes_and_leaves(void **state)
{
	ahoy_agent_id account, id;
	test_env te;
	registrar r;

	(void)state;
	account = begin(&te, &r, "secret");
	r.challenged = true;
	assert_err(ahoy_agent_register(r.w.agent[A], r.w.now, account, 86401, &id), AHOY_ERANGE);
	assert_err(ahoy_agent_register(r.w.agent[A], r.w.now, 999, 60, &id), AHOY_ESTALE);
	assert_ok(ahoy_agent_register(r.w.agent[A], r.w.now, account, 60, &id));
	api_drain(&r.w);
	assert_string_equal(r.w.told[A], "registered");
	assert_int_equal(r.w.last[A].seconds, 60);
	assert_int_equal(r.w.last[A].registration, id);
	/* In time before the 60 s are over, whenever that is. */
	api_run(&r.w, AHOY_SECONDS(60));
	assert_int_equal(strncmp(r.w.told[A], "registered registered", 21), 0);
	assert_null(strstr(r.w.told[A], "failed"));
	assert_ok(ahoy_agent_unregister(r.w.agent[A], r.w.now, id));
	api_drain(&r.w);
	assert_non_null(strstr(r.w.told[A], " unregistered"));
	assert_int_equal(r.expires_s, 0);
	assert_err(ahoy_agent_unregister(r.w.agent[A], r.w.now, id), AHOY_ESTALE);
	end(&te, &r);
}

static void a_wrong_password_is_said_and_final(void **state)
{
	ahoy_agent_id account, id;
	test_env te;
	registrar r;

	(void)state;
	account = begin(&te, &r, "");
	r.challenged = true;
	assert_ok(ahoy_agent_register(r.w.agent[A], r.w.now, account, 0, &id));
	api_drain(&r.w);
	assert_string_equal(r.w.told[A], "register_failed");
	assert_int_equal(r.w.last[A].status, 401);
	assert_true(r.w.last[A].auth_failed && r.w.last[A].final);
	assert_err(ahoy_agent_unregister(r.w.agent[A], r.w.now, id), AHOY_ESTALE);
	end(&te, &r);
}

static void a_registrar_that_is_away_is_tried_again(void **state)
{
	ahoy_agent_id account, id;
	test_env te;
	registrar r;

	(void)state;
	account = begin(&te, &r, "");
	r.status = 0;
	assert_ok(ahoy_agent_register(r.w.agent[A], r.w.now, account, 0, &id));
	api_run(&r.w, AHOY_SECONDS(40));
	assert_string_equal(r.w.told[A], "register_failed");
	assert_err(r.w.last[A].err, AHOY_ETIMEOUT);
	assert_false(r.w.last[A].final);
	r.status = 200;
	api_run(&r.w, AHOY_SECONDS(600));
	assert_non_null(strstr(r.w.told[A], "registered"));
	end(&te, &r);
}

static void registering_out_of_memory_leaks_nothing(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_agent_id id;
		api_world w;

		if (!api_world_begin(&w, &te, "")) {
			int err = ahoy_agent_register(w.agent[A], w.now, w.account[A], 60, &id);

			/* The request itself may find no memory; then it fails later, and is tried again. */
			assert_true(err == 0 || err == AHOY_ENOMEM);
			api_run(&w, AHOY_SECONDS(40));
			if (!err)
				(void)ahoy_agent_unregister(w.agent[A], w.now, id);
			api_run(&w, AHOY_SECONDS(40));
		}
		api_world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_10_2_it_registers_refreshes_and_leaves),
		cmocka_unit_test(a_wrong_password_is_said_and_final),
		cmocka_unit_test(a_registrar_that_is_away_is_tried_again),
		cmocka_unit_test(registering_out_of_memory_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
