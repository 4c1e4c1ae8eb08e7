/* Registers, keeps the registration up until Ctrl-C, takes it back.
 *
 *	AHOY_PASSWORD=secret register sip:115@192.0.2.1 */
#include <ahoy/ahoy.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "register: %s: %s\n", what, ahoy_err_text(err));
	return 1;
}

/* True where the registration is over. */
static bool take(const ahoy_agent_event *event)
{
	switch (event->kind) {
	case AHOY_AGENT_REGISTERED:
		printf("registered for %u s\n", (unsigned)event->seconds);
		return false;
	case AHOY_AGENT_UNREGISTERED:
		printf("unregistered\n");
		return true;
	case AHOY_AGENT_REGISTER_FAILED:
		fprintf(stderr, "register: %d %.*s%s\n", event->status, AHOY_P(event->reason),
			event->auth_failed ? ": check the password" : "");
		return event->final;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	ahoy_env env = ahoy_sockets_env();
	ahoy_agent_config config;
	ahoy_agent_account account;
	ahoy_sockets *sockets;
	ahoy_agent *agent;
	ahoy_agent_id me, registration;
	const ahoy_agent_event *event;
	bool over = false, leaving = false;
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: AHOY_PASSWORD=... register sip:USER@HOST\n");
		return 2;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	setvbuf(stdout, NULL, _IOLBF, 0);
	err = ahoy_sockets_open(argv[1], 0, &sockets);
	if (err)
		return fail(argv[1], err);
	ahoy_agent_config_init(&config);
	config.local = ahoy_sockets_local(sockets);
	err = ahoy_agent_new(&env, &config, &agent);
	if (err)
		return fail("agent", err);
	ahoy_agent_account_init(&account);
	account.aor = ahoy_slice_of(argv[1]);
	account.password = ahoy_slice_of(getenv("AHOY_PASSWORD"));
	err = ahoy_agent_account_add(agent, &account, &me);
	if (!err)
		err = ahoy_agent_register(agent, ahoy_sockets_now(), me, 60, &registration);
	if (err)
		return fail(argv[1], err);
	while (!over) {
		ahoy_sockets_turn(sockets, agent, 200);
		while ((event = ahoy_agent_pop_event(agent)) != NULL)
			over = take(event) || over;
		if (interrupted && !leaving)
			leaving = ahoy_agent_unregister(agent, ahoy_sockets_now(), registration) == 0;
	}
	ahoy_agent_del(agent);
	ahoy_sockets_close(sockets);
	return leaving ? 0 : 1;
}
