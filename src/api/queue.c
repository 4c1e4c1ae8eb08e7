/* The agent's three queues: events and questions for the embedder, datagrams for the network. */
#include "api/internal.h"

enum {
	/* More is an embedder that does not fetch them: further ones are dropped, but for those that end something. */
	MAX_EVENTS = 1024,
	MAX_OUTS = 1024,
	MAX_QUESTIONS = 64
};

void ahoy_api_queue_init(ahoy_agent *agent)
{
	agent->events_end = &agent->events;
	agent->outs_end = &agent->outs;
	agent->questions_end = &agent->questions;
}

/* ---- events ---- */

static void free_object(ahoy_agent *agent, api_owner owner, ahoy_agent_id id)
{
	switch (owner) {
	case API_NOTHING:
		break;
	case API_REGISTRATION:
		ahoy_slots_remove(&agent->registrations, id);
		break;
	case API_CALL:
		ahoy_api_call_del(agent, ahoy_api_call(agent, id));
		break;
	case API_REQUEST:
		ahoy_slots_remove(&agent->requests, id);
		break;
	}
}

static void free_event(ahoy_agent *agent, api_event *event)
{
	if (!event)
		return;
	if (event->owner == API_NOTHING)
		ahoy_free(&agent->env, event);
	else
		free_object(agent, event->owner, event->id);
}

static void enqueue(ahoy_agent *agent, api_event *event)
{
	event->next = NULL;
	*agent->events_end = event;
	agent->events_end = &event->next;
	agent->event_count++;
}

/* Copies the slice to *at, which moves on. */
static void move_slice(ahoy_slice *slice, char **at)
{
	if (!slice->len) {
		*slice = (ahoy_slice){NULL, 0};
		return;
	}
	memcpy(*at, slice->ptr, slice->len);
	slice->ptr = *at;
	*at += slice->len;
}

int ahoy_api_tell(ahoy_agent *agent, const ahoy_agent_event *event)
{
	size_t text = event->reason.len + event->from.len + event->to.len + event->codec.len + event->text.len;
	api_event *copy;
	char *at;

	if (agent->event_count >= MAX_EVENTS)
		return AHOY_EFULL;
	copy = ahoy_new(&agent->env, sizeof *copy + text);
	if (!copy)
		return AHOY_ENOMEM;
	copy->event = *event;
	at = (char *)(copy + 1);
	move_slice(&copy->event.reason, &at);
	move_slice(&copy->event.from, &at);
	move_slice(&copy->event.to, &at);
	move_slice(&copy->event.codec, &at);
	move_slice(&copy->event.text, &at);
	enqueue(agent, copy);
	return 0;
}

void ahoy_api_tell_last(ahoy_agent *agent, api_last *last, api_owner owner, ahoy_agent_id id, ahoy_slice reason)
{
	reason = ahoy_slice_first(reason, sizeof last->reason);
	if (reason.len)
		memcpy(last->reason, reason.ptr, reason.len);
	last->event.event.reason = ahoy_slice_make(last->reason, reason.len);
	last->event.owner = owner;
	last->event.id = id;
	enqueue(agent, &last->event);
}

const ahoy_agent_event *ahoy_agent_pop_event(ahoy_agent *agent)
{
	api_event *event = agent->events;

	free_event(agent, agent->event_taken);
	agent->event_taken = event;
	if (!event)
		return NULL;
	agent->events = event->next;
	if (!agent->events)
		agent->events_end = &agent->events;
	agent->event_count--;
	return &event->event;
}

/* ---- datagrams ---- */

void ahoy_api_send(ahoy_agent *agent, const ahoy_addr *local, const ahoy_addr *peer, ahoy_slice bytes)
{
	api_out *out = agent->out_count < MAX_OUTS && bytes.len ? ahoy_new(&agent->env, sizeof *out + bytes.len) : NULL;

	if (!out)
		return;
	out->local = *local;
	out->peer = *peer;
	out->len = bytes.len;
	memcpy(out->bytes, bytes.ptr, bytes.len);
	*agent->outs_end = out;
	agent->outs_end = &out->next;
	agent->out_count++;
}

const ahoy_agent_out *ahoy_agent_pop_out(ahoy_agent *agent)
{
	api_out *out = agent->outs;

	ahoy_free(&agent->env, agent->out_taken);
	agent->out_taken = out;
	if (!out)
		return ahoy_api_sound_out(agent) ? &agent->out : NULL;
	agent->outs = out->next;
	if (!agent->outs)
		agent->outs_end = &agent->outs;
	agent->out_count--;
	agent->out = (ahoy_agent_out){out->local, out->peer, ahoy_slice_make(out->bytes, out->len)};
	return &agent->out;
}

/* ---- questions ---- */

int ahoy_api_ask(ahoy_agent *agent, uint64_t id, ahoy_slice host, uint16_t port)
{
	api_question *question;

	if (agent->question_count >= MAX_QUESTIONS)
		return AHOY_EFULL;
	question = ahoy_new(&agent->env, sizeof *question + host.len + 1);
	if (!question)
		return AHOY_ENOMEM;
	if (host.len)
		memcpy(question->host, host.ptr, host.len);
	question->question = (ahoy_agent_question){id, question->host, port};
	*agent->questions_end = question;
	agent->questions_end = &question->next;
	agent->question_count++;
	return 0;
}

const ahoy_agent_question *ahoy_agent_pop_question(ahoy_agent *agent)
{
	api_question *question = agent->questions;

	ahoy_free(&agent->env, agent->question_taken);
	agent->question_taken = question;
	if (!question)
		return NULL;
	agent->questions = question->next;
	if (!agent->questions)
		agent->questions_end = &agent->questions;
	agent->question_count--;
	return &question->question;
}

void ahoy_api_queue_fini(ahoy_agent *agent)
{
	while (ahoy_agent_pop_event(agent))
		;
	while (agent->outs)
		(void)ahoy_agent_pop_out(agent);
	ahoy_free(&agent->env, agent->out_taken);
	agent->out_taken = NULL;
	while (ahoy_agent_pop_question(agent))
		;
}
