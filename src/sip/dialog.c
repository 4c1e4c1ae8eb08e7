#include "sip/dialog.h"

#include "sip/write.h"

int ahoy_dialog_set(const ahoy_env *env, ahoy_slice *slot, ahoy_slice value)
{
	ahoy_slice copy;
	int err = ahoy_slice_dup(env, value, &copy);

	if (err)
		return err;
	ahoy_free(env, (void *)slot->ptr);
	*slot = copy;
	return 0;
}

void ahoy_dialog_fini(const ahoy_env *env, ahoy_dialog *dialog)
{
	ahoy_slice *slots[] = {&dialog->call_id, &dialog->local_tag, &dialog->remote_tag,
			       &dialog->local, &dialog->remote, &dialog->remote_target};

	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
		ahoy_free(env, (void *)slots[i]->ptr);
		*slots[i] = (ahoy_slice){0};
	}
	for (unsigned i = 0; i < dialog->route_count; i++)
		ahoy_free(env, (void *)dialog->routes[i].ptr);
	dialog->route_count = 0;
}

/* From or To without its tag, which the dialog holds apart. */
static int set_party(const ahoy_env *env, ahoy_slice *slot, const ahoy_name_addr *party)
{
	char text[2 * AHOY_MAX_HOST + AHOY_MAX_CONTACT + 8];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (party->display.len) {
		ahoy_buf_put(&b, party->display);
		ahoy_buf_char(&b, ' ');
	}
	ahoy_buf_char(&b, '<');
	ahoy_buf_put(&b, party->uri.text);
	ahoy_buf_char(&b, '>');
	if (b.full)
		return AHOY_ERANGE;
	return ahoy_dialog_set(env, slot, ahoy_buf_slice(&b));
}

static int set_target(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *msg)
{
	ahoy_name_addr contact;
	int err = ahoy_msg_name_addr(msg, AHOY_H_CONTACT, &contact);

	if (err)
		return err == AHOY_ENOTFOUND ? AHOY_EMISSING : err;
	if (contact.star || (contact.uri.kind != AHOY_URI_SIP && contact.uri.kind != AHOY_URI_SIPS))
		return AHOY_ESYNTAX;
	return ahoy_dialog_set(env, &dialog->remote_target, ahoy_uri_target(&contact.uri));
}

/* 12.1.1 in the order of the message, 12.1.2 in reverse. */
static int set_routes(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *msg, bool reverse)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value, values[AHOY_MAX_ROUTES];
	unsigned count = 0;

	while (ahoy_msg_next_value(msg, AHOY_H_RECORD_ROUTE, &cursor, &value)) {
		if (count == AHOY_MAX_ROUTES)
			return AHOY_ERANGE;
		values[count++] = value;
	}
	for (unsigned i = 0; i < dialog->route_count; i++)
		ahoy_free(env, (void *)dialog->routes[i].ptr);
	dialog->route_count = 0;
	for (unsigned i = 0; i < count; i++) {
		int err = ahoy_slice_dup(env, values[reverse ? count - 1 - i : i], &dialog->routes[i]);

		if (err)
			return err;
		dialog->route_count = i + 1;
	}
	return 0;
}

int ahoy_dialog_init_uas(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *invite, const ahoy_flow *flow, ahoy_slice local_tag)
{
	int err;

	*dialog = (ahoy_dialog){.has_flow = true, .flow = *flow, .remote_cseq = invite->cseq, .has_remote_cseq = true};
	err = ahoy_dialog_set(env, &dialog->call_id, invite->call_id);
	if (!err)
		err = ahoy_dialog_set(env, &dialog->local_tag, local_tag);
	if (!err)
		err = ahoy_dialog_set(env, &dialog->remote_tag, invite->from.tag);
	if (!err)
		err = set_party(env, &dialog->local, &invite->to);
	if (!err)
		err = set_party(env, &dialog->remote, &invite->from);
	if (!err)
		err = set_target(env, dialog, invite);
	if (!err)
		err = set_routes(env, dialog, invite, false);
	if (err)
		ahoy_dialog_fini(env, dialog);
	return err;
}

int ahoy_dialog_init_uac(const ahoy_env *env, ahoy_dialog *dialog, ahoy_slice call_id, ahoy_slice local,
			 ahoy_slice remote, ahoy_slice local_tag)
{
	int err;

	*dialog = (ahoy_dialog){0};
	err = ahoy_dialog_set(env, &dialog->call_id, call_id);
	if (!err)
		err = ahoy_dialog_set(env, &dialog->local_tag, local_tag);
	if (!err)
		err = ahoy_dialog_set(env, &dialog->local, local);
	if (!err)
		err = ahoy_dialog_set(env, &dialog->remote, remote);
	if (err)
		ahoy_dialog_fini(env, dialog);
	return err;
}

