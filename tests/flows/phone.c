/* A scripted phone: it writes what the script says, with its own dialogs and digest, and keeps what it gets. It knows less
 * than a real one, so that it can also do what a real one would not. */
#include <stdio.h>
#include <stdlib.h>

#include "sip/digest.h"
#include "sip/write.h"
#include "world.h"

#define BYTES 32768

phone *phone_new(flow *f, const char *label, const char *user, const char *at)
{
	phone *p = flow_keep(f, sizeof *p);
	ahoy_buf claims = ahoy_buf_over(p->claims, sizeof p->claims);

	assert_true(f->phone_count < MAX_PHONES);
	p->flow = f;
	p->fd = -1;
	snprintf(p->label, sizeof p->label, "%s", label);
	snprintf(p->user, sizeof p->user, "%s", user);
	snprintf(p->password, sizeof p->password, "secret-%s", user);
	assert_ok(ahoy_addr_parse(ahoy_slice_of(at), &p->at));
	f->carrier.place(f->carrier.ctx, &p->at);
	ahoy_addr_put(&claims, &p->at);
	(void)ahoy_buf_cstr(&claims);
	p->rport = true;
	f->phones[f->phone_count++] = p;
	f->carrier.open(f->carrier.ctx, p);
	return p;
}

void phone_claims(phone *p, const char *address, bool rport)
{
	snprintf(p->claims, sizeof p->claims, "%s", address);
	p->rport = rport;
}

void phone_vanish(phone *p)
{
	p->gone = true;
	draw_line(p->flow, p->label, "", "vanishes");
}

void phone_close(phone *p)
{
	p->gone = p->closed = true;
	draw_line(p->flow, p->label, "", "closes its socket");
}

/* ---- in ---- */

static void learn_challenge(phone *p, const ahoy_msg *msg)
{
	ahoy_slice value = ahoy_msg_value(msg, AHOY_H_WWW_AUTHENTICATE);
	ahoy_digest_challenge challenge;

	if (!value.len || ahoy_digest_parse_challenge(value, &challenge))
		return;
	strcpy(p->old_nonce, p->nonce);
	assert_ok(ahoy_slice_cstr(challenge.realm, p->realm, sizeof p->realm));
	assert_ok(ahoy_slice_cstr(challenge.nonce, p->nonce, sizeof p->nonce));
	p->algorithm = challenge.algorithm;
	p->nc = 0;
}

static dialog *dialog_of(const phone *p, ahoy_slice call_id)
{
	for (unsigned i = 0; i < p->flow->dialog_count; i++)
		if (p->flow->dialogs[i]->phone == p && ahoy_slice_eq(ahoy_slice_of(p->flow->dialogs[i]->call_id), call_id))
			return p->flow->dialogs[i];
	return NULL;
}

static void learn_response(phone *p, const ahoy_msg *msg)
{
	dialog *d = dialog_of(p, msg->call_id);
	ahoy_name_addr contact;

	if (!d)
		return;
	if (msg->status >= 200)
		d->status = msg->status;
	if (msg->status == 401)
		learn_challenge(p, msg);
	if (msg->status >= 300)
		(void)ahoy_slice_cstr(msg->to.tag, d->refusal_tag, sizeof d->refusal_tag);
	if (msg->status <= 100 || msg->status >= 300 || msg->cseq_method != AHOY_INVITE)
		return;
	(void)ahoy_slice_cstr(msg->to.tag, d->remote_tag, sizeof d->remote_tag);
	if (!ahoy_msg_name_addr(msg, AHOY_H_CONTACT, &contact))
		(void)ahoy_slice_cstr(contact.uri.text, d->target, sizeof d->target);
}

void phone_recv(phone *p, ahoy_slice bytes)
{
	sip *got = flow_keep(p->flow, sizeof *got);

	assert_true(p->got < MAX_INBOX);
	got->bytes = (char *)(uintptr_t)flow_keep_slice(p->flow, bytes).ptr;
	if (ahoy_msg_parse(ahoy_slice_make(got->bytes, bytes.len), &got->msg, NULL))
		flow_fail(p->flow, "%s got what nobody can read: %.*s", p->label, AHOY_P(bytes));
	p->inbox[p->got++] = got;
	if (!got->msg.is_request)
		learn_response(p, &got->msg);
}

