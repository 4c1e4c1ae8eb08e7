#include "phone/sound_device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "device/registry.h"
#include "media/drift.h"
#include "media/dsp.h"
#include "media/level.h"

/* The queues between the clocks hold a frame, which is what the network's side moves at once, and another one, by which the
 * device's side may be more or less at a time; not less than this. */
#define LEAST_QUEUE_MS 40
#define CHUNK 480 /* samples: 10 ms at the highest rate, the frame of dsp there */
/* The canceller looks for the echo in the ECHO_MS from what it is given as played. That is as old as the devices say that a
 * sample takes to the air and back, less a margin, in frames of dsp; looked at twice a second, and set anew where it is
 * off by more than these: what is earlier than given cannot be found at all. */
#define ECHO_QUEUE 64
#define ECHO_MARGIN 3
#define ECHO_EARLIER 2
#define ECHO_LATER 8
#define ECHO_LOOK 50
#define ECHO_MS 200
#define NEWS 16

typedef struct {
	double energy;
	uint64_t samples;
	int peak;
} meter;

typedef struct {
	const char *spec; /* NULL: none */
	char name[AHOY_DRIVER_NAME];
	const char *device_name;
	const ahoy_device_driver *driver; /* NULL: it cannot be used */
	char fault[1024];
	ahoy_device *device; /* NULL: not open */
	ahoy_drift *drift;   /* with device */
	bool running;
	meter meter;
} sound_end;

struct ahoy_sound_device {
	const ahoy_env *env;
	bool wants_dsp, listening;
	uint32_t rate_hz, frame_samples; /* of what is open */
	sound_end ends[2];		 /* by ahoy_device_direction */
	ahoy_dsp *dsp;			 /* NULL: off, or no microphone is open */
	size_t dsp_frame;
	/* What is less than a frame of dsp yet. */
	int16_t captured[CHUNK], playing[CHUNK];
	size_t captured_len, playing_len;
	/* The last frames that went to the speaker; how many ever, and which one's echo comes next (below 0: silence); how
	 * old that one was when it was chosen, and the frames since that was looked at. */
	int16_t played[ECHO_QUEUE][CHUNK];
	int64_t played_count, echo_at;
	unsigned echo_age, echo_looked;
	bool echo_begun;
	ahoy_sound_device_news news[NEWS];
	unsigned news_at, news_count;
	ahoy_sound_device_stats counted; /* of what was closed since the last take_stats */
};

/* ---- news ---- */

/* Of too much the oldest goes: what it came to counts. */
static void tell(ahoy_sound_device *sd, const sound_end *e, const char *state, const char *reason)
{
	ahoy_device_direction which = e == &sd->ends[AHOY_DEVICE_CAPTURE] ? AHOY_DEVICE_CAPTURE : AHOY_DEVICE_PLAYBACK;

	if (sd->news_count == NEWS) {
		sd->news_at = (sd->news_at + 1) % NEWS;
		sd->news_count--;
	}
	sd->news[(sd->news_at + sd->news_count++) % NEWS] = (ahoy_sound_device_news){which, e->spec, state, reason};
}

bool ahoy_sound_device_pop(ahoy_sound_device *sd, ahoy_sound_device_news *out)
{
	if (!sd->news_count)
		return false;
	*out = sd->news[sd->news_at];
	sd->news_at = (sd->news_at + 1) % NEWS;
	sd->news_count--;
	return true;
}

/* ---- levels ---- */

static void measure(meter *m, const int16_t *pcm, size_t samples)
{
	m->energy += ahoy_level_energy(pcm, samples);
	m->samples += samples;
	for (size_t i = 0; i < samples; i++)
		if (abs(pcm[i]) > m->peak)
			m->peak = abs(pcm[i]);
}

static void read_meter(meter *m, ahoy_sound_meter *out)
{
	out->mean_dbov = m->samples ? ahoy_level_dbov(m->energy, m->samples) : AHOY_LEVEL_SILENCE;
	out->peak_dbov = m->peak ? 20 * log10(m->peak / 32768.0) : AHOY_LEVEL_SILENCE;
	*m = (meter){0};
}

