/* text: what the files of src/sdp share for reading and writing lines; nobody else includes it. Thread kind: pure. */
#ifndef AHOY_SDP_TEXT_H
#define AHOY_SDP_TEXT_H

#include "sdp/sdp.h"

static inline bool ahoy_sdp_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without SP and HTAB at both ends. */
ahoy_slice ahoy_sdp_trim(ahoy_slice s);
/* Takes the next run of non-blanks off *rest; empty at the end. */
ahoy_slice ahoy_sdp_next_token(ahoy_slice *rest);
/* Not empty, and visible ASCII only (0x21 .. 0x7e). */
bool ahoy_sdp_is_visible(ahoy_slice s);
/* Not empty, and a token of RFC 8866 9. */
bool ahoy_sdp_is_token(ahoy_slice s);
/* No control byte in it, so that it can be written into one line. */
bool ahoy_sdp_is_text(ahoy_slice s);

/* "<payload> <rest>" as in rtpmap and fmtp; *rest is trimmed. AHOY_ESYNTAX, AHOY_ERANGE. */
int ahoy_sdp_cut_payload(ahoy_slice value, unsigned *payload, ahoy_slice *rest);
/* The value of a=rtpmap; fmtp stays empty. AHOY_ESYNTAX, AHOY_ERANGE. */
int ahoy_sdp_parse_rtpmap(ahoy_slice value, ahoy_sdp_codec *out);

/* v=, o=, s=, c=, and t= of a description of ours; b= lines come between the last two. */
void ahoy_sdp_put_head(ahoy_buf *b, ahoy_slice username, ahoy_slice session_name, uint64_t sess_id,
		       uint64_t sess_version, const ahoy_addr *ip, const ahoy_sdp *bandwidths_of);
void ahoy_sdp_put_bandwidths(ahoy_buf *b, const ahoy_sdp *sdp, ahoy_sdp_run run);
/* "a=rtpmap:…", without channels where there is one. */
void ahoy_sdp_put_rtpmap(ahoy_buf *b, const ahoy_sdp_codec *codec);
/* "m=<type> 0 <proto> <formats>": the line keeps its place and carries nothing. */
void ahoy_sdp_put_dead_media(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m);

#endif
