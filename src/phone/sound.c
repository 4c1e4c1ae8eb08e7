#include "phone/sound.h"

#include <stdlib.h>

#include "media/level.h"

#define KEY_MS 160 /* long enough for any detector, short enough for a person's patience */
#define KEYS_AT_ONCE 16

struct ahoy_sound {
	ahoy_sound_config config;
	char cname[64];
	ahoy_audio *audio;	   /* NULL until something was agreed */
	ahoy_sound_device *device; /* NULL: this call has no microphone and speaker */
	bool sends, has_events;	   /* as agreed */
	ahoy_keys key_way;
	bool answered, ended, muted;
	bool music;		      /* the hold music is playing */
	double heard_dbov, said_dbov; /* of the last frame */
	bool play_done;
	const char *keys; /* what has not been given to the audio yet */
	ahoy_wav_out *record;
	bool record_failed;    /* it is not tried again, and said at the end */
	bool heard;	       /* a frame was heard */
	ahoy_time record_from; /* the moment of the recording's first sample */
};

int ahoy_sound_new(const ahoy_sound_config *config, ahoy_sound **out)
{
	ahoy_sound *sound = calloc(1, sizeof *sound);

	if (!sound)
		return AHOY_ENOMEM;
	sound->config = *config;
	sound->play_done = !config->play;
	sound->heard_dbov = sound->said_dbov = AHOY_LEVEL_SILENCE;
	ahoy_keys_init(&sound->key_way, config->dtmf_by);
	sound->keys = config->dtmf ? config->dtmf : "";
	if (ahoy_slice_cstr(config->cname, sound->cname, sizeof sound->cname)) {
		free(sound);
		return AHOY_EINVAL;
	}
	*out = sound;
	return 0;
}

void ahoy_sound_del(ahoy_sound *sound)
{
	if (!sound)
		return;
	if (ahoy_wav_finish(sound->record))
		sound->record_failed = true;
	ahoy_sound_attach(sound, NULL);
	ahoy_audio_del(sound->audio);
	free(sound);
}

/* Early sound is heard; what we say is for who has answered. */
static void open_device(ahoy_sound *sound)
{
	uint32_t rate_hz, frame;

	if (!sound->device || !sound->audio || sound->ended)
		return;
	rate_hz = ahoy_audio_sample_rate(sound->audio);
	frame = (uint32_t)ahoy_audio_frame_samples(sound->audio);
	ahoy_sound_device_open(sound->device, AHOY_DEVICE_PLAYBACK, rate_hz, frame);
	if (sound->answered)
		ahoy_sound_device_open(sound->device, AHOY_DEVICE_CAPTURE, rate_hz, frame);
}

void ahoy_sound_attach(ahoy_sound *sound, ahoy_sound_device *device)
{
	if (sound->device && sound->device != device)
		ahoy_sound_device_close(sound->device);
	sound->device = device;
	open_device(sound);
}

int ahoy_sound_configure(ahoy_sound *sound, const ahoy_audio_config *config, ahoy_time now)
{
	ahoy_audio_config agreed = *config;
	uint32_t before_hz;
	int err;

	/* With a device a person listens; a file has time, and wants each sample. */
	agreed.live = sound->device != NULL;
	agreed.say_keys = sound->config.dtmf_by == AHOY_KEYS_IN_BAND ||
			  (sound->config.dtmf_by == AHOY_KEYS_AUTO && config->event_send < 0);
	agreed.hear_keys = true;
	if (!sound->audio) {
		err = ahoy_audio_new(sound->config.env, &agreed, ahoy_slice_of(sound->cname), now, &sound->audio);
	} else {
		before_hz = ahoy_audio_sample_rate(sound->audio);
		err = ahoy_audio_configure(sound->audio, &agreed, now);
		if (!err && sound->answered && !sound->play_done && ahoy_audio_sample_rate(sound->audio) != before_hz)
			err = ahoy_wav_set_rate(sound->config.play, ahoy_audio_sample_rate(sound->audio));
		if (!err && sound->music && ahoy_audio_sample_rate(sound->audio) != before_hz)
			err = ahoy_wav_set_rate(sound->config.hold_music, ahoy_audio_sample_rate(sound->audio));
	}
	if (err)
		return err;
	sound->sends = config->send;
	sound->has_events = config->event_send >= 0;
	open_device(sound);
	return 0;
}

