#include "server/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/random.h"
#include "os/route.h"
#include "server/cmdline.h"
#include "server/server_tls.h"
#include "server/starter.h"

/* The ring of recent messages: some 6,000 of them. */
#define TRACE_BYTES ((size_t)4 << 20)
/* Pairs opened at the start: a server of some two hundred calls at once needs no more, and its descriptors then stay
 * the same all the time. */
#define FIRST_PAIRS ((size_t)512)
#define HOUSEKEEPING AHOY_SECONDS(2)
/* A wall clock that was set by more than this is followed. */
#define CLOCK_SLACK_US 500000
/* At the stop: how long calls may take to end, and how long the last BYEs may wait for their answers. */
#define STOP_PATIENCE AHOY_SECONDS(3)
#define BYE_PATIENCE AHOY_SECONDS(1)

/* Media ports are descriptors: as many as the machine lets us have. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* How many pairs to open at the start: FIRST_PAIRS, or what a quarter of the descriptors allows. */
static size_t first_pairs(void)
{
	struct rlimit limit;
	size_t allowed = AHOY_WARM_PAIRS;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 8 > allowed)
		allowed = limit.rlim_cur / 8;
	return allowed < FIRST_PAIRS ? allowed : FIRST_PAIRS;
}

static int open_store(ahoy_server *s)
{
	char why[AHOY_STORE_WHY];
	uint64_t cut_off = 0;
	int err;

	if (ahoy_store_open(s->settings.db, AHOY_STORE_CREATE, s->settings.realm[0] ? s->settings.realm : NULL, &s->store, why))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", why);
	/* Before anything is changed: another server's open calls must not be cut off. */
	err = ahoy_store_claim(s->store);
	if (!err)
		err = ahoy_store_cdr_cut_off(s->store, &cut_off);
	if (!err)
		err = ahoy_store_bindings_remove_expired(s->store, ahoy_clock_utc_ms());
	if (err)
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(s->store));
	if (cut_off)
		ahoy_log(&s->env, AHOY_LOG_WARN, "server", AHOY_S(""),
			 "%llu calls were up when the last server ended: their records are closed",
			 (unsigned long long)cut_off);
	return 0;
}

static void note_listener(ahoy_server *s, ahoy_transport transport, const ahoy_addr *bound)
{
	s->bound[s->bound_count++] = (ahoy_listen_at){transport, *bound};
	for (size_t i = 0; i < s->config.listener_count; i++)
		if (ahoy_addr_eq(&s->config.listeners[i], bound))
			return;
	s->config.listeners[s->config.listener_count++] = *bound;
}

static int listen_at(ahoy_server *s, const ahoy_listen_at *listen, bool optional)
{
	char why[AHOY_SOCKET_WHY];
	ahoy_addr bound;
	int err = listen->transport == AHOY_UDP
			  ? ahoy_udp_listen(ahoy_driver_udp(s->driver), &listen->at, AHOY_UDP_ALONE, &bound, why)
			  : ahoy_tcp_listen(ahoy_driver_tcp(s->driver), listen->transport, &listen->at, &bound, why);

	if (err == AHOY_EUNSUPPORTED && optional) {
		ahoy_log(&s->env, AHOY_LOG_WARN, "server", AHOY_S(""), "%s: going on without", why);
		return 0;
	}
	if (err)
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", why);
	note_listener(s, listen->transport, &bound);
	return 0;
}

/* Connections take descriptors, of which media ports need the most. */
static void limit_connections(ahoy_server *s)
{
	ahoy_tcp_options options;
	struct rlimit limit;

	ahoy_tcp_options_default(&options);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 4 < options.max_connections)
		options.max_connections = limit.rlim_cur < 4 ? 1 : (uint32_t)(limit.rlim_cur / 4);
	if (!s->settings.rate_limits)
		options.max_per_source = 0;
	ahoy_tcp_set_options(ahoy_driver_tcp(s->driver), &options);
}

