#include "sdp/offer_answer.h"

#include "crypto/hash.h"
#include "sdp/text.h"

#define DEFAULT_PTIME_MS 20 /* RFC 3551 4.2 */
#define FIRST_DYNAMIC 96    /* RFC 3551 6: 96 .. 127 are free to be mapped */

static bool is_audio(const ahoy_sdp_media *m)
{
	/* AVPF differs for us only in feedback that is never sent. */
	return m->is_rtp && ahoy_slice_ieq(m->type, AHOY_S("audio"));
}

/* The keys of a line that the policy allows: theirs and ours, or NONE. `tag` is the chosen one's. False: the line cannot be taken. */
static bool choose_keys(const ahoy_sdp_local *local, const ahoy_sdp *offer, const ahoy_sdp_media *m, ahoy_sdp_agreed *agreed,
			uint32_t *tag)
{
	ahoy_sdp_crypto theirs[AHOY_SDP_MAX_CRYPTO];
	size_t count = local->srtp == AHOY_SRTP_OFF ? 0 : ahoy_sdp_cryptos_of(offer, m, theirs);

	agreed->send = agreed->recv = (ahoy_srtp_key){.suite = AHOY_SRTP_NONE};
	for (size_t i = 0; i < count && !agreed->send.suite; i++)
		for (size_t k = 0; k < local->key_count && !agreed->send.suite; k++)
			if (local->keys[k].suite == theirs[i].key.suite) {
				agreed->send = local->keys[k];
				agreed->recv = theirs[i].key;
				*tag = theirs[i].tag;
			}
	ahoy_secret_wipe(theirs, sizeof theirs);
	return agreed->send.suite || (local->srtp != AHOY_SRTP_REQUIRED && !ahoy_sdp_is_secure(m));
}

static bool has_keys_to_offer(const ahoy_sdp_local *local)
{
	return local->srtp == AHOY_SRTP_REQUIRED || (local->srtp == AHOY_SRTP_OPTIONAL && local->offers_keys);
}

static bool is_usable(const ahoy_sdp_local *local)
{
	return local->codec_count >= 1 && local->codec_count <= AHOY_SDP_MAX_CODECS && local->addr.family &&
	       local->addr.port && !ahoy_addr_is_any(&local->addr) && local->event_payload <= 127;
}

static int local_codec(const ahoy_sdp_local *local, const ahoy_sdp_codec *wanted)
{
	for (size_t i = 0; i < local->codec_count; i++)
		if (ahoy_sdp_codec_eq(&local->codecs[i], wanted))
			return (int)i;
	return -1;
}

/* The tag is the place in our list. */
static void put_offered_keys(ahoy_buf *b, const ahoy_sdp_local *local)
{
	for (size_t i = 0; i < local->offered_keys && i < local->key_count; i++) {
		ahoy_sdp_crypto crypto = {(uint32_t)i + 1, local->keys[i]};

		ahoy_sdp_crypto_write(&crypto, b);
		ahoy_secret_wipe(&crypto, sizeof crypto);
	}
}

/* The lines of our audio stream; payload numbers are those of `codecs`. `answered`: the key of an answer, if any; NULL: an offer. */
static void put_audio(ahoy_buf *b, const ahoy_sdp_local *local, ahoy_slice proto, const ahoy_sdp_codec *codecs,
		      size_t count, ahoy_sdp_dir dir, bool voip_metrics, const ahoy_sdp_crypto *answered)
{
	ahoy_buf_fmt(b, "m=audio %u ", local->addr.port);
	ahoy_buf_put(b, proto);
	for (size_t i = 0; i < count; i++)
		ahoy_buf_fmt(b, " %u", codecs[i].payload);
	ahoy_buf_str(b, "\r\n");
	for (size_t i = 0; i < count; i++) {
		ahoy_sdp_put_rtpmap(b, &codecs[i]);
		if (codecs[i].fmtp.len) {
			ahoy_buf_fmt(b, "a=fmtp:%u ", codecs[i].payload);
			ahoy_buf_put(b, codecs[i].fmtp);
			ahoy_buf_str(b, "\r\n");
		}
	}
	if (answered && answered->key.suite)
		ahoy_sdp_crypto_write(answered, b);
	else if (!answered && has_keys_to_offer(local))
		put_offered_keys(b, local);
	if (local->rtcp_port && local->rtcp_port != local->addr.port + 1)
		ahoy_buf_fmt(b, "a=rtcp:%u\r\n", local->rtcp_port);
	if (local->ptime_ms)
		ahoy_buf_fmt(b, "a=ptime:%u\r\n", local->ptime_ms);
	if (voip_metrics)
		ahoy_buf_str(b, "a=rtcp-xr:voip-metrics\r\n");
	ahoy_buf_fmt(b, "a=%s\r\n", ahoy_sdp_dir_name(dir));
}

