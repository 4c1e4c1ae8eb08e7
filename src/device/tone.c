#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "device/builtin.h"
#include "device/pace.h"
#include "media/tone.h"

#define CHUNK 480
#define DEFAULT_HZ 440.0
#define DEFAULT_DBOV (-20.0)
/* A sine of full scale; above it there would be clipping. */
#define MAX_DBOV (-3.0)

typedef struct {
	const ahoy_device_port *port;
	ahoy_pace pace;
	ahoy_tone tone;
} tone_device;

static int tone_list(ahoy_device_found *found, void *ctx, char *why, size_t cap)
{
	(void)why;
	(void)cap;
	found(ctx, &(ahoy_device_info){AHOY_DEVICE_CAPTURE, "440", "a sine: HZ or HZ,LEVEL with the level in dBov", true});
	return 0;
}

/* HZ[,LEVEL]; NULL: the default. */
static int parse(const char *text, uint32_t rate_hz, double *hz, double *dbov)
{
	char *end;

	*hz = DEFAULT_HZ;
	*dbov = DEFAULT_DBOV;
	if (!text)
		return 0;
	*hz = strtod(text, &end);
	if (end == text || !isfinite(*hz) || *hz < 1 || *hz > rate_hz / 2.0 || (*end && *end != ','))
		return AHOY_EINVAL;
	if (*end == ',') {
		text = end + 1;
		*dbov = strtod(text, &end);
		if (end == text || *end || !(*dbov >= -90 && *dbov <= MAX_DBOV))
			return AHOY_EINVAL;
	}
	return 0;
}

static int tone_open(const ahoy_device_port *port, const char *device, char *why, size_t cap, void **out)
{
	double hz, dbov;
	tone_device *d;

	if (port->direction == AHOY_DEVICE_PLAYBACK) {
		snprintf(why, cap, "a tone can only be a microphone; give another speaker");
		return AHOY_EINVAL;
	}
	if (parse(device, port->rate_hz, &hz, &dbov)) {
		snprintf(why, cap, "tone:%s: write tone:HZ or tone:HZ,LEVEL with 1 to %u Hz and -90 to -3 dBov", device,
			 port->rate_hz / 2);
		return AHOY_EINVAL;
	}
	d = calloc(1, sizeof *d);
	if (!d)
		return AHOY_ENOMEM;
	d->port = port;
	ahoy_tone_init(&d->tone, port->rate_hz, hz, 0, dbov);
	port->state(port->host, AHOY_DEVICE_RUNNING, NULL);
	*out = d;
	return 0;
}

static void tone_turn(void *device, ahoy_time now)
{
	tone_device *d = device;
	size_t due = ahoy_pace_due(&d->pace, now, d->port->rate_hz);
	int16_t pcm[CHUNK];

	while (due) {
		size_t samples = due < CHUNK ? due : CHUNK;

		ahoy_tone_fill(&d->tone, pcm, samples);
		d->port->put(d->port->host, pcm, samples);
		due -= samples;
	}
}

const ahoy_device_driver ahoy_device_tone = {
	.abi = AHOY_DEVICE_ABI,
	.name = "tone",
	.title = "a sine as microphone",
	.list = tone_list,
	.open = tone_open,
	.turn = tone_turn,
	.close = free,
};
