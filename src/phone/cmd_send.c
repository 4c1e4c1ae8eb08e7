/* One request at a time, exactly as asked for: crafted (craft.h), sent and resent over UDP by the times of RFC 3261 17.1, its answers told
 * one by one. An INVITE is never left ringing: a refusal gets its ACK, a 2xx its ACK and a BYE, silence a CANCEL. */
#include <stdio.h>
#include <stdlib.h>

#include "phone/commands.h"
#include "phone/craft.h"
#include "phone/phone.h"
#include "phone/requests.h"
#include "sip/write.h"
#include "ua/auth.h"

#define T1 AHOY_MS(500)
#define T2 AHOY_SECONDS(4)
/* After a CANCEL or with a BYE under way the far end has that long. */
#define LEAVE_WITHIN AHOY_SECONDS(3)
#define MESSAGE_BYTES AHOY_MAX_MESSAGE

static const ahoy_slice none = {NULL, 0};

/* One message under way. */
typedef struct {
	char *text; /* MESSAGE_BYTES */
	size_t len; /* 0: none */
	ahoy_flow flow;
	ahoy_time resend_at, pause; /* AHOY_NEVER: not sent again */
} flight;

typedef struct {
	ahoy_phone *phone;
	ua_auth *auth;
	char *template, *body; /* files, or NULL */
	size_t template_len, body_len;
	char from[AHOY_PHONE_URI + 2], to[AHOY_PHONE_URI + 2];
	char call_id[AHOY_TOKEN], tag[AHOY_TOKEN], branch[AHOY_TOKEN + 8];
	char authorization[4096];
	uint32_t cseq, number;
	flight request, ack, other; /* other: the CANCEL or the BYE */
	ahoy_msg *sent;		    /* the request, parsed; where it can be */
	bool readable;
	unsigned challenges;
	ahoy_time first_at, give_up_at, next_at;
	bool provisional, answered, cancelled;
	ahoy_outcome outcome; /* of the first that did not go well */
} command;

static const ahoy_send_options *options_of(const command *c)
{
	return &c->phone->options->send;
}

/* ---- telling ---- */

/* The status in the first line, also of a response that cannot be read as a whole; 0: there is none. */
static int status_of(ahoy_slice bytes, ahoy_slice *reason)
{
	ahoy_slice line = ahoy_slice_trim(ahoy_slice_first(bytes, ahoy_slice_find(bytes, '\n')));
	uint32_t status;

	if (!ahoy_slice_istarts(line, AHOY_S("SIP/2.0 ")) || line.len < 11 ||
	    ahoy_slice_u32(ahoy_slice_first(ahoy_slice_from(line, 8), 3), 699, &status) || status < 100)
		return 0;
	*reason = ahoy_slice_trim(ahoy_slice_from(line, 11));
	return (int)status;
}

static void tell(command *c, ahoy_phone_event_kind kind, ahoy_slice message, double elapsed_ms)
{
	ahoy_phone_event event = {
		.kind = kind,
		.call = c->readable ? c->sent->call_id : none,
		.direction = kind == AHOY_PHONE_SENT ? "out" : "in",
		.to = ahoy_slice_of(c->phone->options->target),
		.method = c->readable ? c->sent->method_name : none,
		.number = c->number,
		.message = options_of(c)->show ? message : none,
		.has_elapsed = kind == AHOY_PHONE_RESPONSE,
		.elapsed_ms = elapsed_ms,
	};

	if (kind == AHOY_PHONE_RESPONSE) {
		event.code = status_of(message, &event.reason);
		if (!event.code)
			event.reason = AHOY_S("something that is no SIP response");
	}
	ahoy_phone_event_tell(c->phone, &event);
}

static void keep_outcome(command *c, const ahoy_outcome *outcome)
{
	if (!ahoy_exit_code(&c->outcome))
		c->outcome = *outcome;
}

static void fail(command *c, int err, const char *why)
{
	ahoy_phone_error(c->phone, c->readable ? c->sent->call_id : none, 0, ahoy_slice_of(why));
	keep_outcome(c, &(ahoy_outcome){.err = err});
}

/* ---- sending ---- */

static void launch(command *c, ahoy_time now, flight *f, bool again)
{
	f->pause = T1;
	f->resend_at = again ? now + f->pause : AHOY_NEVER;
	ahoy_phone_send(c->phone, now, &f->flow, ahoy_slice_make(f->text, f->len));
}