static void put_head(ahoy_buf *b, const ahoy_sdp_local *local)
{
	ahoy_sdp_put_head(b, local->username, local->session_name, local->sess_id, local->sess_version, &local->addr,
			  NULL);
}

static ahoy_sdp_codec event_codec(uint8_t payload, uint32_t clock_rate_hz)
{
	return (ahoy_sdp_codec){.name = AHOY_S("telephone-event"),
				.fmtp = AHOY_S("0-15"),
				.clock_rate_hz = clock_rate_hz,
				.payload = payload,
				.channels = 1};
}

/* RFC 3389 4, RFC 3551 6: comfort noise for codecs of 8000 Hz. */
static ahoy_sdp_codec noise_codec(void)
{
	return (ahoy_sdp_codec){.name = AHOY_S("CN"), .clock_rate_hz = 8000, .payload = 13, .channels = 1};
}

static bool has_noise(const ahoy_sdp *sdp, const ahoy_sdp_media *m)
{
	ahoy_sdp_codec noise = noise_codec(), codec;

	for (size_t f = 0; !ahoy_sdp_codec_at(sdp, m, f, &codec); f++)
		if (codec.payload == noise.payload && ahoy_sdp_codec_eq(&codec, &noise))
			return true;
	return false;
}

/* RFC 3264 8.3.2: a number keeps its meaning for the session. What `last` mapped keeps its number, even where that
 * is another than ours; a number of ours that `last` gave to something else moves to a free dynamic one. */
static int keep_numbers(const ahoy_sdp *last, const ahoy_sdp_media *m, ahoy_sdp_codec *codecs, size_t count)
{
	bool fixed[AHOY_SDP_MAX_CODECS + 1 + AHOY_SDP_MAX_EVENT_RATES] = {false}, used[128] = {false};
	ahoy_sdp_codec old;

	for (size_t f = 0; m && !ahoy_sdp_codec_at(last, m, f, &old); f++) {
		used[old.payload] = true;
		for (size_t i = 0; i < count; i++)
			if (!fixed[i] && ahoy_sdp_codec_eq(&codecs[i], &old)) {
				codecs[i].payload = old.payload;
				fixed[i] = true;
				break;
			}
	}
	for (size_t i = 0; i < count; i++) {
		unsigned payload = codecs[i].payload;

		if (fixed[i])
			continue;
		if (payload > 127 || used[payload])
			for (payload = FIRST_DYNAMIC; payload < 128 && used[payload]; payload++)
				;
		if (payload > 127)
			return AHOY_EINVAL;
		codecs[i].payload = (uint8_t)payload;
		used[payload] = true;
	}
	return 0;
}

/* Our stream's place in our last description: the first live audio line, else the first audio line. */
static const ahoy_sdp_media *own_line(const ahoy_sdp *last)
{
	const ahoy_sdp_media *found = NULL;

	for (size_t i = 0; last && i < last->media_count; i++) {
		const ahoy_sdp_media *m = &last->media[i];

		if (is_audio(m) && m->port)
			return m;
		if (is_audio(m) && !found)
			found = m;
	}
	return found;
}

