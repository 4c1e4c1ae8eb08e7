#include "device/device.h"

#include <stdlib.h>
#include <string.h>

#include "device/ring.h"

/* The ring: a loop that stands still this long loses sound, and not before. */
#define RING_MS 500
/* A speaker's ring holds what the driver takes at once, a frame, and half a one for a loop that is late; each time that it was later,
 * half a frame is added, up to so many frames. */
#define MAX_AHEAD_FRAMES 10
/* Above what is kept ahead: more of it is only delay, and is dropped. */
#define EXCESS_FRAMES 6
/* The largest take is forgotten at this pace (a 64th of the difference a take): the first one is often larger than the rest. */
#define FORGET 64
/* Changes of state that wait to be fetched; the phone looks every 20 ms. */
#define CHANGES 8

struct ahoy_device {
	const ahoy_device_driver *driver;
	void *driver_device;
	ahoy_device_port port;
	ahoy_pcm_ring ring;
	/* The driver's thread alone: the speaker plays from the ring; its largest takes; what a late loop has added. */
	bool primed;
	size_t largest, extra;
	atomic_size_t ahead; /* what is to be in the ring before a take */
	atomic_uint state;
	atomic_uint_least64_t underruns, overruns;
	atomic_uint latency_us;
	/* One thread puts, one takes, as with the ring. */
	ahoy_device_change changes[CHANGES];
	atomic_uint changes_put, changes_taken;
	ahoy_device_state told; /* the phone's side: the last one fetched */
};

/* ---- what the driver calls ---- */

static void host_put(void *host, const int16_t *pcm, size_t samples)
{
	ahoy_device *d = host;

	if (ahoy_pcm_ring_put(&d->ring, pcm, samples) < samples)
		atomic_fetch_add_explicit(&d->overruns, 1, memory_order_relaxed);
}

/* What the ring is to hold before a take of this size. */
static size_t plan_ahead(ahoy_device *d, size_t samples)
{
	size_t ahead;

	d->largest = samples > d->largest ? samples : d->largest - (d->largest - samples) / FORGET;
	ahead = d->largest + d->port.frame_samples + d->extra;
	if (ahead > d->ring.size)
		ahead = d->ring.size;
	atomic_store_explicit(&d->ahead, ahead, memory_order_relaxed);
	return ahead;
}

static void ran_dry(ahoy_device *d)
{
	size_t most = (MAX_AHEAD_FRAMES - 1) * (size_t)d->port.frame_samples;

	atomic_fetch_add_explicit(&d->underruns, 1, memory_order_relaxed);
	d->primed = false;
	d->extra += d->port.frame_samples / 2;
	if (d->extra > most)
		d->extra = most;
}

static void host_take(void *host, int16_t *pcm, size_t samples)
{
	ahoy_device *d = host;
	size_t ahead = plan_ahead(d, samples), fill = ahoy_pcm_ring_fill(&d->ring), got = 0;
	size_t most = ahead + EXCESS_FRAMES * (size_t)d->port.frame_samples;

	if (fill > most) {
		ahoy_pcm_ring_take(&d->ring, NULL, fill - ahead);
		atomic_fetch_add_explicit(&d->overruns, 1, memory_order_relaxed);
	}
	/* After a gap it waits until enough is there to go on without one. */
	if (!d->primed)
		d->primed = fill >= ahead;
	if (d->primed)
		got = ahoy_pcm_ring_take(&d->ring, pcm, samples);
	memset(pcm + got, 0, (samples - got) * sizeof *pcm);
	if (d->primed && got < samples)
		ran_dry(d);
}

static void host_state(void *host, ahoy_device_state state, const char *reason)
{
	ahoy_device *d = host;
	unsigned put = atomic_load_explicit(&d->changes_put, memory_order_relaxed);

	if (atomic_load(&d->state) == (unsigned)state)
		return;
	/* What was said to a device that is not there is old news when it is. */
	if (state == AHOY_DEVICE_RUNNING && d->port.direction == AHOY_DEVICE_PLAYBACK) {
		ahoy_pcm_ring_take(&d->ring, NULL, d->ring.size);
		d->primed = false;
	}
	if (put - atomic_load_explicit(&d->changes_taken, memory_order_acquire) < CHANGES) {
		d->changes[put % CHANGES] = (ahoy_device_change){state, reason};
		atomic_store_explicit(&d->changes_put, put + 1, memory_order_release);
	}
	atomic_store(&d->state, (unsigned)state);
}

static void host_latency(void *host, uint32_t latency_us)
{
	ahoy_device *d = host;

	atomic_store_explicit(&d->latency_us, latency_us, memory_order_relaxed);
}

static void host_missed(void *host)
{
	ahoy_device *d = host;

	if (d->port.direction == AHOY_DEVICE_CAPTURE)
		atomic_fetch_add_explicit(&d->overruns, 1, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&d->underruns, 1, memory_order_relaxed);
}

/* ---- what the phone calls ---- */

