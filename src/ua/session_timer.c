/* Session timers (RFC 4028): a call that one side has lost without a word is found by refreshing it.
 *
 *   INVITE or UPDATE (ask, or the peer's: hear) --2xx (learn, or ours: grant)--> running
 *   running, half the interval, we refresh:   UPDATE without a body, or where the peer knows none a re-INVITE by the owner
 *   running, nearly the whole interval:       BYE, ENDED with AHOY_ETIMEOUT
 *
 * Each 2xx to an INVITE or UPDATE in either direction begins the interval anew. */
#include "ua/internal.h"

/* RFC 4028 5: nobody has to refresh more often. */
#define MIN_SE_S 90u
/* A Min-SE above a day is no wish that a call's owner would share. */
#define MAX_SE_S 86400u
/* Between two tries to refresh: the first may have met a change that was under way, or a 500. */
#define RETRY_S 10u

/* Section 10: the BYE comes the lesser of 32 s and a third of the interval before the end. */
static ahoy_time lifetime(uint32_t interval_s)
{
	uint32_t early = interval_s / 3 < 32 ? interval_s / 3 : 32;

	return AHOY_SECONDS(interval_s - early);
}

static void start(ahoy_ua *ua, ua_call *call, uint32_t interval_s, bool we_refresh)
{
	ua_session *s = &call->session;

	s->interval_s = interval_s;
	s->we_refresh = we_refresh;
	s->expires_at = ua->now + lifetime(interval_s);
	ahoy_timer_arm(&ua->timers, &s->timer, we_refresh ? ua->now + AHOY_SECONDS(interval_s) / 2 : s->expires_at);
}

static void stop(ahoy_ua *ua, ua_call *call)
{
	call->session.interval_s = 0;
	ahoy_timer_stop(&ua->timers, &call->session.timer);
}

/* What the peer can do, from any INVITE, UPDATE or 2xx of its. */
static void note_peer(ua_call *call, const ahoy_msg *msg)
{
	call->session.peer_supports = ahoy_msg_lists(msg, AHOY_H_SUPPORTED, AHOY_S("timer")) ||
				      ahoy_msg_lists(msg, AHOY_H_REQUIRE, AHOY_S("timer"));
}

/* The larger of what we need already and what this message's Min-SE says. */
static void note_min_se(ua_call *call, const ahoy_msg *msg)
{
	uint32_t min_se;

	if (!ahoy_msg_seconds(msg, AHOY_H_MIN_SE, &min_se) && min_se <= MAX_SE_S && min_se > call->session.min_se_s)
		call->session.min_se_s = min_se;
}

int ahoy_ua_session_too_small(const ahoy_ua *ua, const ahoy_msg *req, ahoy_buf *headers)
{
	ahoy_session_expires asked;
	ahoy_slice value = ahoy_msg_value(req, AHOY_H_SESSION_EXPIRES);

	if (!ua->config.session_expires_s || (req->method != AHOY_INVITE && req->method != AHOY_UPDATE) || !value.len)
		return 0;
	if (ahoy_session_expires_parse(value, &asked))
		return 400;
	/* Section 9: a 422 helps only a peer that knows what it means. */
	if (asked.interval_s >= MIN_SE_S || !ahoy_msg_lists(req, AHOY_H_SUPPORTED, AHOY_S("timer")))
		return 0;
	ahoy_write_number(headers, AHOY_H_MIN_SE, MIN_SE_S);
	return 422;
}

void ahoy_ua_session_hear(ahoy_ua *ua, ua_call *call, const ahoy_msg *req)
{
	ahoy_session_expires asked;

	if (!ua->config.session_expires_s)
		return;
	note_peer(call, req);
	note_min_se(call, req);
	/* What is too short for anybody, from a peer that no 422 reaches, is taken for nothing. */
	if (ahoy_session_expires_parse(ahoy_msg_value(req, AHOY_H_SESSION_EXPIRES), &asked) || asked.interval_s < MIN_SE_S)
		asked = (ahoy_session_expires){0, AHOY_REFRESHER_NONE};
	call->session.asked = asked;
}

/* Never longer than was asked for, never shorter than anybody's Min-SE (section 9). */
static uint32_t granted(const ahoy_ua *ua, const ua_session *s)
{
	uint32_t interval = ua->config.session_expires_s;

	if (s->asked.interval_s && s->asked.interval_s < interval)
		interval = s->asked.interval_s;
	return interval < s->min_se_s ? s->min_se_s : interval;
}

void ahoy_ua_session_grant(ahoy_ua *ua, ua_call *call, ahoy_buf *b)
{
	ua_session *s = &call->session;
	bool we_refresh = !s->peer_supports || s->asked.refresher != AHOY_REFRESHER_UAC;

	if (!ua->config.session_expires_s)
		return;
	/* A peer that neither asks nor knows timers is left alone: its media tells whether it lives. */
	if (!s->asked.interval_s && !s->peer_supports) {
		stop(ua, call);
		return;
	}
	if (!we_refresh) /* section 9: the peer must not overlook that it has to */
		ahoy_write_header(b, AHOY_H_REQUIRE, AHOY_S("timer"));
	start(ua, call, granted(ua, s), we_refresh);
	s->asked.interval_s = 0;
	ahoy_write_fmt(b, AHOY_H_SESSION_EXPIRES, "%u;refresher=%.*s", s->interval_s,
		       AHOY_P(ahoy_refresher_name(we_refresh ? AHOY_REFRESHER_UAS : AHOY_REFRESHER_UAC)));
}

