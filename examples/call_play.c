/* Calls somebody, plays a WAV file (16-bit mono PCM, 8000 Hz), hangs up at its end.
 *
 *	AHOY_PASSWORD=secret call_play sip:115@192.0.2.1 112 hello.wav */
#include <ahoy/ahoy.h>

#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "call_play: %s: %s\n", what, why);
	return 1;
}

/* The file at its first sample, or NULL. Only the plainest header is understood: 44 bytes, as most programs write it. */
static FILE *open_wav(const char *path)
{
	unsigned char head[44];
	FILE *file = fopen(path, "rb");

	if (file && fread(head, 1, sizeof head, file) == sizeof head && !memcmp(head, "RIFF", 4) && !memcmp(head + 36, "data", 4) &&
	    head[22] == 1 && head[24] + 256 * head[25] == 8000 && head[34] == 16)
		return file;
	if (file)
		fclose(file);
	return NULL;
}

/* Says as much of the file as there is room for. True: it has been said to its end. */
static bool play(ahoy_agent *agent, ahoy_agent_id call, FILE *file)
{
	int16_t pcm[160];

	while (!feof(file) && ahoy_agent_room(agent, call) >= 160)
		ahoy_agent_put_pcm(agent, call, pcm, fread(pcm, sizeof *pcm, 160, file));
	return feof(file) && ahoy_agent_queued(agent, call) == 0;
}

int main(int argc, char **argv)
{
	ahoy_env env = ahoy_sockets_env();
	ahoy_agent_config config;
	ahoy_agent_account account;
	ahoy_sockets *sockets;
	ahoy_agent *agent;
	ahoy_agent_id me, call;
	const ahoy_agent_event *event;
	ahoy_addr media;
	FILE *file = argc == 4 ? open_wav(argv[3]) : NULL;
	int err, status = -1;

	if (argc != 4)
		return fail("usage", "AHOY_PASSWORD=... call_play sip:USER@HOST TARGET FILE.wav");
	if (!file)
		return fail(argv[3], "no 16-bit mono WAV file of 8000 Hz");
	err = ahoy_sockets_open(argv[1], 0, &sockets);
	if (err)
		return fail(argv[1], ahoy_err_text(err));
	ahoy_agent_config_init(&config);
	config.local = ahoy_sockets_local(sockets);
	config.codecs = ahoy_slice_of("PCMU,PCMA"); /* their PCM is the file's */
	err = ahoy_agent_new(&env, &config, &agent);
	if (err)
		return fail("agent", ahoy_err_text(err));
	ahoy_agent_account_init(&account);
	account.aor = ahoy_slice_of(argv[1]);
	account.password = ahoy_slice_of(getenv("AHOY_PASSWORD"));
	err = ahoy_agent_account_add(agent, &account, &me);
	if (!err)
		err = ahoy_sockets_open_media(sockets, &media);
	if (!err)
		err = ahoy_agent_call(agent, ahoy_sockets_now(), me, ahoy_slice_of(argv[2]), &media, &call);
	if (err)
		return fail(argv[2], ahoy_err_text(err));
	while (status < 0) {
		ahoy_sockets_turn(sockets, agent, 1000);
		while ((event = ahoy_agent_pop_event(agent)) != NULL) {
			if (event->kind == AHOY_AGENT_ANSWERED)
				printf("answered\n");
			else if (event->kind == AHOY_AGENT_ENDED)
				status = event->by == AHOY_AGENT_BY_US ? 0 : fail("ended", event->status ? "refused" : "not to the end");
		}
		if (ahoy_agent_state(agent, call) == AHOY_AGENT_CALL_UP && play(agent, call, file))
			ahoy_agent_hangup(agent, ahoy_sockets_now(), call);
	}
	for (int i = 0; i < 10; i++) /* the BYE's answer */
		ahoy_sockets_turn(sockets, agent, 20);
	ahoy_agent_del(agent);
	ahoy_sockets_close(sockets);
	fclose(file);
	return status;
}
