#include "os/udp_batch.h"

#include <stdlib.h>

#include "base/limits.h"
#include "os/sockaddr.h"

typedef union {
	struct cmsghdr align;
	char bytes[AHOY_SOCKET_CONTROL];
} control_space;

/* One byte more than the longest message, so that a longer one is seen to be longer. */
#define SLOT_BYTES (AHOY_MAX_MESSAGE + 1)

int ahoy_udp_inbox_init(ahoy_udp_inbox *box)
{
	box->space = malloc((size_t)AHOY_UDP_BATCH * SLOT_BYTES);
	return box->space ? 0 : AHOY_ENOMEM;
}

void ahoy_udp_inbox_fini(ahoy_udp_inbox *box)
{
	free(box->space);
}

int ahoy_udp_inbox_read(ahoy_udp_inbox *box, int fd, const ahoy_addr *bound)
{
	struct mmsghdr headers[AHOY_UDP_BATCH];
	struct sockaddr_storage peers[AHOY_UDP_BATCH];
	struct iovec iov[AHOY_UDP_BATCH];
	control_space control[AHOY_UDP_BATCH];
	int count;

	memset(headers, 0, sizeof headers);
	for (size_t i = 0; i < AHOY_UDP_BATCH; i++) {
		iov[i] = (struct iovec){box->space + i * SLOT_BYTES, SLOT_BYTES};
		headers[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
						     .msg_namelen = sizeof peers[i],
						     .msg_iov = &iov[i],
						     .msg_iovlen = 1,
						     .msg_control = &control[i],
						     .msg_controllen = sizeof control[i]};
	}
	count = recvmmsg(fd, headers, AHOY_UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++) {
		box->bytes[i] = (ahoy_slice){iov[i].iov_base, headers[i].msg_len};
		ahoy_sockaddr_to((struct sockaddr *)&peers[i], &box->peer[i]);
		box->local[i] = *bound;
		ahoy_socket_local_of(&headers[i].msg_hdr, &box->local[i]);
	}
	return count;
}

int ahoy_udp_outbox_init(ahoy_udp_outbox *box)
{
	box->space = malloc(AHOY_UDP_OUTBOX_BYTES);
	return box->space ? 0 : AHOY_ENOMEM;
}

void ahoy_udp_outbox_fini(ahoy_udp_outbox *box)
{
	free(box->space);
}

bool ahoy_udp_outbox_fits(const ahoy_udp_outbox *box, size_t len)
{
	return box->count < AHOY_UDP_BATCH && len <= AHOY_UDP_OUTBOX_BYTES - box->used;
}

void ahoy_udp_outbox_put(ahoy_udp_outbox *box, const ahoy_flow *flow, ahoy_slice bytes)
{
	char *copy = box->space + box->used;

	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	box->flow[box->count] = *flow;
	box->bytes[box->count++] = (ahoy_slice){copy, bytes.len};
	box->used += bytes.len;
}

int ahoy_udp_outbox_write(ahoy_udp_outbox *box, int fd, size_t at, size_t run)
{
	struct mmsghdr headers[AHOY_UDP_BATCH];
	struct sockaddr_storage peers[AHOY_UDP_BATCH];
	struct iovec iov[AHOY_UDP_BATCH];
	control_space control[AHOY_UDP_BATCH];

	memset(headers, 0, sizeof headers);
	for (size_t i = 0; i < run; i++) {
		struct msghdr *msg = &headers[i].msg_hdr;

		iov[i] = (struct iovec){(void *)(uintptr_t)box->bytes[at + i].ptr, box->bytes[at + i].len};
		msg->msg_name = &peers[i];
		msg->msg_namelen = ahoy_sockaddr_from(&box->flow[at + i].peer, &peers[i]);
		msg->msg_iov = &iov[i];
		msg->msg_iovlen = 1;
		ahoy_socket_send_from(msg, &control[i], &box->flow[at + i].local, false);
	}
	return sendmmsg(fd, headers, (unsigned)run, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void ahoy_udp_outbox_forget_local(ahoy_udp_outbox *box, size_t at)
{
	box->flow[at].local.family = 0;
}

void ahoy_udp_outbox_clear(ahoy_udp_outbox *box)
{
	box->count = 0;
	box->used = 0;
}