static void resend(command *c, ahoy_time now, flight *f, bool is_invite)
{
	if (!f->len || now < f->resend_at)
		return;
	f->pause *= 2;
	if (!is_invite && f->pause > T2)
		f->pause = T2;
	f->resend_at = now + f->pause;
	ahoy_phone_send(c->phone, now, &f->flow, ahoy_slice_make(f->text, f->len));
}

static void mint_branch(command *c)
{
	char token[AHOY_TOKEN];

	ahoy_stack_mint(ahoy_ua_stack(c->phone->ua), token);
	snprintf(c->branch, sizeof c->branch, "z9hG4bK%s", token);
}

static ahoy_craft craft_of(const command *c)
{
	const ahoy_phone_options *o = c->phone->options;
	const ahoy_send_options *s = &o->send;

	return (ahoy_craft){
		.method = ahoy_slice_of(s->method ? s->method : "OPTIONS"),
		.uri = ahoy_slice_of(o->target),
		.from = ahoy_slice_of(s->from ? s->from : c->from),
		.to = ahoy_slice_of(s->to ? s->to : c->to),
		.call_id = ahoy_slice_of(s->call_id ? s->call_id : c->call_id),
		.branch = ahoy_slice_of(c->branch),
		.tag = ahoy_slice_of(c->tag),
		.cseq = c->cseq,
		.local = c->phone->first.local,
		.contact_user = ahoy_slice_of(o->account.user),
		.product = AHOY_S("ahoy/" AHOY_VERSION),
		.headers = s->headers,
		.header_count = s->header_count,
		.type = ahoy_slice_of(s->type ? s->type : (c->body_len ? "text/plain" : "")),
		.body = ahoy_slice_make(c->body, c->body_len),
		.authorization = ahoy_slice_of(c->authorization),
	};
}

/* The request's text; false where it cannot be made, which is told then. */
static bool write_request(command *c)
{
	const ahoy_send_options *s = options_of(c);
	ahoy_buf b = ahoy_buf_over(c->request.text, MESSAGE_BYTES);
	ahoy_craft craft = craft_of(c);
	ahoy_slice unknown = none;
	char why[512];
	int err = 0;

	if (s->as_is)
		ahoy_buf_put(&b, ahoy_slice_make(c->template, c->template_len));
	else if (c->template)
		err = ahoy_craft_template(&b, ahoy_slice_make(c->template, c->template_len), &craft, s->raw, &unknown);
	else
		ahoy_craft_request(&b, &craft);
	if (err == AHOY_ENOTFOUND) {
		snprintf(why, sizeof why, "%s: ${%.*s} is none of: %s", s->template_file, (int)(unknown.len < 40 ? unknown.len : 40),
			 unknown.ptr, ahoy_craft_names());
		fail(c, AHOY_EINVAL, why);
		return false;
	}
	if (err || b.full) {
		fail(c, err ? err : AHOY_ETOOBIG,
		     err == AHOY_ESYNTAX ? "the template has a ${ without its }" : "the message is too long for UDP");
		return false;
	}
	c->request.len = b.len;
	c->request.flow = c->phone->first;
	c->readable = !ahoy_msg_parse(ahoy_buf_slice(&b), c->sent, NULL) && c->sent->is_request;
	return true;
}

static bool is_raw(const command *c)
{
	return options_of(c)->raw || options_of(c)->as_is;
}

static bool is_invite(const command *c)
{
	return c->readable && c->sent->method == AHOY_INVITE;
}

static void finish_one(command *c, ahoy_time now)
{
	const ahoy_send_options *s = options_of(c);

	c->request.len = c->other.len = 0;
	c->give_up_at = AHOY_NEVER;
	if (c->number >= s->count) {
		ahoy_phone_finish_now(c->phone, &c->outcome);
		return;
	}
	c->next_at = c->first_at + s->interval;
	if (c->next_at < now)
		c->next_at = now;
}

static void send_request(command *c, ahoy_time now)
{
	bool awaits = true;

	mint_branch(c);
	if (!write_request(c)) {
		ahoy_phone_finish_now(c->phone, &c->outcome);
		return;
	}
	c->provisional = c->answered = c->cancelled = false;
	c->first_at = now;
	c->give_up_at = now + options_of(c)->timeout;
	if (c->readable && c->sent->method == AHOY_ACK)
		awaits = false; /* nobody answers it */
	tell(c, AHOY_PHONE_SENT, ahoy_slice_make(c->request.text, c->request.len), 0);
	launch(c, now, &c->request, awaits && !is_raw(c));
	if (!awaits)
		finish_one(c, now);
}

