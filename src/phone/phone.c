#include "phone/phone.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/route.h"

#define FINISH_WITHIN AHOY_SECONDS(4)
#define TRACE_BYTES (4u << 20)

static ahoy_time drain(void *ctx, ahoy_time now);

static void on_recv(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_phone *phone = ctx;

	ahoy_phone_saw(phone, now, false, flow, bytes);
	if (!phone->command.recv || !phone->command.recv(phone->command.ctx, now, flow, bytes))
		ahoy_ua_recv(phone->ua, now, flow, bytes);
}

static void on_send_failed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	ahoy_phone *phone = ctx;

	ahoy_ua_send_failed(phone->ua, now, flow);
	if (phone->command.send_failed)
		phone->command.send_failed(phone->command.ctx, now, flow);
}

static void on_flow_closed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	ahoy_phone *phone = ctx;

	ahoy_ua_flow_closed(phone->ua, now, flow);
}

static void on_broken(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err)
{
	ahoy_phone *phone = ctx;

	ahoy_phone_saw(phone, now, false, flow, head);
	ahoy_ua_recv_broken(phone->ua, now, flow, head, err);
}

static void on_expire(void *ctx, ahoy_time now)
{
	ahoy_phone *phone = ctx;

	ahoy_ua_expire(phone->ua, now);
}

/* The command's deadline. */
static void on_alarm(void *ctx)
{
	ahoy_phone *phone = ctx;
	ahoy_time now = ahoy_clock_now();

	ahoy_ua_turn(phone->ua, now);
	if (phone->begun && !phone->stopped)
		phone->command.due(phone->command.ctx, now);
	ahoy_phone_tones_turn(phone->tones, now);
	ahoy_driver_drain(phone->driver);
}

/* What is due leaves for the sockets; at AHOY_NEVER all of it. */
static void pass_impaired(ahoy_phone *phone, ahoy_time now)
{
	ahoy_out out = {.kind = AHOY_OUT_SEND};

	while (phone->impair && ahoy_impair_pop(phone->impair, now, &out.flow, &out.bytes))
		ahoy_driver_out(phone->driver, &out);
}

static void put_out(ahoy_phone *phone, ahoy_time now, const ahoy_out *out)
{
	/* A stream loses, doubles and turns round nothing. */
	if (phone->impair && out->kind == AHOY_OUT_SEND && !ahoy_transport_is_reliable(out->flow.transport))
		ahoy_impair_put(phone->impair, now, &out->flow, out->bytes);
	else
		ahoy_driver_out(phone->driver, out);
}

static void stop(ahoy_phone *phone)
{
	pass_impaired(phone, AHOY_NEVER);
	phone->stopped = true;
	ahoy_loop_stop(phone->loop);
}

static void on_signal(void *ctx)
{
	ahoy_phone *phone = ctx;
	ahoy_time now = ahoy_clock_now();

	phone->interrupts++;
	if (phone->interrupts > 1 || !phone->begun) {
		phone->outcome = (ahoy_outcome){.err = AHOY_ESTATE};
		stop(phone);
		return;
	}
	ahoy_ua_turn(phone->ua, now);
	phone->command.interrupt(phone->command.ctx, now);
	ahoy_driver_drain(phone->driver);
}

static void set_alarm(ahoy_phone *phone)
{
	ahoy_time at = phone->begun ? phone->command.deadline(phone->command.ctx) : AHOY_NEVER;

	if (phone->finishing && phone->finish_at < at)
		at = phone->finish_at;
	if (phone->impair && ahoy_impair_next(phone->impair) < at)
		at = ahoy_impair_next(phone->impair);
	if (ahoy_phone_tones_deadline(phone->tones) < at)
		at = ahoy_phone_tones_deadline(phone->tones);
	ahoy_alarm_set(phone->alarm, at);
}

/* After each input: the user agent's events to the command, its messages to the sockets. A look-up that is answered
 * at once is an input of its own, so it goes round again. */
static ahoy_time drain(void *ctx, ahoy_time now)
{
	ahoy_phone *phone = ctx;
	ahoy_ua_event asked[AHOY_PHONE_LOOKUPS];
	size_t count;
	ahoy_out out;

	phone->draining = true;
	do {
		ahoy_ua_event event;

		count = 0;
		while (ahoy_ua_pop_event(phone->ua, &event)) {
			if (event.kind != AHOY_UA_RESOLVE)
				phone->command.event(phone->command.ctx, now, &event);
			else if (count < AHOY_PHONE_LOOKUPS)
				asked[count++] = event;
		}
		while (ahoy_ua_pop_out(phone->ua, &out)) {
			if (out.kind == AHOY_OUT_SEND)
				ahoy_phone_saw(phone, now, true, &out.flow, out.bytes);
			put_out(phone, now, &out);
		}
		pass_impaired(phone, now);
		for (size_t i = 0; i < count; i++)
			ahoy_phone_look_up(phone, &asked[i]);
	} while (count);
	phone->draining = false;
	if (phone->finishing && (!phone->bye_call[0] || now >= phone->finish_at))
		stop(phone);
	set_alarm(phone);
	return ahoy_ua_next(phone->ua);
}

