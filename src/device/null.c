#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "device/builtin.h"
#include "device/pace.h"

#define CHUNK 480

typedef struct {
	const ahoy_device_port *port;
	ahoy_pace pace;
} null_device;

static int null_list(ahoy_device_found *found, void *ctx, char *why, size_t cap)
{
	(void)why;
	(void)cap;
	found(ctx, &(ahoy_device_info){AHOY_DEVICE_CAPTURE, "silence", "silence as microphone", true});
	found(ctx, &(ahoy_device_info){AHOY_DEVICE_PLAYBACK, "silence", "a speaker that nobody hears", true});
	return 0;
}

static int null_open(const ahoy_device_port *port, const char *device, char *why, size_t cap, void **out)
{
	null_device *d = calloc(1, sizeof *d);

	(void)device;
	(void)why;
	(void)cap;
	if (!d)
		return AHOY_ENOMEM;
	d->port = port;
	port->state(port->host, AHOY_DEVICE_RUNNING, NULL);
	*out = d;
	return 0;
}

static void null_turn(void *device, ahoy_time now)
{
	null_device *d = device;
	size_t due = ahoy_pace_due(&d->pace, now, d->port->rate_hz);
	int16_t pcm[CHUNK] = {0};

	while (due) {
		size_t samples = due < CHUNK ? due : CHUNK;

		if (d->port->direction == AHOY_DEVICE_CAPTURE)
			d->port->put(d->port->host, pcm, samples);
		else
			d->port->take(d->port->host, pcm, samples);
		due -= samples;
	}
}

const ahoy_device_driver ahoy_device_null = {
	.abi = AHOY_DEVICE_ABI,
	.name = "null",
	.title = "silence, in real time",
	.list = null_list,
	.open = null_open,
	.turn = null_turn,
	.close = free,
};
