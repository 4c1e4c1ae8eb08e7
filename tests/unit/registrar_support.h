/* registrar_support: requests for the tests of src/registrar, built as text and parsed, so that what is tested is what
 * comes from the wire. */
#ifndef REGISTRAR_SUPPORT_H
#define REGISTRAR_SUPPORT_H

#include "oom.h"
#include "test.h"

#include <stdio.h>

#include "sip/digest.h"
#include "sip/flow.h"
#include "sip/msg.h"

typedef struct {
	char bytes[16384];
	ahoy_msg msg;
} test_request;

/* Parses what stands in r->bytes. */
static inline void request_parse(test_request *r)
{
	ahoy_parse_error where = {0};
	int err = ahoy_msg_parse(ahoy_slice_of(r->bytes), &r->msg, &where);

	if (err)
		fail_msg("the test's own request is refused: %s, %s", where.rule ? where.rule : "?", r->bytes);
}

/* A request of `method` from and to sip:user@example.org; `lines` are whole header lines with CRLF. */
static inline void request_make(test_request *r, const char *method, const char *user, const char *call_id,
				unsigned cseq, const char *lines)
{
	int len = snprintf(r->bytes, sizeof r->bytes,
			   "%s sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
			   "From: <sip:%s@example.org>;tag=f\r\nTo: <sip:%s@example.org>\r\nCall-ID: %s\r\nCSeq: %u %s\r\n%s\r\n",
			   method, user, user, call_id, cseq, method, lines);

	assert_true(len > 0 && (size_t)len < sizeof r->bytes);
	request_parse(r);
}

static inline ahoy_addr addr_of(const char *text)
{
	ahoy_addr addr;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

static inline ahoy_flow flow_of(const char *peer)
{
	return (ahoy_flow){.transport = AHOY_UDP,
			   .id = 3,
			   .local = addr_of(addr_of(peer).family == 6 ? "[2001:db8::1]:5060" : "192.0.2.1:5060"),
			   .peer = addr_of(peer)};
}

#endif
