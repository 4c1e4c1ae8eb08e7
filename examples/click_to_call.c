/* Brings two people together: calls the first, then the second, then carries each one's sound to the other, until one hangs up.
 *
 *	AHOY_PASSWORD=secret click_to_call sip:115@192.0.2.1 111 112 */
#include <ahoy/ahoy.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	FIRST,
	SECOND
};

static int call(ahoy_sockets *sockets, ahoy_agent *agent, ahoy_agent_id me, const char *target, ahoy_agent_id *out)
{
	ahoy_addr media;
	int err = ahoy_sockets_open_media(sockets, &media);

	if (!err)
		err = ahoy_agent_call(agent, ahoy_sockets_now(), me, ahoy_slice_of(target), &media, out);
	if (err)
		fprintf(stderr, "click_to_call: %s: %s\n", target, ahoy_err_text(err));
	return err;
}

static void carry(ahoy_agent *agent, ahoy_agent_id from, ahoy_agent_id to)
{
	int16_t pcm[480];
	size_t samples;

	while ((samples = ahoy_agent_take_pcm(agent, from, pcm, 480)) > 0)
		ahoy_agent_put_pcm(agent, to, pcm, samples);
}

int main(int argc, char **argv)
{
	ahoy_env env = ahoy_sockets_env();
	ahoy_agent_config config;
	ahoy_agent_account account;
	ahoy_sockets *sockets = NULL;
	ahoy_agent *agent = NULL;
	ahoy_agent_id me, leg[2] = {0, 0};
	const ahoy_agent_event *event;
	bool together = false;
	int err, ended = 0, wanted = 1;

	if (argc != 4) {
		fprintf(stderr, "usage: AHOY_PASSWORD=... click_to_call sip:USER@HOST FIRST SECOND\n");
		return 2;
	}
	ahoy_agent_config_init(&config);
	config.codecs = ahoy_slice_of("PCMU,PCMA"); /* both legs have the same sample rate then */
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
		err = call(sockets, agent, me, argv[2], &leg[FIRST]);
	while (!err && ended < wanted) {
		ahoy_sockets_turn(sockets, agent, 1000);
		while ((event = ahoy_agent_pop_event(agent)) != NULL) {
			if (event->kind == AHOY_AGENT_ANSWERED && event->call == leg[FIRST]) {
				err = call(sockets, agent, me, argv[3], &leg[SECOND]);
				wanted += !err;
			} else if (event->kind == AHOY_AGENT_ANSWERED) {
				together = true;
				printf("together\n");
			} else if (event->kind == AHOY_AGENT_ENDED) {
				ended++;
				ahoy_agent_hangup(agent, ahoy_sockets_now(), leg[event->call == leg[FIRST] ? SECOND : FIRST]);
			}
		}
		carry(agent, leg[FIRST], leg[SECOND]);
		carry(agent, leg[SECOND], leg[FIRST]);
	}
	for (int i = 0; i < 10 && agent; i++) /* answers to the last BYE */
		ahoy_sockets_turn(sockets, agent, 20);
	ahoy_agent_del(agent);
	ahoy_sockets_close(sockets);
	return together ? 0 : 1;
}
