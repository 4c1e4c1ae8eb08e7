/* device_fake: a driver for tests, moved by hand: it hears, plays, stalls, disappears and returns when the test says so. */
#ifndef AHOY_DEVICE_FAKE_H
#define AHOY_DEVICE_FAKE_H

#include "base/err.h"
#include "device/device.h"
#include "test.h"

#include <stdio.h>

/* The ports of what is open, by direction. */
static const ahoy_device_port *fake_port[2];
static int fake_open_err;

static inline int fake_list(ahoy_device_found *found, void *ctx, char *why, size_t cap)
{
	(void)why;
	(void)cap;
	found(ctx, &(ahoy_device_info){AHOY_DEVICE_CAPTURE, "ear", "a microphone by hand", true});
	found(ctx, &(ahoy_device_info){AHOY_DEVICE_PLAYBACK, "mouth", "a speaker by hand", true});
	return 0;
}

static inline int fake_open(const ahoy_device_port *port, const char *device, char *why, size_t cap, void **out)
{
	if (fake_open_err) {
		snprintf(why, cap, "no device %s", device ? device : "at all");
		return fake_open_err;
	}
	assert_null(fake_port[port->direction]);
	fake_port[port->direction] = port;
	*out = &fake_port[port->direction];
	return 0;
}

static inline void fake_close(void *device)
{
	*(const ahoy_device_port **)device = NULL;
}

static inline void fake_state(ahoy_device_direction direction, ahoy_device_state state, const char *reason)
{
	fake_port[direction]->state(fake_port[direction]->host, state, reason);
}

static inline void fake_hear(int16_t value, size_t samples)
{
	const ahoy_device_port *port = fake_port[AHOY_DEVICE_CAPTURE];

	for (size_t i = 0; i < samples; i++)
		port->put(port->host, &value, 1);
}

/* What the speaker plays next. */
static inline void fake_play(int16_t *pcm, size_t samples)
{
	const ahoy_device_port *port = fake_port[AHOY_DEVICE_PLAYBACK];

	port->take(port->host, pcm, samples);
}

static const ahoy_device_driver fake_driver = {
	.abi = AHOY_DEVICE_ABI,
	.name = "fake",
	.title = "moved by hand",
	.list = fake_list,
	.open = fake_open,
	.close = fake_close,
};

#endif
