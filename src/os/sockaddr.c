#include "os/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

socklen_t ahoy_sockaddr_from(const ahoy_addr *addr, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (addr->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(addr->port);
		memcpy(&in->sin_addr, addr->ip, 4);
		return sizeof *in;
	}
	if (addr->family == 6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(addr->port);
		in6->sin6_scope_id = addr->scope;
		memcpy(&in6->sin6_addr, addr->ip, 16);
		return sizeof *in6;
	}
	return 0;
}

socklen_t ahoy_sockaddr_mapped(const ahoy_addr *addr, struct sockaddr_storage *out)
{
	ahoy_addr mapped = *addr;

	if (addr->family == 4) {
		mapped.family = 6;
		memset(mapped.ip, 0, 10);
		memset(mapped.ip + 10, 0xff, 2);
		memcpy(mapped.ip + 12, addr->ip, 4);
	}
	return ahoy_sockaddr_from(&mapped, out);
}

void ahoy_sockaddr_to(const struct sockaddr *sa, ahoy_addr *out)
{
	memset(out, 0, sizeof *out);
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;

		out->family = 4;
		out->port = ntohs(in->sin_port);
		memcpy(out->ip, &in->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

		out->family = 6;
		out->port = ntohs(in6->sin6_port);
		out->scope = in6->sin6_scope_id;
		memcpy(out->ip, &in6->sin6_addr, 16);
		ahoy_addr_unmap(out);
	}
}
