/* media_source: whose packets are taken, and where ours go (docs/behaviour.md, for an endpoint): the address in the peer's
 * description, or, where a NAT stands between, the port of the signalling peer's IP that its packets come from,
 * learned once for each description. Embedded; one for RTP, one for RTCP.
 * Thread kind: pure. */
#ifndef AHOY_ENDPOINT_MEDIA_SOURCE_H
#define AHOY_ENDPOINT_MEDIA_SOURCE_H

#include "base/addr.h"

typedef struct {
	ahoy_addr described;  /* family 0: nowhere */
	ahoy_addr signalling; /* where the call's messages come from; its port is not used */
	ahoy_addr learned;    /* family 0: not yet */
} ahoy_media_source;

/* A description was agreed on; what was learned stays where it names the same address as before. */
void ahoy_media_source_set(ahoy_media_source *s, const ahoy_addr *described, const ahoy_addr *signalling);
/* A packet came: is it the peer's? Learns. */
bool ahoy_media_source_takes(ahoy_media_source *s, const ahoy_addr *from);
/* Where to send to; family 0: nowhere. */
const ahoy_addr *ahoy_media_source_target(const ahoy_media_source *s);

#endif
