#include "os/route.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include "os/sockaddr.h"

int ahoy_route_local(const ahoy_addr *peer, ahoy_addr *local)
{
	struct sockaddr_storage sa;
	socklen_t len = ahoy_sockaddr_from(peer, &sa);
	int fd, err = AHOY_ENETWORK;

	memset(local, 0, sizeof *local);
	if (len == 0)
		return AHOY_EINVAL;
	fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return AHOY_ENETWORK;
	/* Connecting a datagram socket only asks for the route. Port 0 is refused by some kernels. */
	if (peer->port == 0) {
		ahoy_addr any_port = *peer;

		any_port.port = 9;
		len = ahoy_sockaddr_from(&any_port, &sa);
	}
	if (connect(fd, (struct sockaddr *)&sa, len) == 0) {
		len = sizeof sa;
		if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0) {
			ahoy_sockaddr_to((struct sockaddr *)&sa, local);
			local->port = 0;
			err = 0;
		}
	}
	close(fd);
	return err;
}

static uint8_t prefix_bits(const struct sockaddr *mask)
{
	ahoy_addr addr;
	uint8_t bits = 0;

	if (!mask)
		return 0;
	/* An IPv6 mask must not be unmapped as an address is. */
	if (mask->sa_family == AF_INET6)
		memcpy(addr.ip, &((const struct sockaddr_in6 *)(const void *)mask)->sin6_addr, 16);
	else
		ahoy_sockaddr_to(mask, &addr);
	while (bits < (mask->sa_family == AF_INET6 ? 128 : 32) && (addr.ip[bits / 8] & (0x80 >> bits % 8)))
		bits++;
	return bits;
}

size_t ahoy_route_interfaces(ahoy_interface *out, size_t cap)
{
	struct ifaddrs *all;
	size_t count = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (int loopback = 0; loopback < 2; loopback++) {
		for (const struct ifaddrs *i = all; i && count < cap; i = i->ifa_next) {
			if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) || ((i->ifa_flags & IFF_LOOPBACK) != 0) != loopback)
				continue;
			if (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6)
				continue;
			ahoy_sockaddr_to(i->ifa_addr, &out[count].addr);
			out[count].addr.port = 0;
			out[count].prefix_bits = prefix_bits(i->ifa_netmask);
			count++;
		}
	}
	freeifaddrs(all);
	return count;
}
