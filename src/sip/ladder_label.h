/* ladder_label: what stands on the arrow of one message; for ladder.c alone. Everything that a peer sent comes out as
 * printable ASCII. */
#ifndef AHOY_SIP_LADDER_LABEL_H
#define AHOY_SIP_LADDER_LABEL_H

#include "base/buf.h"

/* At most `width` characters, the most telling form that fits: "INVITE (sdp PCMU PCMA)", "INVITE (sdp PCMU..)", "INVITE
 * (sdp)", "INVITE". */
void ahoy_ladder_label(ahoy_buf *b, ahoy_slice message, size_t width);

#endif
