/* server_tls: the server's side of TLS (os/tls.h): which files it takes, the certificate that it makes for itself where it
 * was given none, reading them again while it runs, and saying in the log why a peer was refused, a few times a second
 * at most. Thread kind: owned. */
#ifndef AHOY_SERVER_SERVER_TLS_H
#define AHOY_SERVER_SERVER_TLS_H

#include "server/server.h"

/* Before the listeners: s->tls, where the settings have a TLS listener. Returns what to exit with; 0: go on. */
int ahoy_server_open_tls(ahoy_server *s);
/* Behind the listeners' lines: says that the certificate is one of our own making, and how a phone is told to trust it. */
void ahoy_server_greet_tls(const ahoy_server *s);
/* SIGHUP: the same files again. */
void ahoy_server_reload_tls(ahoy_server *s);
/* A connection was refused or given up. */
void ahoy_server_peer_refused(ahoy_server *s, const ahoy_flow *flow, const char *why);

#endif
