#include "os/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/limits.h"
#include "os/tls_name.h"

/* What TLS 1.2 may use: forward secrecy and nothing that is broken (RFC 9325 4.2); CBC for phones of before 2015. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!eNULL:!MD5"

struct ahoy_tls {
	char *certificate, *key, *ca; /* paths; NULL: none */
	bool insecure;
	SSL_CTX *server, *client; /* client: made when it is first needed */
};

struct ahoy_tls_session {
	SSL *ssl;
	BIO *in, *out; /* the SSL's */
	bool server, open, failed;
	char name[AHOY_MAX_HOST + 1]; /* whom the peer must be; "" : anybody */
	char *early;		      /* heap: what waits for the handshake */
	size_t early_len;
	char why[AHOY_TLS_WHY];
};

/* ---- what is shared ---- */

static const char *last_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "no more is known";
}

static int refuse_file(const char *what, const char *path, char *why)
{
	snprintf(why, AHOY_TLS_WHY, "%s %.200s: %s", what, path, last_reason());
	return AHOY_EIO;
}

static void set_up(SSL_CTX *ctx)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(ctx, CIPHERS);
	/* Renegotiation is a peer's way to cost us handshakes. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static int trust(const ahoy_tls *tls, SSL_CTX *ctx, char *why)
{
	if (!tls->ca)
		SSL_CTX_set_default_verify_paths(ctx);
	else if (SSL_CTX_load_verify_file(ctx, tls->ca) != 1)
		return refuse_file("the trusted certificates cannot be read from", tls->ca, why);
	return 0;
}

static int show(const ahoy_tls *tls, SSL_CTX *ctx, char *why)
{
	static const unsigned char context[] = "ahoy"; /* resumed sessions of peers with a certificate want one */

	if (SSL_CTX_use_certificate_chain_file(ctx, tls->certificate) != 1)
		return refuse_file("the certificate cannot be read from", tls->certificate, why);
	if (SSL_CTX_use_PrivateKey_file(ctx, tls->key, SSL_FILETYPE_PEM) != 1)
		return refuse_file("the key cannot be read from, or is not the certificate's:", tls->key, why);
	SSL_CTX_set_session_id_context(ctx, context, sizeof context);
	if (!tls->ca)
		return 0;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return trust(tls, ctx, why);
}

static int new_context(const ahoy_tls *tls, bool server, SSL_CTX **out, char *why)
{
	SSL_CTX *ctx;
	int err;

	*out = NULL;
	ERR_clear_error();
	ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	snprintf(why, AHOY_TLS_WHY, "out of memory");
	if (!ctx)
		return AHOY_ENOMEM;
	set_up(ctx);
	err = server ? show(tls, ctx, why) : trust(tls, ctx, why);
	if (err)
		SSL_CTX_free(ctx);
	else
		*out = ctx;
	return err;
}

int ahoy_tls_reload(ahoy_tls *tls, char why[AHOY_TLS_WHY])
{
	SSL_CTX *server = NULL, *client = NULL;
	int err = tls->certificate ? new_context(tls, true, &server, why) : 0;

	/* The system's authorities are many: read when they are needed. A file is looked at now, to say what is wrong. */
	if (!err && tls->ca)
		err = new_context(tls, false, &client, why);
	if (err) {
		SSL_CTX_free(server);
		return err;
	}
	SSL_CTX_free(tls->server); /* sessions hold a reference of their own */
	SSL_CTX_free(tls->client);
	tls->server = server;
	tls->client = client;
	return 0;
}

static bool copy(const char *path, char **out)
{
	*out = path ? strdup(path) : NULL;
	return !path || *out;
}