/* RFC 4733 2.1, RFC 7587 3.2.2: an event has the clock of the audio that it interrupts, so there is one for each clock
 * rate of these codecs, 8000 first: every peer knows that one. Returns how many rates there are. */
static size_t event_rates(const ahoy_sdp_codec *codecs, size_t count, uint32_t rates_hz[AHOY_SDP_MAX_EVENT_RATES])
{
	size_t found = 0;

	for (size_t i = 0; i < count && !found; i++)
		if (codecs[i].clock_rate_hz == 8000)
			rates_hz[found++] = 8000;
	for (size_t i = 0; i < count && found < AHOY_SDP_MAX_EVENT_RATES; i++) {
		bool is_known = false;

		for (size_t k = 0; k < found; k++)
			is_known = is_known || rates_hz[k] == codecs[i].clock_rate_hz;
		if (!is_known)
			rates_hz[found++] = codecs[i].clock_rate_hz;
	}
	return found;
}

int ahoy_sdp_offer(const ahoy_sdp_local *local, const ahoy_sdp *last, ahoy_buf *out)
{
	const ahoy_sdp_media *own = own_line(last);
	ahoy_sdp_codec codecs[AHOY_SDP_MAX_CODECS + 1 + AHOY_SDP_MAX_EVENT_RATES];
	uint32_t rates_hz[AHOY_SDP_MAX_EVENT_RATES];
	size_t count = local->codec_count, rates;
	ahoy_slice proto = own				       ? own->proto
			   : local->srtp == AHOY_SRTP_REQUIRED ? AHOY_S("RTP/SAVP")
							       : AHOY_S("RTP/AVP");
	int err;

	if (!is_usable(local))
		return AHOY_EINVAL;
	for (size_t i = 0; i < count; i++)
		codecs[i] = local->codecs[i];
	rates = local->event_payload >= 0 ? event_rates(codecs, count, rates_hz) : 0;
	if (local->comfort_noise)
		codecs[count++] = noise_codec();
	for (size_t i = 0; i < rates; i++)
		codecs[count++] = event_codec((uint8_t)local->event_payload, rates_hz[i]);
	err = keep_numbers(last, own, codecs, count);
	if (err)
		return err;
	put_head(out, local);
	for (size_t i = 0; last && i < last->media_count; i++) {
		if (&last->media[i] == own)
			put_audio(out, local, proto, codecs, count, local->dir, local->voip_metrics, NULL);
		else
			ahoy_sdp_put_dead_media(out, last, &last->media[i]);
	}
	if (!own)
		put_audio(out, local, proto, codecs, count, local->dir, local->voip_metrics, NULL);
	return out->full ? AHOY_EFULL : 0;
}

/* RFC 3611 5.1: a list of what the peer wants to be sent, each perhaps with a value behind "=" or ":". */
static bool wants_voip_metrics(const ahoy_sdp *peer, const ahoy_sdp_media *m)
{
	const ahoy_sdp_attr *attr = ahoy_sdp_find_attr(peer, m->attrs, AHOY_S("rtcp-xr"));
	ahoy_slice rest, token;

	if (!attr)
		attr = ahoy_sdp_find_attr(peer, peer->attrs, AHOY_S("rtcp-xr"));
	if (!attr)
		return false;
	rest = attr->value;
	do {
		token = ahoy_sdp_next_token(&rest);
	} while (token.len && !ahoy_slice_ieq(token, AHOY_S("voip-metrics")));
	return token.len > 0;
}

