#include "os/hep_sender.h"

#include <stdlib.h>
#include <unistd.h>

#include "os/sockaddr.h"

struct ahoy_hep_sender {
	int fd;
	uint64_t unsent;
	char packet[UINT16_MAX];
};

int ahoy_hep_sender_new(const ahoy_addr *to, ahoy_hep_sender **out)
{
	ahoy_hep_sender *sender = malloc(sizeof *sender);
	struct sockaddr_storage address;
	socklen_t len = ahoy_sockaddr_from(to, &address);

	*out = NULL;
	if (!sender)
		return AHOY_ENOMEM;
	sender->unsent = 0;
	sender->fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sender->fd < 0 || connect(sender->fd, (const struct sockaddr *)&address, len)) {
		ahoy_hep_sender_del(sender);
		return AHOY_ENETWORK;
	}
	*out = sender;
	return 0;
}

void ahoy_hep_sender_del(ahoy_hep_sender *sender)
{
	if (!sender)
		return;
	if (sender->fd >= 0)
		close(sender->fd);
	free(sender);
}

void ahoy_hep_sender_put(ahoy_hep_sender *sender, const ahoy_hep *hep)
{
	ahoy_buf b = ahoy_buf_over(sender->packet, sizeof sender->packet);

	ahoy_hep_write(&b, hep);
	/* An ICMP refusal of an earlier packet comes out here, once: this one has not left then. */
	if (b.full || send(sender->fd, b.ptr, b.len, MSG_NOSIGNAL) != (ssize_t)b.len)
		sender->unsent++;
}

uint64_t ahoy_hep_sender_unsent(const ahoy_hep_sender *sender)
{
	return sender->unsent;
}
