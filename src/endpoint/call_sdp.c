#include "endpoint/call_sdp.h"

#include "crypto/hash.h"

enum {
	EVENT_PAYLOAD = 101,
	PTIME_MS = 20
};

void ahoy_call_sdp_init(ahoy_call_sdp *s, const ahoy_addr *rtp, const ahoy_codec *const *codecs, size_t codec_count,
			uint64_t sess_id)
{
	memset(s, 0, sizeof *s);
	s->addr = *rtp;
	s->codecs = codecs;
	s->codec_count = codec_count;
	/* Below 2^63: some peers read the number as signed. */
	s->sess_id = sess_id >> 1;
	s->sess_version = 1;
	s->dir = AHOY_SDP_SENDRECV;
	s->srtp = AHOY_SRTP_OFF;
}

/* The strong ones first; the last is answered with, but not offered: a tag of 32 bits is for narrow links, and one of those will do. */
static const ahoy_srtp_suite suites[] = {
	AHOY_SRTP_AEAD_AES_256_GCM,
	AHOY_SRTP_AEAD_AES_128_GCM,
	AHOY_SRTP_AES_256_CM_HMAC_SHA1_80,
	AHOY_SRTP_AES_CM_128_HMAC_SHA1_80,
	AHOY_SRTP_AES_CM_128_HMAC_SHA1_32,
	AHOY_SRTP_AES_256_CM_HMAC_SHA1_32,
};
#define SUITES (sizeof suites / sizeof suites[0])
#define OFFERED_SUITES (SUITES - 1)

void ahoy_call_sdp_set_srtp(ahoy_call_sdp *s, const ahoy_env *env, ahoy_srtp_policy policy, bool offers_keys)
{
	s->srtp = policy;
	s->offers_keys = offers_keys;
	for (size_t i = 0; i < SUITES && policy != AHOY_SRTP_OFF; i++)
		ahoy_srtp_key_mint(env, suites[i], &s->keys[i]);
}

void ahoy_call_sdp_fini(ahoy_call_sdp *s)
{
	ahoy_secret_wipe(s, sizeof *s);
}

/* What we say about a codec: our own parameters, or what follows from those of the offer that we answer. */
static const char *fmtp_of(const ahoy_codec *codec, const ahoy_sdp_codec *ours, const ahoy_sdp *offer, bool quiet)
{
	ahoy_sdp_codec theirs;

	for (size_t i = 0; codec->answer_fmtp && offer && i < offer->media_count; i++)
		for (size_t f = 0; !ahoy_sdp_codec_at(offer, &offer->media[i], f, &theirs); f++)
			if (ahoy_sdp_codec_eq(ours, &theirs))
				return codec->answer_fmtp(theirs.fmtp);
	return quiet && codec->quiet_fmtp ? codec->quiet_fmtp : codec->fmtp;
}

static void make_local(const ahoy_call_sdp *s, const ahoy_sdp *offer, ahoy_sdp_codec table[AHOY_SDP_MAX_CODECS],
		       ahoy_sdp_local *out)
{
	for (size_t i = 0; i < s->codec_count; i++) {
		const ahoy_codec *codec = s->codecs[i];

		table[i] = (ahoy_sdp_codec){
			.name = ahoy_slice_of(codec->name),
			.clock_rate_hz = codec->clock_rate_hz,
			.payload = codec->offer_payload,
			.channels = codec->channels,
		};
		table[i].fmtp = ahoy_slice_of(fmtp_of(codec, &table[i], offer, s->comfort_noise));
	}
	*out = (ahoy_sdp_local){
		.username = AHOY_S("-"),
		.session_name = AHOY_S("ahoy"),
		.sess_id = s->sess_id,
		.sess_version = s->sess_version,
		.addr = s->addr,
		.codecs = table,
		.codec_count = s->codec_count,
		.event_payload = s->no_events ? -1 : EVENT_PAYLOAD,
		.ptime_ms = PTIME_MS,
		.comfort_noise = s->comfort_noise,
		.voip_metrics = true,
		.dir = s->dir,
		/* A call that was encrypted stays so: what would end that is refused. */
		.srtp = s->has_agreed && s->agreed.send.suite ? AHOY_SRTP_REQUIRED : s->srtp,
		.offers_keys = s->offers_keys,
		.keys = s->keys,
		.key_count = s->srtp == AHOY_SRTP_OFF ? 0 : SUITES,
		.offered_keys = OFFERED_SUITES,
	};
}

/* One way to write a description of ours: an offer, or the answer to `offer`. */
static int write_once(ahoy_call_sdp *s, const ahoy_sdp *last, const ahoy_sdp *offer, ahoy_buf *b, ahoy_sdp_agreed *agreed)
{
	ahoy_sdp_codec table[AHOY_SDP_MAX_CODECS];
	ahoy_sdp_local local;

	make_local(s, offer, table, &local);
	return offer ? ahoy_sdp_answer(&local, offer, b, agreed) : ahoy_sdp_offer(&local, last, b);
}

