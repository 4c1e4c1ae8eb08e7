#include "phone/call_session.h"

/* How often --levels tells them. */
#define LEVELS_EVERY AHOY_SECONDS(1)

void ahoy_call_session_talk(ahoy_call_session *s)
{
	ahoy_call_session *other = s->phone->talking;

	if (!s->phone->device || other == s)
		return;
	if (other)
		ahoy_sound_attach(other->sound, NULL);
	ahoy_phone_tones_stop(s->phone->tones);
	s->phone->talking = s;
	ahoy_sound_attach(s->sound, s->phone->device);
}

void ahoy_call_session_take_device(ahoy_call_session *s)
{
	if (!s->phone->talking)
		ahoy_call_session_talk(s);
	if (s->phone->talking == s)
		ahoy_phone_tones_stop(s->phone->tones);
}

void ahoy_call_session_tone(ahoy_call_session *s, ahoy_time now, const char *name, ahoy_time length)
{
	bool has_speaker = !s->phone->talking || s->phone->talking == s;

	/* What the far end sends is heard instead; and another call is not disturbed. */
	if (has_speaker && (!s->tuned || s->over))
		ahoy_phone_tones_play(s->phone->tones, now, name, length);
}

static void tell_levels(const ahoy_call_session *s)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_LEVEL);
	ahoy_sound_meter levels[2];

	ahoy_sound_device_levels(s->phone->device, &levels[AHOY_DEVICE_CAPTURE], &levels[AHOY_DEVICE_PLAYBACK]);
	event.levels = levels;
	ahoy_phone_event_tell(s->phone, &event);
}

void ahoy_call_session_tell_device(ahoy_call_session *s, ahoy_time now)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_DEVICE);
	ahoy_sound_device_news news;

	if (!s->phone->device || s->phone->talking != s)
		return;
	while (ahoy_sound_device_pop(s->phone->device, &news)) {
		event.device = &news;
		ahoy_phone_event_tell(s->phone, &event);
	}
	if (!s->phone->options->levels)
		return;
	if (!s->level_at)
		s->level_at = now + LEVELS_EVERY;
	if (now < s->level_at)
		return;
	tell_levels(s);
	s->level_at += LEVELS_EVERY;
	/* Who slept does not tell the same second twice. */
	if (s->level_at <= now)
		s->level_at = now + LEVELS_EVERY;
}

void ahoy_call_session_leave_device(ahoy_call_session *s)
{
	ahoy_sound_device_stats stats;

	if (!s->phone->device || s->phone->talking != s)
		return;
	ahoy_sound_attach(s->sound, NULL);
	s->phone->talking = NULL;
	ahoy_sound_device_take_stats(s->phone->device, &stats);
	s->quality.has_device = stats.used;
	s->quality.device_underruns = stats.underruns;
	s->quality.device_overruns = stats.overruns;
}
