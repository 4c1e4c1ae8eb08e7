/* Registers, answers every call and says back what it hears; the loop is this program's own, on poll(2).
 *
 *	AHOY_PASSWORD=secret answer_echo sip:111@192.0.2.1 */
#include <ahoy/ahoy.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static void answer(ahoy_sockets *sockets, ahoy_agent *agent, ahoy_agent_id call)
{
	ahoy_addr media;
	int err = ahoy_sockets_open_media(sockets, &media);

	if (!err)
		err = ahoy_agent_answer(agent, ahoy_sockets_now(), call, &media);
	if (err)
		ahoy_agent_reject(agent, ahoy_sockets_now(), call, 480);
}

static void echo(ahoy_agent *agent, ahoy_agent_id call)
{
	int16_t pcm[480];
	size_t samples;

	while ((samples = ahoy_agent_take_pcm(agent, call, pcm, 480)) > 0)
		ahoy_agent_put_pcm(agent, call, pcm, samples);
}

int main(int argc, char **argv)
{
	ahoy_env env = ahoy_sockets_env();
	ahoy_agent_config config;
	ahoy_agent_account account;
	ahoy_sockets *sockets = NULL;
	ahoy_agent *agent = NULL;
	ahoy_agent_id me, registration, call = 0;
	const ahoy_agent_event *event;
	struct pollfd fds[16];
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: AHOY_PASSWORD=... answer_echo sip:USER@HOST\n");
		return 2;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	setvbuf(stdout, NULL, _IOLBF, 0);
	ahoy_agent_config_init(&config);
	config.max_calls = 1;
	ahoy_agent_account_init(&account);
	account.aor = ahoy_slice_of(argv[1]);
	account.password = ahoy_slice_of(getenv("AHOY_PASSWORD"));
	err = ahoy_sockets_open(argv[1], 0, &sockets);
	if (!err) {
		config.local = ahoy_sockets_local(sockets);
		err = ahoy_agent_new(&env, &config, &agent);
	}
	if (!err)
		err = ahoy_agent_account_add(agent, &account, &me);
	if (!err)
		err = ahoy_agent_register(agent, ahoy_sockets_now(), me, 60, &registration);
	while (!err && !interrupted) {
		size_t count = ahoy_sockets_pollfds(sockets, fds, 16); /* yours would go behind them */

		poll(fds, (nfds_t)count, ahoy_sockets_wait_ms(agent, 200));
		ahoy_sockets_move(sockets, agent);
		while ((event = ahoy_agent_pop_event(agent)) != NULL) {
			if (event->kind == AHOY_AGENT_REGISTERED)
				printf("registered\n");
			else if (event->kind == AHOY_AGENT_REGISTER_FAILED && event->final)
				err = event->auth_failed ? AHOY_EAUTH : AHOY_ENETWORK;
			else if (event->kind == AHOY_AGENT_INCOMING)
				answer(sockets, agent, call = event->call);
			else if (event->kind == AHOY_AGENT_ENDED)
				ahoy_sockets_close_media(sockets, &event->media);
		}
		echo(agent, call);
	}
	if (err)
		fprintf(stderr, "answer_echo: %s: %s\n", argv[1], ahoy_err_text(err));
	ahoy_agent_del(agent);
	ahoy_sockets_close(sockets);
	return err ? 1 : 0;
}
