/* driver: what a sound driver is: a struct of functions, built in or exported by a shared object ahoy-NAME.so under the
 * name ahoy_device_driver_export. docs/sound-devices.md says how to write one. A driver needs no symbol of ahoy's: what it
 * calls stands in the port that it is given.
 * An open device is one direction of one stream of 16-bit mono. It has a thread of its own, from which it calls the port;
 * or it has `turn`, and the port is called from there. It survives its hardware: what goes away is told as LOST, looked for
 * again (twice a second is enough), and told as RUNNING. A loaded driver is never unloaded.
 * Thread kind: open, close, list and turn are called by one thread, the phone's. */
#ifndef AHOY_DEVICE_DRIVER_H
#define AHOY_DEVICE_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/env.h"

/* Rises with each change of what stands here; a driver of another number is refused. */
#define AHOY_DEVICE_ABI 1

typedef enum {
	AHOY_DEVICE_CAPTURE, /* a microphone */
	AHOY_DEVICE_PLAYBACK /* a speaker */
} ahoy_device_direction;

typedef enum {
	AHOY_DEVICE_STARTING, /* opened, no sound yet */
	AHOY_DEVICE_RUNNING,
	AHOY_DEVICE_LOST /* not there (any more); it is looked for */
} ahoy_device_state;

/* What the driver calls while its device is open: all of them from one thread, and none of them waits. */
typedef struct {
	ahoy_device_direction direction;
	uint32_t rate_hz;	/* 8000 .. 48000 */
	uint32_t frame_samples; /* of the phone's frames: half of it is a good period */
	void *host;
	/* Capture: so many samples were heard. */
	void (*put)(void *host, const int16_t *pcm, size_t samples);
	/* Playback: so many are to be played next; what the phone has not said is silence. */
	void (*take)(void *host, int16_t *pcm, size_t samples);
	/* reason: a sentence for LOST, which stays valid as long as the program; NULL otherwise. */
	void (*state)(void *host, ahoy_device_state state, const char *reason);
	/* How long a sample takes between the port and the air, microseconds; whenever it is known anew. */
	void (*latency)(void *host, uint32_t latency_us);
	/* The hardware had to go without samples, or lost some. */
	void (*missed)(void *host);
} ahoy_device_port;

/* One device of a list. Strings are the driver's, valid during the call. */
typedef struct {
	ahoy_device_direction direction;
	const char *name, *description;
	bool is_default;
} ahoy_device_info;
typedef void ahoy_device_found(void *ctx, const ahoy_device_info *info);

/* A failing function writes one line, what is wrong and what to do, to `why` (cap bytes with the NUL). */
typedef struct {
	uint32_t abi;
	const char *name, *title;
	/* Calls found for each device that there is. Errors: AHOY_EIO (no sound server, ...), AHOY_ENOMEM. */
	int (*list)(ahoy_device_found *found, void *ctx, char *why, size_t cap);
	/* device: a name as listed, or NULL for the default one. Does not wait for hardware or server: that becomes a state. The
	 * port stays valid until close. AHOY_ENOMEM, AHOY_EINVAL (the name cannot be one). */
	int (*open)(const ahoy_device_port *port, const char *device, char *why, size_t cap, void **out);
	/* NULL where the driver has a thread. */
	void (*turn)(void *device, ahoy_time now);
	/* When it returns, the port is not called any more. */
	void (*close)(void *device);
} ahoy_device_driver;

#define AHOY_DEVICE_EXPORT __attribute__((visibility("default")))
#define AHOY_DEVICE_SYMBOL "ahoy_device_driver_export"
/* In a shared object. */
extern AHOY_DEVICE_EXPORT const ahoy_device_driver ahoy_device_driver_export;

#endif
