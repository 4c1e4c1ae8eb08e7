#include "server/server_tls.h"

#include <stdio.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/route.h"
#include "os/tls_own.h"
#include "server/cmdline.h"

/* Of refused peers; the rest of a second is counted. Whoever can connect could fill the disk otherwise. */
#define LINES_PER_SECOND 5u

static bool wants_tls(const ahoy_settings *settings)
{
	for (size_t i = 0; i < settings->listen_count; i++)
		if (ahoy_listen_is_secure(settings->listen[i].transport))
			return true;
	return false;
}

static int choose_files(ahoy_server *s)
{
	if (s->settings.tls_certificate[0])
		return 0;
	return ahoy_settings_beside_db(&s->settings, ".crt", s->settings.tls_certificate) ||
			       ahoy_settings_beside_db(&s->settings, ".key", s->settings.tls_key)
		       ? ahoy_complain(AHOY_EXIT_FAILED, "the database's path is too long; name files with --tls-certificate and --tls-key")
		       : 0;
}

typedef struct {
	char space[AHOY_TLS_OWN_NAMES][AHOY_MAX_HOST + 1];
	ahoy_slice names[AHOY_TLS_OWN_NAMES];
	size_t count;
} own_names;

static void add_name(own_names *n, ahoy_slice name)
{
	for (size_t i = 0; i < n->count; i++)
		if (ahoy_slice_ieq(n->names[i], name))
			return;
	if (n->count == AHOY_TLS_OWN_NAMES || !name.len || ahoy_slice_cstr(name, n->space[n->count], sizeof n->space[0]))
		return;
	n->names[n->count] = ahoy_slice_of(n->space[n->count]);
	n->count++;
}

static void add_address(own_names *n, const ahoy_addr *addr)
{
	char text[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (!addr->family || ahoy_addr_is_any(addr) || addr->scope)
		return;
	ahoy_addr_put_ip(&b, addr, false);
	add_name(n, ahoy_buf_slice(&b));
}

/* By all that a phone may have been told to call this server. */
static void find_names(const ahoy_server *s, own_names *n)
{
	ahoy_interface interfaces[AHOY_SELF_NETWORKS];
	size_t count = ahoy_route_interfaces(interfaces, AHOY_SELF_NETWORKS);
	char host[AHOY_MAX_HOST + 1];

	add_name(n, ahoy_slice_of(s->settings.domain));
	if (gethostname(host, sizeof host) == 0 && memchr(host, '\0', sizeof host))
		add_name(n, ahoy_slice_of(host));
	add_name(n, AHOY_S("localhost"));
	add_address(n, &s->settings.public_address);
	for (size_t i = 0; i < s->settings.listen_count; i++)
		add_address(n, &s->settings.listen[i].at);
	for (size_t i = 0; i < count; i++)
		add_address(n, &interfaces[i].addr);
}

static int make_own(ahoy_server *s)
{
	const char *certificate = s->settings.tls_certificate;
	char why[AHOY_TLS_WHY];
	own_names names = {.count = 0};

	find_names(s, &names);
	if (ahoy_tls_own_make(certificate, s->settings.tls_key, names.names, names.count, why))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s; name others with --tls-certificate and --tls-key", why);
	ahoy_log(&s->env, AHOY_LOG_WARN, "tls", AHOY_S(""),
		 "there was no certificate: a self-signed one is made, %s, which phones have to be told to trust; "
		 "one of an authority is named with --tls-certificate and --tls-key",
		 certificate);
	return 0;
}

int ahoy_server_open_tls(ahoy_server *s)
{
	const ahoy_settings *settings = &s->settings;
	bool chosen = settings->tls_certificate[0];
	ahoy_tls_config config = {
		.certificate = settings->tls_certificate, .key = settings->tls_key, .ca = settings->tls_ca[0] ? settings->tls_ca : NULL};
	char why[AHOY_TLS_WHY];
	int status;

	if (!wants_tls(settings))
		return 0;
	status = choose_files(s);
	if (!status && !chosen && access(settings->tls_certificate, F_OK) && access(settings->tls_key, F_OK))
		status = make_own(s);
	if (status)
		return status;
	if (ahoy_tls_new(&config, &s->tls, why))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", why);
	s->tls_own = ahoy_tls_own_is(settings->tls_certificate);
	return 0;
}

void ahoy_server_greet_tls(const ahoy_server *s)
{
	char print[AHOY_TLS_PRINT];

	if (!s->tls_own)
		return;
	ahoy_tls_own_print(s->settings.tls_certificate, print);
	printf("The TLS certificate %s is self-signed: give it to phones as trusted (ahoy: --tls-ca %s), or compare its SHA-256:\n    %s\n",
	       s->settings.tls_certificate, s->settings.tls_certificate, print);
}

void ahoy_server_reload_tls(ahoy_server *s)
{
	char why[AHOY_TLS_WHY];

	if (!s->tls)
		return;
	if (ahoy_tls_reload(s->tls, why)) {
		ahoy_log(&s->env, AHOY_LOG_ERROR, "tls", AHOY_S(""), "%s; the old certificate stays in force", why);
		return;
	}
	s->tls_own = ahoy_tls_own_is(s->settings.tls_certificate);
	ahoy_log(&s->env, AHOY_LOG_INFO, "tls", AHOY_S(""), "the certificate %s is read again%s: connections made from now on show it",
		 s->settings.tls_certificate, s->tls_own ? " (self-signed)" : "");
}

void ahoy_server_peer_refused(ahoy_server *s, const ahoy_flow *flow, const char *why)
{
	ahoy_time now = ahoy_clock_now();
	char text[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(text, sizeof text - 1);

	if (now - s->refused_since >= AHOY_SECONDS(1)) {
		if (s->refused > LINES_PER_SECOND)
			ahoy_log(&s->env, AHOY_LOG_WARN, "tls", AHOY_S(""), "%u more peers were refused",
				 (unsigned)(s->refused - LINES_PER_SECOND));
		s->refused_since = now;
		s->refused = 0;
	}
	if (++s->refused > LINES_PER_SECOND)
		return;
	ahoy_addr_put(&b, &flow->peer);
	ahoy_log(&s->env, AHOY_LOG_WARN, "tls", AHOY_S(""), "peer %s is refused: %s", ahoy_buf_cstr(&b), why);
}
