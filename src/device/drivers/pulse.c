/* pulse: PulseAudio, and PipeWire's server of that name, by libpulse: one connection and one stream for each open device,
 * on libpulse's own thread. Server, connection and device may go at any time: the stream is made anew twice a second until
 * it holds. A device that was named is waited for; an unnamed one is whatever is the default by then. */
#include <pulse/pulseaudio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "device/driver.h"

#define RETRY_US 500000
/* To get a list; a server that takes longer hangs. */
#define LIST_WITHIN_US 3000000
#define CHUNK 960
/* A speaker's buffer in the server: two frames, and half as much more after each underrun of it, up to this. */
#define MOST_BUFFER_MS 200

static const char no_server[] =
	"no PulseAudio or PipeWire server answers: start one (pulseaudio --start), or choose another device with --sound";

typedef struct {
	const ahoy_device_port *port;
	char *name; /* NULL: the default */
	pa_threaded_mainloop *loop;
	pa_mainloop_api *api;
	pa_context *context; /* NULL between two attempts */
	pa_stream *stream;   /* likewise */
	pa_time_event *retry;
	uint32_t buffer_bytes; /* of a speaker, in the server; kept when it was lost */
} pulse_device;

/* ---- the stream; all of it on libpulse's thread ---- */

static void tell_latency(const pulse_device *d)
{
	pa_usec_t latency;
	int negative;

	if (!pa_stream_get_latency(d->stream, &latency, &negative))
		d->port->latency(d->port->host, negative || latency > UINT32_MAX ? 0 : (uint32_t)latency);
}

static void on_playable(pa_stream *stream, size_t bytes, void *ctx)
{
	pulse_device *d = ctx;
	int16_t pcm[CHUNK];

	while (bytes >= sizeof *pcm) {
		size_t samples = bytes / sizeof *pcm < CHUNK ? bytes / sizeof *pcm : CHUNK;

		d->port->take(d->port->host, pcm, samples);
		if (pa_stream_write(stream, pcm, samples * sizeof *pcm, NULL, 0, PA_SEEK_RELATIVE))
			return;
		bytes -= samples * sizeof *pcm;
	}
	tell_latency(d);
}

static void on_recorded(pa_stream *stream, size_t bytes, void *ctx)
{
	pulse_device *d = ctx;
	const void *data;

	(void)bytes;
	while (pa_stream_readable_size(stream) > 0) {
		size_t len;

		if (pa_stream_peek(stream, &data, &len) || !len)
			return;
		/* A hole in the record buffer has no data. */
		if (data)
			d->port->put(d->port->host, data, len / sizeof(int16_t));
		else
			d->port->missed(d->port->host);
		pa_stream_drop(stream);
	}
	tell_latency(d);
}

static pa_buffer_attr buffer_of(const pulse_device *d)
{
	const uint32_t frame = d->port->frame_samples * (uint32_t)sizeof(int16_t);

	return (pa_buffer_attr){
		.maxlength = (uint32_t)-1,
		.tlength = d->buffer_bytes,
		.prebuf = 0, /* it always gets something, be it silence */
		.minreq = frame / 2,
		.fragsize = frame / 2,
	};
}

static void on_missed(pa_stream *stream, void *ctx)
{
	pulse_device *d = ctx;
	const uint32_t most = d->port->rate_hz * MOST_BUFFER_MS / 1000 * (uint32_t)sizeof(int16_t);
	pa_buffer_attr attr;
	pa_operation *operation;

	d->port->missed(d->port->host);
	if (d->port->direction == AHOY_DEVICE_CAPTURE || d->buffer_bytes >= most)
		return;
	d->buffer_bytes += d->buffer_bytes / 2 & ~1u; /* whole samples */
	if (d->buffer_bytes > most)
		d->buffer_bytes = most;
	attr = buffer_of(d);
	operation = pa_stream_set_buffer_attr(stream, &attr, NULL, NULL);
	if (operation)
		pa_operation_unref(operation);
}

static void drop_stream(pulse_device *d)
{
	if (!d->stream)
		return;
	pa_stream_set_state_callback(d->stream, NULL, NULL);
	pa_stream_set_write_callback(d->stream, NULL, NULL);
	pa_stream_set_read_callback(d->stream, NULL, NULL);
	pa_stream_set_underflow_callback(d->stream, NULL, NULL);
	pa_stream_set_overflow_callback(d->stream, NULL, NULL);
	pa_stream_disconnect(d->stream);
	pa_stream_unref(d->stream);
	d->stream = NULL;
}

static void drop_context(pulse_device *d)
{
	drop_stream(d);
	if (!d->context)
		return;
	pa_context_set_state_callback(d->context, NULL, NULL);
	pa_context_disconnect(d->context);
	pa_context_unref(d->context);
	d->context = NULL;
}

static void plan_retry(pulse_device *d)
{
	struct timeval at;

	pa_timeval_add(pa_gettimeofday(&at), RETRY_US);
	d->api->time_restart(d->retry, &at);
}

