/* tcp_conn: one connection, inside tcp.c's table: its bytes, its state, its deadline. What is read goes through
 * arrived, what is sent through ahoy_conn_out: the two places where TLS stands between the socket and the stream of
 * messages. Private to tcp.c and tcp_conn.c. Thread kind: owned.
 *
 *	CONNECTING --- connected ---> OPEN --- the peer's FIN (accepted ones) ---> HALF
 *	     |                         |  \--- broken, close: answers leave --> ENDING --- its FIN, or time
 *	     +---- refused, time ------+-------- reset, FIN (ours), limits ---------+----> CLOSED, freed by libuv
 */
#ifndef AHOY_OS_TCP_CONN_H
#define AHOY_OS_TCP_CONN_H

#include <uv.h>

#include "base/limits.h"
#include "base/map.h"
#include "os/tcp.h"
#include "os/world.h"
#include "sip/stream.h"

typedef enum {
	CONN_CONNECTING,
	CONN_OPEN,
	CONN_HALF,
	CONN_ENDING,
	CONN_CLOSED
} conn_state;

typedef struct ahoy_conn {
	uv_tcp_t uv;   /* first */
	ahoy_tcp *tcp; /* NULL behind ahoy_tcp_del */
	ahoy_flow flow;
	conn_state state;
	bool ours;     /* we opened it */
	bool kept;     /* its peer is vouched for */
	bool known;    /* the machine was given a message of it, or gave one: its end is told */
	bool heard;    /* a whole message came */
	bool ponged;   /* this peer answers pings */
	bool pinged;   /* and one waits for its answer */
	bool paused;   /* not read, because it does not read */
	bool waiting;  /* half a message is there, since `waits_since` */
	bool finished; /* the peer's FIN came */
	bool told, gone;
	ahoy_tls_session *tls; /* NULL: in the clear */
	ahoy_stream in;
	uv_connect_t connect;
	uv_write_t write;
	uv_shutdown_t shutdown;
	char *flying, *queue; /* heap: what libuv writes, and what comes behind it */
	size_t flying_len, queue_len, queue_cap;
	ahoy_time since; /* its state's beginning */
	ahoy_time moved; /* a byte came or went */
	ahoy_time waits_since, pinged_at;
	ahoy_map_node by_source;
	struct ahoy_conn *next_gone;
} ahoy_conn;

typedef struct {
	ahoy_conn *conn;
	uint16_t generation;
	uint16_t next_free; /* index + 1; 0: none */
} conn_slot;

typedef struct {
	uv_tcp_t uv; /* first */
	ahoy_tcp *tcp;
	ahoy_transport transport;
	ahoy_addr bound;
} tcp_listener;

#define TCP_FAILED_MAX 64

struct ahoy_tcp {
	ahoy_loop *loop;
	ahoy_tcp_handler handler;
	ahoy_tcp_options options;
	ahoy_tls *tls;			 /* NULL: none */
	char *names[AHOY_TCP_MAX_NAMES]; /* heap; flow.name is an index + 1 */
	uint16_t name_count;
	ahoy_log_sink sink;
	ahoy_env env;
	uint8_t hash_key[16];
	tcp_listener *listeners[AHOY_TCP_MAX_LISTENERS];
	size_t listener_count;
	conn_slot *slots;
	uint32_t slot_count, made, count;
	uint16_t free_head, first_generation;
	ahoy_map sources;
	ahoy_alarm *alarm;
	ahoy_time armed;
	char *read_buffer; /* AHOY_MAX_MESSAGE bytes */
	ahoy_conn *gone, **gone_tail;
	ahoy_flow failed[TCP_FAILED_MAX];
	size_t failed_count;
	uint64_t dropped[AHOY_TCP_DROP_COUNT];
};

/* tcp_conn.c */
/* A handle that has no connection yet; NULL without memory. */
ahoy_conn *ahoy_conn_new(ahoy_tcp *tcp);
/* It is in the table and open. */
void ahoy_conn_begin(ahoy_conn *conn, ahoy_time now);
AHOY_MUST_USE int ahoy_conn_connect(ahoy_conn *conn, ahoy_time now);
void ahoy_conn_out(ahoy_conn *conn, ahoy_slice bytes);
/* Reads no more messages; closed when all has left. */
void ahoy_conn_end(ahoy_conn *conn, ahoy_time now);
void ahoy_conn_close(ahoy_conn *conn);
/* A refused one, which never was in the table. */
void ahoy_conn_refuse(ahoy_conn *conn);
void ahoy_conn_offer(ahoy_conn *conn);
ahoy_time ahoy_conn_deadline(const ahoy_conn *conn);
/* Its deadline is there. */
void ahoy_conn_due(ahoy_conn *conn, ahoy_time now);
void ahoy_conn_free(ahoy_conn *conn);

/* tcp.c */
void ahoy_tcp_arm(ahoy_tcp *tcp, ahoy_time at);
/* Whom the peer of this flow has to prove to be; into `text` where it is its IP address. */
ahoy_slice ahoy_tcp_name_of(const ahoy_tcp *tcp, const ahoy_flow *flow, char text[AHOY_ADDR_TEXT]);
/* Told at the next flush: nothing can be delivered there. */
void ahoy_tcp_undelivered(ahoy_tcp *tcp, const ahoy_flow *flow);
/* Takes it out of the table; told of at the next flush where the machine knows it. */
void ahoy_tcp_forget(ahoy_tcp *tcp, ahoy_conn *conn);

#endif
