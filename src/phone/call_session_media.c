#include <stdio.h>
#include <stdlib.h>

#include "os/clock.h"
#include "phone/call_session.h"

/* Ports of the only pair. */
enum {
	RTP = 0,
	RTCP = 1
};

void ahoy_call_session_pass_impaired(ahoy_call_session *s, ahoy_time now)
{
	ahoy_flow flow;
	ahoy_slice bytes;

	while (s->impair && ahoy_impair_pop(s->impair, now, &flow, &bytes))
		ahoy_rtp_sockets_send(s->sockets, flow.id, &flow.peer, bytes);
}

static void send_packet(void *ctx, bool is_rtcp, const void *bytes, size_t len)
{
	ahoy_call_session *s = ctx;
	const ahoy_addr *to = ahoy_media_source_target(is_rtcp ? &s->rtcp : &s->rtp);
	ahoy_time now = ahoy_clock_now();
	uint8_t memory[AHOY_CALL_SRTP_MAX];
	ahoy_slice packet;

	/* RTCP goes on while we are held (RFC 3264 5.1); RTP has no packets then. */
	if (!to->family || !to->port)
		return;
	packet = ahoy_call_srtp_seal(&s->srtp, is_rtcp, ahoy_slice_make(bytes, len), memory);
	if (!packet.len)
		return;
	if (!s->impair) {
		ahoy_rtp_sockets_send(s->sockets, is_rtcp ? RTCP : RTP, to, packet);
		return;
	}
	ahoy_impair_put(s->impair, now, &(ahoy_flow){.id = is_rtcp ? RTCP : RTP, .peer = *to}, packet);
	ahoy_call_session_pass_impaired(s, now);
}

static void keep_waiting(ahoy_call_session *s, const ahoy_addr *source, ahoy_slice bytes)
{
	ahoy_waiting_packet *packet = &s->waiting[s->waiting_count];

	if (s->waiting_count == AHOY_PHONE_WAITING || bytes.len > sizeof packet->bytes)
		return;
	packet->source = *source;
	packet->len = (uint16_t)bytes.len;
	memcpy(packet->bytes, bytes.ptr, bytes.len);
	s->waiting_count++;
}

/* False: not the far end's. What is encrypted shows whose it is before anything is learned from where it came. */
static bool take_packet(ahoy_call_session *s, ahoy_time now, bool is_rtcp, const ahoy_addr *source, ahoy_slice bytes)
{
	uint8_t memory[AHOY_CALL_SRTP_MAX];
	ahoy_slice packet = ahoy_call_srtp_open(&s->srtp, is_rtcp, bytes, memory);

	if ((bytes.len && !packet.len) || !ahoy_media_source_takes(is_rtcp ? &s->rtcp : &s->rtp, source))
		return false;
	ahoy_sound_recv(s->sound, now, is_rtcp, packet.ptr, packet.len);
	return true;
}

static void take_waiting(ahoy_call_session *s, ahoy_time now)
{
	for (unsigned i = 0; i < s->waiting_count; i++)
		(void)take_packet(s, now, false, &s->waiting[i].source, ahoy_slice_make(s->waiting[i].bytes, s->waiting[i].len));
	s->waiting_count = 0;
}

static bool on_packet(void *ctx, ahoy_time now, uint32_t port, const ahoy_addr *source, ahoy_slice bytes)
{
	ahoy_call_session *s = ctx;

	if (!s->tuned && port == RTP)
		keep_waiting(s, source, bytes);
	if (s->over || !s->tuned || !take_packet(s, now, port == RTCP, source, bytes))
		return false;
	ahoy_phone_woken(s->phone);
	return true;
}

static void heard_key(void *ctx, char digit, unsigned duration_ms)
{
	ahoy_call_session_key(ctx, digit, duration_ms);
}

