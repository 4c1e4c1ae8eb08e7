#include "server/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "os/world.h"

/* RFC 3261 10.2.1.1 lets a registrar choose; a day is what phones ask for at the most. */
#define MAX_REGISTER_S 86400u
#define MAX_TIMEOUT_S 86400u
#define MIN_SESSION_S 90u

static int refuse(char *why, const char *sentence)
{
	snprintf(why, AHOY_SETTINGS_WHY, "%s", sentence);
	return AHOY_EINVAL;
}

static int copy_text(const char *text, char *out, size_t cap, char *why)
{
	if (*text == '\0')
		return refuse(why, "it is empty; give a value");
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return refuse(why, "it holds a control character; leave that out");
	if (strlen(text) >= cap) {
		snprintf(why, AHOY_SETTINGS_WHY, "it is longer than %zu bytes; choose a shorter one", cap - 1);
		return AHOY_EINVAL;
	}
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int number(const char *text, uint32_t low, uint32_t high, uint32_t *out, char *why)
{
	uint32_t value;

	if (ahoy_slice_u32(ahoy_slice_of(text), high, &value) || value < low) {
		snprintf(why, AHOY_SETTINGS_WHY, "it is no whole number of %u to %u", low, high);
		return AHOY_EINVAL;
	}
	*out = value;
	return 0;
}

static int truth(const char *text, bool *out, char *why)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "on") == 0)
		*out = true;
	else if (strcmp(text, "false") == 0 || strcmp(text, "no") == 0 || strcmp(text, "off") == 0)
		*out = false;
	else
		return refuse(why, "it is true or false");
	return 0;
}

static bool same_listener(const ahoy_listen_at *a, const ahoy_listen_at *b)
{
	return a->transport == b->transport && ahoy_addr_eq(&a->at, &b->at);
}

#define LISTENERS "write udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT, as udp:0.0.0.0:5060, tcp:[::1]:5060 or tls:0.0.0.0:5061"

static ahoy_transport listener_kind(ahoy_slice kind)
{
	static const struct {
		const char *name;
		ahoy_transport transport;
	} kinds[] = {{"udp", AHOY_UDP}, {"tcp", AHOY_TCP}, {"tls", AHOY_TLS}};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (ahoy_slice_eq(kind, ahoy_slice_of(kinds[i].name)))
			return kinds[i].transport;
	return AHOY_TRANSPORT_OTHER;
}

const char *ahoy_listen_kind(ahoy_transport transport)
{
	switch (transport) {
	case AHOY_UDP:
		return "udp";
	case AHOY_TCP:
		return "tcp";
	case AHOY_TLS:
		return "tls";
	case AHOY_WS:
		return "ws";
	case AHOY_WSS:
		return "wss";
	case AHOY_TRANSPORT_OTHER:
		break;
	}
	return "?";
}

static int set_listen(ahoy_settings *s, const char *text, char *why)
{
	ahoy_slice kind, address;
	ahoy_listen_at listen = {.transport = AHOY_TRANSPORT_OTHER};
	size_t colon;

	if (ahoy_slice_cut(ahoy_slice_of(text), ':', &kind, &address))
		listen.transport = listener_kind(kind);
	if (listen.transport == AHOY_TRANSPORT_OTHER)
		return refuse(why, "it is no listener that ahoyd knows; " LISTENERS);
	/* The port must be written, else udp:[::1] would mean any port. */
	for (colon = address.len; colon && address.ptr[colon - 1] != ':' && address.ptr[colon - 1] != ']'; colon--)
		;
	if (colon == 0 || address.ptr[colon - 1] != ':' || colon == address.len || ahoy_addr_parse(address, &listen.at))
		return refuse(why, "it is no address with a port; " LISTENERS);
	if (ahoy_addr_is_multicast_or_broadcast(&listen.at))
		return refuse(why, "it is a multicast or broadcast address; name one of this machine");
	for (size_t i = 0; i < s->listen_count; i++)
		if (listen.at.port && same_listener(&s->listen[i], &listen))
			return refuse(why, "it is there twice");
	if (s->listen_count == AHOY_SETTINGS_LISTENERS)
		return refuse(why, "there are more than 16 listeners");
	s->listen[s->listen_count++] = listen;
	return 0;
}

static int set_realm(ahoy_settings *s, const char *text, char *why)
{
	if (strpbrk(text, "\"\\"))
		return refuse(why, "a realm has no quotes and no backslashes");
	return copy_text(text, s->realm, sizeof s->realm, why);
}

