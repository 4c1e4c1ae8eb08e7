#include "phone/tones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/call_tones.h"

#define RATE_HZ 8000
#define FRAME 160
#define FRAME_TIME AHOY_MS(20)
#define MOST_BEHIND AHOY_MS(200) /* who slept longer goes on from now */
#define MOST_BYTES 65536	 /* of the table; ours has 4 KB */
#define DEFAULT_COUNTRY "us"

struct ahoy_phone_tones {
	char country[4];
	ahoy_call_tones table;
	ahoy_sound_device *device;
	bool playing;
	ahoy_call_tone_player player;
	ahoy_time at, until; /* of the next frame; of the end, AHOY_NEVER */
};

/* "de_CH.UTF-8": the two letters behind the underscore. */
static bool country_of(const char *locale, char out[4])
{
	const char *at = locale ? strchr(locale, '_') : NULL;

	if (!at || strlen(at) < 3 || (at[3] != '\0' && at[3] != '.' && at[3] != '@'))
		return false;
	snprintf(out, 4, "%.2s", at + 1);
	return true;
}

static void choose_country(const char *wanted, char out[4])
{
	if (wanted)
		snprintf(out, 4, "%s", wanted);
	else if (!country_of(getenv("LC_ALL"), out) && !country_of(getenv("LC_MESSAGES"), out) && !country_of(getenv("LANG"), out))
		snprintf(out, 4, "%s", DEFAULT_COUNTRY);
}

static FILE *open_table(void)
{
	const char *named = getenv("AHOY_TONES");
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof "/tones.conf");
	char *slash;
	FILE *file;

	if (named)
		return fopen(named, "r");
	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash) {
		snprintf(slash, sizeof path - (size_t)(slash - path), "/tones.conf");
		file = fopen(path, "r");
		if (file)
			return file;
		/* PREFIX/bin/ahoy: PREFIX/share/ahoy. */
		*slash = '\0';
		slash = strrchr(path, '/');
		if (slash) {
			snprintf(slash, sizeof path - (size_t)(slash - path), "/share/ahoy/tones.conf");
			file = fopen(path, "r");
			if (file)
				return file;
		}
	}
	return fopen(AHOY_DATA_FOLDER "/tones.conf", "r");
}

static int read_table(ahoy_call_tones *table, ahoy_buf *why)
{
	FILE *file = open_table();
	char *text = malloc(MOST_BYTES);
	unsigned line = 0;
	size_t len;
	int err = file ? AHOY_ENOMEM : AHOY_ENOTFOUND;

	if (file && text) {
		len = fread(text, 1, MOST_BYTES, file);
		err = ahoy_call_tones_parse(ahoy_slice_make(text, len), table, &line);
	}
	if (err == AHOY_ENOTFOUND)
		ahoy_buf_str(why, "the table of country tones, tones.conf, is not there; $AHOY_TONES can name it");
	else if (err)
		ahoy_buf_fmt(why, "the table of country tones cannot be used: line %u: %s", line, ahoy_err_text(err));
	if (file)
		fclose(file);
	free(text);
	return err;
}

int ahoy_phone_tones_new(const char *country, ahoy_sound_device *device, ahoy_phone_tones **out, ahoy_buf *why)
{
	ahoy_phone_tones *tones = calloc(1, sizeof *tones);
	int err = tones ? read_table(&tones->table, why) : AHOY_ENOMEM;

	*out = NULL;
	if (!err) {
		choose_country(country, tones->country);
		if (!country && !ahoy_call_tones_find(&tones->table, ahoy_slice_of(tones->country), AHOY_S("ringback")))
			choose_country(DEFAULT_COUNTRY, tones->country);
		if (!ahoy_call_tones_find(&tones->table, ahoy_slice_of(tones->country), AHOY_S("ringback"))) {
			ahoy_buf_fmt(why, "the tones of \"%s\" are not known; give a country as de or us, see tones.conf", tones->country);
			err = AHOY_ENOTFOUND;
		}
	}
	if (err) {
		free(tones);
		return err;
	}
	tones->device = device;
	*out = tones;
	return 0;
}

void ahoy_phone_tones_del(ahoy_phone_tones *tones)
{
	free(tones);
}

void ahoy_phone_tones_play(ahoy_phone_tones *tones, ahoy_time now, const char *name, ahoy_time length)
{
	const ahoy_call_tone *what;

	if (!tones)
		return;
	what = ahoy_call_tones_find(&tones->table, ahoy_slice_of(tones->country), ahoy_slice_of(name));
	if (!what)
		return;
	ahoy_sound_device_open(tones->device, AHOY_DEVICE_PLAYBACK, RATE_HZ, FRAME);
	ahoy_call_tone_start(&tones->player, what, RATE_HZ);
	tones->playing = true;
	tones->at = now;
	tones->until = length ? now + length : AHOY_NEVER;
}

void ahoy_phone_tones_stop(ahoy_phone_tones *tones)
{
	if (!tones || !tones->playing)
		return;
	tones->playing = false;
	ahoy_sound_device_close(tones->device);
}

ahoy_time ahoy_phone_tones_deadline(const ahoy_phone_tones *tones)
{
	return tones && tones->playing ? tones->at : AHOY_NEVER;
}

void ahoy_phone_tones_turn(ahoy_phone_tones *tones, ahoy_time now)
{
	int16_t pcm[FRAME];

	if (!tones || !tones->playing)
		return;
	if (now > tones->at + MOST_BEHIND)
		tones->at = now;
	for (; tones->playing && tones->at <= now; tones->at += FRAME_TIME) {
		ahoy_call_tone_fill(&tones->player, pcm, FRAME);
		ahoy_sound_device_put(tones->device, pcm, FRAME);
		ahoy_sound_device_turn(tones->device, now);
		if (tones->at >= tones->until)
			ahoy_phone_tones_stop(tones);
	}
}
