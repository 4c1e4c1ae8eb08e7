/* Requests out of any dialog (RFC 3261 8): sending one, serving one, and the refusals that every user agent owes (8.2). */
#include "ua/internal.h"

static ahoy_slice own_or_minted(ahoy_ua *ua, ahoy_slice given, char minted[AHOY_TOKEN])
{
	if (given.len)
		return given;
	ahoy_stack_mint(ua->stack, minted);
	return ahoy_slice_of(minted);
}

int ahoy_ua_request(ahoy_ua *ua, ahoy_time now, const ahoy_ua_request_spec *request)
{
	char head_text[4096], rest_text[8192], call_id[AHOY_TOKEN], tag[AHOY_TOKEN];
	ahoy_buf head = ahoy_buf_over(head_text, sizeof head_text), rest = ahoy_buf_over(rest_text, sizeof rest_text);
	ua_send_spec spec = {
		.purpose = UA_SEND_SINGLE,
		.user = request->user,
		.method = request->method,
		.uri = request->uri,
		.type = request->type,
		.body = request->body,
		.contact_user = request->contact_user,
		.cseq = 1,
		.flow = request->flow,
		.also = request->also,
		.route = request->route,
	};
	ahoy_id id;
	int err;

	if (now > ua->now)
		ua->now = now;
	ahoy_stack_mint(ua->stack, tag);
	ahoy_write_number(&head, AHOY_H_MAX_FORWARDS,
			  request->max_forwards < 0 || request->max_forwards > 255 ? 70
										   : (uint64_t)request->max_forwards);
	ahoy_write_fmt(&head, AHOY_H_FROM, "%.*s;tag=%s", AHOY_P(request->from), tag);
	ahoy_write_header(&head, AHOY_H_TO, request->to);
	ahoy_write_header(&head, AHOY_H_CALL_ID, own_or_minted(ua, request->call_id, call_id));
	ahoy_write_header(&rest, AHOY_H_USER_AGENT, ua->config.product);
	ahoy_buf_put(&rest, request->headers);
	if (head.full || rest.full)
		return AHOY_ETOOBIG;
	spec.head = ahoy_buf_slice(&head);
	spec.rest = ahoy_buf_slice(&rest);
	err = ahoy_ua_auth_new(ua, &request->credentials, &spec.own_auth);
	if (!err)
		err = ahoy_ua_send(ua, &spec, &id);
	if (err)
		ahoy_ua_auth_del(ua, spec.own_auth);
	return err;
}

int ahoy_ua_serve(ahoy_ua *ua, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow, uint64_t user, ahoy_tx_id *tx)
{
	if (now > ua->now)
		ua->now = now;
	return ahoy_stack_serve(ua->stack, now, req, flow, (ahoy_slice){0}, user, tx);
}

int ahoy_ua_respond(ahoy_ua *ua, ahoy_time now, ahoy_tx_id tx, int status, ahoy_slice reason, ahoy_slice headers,
		    ahoy_slice type, ahoy_slice body)
{
	ahoy_buf b = ua_text(ua);
	ahoy_response response = {.status = status, .reason = reason, .type = type, .body = body};

	ahoy_write_header(&b, AHOY_H_SERVER, ua->config.product);
	ahoy_buf_put(&b, headers);
	if (b.full)
		return AHOY_ETOOBIG;
	response.headers = ahoy_buf_slice(&b);
	return ahoy_stack_respond(ua->stack, now, tx, &response);
}

int ahoy_ua_reply(ahoy_ua *ua, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow, int status, ahoy_slice reason, ahoy_slice headers)
{
	ahoy_buf b = ua_text(ua);
	ahoy_response response = {.status = status, .reason = reason};

	ahoy_write_header(&b, AHOY_H_SERVER, ua->config.product);
	ahoy_buf_put(&b, headers);
	if (b.full)
		return AHOY_ETOOBIG;
	response.headers = ahoy_buf_slice(&b);
	return ahoy_stack_reply(ua->stack, now, req, flow, &response, 0);
}

