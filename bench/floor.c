/* floor: what the kernel alone costs, to compare a server with. One thread, one system call a datagram each way, no work between them.
 *   floor echo PORT             answers each datagram on 127.0.0.1:PORT with as many bytes as its first two say (0: not at all)
 *   floor relay BASE CALLS A B  what comes to BASE+4i leaves from BASE+4i+2 to 127.0.0.1:B, and the other way to 127.0.0.1:A
 * Prints "ready"; ends by a signal. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (4 << 20)

static struct sockaddr_in loopback(unsigned port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int open_port(unsigned port)
{
	struct sockaddr_in at = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER_BYTES;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		perror("floor");
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	return fd;
}

static void echo(unsigned port)
{
	static unsigned char bytes[65536];
	int fd = open_port(port);

	puts("ready");
	for (;;) {
		struct sockaddr_in peer;
		socklen_t peer_len = sizeof peer;
		ssize_t len = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &peer_len);
		size_t answer = len < 2 ? 0 : (size_t)bytes[0] << 8 | bytes[1];

		if (answer)
			(void)!sendto(fd, bytes, answer, 0, (struct sockaddr *)&peer, peer_len);
	}
}

static void forward(int from, int to, unsigned peer_port)
{
	static unsigned char bytes[65536];
	struct sockaddr_in peer = loopback(peer_port), source;
	socklen_t source_len = sizeof source;
	ssize_t len = recvfrom(from, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&source, &source_len);

	if (len > 0)
		(void)!sendto(to, bytes, (size_t)len, MSG_DONTWAIT, (struct sockaddr *)&peer, sizeof peer);
}

static void relay(unsigned base, unsigned calls, const unsigned peer_ports[2])
{
	int epoll = epoll_create1(0), *fds = calloc(2 * (size_t)calls, sizeof *fds);
	struct epoll_event events[256];

	if (epoll < 0 || !fds)
		exit(1);
	for (unsigned i = 0; i < 2 * calls; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		fds[i] = open_port(base + 2 * i);
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
	}
	puts("ready");
	for (;;) {
		int count = epoll_wait(epoll, events, 256, -1);

		for (int i = 0; i < count; i++) {
			unsigned at = events[i].data.u32;

			forward(fds[at], fds[at ^ 1u], peer_ports[~at & 1u]);
		}
	}
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && strcmp(argv[1], "echo") == 0)
		echo((unsigned)atoi(argv[2]));
	if (argc == 6 && strcmp(argv[1], "relay") == 0) {
		unsigned peer_ports[2] = {(unsigned)atoi(argv[4]), (unsigned)atoi(argv[5])};

		relay((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), peer_ports);
	}
	fputs("usage: floor echo PORT | floor relay BASE CALLS A B\n", stderr);
	return 2;
}
