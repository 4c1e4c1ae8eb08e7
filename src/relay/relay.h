/* relay: which packet goes where (docs/behaviour.md "Media"). Owns the port pool and, per port, the peer's address, the
 * learned source, the counters. Leaves sockets to src/os, which opens the pairs, and SDP to the caller.
 * A call has one side A (side 0) and up to AHOY_MAX_FORKS sides B (1 ..), each with its own ports; one B at a time is
 * selected: media flows between A and it. Up to AHOY_RELAY_MAX_STREAMS streams, each with RTP and RTCP ports.
 * Order: new, add_pair …; open, take_pair …, set_remote …, select, recv …, close. Ids are generational: a stale one is
 * AHOY_ESTALE. Thread kind: owned (one worker). Cost: recv allocates nothing and looks nothing up but in arrays. */
#ifndef AHOY_RELAY_RELAY_H
#define AHOY_RELAY_RELAY_H

#include "base/addr.h"
#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slots.h"
#include "crypto/srtp_suite.h"

typedef struct ahoy_relay ahoy_relay;
typedef ahoy_id ahoy_relay_call; /* 0: none */

/* A port handle: pair * 2 for its RTP port, pair * 2 + 1 for its RTCP port; dense, so that os keeps sockets in an array. */
typedef uint32_t ahoy_relay_port;
#define AHOY_RELAY_NO_PAIR UINT32_MAX
#define AHOY_RELAY_RTP_PORT(pair) ((ahoy_relay_port)(pair)*2u)
#define AHOY_RELAY_RTCP_PORT(pair) ((ahoy_relay_port)(pair)*2u + 1u)

/* From whom a source address may be learned, besides the SDP's own IP. */
typedef enum {
	AHOY_LATCH_SIGNALLING, /* the IP that the leg's signalling comes from, where the SDP's IP is private or another */
	AHOY_LATCH_ANY,	       /* whoever comes first */
	AHOY_LATCH_NONE	       /* nobody: nothing is learned, packets come from the SDP's IP and go to the SDP's address */
} ahoy_latch;

/* max_pairs bounds the pool (1 .. 32768). AHOY_ENOMEM, AHOY_EINVAL. */
int ahoy_relay_new(const ahoy_env *env, uint32_t max_pairs, ahoy_latch latch, ahoy_relay **out) AHOY_MUST_USE;
void ahoy_relay_del(ahoy_relay *relay);

/* One opened pair: rtp_port even, RTCP at rtp_port + 1. `group` (0 .. AHOY_RELAY_MAX_GROUPS - 1) names what the pairs
 * have in common, such as the family and local address; take_pair asks for one. AHOY_EFULL, AHOY_ENOMEM, AHOY_EINVAL. */
int ahoy_relay_add_pair(ahoy_relay *relay, unsigned group, uint16_t rtp_port, uint32_t *pair) AHOY_MUST_USE;
/* Takes the pair that was free the longest out of the pool; add_pair gives its number again, the lowest first. False: none is free. */
bool ahoy_relay_remove_pair(ahoy_relay *relay, unsigned group, uint32_t *pair);
/* The fewest that were free at any time since the last call: what nobody needed, even at the busiest. */
uint32_t ahoy_relay_spare_pairs(ahoy_relay *relay, unsigned group);
/* Gives memory back (slots.h). True: there was some. */
bool ahoy_relay_trim(ahoy_relay *relay);
/* An IP that the pool's ports are reachable at. A peer that names one of them with a pool port in its SDP would make
 * packets circle: such an address is treated as none. AHOY_EFULL. */
int ahoy_relay_add_own_ip(ahoy_relay *relay, const ahoy_addr *ip) AHOY_MUST_USE;
uint32_t ahoy_relay_pairs_free(const ahoy_relay *relay, unsigned group);
uint32_t ahoy_relay_pairs_used(const ahoy_relay *relay);
uint64_t ahoy_relay_pairs_refused(const ahoy_relay *relay); /* how often a pair was wanted and none was free */
uint32_t ahoy_relay_calls(const ahoy_relay *relay);
uint16_t ahoy_relay_pair_port(const ahoy_relay *relay, uint32_t pair); /* its RTP port number; 0 for no such pair */

