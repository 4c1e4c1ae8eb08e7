#include "os/line_server.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct ahoy_line_peer {
	ahoy_line_server *server;
	int fd; /* -1: this place is free */
	ahoy_watch *watch;
	void *user;
	char in[AHOY_LINE_MAX_REQUEST];
	size_t in_len;
	char *out;
	size_t out_len, out_cap, out_sent;
	bool busy;   /* a request is being answered */
	bool known;  /* the handler has seen it */
	bool ended;  /* the peer sends no more; it may still read */
	bool broken; /* to be closed as soon as no callback is on the way */
};

struct ahoy_line_server {
	ahoy_loop *loop;
	ahoy_line_handler handler;
	int fd;
	ahoy_watch *watch;
	char *path;
	ahoy_line_peer peers[AHOY_LINE_MAX_PEERS];
};

/* A socket's address has room for 107 bytes. A longer path is named by way of its directory's descriptor. */
typedef struct {
	struct sockaddr_un address;
	int directory; /* -1: not needed */
} local_address;

static int open_directory(const char *path, int flags)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), flags | O_DIRECTORY | O_CLOEXEC) : -1;

	free(copy);
	return fd;
}

/* -1 with errno. To be closed by close_address. */
static int open_address(const char *path, local_address *out)
{
	const char *name = strrchr(path, '/');
	size_t cap = sizeof out->address.sun_path;
	int len;

	memset(out, 0, sizeof *out);
	out->directory = -1;
	out->address.sun_family = AF_UNIX;
	if (strlen(path) < cap) {
		memcpy(out->address.sun_path, path, strlen(path));
		return 0;
	}
	out->directory = open_directory(path, O_PATH);
	if (out->directory < 0)
		return -1;
	len = snprintf(out->address.sun_path, cap, "/proc/self/fd/%d/%s", out->directory, name ? name + 1 : path);
	if (len > 0 && (size_t)len < cap)
		return 0;
	close(out->directory);
	errno = ENAMETOOLONG;
	return -1;
}

static void close_address(local_address *a)
{
	if (a->directory >= 0)
		close(a->directory);
}

int ahoy_line_connect(const char *path)
{
	local_address a;
	int fd, error;

	if (open_address(path, &a) != 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a.address, sizeof a.address) != 0) {
		error = errno;
		close(fd);
		fd = -1;
		errno = error;
	}
	error = errno;
	close_address(&a);
	errno = error;
	return fd;
}

static void close_peer(ahoy_line_peer *peer)
{
	if (peer->known)
		peer->server->handler.gone(peer->server->handler.ctx, peer);
	ahoy_watch_del(peer->watch);
	close(peer->fd);
	free(peer->out);
	*peer = (ahoy_line_peer){.server = peer->server, .fd = -1};
}

static void watch_peer(ahoy_line_peer *peer)
{
	/* Input is read while a request is being answered too: it tells when the peer is gone. */
	ahoy_watch_for(peer->watch, !peer->ended && peer->in_len < sizeof peer->in, peer->out_sent < peer->out_len);
}

static void send_out(ahoy_line_peer *peer)
{
	while (peer->out_sent < peer->out_len) {
		ssize_t n = send(peer->fd, peer->out + peer->out_sent, peer->out_len - peer->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			peer->broken = true;
		if (n <= 0)
			return;
		peer->out_sent += (size_t)n;
	}
	peer->out_len = peer->out_sent = 0;
}

/* Gives the handler what it can take: room for more, then the next line. */
static void serve(ahoy_line_peer *peer)
{
	const ahoy_line_handler *handler = &peer->server->handler;

	send_out(peer);
	while (!peer->broken && peer->out_len == 0) {
		char line[AHOY_LINE_MAX_REQUEST];
		char *end;
		size_t len;

		if (peer->busy) {
			handler->drained(handler->ctx, peer);
			if (peer->out_len == 0)
				return; /* it waits for something else */
			send_out(peer);
			continue;
		}
		end = memchr(peer->in, '\n', peer->in_len);
		if (!end) {
			peer->broken = peer->ended || peer->in_len == sizeof peer->in;
			return;
		}
		len = (size_t)(end - peer->in);
		memcpy(line, peer->in, len);
		peer->in_len -= len + 1;
		memmove(peer->in, end + 1, peer->in_len);
		peer->busy = peer->known = true;
		handler->line(handler->ctx, peer, (ahoy_slice){line, len});
		send_out(peer);
	}
}

static void on_peer(void *ctx, bool readable, bool writable)
{
	ahoy_line_peer *peer = ctx;

	(void)writable;
	if (readable && !peer->ended && peer->in_len < sizeof peer->in) {
		ssize_t n = recv(peer->fd, peer->in + peer->in_len, sizeof peer->in - peer->in_len, MSG_DONTWAIT);

		if (n > 0)
			peer->in_len += (size_t)n;
		else if (n == 0)
			peer->ended = true;
		else if (errno != EAGAIN && errno != EINTR)
			peer->broken = true;
	}
	if (!peer->broken)
		serve(peer);
	if (peer->broken)
		close_peer(peer);
	else
		watch_peer(peer);
}

static void on_connection(void *ctx, bool readable, bool writable)
{
	ahoy_line_server *server = ctx;
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)readable;
	(void)writable;
	for (size_t i = 0; fd >= 0 && i < AHOY_LINE_MAX_PEERS; i++) {
		ahoy_line_peer *peer = &server->peers[i];

		if (peer->fd >= 0)
			continue;
		if (ahoy_watch_new(server->loop, fd, on_peer, peer, &peer->watch))
			break;
		peer->fd = fd;
		watch_peer(peer);
		return;
	}
	if (fd >= 0)
		close(fd);
}

