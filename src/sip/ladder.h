/* ladder: draws recorded messages as a ladder of text: one column per endpoint, one line per message with its time,
 * what it is, a short note of its SDP, and whether it is a retransmission. Control bytes that a peer sent come out
 * escaped. Leaves the choice of messages to the caller (trace.h by Call-ID). At most 100 columns wide for up to six
 * endpoints. Thread kind: pure. Cost: quadratic in the number of messages, which AHOY_LADDER_MAX_MESSAGES bounds. */
#ifndef AHOY_SIP_LADDER_H
#define AHOY_SIP_LADDER_H

#include "base/buf.h"
#include "sip/trace.h"

/* messages in the order of time; what stands beyond AHOY_LADDER_MAX_MESSAGES is left out, and a line says so.
 * self_name: the head of our own column ("ahoyd"). Writes lines that end in LF; nothing for no messages. *b's `full`
 * says whether it fitted: 160 bytes a message and 1 KiB are enough. The caller of the first message stands left: a
 * first message that was received puts its sender left of us, one that we sent puts us left. */
void ahoy_ladder_write(ahoy_buf *b, ahoy_slice self_name, const ahoy_trace_message *messages, size_t count);

#endif
