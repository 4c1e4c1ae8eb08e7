/* sound_device: microphone and speaker of the phone, as one: each chosen as DRIVER[:DEVICE], either may be missing. Between
 * the devices' clocks and the network's stands media/drift, before that, on the devices' side, media/dsp; levels are
 * measured here. What cannot be used is said (pop), and is silence; nothing waits for a device.
 * Leaves devices to device/, RTP to media/session.h. Order: new; for each call open of one end or both, then turn, put and
 * get at the call's rhythm, close; del. Heap. Thread kind: owned. */
#ifndef AHOY_PHONE_SOUND_DEVICE_H
#define AHOY_PHONE_SOUND_DEVICE_H

#include "device/device.h"

typedef struct ahoy_sound_device ahoy_sound_device;

typedef struct {
	const char *microphone, *speaker; /* DRIVER[:DEVICE], the caller's; NULL: none */
	bool dsp;			  /* echo canceller (where there are both), noise suppression, gain control */
} ahoy_sound_device_config;

/* Loads the drivers, opens nothing. A driver that cannot be used is news, no error. AHOY_ENOMEM. */
int ahoy_sound_device_new(const ahoy_env *env, const ahoy_sound_device_config *config, ahoy_sound_device **out) AHOY_MUST_USE;
void ahoy_sound_device_del(ahoy_sound_device *sd); /* NULL is allowed */

/* Opens an end at this rate (8000 .. 48000), for frames of so many samples; open already: only anew where these differ. */
void ahoy_sound_device_open(ahoy_sound_device *sd, ahoy_device_direction end, uint32_t rate_hz, uint32_t frame_samples);
void ahoy_sound_device_close(ahoy_sound_device *sd); /* both */

/* A frame that came from the far end, on the network's clock. */
void ahoy_sound_device_put(ahoy_sound_device *sd, const int16_t *pcm, size_t samples);
/* Moves what is due to the speaker and from the microphone. After put, before get, at least once a frame. */
void ahoy_sound_device_turn(ahoy_sound_device *sd, ahoy_time now);
/* Whether what the microphone hears is wanted now; what it heard before is forgotten when it is again. */
void ahoy_sound_device_listen(ahoy_sound_device *sd, bool wanted);
/* So many samples from the microphone, on the network's clock: silence where it gives none. False: there is no microphone. */
bool ahoy_sound_device_get(ahoy_sound_device *sd, int16_t *pcm, size_t samples);

typedef struct {
	ahoy_device_direction end;
	const char *spec;   /* as it was chosen */
	const char *state;  /* "running", "lost", "unavailable" */
	const char *reason; /* a sentence, or NULL */
} ahoy_sound_device_news;
/* What became of the ends, in order. Strings live as long as sd. */
bool ahoy_sound_device_pop(ahoy_sound_device *sd, ahoy_sound_device_news *out);

typedef struct {
	double mean_dbov, peak_dbov; /* -127: silence; peak 0: full scale */
} ahoy_sound_meter;
/* How loud it was since the last call: what the microphone sent on (after dsp), what the speaker was given. */
void ahoy_sound_device_levels(ahoy_sound_device *sd, ahoy_sound_meter *microphone, ahoy_sound_meter *speaker);

typedef struct {
	bool used;					    /* an end was open since new, or since the last take_stats */
	uint64_t underruns, overruns;			    /* of devices and clocks, both ends */
	uint32_t microphone_latency_us, speaker_latency_us; /* of what is open: hardware, ring and clock's queue */
} ahoy_sound_device_stats;
/* What was closed is counted once, what is open since its opening: ask when a call has closed both ends. */
void ahoy_sound_device_take_stats(ahoy_sound_device *sd, ahoy_sound_device_stats *out);

#endif