void ahoy_sound_device_levels(ahoy_sound_device *sd, ahoy_sound_meter *microphone, ahoy_sound_meter *speaker)
{
	read_meter(&sd->ends[AHOY_DEVICE_CAPTURE].meter, microphone);
	read_meter(&sd->ends[AHOY_DEVICE_PLAYBACK].meter, speaker);
}

/* ---- opening and closing ---- */

static void choose(ahoy_sound_device *sd, sound_end *e, const char *spec)
{
	ahoy_buf why = ahoy_buf_over(e->fault, sizeof e->fault);

	e->spec = spec;
	if (!spec)
		return;
	if (ahoy_driver_split(spec, e->name, &e->device_name))
		ahoy_buf_str(&why, "write DRIVER or DRIVER:DEVICE, such as pulse or alsa:plughw:0,0; `ahoy devices` lists them");
	else if (!ahoy_driver_find(e->name, &e->driver, &why))
		return;
	e->driver = NULL;
	tell(sd, e, "unavailable", ahoy_buf_cstr(&why));
}

int ahoy_sound_device_new(const ahoy_env *env, const ahoy_sound_device_config *config, ahoy_sound_device **out)
{
	ahoy_sound_device *sd = ahoy_new(env, sizeof *sd);

	*out = sd;
	if (!sd)
		return AHOY_ENOMEM;
	sd->env = env;
	sd->wants_dsp = config->dsp;
	choose(sd, &sd->ends[AHOY_DEVICE_CAPTURE], config->microphone);
	choose(sd, &sd->ends[AHOY_DEVICE_PLAYBACK], config->speaker);
	return 0;
}

void ahoy_sound_device_del(ahoy_sound_device *sd)
{
	if (!sd)
		return;
	ahoy_sound_device_close(sd);
	ahoy_free(sd->env, sd);
}

static void add_counts(const sound_end *e, ahoy_sound_device_stats *sum)
{
	ahoy_device_stats device;
	ahoy_drift_stats drift;

	ahoy_device_get_stats(e->device, &device);
	ahoy_drift_get_stats(e->drift, &drift);
	sum->underruns += device.underruns + drift.underruns;
	/* The queue counts samples; here each is a moment that was lost, as with the devices. */
	sum->overruns += device.overruns + (drift.overruns ? 1 : 0);
	sum->used = true;
}

static void close_end(ahoy_sound_device *sd, sound_end *e)
{
	if (!e->device)
		return;
	add_counts(e, &sd->counted);
	ahoy_device_close(e->device);
	ahoy_drift_del(e->drift);
	e->device = NULL;
	e->drift = NULL;
	e->running = false;
}

void ahoy_sound_device_close(ahoy_sound_device *sd)
{
	close_end(sd, &sd->ends[AHOY_DEVICE_CAPTURE]);
	close_end(sd, &sd->ends[AHOY_DEVICE_PLAYBACK]);
	ahoy_dsp_del(sd->dsp);
	sd->dsp = NULL;
	sd->listening = false;
}

/* Without memory for it the sound goes as it is. */
static void open_dsp(ahoy_sound_device *sd)
{
	ahoy_dsp_config config = {
		.rate_hz = sd->rate_hz,
		.frame_samples = sd->rate_hz / 100,
		.echo_ms = sd->ends[AHOY_DEVICE_PLAYBACK].device ? ECHO_MS : 0,
		.denoise = true,
		.gain = true,
	};

	ahoy_dsp_del(sd->dsp);
	sd->dsp = NULL;
	sd->dsp_frame = config.frame_samples;
	sd->captured_len = sd->playing_len = 0;
	sd->echo_begun = false;
	if (sd->wants_dsp && sd->ends[AHOY_DEVICE_CAPTURE].device && ahoy_dsp_new(sd->env, &config, &sd->dsp))
		sd->dsp = NULL;
}