static bool send_info(void *ctx, ahoy_slice body)
{
	const ahoy_call_session *s = ctx;

	return ahoy_call_request(s->phone->ua, ahoy_clock_now(), s->call, AHOY_INFO, (ahoy_slice){NULL, 0},
				 AHOY_S("application/dtmf-relay"), body, AHOY_PHONE_REQUEST_KEY) == 0;
}

static void heard_pcm(void *ctx, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz)
{
	ahoy_call_session *s = ctx;

	ahoy_expect_hear(&s->expect, pcm, samples, sample_rate_hz);
}

static int open_ports(ahoy_call_session *s, const ahoy_flow *flow, ahoy_addr *rtp)
{
	const ahoy_phone_options *o = s->phone->options;
	ahoy_rtp_options options = {
		.low = o->rtp_port_low,
		.high = (uint16_t)(o->rtp_port_high + 1),
		.local = flow->local,
		.packet = on_packet,
		.ctx = s,
		.start = ahoy_random_u32(&s->phone->env),
	};
	char text[200];
	uint32_t pair;
	int err;

	options.local.port = 0;
	*rtp = options.local;
	err = ahoy_rtp_sockets_new(s->phone->loop, &options, &s->sockets);
	if (!err)
		err = ahoy_rtp_sockets_open(s->sockets, &pair, &rtp->port);
	if (!err)
		return 0;
	snprintf(text, sizeof text, "no pair of ports for sound is free in %u-%u; choose others with --rtp-ports",
		 o->rtp_port_low, o->rtp_port_high + 1u);
	ahoy_call_session_error(s, 0, ahoy_slice_of(err == AHOY_EFULL ? text : ahoy_err_text(err)));
	return err;
}

int ahoy_call_session_new(ahoy_phone *phone, const ahoy_flow *flow, const ahoy_call_files *files, bool is_caller,
			  ahoy_call_session **out)
{
	const ahoy_phone_options *o = phone->options;
	ahoy_call_session *s = calloc(1, sizeof *s);
	char cname_text[64];
	ahoy_buf cname = ahoy_buf_over(cname_text, sizeof cname_text - 1);
	ahoy_sound_config sound = {
		.env = &phone->env,
		.play = files->play,
		.hold_music = files->hold_music,
		.record = files->record,
		.dtmf = o->dtmf,
		.dtmf_by = o->dtmf_by,
		.echo = o->echo,
		.ctx = s,
		.send_packet = send_packet,
		.heard_key = heard_key,
		.send_info = send_info,
		.heard_pcm = heard_pcm,
	};
	uint64_t sess_id;
	ahoy_addr rtp;
	int err = AHOY_ENOMEM;

	*out = NULL;
	if (!s)
		return err;
	s->phone = phone;
	s->identity = &phone->self;
	s->is_caller = is_caller;
	s->hangup_at = AHOY_NEVER;
	s->change_at = AHOY_NEVER;
	ahoy_expect_init(&s->expect, &o->expect);
	s->signalling = flow->peer;
	/* RFC 7022: a CNAME is random, and says nothing about the machine. */
	ahoy_buf_hex_u64(&cname, ((uint64_t)ahoy_random_u32(&phone->env) << 32) | ahoy_random_u32(&phone->env), 16);
	sound.cname = ahoy_buf_slice(&cname);
	err = open_ports(s, flow, &rtp);
	if (!err && o->has_impair_rtp)
		err = ahoy_impair_new(&phone->env, &o->impair_rtp, &s->impair);
	if (!err)
		err = ahoy_sound_new(&sound, &s->sound);
	if (err) {
		ahoy_call_session_del(s);
		return err;
	}
	ahoy_random(&phone->env, &sess_id, sizeof sess_id);
	ahoy_call_sdp_init(&s->sdp, &rtp, o->codecs, o->codec_count, sess_id);
	/* Keys that everybody on the way can read protect nobody: unasked they are offered where the way is encrypted (RFC 4568 8.3). */
	ahoy_call_sdp_set_srtp(&s->sdp, &phone->env, o->srtp, ahoy_transport_is_secure(flow->transport));
	s->sdp.comfort_noise = o->vad;
	s->sdp.no_events = o->dtmf_by == AHOY_KEYS_BY_INFO || o->dtmf_by == AHOY_KEYS_IN_BAND;
	*out = s;
	return 0;
}

