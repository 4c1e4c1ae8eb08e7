/* alsa: ALSA by libasound, one thread for each open device. Any PCM name of ALSA's will do ("default", "plughw:0,0", what
 * an asoundrc defines); conversion of rate and channels is asked of the library. What fails is closed and opened anew twice
 * a second until it holds. */
#include <alsa/asoundlib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "device/driver.h"

#define RETRY_MS 500
/* How long a wait for the device lasts, and so how long close may take. */
#define WAIT_MS 100
/* Plug-ins such as `null` are always ready: whoever is further ahead of the clock than this waits for it. */
#define AHEAD_US 100000
/* Waits without a sample until the device counts as gone: 2 s. */
#define SILENT_WAITS 20

typedef struct {
	const ahoy_device_port *port;
	char *name;
	snd_pcm_t *pcm; /* NULL: not open */
	pthread_t thread;
	pthread_mutex_t lock; /* guards stopping, for the waits */
	pthread_cond_t changed;
	bool stopping;
	int64_t since_us; /* when the stream began, and the samples since */
	uint64_t moved;
	unsigned silent_waits;
	snd_pcm_uframes_t period;
} alsa_device;

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Sleeps, or until the device is to be closed. Returns whether it is. */
static bool rest(alsa_device *d, unsigned ms)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + (unsigned)(until.tv_nsec / 1000000000);
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&d->lock);
	while (ms && !d->stopping && pthread_cond_timedwait(&d->changed, &d->lock, &until) == 0)
		;
	stopping = d->stopping;
	pthread_mutex_unlock(&d->lock);
	return stopping;
}

static const char *reason(int err)
{
	switch (-err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "there is no such sound device (any more); it is waited for (`ahoy devices` lists those there are)";
	case EIO:
	case EBADFD:
		return "the sound device, or the server behind it, was taken away; it is waited for";
	case EBUSY:
		return "the sound device is in use by another program; it is waited for";
	case EACCES:
		return "the sound device may not be used: add yourself to the group audio";
	case EINVAL:
		return "the sound device knows no 16-bit mono at this rate: choose one with conversion, such as plughw:0,0";
	case ECONNREFUSED:
		return "no sound server answers behind this ALSA device; it is waited for";
	default:
		return snd_strerror(err);
	}
}

static void drop(alsa_device *d)
{
	if (d->pcm)
		snd_pcm_close(d->pcm);
	d->pcm = NULL;
}

static int start(alsa_device *d)
{
	d->since_us = now_us();
	d->moved = 0;
	d->silent_waits = 0;
	/* Playback starts when its buffer has been filled. */
	return d->port->direction == AHOY_DEVICE_CAPTURE ? snd_pcm_start(d->pcm) : 0;
}

static int make(alsa_device *d)
{
	const ahoy_device_port *port = d->port;
	bool capture = port->direction == AHOY_DEVICE_CAPTURE;
	/* A playing device is filled to its brim, so its buffer is delay; a recording one is emptied, so its is safety. */
	unsigned latency_us = (unsigned)((uint64_t)port->frame_samples * (capture ? 8 : 2) * 1000000 / port->rate_hz);
	snd_pcm_uframes_t buffer;
	int err = snd_pcm_open(&d->pcm, d->name, capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);

	if (err) {
		d->pcm = NULL;
		return err;
	}
	err = snd_pcm_set_params(d->pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1, port->rate_hz, 1, latency_us);
	if (!err)
		err = snd_pcm_get_params(d->pcm, &buffer, &d->period);
	if (!err)
		err = start(d);
	return err;
}

/* Underrun, overrun, suspend: the device is there, and goes on. */
static int recover(alsa_device *d, int err)
{
	if (err != -EPIPE && err != -ESTRPIPE && err != -EINTR)
		return err;
	if (err == -EPIPE)
		d->port->missed(d->port->host);
	err = snd_pcm_recover(d->pcm, err, 1);
	return err ? err : start(d);
}

/* Moves what can be moved now; returns samples or an error. */
static snd_pcm_sframes_t move(alsa_device *d, int16_t *pcm)
{
	const ahoy_device_port *port = d->port;
	snd_pcm_sframes_t count = snd_pcm_avail_update(d->pcm), done;

	if (count <= 0)
		return count;
	if (count > (snd_pcm_sframes_t)port->frame_samples)
		count = (snd_pcm_sframes_t)port->frame_samples;
	if (port->direction == AHOY_DEVICE_CAPTURE) {
		done = snd_pcm_readi(d->pcm, pcm, (snd_pcm_uframes_t)count);
		if (done > 0)
			port->put(port->host, pcm, (size_t)done);
		return done;
	}
	port->take(port->host, pcm, (size_t)count);
	/* As much as was said to be available is taken whole. */
	return snd_pcm_writei(d->pcm, pcm, (snd_pcm_uframes_t)count);
}