static int open_end(ahoy_sound_device *sd, sound_end *e, ahoy_device_direction which, ahoy_buf *why)
{
	uint32_t queue_ms = sd->frame_samples * 2000 / sd->rate_hz;
	int err = ahoy_drift_new(sd->env, sd->rate_hz, queue_ms > LEAST_QUEUE_MS ? queue_ms : LEAST_QUEUE_MS, &e->drift);

	if (err) {
		ahoy_buf_str(why, ahoy_err_text(err));
		return err;
	}
	err = ahoy_device_open(e->driver, e->device_name, which, sd->rate_hz, sd->frame_samples, why, &e->device);
	if (err) {
		ahoy_drift_del(e->drift);
		e->drift = NULL;
	}
	return err;
}

void ahoy_sound_device_open(ahoy_sound_device *sd, ahoy_device_direction which, uint32_t rate_hz, uint32_t frame_samples)
{
	sound_end *e = &sd->ends[which];
	ahoy_buf why = ahoy_buf_over(e->fault, sizeof e->fault);
	bool anew = sd->rate_hz != rate_hz || sd->frame_samples != frame_samples;
	bool other = sd->ends[!which].device != NULL;

	if (!e->driver || (e->device && !anew))
		return;
	if (anew)
		ahoy_sound_device_close(sd);
	sd->rate_hz = rate_hz;
	sd->frame_samples = frame_samples;
	if (open_end(sd, e, which, &why)) {
		/* What cannot even be tried now cannot be later: it is told once. */
		e->driver = NULL;
		tell(sd, e, "unavailable", ahoy_buf_cstr(&why));
	}
	if (anew && other)
		ahoy_sound_device_open(sd, (ahoy_device_direction)!which, rate_hz, frame_samples);
	open_dsp(sd);
}

/* ---- sound ---- */

static void take_changes(ahoy_sound_device *sd, sound_end *e)
{
	ahoy_device_change change;

	while (e->device && ahoy_device_pop_change(e->device, &change)) {
		e->running = change.state == AHOY_DEVICE_RUNNING;
		/* What waited belongs to the time before. */
		if (e->running)
			ahoy_drift_reset(e->drift);
		sd->echo_begun = false;
		if (change.state != AHOY_DEVICE_STARTING)
			tell(sd, e, ahoy_device_state_name(change.state), change.reason);
	}
}

void ahoy_sound_device_put(ahoy_sound_device *sd, const int16_t *pcm, size_t samples)
{
	sound_end *e = &sd->ends[AHOY_DEVICE_PLAYBACK];

	if (e->running)
		ahoy_drift_put(e->drift, pcm, samples);
}

static void note_played(ahoy_sound_device *sd, const int16_t *pcm, size_t samples)
{
	for (size_t i = 0; sd->dsp && i < samples; i++) {
		sd->playing[sd->playing_len++] = pcm[i];
		if (sd->playing_len < sd->dsp_frame)
			continue;
		sd->playing_len = 0;
		memcpy(sd->played[sd->played_count++ % ECHO_QUEUE], sd->playing, sd->dsp_frame * sizeof *pcm);
	}
}

static void feed_speaker(ahoy_sound_device *sd, ahoy_time now)
{
	sound_end *e = &sd->ends[AHOY_DEVICE_PLAYBACK];
	size_t wanted = e->running ? ahoy_device_wanted(e->device, now) : 0;
	int16_t pcm[CHUNK];

	while (wanted) {
		size_t samples = wanted < CHUNK ? wanted : CHUNK;

		ahoy_drift_get(e->drift, pcm, samples);
		measure(&e->meter, pcm, samples);
		note_played(sd, pcm, samples);
		ahoy_device_write(e->device, now, pcm, samples);
		wanted -= samples;
	}
}

static void heard_frame(ahoy_sound_device *sd, sound_end *e, int16_t *pcm, size_t samples)
{
	measure(&e->meter, pcm, samples);
	if (sd->listening)
		ahoy_drift_put(e->drift, pcm, samples);
}

/* How many frames ago that was played whose echo comes in now. */
static unsigned age_of_echo(const ahoy_sound_device *sd)
{
	ahoy_device_stats speaker = {0}, microphone;
	uint64_t frames;

	if (sd->ends[AHOY_DEVICE_PLAYBACK].device)
		ahoy_device_get_stats(sd->ends[AHOY_DEVICE_PLAYBACK].device, &speaker);
	ahoy_device_get_stats(sd->ends[AHOY_DEVICE_CAPTURE].device, &microphone);
	frames = ((uint64_t)speaker.latency_us + microphone.latency_us) / 10000;
	frames = frames > ECHO_MARGIN ? frames - ECHO_MARGIN : 0;
	return frames < ECHO_QUEUE / 2 ? (unsigned)frames : ECHO_QUEUE / 2;
}