int ahoy_line_write(ahoy_line_peer *peer, ahoy_slice bytes)
{
	if (bytes.len > peer->out_cap - peer->out_len) {
		size_t cap = peer->out_cap ? peer->out_cap : 4096;
		char *grown;

		while (cap - peer->out_len < bytes.len)
			cap *= 2;
		grown = realloc(peer->out, cap);
		if (!grown) {
			peer->broken = true;
			return AHOY_ENOMEM;
		}
		peer->out = grown;
		peer->out_cap = cap;
	}
	if (bytes.len)
		memcpy(peer->out + peer->out_len, bytes.ptr, bytes.len);
	peer->out_len += bytes.len;
	/* Answers may come from other callbacks than the peer's own: the watch takes them out. */
	ahoy_watch_for(peer->watch, !peer->ended, true);
	return 0;
}

size_t ahoy_line_waiting(const ahoy_line_peer *peer)
{
	return peer->out_len - peer->out_sent;
}

void ahoy_line_finish_request(ahoy_line_peer *peer)
{
	peer->busy = false;
	ahoy_watch_for(peer->watch, !peer->ended, true);
}

void ahoy_line_set_user(ahoy_line_peer *peer, void *user)
{
	peer->user = user;
}

void *ahoy_line_user(const ahoy_line_peer *peer)
{
	return peer->user;
}

/* Looking whether a server lives there, removing its file and binding must not happen in two programs at once. */
static int lock_directory(const char *path)
{
	int fd = open_directory(path, O_RDONLY);

	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

/* Binds and listens. 0, or an errno; EADDRINUSE: a live server has it. */
static int bind_socket(ahoy_line_server *server, const struct sockaddr_un *address)
{
	struct stat st;
	int peer;

	if (bind(server->fd, (const struct sockaddr *)address, sizeof *address) != 0) {
		if (errno != EADDRINUSE)
			return errno;
		peer = ahoy_line_connect(server->path);
		if (peer >= 0)
			close(peer);
		if (peer >= 0 || errno != ECONNREFUSED)
			return EADDRINUSE;
		/* Only a socket that nobody listens on: not somebody's file that has this name. */
		if (lstat(server->path, &st) != 0 || !S_ISSOCK(st.st_mode))
			return EEXIST;
		if (unlink(server->path) != 0 || bind(server->fd, (const struct sockaddr *)address, sizeof *address) != 0)
			return errno;
	}
	/* Nobody can connect before the listen. */
	if (chmod(server->path, 0600) != 0 || listen(server->fd, 8) != 0)
		return errno;
	return 0;
}

static int make_socket(ahoy_line_server *server, const char *path, char why[AHOY_LINE_WHY])
{
	local_address a = {.directory = -1};
	int error = 0, lock;

	server->path = strdup(path);
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!server->path || server->fd < 0 || open_address(path, &a) != 0)
		error = errno;
	if (!error) {
		lock = lock_directory(path);
		error = bind_socket(server, &a.address);
		if (lock >= 0)
			close(lock);
	}
	close_address(&a);
	if (error == EADDRINUSE) {
		snprintf(
			why, AHOY_LINE_WHY,
			"another ahoyd runs with this database (it answers at %.200s); stop it, or choose another --db and --control",
			path);
		return AHOY_ECONFLICT;
	}
	if (error) {
		snprintf(why, AHOY_LINE_WHY,
			 "the control socket %.200s cannot be made: %s; choose another path with --control", path,
			 strerror(error));
		return AHOY_EIO;
	}
	return 0;
}

int ahoy_line_server_new(ahoy_loop *loop, const char *path, const ahoy_line_handler *handler, ahoy_line_server **out,
			 char why[AHOY_LINE_WHY])
{
	ahoy_line_server *server = calloc(1, sizeof *server);
	int err;

	*out = NULL;
	if (!server) {
		snprintf(why, AHOY_LINE_WHY, "out of memory");
		return AHOY_ENOMEM;
	}
	server->fd = -1;
	server->loop = loop;
	server->handler = *handler;
	for (size_t i = 0; i < AHOY_LINE_MAX_PEERS; i++)
		server->peers[i] = (ahoy_line_peer){.server = server, .fd = -1};
	err = make_socket(server, path, why);
	if (!err) {
		err = ahoy_watch_new(loop, server->fd, on_connection, server, &server->watch);
		if (err) {
			unlink(server->path);
			snprintf(why, AHOY_LINE_WHY, "%s", ahoy_err_text(err));
		}
	}
	if (err) {
		if (server->fd >= 0)
			close(server->fd);
		free(server->path);
		free(server);
		return err;
	}
	ahoy_watch_for(server->watch, true, false);
	*out = server;
	return 0;
}

void ahoy_line_server_del(ahoy_line_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < AHOY_LINE_MAX_PEERS; i++)
		if (server->peers[i].fd >= 0)
			close_peer(&server->peers[i]);
	unlink(server->path);
	ahoy_watch_del(server->watch);
	close(server->fd);
	free(server->path);
	free(server);
}