/* The next of --count: a new dialog each time, where nothing else was asked for. */
static void next_request(command *c, ahoy_time now)
{
	c->next_at = AHOY_NEVER;
	c->number++;
	c->cseq = options_of(c)->cseq;
	c->challenges = 0;
	c->authorization[0] = '\0';
	ahoy_stack_mint(ahoy_ua_stack(c->phone->ua), c->call_id);
	ahoy_stack_mint(ahoy_ua_stack(c->phone->ua), c->tag);
	ahoy_ua_auth_del(c->phone->ua, c->auth);
	c->auth = NULL;
	if (c->phone->options->account.aor[0]) {
		ahoy_credentials credentials = ahoy_phone_credentials(c->phone, &c->phone->self);

		(void)!ahoy_ua_auth_new(c->phone->ua, &credentials, &c->auth);
	}
	send_request(c, now);
}

/* ---- answers ---- */

static bool retry_with_credentials(command *c, ahoy_time now, const ahoy_msg *answer)
{
	ahoy_buf b = ahoy_buf_over(c->authorization, sizeof c->authorization - 1);
	bool stale = false;

	if (!c->auth || is_raw(c) || !ahoy_ua_auth_learn(c->phone->ua, c->auth, answer, &stale))
		return false;
	c->challenges++;
	if (c->challenges > 2 || (c->challenges == 2 && !stale))
		return false;
	ahoy_ua_auth_write(c->phone->ua, c->auth, &b, c->sent->method_name, c->sent->uri.text, c->sent->body);
	if (b.full || !b.len)
		return false;
	c->authorization[b.len] = '\0';
	c->cseq++;
	send_request(c, now);
	return true;
}

static void acknowledge(command *c, ahoy_time now, const ahoy_msg *answer)
{
	ahoy_buf b = ahoy_buf_over(c->ack.text, MESSAGE_BYTES);
	ahoy_craft craft;
	ahoy_name_addr contact;
	ahoy_addr addr;

	c->ack.flow = c->request.flow;
	if (answer->status >= 300) {
		ahoy_craft_hop(&b, c->sent, AHOY_ACK, answer->to.text);
	} else {
		mint_branch(c);
		craft = craft_of(c);
		ahoy_craft_dialog(&b, &craft, c->sent, answer, AHOY_ACK);
		/* 12.2.1.1: with no proxy in between straight to the Contact, where that is an address. */
		if (!ahoy_msg_has(answer, AHOY_H_RECORD_ROUTE) && !c->phone->options->proxy[0] &&
		    !ahoy_msg_name_addr(answer, AHOY_H_CONTACT, &contact) && !ahoy_uri_addr(&contact.uri, &addr) &&
		    addr.family == c->ack.flow.peer.family) {
			c->ack.flow.peer = addr;
			c->ack.flow.peer.port = addr.port ? addr.port : 5060;
		}
	}
	c->ack.len = b.full ? 0 : b.len;
	if (c->ack.len)
		launch(c, now, &c->ack, false);
}

static void hang_up(command *c, ahoy_time now, const ahoy_msg *answer)
{
	ahoy_buf b = ahoy_buf_over(c->other.text, MESSAGE_BYTES);
	ahoy_craft craft;

	mint_branch(c);
	craft = craft_of(c);
	ahoy_craft_dialog(&b, &craft, c->sent, answer, AHOY_BYE);
	c->other.flow = c->ack.flow;
	c->other.len = b.full ? 0 : b.len;
	c->give_up_at = now + LEAVE_WITHIN;
	if (c->other.len)
		launch(c, now, &c->other, true);
}

static void cancel(command *c, ahoy_time now)
{
	ahoy_buf b = ahoy_buf_over(c->other.text, MESSAGE_BYTES);

	ahoy_craft_hop(&b, c->sent, AHOY_CANCEL, c->sent->to.text);
	c->other.flow = c->request.flow;
	c->other.len = b.full ? 0 : b.len;
	c->cancelled = true;
	c->request.resend_at = AHOY_NEVER;
	c->give_up_at = now + LEAVE_WITHIN;
	if (c->other.len)
		launch(c, now, &c->other, true);
}