static int open_listeners(ahoy_server *s)
{
	static const ahoy_listen_at everywhere[] = {{AHOY_UDP, {.family = 4, .port = 5060}},
						    {AHOY_UDP, {.family = 6, .port = 5060}},
						    {AHOY_TCP, {.family = 4, .port = 5060}},
						    {AHOY_TCP, {.family = 6, .port = 5060}}};
	bool by_itself = s->settings.listen_count == 0;
	const ahoy_listen_at *listen = by_itself ? everywhere : s->settings.listen;
	size_t count = by_itself ? sizeof everywhere / sizeof everywhere[0] : s->settings.listen_count;
	ahoy_machine machine;
	int status = 0;

	ahoy_server_machine(s, &machine);
	if (ahoy_driver_new(s->loop, &machine, &s->driver))
		return ahoy_complain(AHOY_EXIT_FAILED, "out of memory or descriptors");
	limit_connections(s);
	ahoy_tcp_set_tls(ahoy_driver_tcp(s->driver), s->tls);
	for (size_t i = 0; i < count && !status; i++)
		status = listen_at(s, &listen[i], by_itself && listen[i].at.family == 6);
	return status;
}

/* Which of its own addresses the server may name to whom (sip/self.h). */
static void fill_self(ahoy_server *s)
{
	ahoy_interface interfaces[AHOY_SELF_NETWORKS];
	size_t count = ahoy_route_interfaces(interfaces, AHOY_SELF_NETWORKS);

	s->config.self.public_address = s->settings.public_address;
	s->config.self.network_count = (uint8_t)count;
	for (size_t i = 0; i < count; i++) {
		s->config.self.networks[i].addr = interfaces[i].addr;
		s->config.self.networks[i].prefix_bits = interfaces[i].prefix_bits;
	}
}

/* What may change while the server runs. */
static void fill_reloaded(ahoy_server *s)
{
	s->config.media_timeout_s = s->settings.media_timeout_s;
	s->config.ring_timeout_s = s->settings.ring_timeout_s;
	s->config.pass_redirects = !s->settings.follow_redirects;
	s->config.session_expires_s = s->settings.session_expires_s;
	s->config.register_min_s = s->settings.register_min_s;
	s->config.register_max_s = s->settings.register_max_s;
	s->config.echo_number = ahoy_slice_of(s->settings.echo_number);
	s->config.echo_limit_s = s->settings.echo_limit_s;
	s->config.max_transcoded = s->settings.max_transcoded;
}

