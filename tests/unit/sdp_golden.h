/* sdp_golden: for the tests of src/sdp: descriptions written with LF in the source, CRLF on the wire. */
#ifndef AHOY_TEST_SDP_GOLDEN_H
#define AHOY_TEST_SDP_GOLDEN_H

#include "base/buf.h"
#include "sdp/sdp.h"

/* The two bodies of the seed (tests/seed/02_invite.sip, 05_200_invite.sip). */
#define SEED_OFFER                                \
	"v=0\n"                                   \
	"o=Zoiper_user 0 0 IN IP4 127.0.0.1\n"    \
	"s=Zoiper_session\n"                      \
	"c=IN IP4 127.0.0.1\n"                    \
	"t=0 0\n"                                 \
	"m=audio 6000 RTP/AVP 3 0 110 98 8 101\n" \
	"a=rtpmap:3 GSM/8000\n"                   \
	"a=rtpmap:0 PCMU/8000\n"                  \
	"a=rtpmap:110 speex/8000\n"               \
	"a=rtpmap:98 iLBC/8000\n"                 \
	"a=fmtp:98 mode=20\n"                     \
	"a=rtpmap:8 PCMA/8000\n"                  \
	"a=rtpmap:101 telephone-event/8000\n"     \
	"a=fmtp:101 0-15\n"                       \
	"a=sendrecv\n"
#define SEED_ANSWER                           \
	"v=0\n"                               \
	"o=DBL 1 1 IN IP4 11.0.0.3\n"         \
	"s=DBL\n"                             \
	"c=IN IP4 11.0.0.3\n"                 \
	"t=0 0\n"                             \
	"m=audio 6000 RTP/AVP 8 101\n"        \
	"a=rtpmap:8 PCMA/8000\n"              \
	"a=rtpmap:101 telephone-event/8000\n" \
	"a=fmtp:101 0-15\n"                   \
	"a=ptime:20\n"                        \
	"a=sendrecv\n"

typedef struct {
	char text[8192]; /* what the slices of `sdp` point into */
	size_t len;
	ahoy_sdp sdp;
} golden;

/* LF to CRLF, NUL-terminated. */
static inline void golden_crlf(golden *g, const char *text)
{
	ahoy_buf b = ahoy_buf_over(g->text, sizeof g->text);

	for (; *text; text++) {
		if (*text == '\n')
			ahoy_buf_char(&b, '\r');
		ahoy_buf_char(&b, *text);
	}
	ahoy_buf_cstr(&b);
	assert_false(b.full);
	g->len = b.len;
}

static inline ahoy_slice golden_slice(const golden *g)
{
	return (ahoy_slice){g->text, g->len};
}

/* The description, parsed; fails the test where it cannot be. */
static inline const ahoy_sdp *golden_parse(golden *g, const char *text)
{
	golden_crlf(g, text);
	assert_ok(ahoy_sdp_parse(golden_slice(g), &g->sdp, NULL));
	return &g->sdp;
}

/* What was written is the expected text, CRLF against LF. */
static inline void golden_expect(const ahoy_buf *b, const char *expected)
{
	golden g;

	golden_crlf(&g, expected);
	assert_slice(ahoy_buf_slice(b), g.text);
}

#endif
