/* relay_state: the inside of ahoy_relay, for the files of src/relay alone. Thread kind: owned. */
#ifndef AHOY_RELAY_RELAY_STATE_H
#define AHOY_RELAY_RELAY_STATE_H

#include "relay/relay.h"
#include "rtp/srtp.h"
#include "rtp/stats.h"

#define AHOY_RELAY_SIDES (1 + AHOY_MAX_FORKS)
#define AHOY_RELAY_CHUNK 128 /* pairs that are allocated at once: 50 KB */

/* The peer's end of one port. */
typedef struct {
	ahoy_addr sdp;	       /* where its SDP wants packets; family 0: nowhere */
	ahoy_addr to;	       /* where packets go now; family 0: nowhere yet */
	ahoy_addr source;      /* learned; family 0: not yet */
	bool locked;	       /* another source needs the same SSRC and a continuing sequence */
	ahoy_time grace_until; /* while not locked: the source of before is taken without locking to it */
	bool has_ssrc;
	uint16_t seq;
	uint32_t ssrc;
} ahoy_relay_end;

/* A pair of ports, and all that is known of the stream that uses it. */
typedef struct {
	uint16_t rtp_port; /* 0: no pair has this number now */
	uint8_t group, side, stream;
	bool trusted, receives, sends, has_remote, udptl;
	uint32_t next_free;   /* AHOY_RELAY_NO_PAIR: the last */
	ahoy_relay_call call; /* 0: free */
	ahoy_addr signalling;
	ahoy_relay_end ends[2]; /* RTP, RTCP */
	ahoy_rtp_stats stats;
	bool secure; /* SRTP: what is not encrypted is not this peer's */
	ahoy_srtp *srtp_recv, *srtp_send;
	uint64_t srtp_auth_failed, srtp_replayed;
	uint64_t rejected;
	uint64_t udptl_packets, udptl_bytes;
	ahoy_time last_recv;
} ahoy_relay_pair;

typedef struct {
	uint32_t first, last, count; /* of the free ones, the one free the longest first */
	uint32_t least;		     /* the lowest count since spare_pairs looked */
} ahoy_relay_pool;

typedef struct {
	ahoy_time opened;
	uint8_t selected;
	bool is_local;	 /* no side B: packets from A are for `local` */
	bool is_between; /* packets from both sides are */
	uint64_t local;	 /* an endpoint inside of this server */
	uint32_t pairs[AHOY_RELAY_SIDES][AHOY_RELAY_MAX_STREAMS];
} ahoy_relay_call_state;

struct ahoy_relay {
	const ahoy_env *env;
	ahoy_latch latch;
	ahoy_relay_pair *chunks[32768 / AHOY_RELAY_CHUNK]; /* as many as add_pair needed; a pair never moves */
	uint32_t max_pairs, pair_count, used;		   /* pair_count: with the vacant numbers */
	uint32_t vacant;
	uint64_t refused; /* takes that found no pair */
	ahoy_relay_pool pools[AHOY_RELAY_MAX_GROUPS];
	ahoy_slots calls;
	ahoy_addr own_ips[AHOY_RELAY_MAX_OWN_IPS];
	size_t own_ip_count;
	uint8_t own_ports[65536 / 8]; /* RTP and RTCP ports of the pool, a bit each */
	uint64_t counted[AHOY_RELAY_VERDICTS];
	uint8_t secure_bytes[AHOY_RELAY_MAX_SECURE + AHOY_SRTP_MAX_TRAILER]; /* the packet that is being relayed */
};

static inline ahoy_relay_pair *ahoy_relay_pair_at(const ahoy_relay *relay, uint32_t pair)
{
	return &relay->chunks[pair / AHOY_RELAY_CHUNK][pair % AHOY_RELAY_CHUNK];
}

/* secure.c */
/* Takes the encryption of this side off the packet in out->bytes; SEND: it is off, or there is none. */
ahoy_relay_verdict ahoy_relay_open_packet(ahoy_relay *relay, ahoy_relay_pair *pair, bool is_rtcp, ahoy_relay_out *out);
/* Puts the one of the side that it goes to on. */
ahoy_relay_verdict ahoy_relay_seal_packet(ahoy_relay *relay, ahoy_relay_pair *pair, bool is_rtcp, ahoy_relay_out *out);
void ahoy_relay_drop_keys(ahoy_relay_pair *pair);

/* pool.c */
int ahoy_relay_pool_take(ahoy_relay *relay, unsigned group, uint32_t *pair);
void ahoy_relay_pool_give(ahoy_relay *relay, uint32_t pair);
/* Whether a packet to this address would come back to one of the pool's ports. */
bool ahoy_relay_is_own(const ahoy_relay *relay, const ahoy_addr *addr);

#endif
