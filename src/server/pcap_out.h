/* pcap_out: SIP messages as a capture file that Wireshark and sngrep read. Each becomes the IP packet, or packets, that
 * may have carried it: a datagram, or the TCP segments of a stream (without their opening), in the clear what
 * went over TLS or WebSocket too. Checksums are filled in. Uses libpcap. Thread kind: owned. */
#ifndef AHOY_SERVER_PCAP_OUT_H
#define AHOY_SERVER_PCAP_OUT_H

#include "base/addr.h"
#include "base/err.h"
#include "base/slice.h"

typedef struct ahoy_pcap_out ahoy_pcap_out;

typedef struct {
	uint64_t at_utc_us;
	ahoy_addr from, to; /* of the same family */
	bool is_stream;
	ahoy_slice bytes;
} ahoy_pcap_message;

#define AHOY_PCAP_WHY 512
/* "-" is standard output. AHOY_ENOMEM, AHOY_ENETWORK: `why` says what hinders it. */
AHOY_MUST_USE int ahoy_pcap_out_open(const char *path, ahoy_pcap_out **out, char why[AHOY_PCAP_WHY]);
/* AHOY_EINVAL: no pair of addresses. AHOY_ETOOBIG: more than a datagram holds. */
int ahoy_pcap_out_put(ahoy_pcap_out *pcap, const ahoy_pcap_message *message);
/* False: not all could be written. NULL is allowed. */
bool ahoy_pcap_out_close(ahoy_pcap_out *pcap);

#endif
