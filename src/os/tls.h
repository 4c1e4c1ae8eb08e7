/* tls: TLS 1.2 and 1.3 over OpenSSL's memory BIOs: bytes in, bytes out, no socket. Owns the certificate that a server
 * shows, what its own connections trust, and each session's state; whom a certificate names is checked by tls_name.h
 * (RFC 5922). Leaves connections, time and limits to tcp_conn.c. A failure is of one session and is said as a sentence;
 * it never touches another. Order: accept or connect, then feed what came, read until there is nothing, take what is to
 * be sent. Lifetime: sessions live inside the ahoy_tls they were made of. Thread kind: owned. Cost: some 40 KB and 1 ms a
 * handshake, 10 KB a session. */
#ifndef AHOY_OS_TLS_H
#define AHOY_OS_TLS_H

#include "base/env.h"
#include "base/err.h"

typedef struct ahoy_tls ahoy_tls;
typedef struct ahoy_tls_session ahoy_tls_session;

#define AHOY_TLS_WHY 320

typedef struct {
	/* PEM files: the certificate with what leads to its authority, and its key. NULL: no server can be made of it. */
	const char *certificate, *key;
	/* PEM file of the authorities that are trusted; NULL: the system's. A server with one asks each peer for a
	 * certificate: a peer may have none, but not one that this file does not vouch for. */
	const char *ca;
	bool insecure; /* whatever certificate a server shows is taken */
} ahoy_tls_config;

/* AHOY_EIO: a file cannot be read or is not what it should be, `why` says which; AHOY_ENOMEM. The strings are copied. */
AHOY_MUST_USE int ahoy_tls_new(const ahoy_tls_config *config, ahoy_tls **out, char why[AHOY_TLS_WHY]);
/* Reads the files again: for sessions made from now on. After an error the old ones stay in force. */
AHOY_MUST_USE int ahoy_tls_reload(ahoy_tls *tls, char why[AHOY_TLS_WHY]);
void ahoy_tls_del(ahoy_tls *tls);

/* A session of an accepted connection. AHOY_ESTATE: there is no certificate; AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_tls_accept(ahoy_tls *tls, ahoy_tls_session **out);
/* A session of a connection that we opened, whose peer has to prove that it is `name`: a domain, or an IP address in
 * text. Domains go out as SNI (RFC 6066 3). AHOY_ENOMEM, AHOY_EINVAL: the name is too long. */
AHOY_MUST_USE int ahoy_tls_connect(ahoy_tls *tls, ahoy_slice name, ahoy_tls_session **out);
void ahoy_tls_session_del(ahoy_tls_session *session);

/* What came from the network. AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_tls_feed(ahoy_tls_session *session, ahoy_slice bytes);
/* What the peer said, as much as there is and fits. AHOY_EMORE: nothing yet. AHOY_ESTATE: the peer has closed the
 * session in order. AHOY_EAUTH: its certificate is refused; AHOY_ESYNTAX: any other failure. After these two `why` has
 * the sentence, what is to be sent is an alert, and the session is at its end. */
AHOY_MUST_USE int ahoy_tls_read(ahoy_tls_session *session, char *out, size_t cap, size_t *len);
/* Before the handshake is through it is kept, at most `bound` bytes of it. AHOY_EFULL, AHOY_ENOMEM, AHOY_ESYNTAX. */
AHOY_MUST_USE int ahoy_tls_write(ahoy_tls_session *session, ahoy_slice bytes, size_t bound);
/* Our side of the end: the alert that says so. */
void ahoy_tls_close(ahoy_tls_session *session);
/* What is to go to the network; gone with ahoy_tls_sent. */
ahoy_slice ahoy_tls_to_send(const ahoy_tls_session *session);
void ahoy_tls_sent(ahoy_tls_session *session);
/* Is the handshake through? */
bool ahoy_tls_is_open(const ahoy_tls_session *session);
/* Why the session failed; "" where it did not. */
const char *ahoy_tls_why(const ahoy_tls_session *session);

#endif