const sip *phone_expect(phone *p, const char *what)
{
	flow *f = p->flow;
	ahoy_time until = f->carrier.now(f->carrier.ctx) + f->carrier.patience;
	const sip *got;
	char label[64];

	while (p->read == p->got)
		if (!f->carrier.step(f->carrier.ctx, until) && p->read == p->got)
			flow_fail(f, "%s waits for %s in vain", p->label, what);
	got = p->inbox[p->read++];
	if (got->msg.is_request)
		snprintf(label, sizeof label, "%.*s", AHOY_P(got->msg.method_name));
	else
		snprintf(label, sizeof label, "%d %.*s", got->msg.status, AHOY_P(got->msg.cseq_method_name));
	if (strcmp(label, what) != 0)
		flow_fail(f, "%s got %s instead of %s", p->label, label, what);
	return got;
}

/* ---- out ---- */

static void transmit(phone *p, ahoy_slice bytes)
{
	if (p->gone)
		return;
	draw_message(p->flow, p->label, "ahoyd", bytes, false);
	p->flow->carrier.from_phone(p->flow->carrier.ctx, p, bytes);
}

static void put_crlf(ahoy_buf *b, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '\n')
			ahoy_buf_char(b, '\r');
		ahoy_buf_char(b, *text);
	}
}

void phone_send_raw(phone *p, const char *text)
{
	ahoy_buf b = ahoy_buf_over(flow_keep(p->flow, BYTES), BYTES);

	put_crlf(&b, text);
	transmit(p, ahoy_buf_slice(&b));
}

const char *phone_sdp(phone *p, const char *codecs, const char *direction)
{
	static const struct {
		const char *name, *map;
		unsigned payload;
	} known[] = {{"PCMU", "PCMU/8000", 0},
		     {"GSM", "GSM/8000", 3},
		     {"PCMA", "PCMA/8000", 8},
		     {"speex", "speex/8000", 110},
		     {"telephone-event", "telephone-event/8000", 101},
		     {"opus", "opus/48000/2", 107}};
	char media_text[sizeof p->sdp], maps_text[512];
	ahoy_buf media = ahoy_buf_over(media_text, sizeof media_text), maps = ahoy_buf_over(maps_text, sizeof maps_text);
	ahoy_buf text = ahoy_buf_over(flow_keep(p->flow, BYTES), BYTES);
	ahoy_slice rest = ahoy_slice_of(codecs), name, ip, port;

	ahoy_buf_str(&media, "m=audio 4000 RTP/AVP");
	while (rest.len) {
		ahoy_slice_cut(rest, ' ', &name, &rest);
		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			if (ahoy_slice_eq(name, ahoy_slice_of(known[i].name))) {
				ahoy_buf_fmt(&media, " %u", known[i].payload);
				ahoy_buf_fmt(&maps, "a=rtpmap:%u %s\r\n", known[i].payload, known[i].map);
			}
	}
	ahoy_buf_fmt(&media, "\r\n%.*s", AHOY_P(ahoy_buf_slice(&maps)));
	if (direction)
		ahoy_buf_fmt(&media, "a=%s\r\n", direction);
	assert_false(media.full);
	if (strcmp(ahoy_buf_cstr(&media), p->sdp) != 0) {
		p->sdp_version++;
		strcpy(p->sdp, media_text);
	}
	ahoy_slice_cut(ahoy_slice_of(p->claims), ':', &ip, &port);
	ahoy_buf_fmt(&text, "v=0\r\no=%s 7 %u IN IP4 %.*s\r\ns=-\r\nc=IN IP4 %.*s\r\nt=0 0\r\n%s", p->user, p->sdp_version,
		     AHOY_P(ip), AHOY_P(ip), media_text);
	return ahoy_buf_cstr(&text);
}

static dialog *new_dialog(phone *p, bool is_caller)
{
	dialog *d = flow_keep(p->flow, sizeof *d);

	assert_true(p->flow->dialog_count < MAX_DIALOGS);
	p->flow->dialogs[p->flow->dialog_count++] = d;
	d->phone = p;
	d->is_caller = is_caller;
	snprintf(d->local_tag, sizeof d->local_tag, "%st%u", p->label, ++p->made);
	return d;
}