static const char *reason(const pulse_device *d)
{
	int error = d->context ? pa_context_errno(d->context) : PA_ERR_CONNECTIONREFUSED;

	switch (error) {
	case PA_ERR_NOENTITY:
		return d->name ? "there is no such sound device (any more); it is waited for"
			       : "there is no sound device; one is waited for";
	case PA_ERR_KILLED:
		return "the sound device was taken away; it is waited for";
	case PA_ERR_CONNECTIONREFUSED:
	case PA_ERR_CONNECTIONTERMINATED:
	case PA_ERR_TIMEOUT:
		return no_server;
	default:
		return pa_strerror(error);
	}
}

static void lost(pulse_device *d)
{
	d->port->state(d->port->host, AHOY_DEVICE_LOST, reason(d));
	plan_retry(d);
}

static void on_stream_state(pa_stream *stream, void *ctx)
{
	pulse_device *d = ctx;

	switch (pa_stream_get_state(stream)) {
	case PA_STREAM_READY:
		d->port->state(d->port->host, AHOY_DEVICE_RUNNING, NULL);
		break;
	case PA_STREAM_TERMINATED:
		/* The server killed it: its device went away. */
		d->port->state(d->port->host, AHOY_DEVICE_LOST, "the sound device was taken away; it is waited for");
		plan_retry(d);
		break;
	case PA_STREAM_FAILED:
		lost(d);
		break;
	case PA_STREAM_UNCONNECTED:
	case PA_STREAM_CREATING:
		break;
	}
}

static void make_stream(pulse_device *d)
{
	const ahoy_device_port *port = d->port;
	const pa_sample_spec spec = {.format = PA_SAMPLE_S16NE, .rate = port->rate_hz, .channels = 1};
	const pa_buffer_attr attr = buffer_of(d);
	const pa_stream_flags_t flags = PA_STREAM_ADJUST_LATENCY | PA_STREAM_AUTO_TIMING_UPDATE | PA_STREAM_INTERPOLATE_TIMING;
	int failed;

	d->stream = pa_stream_new(d->context, port->direction == AHOY_DEVICE_CAPTURE ? "microphone" : "speaker", &spec, NULL);
	if (!d->stream) {
		lost(d);
		return;
	}
	pa_stream_set_state_callback(d->stream, on_stream_state, d);
	pa_stream_set_underflow_callback(d->stream, on_missed, d);
	pa_stream_set_overflow_callback(d->stream, on_missed, d);
	if (port->direction == AHOY_DEVICE_CAPTURE) {
		pa_stream_set_read_callback(d->stream, on_recorded, d);
		failed = pa_stream_connect_record(d->stream, d->name, &attr, flags);
	} else {
		pa_stream_set_write_callback(d->stream, on_playable, d);
		failed = pa_stream_connect_playback(d->stream, d->name, &attr, flags, NULL, NULL);
	}
	if (failed)
		lost(d);
}

static void on_context_state(pa_context *context, void *ctx)
{
	pulse_device *d = ctx;

	switch (pa_context_get_state(context)) {
	case PA_CONTEXT_READY:
		make_stream(d);
		break;
	case PA_CONTEXT_FAILED:
	case PA_CONTEXT_TERMINATED:
		lost(d);
		break;
	case PA_CONTEXT_UNCONNECTED:
	case PA_CONTEXT_CONNECTING:
	case PA_CONTEXT_AUTHORIZING:
	case PA_CONTEXT_SETTING_NAME:
		break;
	}
}

static pa_context *new_context(pa_mainloop_api *api)
{
	pa_proplist *about = pa_proplist_new();
	pa_context *context;

	pa_proplist_sets(about, PA_PROP_APPLICATION_NAME, "ahoy");
	pa_proplist_sets(about, PA_PROP_MEDIA_ROLE, "phone");
	context = pa_context_new_with_proplist(api, "ahoy", about);
	pa_proplist_free(about);
	return context;
}

static void make_context(pulse_device *d)
{
	d->context = new_context(d->api);
	if (!d->context) {
		lost(d);
		return;
	}
	pa_context_set_state_callback(d->context, on_context_state, d);
	/* A telephone starts no sound server: whoever removed it had a reason. */
	if (pa_context_connect(d->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL))
		lost(d);
}

/* In a callback of a stream or context this could not be done: they are deleted here. */
static void on_retry(pa_mainloop_api *api, pa_time_event *event, const struct timeval *tv, void *ctx)
{
	pulse_device *d = ctx;

	(void)api;
	(void)event;
	(void)tv;
	if (d->context && pa_context_get_state(d->context) == PA_CONTEXT_READY) {
		drop_stream(d);
		make_stream(d);
	} else {
		drop_context(d);
		make_context(d);
	}
}

/* ---- the driver ---- */

static void pulse_close(void *device)
{
	pulse_device *d = device;

	if (d->loop) {
		pa_threaded_mainloop_lock(d->loop);
		drop_context(d);
		if (d->retry)
			d->api->time_free(d->retry);
		pa_threaded_mainloop_unlock(d->loop);
		pa_threaded_mainloop_stop(d->loop);
		pa_threaded_mainloop_free(d->loop);
	}
	free(d->name);
	free(d);
}