int ahoy_dialog_learn(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *response, const ahoy_flow *flow)
{
	int err;

	/* 12.1.2: a final answer without a tag makes a dialog with none (RFC 2543 peers). */
	if (!response->to.tag.len && response->status < 200)
		return 0;
	err = ahoy_dialog_set(env, &dialog->remote_tag, response->to.tag);
	if (!err)
		err = set_routes(env, dialog, response, true);
	if (err)
		return err;
	dialog->flow = *flow;
	dialog->has_flow = true;
	err = set_target(env, dialog, response);
	/* 13.2.2.1: a provisional answer need not bear a Contact. */
	return response->status < 200 && err != AHOY_ENOMEM ? 0 : err;
}

int ahoy_dialog_refresh(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *msg, const ahoy_flow *flow)
{
	int err = ahoy_msg_has(msg, AHOY_H_CONTACT) ? set_target(env, dialog, msg) : 0;

	if (dialog->has_flow && dialog->flow.transport == flow->transport && ahoy_addr_ip_eq(&dialog->flow.peer, &flow->peer))
		dialog->flow = *flow;
	return err;
}

bool ahoy_dialog_owns(const ahoy_dialog *dialog, const ahoy_msg *req)
{
	return ahoy_slice_eq(dialog->call_id, req->call_id) && ahoy_slice_eq(dialog->local_tag, req->to.tag) &&
	       ahoy_slice_eq(dialog->remote_tag, req->from.tag);
}

bool ahoy_dialog_accept_cseq(ahoy_dialog *dialog, uint32_t cseq)
{
	if (dialog->has_remote_cseq && cseq <= dialog->remote_cseq)
		return false;
	dialog->remote_cseq = cseq;
	dialog->has_remote_cseq = true;
	return true;
}

/* The first route, and whether it is a loose router (lr, 16.12.1.1). */
static bool first_route(const ahoy_dialog *dialog, ahoy_name_addr *route, bool *loose)
{
	ahoy_slice rest;

	if (!dialog->route_count || ahoy_name_addr_parse(dialog->routes[0], route, &rest))
		return false;
	*loose = ahoy_params_get(route->uri.params, AHOY_S("lr"), NULL);
	return true;
}

ahoy_slice ahoy_dialog_request_uri(const ahoy_dialog *dialog)
{
	ahoy_name_addr route;
	bool loose;

	if (first_route(dialog, &route, &loose) && !loose)
		return ahoy_uri_target(&route.uri);
	return dialog->remote_target;
}

ahoy_slice ahoy_dialog_next_hop(const ahoy_dialog *dialog)
{
	ahoy_name_addr route;
	bool loose;

	return first_route(dialog, &route, &loose) ? route.uri.text : dialog->remote_target;
}

/* As one value, so that a fold which the peer had in its name or tag becomes a blank. */
static void write_party(ahoy_buf *b, ahoy_header id, ahoy_slice party, ahoy_slice tag)
{
	char text[4096];
	ahoy_buf value = ahoy_buf_over(text, sizeof text);

	ahoy_buf_put(&value, party);
	if (tag.len) {
		ahoy_buf_str(&value, ";tag=");
		ahoy_buf_put(&value, tag);
	}
	if (value.full)
		b->full = true;
	else
		ahoy_write_header(b, id, ahoy_buf_slice(&value));
}

void ahoy_dialog_write(const ahoy_dialog *dialog, ahoy_buf *b)
{
	ahoy_name_addr route;
	bool loose = true;
	unsigned first = 0;

	/* 12.2.1.1: behind a strict router its own route is the Request-URI and the target goes last. */
	if (first_route(dialog, &route, &loose) && !loose)
		first = 1;
	for (unsigned i = first; i < dialog->route_count; i++)
		ahoy_write_header(b, AHOY_H_ROUTE, dialog->routes[i]);
	if (!loose)
		ahoy_write_fmt(b, AHOY_H_ROUTE, "<%.*s>", AHOY_P(dialog->remote_target));
	write_party(b, AHOY_H_FROM, dialog->local, dialog->local_tag);
	write_party(b, AHOY_H_TO, dialog->remote, dialog->remote_tag);
	ahoy_write_header(b, AHOY_H_CALL_ID, dialog->call_id);
}
