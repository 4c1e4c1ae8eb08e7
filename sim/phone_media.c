/* The phone's descriptions and packets. Each packet says of which call and side it is, so that one that strays is
 * known. */
#include <stdio.h>

#include "rtp/rtcp.h"
#include "rtp/rtp.h"
#include "sim/phone.h"
#include "sim/world.h"

#define MARK_BYTES 12
/* Packets of which one surely arrives, so that the relay learns where a phone behind a NAT is. */
#define LEARNED 6
#define LEARNED_OF_MANY_LOST 25

/* ---- descriptions ---- */

static const ahoy_sdp_codec pcmu = {.name = {"PCMU", 4}, .clock_rate_hz = 8000, .payload = 0, .channels = 1};
static const ahoy_sdp_codec pcma = {.name = {"PCMA", 4}, .clock_rate_hz = 8000, .payload = 8, .channels = 1};

static ahoy_sdp_local local_of(const sim_phone *phone, const sim_leg *leg, ahoy_sdp_codec codecs[2])
{
	bool alaw_first = phone->habits.codecs & 1;
	ahoy_sdp_local local = {
		.username = ahoy_slice_of(phone->user),
		.session_name = AHOY_S("sim"),
		.sess_id = leg->sess_id,
		.sess_version = leg->sess_version,
		.addr = phone->address,
		.codecs = codecs,
		.codec_count = phone->habits.codecs < 2 ? 2 : 1,
		.event_payload = 101,
		.ptime_ms = 20,
		.dir = leg->want,
	};

	codecs[0] = alaw_first ? pcma : pcmu;
	codecs[1] = alaw_first ? pcmu : pcma;
	local.addr.port = leg->rtp_port;
	return local;
}

/* Remembers it as what we said last; its version rises with the text (RFC 3264 8). */
static ahoy_slice tell(sim_leg *leg, ahoy_buf *b)
{
	leg->told_len = b->full ? 0 : b->len;
	return ahoy_slice_make(leg->told, leg->told_len);
}

ahoy_slice sim_leg_offer(sim_phone *phone, sim_leg *leg)
{
	static ahoy_sdp last;
	char last_text[SIM_SDP];
	ahoy_sdp_codec codecs[2];
	ahoy_sdp_local local;
	ahoy_buf b = ahoy_buf_over(leg->told, sizeof leg->told);
	bool again = leg->told_len > 0;

	memcpy(last_text, leg->told, leg->told_len);
	if (again && ahoy_sdp_parse(ahoy_slice_make(last_text, leg->told_len), &last, NULL))
		sim_fail(phone->world, leg->attempt, "a phone's own description cannot be parsed");
	leg->sess_version += again;
	local = local_of(phone, leg, codecs);
	if (ahoy_sdp_offer(&local, again ? &last : NULL, &b) || b.full)
		sim_fail(phone->world, leg->attempt, "a phone cannot make an offer");
	return tell(leg, &b);
}

int sim_leg_answer_sdp(sim_phone *phone, sim_leg *leg, ahoy_slice offer_text, ahoy_slice *answer)
{
	static ahoy_sdp offer;
	ahoy_sdp_codec codecs[2];
	ahoy_sdp_local local;
	ahoy_sdp_agreed agreed;
	ahoy_buf b = ahoy_buf_over(leg->told, sizeof leg->told);
	int err;

	*answer = (ahoy_slice){0};
	err = ahoy_sdp_parse(offer_text, &offer, NULL);
	if (err) {
		sim_fail(phone->world, leg->attempt, "the server's offer cannot be parsed");
		return err;
	}
	leg->sess_version += leg->told_len > 0;
	local = local_of(phone, leg, codecs);
	err = ahoy_sdp_answer(&local, &offer, &b, &agreed);
	if (err)
		return err;
	*answer = tell(leg, &b);
	leg->agreed = agreed;
	leg->has_agreed = true;
	return 0;
}

int sim_leg_accept_sdp(sim_phone *phone, sim_leg *leg, ahoy_slice answer_text)
{
	static ahoy_sdp offer, answer;
	ahoy_sdp_codec codecs[2];
	ahoy_sdp_local local = local_of(phone, leg, codecs);
	ahoy_sdp_agreed agreed;
	int err;

	if (!leg->told_len || ahoy_sdp_parse(ahoy_slice_make(leg->told, leg->told_len), &offer, NULL))
		return AHOY_ESTATE;
	err = ahoy_sdp_parse(answer_text, &answer, NULL);
	if (!err)
		err = ahoy_sdp_accept(&local, &offer, &answer, &agreed);
	if (err)
		return err;
	leg->agreed = agreed;
	leg->has_agreed = true;
	return 0;
}