static int new_ua(ahoy_phone *phone)
{
	ahoy_ua_config config = {
		.product = AHOY_S("ahoy/" AHOY_VERSION),
		.streams = true,
		.allow = AHOY_S(AHOY_PHONE_ALLOW),
		.supported = AHOY_S(AHOY_PHONE_SUPPORTED),
		.session_expires_s = AHOY_PHONE_SESSION_S,
	};
	ahoy_interface interfaces[AHOY_SELF_NETWORKS];
	size_t count = ahoy_route_interfaces(interfaces, AHOY_SELF_NETWORKS);

	for (size_t i = 0; i < count; i++) {
		config.stack.self.networks[i].addr = interfaces[i].addr;
		config.stack.self.networks[i].prefix_bits = interfaces[i].prefix_bits;
	}
	config.stack.self.network_count = (uint8_t)count;
	return ahoy_ua_new(&phone->env, &config, &phone->ua);
}

/* RFC 5626 4.4.1: connections of ours are pinged. */
static void keep_alive(ahoy_phone *phone)
{
	ahoy_tcp_options options;

	ahoy_tcp_options_default(&options);
	options.ping_every = AHOY_SECONDS(AHOY_TCP_PING_S);
	ahoy_tcp_set_options(ahoy_driver_tcp(phone->driver), &options);
}

/* A phone without tones is a phone: what hinders them is told, and it goes on. */
static void make_tones(ahoy_phone *phone)
{
	const char *country = phone->options->tones;
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);

	if (!phone->device || !phone->options->speaker || (country && strcmp(country, "off") == 0))
		return;
	if (ahoy_phone_tones_new(country, phone->device, &phone->tones, &why))
		ahoy_phone_error(phone, (ahoy_slice){0}, 0, ahoy_slice_of(ahoy_buf_cstr(&why)));
}

static int new_parts(ahoy_phone *phone)
{
	ahoy_machine machine = {
		.ctx = phone,
		.recv = on_recv,
		.send_failed = on_send_failed,
		.flow_closed = on_flow_closed,
		.broken = on_broken,
		.peer_refused = ahoy_phone_peer_refused,
		.expire = on_expire,
		.drain = drain,
	};
	int err = ahoy_loop_new(&phone->loop);

	if (!err)
		err = new_ua(phone);
	if (!err)
		err = ahoy_driver_new(phone->loop, &machine, &phone->driver);
	if (!err)
		keep_alive(phone);
	if (!err)
		err = ahoy_phone_open_tls(phone);
	if (!err)
		err = ahoy_dns_new(phone->loop, &phone->dns);
	if (!err && phone->options->dns_server.family)
		err = ahoy_dns_use_server(phone->dns, &phone->options->dns_server);
	if (!err)
		err = ahoy_alarm_new(phone->loop, on_alarm, phone, &phone->alarm);
	if (!err)
		err = ahoy_signal_new(phone->loop, SIGINT, on_signal, phone, &phone->signals[0]);
	if (!err)
		err = ahoy_signal_new(phone->loop, SIGTERM, on_signal, phone, &phone->signals[1]);
	if (!err && (phone->options->microphone || phone->options->speaker))
		err = ahoy_sound_device_new(&phone->env,
					    &(ahoy_sound_device_config){.microphone = phone->options->microphone,
									.speaker = phone->options->speaker,
									.dsp = !phone->options->no_dsp},
					    &phone->device);
	if (!err)
		make_tones(phone);
	if (!err && (phone->options->trace || phone->options->command == AHOY_COMMAND_PHONE))
		err = ahoy_trace_new(&phone->env, TRACE_BYTES, &phone->trace);
	if (!err && phone->options->has_impair_sip)
		err = ahoy_impair_new(&phone->env, &phone->options->impair_sip, &phone->impair);
	return err;
}

static void del_phone(ahoy_phone *phone)
{
	phone->stopped = true;
	ahoy_dns_del(phone->dns);
	ahoy_driver_del(phone->driver); /* sends what still waits */
	ahoy_tls_del(phone->tls);
	ahoy_alarm_del(phone->alarm);
	ahoy_signal_del(phone->signals[0]);
	ahoy_signal_del(phone->signals[1]);
	ahoy_ua_del(phone->ua);
	ahoy_phone_tones_del(phone->tones);
	ahoy_sound_device_del(phone->device);
	ahoy_trace_del(phone->trace);
	ahoy_impair_del(phone->impair);
	ahoy_loop_del(phone->loop);
	free(phone);
}

