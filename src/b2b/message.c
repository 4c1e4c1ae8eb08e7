/* MESSAGE to a user: to each of its contacts, and the best answer back (RFC 3428 7). OPTIONS to a user is answered for it (RFC 3261 11). */
#include "b2b/internal.h"

static void respond(ahoy_switch *sw, ahoy_tx_id tx, int status, ahoy_slice headers)
{
	(void)ahoy_ua_respond(sw->ua, sw->now, tx, status, (ahoy_slice){0}, headers, (ahoy_slice){0}, (ahoy_slice){0});
}

static int send_to(ahoy_switch *sw, const ahoy_msg *req, ahoy_slice user, ahoy_slice callee, const ahoy_binding *binding, ahoy_id message)
{
	char from_text[512], to_text[512], headers_text[4096];
	ahoy_buf from = ahoy_buf_over(from_text, sizeof from_text), to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_buf headers = ahoy_buf_over(headers_text, sizeof headers_text);
	ahoy_ua_request_spec spec = {
		.method = AHOY_MESSAGE,
		.uri = binding->contact,
		.flow = &binding->flow,
		.max_forwards = req->max_forwards < 0 ? 69 : req->max_forwards - 1,
		.type = req->content_type,
		.body = req->body,
		.user = message,
	};
	ahoy_flow also;

	if (ahoy_b2b_other_way(sw, callee, binding, &also))
		spec.also = &also;
	(void)ahoy_b2b_write_caller(sw, &from, &headers, req, user, &binding->flow);
	ahoy_b2b_write_party(sw, &to, callee, &binding->flow);
	if (binding->path.len)
		ahoy_write_header(&headers, AHOY_H_ROUTE, binding->path); /* RFC 3327 5.4 */
	ahoy_b2b_write_end_to_end(&headers, req);
	if (from.full || to.full)
		return AHOY_ERANGE;
	spec.from = ahoy_buf_slice(&from);
	spec.to = ahoy_buf_slice(&to);
	spec.headers = headers.full ? (ahoy_slice){0} : ahoy_buf_slice(&headers);
	return ahoy_ua_request(sw->ua, sw->now, &spec);
}

static void send_all(ahoy_switch *sw, const ahoy_msg *req, ahoy_slice user, ahoy_slice callee, ahoy_tx_id tx,
		     const ahoy_binding *bindings, size_t count)
{
	ahoy_id id;
	b2b_message *message = ahoy_slots_add(&sw->messages, &id, NULL);

	if (!message) {
		respond(sw, tx, 503, AHOY_S("Retry-After: 5\r\n"));
		return;
	}
	message->id = id;
	message->tx = tx;
	for (size_t i = 0; i < count; i++)
		if (!send_to(sw, req, user, callee, &bindings[i], id))
			message->pending++;
	if (message->pending)
		return;
	respond(sw, tx, 500, (ahoy_slice){0});
	ahoy_slots_remove(&sw->messages, id);
}

static void ask_callee(ahoy_switch *sw, ahoy_tx_id tx, ahoy_method method, ahoy_slice callee)
{
	b2b_wait *wait = callee.len <= AHOY_MAX_USER ? ahoy_b2b_wait_add(sw, B2B_WAIT_CALLEE) : NULL;

	if (!wait || !ahoy_b2b_ask_add(sw, AHOY_ASK_USER, wait->id, 0)) {
		if (wait)
			ahoy_b2b_wait_end(sw, wait);
		respond(sw, tx, callee.len > AHOY_MAX_USER ? 404 : 503, (ahoy_slice){0});
		return;
	}
	wait->tx = tx;
	wait->method = method;
	memcpy(wait->user, callee.ptr, callee.len);
	wait->user_len = callee.len;
}

static int refusal(ahoy_switch *sw, const ahoy_msg *req, ahoy_buf *headers, ahoy_slice callee)
{
	int status = ahoy_ua_unsupported(sw->ua, req, headers);
	bool anonymous;

	if ((!status || status == 415) && req->max_forwards == 0) {
		headers->len = 0;
		status = 483;
	}
	if (!status && !ahoy_b2b_privacy(req, &anonymous))
		status = 500; /* RFC 3323 5 */
	if (!status && (!ahoy_b2b_is_ours(sw, &req->uri) || !callee.len))
		status = 404;
	/* In-dialog methods without a dialog: INFO, BYE (12.2.2). */
	if (!status && req->method != AHOY_MESSAGE && req->method != AHOY_OPTIONS)
		status = 481;
	return status;
}

void ahoy_b2b_message_in(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice user)
{
	char text[1024], callee_text[AHOY_MAX_USER * 3];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text), callee = ahoy_buf_over(callee_text, sizeof callee_text);
	ahoy_binding bindings[AHOY_MAX_CONTACTS];
	ahoy_tx_id tx;
	bool insecure;
	size_t count;
	int status;

	if (ahoy_ua_serve(sw->ua, sw->now, req, flow, 0, &tx))
		return;
	ahoy_uri_unescape(&callee, req->uri.user);
	status = refusal(sw, req, &headers, callee.full ? (ahoy_slice){0} : ahoy_buf_slice(&callee));
	if (!status && ahoy_b2b_sips_refused(req, flow))
		status = 403;
	if (status) {
		respond(sw, tx, status, ahoy_buf_slice(&headers));
		return;
	}
	count = ahoy_b2b_reachable(sw, req, ahoy_buf_slice(&callee), bindings, &insecure);
	if (insecure)
		respond(sw, tx, 480, B2B_SIPS_WARNING);
	else if (!count)
		ask_callee(sw, tx, req->method, ahoy_buf_slice(&callee));
	else if (req->method == AHOY_OPTIONS)
		respond(sw, tx, 200, AHOY_S("Allow: " B2B_ALLOW_PHONE "\r\nAccept: application/sdp\r\n"));
	else
		send_all(sw, req, user, ahoy_buf_slice(&callee), tx, bindings, count);
}

/* OPTIONS is answered as the INVITE would be (RFC 3261 11.2); nobody reads a MESSAGE there. */
void ahoy_b2b_message_to_service(ahoy_switch *sw, ahoy_tx_id tx, ahoy_method method)
{
	respond(sw, tx, method == AHOY_OPTIONS ? 200 : 405,
		AHOY_S("Allow: " B2B_ALLOW_SERVICE "\r\nAccept: application/sdp\r\n"));
}

void ahoy_b2b_message_answered(ahoy_switch *sw, const ahoy_ua_event *event)
{
	b2b_message *message = ahoy_slots_get(&sw->messages, event->user);
	int status = event->status == 401 || event->status == 407 || !event->msg ? 480 : event->status;

	if (!message)
		return; /* a keep-alive's answer */
	if (!message->best_status || status / 100 < message->best_status / 100)
		message->best_status = status;
	message->pending--;
	if (message->tx && (status < 300 || !message->pending)) {
		respond(sw, message->tx, message->best_status, (ahoy_slice){0});
		message->tx = 0;
	}
	if (!message->pending)
		ahoy_slots_remove(&sw->messages, message->id);
}
