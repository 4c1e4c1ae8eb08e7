/* server: what `ahoyd run` is while it runs: one worker's switch with its sockets, the store's thread, the control
 * socket, signals. server.c makes and unmakes it, machine.c lets the switch and the world meet, control.c lets
 * operators ask. Everything in it belongs to the loop's thread, but for the store, which is the store thread's between
 * start and end. */
#ifndef AHOY_SERVER_SERVER_H
#define AHOY_SERVER_SERVER_H

#include "b2b/switch.h"
#include "os/driver.h"
#include "os/hep_sender.h"
#include "os/rtp_sockets.h"
#include "os/world.h"
#include "server/settings.h"
#include "server/store_thread.h"

typedef struct ahoy_control ahoy_control;

typedef struct {
	ahoy_settings settings;
	/* How the settings are read again on SIGHUP. */
	int (*reread)(void *ctx, ahoy_settings *out, char why[AHOY_SETTINGS_WHY]);
	void *reread_ctx;

	ahoy_log_sink sink;
	ahoy_env env;	    /* the loop's; its level may change */
	ahoy_env store_env; /* the store thread's */
	ahoy_loop *loop;
	ahoy_driver *driver;
	ahoy_tls *tls; /* NULL: no listener wants it */
	ahoy_rtp_sockets *rtp;
	ahoy_hep_sender *hep; /* NULL: no capture server */
	ahoy_switch *sw;
	ahoy_switch_config config;
	/* What is listened on, with real ports; config.listeners has each address once. */
	ahoy_listen_at bound[AHOY_SETTINGS_LISTENERS];
	size_t bound_count;
	ahoy_store *store;
	ahoy_store_thread *store_thread; /* NULL before the start and at the end: asks are then answered "failed" */
	ahoy_control *control;
	ahoy_signal *signals[3];
	ahoy_alarm *housekeeping, *patience;
	ahoy_tail *tail;
	ahoy_time started;
	ahoy_time ports_complained; /* when the log last said that ports ran out; 0: never */
	uint64_t ports_refused;	    /* calls, when last looked at */
	int ports_err;		    /* why no more could be opened when last tried; 0: they could */
	bool tls_own;		    /* the certificate is signed by itself */
	ahoy_time refused_since;    /* peers refused since then, for the log */
	uint32_t refused;
	bool stop_asked;
	bool stopping;	/* and calls are waited for */
	bool had_calls; /* at the stop: their BYEs want an answer */
} ahoy_server;

/* Runs until SIGTERM or SIGINT. Returns what to exit with. */
int ahoy_server_run(ahoy_server *server);

/* The machine of driver.h that the switch is. */
void ahoy_server_machine(ahoy_server *server, ahoy_machine *out);
/* The store's answers. */
void ahoy_server_store_handler(ahoy_server *server, ahoy_store_thread_handler *out);
/* The media sockets' packets. */
bool ahoy_server_media(void *server, ahoy_time now, uint32_t port, const ahoy_addr *source, ahoy_slice bytes);
/* Opens up to `count` pairs for the switch; false where none could be opened. */
bool ahoy_server_open_ports(ahoy_server *server, ahoy_time now, size_t count);

#define AHOY_CONTROL_WHY 384
AHOY_MUST_USE int ahoy_control_new(ahoy_server *server, const char *path, ahoy_control **out, char why[AHOY_CONTROL_WHY]);
void ahoy_control_del(ahoy_control *control);

#endif
