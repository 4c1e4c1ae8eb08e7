/* sockaddr: ahoy_addr to and from the socket API's. Thread kind: pure. */
#ifndef AHOY_OS_SOCKADDR_H
#define AHOY_OS_SOCKADDR_H

#include <sys/socket.h>

#include "base/addr.h"

/* Returns the length for the socket API, 0 for family 0. */
socklen_t ahoy_sockaddr_from(const ahoy_addr *addr, struct sockaddr_storage *out);
/* The same as an IPv6 address, IPv4 mapped, for a socket that speaks both. */
socklen_t ahoy_sockaddr_mapped(const ahoy_addr *addr, struct sockaddr_storage *out);
/* IPv4-mapped addresses are unmapped; family 0 for an address that is no IP. */
void ahoy_sockaddr_to(const struct sockaddr *sa, ahoy_addr *out);

#endif
