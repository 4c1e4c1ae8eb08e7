/* The early dialogs of a call (RFC 3261 12.1): the answers to one INVITE that a proxy forked bear different To tags, and each
 * makes a dialog with its own route, RSeq and description. The call's `dialog` is that of the one that spoke last; the others
 * stand aside until they speak again, or until a 2xx chooses. */
#include "ua/internal.h"

static void free_aside(ahoy_ua *ua, ua_aside *aside)
{
	ahoy_dialog_fini(ua->env, &aside->dialog);
	ahoy_ua_free(ua, &aside->early.description);
	ahoy_ua_free(ua, &aside->early.offered);
}

static void drop_aside(ua_call *call, unsigned at)
{
	call->aside_count--;
	memmove(&call->aside[at], &call->aside[at + 1], (call->aside_count - at) * sizeof *call->aside);
}

/* The call's dialog goes to the end of those aside, and this one takes its place. CSeq numbers rise over all of them. */
static void swap_in(ua_call *call, ua_aside chosen)
{
	if (chosen.dialog.local_cseq < call->dialog.local_cseq)
		chosen.dialog.local_cseq = call->dialog.local_cseq;
	call->aside[call->aside_count++] = (ua_aside){call->dialog, call->early};
	call->dialog = chosen.dialog;
	call->early = chosen.early;
}

static bool find(const ua_call *call, ahoy_slice remote_tag, unsigned *at)
{
	for (*at = 0; *at < call->aside_count; ++*at)
		if (ahoy_slice_eq(call->aside[*at].dialog.remote_tag, remote_tag))
			return true;
	return false;
}

bool ahoy_ua_early_find(ua_call *call, ahoy_slice remote_tag)
{
	ua_aside chosen;
	unsigned at;

	if (!find(call, remote_tag, &at))
		return false;
	chosen = call->aside[at];
	drop_aside(call, at);
	swap_in(call, chosen);
	return true;
}

/* Room for one more, or for the longest silent one's. */
static int make_room(ahoy_ua *ua, ua_call *call)
{
	if (!call->aside)
		call->aside = ahoy_resize(ua->env, NULL, (AHOY_MAX_EARLY_DIALOGS - 1) * sizeof *call->aside);
	if (!call->aside)
		return AHOY_ENOMEM;
	if (call->aside_count == AHOY_MAX_EARLY_DIALOGS - 1) {
		free_aside(ua, &call->aside[0]);
		drop_aside(call, 0);
	}
	return 0;
}

int ahoy_ua_early_select(ahoy_ua *ua, ua_call *call, ahoy_slice remote_tag)
{
	const ahoy_dialog *now = &call->dialog;
	ua_aside fresh = {.early = {.offer = call->offered ? UA_OFFER_SENT : UA_NO_OFFER}};
	int err;

	/* 12.1.2: an answer without a tag makes no early dialog; the first with one fills the one that is there. */
	if (!now->remote_tag.len || !remote_tag.len || ahoy_slice_eq(now->remote_tag, remote_tag) || ahoy_ua_early_find(call, remote_tag))
		return 0;
	err = make_room(ua, call);
	if (!err)
		err = ahoy_dialog_init_uac(ua->env, &fresh.dialog, now->call_id, now->local, now->remote, now->local_tag);
	if (!err)
		swap_in(call, fresh);
	return err;
}

void ahoy_ua_early_describe(ahoy_ua *ua, ua_call *call, const ahoy_msg *msg)
{
	ahoy_slice copy;

	/* Without memory the description before stands, or none: the owner treats the answer as one without. */
	if (!msg->body.len || !ahoy_msg_is_type(msg, AHOY_S("application/sdp")) || ahoy_ua_dup(ua, msg->body, &copy))
		return;
	ahoy_ua_free(ua, &call->early.description);
	call->early.description = copy;
}

void ahoy_ua_early_offered(ahoy_ua *ua, ua_call *call, const ahoy_msg *msg)
{
	ahoy_ua_free(ua, &call->early.offered);
	if (call->is_caller && call->state != AHOY_CALL_ANSWERED)
		(void)ahoy_ua_dup(ua, msg->body, &call->early.offered);
}

void ahoy_ua_early_agreed(ahoy_ua *ua, ua_call *call, int status)
{
	if (status < 300 && call->early.offered.len) {
		ahoy_ua_free(ua, &call->early.description);
		call->early.description = call->early.offered;
		call->early.offered = (ahoy_slice){0};
	}
	ahoy_ua_free(ua, &call->early.offered);
}

void ahoy_ua_early_end(ahoy_ua *ua, ua_call *call)
{
	while (call->aside_count)
		free_aside(ua, &call->aside[--call->aside_count]);
	ahoy_free(ua->env, call->aside);
	call->aside = NULL;
}

void ahoy_ua_early_note(ua_call *call, const ahoy_msg *msg)
{
	/* What is missing takes nothing back. */
	if (ahoy_msg_has(msg, AHOY_H_ALLOW))
		call->peer_updates = ahoy_msg_lists(msg, AHOY_H_ALLOW, AHOY_S("UPDATE"));
	if (ahoy_msg_lists(msg, AHOY_H_SUPPORTED, AHOY_S("100rel")) || ahoy_msg_lists(msg, AHOY_H_REQUIRE, AHOY_S("100rel")))
		call->peer_rel = true;
}

void ahoy_ua_write_supported(const ahoy_ua *ua, const ua_call *call, ahoy_buf *b)
{
	ahoy_slice rest = ua->config.supported, one;
	char text[256];
	ahoy_buf tags = ahoy_buf_over(text, sizeof text);

	while (rest.len) {
		ahoy_slice_cut(rest, ',', &one, &rest);
		one = ahoy_slice_trim(one);
		if (!one.len || (call->not_reliable && ahoy_slice_ieq(one, AHOY_S("100rel"))))
			continue;
		if (tags.len)
			ahoy_buf_str(&tags, ", ");
		ahoy_buf_put(&tags, one);
	}
	if (tags.len)
		ahoy_write_header(b, AHOY_H_SUPPORTED, ahoy_buf_slice(&tags));
}