/* ---- packets ---- */

static void put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const char *in)
{
	const uint8_t *p = (const uint8_t *)in;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_steady(const sim_phone *phone, const sim_leg *leg)
{
	return leg->state == SIM_LEG_UP && (leg->is_caller || leg->acked) && !leg->owes_ack && !leg->reinviting &&
	       !leg->answers_change && leg->has_agreed && phone->world->now > leg->steady_at;
}

/* The one leg of another side that stands in this call; NULL where there is none, or two. */
static sim_leg *find_peer(sim_world *world, const sim_leg *leg, sim_phone **phone)
{
	sim_leg *found = NULL;

	for (unsigned p = 0; p < SIM_PHONES; p++)
		for (unsigned i = 0; i < SIM_LEGS; i++) {
			sim_leg *other = &world->phones[p].legs[i];

			if (other->state != SIM_LEG_UP || other->attempt != leg->attempt ||
			    other->is_caller == leg->is_caller)
				continue;
			if (found)
				return NULL;
			found = other;
			*phone = &world->phones[p];
		}
	return found;
}

/* RFC 3551 4.5.14: 20 ms of G.711, which the server coded itself: what was said in it is not to be read. The caller may get it
 * before the 200 (RFC 3264 5.1). */
static bool is_transcoded(sim_world *world, const sim_leg *leg, const ahoy_rtp *packet)
{
	return sim_attempt_of(world, leg->attempt)->wants_codecs && packet->payload.len == 160 &&
	       (leg->has_agreed ? packet->payload_type == leg->agreed.codecs[0].payload_recv
				: packet->payload_type == pcmu.payload || packet->payload_type == pcma.payload);
}

/* Must this packet reach the other side, but for loss on the way? */
static bool is_due(sim_phone *phone, const sim_leg *leg)
{
	sim_world *world = phone->world;
	sim_phone *other_phone = NULL, *own_phone = NULL;
	const sim_leg *other;

	if (sim_attempt_of(world, leg->attempt)->odd || sim_attempt_of(world, leg->attempt)->wants_codecs ||
	    !is_steady(phone, leg))
		return false;
	other = find_peer(world, leg, &other_phone);
	/* A fork that lost and has not heard of it yet believes that it stands, too. */
	if (other && find_peer(world, other, &own_phone) != leg)
		return false;
	if (!other || !is_steady(other_phone, other) || !(other->agreed.dir & AHOY_SDP_RECVONLY))
		return false;
	/* Nobody can send to a phone behind a NAT before it has sent. */
	return !other_phone->nat || (other->learned_at && world->now > other->learned_at);
}

void sim_leg_send_media(sim_phone *phone, sim_leg *leg)
{
	bool is_echo = sim_attempt_of(phone->world, leg->attempt)->is_echo;
	uint8_t mark[MARK_BYTES], voice[SIM_ECHO_SAMPLES], bytes[AHOY_RTP_HEADER + SIM_ECHO_SAMPLES];
	ahoy_addr from = phone->address;
	ahoy_rtp packet = {.ssrc = leg->ssrc,
			   .timestamp = leg->timestamp += 160,
			   .seq = leg->seq++,
			   .payload = ahoy_slice_make(mark, sizeof mark)};
	bool due;
	size_t len;

	if (!leg->has_agreed || !(leg->agreed.dir & AHOY_SDP_SENDONLY) || !leg->agreed.remote_rtp.family ||
	    !leg->agreed.codec_count)
		return;
	if (is_echo) {
		due = is_steady(phone, leg) && sim_echo_is_due(phone, leg);
		sim_echo_speak(phone, leg, due, voice);
		packet.payload = ahoy_slice_make(voice, sizeof voice);
		packet.timestamp = leg->timestamp = sim_echo_timestamp(phone, leg);
	} else {
		due = is_due(phone, leg);
	}
	put_u32(mark, leg->attempt);
	put_u32(mark + 4, !leg->is_caller);
	put_u32(mark + 8, due);
	memcpy(voice, mark, sizeof mark); /* so that it is known where it strays */
	packet.payload_type = leg->agreed.codecs[0].payload_send;
	if (ahoy_rtp_encode(&packet, bytes, sizeof bytes, &len))
		return;
	from.port = leg->rtp_port;
	leg->sent++;
	if (++leg->sent_since_change == (phone->world->options.loss > 200 ? LEARNED_OF_MANY_LOST : LEARNED))
		leg->learned_at = phone->world->now + sim_longest_way(phone->world);
	if (due && !is_echo)
		sim_attempt_of(phone->world, leg->attempt)->due[!leg->is_caller]++;
	if (!sim_phone_is_silent(phone, phone->world->now))
		sim_network_send(phone->world, &from, &leg->agreed.remote_rtp, ahoy_slice_make(bytes, len),
				 &phone->link, phone->nat);
}

void sim_leg_send_report(sim_phone *phone, sim_leg *leg)
{
	char name[32];
	uint8_t bytes[256];
	ahoy_addr from = phone->address;
	ahoy_rtcp_report report = {.type = AHOY_RTCP_SR,
				   .ssrc = leg->ssrc,
				   .ntp = ahoy_rtcp_ntp(phone->world->now),
				   .timestamp = leg->timestamp,
				   .packets = leg->sent};
	ahoy_rtcp_parts parts = {.report = &report};
	size_t len;

	if (!leg->has_agreed || !leg->agreed.remote_rtcp.family)
		return;
	snprintf(name, sizeof name, "call-%u", leg->attempt);
	parts.cname = ahoy_slice_of(name);
	if (ahoy_rtcp_encode(&parts, bytes, sizeof bytes, &len))
		return;
	from.port = (uint16_t)(leg->rtp_port + 1);
	if (!sim_phone_is_silent(phone, phone->world->now))
		sim_network_send(phone->world, &from, &leg->agreed.remote_rtcp, ahoy_slice_make(bytes, len),
				 &phone->link, phone->nat);
}

static sim_leg *leg_at(sim_phone *phone, uint16_t port)
{
	for (unsigned i = 0; i < SIM_LEGS; i++)
		if (phone->legs[i].state != SIM_LEG_FREE && phone->legs[i].rtp_port == (port & ~1u))
			return &phone->legs[i];
	return NULL;
}

/* A packet of another call, or of the phone's own. Phones that do not know yet that their call is over (the server died,
 * they moved, the BYE is late) go on sending, and the relay may have given their port to a new call of the same phone,
 * where such a stream looks like one behind a NAT. */
static void stray(sim_world *world, const sim_leg *leg, unsigned number)
{
	sim_attempt *attempt = sim_attempt_of(world, leg->attempt);
	const sim_attempt *other = sim_attempt_of(world, number);
	bool excused = world->notes.killed || world->options.ports < SIM_FEW_PORTS || !sim_is_patient(world);

	if (!excused && !attempt->odd && !(other && other->odd))
		sim_fail(world, leg->attempt, "media of another call, or its own, reaches a phone");
	attempt->odd |= SIM_ODD_STRAY;
}

static void recv_report(sim_world *world, const sim_leg *leg, ahoy_slice bytes)
{
	ahoy_rtcp rtcp;

	if (ahoy_rtcp_decode(bytes.ptr, bytes.len, &rtcp))
		sim_fail(world, leg->attempt, "broken RTCP reaches a phone");
	else if (sim_attempt_of(world, leg->attempt)->is_echo)
		sim_echo_reported(world, leg, &rtcp);
	else if (sim_attempt_number(rtcp.cname) != leg->attempt &&
		 !(sim_attempt_number(rtcp.cname) == 0 && sim_attempt_of(world, leg->attempt)->wants_codecs))
		stray(world, leg, sim_attempt_number(rtcp.cname));
}

void sim_phone_recv_media(sim_phone *phone, uint16_t port, ahoy_slice bytes)
{
	sim_world *world = phone->world;
	sim_leg *leg = leg_at(phone, port);
	ahoy_rtp packet;

	if (!leg)
		return; /* late: the call is over */
	if (port & 1) {
		recv_report(world, leg, bytes);
		return;
	}
	if (sim_attempt_of(world, leg->attempt)->is_echo) {
		sim_echo_heard(world, leg, bytes);
		return;
	}
	if (ahoy_rtp_decode(bytes.ptr, bytes.len, &packet) || packet.payload.len < MARK_BYTES) {
		sim_fail(world, leg->attempt, "a broken packet reaches a phone");
		return;
	}
	if (is_transcoded(world, leg, &packet)) {
		sim_attempt_of(world, leg->attempt)->transcoded++;
		return;
	}
	if (get_u32(packet.payload.ptr) != leg->attempt || get_u32(packet.payload.ptr + 4) != leg->is_caller) {
		stray(world, leg, get_u32(packet.payload.ptr));
		return;
	}
	if (get_u32(packet.payload.ptr + 8))
		sim_attempt_of(world, leg->attempt)->came[leg->is_caller]++;
}