static int open_record(ahoy_sound *sound, ahoy_time now, ahoy_buf *why)
{
	int err;

	if (!sound->config.record || sound->record || sound->record_failed)
		return sound->record_failed ? AHOY_EIO : 0;
	err = ahoy_wav_create(sound->config.record, ahoy_audio_sample_rate(sound->audio), &sound->record, why);
	sound->record_failed = err != 0;
	sound->record_from = now;
	return err;
}

int ahoy_sound_answered(ahoy_sound *sound, ahoy_time now, ahoy_buf *why)
{
	int err = open_record(sound, now, why);

	sound->answered = true;
	open_device(sound);
	if (err)
		return err;
	if (sound->config.play && ahoy_wav_start(sound->config.play, ahoy_audio_sample_rate(sound->audio))) {
		ahoy_buf_str(why, "the file to be played cannot be read");
		return AHOY_EIO;
	}
	if (*sound->keys && sound->config.dtmf_by == AHOY_KEYS_BY_RTP && !sound->has_events) {
		ahoy_buf_str(why, "the other side takes no DTMF by RTP (no telephone-event in its description); try --dtmf-by auto");
		return AHOY_EUNSUPPORTED;
	}
	return 0;
}

void ahoy_sound_recv(ahoy_sound *sound, ahoy_time now, bool is_rtcp, const void *bytes, size_t len)
{
	if (!sound->audio || sound->ended)
		return;
	if (is_rtcp)
		ahoy_audio_recv_rtcp(sound->audio, now, bytes, len);
	else
		ahoy_audio_recv_rtp(sound->audio, now, bytes, len);
}

/* Until the first packet nothing is on the play-out clock: that time becomes silence, less the delay that the jitter
 * buffer adds, so that the recording ends when the call does. */
static int pad_beginning(ahoy_sound *sound, ahoy_time at)
{
	ahoy_audio_stats stats;
	ahoy_time waited = at > sound->record_from ? at - sound->record_from : 0;

	ahoy_audio_get_stats(sound->audio, &stats);
	if (waited <= AHOY_MS(stats.delay_ms))
		return 0;
	return ahoy_wav_write_silence(sound->record, waited - AHOY_MS(stats.delay_ms));
}

static void record(ahoy_sound *sound, ahoy_time now, const int16_t *pcm, size_t samples)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	int err = open_record(sound, now, &why);

	if (!err && sound->record && !sound->heard)
		err = pad_beginning(sound, now);
	sound->heard = true;
	if (!err && sound->record)
		err = ahoy_wav_write(sound->record, pcm, samples, ahoy_audio_sample_rate(sound->audio));
	if (err)
		sound->record_failed = true;
}

/* What is said goes through here, wherever it comes from. */
static void put_said(ahoy_sound *sound, int16_t *pcm, size_t samples)
{
	if (sound->muted)
		memset(pcm, 0, samples * sizeof *pcm);
	sound->said_dbov = ahoy_level_dbov(ahoy_level_energy(pcm, samples), samples);
	ahoy_audio_put_pcm(sound->audio, pcm, samples);
}

static void hear(ahoy_sound *sound, ahoy_time now)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	size_t samples;

	while ((samples = ahoy_audio_take_pcm(sound->audio, now, pcm, AHOY_AUDIO_MAX_FRAME)) > 0) {
		sound->heard_dbov = ahoy_level_dbov(ahoy_level_energy(pcm, samples), samples);
		record(sound, now, pcm, samples);
		if (sound->device)
			ahoy_sound_device_put(sound->device, pcm, samples);
		sound->config.heard_pcm(sound->config.ctx, pcm, samples, ahoy_audio_sample_rate(sound->audio));
		if (sound->config.echo && sound->answered && !sound->music)
			put_said(sound, pcm, samples);
	}
}

static bool file_sent(const ahoy_sound *sound)
{
	return sound->play_done && (!sound->config.play || ahoy_audio_queued(sound->audio) == 0);
}

static bool keys_sent(const ahoy_sound *sound)
{
	return ahoy_audio_dtmf_done(sound->audio) && ahoy_keys_done(&sound->key_way);
}