/* The version rises when, and only when, the description changes (RFC 3264 8). */
static int write_description(ahoy_call_sdp *s, const ahoy_sdp *last, const ahoy_sdp *offer, ahoy_sdp_agreed *agreed,
			     ahoy_buf *b)
{
	ahoy_slice before = ahoy_slice_make(s->text, s->text_len);
	uint64_t version = s->sess_version;
	int err = write_once(s, last, offer, b, agreed);

	if (err || !s->text_len || ahoy_slice_eq(ahoy_buf_slice(b), before))
		return err;
	s->sess_version++;
	b->len = 0;
	err = write_once(s, last, offer, b, agreed);
	if (err)
		s->sess_version = version;
	return err;
}

static void keep(ahoy_call_sdp *s, const ahoy_buf *b, ahoy_slice *out)
{
	memcpy(s->text, b->ptr, b->len);
	s->text_len = b->len;
	*out = ahoy_slice_make(s->text, s->text_len);
}

/* What the peer wants of the codec that we send with. */
static void agree(ahoy_call_sdp *s, const ahoy_sdp *peer, const ahoy_sdp_agreed *agreed)
{
	ahoy_sdp_codec codec;

	s->agreed = *agreed;
	s->has_agreed = true;
	s->fmtp_len = 0;
	if (ahoy_sdp_codec_of(peer, &peer->media[agreed->media_index], agreed->codecs[0].payload_send, &codec) ||
	    codec.fmtp.len > sizeof s->fmtp)
		return;
	if (codec.fmtp.len)
		memcpy(s->fmtp, codec.fmtp.ptr, codec.fmtp.len);
	s->fmtp_len = codec.fmtp.len;
}

int ahoy_call_sdp_offer(ahoy_call_sdp *s, ahoy_slice *out)
{
	char mem[AHOY_CALL_SDP_TEXT];
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);
	ahoy_sdp last;
	int err = s->text_len ? ahoy_sdp_parse(ahoy_slice_make(s->text, s->text_len), &last, NULL) : 0;

	if (!err)
		err = write_description(s, s->text_len ? &last : NULL, NULL, NULL, &b);
	if (!err)
		keep(s, &b, out);
	return err;
}

int ahoy_call_sdp_answer(ahoy_call_sdp *s, ahoy_slice offer_text, ahoy_slice *out, int *warning)
{
	char mem[AHOY_CALL_SDP_TEXT];
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);
	ahoy_sdp_agreed agreed = {0};
	ahoy_sdp offer;
	int err = ahoy_sdp_parse(offer_text, &offer, NULL);

	*warning = 0;
	if (err)
		return err;
	err = write_description(s, NULL, &offer, &agreed, &b);
	*warning = s->warning = agreed.warning;
	if (err)
		return err;
	keep(s, &b, out);
	agree(s, &offer, &agreed);
	return 0;
}

int ahoy_call_sdp_accept(ahoy_call_sdp *s, ahoy_slice answer_text)
{
	ahoy_sdp_codec table[AHOY_SDP_MAX_CODECS];
	ahoy_sdp_local local;
	ahoy_sdp_agreed agreed;
	ahoy_sdp offer, answer;
	int err = ahoy_sdp_parse(ahoy_slice_make(s->text, s->text_len), &offer, NULL);

	if (!err)
		err = ahoy_sdp_parse(answer_text, &answer, NULL);
	if (err)
		return err;
	make_local(s, NULL, table, &local);
	err = ahoy_sdp_accept(&local, &offer, &answer, &agreed);
	s->warning = agreed.warning;
	if (!err)
		agree(s, &answer, &agreed);
	return err;
}

const char *ahoy_call_sdp_suite(const ahoy_call_sdp *s)
{
	return s->has_agreed && s->agreed.send.suite ? ahoy_srtp_suite_name(s->agreed.send.suite) : "none";
}

bool ahoy_call_sdp_sends(const ahoy_call_sdp *s)
{
	return s->has_agreed && s->agreed.remote_rtp.family && (s->agreed.dir & AHOY_SDP_SENDONLY);
}

void ahoy_call_sdp_audio(const ahoy_call_sdp *s, ahoy_audio_config *out)
{
	*out = (ahoy_audio_config){
		.codec_count = s->agreed.codec_count,
		.event_send = s->agreed.event_send,
		.event_recv = s->agreed.event_recv,
		.event_hz = s->agreed.event_hz,
		.other_event_count = s->agreed.other_event_count,
		.ptime_ms = s->agreed.ptime_ms,
		.suppress_silence = s->agreed.comfort_noise,
		.voip_metrics = s->agreed.voip_metrics,
		.send = ahoy_call_sdp_sends(s),
		.recv = (s->agreed.dir & AHOY_SDP_RECVONLY) != 0,
		.fmtp = ahoy_slice_make(s->fmtp, s->fmtp_len),
	};
	for (size_t i = 0; i < s->agreed.other_event_count; i++) {
		out->other_events[i].payload_recv = s->agreed.other_events[i].payload_recv;
		out->other_events[i].clock_rate_hz = s->agreed.other_events[i].clock_rate_hz;
	}
	for (size_t i = 0; i < s->agreed.codec_count; i++) {
		const ahoy_sdp_agreed_codec *codec = &s->agreed.codecs[i];

		out->codecs[i] = (ahoy_audio_codec){s->codecs[codec->codec_index], codec->payload_send, codec->payload_recv};
	}
}