static void on_final(command *c, ahoy_time now, const ahoy_msg *answer)
{
	bool challenged = answer->status == 401 || answer->status == 407;
	ahoy_outcome outcome = {.status = answer->status, .from_peer = true, .is_register = c->sent->method == AHOY_REGISTER};
	bool repeated = c->answered;

	c->request.resend_at = AHOY_NEVER;
	c->answered = true;
	if (is_invite(c) && (!repeated || answer->status >= 300))
		acknowledge(c, now, answer);
	else if (is_invite(c) && c->ack.len)
		launch(c, now, &c->ack, false);
	if (repeated)
		return;
	if (challenged && retry_with_credentials(c, now, answer))
		return;
	outcome.wait_ran_out = c->cancelled;
	outcome.auth_failed = challenged;
	if (challenged)
		ahoy_phone_error(c->phone, answer->call_id, answer->status,
				 c->phone->options->account.aor[0] ? ahoy_phone_auth_reason(c->phone, &c->phone->self, answer->reason)
								   : AHOY_S("a password is asked for: give --account"));
	keep_outcome(c, &outcome);
	if (is_invite(c) && answer->status < 300)
		hang_up(c, now, answer);
	else
		finish_one(c, now);
}

static void on_response(command *c, ahoy_time now, ahoy_slice bytes, const ahoy_msg *answer)
{
	tell(c, AHOY_PHONE_RESPONSE, bytes, (double)(now - c->first_at) / 1000.0);
	if (answer->status >= 200) {
		on_final(c, now, answer);
		return;
	}
	c->provisional = true;
	/* 17.1.2.1: others than INVITE go on, less often. */
	c->request.pause = T2;
	if (is_invite(c))
		c->request.resend_at = AHOY_NEVER;
}

/* What was sent could not be read by ourselves: whatever comes from there is taken for its answer. */
static void on_raw(command *c, ahoy_time now, ahoy_slice bytes, const ahoy_msg *answer)
{
	ahoy_slice reason;
	int status = status_of(bytes, &reason);

	tell(c, AHOY_PHONE_RESPONSE, bytes, (double)(now - c->first_at) / 1000.0);
	if (status && status < 200)
		return;
	if (answer && is_invite(c)) {
		on_final(c, now, answer);
		return;
	}
	keep_outcome(c, status ? &(ahoy_outcome){.status = status, .from_peer = true} : &(ahoy_outcome){.err = AHOY_ESYNTAX});
	finish_one(c, now);
}

static bool on_recv(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	command *c = ctx;
	ahoy_msg *answer;
	bool readable, taken = true;

	if (!c->request.len || ahoy_slice_trim(bytes).len < 8 || !ahoy_addr_ip_eq(&flow->peer, &c->phone->first.peer))
		return false;
	answer = malloc(sizeof *answer);
	if (!answer)
		return false;
	readable = !ahoy_msg_parse(bytes, answer, NULL);
	if (readable && answer->is_request)
		taken = false;
	else if (is_raw(c) && !c->answered)
		on_raw(c, now, bytes, readable ? answer : NULL);
	else if (!readable || !ahoy_slice_eq(answer->call_id, c->sent->call_id))
		taken = false;
	else if (c->other.len && !ahoy_slice_eq(answer->cseq_method_name, c->sent->method_name)) {
		/* Of our CANCEL or BYE. */
		if (answer->status >= 200)
			c->other.resend_at = AHOY_NEVER;
		if (answer->status >= 200 && answer->cseq_method == AHOY_BYE)
			finish_one(c, now);
	} else if (answer->cseq == c->sent->cseq && ahoy_slice_eq(answer->cseq_method_name, c->sent->method_name))
		on_response(c, now, bytes, answer);
	free(answer);
	return taken;
}

/* ---- the command ---- */

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;

	if (c->phone->first.transport != AHOY_UDP)
		ahoy_phone_fail(c->phone, AHOY_EUNSUPPORTED, "requests are crafted for UDP: leave ;transport=tcp out");
	else
		next_request(ctx, now);
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	if (event->kind == AHOY_UA_REQUEST)
		ahoy_phone_serve(c->phone, now, event, false);
}

static ahoy_time deadline(const void *ctx)
{
	const command *c = ctx;
	ahoy_time at = c->next_at < c->give_up_at ? c->next_at : c->give_up_at;

	if (c->request.len && c->request.resend_at < at)
		at = c->request.resend_at;
	return c->other.len && c->other.resend_at < at ? c->other.resend_at : at;
}