static int send_keys(ahoy_sound *sound, ahoy_time now, ahoy_slice keys, unsigned duration_ms)
{
	if (ahoy_keys_way(&sound->key_way, sound->has_events) == AHOY_KEYS_BY_INFO)
		return ahoy_keys_put(&sound->key_way, now, keys, duration_ms);
	return ahoy_audio_send_dtmf(sound->audio, keys, duration_ms);
}

static void send_by_info(ahoy_sound *sound, ahoy_time now)
{
	char text[64];
	ahoy_buf body = ahoy_buf_over(text, sizeof text);

	if (ahoy_keys_next(&sound->key_way, now, &body) && !sound->config.send_info(sound->config.ctx, ahoy_buf_slice(&body)))
		(void)ahoy_sound_info_answered(sound, now, 503);
}

/* The microphone speaks where nothing else does. One frame of it waits for the send clock: so it is taken at that clock's
 * pace. */
static void say_live(ahoy_sound *sound)
{
	size_t frame = ahoy_audio_frame_samples(sound->audio), queued = ahoy_audio_queued(sound->audio);
	bool wanted = sound->answered && sound->sends && !sound->config.echo && !sound->music && sound->play_done && !*sound->keys &&
		      ahoy_audio_dtmf_done(sound->audio);
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];

	if (!sound->device)
		return;
	ahoy_sound_device_listen(sound->device, wanted);
	if (wanted && queued < frame && ahoy_sound_device_get(sound->device, pcm, frame - queued))
		put_said(sound, pcm, frame - queued);
}

/* Nothing else is said meanwhile, so that what waits is music alone. A file that cannot be begun again ends it. */
static void say_music(ahoy_sound *sound)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	size_t room, samples;

	while (sound->music && (room = ahoy_audio_room(sound->audio)) > 0) {
		samples = ahoy_wav_read(sound->config.hold_music, pcm, room < AHOY_AUDIO_MAX_FRAME ? room : AHOY_AUDIO_MAX_FRAME);
		sound->said_dbov = ahoy_level_dbov(ahoy_level_energy(pcm, samples), samples);
		ahoy_audio_put_pcm(sound->audio, pcm, samples);
		if (ahoy_wav_at_end(sound->config.hold_music))
			sound->music = !ahoy_wav_start(sound->config.hold_music, ahoy_audio_sample_rate(sound->audio));
	}
}

void ahoy_sound_hold(ahoy_sound *sound, bool on_hold)
{
	bool music = on_hold && sound->config.hold_music && sound->audio && !sound->ended;

	if (music && !sound->music)
		music = !ahoy_wav_start(sound->config.hold_music, ahoy_audio_sample_rate(sound->audio));
	sound->music = music;
}

/* The file is read as the audio's send clock makes room, so it plays in real time without a clock of its own. */
static void say(ahoy_sound *sound, ahoy_time now)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];

	if (!sound->answered)
		return;
	say_music(sound);
	while (!sound->play_done && !sound->music) {
		size_t room = ahoy_audio_room(sound->audio), samples;

		if (room == 0)
			break;
		samples = ahoy_wav_read(sound->config.play, pcm, room < AHOY_AUDIO_MAX_FRAME ? room : AHOY_AUDIO_MAX_FRAME);
		put_said(sound, pcm, samples);
		sound->play_done = ahoy_wav_at_end(sound->config.play);
	}
	if (file_sent(sound) && !sound->config.echo && !sound->device && !sound->music)
		sound->said_dbov = AHOY_LEVEL_SILENCE;
	say_live(sound);
	if (*sound->keys && file_sent(sound) && keys_sent(sound)) {
		ahoy_slice some = ahoy_slice_first(ahoy_slice_of(sound->keys), KEYS_AT_ONCE);

		/* What the far end takes no more (a re-INVITE) is given up: the call must not wait for it. */
		if (send_keys(sound, now, some, KEY_MS))
			sound->keys = "";
		else
			sound->keys += some.len;
	}
}

