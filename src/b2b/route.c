/* From an authenticated INVITE to its forks: record, refusals, look-up, one leg for each contact (docs/behaviour.md; RFC 3261
 * 16.6 as far as a B2BUA has use of it). */
#include "b2b/internal.h"
#include "sip/nat.h"

static void refuse(ahoy_switch *sw, b2b_call *call, int status, ahoy_slice reason, ahoy_slice headers)
{
	ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_SERVER, status, reason, headers);
}

static bool is_same_phone(const ahoy_binding *a, const ahoy_binding *b)
{
	return a->reg_id && b->reg_id && ahoy_slice_eq(a->instance, b->instance);
}

size_t ahoy_b2b_one_flow_each(ahoy_binding *out, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < kept && !is_same_phone(&out[k], &out[i]))
			k++;
		if (k == kept)
			out[kept++] = out[i];
	}
	return kept;
}

/* RFC 5626 5.3 asks that a flow that failed is followed by another of the same phone. One by other proxies has another
 * route, and is left out; what went secured never goes in the clear (RFC 3261 26.2.2). */
static bool other_flow(const ahoy_switch *sw, ahoy_slice user, const ahoy_binding *binding, ahoy_flow *also)
{
	ahoy_binding all[AHOY_MAX_CONTACTS];
	size_t count = binding->reg_id ? ahoy_registrar_lookup(sw->registrar, sw->now, user, all) : 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_same_phone(&all[i], binding) || all[i].reg_id == binding->reg_id || !ahoy_slice_eq(all[i].path, binding->path) ||
		    (ahoy_b2b_is_secured(&binding->flow) && !ahoy_b2b_is_secured(&all[i].flow)))
			continue;
		*also = all[i].flow;
		return true;
	}
	return false;
}

bool ahoy_b2b_other_way(const ahoy_switch *sw, ahoy_slice user, const ahoy_binding *binding, ahoy_flow *also)
{
	ahoy_uri contact;

	if (other_flow(sw, user, binding, also))
		return true;
	return !ahoy_uri_parse(binding->contact, &contact) && ahoy_nat_reconnect(&contact, &binding->flow, also);
}

int ahoy_b2b_call_leg(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_msg *invite, const ahoy_binding *binding,
		      const b2b_fork *how)
{
	char from_text[512], to_text[512], user_text[3 * AHOY_MAX_USER], headers_text[4096];
	ahoy_buf from = ahoy_buf_over(from_text, sizeof from_text), to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_buf user = ahoy_buf_over(user_text, sizeof user_text), headers = ahoy_buf_over(headers_text, sizeof headers_text);
	ahoy_invite spec = {.uri = binding->contact,
			    .flow = &binding->flow,
			    .max_forwards = (invite->max_forwards < 0 ? 69 : invite->max_forwards - 1) -
					    (int)ahoy_b2b_redirect_depth(call, how->target),
			    .user = call->id};
	ahoy_call_info info;
	ahoy_flow also;
	int err = 0;

	if (ahoy_b2b_other_way(sw, how->target ? call->targets[how->target].user : call->to, binding, &also))
		spec.also = &also;
	leg->source = binding->flow.peer;
	leg->target = how->target;
	leg->breadth = how->breadth;
	/* An offer that comes reliably wants its answer in the PRACK: there has to be a caller who can give it, and one fork alone
	 * that asks. */
	spec.not_reliable = call->offerless && !(how->alone && !ahoy_call_get(sw->ua, call->a.ua, &info) && info.knows_100rel);
	spec.body = how->body;
	if (!call->offerless && !spec.body.len)
		err = ahoy_b2b_write_sdp(sw, call, leg, &binding->flow, &spec.body);
	if (spec.body.len)
		spec.type = AHOY_S("application/sdp");
	ahoy_b2b_write_party(sw, &to, call->to, &binding->flow);
	if (ahoy_b2b_write_caller(sw, &from, &headers, invite, call->from, &binding->flow))
		ahoy_uri_escape_user(&user, call->from);
	else
		ahoy_buf_str(&user, "anonymous");
	if (binding->path.len)
		ahoy_write_header(&headers, AHOY_H_ROUTE, binding->path); /* RFC 3327 5.4 */
	if (call->said_breadth)
		ahoy_write_number(&headers, AHOY_H_MAX_BREADTH, how->breadth);
	ahoy_b2b_write_diverted(sw, &headers, call, how->target, &binding->flow);
	ahoy_b2b_write_end_to_end(&headers, invite);
	if (from.full || to.full || user.full)
		err = AHOY_ERANGE;
	spec.from = ahoy_buf_slice(&from);
	spec.to = ahoy_buf_slice(&to);
	spec.contact_user = ahoy_buf_slice(&user);
	spec.headers = headers.full ? (ahoy_slice){0} : ahoy_buf_slice(&headers);
	if (!err)
		err = ahoy_ua_invite(sw->ua, sw->now, &spec, &leg->ua);
	if (err) {
		ahoy_relay_close_side(sw->relay, call->relay, leg->side);
		ahoy_b2b_leg_free(sw, leg);
		return err;
	}
	(void)ahoy_b2b_set(sw, &leg->contact, binding->contact);
	if (!ahoy_call_get(sw->ua, leg->ua, &info))
		(void)ahoy_b2b_set(sw, &leg->call_id, info.call_id);
	return 0;
}