static void put_credentials(ahoy_buf *b, phone *p, const char *method, const char *uri, const extra *x)
{
	char ha1[AHOY_DIGEST_HEX], response[AHOY_DIGEST_HEX], text[1024];
	ahoy_buf value = ahoy_buf_over(text, sizeof text);
	ahoy_slice password = ahoy_slice_of(x->credentials == WITH_WRONG_PASSWORD ? "wrong" : p->password);
	ahoy_digest_credentials c = {
		.username = ahoy_slice_of(p->user),
		.realm = ahoy_slice_of(p->realm),
		.nonce = ahoy_slice_of(x->credentials == WITH_OLD_NONCE ? p->old_nonce : p->nonce),
		.uri = ahoy_slice_of(uri),
		.algorithm = p->algorithm,
		.has_algorithm = true,
		.qop = AHOY_DIGEST_QOP_AUTH,
		.cnonce = AHOY_S("c0ffee"),
		.nc = x->credentials == WITH_OLD_NONCE ? 1 : ++p->nc,
	};
	size_t len = ahoy_digest_ha1(p->algorithm, c.username, c.realm, password, ha1);

	c.response = ahoy_slice_make(response, ahoy_digest_response(&c, ahoy_slice_make(ha1, len), ahoy_slice_of(method),
								    ahoy_slice_of(x->body), response));
	ahoy_digest_write_credentials(&value, &c);
	ahoy_buf_fmt(b, "Authorization: %s\r\n", ahoy_buf_cstr(&value));
}

static bool opens(const char *method)
{
	return strcmp(method, "ACK") != 0 && strcmp(method, "CANCEL") != 0 && strcmp(method, "BYE") != 0;
}

static void put_end(ahoy_buf *b, const char *type, const char *body)
{
	size_t len = body ? strlen(body) : 0;

	if (len)
		ahoy_buf_fmt(b, "Content-Type: %s\r\n", type ? type : "application/sdp");
	ahoy_buf_fmt(b, "Content-Length: %zu\r\n\r\n", len);
	ahoy_buf_str(b, body ? body : "");
}

static ahoy_slice write_request(dialog *d, const char *method, unsigned cseq, const char *uri, const char *branch, const extra *x)
{
	phone *p = d->phone;
	ahoy_buf b = ahoy_buf_over(flow_keep(p->flow, BYTES), BYTES);

	ahoy_buf_fmt(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s%s;branch=%s\r\n", method, uri, p->claims, p->rport ? ";rport" : "",
		     branch);
	ahoy_buf_fmt(&b, "Max-Forwards: %s\r\n", x->max_forwards ? x->max_forwards : "70");
	ahoy_buf_fmt(&b, "From: %s;tag=%s\r\nTo: %s", d->local, d->local_tag, d->remote);
	if (strcmp(method, "ACK") == 0 && d->status >= 300)
		ahoy_buf_fmt(&b, ";tag=%s", d->refusal_tag);
	else if (d->remote_tag[0] && strcmp(method, "CANCEL") != 0)
		ahoy_buf_fmt(&b, ";tag=%s", d->remote_tag);
	ahoy_buf_fmt(&b, "\r\nCall-ID: %s\r\nCSeq: %u %s\r\n", d->call_id, cseq, method);
	if (opens(method) && !x->contact)
		ahoy_buf_fmt(&b, "Contact: <sip:%s@%s>\r\n", p->user, p->claims);
	else if (x->contact && x->contact[0])
		ahoy_buf_fmt(&b, "Contact: %s\r\n", x->contact);
	if (opens(method) && p->nonce[0] && x->credentials != WITHOUT_CREDENTIALS && !d->remote_tag[0])
		put_credentials(&b, p, method, uri, x);
	put_crlf(&b, x->headers);
	put_end(&b, x->type, x->body);
	assert_false(b.full);
	return ahoy_buf_slice(&b);
}

void dialog_send(dialog *d, const char *method, const extra *given)
{
	extra x = given ? *given : (extra){0};
	char uri[256];
	ahoy_slice text;

	snprintf(uri, sizeof uri, "%s", x.uri ? x.uri : d->target);
	d->cseq++;
	snprintf(d->branch, sizeof d->branch, "z9hG4bK-%s-%u", d->phone->label, ++d->phone->made);
	text = write_request(d, method, d->cseq, uri, d->branch, &x);
	if (strcmp(method, "INVITE") == 0) {
		d->invite_cseq = d->cseq;
		strcpy(d->invite_branch, d->branch);
		strcpy(d->invite_uri, uri);
		d->status = 0;
	}
	d->last = (char *)(uintptr_t)flow_keep_slice(d->phone->flow, text).ptr;
	transmit(d->phone, text);
}

dialog *phone_send(phone *p, const char *method, const char *to, const extra *given)
{
	extra x = given ? *given : (extra){0};
	dialog *d = new_dialog(p, true);

	snprintf(d->call_id, sizeof d->call_id, "%s-%u", p->label, ++p->made);
	if (x.from)
		snprintf(d->local, sizeof d->local, "%s", x.from);
	else
		snprintf(d->local, sizeof d->local, "<sip:%s@%s>", p->user, p->flow->host);
	if (*to)
		snprintf(d->target, sizeof d->target, "sip:%s@%s", to, p->flow->host);
	else
		snprintf(d->target, sizeof d->target, "sip:%s", p->flow->host);
	snprintf(d->remote, sizeof d->remote, "<sip:%s@%s>", *to ? to : p->user, p->flow->host);
	dialog_send(d, method, &x);
	return d;
}