static int open_capture(ahoy_server *s)
{
	char text[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (s->settings.hep.family == 0 || ahoy_hep_sender_new(&s->settings.hep, &s->hep) == 0)
		return 0;
	ahoy_addr_put(&b, &s->settings.hep);
	return ahoy_complain(AHOY_EXIT_FAILED, "there is no way to the capture server at %s; look at --hep", ahoy_buf_cstr(&b));
}

static int make_switch(ahoy_server *s)
{
	fill_self(s);
	fill_reloaded(s);
	s->config.realm = ahoy_slice_of(ahoy_store_realm(s->store));
	s->config.domain = ahoy_slice_of(s->settings.domain);
	for (size_t i = 0; i < 2; i++)
		s->config.digest[i] = s->settings.digest[i];
	s->config.digest_count = s->settings.digest_count;
	s->config.no_rate_limits = !s->settings.rate_limits;
	s->config.latch = s->settings.latch;
	s->config.utc_offset_us = ahoy_clock_utc_offset_us();
	s->config.start_number = ahoy_clock_utc_ms();
	s->config.trace_bytes = TRACE_BYTES;
	if (ahoy_switch_new(&s->env, &s->config, &s->sw))
		return ahoy_complain(AHOY_EXIT_FAILED, "out of memory");
	return 0;
}

static int open_media(ahoy_server *s)
{
	ahoy_rtp_options options = {
		.low = s->settings.rtp_low, .high = s->settings.rtp_high, .packet = ahoy_server_media, .ctx = s};
	const ahoy_addr *only = &s->config.listeners[0];

	ahoy_random_fill(NULL, &options.start, sizeof options.start);
	/* With one listener at one address media is there too, and its packets leave from no other. */
	if (s->config.listener_count == 1 && !ahoy_addr_is_any(only)) {
		options.local = *only;
		options.local.port = 0;
	}
	if (ahoy_rtp_sockets_new(s->loop, &options, &s->rtp))
		return ahoy_complain(AHOY_EXIT_FAILED, "out of memory or descriptors");
	if (!ahoy_server_open_ports(s, ahoy_clock_now(), first_pairs()))
		return ahoy_complain(AHOY_EXIT_FAILED,
				     "none of the media ports %u-%u can be opened; choose others with --rtp-ports",
				     s->settings.rtp_low, s->settings.rtp_high);
	return 0;
}

typedef struct {
	ahoy_server *server;
	size_t count;
	int err;
} loading;

static bool load_user(void *ctx, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	loading *l = ctx;

	for (size_t i = 0; i < count && !l->err; i++, l->count++)
		l->err = ahoy_switch_load_binding(l->server->sw, ahoy_clock_now(), user, &bindings[i]);
	return l->err == 0;
}

static int load_bindings(ahoy_server *s)
{
	loading l = {s, 0, 0};

	if (ahoy_store_bindings_load(s->store, load_user, &l))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(s->store));
	if (l.err)
		return ahoy_complain(AHOY_EXIT_FAILED, "the stored registrations cannot be loaded: %s", ahoy_err_text(l.err));
	if (l.count)
		ahoy_log(&s->env, AHOY_LOG_INFO, "server", AHOY_S(""), "%zu registrations are loaded", l.count);
	return 0;
}

/* What a busier time needed goes back to the system: memory, and the descriptors of media ports. */
static void tidy(ahoy_server *s)
{
	bool trimmed = ahoy_switch_trim(s->sw, ahoy_clock_now());
	uint32_t pair;

	while (ahoy_switch_close_pair(s->sw, (uint32_t)first_pairs(), &pair))
		ahoy_rtp_sockets_close(s->rtp, pair);
	if (trimmed)
		ahoy_world_trim();
}

static void on_housekeeping(void *ctx)
{
	ahoy_server *s = ctx;
	int64_t offset_us = ahoy_clock_utc_offset_us();
	ahoy_switch_status status;

	ahoy_alarm_set(s->housekeeping, ahoy_clock_now() + HOUSEKEEPING);
	if (llabs(offset_us - s->config.utc_offset_us) > CLOCK_SLACK_US) {
		s->config.utc_offset_us = offset_us;
		ahoy_switch_reconfigure(s->sw, &s->config);
	}
	tidy(s);
	ahoy_switch_get_status(s->sw, &status);
	/* How far a record may claim that its call lived, should this server be killed. */
	if (status.calls && s->store_thread && ahoy_store_thread_alive(s->store_thread, ahoy_clock_utc_ms()))
		ahoy_log(&s->env, AHOY_LOG_WARN, "server", AHOY_S(""), "the store's queue is full");
}

static void on_patience(void *ctx)
{
	ahoy_server *s = ctx;

	ahoy_loop_stop(s->loop);
}

/* Before each sleep: is there anything left to wait for? */
static void on_tail(void *ctx)
{
	ahoy_server *s = ctx;
	ahoy_switch_status status;

	if (!s->stopping)
		return;
	ahoy_switch_get_status(s->sw, &status);
	if (status.calls)
		return;
	if (!s->had_calls || status.transactions == 0) {
		ahoy_loop_stop(s->loop);
	} else {
		s->had_calls = false;
		s->stopping = false; /* only the alarm is waited for now */
		ahoy_alarm_set(s->patience, ahoy_clock_now() + BYE_PATIENCE);
	}
}