/* What the peer's line says about where to, how fast and in which direction. */
static void agree_remote(const ahoy_sdp_local *local, const ahoy_sdp *peer, const ahoy_sdp_media *m,
			 ahoy_sdp_agreed *agreed)
{
	const ahoy_sdp_attr *maxptime = ahoy_sdp_find_attr(peer, m->attrs, AHOY_S("maxptime"));
	ahoy_sdp_dir theirs = ahoy_sdp_media_dir(m);
	uint32_t max_ms = 0;

	agreed->media_index = (unsigned)(m - peer->media);
	agreed->remote_rtp = ahoy_sdp_rtp_addr(m);
	agreed->remote_rtcp = ahoy_sdp_rtcp_addr(m);
	agreed->dir = (ahoy_sdp_dir)((unsigned)local->dir & (unsigned)ahoy_sdp_dir_reverse(theirs));
	agreed->held = !((unsigned)theirs & AHOY_SDP_RECVONLY);
	agreed->voip_metrics = wants_voip_metrics(peer, m);
	agreed->ptime_ms = m->ptime_ms ? m->ptime_ms : DEFAULT_PTIME_MS;
	if (maxptime && !ahoy_slice_u32(maxptime->value, 1000, &max_ms) && max_ms && max_ms < agreed->ptime_ms)
		agreed->ptime_ms = max_ms;
}

/* The common codecs of one offered line, in the offer's order; their payload numbers go into *written too. */
static size_t common_codecs(const ahoy_sdp_local *local, const ahoy_sdp *offer, const ahoy_sdp_media *m,
			    ahoy_sdp_agreed *agreed, ahoy_sdp_codec *written)
{
	ahoy_sdp_codec theirs;
	bool taken[AHOY_SDP_MAX_CODECS] = {false};

	agreed->codec_count = 0;
	for (size_t f = 0; !ahoy_sdp_codec_at(offer, m, f, &theirs); f++) {
		int at = local_codec(local, &theirs);

		if (at < 0 || taken[at])
			continue;
		taken[at] = true;
		written[agreed->codec_count] = local->codecs[at];
		written[agreed->codec_count].payload = theirs.payload;
		agreed->codecs[agreed->codec_count++] =
			(ahoy_sdp_agreed_codec){(uint8_t)at, theirs.payload, theirs.payload};
	}
	return agreed->codec_count;
}

/* Payload of the line's telephone-event with this clock rate, or -1. */
static int event_payload(const ahoy_sdp *sdp, const ahoy_sdp_media *m, uint32_t clock_rate_hz)
{
	ahoy_sdp_codec codec;

	for (size_t f = 0; !ahoy_sdp_codec_at(sdp, m, f, &codec); f++)
		if (ahoy_sdp_is_telephone_event(&codec) && codec.clock_rate_hz == clock_rate_hz)
			return codec.payload;
	return -1;
}

/* One clock rate of telephone-event that both sides have. */
static void agree_event(ahoy_sdp_agreed *agreed, uint32_t clock_rate_hz, int send, int recv)
{
	if (send < 0 || recv < 0)
		return;
	if (agreed->event_send < 0) {
		agreed->event_send = send;
		agreed->event_recv = recv;
		agreed->event_hz = clock_rate_hz;
	} else if (clock_rate_hz != agreed->event_hz && agreed->other_event_count < AHOY_SDP_MAX_EVENT_RATES) {
		agreed->other_events[agreed->other_event_count].payload_recv = (uint8_t)recv;
		agreed->other_events[agreed->other_event_count++].clock_rate_hz = clock_rate_hz;
	}
}

/* The events for the agreed codecs: what we send has the first codec's clock (RFC 4733 2.1), or 8000 with a peer that
 * knows no other, as most do; the rest may come in. `offer` and `own` are NULL where we answer: then the numbers are the
 * peer's in both directions. */