/* A call without ports yet. AHOY_ENOMEM, AHOY_EFULL. */
int ahoy_relay_open(ahoy_relay *relay, ahoy_time now, ahoy_relay_call *call) AHOY_MUST_USE;
/* Gives back all its ports; each rests behind all the others. Read the quality first. A stale id is ignored. */
void ahoy_relay_close(ahoy_relay *relay, ahoy_relay_call call);
/* Gives back one side's ports (a fork that lost). If it was selected, none is. */
void ahoy_relay_close_side(ahoy_relay *relay, ahoy_relay_call call, unsigned side);

/* The pair of this side (0 .. AHOY_MAX_FORKS) and stream (0 .. AHOY_RELAY_MAX_STREAMS - 1); taken from the pool the first
 * time (the one free the longest), the same afterwards. AHOY_EFULL: the group's pool is empty (503 with Retry-After);
 * AHOY_ESTALE, AHOY_EINVAL. */
int ahoy_relay_take_pair(ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream, unsigned group,
			 uint32_t *pair) AHOY_MUST_USE;
/* Gives one stream's pair back (its m= line was rejected). */
void ahoy_relay_give_pair(ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream);

/* Which side B media flows with (1 .. AHOY_MAX_FORKS), or 0 for none yet. AHOY_ESTALE, AHOY_EINVAL. */
int ahoy_relay_select(ahoy_relay *relay, ahoy_relay_call call, unsigned side) AHOY_MUST_USE;

/* What the last offer or answer said of one stream of one side. */
typedef struct {
	ahoy_addr rtp, rtcp;	/* of the SDP; family 0: nowhere (held by 0.0.0.0, a host name) */
	ahoy_addr signalling;	/* source IP of the leg's signalling; the port does not matter. Family 0: unknown */
	bool trusted;		/* authenticated or registered: media goes to the SDP's address before anything came from there */
	bool receives;		/* false: on hold, no RTP is sent there (RTCP goes on, RFC 3264 5.1) */
	bool sends;		/* false: its RTP is still counted and learned from, but goes nowhere */
	uint32_t clock_rate_hz; /* for the jitter; 0: 8000 */
	/* Fax by UDPTL (ITU-T T.38): whatever comes from its source goes on; there is no RTCP, and a source once learned stays
	 * until the next offer or answer, because nothing in a packet says whose it is. */
	bool udptl;
} ahoy_relay_remote;

/* Once for each offer or answer from this side: takes the addresses over and lets a source be learned once more.
 * Packets of the source learned before, still on their way, are taken for two more seconds without locking to it again.
 * AHOY_ESTALE; AHOY_ESTATE where the stream has no pair; AHOY_EINVAL. */
int ahoy_relay_set_remote(ahoy_relay *relay, ahoy_time now, ahoy_relay_call call, unsigned side, unsigned stream,
			  const ahoy_relay_remote *remote) AHOY_MUST_USE;

/* SRTP with this side of the call (RFC 3711), whatever the other sides have: `recv` is the peer's key, `send` ours; keys that
 * stay go on where they were. Without `recv` nothing is taken from there yet; both NULL: plain RTP. In force until the pair is given
 * back. AHOY_ESTALE, AHOY_EINVAL; AHOY_ESTATE: the stream has no pair; AHOY_ENOMEM: as it was. */
int ahoy_relay_set_keys(ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream, const ahoy_srtp_key *recv,
			const ahoy_srtp_key *send) AHOY_MUST_USE;

