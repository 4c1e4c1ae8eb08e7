/* The sound of the server's own numbers: packets in from the relay, out on the sound's own clock (endpoint/echo.h). */
#include "b2b/internal.h"

/* ---- packets that leave ---- */

/* Heads and bytes of the packets of this turn, one behind the other. Without memory a packet is lost, as on the way. */
void ahoy_b2b_put_packet(ahoy_switch *sw, const ahoy_relay_out *out, const void *bytes, size_t len)
{
	ahoy_slice packet = ahoy_relay_seal(sw->relay, out, ahoy_slice_make(bytes, len));
	b2b_packets *p = &sw->packets;
	b2b_packet head = {*out, packet.len};
	size_t wanted = p->len + sizeof head + packet.len;

	if (!packet.len)
		return;
	if (wanted > p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 4096;
		char *bigger = cap > B2B_MAX_PACKETS ? NULL : ahoy_resize(sw->env, p->bytes, cap);

		if (!bigger)
			return;
		p->bytes = bigger;
		p->cap = cap;
	}
	memcpy(p->bytes + p->len, &head, sizeof head);
	memcpy(p->bytes + p->len + sizeof head, packet.ptr, packet.len);
	p->len = wanted;
}

bool ahoy_switch_pop_media(ahoy_switch *sw, ahoy_relay_out *out, ahoy_slice *bytes)
{
	b2b_packets *p = &sw->packets;
	b2b_packet head;

	if (p->at == p->len) {
		p->at = p->len = 0;
		return false;
	}
	memcpy(&head, p->bytes + p->at, sizeof head);
	*out = head.out;
	*bytes = ahoy_slice_make(p->bytes + p->at + sizeof head, head.len);
	p->at += sizeof head + head.len;
	return true;
}

bool ahoy_b2b_trim_packets(ahoy_switch *sw)
{
	b2b_packets *p = &sw->packets;

	if (p->len || !p->cap)
		return false;
	ahoy_free(sw->env, p->bytes);
	*p = (b2b_packets){0};
	return true;
}

/* ---- one call's sound ---- */

static void send_packet(ahoy_switch *sw, const b2b_call *call, bool is_rtcp, const void *bytes, size_t len)
{
	ahoy_relay_out out;

	if (ahoy_relay_target(sw->relay, call->relay, 0, 0, is_rtcp, &out))
		ahoy_b2b_put_packet(sw, &out, bytes, len);
}

void ahoy_b2b_service_wake(ahoy_switch *sw, b2b_call *call)
{
	ahoy_time at = ahoy_echo_deadline(&call->service->echo);

	if (at == AHOY_NEVER)
		ahoy_timer_stop(&sw->timers, &call->service->sound);
	else
		ahoy_timer_arm(&sw->timers, &call->service->sound, at);
}

void ahoy_b2b_service_recv(ahoy_switch *sw, ahoy_time now, ahoy_id id, bool is_rtcp, ahoy_slice bytes)
{
	b2b_call *call = ahoy_b2b_call_of(sw, id);

	if (!call || !call->service || call->state != B2B_ANSWERED)
		return;
	ahoy_echo_recv(&call->service->echo, now, is_rtcp, bytes.ptr, bytes.len);
	ahoy_b2b_service_wake(sw, call);
}

void ahoy_b2b_service_due(ahoy_switch *sw, b2b_call *call)
{
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	bool is_rtcp;
	size_t len;

	while ((len = ahoy_echo_pop(&call->service->echo, sw->now, &is_rtcp, packet, sizeof packet)) > 0)
		send_packet(sw, call, is_rtcp, packet, len);
	if (call->service->echo.over)
		ahoy_b2b_call_end(sw, call, AHOY_ENDED_BY_CALLER, 200, AHOY_S("the caller pressed #"));
	else
		ahoy_b2b_service_wake(sw, call);
}

void ahoy_b2b_service_end(ahoy_switch *sw, b2b_call *call)
{
	b2b_service *service = call->service, **at = &sw->service_calls;
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	size_t len;

	ahoy_timer_stop(&sw->timers, &service->sound);
	ahoy_timer_stop(&sw->timers, &service->limit);
	while (*at != service)
		at = &(*at)->next;
	*at = service->next;
	sw->service_count--;
	len = call->a_answered ? ahoy_echo_bye(&service->echo, sw->now, packet, sizeof packet) : 0;
	if (len)
		send_packet(sw, call, true, packet, len);
}

void ahoy_b2b_service_free(ahoy_switch *sw, b2b_call *call)
{
	if (!call->service)
		return;
	ahoy_echo_fini(&call->service->echo);
	ahoy_free(sw->env, call->service);
	call->service = NULL;
}