static void tell_latency(alsa_device *d)
{
	snd_pcm_sframes_t delay;

	if (!snd_pcm_delay(d->pcm, &delay) && delay >= 0)
		d->port->latency(d->port->host, (uint32_t)((uint64_t)delay * 1000000 / d->port->rate_hz));
}

static void keep_pace(alsa_device *d)
{
	int64_t ahead_us = (int64_t)(d->moved * 1000000 / d->port->rate_hz) - (now_us() - d->since_us);

	if (ahead_us > AHEAD_US)
		rest(d, (unsigned)((ahead_us - AHEAD_US) / 1000 + 1 > WAIT_MS ? WAIT_MS : (ahead_us - AHEAD_US) / 1000 + 1));
}

/* One wait and what can be moved after it. An error means that the device has gone. */
static int serve(alsa_device *d, int16_t *pcm)
{
	int err = snd_pcm_wait(d->pcm, WAIT_MS);
	snd_pcm_sframes_t done = err < 0 ? err : move(d, pcm);

	if (done == -EAGAIN)
		done = 0;
	if (done < 0)
		return recover(d, (int)done);
	if (done == 0) {
		/* Ready and nothing to move: no spinning. */
		if (err > 0)
			rest(d, 1);
		return err == 0 && ++d->silent_waits >= SILENT_WAITS ? -ENODEV : 0;
	}
	d->silent_waits = 0;
	d->moved += (uint64_t)done;
	tell_latency(d);
	keep_pace(d);
	return 0;
}

static void *run(void *ctx)
{
	alsa_device *d = ctx;
	int16_t *pcm = calloc(d->port->frame_samples, sizeof *pcm);

	while (pcm && !rest(d, 0)) {
		int err = d->pcm ? serve(d, pcm) : make(d);

		if (err) {
			drop(d);
			d->port->state(d->port->host, AHOY_DEVICE_LOST, reason(err));
			rest(d, RETRY_MS);
		} else {
			d->port->state(d->port->host, AHOY_DEVICE_RUNNING, NULL);
		}
	}
	drop(d);
	free(pcm);
	return NULL;
}

/* The library prints to stderr, many lines for one fault; ours says it in one. */
static void quiet(const char *file, int line, const char *function, int err, const char *format, ...)
{
	(void)file;
	(void)line;
	(void)function;
	(void)err;
	(void)format;
}

static void del(alsa_device *d)
{
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->lock);
	free(d->name);
	free(d);
}

static int alsa_open(const ahoy_device_port *port, const char *name, char *why, size_t cap, void **out)
{
	alsa_device *d = calloc(1, sizeof *d);
	pthread_condattr_t monotonic;

	if (!d)
		return AHOY_ENOMEM;
	snd_lib_error_set_handler(quiet);
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&d->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	d->port = port;
	d->name = strdup(name ? name : "default");
	if (!d->name || pthread_create(&d->thread, NULL, run, d)) {
		snprintf(why, cap, "no thread can be started for the sound device");
		del(d);
		return AHOY_ENOMEM;
	}
	*out = d;
	return 0;
}

static void alsa_close(void *device)
{
	alsa_device *d = device;

	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	del(d);
}

/* A hint has one direction, or none where it has both. Line ends of the description become spaces. */
static void found_hint(void *hint, ahoy_device_found *found, void *ctx)
{
	char *name = snd_device_name_get_hint(hint, "NAME"), *text = snd_device_name_get_hint(hint, "DESC");
	char *only = snd_device_name_get_hint(hint, "IOID");

	for (char *p = text; p && *p; p++)
		if (*p == '\n')
			*p = ' ';
	for (int i = 0; name && i < 2; i++) {
		bool capture = i == 0;

		if (only && strcmp(only, capture ? "Input" : "Output") != 0)
			continue;
		found(ctx, &(ahoy_device_info){capture ? AHOY_DEVICE_CAPTURE : AHOY_DEVICE_PLAYBACK, name, text ? text : "",
					       strcmp(name, "default") == 0});
	}
	free(name);
	free(text);
	free(only);
}

static int alsa_list(ahoy_device_found *found, void *ctx, char *why, size_t cap)
{
	void **hints;

	snd_lib_error_set_handler(quiet);
	if (snd_device_name_hint(-1, "pcm", &hints)) {
		snprintf(why, cap, "ALSA's configuration cannot be read (is libasound2-data installed?)");
		return AHOY_EIO;
	}
	for (void **hint = hints; *hint; hint++)
		found_hint(*hint, found, ctx);
	snd_device_name_free_hint(hints);
	return 0;
}

const ahoy_device_driver ahoy_device_driver_export = {
	.abi = AHOY_DEVICE_ABI,
	.name = "alsa",
	.title = "ALSA",
	.list = alsa_list,
	.open = alsa_open,
	.close = alsa_close,
};
