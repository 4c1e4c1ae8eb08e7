/* line_server: a unix socket that speaks in lines: a request line in, any number of bytes out. The server's control
 * socket. The socket has mode 0600. The socket file of a dead server is replaced; a live one is an error. Connections,
 * line length and what waits to be sent are bounded. Lifetime: inside the loop's. Thread kind: owned. */
#ifndef AHOY_OS_LINE_SERVER_H
#define AHOY_OS_LINE_SERVER_H

#include "base/slice.h"
#include "os/loop.h"

typedef struct ahoy_line_server ahoy_line_server;
typedef struct ahoy_line_peer ahoy_line_peer;

#define AHOY_LINE_MAX_PEERS 32
#define AHOY_LINE_MAX_REQUEST 4096
#define AHOY_LINE_WHY 384

typedef struct {
	void *ctx;
	/* One line without its end. Another line of this peer comes only after ahoy_line_finish_request. */
	void (*line)(void *ctx, ahoy_line_peer *peer, ahoy_slice line);
	/* What was written has left, and the request is not finished: write more. */
	void (*drained)(void *ctx, ahoy_line_peer *peer);
	/* The peer is gone or misbehaved; its handle is dead after this. Called for each peer that ever sent a line,
	 * also at ahoy_line_server_del. */
	void (*gone)(void *ctx, ahoy_line_peer *peer);
} ahoy_line_handler;

/* AHOY_ECONFLICT: a live server answers there; AHOY_EIO: the socket cannot be made. `why` is one sentence with the way
 * out. */
AHOY_MUST_USE int ahoy_line_server_new(ahoy_loop *loop, const char *path, const ahoy_line_handler *handler, ahoy_line_server **out,
				       char why[AHOY_LINE_WHY]);
/* Also removes the socket file. */
void ahoy_line_server_del(ahoy_line_server *server);

/* Queues bytes. AHOY_ENOMEM: out of memory; the peer is closed soon. */
int ahoy_line_write(ahoy_line_peer *peer, ahoy_slice bytes);
/* How many bytes wait; writers of long answers stop at some tens of kilobytes and go on in `drained`. */
size_t ahoy_line_waiting(const ahoy_line_peer *peer);
void ahoy_line_finish_request(ahoy_line_peer *peer);
/* The handler's own pointer; NULL at first. */
void ahoy_line_set_user(ahoy_line_peer *peer, void *user);
void *ahoy_line_user(const ahoy_line_peer *peer);

/* The client's side: a connected, blocking descriptor, or -1 with errno. */
int ahoy_line_connect(const char *path);

#endif