static int set_domain(ahoy_settings *s, const char *text, char *why)
{
	if (strpbrk(text, " :@/\"<>;"))
		return refuse(why, "a domain is a host name alone, as example.com");
	return copy_text(text, s->domain, sizeof s->domain, why);
}

static int set_db(ahoy_settings *s, const char *text, char *why)
{
	return copy_text(text, s->db, sizeof s->db - 16, why);
}

static int set_control(ahoy_settings *s, const char *text, char *why)
{
	return copy_text(text, s->control, sizeof s->control, why);
}

static int set_tls_certificate(ahoy_settings *s, const char *text, char *why)
{
	return copy_text(text, s->tls_certificate, sizeof s->tls_certificate, why);
}

static int set_tls_key(ahoy_settings *s, const char *text, char *why)
{
	return copy_text(text, s->tls_key, sizeof s->tls_key, why);
}

static int set_tls_ca(ahoy_settings *s, const char *text, char *why)
{
	return copy_text(text, s->tls_ca, sizeof s->tls_ca, why);
}

static int set_rtp_ports(ahoy_settings *s, const char *text, char *why)
{
	ahoy_slice low_text, high_text;
	uint32_t low, high;

	if (!ahoy_slice_cut(ahoy_slice_of(text), '-', &low_text, &high_text) || ahoy_slice_u32(low_text, 65535, &low) ||
	    ahoy_slice_u32(high_text, 65535, &high) || low < 1)
		return refuse(why, "write the lowest and the highest port, as 10000-20000");
	/* Two legs with RTP and RTCP each, the RTP ports even. */
	if (high < low || high - ((low + 1) & ~1u) < 3)
		return refuse(why, "a call needs four ports; write a wider range, as 10000-20000");
	s->rtp_low = (uint16_t)low;
	s->rtp_high = (uint16_t)high;
	return 0;
}

static int set_public_address(ahoy_settings *s, const char *text, char *why)
{
	ahoy_addr addr;

	if (ahoy_addr_parse_ip(ahoy_slice_of(text), &addr) || ahoy_addr_is_any(&addr) || ahoy_addr_is_multicast_or_broadcast(&addr))
		return refuse(
			why,
			"write the one IP address, without a port, at which peers outside reach this machine, as 203.0.113.7");
	s->public_address = addr;
	return 0;
}

static int set_hep(ahoy_settings *s, const char *text, char *why)
{
	ahoy_addr addr;

	if (ahoy_addr_parse(ahoy_slice_of(text), &addr) || addr.port == 0 || ahoy_addr_is_any(&addr) ||
	    ahoy_addr_is_multicast_or_broadcast(&addr))
		return refuse(why, "write the capture server's address and port, as 192.0.2.7:9060");
	s->hep = addr;
	return 0;
}

static int set_hep_node(ahoy_settings *s, const char *text, char *why)
{
	return number(text, 0, UINT32_MAX, &s->hep_node, why);
}

static int set_workers(ahoy_settings *s, const char *text, char *why)
{
	int err = number(text, 1, 64, &s->workers, why);

	if (!err && s->workers > 1)
		return refuse(why, "this version runs one worker; leave the option out");
	return err;
}

static int set_digest(ahoy_settings *s, const char *text, char *why)
{
	ahoy_slice rest = ahoy_slice_of(text), name;
	uint8_t count = 0;

	while (rest.len) {
		ahoy_digest_algorithm algorithm;

		ahoy_slice_cut(rest, ',', &name, &rest);
		algorithm = ahoy_digest_algorithm_of(ahoy_slice_trim(name));
		if (algorithm != AHOY_DIGEST_MD5 && algorithm != AHOY_DIGEST_SHA256)
			return refuse(
				why,
				"the server knows SHA-256 and MD5; name one or both in the order in which they are "
				"offered, as SHA-256,MD5");
		if (count == 2 || (count == 1 && s->digest[0] == algorithm))
			return refuse(why, "an algorithm is there twice");
		s->digest[count++] = algorithm;
	}
	if (count == 0)
		return refuse(why, "it is empty; write SHA-256,MD5");
	s->digest_count = count;
	return 0;
}

static int set_media_timeout(ahoy_settings *s, const char *text, char *why)
{
	return number(text, 0, MAX_TIMEOUT_S, &s->media_timeout_s, why);
}

static int set_session_expires(ahoy_settings *s, const char *text, char *why)
{
	int err = number(text, 0, MAX_TIMEOUT_S, &s->session_expires_s, why);

	if (!err && s->session_expires_s && s->session_expires_s < MIN_SESSION_S)
		return refuse(why, "RFC 4028 allows no interval under 90 seconds; 0 turns session timers off");
	return err;
}