int ahoy_tls_new(const ahoy_tls_config *config, ahoy_tls **out, char why[AHOY_TLS_WHY])
{
	ahoy_tls *tls = calloc(1, sizeof *tls);
	int err = AHOY_ENOMEM;

	*out = NULL;
	snprintf(why, AHOY_TLS_WHY, "out of memory");
	if (!tls)
		return AHOY_ENOMEM;
	tls->insecure = config->insecure;
	if (copy(config->certificate, &tls->certificate) && copy(config->key, &tls->key) && copy(config->ca, &tls->ca))
		err = ahoy_tls_reload(tls, why);
	if (err) {
		ahoy_tls_del(tls);
		return err;
	}
	*out = tls;
	return 0;
}

void ahoy_tls_del(ahoy_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->server);
	SSL_CTX_free(tls->client);
	free(tls->certificate);
	free(tls->key);
	free(tls->ca);
	free(tls);
}

/* ---- a session ---- */

static int new_session(SSL_CTX *ctx, bool server, ahoy_tls_session **out)
{
	ahoy_tls_session *session = calloc(1, sizeof *session);

	*out = NULL;
	if (!session)
		return AHOY_ENOMEM;
	session->server = server;
	session->ssl = SSL_new(ctx);
	session->in = BIO_new(BIO_s_mem());
	session->out = BIO_new(BIO_s_mem());
	if (!session->ssl || !session->in || !session->out) {
		BIO_free(session->in);
		BIO_free(session->out);
		SSL_free(session->ssl);
		free(session);
		return AHOY_ENOMEM;
	}
	BIO_set_mem_eof_return(session->in, -1); /* an empty one means "later" */
	BIO_set_mem_eof_return(session->out, -1);
	SSL_set_bio(session->ssl, session->in, session->out);
	SSL_set_app_data(session->ssl, session);
	if (server)
		SSL_set_accept_state(session->ssl);
	else
		SSL_set_connect_state(session->ssl);
	*out = session;
	return 0;
}

int ahoy_tls_accept(ahoy_tls *tls, ahoy_tls_session **out)
{
	*out = NULL;
	return tls->server ? new_session(tls->server, true, out) : AHOY_ESTATE;
}

static void say_other_name(ahoy_tls_session *session, X509 *certificate)
{
	char text[160];
	ahoy_buf names = ahoy_buf_over(text, sizeof text);

	ahoy_tls_name_list(certificate, &names);
	snprintf(session->why, sizeof session->why, "its certificate is for %s, not for %.100s", ahoy_buf_cstr(&names), session->name);
}

/* OpenSSL asks for each certificate of the chain; the peer's own comes last. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	ahoy_tls_session *session = SSL_get_app_data(ssl);
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (!ok || X509_STORE_CTX_get_error_depth(store) != 0 || ahoy_tls_name_matches(certificate, ahoy_slice_of(session->name)))
		return ok;
	say_other_name(session, certificate);
	X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
	return 0;
}

int ahoy_tls_connect(ahoy_tls *tls, ahoy_slice name, ahoy_tls_session **out)
{
	char why[AHOY_TLS_WHY];
	ahoy_addr ip;
	int err = 0;

	*out = NULL;
	if (!tls->client)
		err = new_context(tls, false, &tls->client, why);
	if (!err)
		err = new_session(tls->client, false, out);
	if (err)
		return err;
	if (name.len == 0 || ahoy_slice_cstr(name, (*out)->name, sizeof(*out)->name)) {
		ahoy_tls_session_del(*out);
		*out = NULL;
		return AHOY_EINVAL;
	}
	if (!tls->insecure)
		SSL_set_verify((*out)->ssl, SSL_VERIFY_PEER, on_verify);
	if (ahoy_addr_parse_ip(name, &ip)) /* addresses are no server names (RFC 6066 3) */
		SSL_set_tlsext_host_name((*out)->ssl, (*out)->name);
	return 0;
}

void ahoy_tls_session_del(ahoy_tls_session *session)
{
	if (!session)
		return;
	SSL_free(session->ssl);
	free(session->early);
	free(session);
}

/* ---- bytes ---- */

int ahoy_tls_feed(ahoy_tls_session *session, ahoy_slice bytes)
{
	size_t written;

	return bytes.len && !BIO_write_ex(session->in, bytes.ptr, bytes.len, &written) ? AHOY_ENOMEM : 0;
}