void ahoy_ua_session_ask(ahoy_ua *ua, ua_call *call, ahoy_buf *b)
{
	const ua_session *s = &call->session;
	uint32_t interval = s->interval_s ? s->interval_s : ua->config.session_expires_s;

	if (!ua->config.session_expires_s)
		return;
	if (interval < s->min_se_s)
		interval = s->min_se_s;
	if (s->interval_s) /* 7.4: the roles stay as they are */
		ahoy_write_fmt(b, AHOY_H_SESSION_EXPIRES, "%u;refresher=%.*s", interval,
			       AHOY_P(ahoy_refresher_name(s->we_refresh ? AHOY_REFRESHER_UAC : AHOY_REFRESHER_UAS)));
	else
		ahoy_write_number(b, AHOY_H_SESSION_EXPIRES, interval);
	if (s->min_se_s)
		ahoy_write_number(b, AHOY_H_MIN_SE, s->min_se_s);
}

void ahoy_ua_session_learn(ahoy_ua *ua, ua_call *call, const ahoy_msg *response)
{
	ahoy_session_expires agreed;

	if (!ua->config.session_expires_s)
		return;
	note_peer(call, response);
	if (ahoy_session_expires_parse(ahoy_msg_value(response, AHOY_H_SESSION_EXPIRES), &agreed)) {
		stop(ua, call); /* 7.2: the peer wants none */
		return;
	}
	/* A peer may not make us refresh more often than we would take ourselves. */
	if (agreed.interval_s < MIN_SE_S)
		agreed.interval_s = MIN_SE_S;
	start(ua, call, agreed.interval_s < MAX_SE_S ? agreed.interval_s : MAX_SE_S, agreed.refresher != AHOY_REFRESHER_UAS);
}

bool ahoy_ua_session_raise(ahoy_ua *ua, ua_call *call, const ahoy_msg *response)
{
	uint32_t before = call->session.min_se_s;

	if (!ua->config.session_expires_s)
		return false;
	note_min_se(call, response);
	return call->session.min_se_s > before; /* otherwise it would only refuse again */
}

static void expire(ahoy_ua *ua, ua_call *call)
{
	ahoy_ua_send_bye(ua, call, AHOY_S("Reason: SIP;cause=408;text=\"session timer expired\"\r\n"));
	ahoy_ua_raise_call(ua, AHOY_UA_ENDED, call, NULL)->err = AHOY_ETIMEOUT;
	ahoy_ua_call_end(ua, call);
}

static bool is_changing(const ua_call *call)
{
	return call->session.refreshing || call->update || call->invite || call->ack_due || call->reinvite_tx || call->acked_tx ||
	       ahoy_timer_is_armed(&call->glare);
}

static void refresh(ahoy_ua *ua, ua_call *call)
{
	ahoy_id id;

	call->session.refreshing = call->peer_updates && !call->session.no_update &&
				   !ahoy_ua_call_send(ua, call, UA_SEND_UPDATE, AHOY_UPDATE, (ahoy_slice){0}, (ahoy_slice){0},
						      (ahoy_slice){0}, 0, &id);
	if (call->session.refreshing)
		return;
	ahoy_ua_raise_call(ua, AHOY_UA_REFRESH, call, NULL);
}

void ahoy_ua_session_due(ahoy_ua *ua, ua_call *call)
{
	ua_session *s = &call->session;
	ahoy_time again = ua->now + AHOY_SECONDS(RETRY_S);

	if (call->state != AHOY_CALL_ANSWERED || call->leaving)
		return;
	if (ua->now >= s->expires_at) {
		expire(ua, call);
		return;
	}
	ahoy_timer_arm(&ua->timers, &s->timer, again < s->expires_at ? again : s->expires_at);
	if (!is_changing(call)) /* a change under way is a refresh by itself */
		refresh(ua, call);
}

void ahoy_ua_session_refreshed(ahoy_ua *ua, ua_call *call, const ua_outcome *outcome)
{
	call->session.refreshing = false;
	if (outcome->status < 300) {
		(void)!ahoy_dialog_refresh(ua->env, &call->dialog, outcome->event->msg, outcome->event->flow);
		ahoy_ua_early_note(call, outcome->event->msg);
		ahoy_ua_session_learn(ua, call, outcome->event->msg);
	} else if (outcome->status == 408 || outcome->status == 481) {
		ahoy_ua_dialog_gone(ua, call, outcome->status);
	} else if (outcome->status == 405 || outcome->status == 501) {
		/* It said that it knows UPDATE, and does not. */
		call->session.no_update = true;
		ahoy_ua_raise_call(ua, AHOY_UA_REFRESH, call, NULL);
	}
	/* Anything else (491, 500, 503): the timer tries again before the session is over. */
}