static void on_stop(void *ctx)
{
	ahoy_server *s = ctx;
	ahoy_switch_status status;

	/* A second signal: somebody is in a hurry. */
	if (s->stop_asked) {
		ahoy_loop_stop(s->loop);
		return;
	}
	s->stop_asked = true;
	s->stopping = true;
	ahoy_switch_get_status(s->sw, &status);
	s->had_calls = status.calls > 0;
	ahoy_log(&s->env, AHOY_LOG_INFO, "server", AHOY_S(""), "stopping; %llu calls are ended", (unsigned long long)status.calls);
	ahoy_alarm_set(s->patience, ahoy_clock_now() + STOP_PATIENCE);
	ahoy_switch_stop(s->sw, ahoy_clock_now());
	ahoy_driver_drain(s->driver);
}

static void apply(ahoy_server *s, const ahoy_settings *new_settings)
{
	for (size_t i = 0; i < ahoy_setting_count; i++) {
		const ahoy_setting *setting = &ahoy_setting_table[i];

		if (!setting->same(&s->settings, new_settings) && setting->change == AHOY_SETTING_NEEDS_RESTART)
			ahoy_log(&s->env, AHOY_LOG_WARN, "server", AHOY_S(""),
				 "the change of %s needs a restart; the old value stays", setting->name);
	}
	s->settings.media_timeout_s = new_settings->media_timeout_s;
	s->settings.ring_timeout_s = new_settings->ring_timeout_s;
	s->settings.follow_redirects = new_settings->follow_redirects;
	s->settings.register_min_s = new_settings->register_min_s;
	s->settings.register_max_s = new_settings->register_max_s;
	memcpy(s->settings.echo_number, new_settings->echo_number, sizeof s->settings.echo_number);
	s->settings.echo_limit_s = new_settings->echo_limit_s;
	s->settings.max_transcoded = new_settings->max_transcoded;
	s->settings.log_level = s->env.log_level = new_settings->log_level;
	fill_reloaded(s);
	ahoy_switch_reconfigure(s->sw, &s->config);
}

static void on_reload(void *ctx)
{
	ahoy_server *s = ctx;
	ahoy_settings *settings = malloc(sizeof *settings);
	char why[AHOY_SETTINGS_WHY];

	if (settings && s->reread(s->reread_ctx, settings, why) == 0) {
		apply(s, settings);
		ahoy_log(&s->env, AHOY_LOG_INFO, "server", AHOY_S(""), "the configuration is read again");
	} else {
		ahoy_log(&s->env, AHOY_LOG_ERROR, "server", AHOY_S(""), "%s; the old configuration stays in force",
			 settings ? why : "out of memory");
	}
	free(settings);
	ahoy_server_reload_tls(s);
}

static int make_timers_and_signals(ahoy_server *s)
{
	if (ahoy_alarm_new(s->loop, on_housekeeping, s, &s->housekeeping) ||
	    ahoy_alarm_new(s->loop, on_patience, s, &s->patience) || ahoy_tail_new(s->loop, on_tail, s, &s->tail) ||
	    ahoy_signal_new(s->loop, SIGTERM, on_stop, s, &s->signals[0]) ||
	    ahoy_signal_new(s->loop, SIGINT, on_stop, s, &s->signals[1]) ||
	    ahoy_signal_new(s->loop, SIGHUP, on_reload, s, &s->signals[2]))
		return ahoy_complain(AHOY_EXIT_FAILED, "out of memory or descriptors");
	ahoy_alarm_set(s->housekeeping, ahoy_clock_now() + HOUSEKEEPING);
	return 0;
}

static int start_store_thread(ahoy_server *s)
{
	ahoy_store_thread_handler handler;

	ahoy_server_store_handler(s, &handler);
	if (ahoy_store_thread_new(s->loop, s->store, &s->store_env, &handler, &s->store_thread))
		return ahoy_complain(AHOY_EXIT_FAILED, "no thread can be made for the database");
	return 0;
}