static void find_echo(ahoy_sound_device *sd)
{
	unsigned age;

	if (sd->echo_begun && sd->echo_looked++ < ECHO_LOOK && sd->played_count - sd->echo_at < ECHO_QUEUE)
		return;
	sd->echo_looked = 0;
	age = age_of_echo(sd);
	if (sd->echo_begun && age + ECHO_EARLIER >= sd->echo_age && age <= sd->echo_age + ECHO_LATER &&
	    sd->played_count - sd->echo_at < ECHO_QUEUE)
		return;
	sd->echo_begun = true;
	sd->echo_age = age;
	sd->echo_at = sd->played_count - age;
}

/* One frame of dsp, with what was played when its echo left; where the speaker has stopped, there is none. */
static void clean(ahoy_sound_device *sd)
{
	find_echo(sd);
	if (sd->echo_at < sd->played_count) {
		if (sd->echo_at >= 0)
			ahoy_dsp_played(sd->dsp, sd->played[sd->echo_at % ECHO_QUEUE]);
		sd->echo_at++;
	}
	ahoy_dsp_captured(sd->dsp, sd->captured);
}

static void empty_microphone(ahoy_sound_device *sd, ahoy_time now)
{
	sound_end *e = &sd->ends[AHOY_DEVICE_CAPTURE];
	int16_t pcm[CHUNK];
	size_t got;

	while (e->running && (got = ahoy_device_read(e->device, now, pcm, CHUNK)) > 0) {
		if (!sd->dsp) {
			heard_frame(sd, e, pcm, got);
			continue;
		}
		for (size_t i = 0; i < got; i++) {
			sd->captured[sd->captured_len++] = pcm[i];
			if (sd->captured_len < sd->dsp_frame)
				continue;
			clean(sd);
			heard_frame(sd, e, sd->captured, sd->captured_len);
			sd->captured_len = 0;
		}
	}
}

void ahoy_sound_device_turn(ahoy_sound_device *sd, ahoy_time now)
{
	take_changes(sd, &sd->ends[AHOY_DEVICE_CAPTURE]);
	take_changes(sd, &sd->ends[AHOY_DEVICE_PLAYBACK]);
	empty_microphone(sd, now);
	feed_speaker(sd, now);
}

void ahoy_sound_device_listen(ahoy_sound_device *sd, bool wanted)
{
	sound_end *e = &sd->ends[AHOY_DEVICE_CAPTURE];

	if (wanted && !sd->listening && e->drift)
		ahoy_drift_reset(e->drift);
	sd->listening = wanted;
}

bool ahoy_sound_device_get(ahoy_sound_device *sd, int16_t *pcm, size_t samples)
{
	sound_end *e = &sd->ends[AHOY_DEVICE_CAPTURE];

	if (!e->device)
		return false;
	if (e->running)
		ahoy_drift_get(e->drift, pcm, samples);
	else
		memset(pcm, 0, samples * sizeof *pcm);
	return true;
}

static uint32_t latency_of(const sound_end *e)
{
	ahoy_device_stats device;
	ahoy_drift_stats drift;

	if (!e->device)
		return 0;
	ahoy_device_get_stats(e->device, &device);
	ahoy_drift_get_stats(e->drift, &drift);
	return device.latency_us + (uint32_t)(1000 * drift.fill_ms);
}

void ahoy_sound_device_take_stats(ahoy_sound_device *sd, ahoy_sound_device_stats *out)
{
	*out = sd->counted;
	sd->counted = (ahoy_sound_device_stats){0};
	for (int i = 0; i < 2; i++)
		if (sd->ends[i].device)
			add_counts(&sd->ends[i], out);
	out->microphone_latency_us = latency_of(&sd->ends[AHOY_DEVICE_CAPTURE]);
	out->speaker_latency_us = latency_of(&sd->ends[AHOY_DEVICE_PLAYBACK]);
}
