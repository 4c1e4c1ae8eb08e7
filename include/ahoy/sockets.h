/* ahoy/sockets.h: UDP sockets, clock, random bytes and name look-up for programs that have none of their own to give:
 * one SIP socket, a pair of RTP sockets for each call, and one function that moves what is due between them and an
 * agent. With a loop of your own use the descriptors in it, or leave this header alone: the agent does not know it.
 * Thread kind: owned, by the thread that owns the agent; ahoy_sockets_env and ahoy_sockets_now are shared. */
#ifndef AHOY_SOCKETS_H
#define AHOY_SOCKETS_H

#include "ahoy/agent.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ahoy_sockets ahoy_sockets;
struct pollfd; /* <poll.h> */

/* malloc, the kernel's random bytes, and errors and warnings to stderr. */
AHOY_API ahoy_env ahoy_sockets_env(void);
/* Microseconds of CLOCK_MONOTONIC; never 0. */
AHOY_API ahoy_time ahoy_sockets_now(void);

/* Opens the SIP socket. `host` is whom you will speak to, "pbx.example.org" or "192.0.2.1:5070" or a sip: URI: the
 * socket gets the address of this machine that reaches it. `port`: the local one, 0 for any. Blocks for DNS.
 * AHOY_ENOTFOUND (no such name), AHOY_ENETWORK (no route), AHOY_EIO (the port is taken), AHOY_ENOMEM. */
AHOY_API AHOY_MUST_USE int ahoy_sockets_open(const char *host, uint16_t port, ahoy_sockets **out);
/* NULL is nothing. The agent, where there is one, is to be deleted or left alone. */
AHOY_API void ahoy_sockets_close(ahoy_sockets *sockets);
/* Where the SIP socket is: ahoy_agent_config.local. */
AHOY_API ahoy_addr ahoy_sockets_local(const ahoy_sockets *sockets);

/* A pair of sockets, an even port and the next, at the SIP socket's address: what ahoy_agent_call and
 * ahoy_agent_answer want. AHOY_EFULL (above 256, or no descriptors or ports are left), AHOY_ENOMEM. */
AHOY_API AHOY_MUST_USE int ahoy_sockets_open_media(ahoy_sockets *sockets, ahoy_addr *media);
/* Closed at the end of the next ahoy_sockets_move, so that a call's last packet still leaves. For the ENDED event's
 * `media`; an unknown address is nothing. */
AHOY_API void ahoy_sockets_close_media(ahoy_sockets *sockets, const ahoy_addr *media);

/* The descriptors to wait on for input, at most cap; returns how many there are. They change with open_media and
 * move. */
AHOY_API size_t ahoy_sockets_pollfds(const ahoy_sockets *sockets, struct pollfd *fds, size_t cap);
/* How long to wait for the agent's deadline, in ms for poll(2): 0 .. max_ms, rounded up. */
AHOY_API int ahoy_sockets_wait_ms(const ahoy_agent *agent, int max_ms);
/* Moves everything that can be moved without waiting: datagrams in, timers, name look-ups (these block, as
 * getaddrinfo does), datagrams out. Take the events afterwards. What could not be sent is lost, as on any network. */
AHOY_API void ahoy_sockets_move(ahoy_sockets *sockets, ahoy_agent *agent);
/* Sends what waits, then waits at most max_ms for a datagram or the agent's deadline, then moves: the body of a
 * simple program's loop. Ends early, and well, at a signal. */
AHOY_API void ahoy_sockets_turn(ahoy_sockets *sockets, ahoy_agent *agent, int max_ms);

#ifdef __cplusplus
}
#endif

#endif
