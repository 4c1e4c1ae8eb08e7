/* Calls to the echo: what the phone says is real PCMU or PCMA, in a voice that is the call's own, and what comes back is
 * listened to. */
#include "rtp/rtp.h"
#include "sim/phone.h"
#include "sim/world.h"

/* The beeps, and the jitter buffer behind them. */
#define GREETING AHOY_SECONDS(1)

/* Any code but the two silences of PCMU and PCMA decodes and encodes to itself. Two calls that follow each other have two. */
static uint8_t voice_of(const sim_leg *leg)
{
	return (uint8_t)(0x10 + leg->attempt % 48);
}

uint32_t sim_echo_timestamp(const sim_phone *phone, const sim_leg *leg)
{
	return leg->ssrc + (uint32_t)((phone->world->now - leg->up_at) * 8 / 1000);
}

bool sim_echo_is_due(const sim_phone *phone, const sim_leg *leg)
{
	sim_world *world = phone->world;

	if (sim_attempt_of(world, leg->attempt)->odd || leg->agreed.dir != AHOY_SDP_SENDRECV || !leg->greeted_at)
		return false;
	if (phone->nat && (!leg->learned_at || world->now <= leg->learned_at))
		return false;
	return world->now > leg->greeted_at + GREETING + 2 * sim_longest_way(world);
}

void sim_echo_speak(sim_phone *phone, sim_leg *leg, bool due, uint8_t voice[SIM_ECHO_SAMPLES])
{
	memset(voice, voice_of(leg), SIM_ECHO_SAMPLES);
	if (due)
		sim_attempt_of(phone->world, leg->attempt)->said += SIM_ECHO_SAMPLES;
}

void sim_echo_heard(sim_world *world, sim_leg *leg, ahoy_slice bytes)
{
	sim_attempt *attempt = sim_attempt_of(world, leg->attempt);
	bool known = false, sounds = false;
	ahoy_rtp packet;

	if (ahoy_rtp_decode(bytes.ptr, bytes.len, &packet) || packet.payload.len != SIM_ECHO_SAMPLES) {
		sim_fail(world, leg->attempt, "the echo sends a broken packet");
		return;
	}
	/* One of before a change of codec may be late. */
	for (size_t i = 0; i < leg->agreed.codec_count; i++)
		known = known || packet.payload_type == leg->agreed.codecs[i].payload_recv;
	if (!known && packet.payload_type != 0 && packet.payload_type != 8)
		sim_fail(world, leg->attempt, "the echo sends what was not agreed on");
	for (size_t i = 0; i < packet.payload.len; i++) {
		uint8_t code = (uint8_t)packet.payload.ptr[i];

		attempt->heard += code == voice_of(leg);
		sounds = sounds || (code | 0x80) != (packet.payload_type == 8 ? 0xd5 : 0xff);
	}
	/* The beeps: the ACK has come. */
	if (sounds && !leg->greeted_at)
		leg->greeted_at = world->now;
}

void sim_echo_reported(sim_world *world, const sim_leg *leg, const ahoy_rtcp *rtcp)
{
	/* RFC 7022: sixteen random digits, and no name of a call's. */
	if (rtcp->cname.len != 16)
		sim_fail(world, leg->attempt, "a report of the echo has a strange name");
}