static void agree_events(const ahoy_sdp_local *local, const ahoy_sdp *peer, const ahoy_sdp_media *theirs,
			 const ahoy_sdp *offer, const ahoy_sdp_media *own, ahoy_sdp_agreed *agreed)
{
	ahoy_sdp_codec codecs[AHOY_SDP_MAX_CODECS];
	uint32_t rates_hz[AHOY_SDP_MAX_EVENT_RATES + 2];
	size_t count = 0;

	if (local->event_payload < 0)
		return;
	for (size_t i = 0; i < agreed->codec_count; i++)
		codecs[i] = local->codecs[agreed->codecs[i].codec_index];
	rates_hz[count++] = codecs[0].clock_rate_hz;
	rates_hz[count++] = 8000;
	count += event_rates(codecs, agreed->codec_count, rates_hz + count);
	for (size_t i = 0; i < count; i++) {
		bool is_known = agreed->event_send >= 0 && rates_hz[i] == agreed->event_hz;
		int send = event_payload(peer, theirs, rates_hz[i]);

		for (size_t k = 0; k < agreed->other_event_count; k++)
			is_known = is_known || agreed->other_events[k].clock_rate_hz == rates_hz[i];
		/* 8000 is a way out for the first codec; where that has its own, it has to belong to another one. */
		if (i == 1 && agreed->event_send >= 0)
			continue;
		if (!is_known)
			agree_event(agreed, rates_hz[i], send, offer ? event_payload(offer, own, rates_hz[i]) : send);
	}
}

/* The first audio line with something in common. AHOY_ECODEC with the warning set. */
static int choose_line(const ahoy_sdp_local *local, const ahoy_sdp *offer, ahoy_sdp_agreed *agreed,
		       ahoy_sdp_codec *written, const ahoy_sdp_media **chosen, uint32_t *tag)
{
	agreed->warning = 304;
	for (size_t i = 0; i < offer->media_count; i++) {
		const ahoy_sdp_media *m = &offer->media[i];

		if (!is_audio(m) || m->port == 0)
			continue;
		if (!choose_keys(local, offer, m, agreed, tag)) {
			agreed->warning = agreed->warning == 305 ? 305 : 399;
			continue;
		}
		agreed->warning = 305;
		if (common_codecs(local, offer, m, agreed, written)) {
			agreed->warning = 0;
			*chosen = m;
			return 0;
		}
	}
	return AHOY_ECODEC;
}

int ahoy_sdp_answer(const ahoy_sdp_local *local, const ahoy_sdp *offer, ahoy_buf *out, ahoy_sdp_agreed *agreed)
{
	ahoy_sdp_codec written[AHOY_SDP_MAX_CODECS + 1 + AHOY_SDP_MAX_EVENT_RATES];
	const ahoy_sdp_media *chosen = NULL;
	ahoy_sdp_crypto key = {0};
	size_t count;
	int err;

	*agreed = (ahoy_sdp_agreed){.event_send = -1, .event_recv = -1};
	if (!is_usable(local))
		return AHOY_EINVAL;
	err = choose_line(local, offer, agreed, written, &chosen, &key.tag);
	if (err)
		return err;
	count = agreed->codec_count;
	agreed->comfort_noise = local->comfort_noise && has_noise(offer, chosen);
	if (agreed->comfort_noise)
		written[count++] = noise_codec();
	agree_events(local, offer, chosen, NULL, NULL, agreed);
	if (agreed->event_recv >= 0)
		written[count++] = event_codec((uint8_t)agreed->event_recv, agreed->event_hz);
	for (size_t i = 0; i < agreed->other_event_count; i++)
		written[count++] = event_codec(agreed->other_events[i].payload_recv, agreed->other_events[i].clock_rate_hz);
	agree_remote(local, offer, chosen, agreed);
	key.key = agreed->send;
	put_head(out, local);
	for (size_t i = 0; i < offer->media_count; i++) {
		if (&offer->media[i] == chosen)
			put_audio(out, local, chosen->proto, written, count, agreed->dir,
				  local->voip_metrics && agreed->voip_metrics, &key);
		else
			ahoy_sdp_put_dead_media(out, offer, &offer->media[i]);
	}
	ahoy_secret_wipe(&key, sizeof key);
	return out->full ? AHOY_EFULL : 0;
}