static int pulse_open(const ahoy_device_port *port, const char *name, char *why, size_t cap, void **out)
{
	pulse_device *d = calloc(1, sizeof *d);
	struct timeval soon;

	if (!d)
		return AHOY_ENOMEM;
	d->port = port;
	d->buffer_bytes = 2 * port->frame_samples * (uint32_t)sizeof(int16_t);
	d->name = name ? strdup(name) : NULL;
	d->loop = pa_threaded_mainloop_new();
	if ((name && !d->name) || !d->loop) {
		pulse_close(d);
		return AHOY_ENOMEM;
	}
	d->api = pa_threaded_mainloop_get_api(d->loop);
	/* The first attempt is made like all later ones. */
	d->retry = d->api->time_new(d->api, pa_gettimeofday(&soon), on_retry, d);
	if (!d->retry || pa_threaded_mainloop_start(d->loop)) {
		snprintf(why, cap, "PulseAudio's client library cannot start its thread");
		pulse_close(d);
		return AHOY_ENOMEM;
	}
	*out = d;
	return 0;
}

/* ---- the list, on a loop of its own in the caller's thread ---- */

typedef struct {
	ahoy_device_found *found;
	void *ctx;
	pa_context *context;
	char default_sink[256], default_source[256];
	bool failed, done;
} listing;

static void on_source(pa_context *context, const pa_source_info *info, int end, void *ctx)
{
	listing *l = ctx;

	(void)context;
	if (end) {
		l->failed = l->failed || end < 0;
		l->done = true;
		return;
	}
	l->found(l->ctx, &(ahoy_device_info){AHOY_DEVICE_CAPTURE, info->name, info->description,
					     strcmp(info->name, l->default_source) == 0});
}

static void on_sink(pa_context *context, const pa_sink_info *info, int end, void *ctx)
{
	listing *l = ctx;

	if (!end) {
		l->found(l->ctx, &(ahoy_device_info){AHOY_DEVICE_PLAYBACK, info->name, info->description,
						     strcmp(info->name, l->default_sink) == 0});
		return;
	}
	l->failed = l->failed || end < 0;
	pa_operation_unref(pa_context_get_source_info_list(context, on_source, l));
}

static void on_server(pa_context *context, const pa_server_info *info, void *ctx)
{
	listing *l = ctx;

	if (!info) {
		l->failed = true;
		return;
	}
	snprintf(l->default_sink, sizeof l->default_sink, "%s", info->default_sink_name ? info->default_sink_name : "");
	snprintf(l->default_source, sizeof l->default_source, "%s", info->default_source_name ? info->default_source_name : "");
	pa_operation_unref(pa_context_get_sink_info_list(context, on_sink, l));
}

static void on_list_state(pa_context *context, void *ctx)
{
	listing *l = ctx;
	pa_context_state_t state = pa_context_get_state(context);

	if (state == PA_CONTEXT_READY)
		pa_operation_unref(pa_context_get_server_info(context, on_server, l));
	else if (!PA_CONTEXT_IS_GOOD(state))
		l->failed = true;
}

static void on_list_timeout(pa_mainloop_api *api, pa_time_event *event, const struct timeval *tv, void *ctx)
{
	listing *l = ctx;

	(void)api;
	(void)event;
	(void)tv;
	l->failed = true;
}

static int pulse_list(ahoy_device_found *found, void *ctx, char *why, size_t cap)
{
	listing l = {.found = found, .ctx = ctx};
	pa_mainloop *loop = pa_mainloop_new();
	pa_mainloop_api *api;
	pa_time_event *limit;
	struct timeval at;

	if (!loop)
		return AHOY_ENOMEM;
	api = pa_mainloop_get_api(loop);
	limit = api->time_new(api, pa_timeval_add(pa_gettimeofday(&at), LIST_WITHIN_US), on_list_timeout, &l);
	l.context = new_context(api);
	if (l.context)
		pa_context_set_state_callback(l.context, on_list_state, &l);
	if (!l.context || pa_context_connect(l.context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL))
		l.failed = true;
	while (!l.failed && !l.done)
		if (pa_mainloop_iterate(loop, 1, NULL) < 0)
			l.failed = true;
	if (l.context) {
		pa_context_set_state_callback(l.context, NULL, NULL);
		pa_context_disconnect(l.context);
		pa_context_unref(l.context);
	}
	if (limit)
		api->time_free(limit);
	pa_mainloop_free(loop);
	if (l.failed)
		snprintf(why, cap, "%s", no_server);
	return l.failed ? AHOY_EIO : 0;
}

const ahoy_device_driver ahoy_device_driver_export = {
	.abi = AHOY_DEVICE_ABI,
	.name = "pulse",
	.title = "PulseAudio or PipeWire",
	.list = pulse_list,
	.open = pulse_open,
	.close = pulse_close,
};
