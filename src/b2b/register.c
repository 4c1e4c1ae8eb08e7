/* REGISTER through the store (RFC 3261 10.3), and the OPTIONS that keep a NAT's mapping open (docs/behaviour.md). */
#include "b2b/internal.h"
#include "registrar/path.h"

#define USER_KEEPALIVE UINT64_MAX

static void respond(ahoy_switch *sw, ahoy_tx_id tx, ahoy_slice user, int status, const char *reason, ahoy_slice path,
		    bool outbound)
{
	char text[AHOY_REGISTRAR_LINES + AHOY_MAX_PATH + 48];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);

	ahoy_registrar_write_answer(sw->registrar, sw->now, user, status, &headers);
	if (status == 200 && path.len)
		ahoy_write_header(&headers, AHOY_H_PATH, path);
	if (status == 200 && outbound)
		ahoy_write_header(&headers, AHOY_H_REQUIRE, AHOY_S("outbound"));
	(void)ahoy_ua_respond(sw->ua, sw->now, tx, status, reason ? ahoy_slice_of(reason) : (ahoy_slice){0},
			      ahoy_buf_slice(&headers), (ahoy_slice){0}, (ahoy_slice){0});
}

static void save(ahoy_switch *sw, ahoy_tx_id tx, ahoy_slice user, const ahoy_registrar_change *change, ahoy_slice path)
{
	b2b_wait *wait = ahoy_b2b_wait_add(sw, B2B_WAIT_SAVE);

	if (wait) {
		wait->tx = tx;
		wait->change = change->id;
		wait->outbound = change->outbound;
		if (!ahoy_b2b_set(sw, &wait->path, path) && ahoy_b2b_ask_add(sw, AHOY_ASK_SAVE, wait->id, 0))
			return;
		ahoy_b2b_wait_end(sw, wait);
	}
	(void)ahoy_registrar_commit(sw->registrar, sw->now, change->id, false, NULL);
	respond(sw, tx, user, 503, NULL, (ahoy_slice){0}, false);
}

void ahoy_b2b_register(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice user)
{
	char text[1024], path_text[AHOY_MAX_PATH];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text), path = ahoy_buf_over(path_text, sizeof path_text);
	ahoy_slice said = {0};
	int status = ahoy_ua_unsupported(sw->ua, req, &headers);
	ahoy_registrar_change change;
	ahoy_tx_id tx;

	if (ahoy_ua_serve(sw->ua, sw->now, req, flow, 0, &tx))
		return;
	if (!status && !ahoy_b2b_is_ours(sw, &req->uri))
		status = 404; /* 10.3 step 1, not forwarded */
	if (status) {
		(void)ahoy_ua_respond(sw->ua, sw->now, tx, status, (ahoy_slice){0}, ahoy_buf_slice(&headers),
				      (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	/* RFC 3327 5.3: a phone that does not know Path is not told of it; its requests take it all the same. */
	if (ahoy_msg_lists(req, AHOY_H_SUPPORTED, AHOY_S("path")) && !ahoy_path_read(req, &path).status)
		said = ahoy_buf_slice(&path);
	ahoy_registrar_prepare(sw->registrar, sw->now, user, req, flow, &change);
	if (change.status == 200 && change.changed)
		save(sw, tx, user, &change, said);
	else
		respond(sw, tx, user, change.status, change.reason, said, change.outbound);
}

void ahoy_b2b_answer_registered(ahoy_switch *sw, b2b_wait *wait, bool failed)
{
	ahoy_slice user = {0};
	int err = ahoy_registrar_commit(sw->registrar, sw->now, wait->change, !failed, &user);

	respond(sw, wait->tx, user, err || failed ? 500 : 200, NULL, wait->path, wait->outbound);
	ahoy_b2b_wait_end(sw, wait);
}

void ahoy_b2b_keep_alive(ahoy_switch *sw)
{
	ahoy_binding binding;
	ahoy_slice user;

	while (ahoy_registrar_next_keepalive(sw->registrar, sw->now, &user, &binding)) {
		char us_text[AHOY_ADDR_TEXT + 16], to_text[AHOY_MAX_CONTACT + 2];
		ahoy_buf us = ahoy_buf_over(us_text, sizeof us_text), to = ahoy_buf_over(to_text, sizeof to_text);
		ahoy_ua_request_spec spec = {.method = AHOY_OPTIONS,
					     .uri = binding.contact,
					     .flow = &binding.flow,
					     .max_forwards = 70,
					     .user = USER_KEEPALIVE};

		ahoy_b2b_write_party(sw, &us, (ahoy_slice){0}, &binding.flow);
		ahoy_buf_char(&to, '<');
		ahoy_buf_put(&to, binding.contact);
		ahoy_buf_char(&to, '>');
		spec.from = ahoy_buf_slice(&us);
		spec.to = ahoy_buf_slice(&to);
		/* Whether it is answered does not matter: the binding lives until it expires. */
		if (!us.full && !to.full)
			(void)ahoy_ua_request(sw->ua, sw->now, &spec);
	}
}
