/* device: one open microphone or speaker: 16-bit mono between the phone's loop and the driver, through a ring, without
 * waiting. Counts what was missed, hands out the driver's changes of state, keeps a playing device a little ahead so that a
 * late loop is not heard. Leaves levels, mixing and clock drift to the phone, finding drivers to registry.h.
 * Order: open, read or write at each turn, close. A lost device reads nothing and swallows what is written.
 * Heap, open to close. Thread kind: owned. Cost: half a second of samples; no system call in read and write. */
#ifndef AHOY_DEVICE_DEVICE_H
#define AHOY_DEVICE_DEVICE_H

#include "base/buf.h"
#include "base/err.h"
#include "device/driver.h"

typedef struct ahoy_device ahoy_device;

typedef struct {
	ahoy_device_state state;
	const char *reason; /* NULL: none; static */
} ahoy_device_change;

typedef struct {
	ahoy_device_state state;
	/* Times that the speaker had nothing to play (or the hardware missed some), and that samples were dropped because the
	 * other side did not fetch them. */
	uint64_t underruns, overruns;
	uint32_t latency_us; /* of hardware and ring together */
} ahoy_device_stats;

/* name NULL: the driver's default. rate_hz 8000 .. 48000, frame_samples 1 ms .. 100 ms of it. AHOY_EINVAL, AHOY_ENOMEM, the driver's
 * errors; a line is in `why`. */
int ahoy_device_open(const ahoy_device_driver *driver, const char *name, ahoy_device_direction direction, uint32_t rate_hz,
		     uint32_t frame_samples, ahoy_buf *why, ahoy_device **out) AHOY_MUST_USE;
void ahoy_device_close(ahoy_device *device); /* NULL is allowed */

/* Of a microphone: what has been heard, at most so many samples. */
size_t ahoy_device_read(ahoy_device *device, ahoy_time now, int16_t *pcm, size_t samples);
/* How many read would give. */
size_t ahoy_device_readable(ahoy_device *device, ahoy_time now);
/* To a speaker: what there is no room for is dropped and counted. */
void ahoy_device_write(ahoy_device *device, ahoy_time now, const int16_t *pcm, size_t samples);
/* How many samples a speaker wants now, to be safe until the next frame: as many more as the driver takes at once, and the more the
 * later the loop has been. 0 while it is lost. */
size_t ahoy_device_wanted(ahoy_device *device, ahoy_time now);
/* Samples that were written and not played yet (by the driver). */
size_t ahoy_device_queued(const ahoy_device *device);

/* The next change of state, in order; changes that come faster than they are fetched are told by their last. */
bool ahoy_device_pop_change(ahoy_device *device, ahoy_device_change *out);
void ahoy_device_get_stats(const ahoy_device *device, ahoy_device_stats *out);

const char *ahoy_device_state_name(ahoy_device_state state);

#endif