static int set_ring_timeout(ahoy_settings *s, const char *text, char *why)
{
	return number(text, 0, MAX_TIMEOUT_S, &s->ring_timeout_s, why);
}

static int set_register_min(ahoy_settings *s, const char *text, char *why)
{
	return number(text, 1, MAX_REGISTER_S, &s->register_min_s, why);
}

static int set_register_max(ahoy_settings *s, const char *text, char *why)
{
	return number(text, 1, MAX_REGISTER_S, &s->register_max_s, why);
}

static int set_echo_number(ahoy_settings *s, const char *text, char *why)
{
	if (*text == '\0') {
		s->echo_number[0] = '\0';
		return 0;
	}
	if (strpbrk(text, " @:<>\""))
		return refuse(why, "it is what a phone dials, as *43, without a domain; an empty one turns the echo off");
	return copy_text(text, s->echo_number, sizeof s->echo_number, why);
}

static int set_echo_limit(ahoy_settings *s, const char *text, char *why)
{
	return number(text, 0, MAX_TIMEOUT_S, &s->echo_limit_s, why);
}

static int set_max_transcoded(ahoy_settings *s, const char *text, char *why)
{
	return number(text, 0, AHOY_MAX_TRANSCODED_CALLS, &s->max_transcoded, why);
}

static int set_media_source(ahoy_settings *s, const char *text, char *why)
{
	static const char *const names[] = {"signalling", "any", "none"};
	static const ahoy_latch values[] = {AHOY_LATCH_SIGNALLING, AHOY_LATCH_ANY, AHOY_LATCH_NONE};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0) {
			s->latch = values[i];
			return 0;
		}
	}
	return refuse(why, "it is signalling, any or none");
}

static int set_follow_redirects(ahoy_settings *s, const char *text, char *why)
{
	return truth(text, &s->follow_redirects, why);
}

static int set_rate_limits(ahoy_settings *s, const char *text, char *why)
{
	return truth(text, &s->rate_limits, why);
}

static int set_starter_users(ahoy_settings *s, const char *text, char *why)
{
	return truth(text, &s->starter_users, why);
}

static int set_log_level(ahoy_settings *s, const char *text, char *why)
{
	if (ahoy_log_level_of(ahoy_slice_of(text), &s->log_level))
		return refuse(why, "it is error, warn, info or debug");
	return 0;
}

static int set_log_format(ahoy_settings *s, const char *text, char *why)
{
	if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0)
		return refuse(why, "it is text or json");
	s->log_json = text[0] == 'j';
	return 0;
}

#define SAME_VALUE(member)                                                        \
	static bool same_##member(const ahoy_settings *a, const ahoy_settings *b) \
	{                                                                         \
		return memcmp(&a->member, &b->member, sizeof a->member) == 0;     \
	}
#define SAME_TEXT(member)                                                         \
	static bool same_##member(const ahoy_settings *a, const ahoy_settings *b) \
	{                                                                         \
		return strcmp(a->member, b->member) == 0;                         \
	}

SAME_TEXT(realm)
SAME_TEXT(domain)
SAME_TEXT(db)
SAME_TEXT(control)
SAME_TEXT(tls_certificate)
SAME_TEXT(tls_key)
SAME_TEXT(tls_ca)
SAME_VALUE(hep_node)
SAME_VALUE(workers)
SAME_VALUE(media_timeout_s)
SAME_VALUE(ring_timeout_s)
SAME_VALUE(session_expires_s)
SAME_VALUE(register_min_s)
SAME_VALUE(register_max_s)
SAME_TEXT(echo_number)
SAME_VALUE(echo_limit_s)
SAME_VALUE(follow_redirects)
SAME_VALUE(max_transcoded)
SAME_VALUE(latch)
SAME_VALUE(rate_limits)
SAME_VALUE(starter_users)
SAME_VALUE(log_level)
SAME_VALUE(log_json)

static bool same_listen(const ahoy_settings *a, const ahoy_settings *b)
{
	if (a->listen_count != b->listen_count)
		return false;
	for (size_t i = 0; i < a->listen_count; i++)
		if (!same_listener(&a->listen[i], &b->listen[i]))
			return false;
	return true;
}

static bool same_rtp_ports(const ahoy_settings *a, const ahoy_settings *b)
{
	return a->rtp_low == b->rtp_low && a->rtp_high == b->rtp_high;
}

static bool same_public_address(const ahoy_settings *a, const ahoy_settings *b)
{
	return ahoy_addr_eq(&a->public_address, &b->public_address);
}

static bool same_hep(const ahoy_settings *a, const ahoy_settings *b)
{
	return ahoy_addr_eq(&a->hep, &b->hep);
}