void ahoy_call_session_del(ahoy_call_session *s)
{
	if (!s)
		return;
	ahoy_call_session_leave_device(s);
	ahoy_sound_del(s->sound);
	ahoy_rtp_sockets_del(s->sockets);
	ahoy_impair_del(s->impair);
	ahoy_call_srtp_fini(&s->srtp);
	ahoy_call_sdp_fini(&s->sdp);
	ahoy_call_sdp_fini(&s->before);
	free(s);
}

/* A repeated description (183, then 200; a session refresh) is no news. */
static bool is_news(ahoy_call_session *s)
{
	const ahoy_sdp_agreed *agreed = &s->sdp.agreed;
	uint8_t codec = agreed->codecs[0].codec_index;

	if (s->told && ahoy_addr_eq(&s->told_remote, &agreed->remote_rtp) && s->told_codec == codec &&
	    s->told_dir == agreed->dir && s->told_suite == agreed->send.suite && s->held == agreed->held)
		return false;
	s->told = true;
	s->told_remote = agreed->remote_rtp;
	s->told_codec = codec;
	s->told_dir = agreed->dir;
	s->told_suite = agreed->send.suite;
	return true;
}

static void tell_media(const ahoy_call_session *s, ahoy_phone_event_kind kind)
{
	const ahoy_sdp_agreed *agreed = &s->sdp.agreed;
	ahoy_phone_event event = ahoy_call_session_about(s, kind);
	char remote_text[AHOY_ADDR_TEXT];
	ahoy_buf remote = ahoy_buf_over(remote_text, sizeof remote_text);

	if (agreed->remote_rtp.family)
		ahoy_addr_put(&remote, &agreed->remote_rtp);
	event.remote = ahoy_buf_slice(&remote);
	event.codec = ahoy_slice_of(ahoy_call_session_codec(s));
	event.direction = ahoy_sdp_dir_name(agreed->dir);
	event.srtp = ahoy_call_sdp_suite(&s->sdp);
	ahoy_phone_event_tell(s->phone, &event);
}

int ahoy_call_session_agreed(ahoy_call_session *s, ahoy_time now)
{
	const ahoy_sdp_agreed *agreed = &s->sdp.agreed;
	bool was_held = s->held, news = is_news(s);
	ahoy_audio_config config;
	int err;

	ahoy_call_sdp_audio(&s->sdp, &config);
	ahoy_media_source_set(&s->rtp, &agreed->remote_rtp, &s->signalling);
	ahoy_media_source_set(&s->rtcp, &agreed->remote_rtcp, &s->signalling);
	ahoy_call_session_take_device(s);
	err = ahoy_call_srtp_set(&s->srtp, &s->phone->env, agreed);
	if (!err)
		err = ahoy_sound_configure(s->sound, &config, now);
	if (err) {
		ahoy_call_session_error(s, 0, ahoy_slice_of(ahoy_err_text(err)));
		return err;
	}
	s->tuned = true;
	take_waiting(s, now);
	s->held = agreed->held;
	if (s->held != was_held)
		tell_media(s, s->held ? AHOY_PHONE_HELD : AHOY_PHONE_RESUMED);
	else if (news)
		tell_media(s, AHOY_PHONE_MEDIA);
	return 0;
}

int ahoy_call_session_start(ahoy_call_session *s, ahoy_time now)
{
	char text[512];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	int err = ahoy_sound_answered(s->sound, now, &why);

	if (err) {
		ahoy_call_session_error(s, 0, ahoy_slice_of(ahoy_buf_cstr(&why)));
		return err;
	}
	return 0;
}
