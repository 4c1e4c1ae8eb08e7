/* craft: the text of a request that somebody wants to send exactly so (ahoy send): from options, with what was left out filled in, or
 * from a template with ${...} in it. Says nothing about whether a message is right: wrong ones are what it is for.
 * Leaves sending, answers and the digest's arithmetic to cmd_send.c and ua/auth.h. Thread kind: pure. */
#ifndef AHOY_PHONE_CRAFT_H
#define AHOY_PHONE_CRAFT_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "sip/msg.h"

#define AHOY_CRAFT_HEADERS 32 /* of --header */

typedef struct {
	ahoy_slice method, uri;
	ahoy_slice from, to; /* values; From gets our tag where it has none */
	ahoy_slice call_id, branch, tag;
	uint32_t cseq;
	ahoy_addr local;	    /* for Via and Contact */
	ahoy_slice contact_user;    /* of Contact */
	ahoy_slice product;	    /* User-Agent */
	const char *const *headers; /* "Name: value" each; the first of a name takes the place of ours, "Name:" leaves it out */
	size_t header_count;
	ahoy_slice type, body;
	ahoy_slice authorization; /* whole lines, or empty */
} ahoy_craft;

/* RFC 3261 25.1: what a method or a header's name may be. */
bool ahoy_craft_is_token(ahoy_slice text);
/* "Name: value" with a token for a name. AHOY_ESYNTAX. */
int ahoy_craft_check_header(const char *line) AHOY_MUST_USE;
/* The request from options. b->full where it does not fit. */
void ahoy_craft_request(ahoy_buf *b, const ahoy_craft *craft);

/* The names that a template may use, for the message about one that it may not. Static. */
const char *ahoy_craft_names(void);
/* The template with its ${...} filled in and line ends of CRLF in the head. Not raw: credentials go before the empty line where
 * ${authorization} stands nowhere, and a Content-Length that is missing is added. AHOY_ENOTFOUND: an unknown name, which
 * *unknown is then; AHOY_ESYNTAX: "${" without "}"; AHOY_EFULL. */
int ahoy_craft_template(ahoy_buf *b, ahoy_slice text, const ahoy_craft *craft, bool raw, ahoy_slice *unknown) AHOY_MUST_USE;

/* The CANCEL of an INVITE that was sent, or the ACK to its refusal: its own Via and Route (9.1, 17.1.1.3). `to`: the value. */
void ahoy_craft_hop(ahoy_buf *b, const ahoy_msg *sent, ahoy_method method, ahoy_slice to);
/* ACK or BYE in the dialog that a 2xx to an INVITE made (12.1.2, 13.2.2.4); of `craft` the branch and address are used. */
void ahoy_craft_dialog(ahoy_buf *b, const ahoy_craft *craft, const ahoy_msg *sent, const ahoy_msg *answer, ahoy_method method);

#endif
