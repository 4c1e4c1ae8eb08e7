/* dialog: the state two user agents share (RFC 3261 12): Call-ID, tags, CSeq numbers, remote target, route set, and the flow to the peer.
 * Owns heap copies of its texts (ahoy_dialog_fini frees them). Leaves transactions to the stack and meaning to ua. Thread kind: owned. */
#ifndef AHOY_SIP_DIALOG_H
#define AHOY_SIP_DIALOG_H

#include "base/env.h"
#include "base/err.h"
#include "sip/flow.h"
#include "sip/msg.h"

/* All slices are heap copies that live as long as the dialog. */
typedef struct {
	ahoy_slice call_id, local_tag, remote_tag;
	ahoy_slice local, remote;	    /* From and To values of our requests, without tag */
	ahoy_slice remote_target;	    /* URI; empty until known */
	ahoy_slice routes[AHOY_MAX_ROUTES]; /* Route values, first hop first */
	unsigned route_count;
	uint32_t local_cseq, remote_cseq;
	bool has_remote_cseq;
	bool has_flow;
	ahoy_flow flow; /* to the peer: where its INVITE or its 2xx came from */
} ahoy_dialog;

/* The callee's end, from the INVITE (12.1.1). AHOY_ENOMEM, AHOY_EMISSING (no Contact), AHOY_ESYNTAX, AHOY_ERANGE (too many routes). */
AHOY_MUST_USE int ahoy_dialog_init_uas(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *invite, const ahoy_flow *flow,
				       ahoy_slice local_tag);
/* The caller's end before any answer: `local` and `remote` as From and To values without tag. */
AHOY_MUST_USE int ahoy_dialog_init_uac(const ahoy_env *env, ahoy_dialog *dialog, ahoy_slice call_id, ahoy_slice local, ahoy_slice remote,
				       ahoy_slice local_tag);
void ahoy_dialog_fini(const ahoy_env *env, ahoy_dialog *dialog);

/* A 101..299 to our INVITE: takes tag, target and route set over (12.1.2); again for a later one with another tag (a
 * fork). Without To tag nothing happens. AHOY_EMISSING: a 2xx without a usable Contact. */
AHOY_MUST_USE int ahoy_dialog_learn(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *response, const ahoy_flow *flow);
/* A request or 2xx that refreshes the target (12.2.1.2, 12.2.2). A source port that changed on the same IP is followed (NAT rebinding). */
AHOY_MUST_USE int ahoy_dialog_refresh(const ahoy_env *env, ahoy_dialog *dialog, const ahoy_msg *msg, const ahoy_flow *flow);

/* Does this request of the peer belong to the dialog? Tags are compared exactly, an absent From tag (RFC 2543) as empty. */
bool ahoy_dialog_owns(const ahoy_dialog *dialog, const ahoy_msg *req);
/* 12.2.2: false where the request is older than the last one; takes its CSeq otherwise. */
bool ahoy_dialog_accept_cseq(ahoy_dialog *dialog, uint32_t cseq);

/* The Request-URI of a request in this dialog (12.2.1.1; a strict router's own URI where the first route has no lr). */
ahoy_slice ahoy_dialog_request_uri(const ahoy_dialog *dialog);
/* The URI that the request is sent to: the first route, else the target. */
ahoy_slice ahoy_dialog_next_hop(const ahoy_dialog *dialog);
/* Route, From, To, Call-ID lines. */
void ahoy_dialog_write(const ahoy_dialog *dialog, ahoy_buf *b);

/* Replaces a heap copy: frees the old text, keeps it where memory is out (AHOY_ENOMEM). */
int ahoy_dialog_set(const ahoy_env *env, ahoy_slice *slot, ahoy_slice value);

#endif