static ahoy_device *new_device(const ahoy_device_driver *driver, ahoy_device_direction direction, uint32_t rate_hz,
			       uint32_t frame_samples)
{
	ahoy_device *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->driver = driver;
	d->port = (ahoy_device_port){
		.direction = direction,
		.rate_hz = rate_hz,
		.frame_samples = frame_samples,
		.host = d,
		.put = host_put,
		.take = host_take,
		.state = host_state,
		.latency = host_latency,
		.missed = host_missed,
	};
	d->extra = frame_samples / 2;
	atomic_init(&d->ahead, 2 * (size_t)frame_samples + d->extra);
	if (ahoy_pcm_ring_init(&d->ring, (size_t)rate_hz * RING_MS / 1000)) {
		free(d);
		return NULL;
	}
	return d;
}

int ahoy_device_open(const ahoy_device_driver *driver, const char *name, ahoy_device_direction direction, uint32_t rate_hz,
		     uint32_t frame_samples, ahoy_buf *why, ahoy_device **out)
{
	char text[512] = "";
	ahoy_device *d;
	int err;

	*out = NULL;
	if (rate_hz < 8000 || rate_hz > 48000 || frame_samples < rate_hz / 1000 || frame_samples > rate_hz / 10)
		return AHOY_EINVAL;
	d = new_device(driver, direction, rate_hz, frame_samples);
	if (!d) {
		ahoy_buf_str(why, ahoy_err_text(AHOY_ENOMEM));
		return AHOY_ENOMEM;
	}
	err = driver->open(&d->port, name, text, sizeof text, &d->driver_device);
	if (err) {
		ahoy_buf_str(why, *text ? text : ahoy_err_text(err));
		ahoy_pcm_ring_fini(&d->ring);
		free(d);
		return err;
	}
	*out = d;
	return 0;
}

void ahoy_device_close(ahoy_device *d)
{
	if (!d)
		return;
	d->driver->close(d->driver_device);
	ahoy_pcm_ring_fini(&d->ring);
	free(d);
}

static void turn(ahoy_device *d, ahoy_time now)
{
	if (d->driver->turn)
		d->driver->turn(d->driver_device, now);
}

size_t ahoy_device_readable(ahoy_device *d, ahoy_time now)
{
	turn(d, now);
	return ahoy_pcm_ring_fill(&d->ring);
}

size_t ahoy_device_read(ahoy_device *d, ahoy_time now, int16_t *pcm, size_t samples)
{
	turn(d, now);
	return ahoy_pcm_ring_take(&d->ring, pcm, samples);
}

void ahoy_device_write(ahoy_device *d, ahoy_time now, const int16_t *pcm, size_t samples)
{
	if (atomic_load(&d->state) == AHOY_DEVICE_RUNNING && ahoy_pcm_ring_put(&d->ring, pcm, samples) < samples)
		atomic_fetch_add_explicit(&d->overruns, 1, memory_order_relaxed);
	turn(d, now);
}

size_t ahoy_device_wanted(ahoy_device *d, ahoy_time now)
{
	size_t ahead, fill;

	turn(d, now);
	if (atomic_load(&d->state) != AHOY_DEVICE_RUNNING)
		return 0;
	ahead = atomic_load_explicit(&d->ahead, memory_order_relaxed);
	fill = ahoy_pcm_ring_fill(&d->ring);
	return ahead > fill ? ahead - fill : 0;
}

size_t ahoy_device_queued(const ahoy_device *d)
{
	return ahoy_pcm_ring_fill(&d->ring);
}

bool ahoy_device_pop_change(ahoy_device *d, ahoy_device_change *out)
{
	unsigned taken = atomic_load_explicit(&d->changes_taken, memory_order_relaxed);
	ahoy_device_state state = (ahoy_device_state)atomic_load(&d->state);

	if (atomic_load_explicit(&d->changes_put, memory_order_acquire) != taken) {
		*out = d->changes[taken % CHANGES];
		atomic_store_explicit(&d->changes_taken, taken + 1, memory_order_release);
	} else if (state != d->told) {
		/* Some did not fit; where it came to counts. */
		*out = (ahoy_device_change){state, NULL};
	} else {
		return false;
	}
	d->told = out->state;
	return true;
}

void ahoy_device_get_stats(const ahoy_device *d, ahoy_device_stats *out)
{
	uint64_t waiting_us = (uint64_t)ahoy_pcm_ring_fill(&d->ring) * 1000000 / d->port.rate_hz;

	*out = (ahoy_device_stats){
		.state = (ahoy_device_state)atomic_load(&d->state),
		.underruns = atomic_load_explicit(&d->underruns, memory_order_relaxed),
		.overruns = atomic_load_explicit(&d->overruns, memory_order_relaxed),
		.latency_us = (uint32_t)waiting_us + atomic_load_explicit(&d->latency_us, memory_order_relaxed),
	};
}

const char *ahoy_device_state_name(ahoy_device_state state)
{
	switch (state) {
	case AHOY_DEVICE_STARTING:
		return "starting";
	case AHOY_DEVICE_RUNNING:
		return "running";
	case AHOY_DEVICE_LOST:
		return "lost";
	}
	return "unknown";
}