typedef enum {
	AHOY_RELAY_SEND,	 /* to out->to, from out->port */
	AHOY_RELAY_LOCAL,	 /* for an endpoint inside of this server: out->local says whose */
	AHOY_RELAY_NO_CALL,	 /* the port belongs to no call (a late packet of one that ended) */
	AHOY_RELAY_MALFORMED,	 /* no RTP, or on an RTCP port no RTCP */
	AHOY_RELAY_SOURCE,	 /* from elsewhere than this leg's peer */
	AHOY_RELAY_NOT_SELECTED, /* from a fork that is not the selected one */
	AHOY_RELAY_NO_PEER,	 /* the other side has no such stream, or no address yet */
	AHOY_RELAY_HELD,	 /* the other side does not receive, or this one said that it does not send */
	AHOY_RELAY_SRTP_AUTH,	 /* from the peer's address, but not with its key */
	AHOY_RELAY_SRTP_REPLAY,	 /* an SRTP packet, or one to be encrypted, that came before, or too late */
	AHOY_RELAY_SRTP_KEY,	 /* the key's lifetime is over, or it has its bound of sources */
	AHOY_RELAY_VERDICTS
} ahoy_relay_verdict;

typedef struct {
	ahoy_relay_port port; /* to send from */
	ahoy_addr to;
	uint64_t local;	  /* LOCAL alone: what set_local or set_between was told, */
	uint8_t side;	  /* and from which side the packet came */
	ahoy_slice bytes; /* SEND, LOCAL: the packet; the bytes that were given, or of the relay until its next packet */
} ahoy_relay_out;

/* A call without any B: what comes from A is for an endpoint inside of this server, named by `local`. AHOY_ESTALE. */
int ahoy_relay_set_local(ahoy_relay *relay, ahoy_relay_call call, uint64_t local) AHOY_MUST_USE;
/* A call whose sound does not pass as it is: what comes from A and from the selected B, of stream 0, is for an endpoint in between,
 * named by `local`; other streams go nowhere. AHOY_ESTALE. */
int ahoy_relay_set_between(ahoy_relay *relay, ahoy_relay_call call, uint64_t local) AHOY_MUST_USE;
/* For what such an endpoint says to this side: the port it leaves from, and where it goes: to the description's address, or
 * to the source that was learned. False: nowhere (yet), or there is no such stream. */
bool ahoy_relay_target(const ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream, bool is_rtcp,
		       ahoy_relay_out *out);
/* What such an endpoint says, as it goes out: the packet itself, or encrypted in memory of the relay until its next packet.
 * Empty: not at all. */
ahoy_slice ahoy_relay_seal(ahoy_relay *relay, const ahoy_relay_out *out, ahoy_slice packet);

/* One datagram that came to a port from `src` (IPv4-mapped addresses unmapped by the caller). On AHOY_RELAY_SEND
 * out->bytes go out as *out says: the same ones, or where a side has keys what they became. Everything else is counted by its verdict. */
ahoy_relay_verdict ahoy_relay_recv(ahoy_relay *relay, ahoy_time now, ahoy_relay_port port, const ahoy_addr *src,
				   const void *bytes, size_t len, ahoy_relay_out *out);
/* How many packets had this verdict since the start. */
uint64_t ahoy_relay_counted(const ahoy_relay *relay, ahoy_relay_verdict verdict);
/* "source", … for metrics. Static. */
const char *ahoy_relay_verdict_name(ahoy_relay_verdict verdict);

/* What came from one side (RTP of all its streams, as received by us). */
typedef struct {
	uint64_t packets, bytes, lost;
	double jitter_ms;     /* of the stream with the most packets */
	uint64_t rejected;    /* packets from elsewhere that went nowhere */
	ahoy_srtp_suite srtp; /* of the first stream that is encrypted; NONE: none is */
	uint64_t srtp_auth_failed, srtp_replayed;
	ahoy_time last_recv; /* last accepted RTP or RTCP packet; 0: none yet */
	ahoy_addr source;    /* of the first stream's RTP, as learned or from the SDP; family 0: none */
} ahoy_relay_quality;

/* AHOY_ESTALE, AHOY_EINVAL. A side without ports gives zeros. */
int ahoy_relay_side_quality(const ahoy_relay *relay, ahoy_relay_call call, unsigned side,
			    ahoy_relay_quality *out) AHOY_MUST_USE;
/* When the last packet came from A or from the selected B, or the call was opened: for the media time-out. AHOY_ESTALE. */
int ahoy_relay_last_media(const ahoy_relay *relay, ahoy_relay_call call, ahoy_time *out) AHOY_MUST_USE;

#endif