static void give_up(command *c, ahoy_time now)
{
	if (is_invite(c) && c->provisional && !c->answered && !c->cancelled) {
		cancel(c, now);
		return;
	}
	if (!c->answered) {
		fail(c, AHOY_ETIMEOUT, c->provisional ? "no final answer came" : "nobody answers there: check address and network");
		if (c->provisional)
			c->outcome.wait_ran_out = true;
	}
	finish_one(c, now);
}

static void due(void *ctx, ahoy_time now)
{
	command *c = ctx;

	resend(c, now, &c->request, is_invite(c));
	resend(c, now, &c->other, false);
	if (now >= c->give_up_at)
		give_up(c, now);
	if (now >= c->next_at)
		next_request(c, now);
}

static void on_send_failed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	command *c = ctx;

	if (!c->request.len || c->answered || !ahoy_addr_eq(&flow->peer, &c->request.flow.peer))
		return;
	fail(c, AHOY_ENETWORK, "nothing can be sent there: check address and network");
	finish_one(c, now);
}

static void interrupt(void *ctx, ahoy_time now)
{
	command *c = ctx;

	fail(c, AHOY_ESTATE, "interrupted before the answer");
	c->number = options_of(c)->count; /* no further one */
	c->next_at = AHOY_NEVER;
	if (is_invite(c) && c->request.len && c->provisional && !c->answered)
		cancel(c, now);
	else if (!c->other.len)
		finish_one(c, now);
}

static void end(void *ctx)
{
	command *c = ctx;

	ahoy_ua_auth_del(c->phone->ua, c->auth);
	c->auth = NULL;
}

/* A file of at most one message's bytes; says on stderr why not. */
static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = file ? malloc(MESSAGE_BYTES + 1) : NULL;

	*len = text ? fread(text, 1, MESSAGE_BYTES + 1, file) : 0;
	if (file && (!text || ferror(file) || *len > MESSAGE_BYTES)) {
		free(text);
		text = NULL;
	}
	if (!text)
		fprintf(stderr, "ahoy: send: %s cannot be read, or is longer than a message may be (%d bytes)\n", path, MESSAGE_BYTES);
	if (file)
		fclose(file);
	return text;
}

static bool read_inputs(command *c, const ahoy_send_options *s)
{
	if (s->template_file) {
		c->template = read_file(s->template_file, &c->template_len);
		if (!c->template)
			return false;
	}
	if (s->body && s->body[0] == '@') {
		c->body = read_file(s->body + 1, &c->body_len);
		return c->body != NULL;
	}
	if (s->body) {
		c->body_len = strlen(s->body);
		c->body = malloc(c->body_len + 1);
		if (c->body)
			memcpy(c->body, s->body, c->body_len + 1);
		return c->body != NULL;
	}
	return true;
}

static bool new_buffers(command *c)
{
	flight *flights[] = {&c->request, &c->ack, &c->other};

	c->sent = malloc(sizeof *c->sent);
	for (size_t i = 0; i < sizeof flights / sizeof *flights; i++) {
		flights[i]->text = malloc(MESSAGE_BYTES);
		flights[i]->resend_at = AHOY_NEVER;
		if (!flights[i]->text)
			return false;
	}
	return c->sent != NULL;
}

int ahoy_cmd_send(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	command c = {.next_at = AHOY_NEVER, .give_up_at = AHOY_NEVER};
	ahoy_phone_command functions = {
		.ctx = &c,
		.begin = begin,
		.event = on_event,
		.deadline = deadline,
		.due = due,
		.interrupt = interrupt,
		.end = end,
		.recv = on_recv,
		.send_failed = on_send_failed,
	};
	const char *self = options->account.aor[0] ? options->account.aor : "sip:anonymous@anonymous.invalid";
	int code = AHOY_EXIT_USAGE;

	snprintf(c.from, sizeof c.from, "<%s>", self);
	/* 10.2: a registration is about its own address of record. */
	snprintf(c.to, sizeof c.to, "<%s>",
		 options->send.method && strcmp(options->send.method, "REGISTER") == 0 ? self : options->target);
	if (read_inputs(&c, &options->send))
		code = new_buffers(&c) ? ahoy_phone_run(options, password, &functions, &c.phone) : AHOY_EXIT_OTHER;
	free(c.request.text);
	free(c.ack.text);
	free(c.other.text);
	free(c.sent);
	free(c.template);
	free(c.body);
	return code;
}
