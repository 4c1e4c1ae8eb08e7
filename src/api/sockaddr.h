/* sockaddr: what sockets.c needs of the socket API, so that it speaks of ahoy_addr alone: bind, send, receive, look
 * up a name, ask for a route. (src/os, which has more of it on libuv and c-ares, stands below the library.) Thread
 * kind: shared. */
#ifndef AHOY_API_SOCKADDR_H
#define AHOY_API_SOCKADDR_H

#include <sys/types.h>

#include "ahoy/base.h"

/* A non-blocking UDP socket there, or -1 with errno. */
int ahoy_api_bind(const ahoy_addr *at);
/* Where it is bound. AHOY_EIO. */
int ahoy_api_bound(int fd, ahoy_addr *out) AHOY_MUST_USE;
/* Lets the kernel say which peer refused a datagram (ICMP), for ahoy_api_recv_error. */
void ahoy_api_want_errors(int fd);
/* The next such peer. False: no more. */
bool ahoy_api_recv_error(int fd, ahoy_addr *peer);
/* The bytes of one datagram, or -1 with errno. */
ssize_t ahoy_api_recv(int fd, void *mem, size_t cap, ahoy_addr *peer);
/* AHOY_ENETWORK: nothing can be sent there. A full socket buffer is a lost datagram, and no error. */
int ahoy_api_send_to(int fd, ahoy_slice bytes, const ahoy_addr *peer) AHOY_MUST_USE;
/* The address of this machine that packets to the peer leave from; port 0. AHOY_ENETWORK. */
int ahoy_api_route_local(const ahoy_addr *peer, ahoy_addr *local) AHOY_MUST_USE;
/* The addresses of "host", "host:port", "[v6]:port" or "sip:user@host:port;…", IPv4 first; port 0: what the text
 * says, else 5060. Blocks. AHOY_ENOTFOUND. */
int ahoy_api_look_up(const char *host, uint16_t port, ahoy_addr *out, size_t cap, size_t *count) AHOY_MUST_USE;

#endif