static int refusal(ahoy_buf *headers, int status, ahoy_header id, ahoy_slice value)
{
	if (id != AHOY_H_OTHER)
		ahoy_write_header(headers, id, value);
	return status;
}

/* The tags of Require that we do not support; all of Supported may be required. */
static void unsupported_tags(const ahoy_ua *ua, const ahoy_msg *req, ahoy_buf *b)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice tag;

	while (ahoy_msg_next_value(req, AHOY_H_REQUIRE, &cursor, &tag)) {
		ahoy_slice rest = ua->config.supported, one;
		bool known = false;

		while (rest.len && !known) {
			ahoy_slice_cut(rest, ',', &one, &rest);
			known = ahoy_slice_ieq(ahoy_slice_trim(one), tag);
		}
		if (known || !tag.len)
			continue;
		if (b->len)
			ahoy_buf_str(b, ", ");
		ahoy_buf_put(b, tag);
	}
}

static bool method_is_allowed(const ahoy_ua *ua, const ahoy_msg *req)
{
	ahoy_slice rest = ua->config.allow, one;

	while (rest.len) {
		ahoy_slice_cut(rest, ',', &one, &rest);
		if (ahoy_slice_eq(ahoy_slice_trim(one), req->method_name))
			return true;
	}
	return false;
}

static int unsupported_method(const ahoy_ua *ua, const ahoy_msg *req, ahoy_buf *headers)
{
	if (req->method == AHOY_CANCEL || (req->method == AHOY_NOTIFY && !req->to.tag.len))
		return refusal(headers, 481, AHOY_H_OTHER, (ahoy_slice){0});
	if (req->method == AHOY_METHOD_OTHER) /* 21.5.2 */
		return refusal(headers, 501, AHOY_H_ALLOW, ua->config.allow);
	if (method_is_allowed(ua, req))
		return 0;
	if (req->method == AHOY_SUBSCRIBE) /* RFC 6665 4.2.1.1; there is no event that an Allow-Events could name */
		return refusal(headers, 489, AHOY_H_OTHER, (ahoy_slice){0});
	return refusal(headers, 405, AHOY_H_ALLOW, ua->config.allow); /* 8.2.1 */
}

static int unsupported_content(const ahoy_msg *req, ahoy_buf *headers)
{
	ahoy_slice encoding = ahoy_msg_value(req, AHOY_H_CONTENT_ENCODING);

	if (!req->body.len) /* 8.2.3 */
		return 0;
	if (encoding.len && !ahoy_slice_ieq(encoding, AHOY_S("identity")))
		return refusal(headers, 415, AHOY_H_ACCEPT_ENCODING, AHOY_S("identity"));
	if ((req->method == AHOY_INVITE || req->method == AHOY_UPDATE || req->method == AHOY_PRACK) &&
	    !ahoy_msg_is_type(req, AHOY_S("application/sdp")))
		return refusal(headers, 415, AHOY_H_ACCEPT, AHOY_S("application/sdp"));
	return 0;
}

int ahoy_ua_unsupported(const ahoy_ua *ua, const ahoy_msg *req, ahoy_buf *headers)
{
	char tags_text[512];
	ahoy_buf tags = ahoy_buf_over(tags_text, sizeof tags_text);
	int status = unsupported_method(ua, req, headers);

	if (status)
		return status;
	if (req->uri.kind == AHOY_URI_OTHER || req->uri.kind == AHOY_URI_NONE) /* 8.2.2.1 */
		return 416;
	unsupported_tags(ua, req, &tags); /* 8.2.2.3 */
	if (tags.len)
		return refusal(headers, 420, AHOY_H_UNSUPPORTED, ahoy_buf_slice(&tags));
	status = ahoy_ua_session_too_small(ua, req, headers);
	return status ? status : unsupported_content(req, headers);
}

bool ahoy_ua_refuse_unsupported(ahoy_ua *ua, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow)
{
	char text[1024];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	int status = ahoy_ua_unsupported(ua, req, &headers);

	if (status)
		(void)ahoy_ua_reply(ua, now, req, flow, status, (ahoy_slice){0}, ahoy_buf_slice(&headers));
	return status != 0;
}