static int open_control(ahoy_server *s)
{
	char path[AHOY_SETTINGS_PATH], why[AHOY_CONTROL_WHY];

	if (ahoy_settings_control(&s->settings, path))
		return ahoy_complain(AHOY_EXIT_FAILED, "the control socket's path is too long; choose one with --control");
	return ahoy_control_new(s, path, &s->control, why) ? ahoy_complain(AHOY_EXIT_FAILED, "%s", why) : 0;
}

/* Users are made only behind this, in greet: passwords that nobody was shown would be worse than none. */
static int start(ahoy_server *s)
{
	/* A database is made only when the ports are ours; one that is there says best why this start cannot be. */
	bool fresh = access(s->settings.db, F_OK) != 0;
	int status = fresh ? 0 : open_store(s);

	if (!status && ahoy_loop_new(&s->loop))
		status = ahoy_complain(AHOY_EXIT_FAILED, "out of memory or descriptors");
	if (!status)
		status = ahoy_server_open_tls(s);
	if (!status)
		status = open_listeners(s);
	if (!status && fresh)
		status = open_store(s);
	if (!status)
		status = open_control(s);
	if (!status)
		status = open_capture(s);
	if (!status)
		status = make_switch(s);
	if (!status)
		status = open_media(s);
	if (!status)
		status = load_bindings(s);
	if (!status)
		status = make_timers_and_signals(s);
	/* The thread sleeps until the loop gives it something: the store is still ours. */
	if (!status)
		status = start_store_thread(s);
	return status;
}

static int greet(ahoy_server *s, ahoy_starter *starter)
{
	char text[AHOY_ADDR_TEXT + 1];

	if (s->settings.starter_users && ahoy_starter_make(s->store, starter))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(s->store));
	if (ahoy_starter_print(starter, s->store, &s->settings, s->config.listeners, s->config.listener_count))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(s->store));
	ahoy_server_greet_tls(s);
	for (size_t i = 0; i < s->bound_count; i++) {
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_addr_put(&b, &s->bound[i].at);
		printf("listening %s %s\n", ahoy_listen_kind(s->bound[i].transport), ahoy_buf_cstr(&b));
	}
	puts("ready");
	fflush(stdout);
	return 0;
}

static void stop(ahoy_server *s)
{
	/* The last BYEs and answers leave, the last records are written. */
	if (s->driver && s->sw)
		ahoy_driver_drain(s->driver);
	ahoy_store_thread_del(s->store_thread);
	s->store_thread = NULL;
	ahoy_control_del(s->control);
	ahoy_driver_del(s->driver);
	ahoy_tls_del(s->tls);
	ahoy_rtp_sockets_del(s->rtp);
	ahoy_hep_sender_del(s->hep);
	for (size_t i = 0; i < 3; i++)
		ahoy_signal_del(s->signals[i]);
	ahoy_tail_del(s->tail);
	ahoy_alarm_del(s->housekeeping);
	ahoy_alarm_del(s->patience);
	ahoy_loop_del(s->loop);
	ahoy_switch_del(s->sw);
	ahoy_store_close(s->store);
}

int ahoy_server_run(ahoy_server *s)
{
	ahoy_starter starter = {.made = false};
	int status;

	s->sink = (ahoy_log_sink){2, s->settings.log_json};
	ahoy_world_env(&s->sink, s->settings.log_level, &s->env);
	s->store_env = s->env;
	s->started = ahoy_clock_now();
	raise_descriptors();
	ahoy_signal_ignore_pipe();
	status = start(s);
	if (!status)
		status = greet(s, &starter);
	if (!status) {
		ahoy_driver_drain(s->driver);
		ahoy_loop_run(s->loop);
	}
	stop(s);
	return status;
}
