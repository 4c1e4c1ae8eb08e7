/* sip/hep: a message wrapped for a capture server. */
#include "sip/hep.h"

#include "base/limits.h"
#include "test.h"

static ahoy_addr at(const char *text)
{
	ahoy_addr addr;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

/* One chunk of the packet by its type: its value, or a NULL pointer. Every length on the way is checked. */
static ahoy_slice chunk(ahoy_slice packet, unsigned type)
{
	size_t place = 6;

	assert_true(packet.len >= 6);
	assert_memory_equal(packet.ptr, "HEP3", 4);
	assert_int_equal((uint8_t)packet.ptr[4] << 8 | (uint8_t)packet.ptr[5], packet.len);
	while (place < packet.len) {
		const uint8_t *head = (const uint8_t *)packet.ptr + place;
		size_t len = (size_t)head[4] << 8 | head[5];

		assert_true(place + 6 <= packet.len && len >= 6 && place + len <= packet.len);
		assert_int_equal(head[0] << 8 | head[1], 0);
		if ((unsigned)(head[2] << 8 | head[3]) == type)
			return ahoy_slice_make(packet.ptr + place + 6, len - 6);
		place += len;
	}
	assert_int_equal(place, packet.len);
	return (ahoy_slice){0};
}

static void assert_chunk(ahoy_slice packet, unsigned type, const char *bytes, size_t len)
{
	ahoy_slice value = chunk(packet, type);

	assert_int_equal(value.len, len);
	assert_memory_equal(value.ptr, bytes, len);
}

static void a_received_datagram_has_the_peer_as_its_source(void **state)
{
	ahoy_flow flow = {.transport = AHOY_UDP, .local = at("192.0.2.1:5060"), .peer = at("198.51.100.7:40000")};
	ahoy_hep hep = {.at_utc_us = 1767225600123456u,
			.flow = &flow,
			.node = 7,
			.node_name = AHOY_S("ahoyd"),
			.message = AHOY_S("OPTIONS sip:a@b SIP/2.0\r\n\r\n"),
			.correlation = AHOY_S("abc@def")};
	char space[1024];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);
	ahoy_slice packet;

	(void)state;
	ahoy_hep_write(&b, &hep);
	assert_false(b.full);
	packet = ahoy_buf_slice(&b);
	assert_chunk(packet, 1, "\x02", 1);
	assert_chunk(packet, 2, "\x11", 1);
	assert_chunk(packet, 3, "\xc6\x33\x64\x07", 4);
	assert_chunk(packet, 4, "\xc0\x00\x02\x01", 4);
	assert_chunk(packet, 7, "\x9c\x40", 2);
	assert_chunk(packet, 8, "\x13\xc4", 2);
	assert_chunk(packet, 9, "\x69\x55\xb9\x00", 4);
	assert_chunk(packet, 10, "\x00\x01\xe2\x40", 4);
	assert_chunk(packet, 11, "\x01", 1);
	assert_chunk(packet, 12, "\x00\x00\x00\x07", 4);
	assert_chunk(packet, 0x13, "ahoyd", 5);
	assert_chunk(packet, 0x11, "abc@def", 7);
	assert_chunk(packet, 15, hep.message.ptr, hep.message.len);
}

static void a_sent_message_of_a_stream_has_us_as_its_source(void **state)
{
	ahoy_flow flow = {.transport = AHOY_TLS, .local = at("[2001:db8::1]:5061"), .peer = at("[2001:db8::2]:5555")};
	ahoy_hep hep = {.flow = &flow, .sent = true, .message = AHOY_S("SIP/2.0 200 OK\r\n\r\n")};
	char space[1024];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);
	ahoy_slice packet;

	(void)state;
	ahoy_hep_write(&b, &hep);
	packet = ahoy_buf_slice(&b);
	assert_chunk(packet, 1, "\x0a", 1);
	assert_chunk(packet, 2, "\x06", 1);
	assert_chunk(packet, 5, (const char *)flow.local.ip, 16);
	assert_chunk(packet, 6, (const char *)flow.peer.ip, 16);
	assert_chunk(packet, 7, "\x13\xc5", 2);
	assert_null(chunk(packet, 3).ptr);
	assert_null(chunk(packet, 0x11).ptr);
	assert_null(chunk(packet, 0x13).ptr);
}

static void what_does_not_fit_in_a_datagram_is_cut_and_what_does_not_fit_in_the_buffer_is_told(void **state)
{
	static char space[70000], text[AHOY_MAX_MESSAGE];
	ahoy_flow flow = {.transport = AHOY_TCP, .local = at("192.0.2.1:5060"), .peer = at("192.0.2.2:5060")};
	ahoy_hep hep = {.flow = &flow, .message = {text, sizeof text}};
	ahoy_buf b = ahoy_buf_over(space, sizeof space);

	(void)state;
	memset(text, 'x', sizeof text);
	ahoy_hep_write(&b, &hep);
	assert_false(b.full);
	assert_int_equal(b.len, 65000);
	assert_true(chunk(ahoy_buf_slice(&b), 15).len > 64000);
	b = ahoy_buf_over(space, 60);
	ahoy_hep_write(&b, &hep);
	assert_true(b.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_received_datagram_has_the_peer_as_its_source),
		cmocka_unit_test(a_sent_message_of_a_stream_has_us_as_its_source),
		cmocka_unit_test(what_does_not_fit_in_a_datagram_is_cut_and_what_does_not_fit_in_the_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
