/* api_world: two agents of libahoy on a network that is none: no socket, no clock. Time is virtual, datagrams arrive at once
 * (or are lost where a test says so), and what each agent tells is kept as a line of words. Everything is drained after
 * each step, as a program would. */
#ifndef AHOY_TEST_API_WORLD_H
#define AHOY_TEST_API_WORLD_H

#include "ahoy/ahoy.h"

#include <math.h>
#include <stdio.h>

#include "base/slice.h"
#include "oom.h"
#include "test.h"

enum {
	A,
	B,
	NOBODY = 4096
};

typedef struct {
	test_env *te;
	ahoy_time now;
	ahoy_agent *agent[2];
	ahoy_addr local[2], media[2];
	ahoy_agent_id account[2], call[2]; /* the last call that came or was made */
	char told[2][4096];		   /* "incoming ringing answered …" */
	ahoy_agent_event last[2];	   /* its slices are gone, but for the copies below */
	char reason[2][128], text[2][256], from[2][128], codec[2][32], keys[2][64];
	unsigned ended[2];
	char sent[2][4096]; /* the last SIP message of each, without its body where it is long */
	/* Drops a datagram: 0 .. NOBODY; called with the sender and the bytes. NULL: none is lost. */
	bool (*loses)(void *ctx, unsigned from, ahoy_slice bytes);
	void *ctx;
	unsigned datagrams, media_packets[2];
	unsigned deaf; /* 1 + the agent whose PCM is not to be taken by api_run; 0: none */
	bool echo[2];  /* B says what it hears */
	double phase[2], hz[2];
	ahoy_agent_id plays[2]; /* the call that says a tone of hz */
	size_t heard[2];	/* samples */
	double heard_energy[2], heard_at_hz[2][2];
	double goertzel[2][3];
	unsigned next_call_media[2];
} api_world;

static const char *const api_words[] = {
	"?", "registered", "unregistered", "register_failed", "incoming", "ringing", "media", "answered",
	"held", "resumed", "changed", "dtmf", "ended", "message", "answer"};

