/* socket: making the datagram sockets that udp.c and rtp_sockets.c share, and the ancillary data of a datagram: its
 * local address. For src/os alone. Thread kind: shared. */
#ifndef AHOY_OS_SOCKET_H
#define AHOY_OS_SOCKET_H

#include "base/addr.h"
#include "base/err.h"

#include <sys/socket.h>

/* One sentence that says why something failed. */
#define AHOY_SOCKET_WHY 256

/* Room for one IP_PKTINFO or IPV6_PKTINFO. */
#define AHOY_SOCKET_CONTROL 64

typedef struct {
	bool both;	   /* an IPv6 socket that takes IPv4 too (the address is then the unspecified one) */
	bool shared;	   /* SO_REUSEPORT */
	bool errors;	   /* IP_RECVERR: ICMP messages are kept for ahoy_socket_error */
	uint8_t tos;	   /* DSCP and ECN bits: 0xb8 for media, 0x60 for signalling (RFC 4594) */
	int receive_bytes; /* SO_RCVBUF; the kernel may give less (net.core.rmem_max). 0: its default */
} ahoy_socket_options;

/* A bound, non-blocking datagram socket that tells the local address of each datagram. IPv6 sockets do not take IPv4
 * unless `both`. Returns the descriptor, or -1 with errno. */
int ahoy_socket_open(const ahoy_addr *at, const ahoy_socket_options *options);
/* Why a listener cannot be opened, and what to do; kind is "udp" or "tcp". AHOY_EUNSUPPORTED: the machine does not have
 * this kind of IP; AHOY_ENETWORK. */
int ahoy_socket_why(const char *kind, const ahoy_addr *at, int error, char why[AHOY_SOCKET_WHY]);
/* Where it is bound; family 0 where the kernel does not say. */
void ahoy_socket_bound(int fd, ahoy_addr *out);

/* The local IP from a received message's ancillary data into out->ip (the port stays); out is unchanged where there is
 * none. */
void ahoy_socket_local_of(struct msghdr *msg, ahoy_addr *out);
/* Makes the message leave from this local IP. `control` has AHOY_SOCKET_CONTROL bytes, aligned for a cmsghdr. `mapped`:
 * the socket is of the kind `both`. Nothing happens for an unspecified address. */
void ahoy_socket_send_from(struct msghdr *msg, void *control, const ahoy_addr *local, bool mapped);

/* The next ICMP message: true, with the peer that it is about and its errno. */
bool ahoy_socket_error(int fd, ahoy_addr *peer, int *error);
/* Is this errno about a peer (it did not take the datagram) and not about the socket? */
bool ahoy_socket_is_peer_error(int error);

#endif
