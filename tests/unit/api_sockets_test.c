/* api/sockets: two agents on real sockets of the loopback: a call, its sound, and what the kernel says of a port that nobody has. */
#include "ahoy/ahoy.h"

#include <poll.h>

#include "base/slice.h"
#include "test.h"
#include "test_env.h"

typedef struct {
	ahoy_sockets *sockets;
	ahoy_agent *agent;
	ahoy_agent_id account, call;
	unsigned answered, ended;
	int err;
} end_point;

static void open_end(test_env *te, end_point *e, const char *host)
{
	ahoy_agent_config config;
	ahoy_agent_account account;

	memset(e, 0, sizeof *e);
	assert_ok(ahoy_sockets_open(host, 0, &e->sockets));
	ahoy_agent_config_init(&config);
	config.local = ahoy_sockets_local(e->sockets);
	config.codecs = AHOY_S("PCMU");
	assert_ok(ahoy_agent_new(&te->env, &config, &e->agent));
	ahoy_agent_account_init(&account);
	account.aor = AHOY_S("sip:x@127.0.0.1");
	assert_ok(ahoy_agent_account_add(e->agent, &account, &e->account));
}

static void close_end(end_point *e)
{
	ahoy_agent_del(e->agent);
	ahoy_sockets_close(e->sockets);
}

static void turn(end_point *e)
{
	const ahoy_agent_event *event;
	ahoy_addr media;

	ahoy_sockets_turn(e->sockets, e->agent, 5);
	while ((event = ahoy_agent_pop_event(e->agent)) != NULL) {
		if (event->kind == AHOY_AGENT_INCOMING) {
			e->call = event->call;
			assert_ok(ahoy_sockets_open_media(e->sockets, &media));
			assert_ok(ahoy_agent_answer(e->agent, ahoy_sockets_now(), e->call, &media));
		} else if (event->kind == AHOY_AGENT_ANSWERED) {
			e->answered++;
		} else if (event->kind == AHOY_AGENT_ENDED) {
			e->ended++;
			ahoy_sockets_close_media(e->sockets, &event->media);
		} else if (event->kind == AHOY_AGENT_ANSWER) {
			e->err = event->err;
		}
	}
}

static void a_call_on_the_loopback(const char *host)
{
	char target[AHOY_ADDR_TEXT + 16];
	ahoy_buf b = ahoy_buf_over(target, sizeof target);
	struct pollfd fds[8];
	ahoy_agent_stats stats;
	ahoy_addr media, local;
	end_point caller, callee;
	test_env te;

	test_env_init(&te, 1);
	open_end(&te, &caller, host);
	open_end(&te, &callee, host);
	local = ahoy_sockets_local(callee.sockets);
	memcpy(target, "sip:b@", 6);
	b.len = 6;
	ahoy_addr_put(&b, &local);
	assert_ok(ahoy_sockets_open_media(caller.sockets, &media));
	assert_int_equal(media.port % 2, 0);
	assert_int_equal(ahoy_sockets_pollfds(caller.sockets, fds, 8), 3);
	assert_int_equal(ahoy_sockets_pollfds(caller.sockets, fds, 2), 2);
	assert_ok(ahoy_agent_call(caller.agent, ahoy_sockets_now(), caller.account, ahoy_buf_slice(&b), &media, &caller.call));
	/* Until 25 packets came: how long that takes is the machine's. */
	do {
		turn(&caller);
		turn(&callee);
		assert_int_equal(caller.ended + callee.ended, 0);
	} while (ahoy_agent_get_stats(callee.agent, callee.call, &stats, sizeof stats) || stats.packets < 25);
	assert_int_equal(caller.answered, 1);
	assert_ok(ahoy_agent_hangup(caller.agent, ahoy_sockets_now(), caller.call));
	while (!caller.ended || !callee.ended) {
		turn(&caller);
		turn(&callee);
	}
	turn(&caller);
	assert_int_equal(ahoy_sockets_pollfds(caller.sockets, fds, 8), 1);
	close_end(&caller);
	close_end(&callee);
	test_env_fini(&te);
}

static void a_call_over_ipv4(void **state)
{
	(void)state;
	a_call_on_the_loopback("127.0.0.1");
}

static void a_call_over_ipv6(void **state)
{
	(void)state;
	a_call_on_the_loopback("[::1]");
}

static void a_port_that_nobody_has_is_known_at_once(void **state)
{
	char target[AHOY_ADDR_TEXT + 8];
	ahoy_buf b = ahoy_buf_over(target, sizeof target);
	ahoy_sockets *gone;
	ahoy_agent_id request;
	ahoy_addr local;
	end_point e;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	open_end(&te, &e, "127.0.0.1");
	/* A port that was free a moment ago. */
	assert_ok(ahoy_sockets_open("127.0.0.1", 0, &gone));
	local = ahoy_sockets_local(gone);
	ahoy_sockets_close(gone);
	memcpy(target, "sip:", 4);
	b.len = 4;
	ahoy_addr_put(&b, &local);
	assert_ok(ahoy_agent_options(e.agent, ahoy_sockets_now(), e.account, ahoy_buf_slice(&b), &request));
	while (!e.err)
		turn(&e);
	assert_err(e.err, AHOY_ENETWORK); /* not AHOY_ETIMEOUT after 32 s */
	close_end(&e);
	test_env_fini(&te);
}

static void what_cannot_be_opened_says_why(void **state)
{
	ahoy_sockets *sockets, *second;
	ahoy_addr media[300];
	size_t pairs = 0;

	(void)state;
	assert_err(ahoy_sockets_open("", 0, &sockets), AHOY_ENOTFOUND);
	assert_err(ahoy_sockets_open("not a name", 0, &sockets), AHOY_ENOTFOUND);
	assert_ok(ahoy_sockets_open("sip:x@127.0.0.1:5099", 0, &sockets));
	assert_err(ahoy_sockets_open("127.0.0.1", ahoy_sockets_local(sockets).port, &second), AHOY_EIO);
	assert_null(second);
	while (!ahoy_sockets_open_media(sockets, &media[pairs]))
		pairs++;
	assert_int_equal(pairs, 256);
	ahoy_sockets_close_media(sockets, &(ahoy_addr){.family = 4});
	ahoy_sockets_close(sockets);
	ahoy_sockets_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_over_ipv4),
		cmocka_unit_test(a_call_over_ipv6),
		cmocka_unit_test(a_port_that_nobody_has_is_known_at_once),
		cmocka_unit_test(what_cannot_be_opened_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
