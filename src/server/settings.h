/* settings: everything that `ahoyd run` can be told, as one table: each line is an option of the command line
 * (--media-timeout 60) and a key of the configuration file (media-timeout = 60), parsed and checked by the same
 * function. Thread kind: pure but for messages. */
#ifndef AHOY_SERVER_SETTINGS_H
#define AHOY_SERVER_SETTINGS_H

#include "base/addr.h"
#include "base/env.h"
#include "base/err.h"
#include "b2b/switch.h"

#define AHOY_SETTINGS_LISTENERS 16
#define AHOY_SETTINGS_PATH 4096
#define AHOY_SETTINGS_WHY 512

typedef struct {
	ahoy_transport transport; /* AHOY_UDP, AHOY_TCP, AHOY_TLS */
	ahoy_addr at;
} ahoy_listen_at;

typedef struct {
	ahoy_listen_at listen[AHOY_SETTINGS_LISTENERS];
	size_t listen_count; /* 0: UDP and TCP on 5060 of every address, IPv6 where there is one */
	char realm[128];     /* "": as the database says */
	char domain[AHOY_MAX_HOST + 1];
	char db[AHOY_SETTINGS_PATH];
	char control[AHOY_SETTINGS_PATH];				       /* "": from db */
	char tls_certificate[AHOY_SETTINGS_PATH], tls_key[AHOY_SETTINGS_PATH]; /* "": from db */
	char tls_ca[AHOY_SETTINGS_PATH];				       /* "": the system's */
	uint16_t rtp_low, rtp_high;
	ahoy_addr public_address;
	ahoy_addr hep; /* the capture server; family 0: none */
	uint32_t hep_node;
	uint32_t workers;
	ahoy_digest_algorithm digest[2];
	uint8_t digest_count;
	uint32_t media_timeout_s, ring_timeout_s, session_expires_s, register_min_s, register_max_s;
	char echo_number[AHOY_MAX_USER + 1]; /* "": none */
	uint32_t echo_limit_s;
	uint32_t max_transcoded;
	ahoy_latch latch;
	bool follow_redirects, rate_limits, starter_users;
	ahoy_log_level log_level;
	bool log_json;
} ahoy_settings;

/* "udp", "tcp", "tls": as it stands in settings, status and the `listening` lines. Static. */
const char *ahoy_listen_kind(ahoy_transport transport);
static inline bool ahoy_listen_is_secure(ahoy_transport transport)
{
	return transport == AHOY_TLS || transport == AHOY_WSS;
}

/* How a setting may change while the server runs. */
typedef enum {
	AHOY_SETTING_RELOADS,
	AHOY_SETTING_NEEDS_RESTART
} ahoy_setting_change;

typedef struct {
	const char *name; /* option without its dashes, and key */
	const char *
		value;	  /* how its value is shown in help; NULL for one that is true or false (--no-NAME on the command line) */
	const char *help; /* one sentence */
	bool list;	  /* may be given several times */
	ahoy_setting_change change;
	int (*set)(ahoy_settings *settings, const char *text, char why[AHOY_SETTINGS_WHY]);
	bool (*same)(const ahoy_settings *a, const ahoy_settings *b);
} ahoy_setting;

extern const ahoy_setting ahoy_setting_table[];
extern const size_t ahoy_setting_count;

void ahoy_settings_default(ahoy_settings *out);
const ahoy_setting *ahoy_setting_find(const char *name); /* NULL */
/* Checks and takes over one value. AHOY_EINVAL, with `why`: the value in quotes, what is wrong with it and what would
 * be right, without the setting's name. */
AHOY_MUST_USE int ahoy_setting_set(const ahoy_setting *setting, ahoy_settings *settings, const char *text,
				   char why[AHOY_SETTINGS_WHY]);
/* Before the first value of a list: forgets the values of a place that counts less (the file's, where the command line
 * has some). */
void ahoy_setting_clear(const ahoy_setting *setting, ahoy_settings *settings);
/* What no setting can know alone: register-min above register-max. AHOY_EINVAL. */
AHOY_MUST_USE int ahoy_settings_check(const ahoy_settings *settings, char why[AHOY_SETTINGS_WHY]);
/* The control socket's path: as set, or the database's with .sock for .db. AHOY_ERANGE. */
AHOY_MUST_USE int ahoy_settings_control(const ahoy_settings *settings, char out[AHOY_SETTINGS_PATH]);
/* The database's path with `suffix` for .db. AHOY_ERANGE. */
AHOY_MUST_USE int ahoy_settings_beside_db(const ahoy_settings *settings, const char *suffix, char out[AHOY_SETTINGS_PATH]);

/* Reads a file over the settings. AHOY_EINVAL: `why` begins with file:line; nothing was changed. */
AHOY_MUST_USE int ahoy_settings_read_file(const char *path, ahoy_settings *settings, char why[AHOY_SETTINGS_WHY]);

/* The name in the list (NULL ends it) that a person may have meant; NULL where none is near. */
const char *ahoy_nearest(const char *typed, const char *const *names);

#endif