int ahoy_sdp_answer_fits(const ahoy_sdp *offer, const ahoy_sdp *answer)
{
	if (offer->media_count != answer->media_count)
		return AHOY_ESYNTAX;
	for (size_t i = 0; i < offer->media_count; i++)
		if (!ahoy_slice_ieq(offer->media[i].type, answer->media[i].type))
			return AHOY_ESYNTAX;
	return 0;
}

/* The number that our offer gave to this codec: the one it will come with, whatever number the answer uses. */
static int offered_payload(const ahoy_sdp *offer, const ahoy_sdp_media *m, const ahoy_sdp_codec *wanted)
{
	ahoy_sdp_codec codec;

	/* Some peers list a codec under the same number twice or under several; the same number is preferred. */
	if (!ahoy_sdp_codec_of(offer, m, wanted->payload, &codec) && ahoy_sdp_codec_eq(&codec, wanted))
		return wanted->payload;
	for (size_t f = 0; !ahoy_sdp_codec_at(offer, m, f, &codec); f++)
		if (ahoy_sdp_codec_eq(&codec, wanted))
			return codec.payload;
	return -1;
}

/* RFC 4568 5.1.3: one key, under a tag and with the suite that we offered. False: the answer cannot be taken. */
static bool accept_keys(const ahoy_sdp_local *local, const ahoy_sdp *answer, const ahoy_sdp_media *theirs, ahoy_sdp_agreed *agreed)
{
	ahoy_sdp_crypto keys[AHOY_SDP_MAX_CRYPTO];
	bool offered = has_keys_to_offer(local);
	size_t count = offered ? ahoy_sdp_cryptos_of(answer, theirs, keys) : 0;
	const ahoy_srtp_key *ours =
		count == 1 && keys[0].tag >= 1 && keys[0].tag <= local->offered_keys ? &local->keys[keys[0].tag - 1] : NULL;
	bool fits = ours && ours->suite == keys[0].key.suite;

	if (fits) {
		agreed->send = *ours;
		agreed->recv = keys[0].key;
	}
	ahoy_secret_wipe(keys, sizeof keys);
	/* A key that we cannot read is no answer without one: the peer would encrypt. */
	return fits || (local->srtp != AHOY_SRTP_REQUIRED && !ahoy_sdp_is_secure(theirs) &&
			!(offered && ahoy_sdp_has_crypto(answer, theirs)));
}

int ahoy_sdp_accept(const ahoy_sdp_local *local, const ahoy_sdp *offer, const ahoy_sdp *answer, ahoy_sdp_agreed *agreed)
{
	const ahoy_sdp_media *own = own_line(offer), *theirs;
	ahoy_sdp_codec codec;
	int err;

	*agreed = (ahoy_sdp_agreed){.event_send = -1, .event_recv = -1, .warning = 305};
	if (!own || !is_usable(local))
		return AHOY_EINVAL;
	err = ahoy_sdp_answer_fits(offer, answer);
	if (err)
		return err;
	theirs = &answer->media[own - offer->media];
	if (theirs->port == 0 || !is_audio(theirs))
		return AHOY_ECODEC;
	for (size_t f = 0; !ahoy_sdp_codec_at(answer, theirs, f, &codec) && agreed->codec_count < AHOY_SDP_MAX_CODECS;
	     f++) {
		int at = local_codec(local, &codec), offered = offered_payload(offer, own, &codec);

		if (at >= 0 && offered >= 0)
			agreed->codecs[agreed->codec_count++] =
				(ahoy_sdp_agreed_codec){(uint8_t)at, codec.payload, (uint8_t)offered};
	}
	if (agreed->codec_count == 0)
		return AHOY_ECODEC;
	if (!accept_keys(local, answer, theirs, agreed)) {
		agreed->warning = 399;
		return AHOY_ECODEC;
	}
	agreed->warning = 0;
	agreed->comfort_noise = has_noise(offer, own) && has_noise(answer, theirs);
	agree_events(local, answer, theirs, offer, own, agreed);
	agree_remote(local, answer, theirs, agreed);
	return 0;
}