void ahoy_sound_turn(ahoy_sound *sound, ahoy_time now)
{
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	ahoy_audio_dtmf key;
	size_t len;

	if (!sound->audio || sound->ended)
		return;
	hear(sound, now);
	if (sound->device)
		ahoy_sound_device_turn(sound->device, now);
	say(sound, now);
	while ((len = ahoy_audio_pop_rtp(sound->audio, now, packet, sizeof packet)) > 0) {
		sound->config.send_packet(sound->config.ctx, false, packet, len);
		say(sound, now);
	}
	while ((len = ahoy_audio_pop_rtcp(sound->audio, now, packet, sizeof packet)) > 0)
		sound->config.send_packet(sound->config.ctx, true, packet, len);
	send_by_info(sound, now);
	while (ahoy_audio_pop_dtmf(sound->audio, now, &key))
		if (ahoy_keys_heard(&sound->key_way, now, key.digit, false))
			sound->config.heard_key(sound->config.ctx, key.digit, key.duration_ms);
}

ahoy_time ahoy_sound_deadline(const ahoy_sound *sound)
{
	ahoy_time keys = ahoy_keys_deadline(&sound->key_way), audio;

	if (!sound->audio || sound->ended)
		return AHOY_NEVER;
	audio = ahoy_audio_deadline(sound->audio);
	return keys < audio ? keys : audio;
}

bool ahoy_sound_done(const ahoy_sound *sound)
{
	if (!sound->answered || !sound->audio || (!sound->config.play && !sound->config.dtmf))
		return false;
	return file_sent(sound) && !*sound->keys && keys_sent(sound);
}

int ahoy_sound_end(ahoy_sound *sound, ahoy_time now)
{
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	ahoy_audio_stats stats;
	ahoy_time last;
	size_t len;
	int err = 0;

	if (sound->ended)
		return 0;
	if (sound->audio) {
		ahoy_sound_turn(sound, now);
		/* What came just before the BYE is still to be heard: the play-out clock runs ahead to its end. */
		ahoy_audio_get_stats(sound->audio, &stats);
		last = now + AHOY_MS(stats.delay_ms);
		for (ahoy_time at = now; at <= last && stats.packets; at += AHOY_MS(10))
			hear(sound, at);
		if (sound->record && !sound->heard && ahoy_wav_write_silence(sound->record, now - sound->record_from))
			sound->record_failed = true;
		len = ahoy_audio_bye(sound->audio, now, packet, sizeof packet);
		if (len)
			sound->config.send_packet(sound->config.ctx, true, packet, len);
	}
	ahoy_sound_attach(sound, NULL);
	sound->ended = true;
	if (ahoy_wav_finish(sound->record))
		sound->record_failed = true;
	sound->record = NULL;
	if (sound->record_failed)
		err = AHOY_EIO;
	return err;
}

void ahoy_sound_mute(ahoy_sound *sound, bool muted)
{
	sound->muted = muted;
}

int ahoy_sound_send_keys(ahoy_sound *sound, ahoy_time now, ahoy_slice keys)
{
	if (!sound->audio || !sound->answered || sound->ended)
		return AHOY_ESTATE;
	return send_keys(sound, now, keys, KEY_MS);
}

void ahoy_sound_learn(ahoy_sound *sound, const ahoy_msg *msg)
{
	ahoy_keys_learn(&sound->key_way, msg);
}

bool ahoy_sound_info_answered(ahoy_sound *sound, ahoy_time now, int status)
{
	char digit;
	uint32_t duration_ms;

	if (ahoy_keys_answered(&sound->key_way, now, status))
		return true;
	while (ahoy_keys_take_back(&sound->key_way, &digit, &duration_ms))
		if (sound->config.dtmf_by == AHOY_KEYS_AUTO && sound->audio)
			(void)!ahoy_audio_send_dtmf(sound->audio, ahoy_slice_make(&digit, 1), duration_ms);
	if (sound->config.dtmf_by != AHOY_KEYS_AUTO)
		sound->keys = "";
	return false;
}

bool ahoy_sound_info_heard(ahoy_sound *sound, ahoy_time now, char digit)
{
	return ahoy_keys_heard(&sound->key_way, now, digit, true);
}

void ahoy_sound_levels(const ahoy_sound *sound, double *heard_dbov, double *said_dbov)
{
	*heard_dbov = sound->heard_dbov;
	*said_dbov = sound->said_dbov;
}

bool ahoy_sound_stats(const ahoy_sound *sound, ahoy_audio_stats *out)
{
	if (!sound->audio)
		return false;
	ahoy_audio_get_stats(sound->audio, out);
	return true;
}