void dialog_ack(dialog *d, const char *body)
{
	bool accepted = d->status >= 200 && d->status < 300;
	char branch[64];

	snprintf(branch, sizeof branch, "z9hG4bK-%s-%u", d->phone->label, ++d->phone->made);
	transmit(d->phone, write_request(d, "ACK", d->invite_cseq, accepted ? d->target : d->invite_uri,
					 accepted ? branch : d->invite_branch, &(extra){.body = body}));
}

void dialog_cancel_because(dialog *d, const char *headers)
{
	transmit(d->phone, write_request(d, "CANCEL", d->invite_cseq, d->invite_uri, d->invite_branch, &(extra){.headers = headers}));
}

void dialog_cancel(dialog *d)
{
	dialog_cancel_because(d, NULL);
}

void dialog_repeat(dialog *d)
{
	transmit(d->phone, ahoy_slice_of(d->last));
}

void dialog_repeat_merged(dialog *d)
{
	char *copy = (char *)(uintptr_t)flow_keep_slice(d->phone->flow, ahoy_slice_of(d->last)).ptr;
	char *branch = strstr(copy, ";branch=z9hG4bK");

	assert_non_null(branch);
	branch[15] = 'X';
	transmit(d->phone, ahoy_slice_of(copy));
}

dialog *phone_take(phone *p, const sip *request)
{
	dialog *d = new_dialog(p, false);
	ahoy_name_addr contact;

	assert_ok(ahoy_slice_cstr(request->msg.call_id, d->call_id, sizeof d->call_id));
	assert_ok(ahoy_slice_cstr(request->msg.from.tag, d->remote_tag, sizeof d->remote_tag));
	snprintf(d->local, sizeof d->local, "<%.*s>", AHOY_P(request->msg.to.uri.text));
	snprintf(d->remote, sizeof d->remote, "<%.*s>", AHOY_P(request->msg.from.uri.text));
	if (!ahoy_msg_name_addr(&request->msg, AHOY_H_CONTACT, &contact))
		assert_ok(ahoy_slice_cstr(contact.uri.text, d->target, sizeof d->target));
	return d;
}

void dialog_answer(dialog *d, const sip *request, int status, const char *headers, const char *body)
{
	phone *p = d->phone;
	const ahoy_msg *msg = &request->msg;
	ahoy_buf b = ahoy_buf_over(flow_keep(p->flow, BYTES), BYTES);
	const ahoy_header_field *field;

	ahoy_buf_fmt(&b, "SIP/2.0 %d %.*s\r\n", status, AHOY_P(ahoy_reason_phrase(status)));
	for (uint16_t at = 0; (field = ahoy_msg_find(msg, AHOY_H_VIA, &at)); at++)
		ahoy_buf_fmt(&b, "Via: %.*s\r\n", AHOY_P(field->value));
	ahoy_buf_fmt(&b, "From: %.*s\r\nTo: %.*s", AHOY_P(msg->from.text), AHOY_P(msg->to.text));
	if (!msg->to.tag.len && status > 100)
		ahoy_buf_fmt(&b, ";tag=%s", d->local_tag);
	ahoy_buf_fmt(&b, "\r\nCall-ID: %.*s\r\nCSeq: %u %.*s\r\n", AHOY_P(msg->call_id), msg->cseq, AHOY_P(msg->cseq_method_name));
	if (msg->method == AHOY_INVITE && status > 100 && status < 300)
		ahoy_buf_fmt(&b, "Contact: <sip:%s@%s>\r\n", p->user, p->claims);
	put_crlf(&b, headers);
	put_end(&b, NULL, body);
	assert_false(b.full);
	transmit(p, ahoy_buf_slice(&b));
}

dialog *phone_registration(phone *p)
{
	return p->registration;
}

void phone_register(phone *p)
{
	if (!p->registration) {
		p->registration = phone_send(p, "REGISTER", "", &(extra){.headers = "Expires: 600\n"});
		phone_expect(p, "401 REGISTER");
	}
	dialog_send(p->registration, "REGISTER", &(extra){.headers = "Expires: 600\n"});
	phone_expect(p, "200 REGISTER");
}