int ahoy_b2b_fork_to(ahoy_switch *sw, b2b_call *call, const ahoy_msg *invite, const ahoy_binding *binding, const b2b_fork *how)
{
	b2b_leg *leg = &call->b[call->forks];
	int err;

	*leg = (b2b_leg){.side = call->forks + 1};
	err = ahoy_b2b_call_leg(sw, call, leg, invite, binding, how);
	if (!err)
		call->forks++;
	return err;
}

/* RFC 5393 5.3.3: each fork gets its share of the breadth, and there are no more of them than it allows. */
static uint32_t share(const b2b_call *call, size_t forks, size_t i)
{
	return call->breadth / (uint32_t)forks + (i < call->breadth % forks);
}

static void fork_all(ahoy_switch *sw, b2b_call *call, const ahoy_msg *invite, const ahoy_binding *bindings, size_t count)
{
	int err = 0;

	if (count > AHOY_MAX_FORKS)
		count = AHOY_MAX_FORKS;
	if (call->said_breadth && count > call->breadth) {
		refuse(sw, call, 440, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	for (size_t i = 0; i < count; i++) {
		int one = ahoy_b2b_fork_to(sw, call, invite, &bindings[i],
					   &(b2b_fork){.breadth = share(call, count, i), .alone = count == 1});

		err = one ? one : err;
	}
	if (!call->forks) {
		refuse(sw, call, err == AHOY_ENOMEM ? 500 : 503, (ahoy_slice){0}, AHOY_S("Retry-After: 5\r\n"));
		return;
	}
	call->state = B2B_RINGING;
	/* Without memory for it no redirection is followed, and no leg is called once more. */
	(void)ahoy_b2b_set(sw, &call->invite, invite->raw);
	if (sw->config.ring_timeout_s)
		ahoy_timer_arm(&sw->timers, &call->ring, sw->now + AHOY_SECONDS(sw->config.ring_timeout_s));
}

/* Nobody is registered there: does the number exist at all? */
static void ask_callee(ahoy_switch *sw, b2b_call *call)
{
	b2b_wait *wait = ahoy_b2b_wait_add(sw, B2B_WAIT_CALLEE);

	if (!wait || call->to.len > sizeof wait->user) {
		if (wait)
			ahoy_b2b_wait_end(sw, wait);
		refuse(sw, call, wait ? 404 : 503, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	wait->call = call->id;
	memcpy(wait->user, call->to.ptr, call->to.len);
	wait->user_len = call->to.len;
	if (!ahoy_b2b_ask_add(sw, AHOY_ASK_USER, wait->id, 0)) {
		ahoy_b2b_wait_end(sw, wait);
		refuse(sw, call, 503, (ahoy_slice){0}, (ahoy_slice){0});
	}
}

void ahoy_b2b_answer_callee(ahoy_switch *sw, b2b_wait *wait, const ahoy_user_record *record, bool failed)
{
	b2b_call *call = ahoy_b2b_call_of(sw, wait->call);
	bool is_service = !failed && !record->found && ahoy_b2b_is_service(sw, ahoy_slice_make(wait->user, wait->user_len));
	int status = failed ? 500 : record->found ? 480
						  : 404;

	if (is_service && call)
		ahoy_b2b_service_begin(sw, call);
	else if (is_service && wait->tx)
		ahoy_b2b_message_to_service(sw, wait->tx, wait->method);
	else if (call)
		refuse(sw, call, status, status == 480 ? AHOY_S("Not registered") : (ahoy_slice){0}, (ahoy_slice){0});
	else if (wait->tx)
		(void)ahoy_ua_respond(sw->ua, sw->now, wait->tx, status, (ahoy_slice){0}, (ahoy_slice){0},
				      (ahoy_slice){0}, (ahoy_slice){0});
	ahoy_b2b_wait_end(sw, wait);
}

/* 488 says why (20.43: 399, agent, text). */
static void refuse_sdp(ahoy_switch *sw, b2b_call *call, int err)
{
	if (err == AHOY_EFULL) {
		refuse(sw, call, 503, (ahoy_slice){0}, AHOY_S("Retry-After: 5\r\n"));
	} else if (err == AHOY_ENOMEM) {
		refuse(sw, call, 500, (ahoy_slice){0}, (ahoy_slice){0});
	} else if (err == AHOY_ECODEC) {
		refuse(sw, call, 488, (ahoy_slice){0}, AHOY_S("Warning: 304 ahoy \"no audio or video over RTP was offered\"\r\n"));
	} else {
		refuse(sw, call, 400, AHOY_S("SDP cannot be read"), (ahoy_slice){0});
	}
}

static bool has_live_stream(const ahoy_sdp *sdp)
{
	for (size_t i = 0; i < sdp->media_count && i < AHOY_RELAY_MAX_STREAMS; i++)
		if (ahoy_sdp_is_anchored(&sdp->media[i]))
			return true;
	return false;
}

static int take_offer(ahoy_switch *sw, b2b_call *call, const ahoy_msg *req, const ahoy_flow *flow)
{
	int err;

	call->offerless = req->body.len == 0;
	if (call->offerless)
		return 0;
	err = ahoy_b2b_read_sdp(sw, req->body);
	if (!err)
		err = ahoy_b2b_set(sw, &call->a.said, req->body);
	if (err)
		return err;
	if (!has_live_stream(&sw->sdp))
		return AHOY_ECODEC;
	err = ahoy_b2b_apply_sdp(sw, call, &call->a, flow);
	call->a.settled = !err;
	return err;
}

/* RFC 5393 5.2. */
static int learn_breadth(b2b_call *call, const ahoy_msg *req)
{
	call->said_breadth = ahoy_msg_has(req, AHOY_H_MAX_BREADTH);
	return call->said_breadth && ahoy_slice_u32(ahoy_msg_value(req, AHOY_H_MAX_BREADTH), UINT32_MAX, &call->breadth) ? 400 : 0;
}

/* The refusals that come before the callee is looked for, in the order of docs/behaviour.md. True: refused. */
static bool refused_early(ahoy_switch *sw, b2b_call *call, const ahoy_msg *req, const ahoy_flow *flow)
{
	char text[1024];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	int status = ahoy_ua_unsupported(sw->ua, req, &headers);
	ahoy_slice reason = {0};
	bool anonymous;

	if ((!status || status == 415) && req->max_forwards == 0) { /* 16.3; the content is looked at last */
		headers.len = 0;
		status = 483;
	}
	if (!status && sw->stopping) {
		status = 503;
		ahoy_buf_str(&headers, "Retry-After: 10\r\n");
	}
	if (!status && !ahoy_b2b_privacy(req, &anonymous)) {
		status = 500;
		reason = AHOY_S("Unknown Privacy Is Critical"); /* RFC 3323 5 */
	}
	if (!status)
		status = learn_breadth(call, req);
	if (!status && ahoy_b2b_sips_refused(req, flow)) {
		status = 403;
		reason = B2B_SIPS_REFUSED;
	}
	if (!status && (!ahoy_b2b_is_ours(sw, &req->uri) || !call->to.len))
		status = 404;
	if (status)
		refuse(sw, call, status, reason, ahoy_buf_slice(&headers));
	return status != 0;
}

static void begin_leg_a(ahoy_switch *sw, b2b_call *call, const ahoy_msg *req, const ahoy_flow *flow)
{
	ahoy_name_addr contact;

	call->a.source = flow->peer;
	(void)ahoy_b2b_set(sw, &call->a.call_id, req->call_id);
	if (!ahoy_msg_name_addr(req, AHOY_H_CONTACT, &contact) && !contact.star) {
		(void)ahoy_b2b_set(sw, &call->a.contact, contact.uri.text);
		(void)ahoy_registrar_seen(sw->registrar, sw->now, call->from, &contact.uri, flow);
	}
}

void ahoy_b2b_invite(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice user, bool cancelled)
{
	char to_text[AHOY_MAX_USER * 3];
	ahoy_buf to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_binding bindings[AHOY_MAX_CONTACTS];
	b2b_call *call;
	bool insecure;
	size_t count;
	int err;

	ahoy_uri_unescape(&to, req->uri.user);
	call = ahoy_b2b_call_new(sw, user, to.full ? (ahoy_slice){0} : ahoy_buf_slice(&to));
	if (!call) {
		(void)ahoy_ua_reply(sw->ua, sw->now, req, flow, 503, (ahoy_slice){0}, AHOY_S("Retry-After: 10\r\n"));
		return;
	}
	begin_leg_a(sw, call, req, flow);
	err = ahoy_ua_accept(sw->ua, sw->now, req, flow, call->id, &call->a.ua);
	if (err) { /* answered already */
		ahoy_b2b_call_end(sw, call, AHOY_ENDED_BY_SERVER, err == AHOY_ESYNTAX ? 400 : 503, (ahoy_slice){0});
		return;
	}
	if (cancelled) {
		ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_CALLER, 487, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	if (refused_early(sw, call, req, flow))
		return;
	err = take_offer(sw, call, req, flow);
	if (err) {
		refuse_sdp(sw, call, err);
		return;
	}
	count = ahoy_b2b_reachable(sw, req, call->to, bindings, &insecure);
	if (insecure)
		refuse(sw, call, 480, B2B_SIPS_UNREACHED, B2B_SIPS_WARNING);
	else if (count)
		fork_all(sw, call, req, bindings, count);
	else
		ask_callee(sw, call);
}