static bool same_digest(const ahoy_settings *a, const ahoy_settings *b)
{
	return a->digest_count == b->digest_count && a->digest[0] == b->digest[0] &&
	       (a->digest_count < 2 || a->digest[1] == b->digest[1]);
}

#define RESTART AHOY_SETTING_NEEDS_RESTART
#define RELOADS AHOY_SETTING_RELOADS

const ahoy_setting ahoy_setting_table[] = {
	{"listen", "KIND:ADDR:PORT",
	 "Listen there and nowhere else, KIND is udp, tcp or tls (whose port is 5061); may be given several times. Default: port 5060 "
	 "of every address, "
	 "UDP and TCP.",
	 true,
	 RESTART, set_listen, same_listen},
	{"realm", "NAME", "The digest realm, written into the database when that is made. Default: ahoy.", false,
	 RESTART, set_realm, same_realm},
	{"domain", "NAME",
	 "The host name that is ours in a request. Default: every host name; addresses of this machine are always ours.",
	 false, RESTART, set_domain, same_domain},
	{"db", "FILE", "The SQLite database of users, registrations and call records. Default: ahoy.db.", false,
	 RESTART, set_db, same_db},
	{"rtp-ports", "LO-HI", "Ports for media, four a call. Default: 10000-20000.", false, RESTART, set_rtp_ports,
	 same_rtp_ports},
	{"public-address", "IP", "How peers outside this machine's own networks reach it.", false, RESTART,
	 set_public_address, same_public_address},
	{"workers", "N", "Threads that serve calls. Default and, for now, limit: 1.", false, RESTART, set_workers,
	 same_workers},
	{"control", "PATH", "The control socket. Default: the database's path with .sock for .db.", false, RESTART,
	 set_control, same_control},
	{"tls-certificate", "FILE",
	 "The certificate (PEM, with what leads to its authority) for tls: listeners. Default: the database's path with .crt for .db; a "
	 "self-signed one is made there where there is none. SIGHUP reads it again.",
	 false, RESTART, set_tls_certificate, same_tls_certificate},
	{"tls-key", "FILE", "Its key (PEM). Default: the database's path with .key for .db.", false, RESTART, set_tls_key,
	 same_tls_key},
	{"tls-ca", "FILE",
	 "The authorities (PEM) that vouch for phones: each is asked for a certificate and may have none, but no other's. "
	 "Default: nobody is asked; servers that are connected to are checked against the system's.",
	 false, RESTART, set_tls_ca, same_tls_ca},
	{"digest", "ALGORITHMS", "Digest algorithms in the order in which they are offered. Default: SHA-256,MD5.",
	 false, RESTART, set_digest, same_digest},
	{"media-timeout", "S",
	 "End an answered call that is not held after so many seconds without media. Default: 60; 0: never.", false,
	 RELOADS, set_media_timeout, same_media_timeout_s},
	{"ring-timeout", "S", "Give a call up that rang so many seconds. Default: 120; 0: never.", false, RELOADS,
	 set_ring_timeout, same_ring_timeout_s},
	{"session-expires", "S",
	 "Ask each phone that knows session timers for a sign of life within so many seconds. Default: 1800; 0: never.", false,
	 RESTART, set_session_expires, same_session_expires_s},
	{"register-min", "S", "The shortest registration; shorter ones are answered 423. Default: 60.", false, RELOADS,
	 set_register_min, same_register_min_s},
	{"register-max", "S", "The longest registration; longer ones are shortened. Default: 3600.", false, RELOADS,
	 set_register_max, same_register_max_s},
	{"echo-number", "NUMBER",
	 "Who calls this number hears himself, after two beeps; an empty one turns it off. Default: *43.", false,
	 RELOADS, set_echo_number, same_echo_number},
	{"echo-limit", "S", "End such a call after so many seconds. Default: 600; 0: never.", false, RELOADS,
	 set_echo_limit, same_echo_limit_s},
	{"max-transcoded", "N",
	 "Let at most so many calls at a time have their sound coded again, between phones that share no codec. Default: 50; 0: none.",
	 false, RELOADS, set_max_transcoded, same_max_transcoded},
	{"media-source", "WHICH",
	 "From whom media is taken that comes from elsewhere than announced: signalling (the address that the call's messages come "
	 "from), any, none. Default: signalling.",
	 false, RESTART, set_media_source, same_latch},
	{"follow-redirects", NULL,
	 "Do not ring the numbers of this server that a phone sends a call on to (3xx); its caller is told them. In a file: "
	 "follow-redirects = false.",
	 false, RELOADS, set_follow_redirects, same_follow_redirects},
	{"rate-limits", NULL,
	 "Do not slow down who asks too often or guesses passwords; for tests. In a file: rate-limits = false.", false,
	 RESTART, set_rate_limits, same_rate_limits},
	{"starter-users", NULL,
	 "Do not make the users 111, 112 and 115 in an empty database. In a file: starter-users = false.", false,
	 RESTART, set_starter_users, same_starter_users},
	{"hep", "ADDR:PORT", "Send a copy of each SIP message to this capture server (HEPv3 over UDP).", false, RESTART, set_hep,
	 same_hep},
	{"hep-node", "N", "The number by which that server knows this one. Default: 1.", false, RESTART, set_hep_node,
	 same_hep_node},
	{"log-level", "LEVEL", "error, warn, info or debug. Default: info.", false, RELOADS, set_log_level,
	 same_log_level},
	{"log-format", "FORMAT", "text or json. Default: text.", false, RESTART, set_log_format, same_log_json},
};
const size_t ahoy_setting_count = sizeof ahoy_setting_table / sizeof ahoy_setting_table[0];