static int fail(ahoy_tls_session *session)
{
	long verdict = SSL_get_verify_result(session->ssl);
	bool refused = verdict != X509_V_OK && SSL_get_verify_mode(session->ssl) != SSL_VERIFY_NONE && !session->open;

	session->failed = true;
	if (!session->why[0] && refused)
		snprintf(session->why, sizeof session->why, "its certificate is not trusted: %s",
			 X509_verify_cert_error_string(verdict));
	else if (!session->why[0])
		snprintf(session->why, sizeof session->why, "%s: %s", session->open ? "the TLS session broke" : "the TLS handshake failed",
			 last_reason());
	return refused ? AHOY_EAUTH : AHOY_ESYNTAX;
}

/* What an SSL call that took or gave nothing means. */
static int outcome(ahoy_tls_session *session, int result)
{
	switch (SSL_get_error(session->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return AHOY_EMORE;
	case SSL_ERROR_ZERO_RETURN:
		return AHOY_ESTATE;
	default:
		return fail(session);
	}
}

static int write_plain(ahoy_tls_session *session, ahoy_slice bytes)
{
	while (bytes.len) {
		size_t written = 0;
		int result;

		ERR_clear_error();
		result = SSL_write_ex(session->ssl, bytes.ptr, bytes.len, &written);
		if (result != 1)
			return outcome(session, result) == AHOY_EMORE ? AHOY_ENOMEM : AHOY_ESYNTAX; /* memory takes all */
		bytes = ahoy_slice_from(bytes, written);
	}
	return 0;
}

static int shake_hands(ahoy_tls_session *session)
{
	int result, err;

	ERR_clear_error();
	result = SSL_do_handshake(session->ssl);
	if (result != 1)
		return outcome(session, result);
	session->open = true;
	err = write_plain(session, ahoy_slice_make(session->early, session->early_len));
	free(session->early);
	session->early = NULL;
	session->early_len = 0;
	return err;
}

int ahoy_tls_read(ahoy_tls_session *session, char *out, size_t cap, size_t *len)
{
	int result, err;

	*len = 0;
	if (session->failed)
		return AHOY_ESYNTAX;
	if (!session->open) {
		err = shake_hands(session);
		if (err)
			return err;
	}
	ERR_clear_error();
	result = SSL_read_ex(session->ssl, out, cap, len);
	return result == 1 ? 0 : outcome(session, result);
}

static int keep_early(ahoy_tls_session *session, ahoy_slice bytes, size_t bound)
{
	char *early;

	if (session->early_len + bytes.len > bound)
		return AHOY_EFULL;
	early = realloc(session->early, session->early_len + bytes.len);
	if (!early)
		return AHOY_ENOMEM;
	memcpy(early + session->early_len, bytes.ptr, bytes.len);
	session->early = early;
	session->early_len += bytes.len;
	return 0;
}

int ahoy_tls_write(ahoy_tls_session *session, ahoy_slice bytes, size_t bound)
{
	if (session->failed)
		return AHOY_ESYNTAX;
	if (!bytes.len)
		return 0;
	return session->open ? write_plain(session, bytes) : keep_early(session, bytes, bound);
}

void ahoy_tls_close(ahoy_tls_session *session)
{
	ERR_clear_error();
	if (session->open && !session->failed)
		(void)SSL_shutdown(session->ssl);
}

ahoy_slice ahoy_tls_to_send(const ahoy_tls_session *session)
{
	char *bytes = NULL;
	long len = BIO_get_mem_data(session->out, &bytes);

	return ahoy_slice_make(bytes, len > 0 ? (size_t)len : 0);
}

void ahoy_tls_sent(ahoy_tls_session *session)
{
	(void)BIO_reset(session->out);
}

bool ahoy_tls_is_open(const ahoy_tls_session *session)
{
	return session->open;
}

const char *ahoy_tls_why(const ahoy_tls_session *session)
{
	return session->why;
}