static inline ahoy_addr api_addr(const char *text)
{
	ahoy_addr addr;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

static inline void api_keep(char *to, size_t cap, ahoy_slice text)
{
	(void)!ahoy_slice_cstr(ahoy_slice_first(text, cap - 1), to, cap);
}

/* Both agents; 0 or the error of the one that could not be made. */
static inline int api_world_begin(api_world *w, test_env *te, const char *codecs)
{
	static const char *const at[] = {"192.0.2.1:5060", "192.0.2.2:5060"}, *const rtp[] = {"192.0.2.1:4000", "192.0.2.2:6000"};
	static const char *const aor[] = {"sip:a@192.0.2.1", "sip:b@192.0.2.2"};
	int err = 0;

	memset(w, 0, sizeof *w);
	w->te = te;
	w->now = AHOY_SECONDS(1000);
	for (unsigned i = A; i <= B && !err; i++) {
		ahoy_agent_config config;
		ahoy_agent_account account;

		ahoy_agent_config_init(&config);
		config.local = w->local[i] = api_addr(at[i]);
		config.codecs = ahoy_slice_of(codecs);
		config.max_calls = 4;
		w->media[i] = api_addr(rtp[i]);
		err = ahoy_agent_new(&te->env, &config, &w->agent[i]);
		ahoy_agent_account_init(&account);
		account.aor = ahoy_slice_of(aor[i]);
		if (!err)
			err = ahoy_agent_account_add(w->agent[i], &account, &w->account[i]);
	}
	return err;
}

static inline void api_world_end(api_world *w)
{
	ahoy_agent_del(w->agent[A]);
	ahoy_agent_del(w->agent[B]);
}

static inline void api_take_event(api_world *w, unsigned i, const ahoy_agent_event *event)
{
	size_t len = strlen(w->told[i]);

	snprintf(w->told[i] + len, sizeof w->told[i] - len, "%s%s", len ? " " : "", api_words[event->kind]);
	w->last[i] = *event;
	api_keep(w->reason[i], sizeof w->reason[i], event->reason);
	if (event->kind == AHOY_AGENT_INCOMING) {
		w->call[i] = event->call;
		api_keep(w->from[i], sizeof w->from[i], event->from);
	} else if (event->kind == AHOY_AGENT_MESSAGE) {
		api_keep(w->text[i], sizeof w->text[i], event->text);
	} else if (event->kind == AHOY_AGENT_MEDIA) {
		api_keep(w->codec[i], sizeof w->codec[i], event->codec);
	} else if (event->kind == AHOY_AGENT_DTMF) {
		size_t keys = strlen(w->keys[i]);

		if (keys + 1 < sizeof w->keys[i])
			w->keys[i][keys] = event->digit;
	} else if (event->kind == AHOY_AGENT_ENDED) {
		w->ended[i]++;
	}
}

static inline void api_sound(api_world *w, unsigned i, ahoy_agent_id call)
{
	uint32_t rate = ahoy_agent_sample_rate(w->agent[i], call);
	int16_t pcm[480];
	size_t got;

	while (w->deaf != i + 1 && (got = ahoy_agent_take_pcm(w->agent[i], call, pcm, 480)) > 0) {
		w->heard[i] += got;
		for (size_t k = 0; k < got; k++)
			w->heard_energy[i] += (double)pcm[k] * pcm[k];
		/* Goertzel at the other's frequency, over all that was heard. */
		for (size_t k = 0; k < got && rate; k++) {
			double *g = w->goertzel[i], c = 2.0 * cos(2.0 * M_PI * w->hz[!i] / rate), s = pcm[k] + c * g[0] - g[1];

			g[1] = g[0];
			g[0] = s;
			g[2] = c;
		}
		if (w->echo[i])
			ahoy_agent_put_pcm(w->agent[i], call, pcm, got);
	}
	while (w->plays[i] == call && rate && ahoy_agent_room(w->agent[i], call) >= 160) {
		for (size_t k = 0; k < 160; k++) {
			pcm[k] = (int16_t)lround(8000.0 * sin(w->phase[i]));
			w->phase[i] += 2.0 * M_PI * w->hz[i] / rate;
		}
		ahoy_agent_put_pcm(w->agent[i], call, pcm, 160);
	}
}

/* Share of what i heard that is the other's tone. */
static inline double api_purity(const api_world *w, unsigned i)
{
	const double *g = w->goertzel[i];
	double power = g[0] * g[0] + g[1] * g[1] - g[2] * g[0] * g[1];

	return w->heard[i] && w->heard_energy[i] > 0 ? 2.0 * power / ((double)w->heard[i] * w->heard_energy[i]) : 0.0;
}

static inline void api_forget_sound(api_world *w)
{
	memset(w->heard, 0, sizeof w->heard);
	memset(w->heard_energy, 0, sizeof w->heard_energy);
	memset(w->goertzel, 0, sizeof w->goertzel);
}

/* Carries everything that is due now. */
static inline void api_drain(api_world *w)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (unsigned i = A; i <= B; i++) {
			const ahoy_agent_out *out;
			const ahoy_agent_event *event;
			const ahoy_agent_question *question;

			while ((event = ahoy_agent_pop_event(w->agent[i])) != NULL)
				api_take_event(w, i, event);
			while ((question = ahoy_agent_pop_question(w->agent[i])) != NULL) {
				moved = true;
				/* The one name that this world knows is b's. */
				ahoy_agent_resolved(w->agent[i], w->now, question->id, &w->local[B],
						    !strcmp(question->host, "b.example") ? 1 : 0);
			}
			api_sound(w, i, w->call[i]);
			while ((out = ahoy_agent_pop_out(w->agent[i])) != NULL) {
				bool sip = ahoy_addr_eq(&out->local, &w->local[i]);

				moved = true;
				w->datagrams++;
				if (sip)
					api_keep(w->sent[i], sizeof w->sent[i], out->bytes);
				else
					w->media_packets[i]++;
				if (w->loses && w->loses(w->ctx, i, out->bytes))
					continue;
				ahoy_agent_recv(w->agent[!i], w->now, &out->peer, &out->local, out->bytes);
				api_sound(w, i, w->call[i]);
			}
		}
	}
}

/* Lets so much time pass. */
static inline void api_run(api_world *w, ahoy_time time)
{
	ahoy_time until = w->now + time;

	api_drain(w);
	for (;;) {
		ahoy_time a = ahoy_agent_next(w->agent[A]), b = ahoy_agent_next(w->agent[B]), next = a < b ? a : b;

		if (next > until)
			break;
		if (next > w->now)
			w->now = next;
		ahoy_agent_expire(w->agent[A], w->now);
		ahoy_agent_expire(w->agent[B], w->now);
		api_drain(w);
	}
	w->now = until;
	ahoy_agent_expire(w->agent[A], w->now);
	ahoy_agent_expire(w->agent[B], w->now);
	api_drain(w);
}

/* a calls b; b answers. Both are up where it returns 0. */
static inline int api_connect(api_world *w)
{
	int err = ahoy_agent_call(w->agent[A], w->now, w->account[A], AHOY_S("sip:b@192.0.2.2"), &w->media[A], &w->call[A]);

	if (err)
		return err;
	api_drain(w);
	err = ahoy_agent_answer(w->agent[B], w->now, w->call[B], &w->media[B]);
	api_drain(w);
	return err;
}

#endif