void ahoy_settings_default(ahoy_settings *out)
{
	memset(out, 0, sizeof *out);
	memcpy(out->db, "ahoy.db", sizeof "ahoy.db");
	out->rtp_low = 10000;
	out->rtp_high = 20000;
	out->workers = 1;
	out->hep_node = 1;
	out->digest[0] = AHOY_DIGEST_SHA256;
	out->digest[1] = AHOY_DIGEST_MD5;
	out->digest_count = 2;
	out->media_timeout_s = 60;
	out->ring_timeout_s = 120;
	out->session_expires_s = 1800;
	out->register_min_s = 60;
	out->register_max_s = 3600;
	memcpy(out->echo_number, "*43", sizeof "*43");
	out->echo_limit_s = 600;
	out->follow_redirects = true;
	out->max_transcoded = 50;
	out->latch = AHOY_LATCH_SIGNALLING;
	out->rate_limits = true;
	out->starter_users = true;
	out->log_level = AHOY_LOG_INFO;
}

const ahoy_setting *ahoy_setting_find(const char *name)
{
	for (size_t i = 0; i < ahoy_setting_count; i++)
		if (strcmp(ahoy_setting_table[i].name, name) == 0)
			return &ahoy_setting_table[i];
	return NULL;
}

int ahoy_setting_set(const ahoy_setting *setting, ahoy_settings *settings, const char *text, char why[AHOY_SETTINGS_WHY])
{
	char reason[AHOY_SETTINGS_WHY] = "", shown[61];
	int err = setting->set(settings, text, reason);

	if (!err)
		return 0;
	snprintf(shown, sizeof shown, "%s", text);
	for (char *c = shown; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	snprintf(why, AHOY_SETTINGS_WHY, "\"%s\": %.400s", shown, reason);
	return err;
}

void ahoy_setting_clear(const ahoy_setting *setting, ahoy_settings *settings)
{
	if (setting->set == set_listen)
		settings->listen_count = 0;
}

int ahoy_settings_check(const ahoy_settings *settings, char why[AHOY_SETTINGS_WHY])
{
	if (settings->register_min_s > settings->register_max_s) {
		snprintf(why, AHOY_SETTINGS_WHY, "register-min (%u) is above register-max (%u); change one of them",
			 settings->register_min_s, settings->register_max_s);
		return AHOY_EINVAL;
	}
	if (!settings->tls_certificate[0] != !settings->tls_key[0]) {
		snprintf(why, AHOY_SETTINGS_WHY, "tls-certificate and tls-key belong together; give both or none");
		return AHOY_EINVAL;
	}
	return 0;
}

int ahoy_settings_beside_db(const ahoy_settings *settings, const char *suffix, char out[AHOY_SETTINGS_PATH])
{
	ahoy_slice db = ahoy_slice_of(settings->db);
	ahoy_buf b = ahoy_buf_over(out, AHOY_SETTINGS_PATH);

	ahoy_buf_put(&b, ahoy_slice_first(db, ahoy_slice_ends(db, AHOY_S(".db")) ? db.len - 3 : db.len));
	ahoy_buf_str(&b, suffix);
	if (b.full || b.len == b.cap)
		return AHOY_ERANGE;
	ahoy_buf_cstr(&b);
	return 0;
}

int ahoy_settings_control(const ahoy_settings *settings, char out[AHOY_SETTINGS_PATH])
{
	if (!settings->control[0])
		return ahoy_settings_beside_db(settings, ".sock", out);
	return ahoy_slice_cstr(ahoy_slice_of(settings->control), out, AHOY_SETTINGS_PATH);
}