static int new_phone(const ahoy_phone_options *options, const ahoy_phone_password *password, ahoy_phone **out)
{
	ahoy_phone *phone = calloc(1, sizeof *phone);
	int err;

	*out = NULL;
	if (!phone)
		return AHOY_ENOMEM;
	phone->options = options;
	phone->self = (ahoy_phone_identity){&options->account, password};
	phone->log.fd = 2;
	ahoy_world_env(&phone->log, AHOY_LOG_WARN, &phone->env);
	ahoy_signal_ignore_pipe();
	err = new_parts(phone);
	if (err) {
		del_phone(phone);
		return err;
	}
	*out = phone;
	return 0;
}

int ahoy_phone_run(const ahoy_phone_options *options, const ahoy_phone_password *password, const ahoy_phone_command *command,
		   ahoy_phone **phone)
{
	int code, err = new_phone(options, password, phone);

	if (err) {
		fprintf(stderr, "ahoy: %s\n", ahoy_err_text(err));
		return AHOY_EXIT_OTHER;
	}
	(*phone)->command = *command;
	ahoy_phone_look_up_first(*phone);
	if (!(*phone)->stopped)
		ahoy_loop_run((*phone)->loop);
	code = ahoy_exit_code(&(*phone)->outcome);
	if (command->end)
		command->end(command->ctx);
	ahoy_phone_draw(*phone);
	del_phone(*phone);
	*phone = NULL;
	return code;
}

void ahoy_phone_send(ahoy_phone *phone, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	const ahoy_out out = {.kind = AHOY_OUT_SEND, .flow = *flow, .bytes = bytes};

	ahoy_phone_saw(phone, now, true, flow, bytes);
	put_out(phone, now, &out);
}

void ahoy_phone_finish(ahoy_phone *phone, const ahoy_outcome *outcome)
{
	if (phone->finishing)
		return;
	phone->finishing = true;
	phone->finish_at = ahoy_clock_now() + FINISH_WITHIN;
	phone->outcome = *outcome;
	/* Before anything was sent there is nothing to wait for. */
	if (!phone->begun)
		stop(phone);
}

void ahoy_phone_finish_now(ahoy_phone *phone, const ahoy_outcome *outcome)
{
	ahoy_phone_finish(phone, outcome);
	phone->finish_at = ahoy_clock_now();
}

void ahoy_phone_fail(ahoy_phone *phone, int err, const char *why)
{
	ahoy_phone_error(phone, (ahoy_slice){0}, 0, ahoy_slice_of(why));
	ahoy_phone_finish(phone, &(ahoy_outcome){.err = err});
}

void ahoy_phone_woken(ahoy_phone *phone)
{
	ahoy_alarm_set(phone->alarm, ahoy_clock_now());
}

void ahoy_phone_event_tell(const ahoy_phone *phone, const ahoy_phone_event *event)
{
	if (phone->command.tell)
		phone->command.tell(phone->command.ctx, event);
	else
		ahoy_phone_tell(phone->options->json, event);
}

void ahoy_phone_error(const ahoy_phone *phone, ahoy_slice call, int code, ahoy_slice reason)
{
	const ahoy_phone_event event = {.kind = AHOY_PHONE_ERROR, .call = call, .code = code, .reason = reason};

	ahoy_phone_event_tell(phone, &event);
}

ahoy_credentials ahoy_phone_credentials(const ahoy_phone *phone, const ahoy_phone_identity *identity)
{
	const ahoy_phone_options *o = phone->options;

	if (!identity->password->len)
		return (ahoy_credentials){.username = {NULL, 0}};
	return (ahoy_credentials){
		.username = ahoy_slice_of(o->auth_user ? o->auth_user : identity->account->username),
		.password = ahoy_slice_make(identity->password->text, identity->password->len),
	};
}

ahoy_slice ahoy_phone_route(const ahoy_phone *phone)
{
	return ahoy_slice_of(phone->options->proxy);
}

ahoy_slice ahoy_phone_silence_reason(const ahoy_phone *phone, int status)
{
	if (phone->refused[0] && status != 408)
		return ahoy_slice_of(phone->refused);
	return status == 408 ? AHOY_S("nobody answers there: check address and network")
			     : AHOY_S("nothing can be sent there: check address and network");
}

ahoy_slice ahoy_phone_auth_reason(const ahoy_phone *phone, const ahoy_phone_identity *identity, ahoy_slice otherwise)
{
	if (phone->options->command == AHOY_COMMAND_OPTIONS)
		return otherwise;
	if (!identity->password->len)
		return AHOY_S("a password is asked for: give --password-file or $AHOY_PASSWORD");
	return AHOY_S("user or password is not accepted: check them, and --auth-user");
}
