/* server/pcap_out: the file is read again by libpcap, and each packet's lengths, checksums and bytes are checked. */
#include "server/pcap_out.h"

#include <pcap.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static char path[] = "/tmp/ahoy_pcap_out.XXXXXX";

static ahoy_addr at(const char *text)
{
	ahoy_addr addr;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

static unsigned u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t sum(uint32_t so_far, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		so_far += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (so_far >> 16)
		so_far = (so_far & 0xffff) + (so_far >> 16);
	return so_far;
}

/* RFC 768, RFC 9293: with its pseudo header the sum over a good packet is all ones. */
static void assert_checksums(const uint8_t *p, size_t len)
{
	bool is_ip6 = p[0] >> 4 == 6;
	size_t head = is_ip6 ? 40 : 20, addresses = is_ip6 ? 32 : 8;
	uint32_t pseudo = (is_ip6 ? p[6] : p[9]) + (uint32_t)(len - head);

	if (!is_ip6) {
		assert_int_equal(u16(p + 2), len);
		assert_int_equal(sum(0, p, 20), 0xffff);
	} else {
		assert_int_equal(u16(p + 4) + 40u, len);
	}
	assert_int_equal(sum(sum(pseudo, p + head - addresses, addresses), p + head, len - head), 0xffff);
}

static void put(ahoy_pcap_out *pcap, const char *from, const char *to, bool is_stream, ahoy_slice bytes, int expected)
{
	ahoy_pcap_message m = {1767225600123456u, at(from), at(to), is_stream, bytes};

	assert_int_equal(ahoy_pcap_out_put(pcap, &m), expected);
}

static void every_packet_is_whole_when_it_is_read_again(void **state)
{
	static char big[130000];
	static const struct {
		size_t head, payload;
		unsigned protocol, from, to;
		uint32_t seq, ack; /* TCP alone */
	} expected[] = {
		{20 + 8, 5, 17, 5060, 40000, 0, 0},
		{40 + 8, 4, 17, 5060, 5070, 0, 0},
		{20 + 20, 5, 6, 5060, 41000, 1, 1},
		{20 + 20, 3, 6, 41000, 5060, 1, 6},
		{20 + 20, 5, 6, 5060, 41000, 6, 4},
		{40 + 20, 60000, 6, 5061, 5070, 1, 1},
		{40 + 20, 60000, 6, 5061, 5070, 60001, 1},
		{40 + 20, 10000, 6, 5061, 5070, 120001, 1},
	};
	char why[PCAP_ERRBUF_SIZE], reason[AHOY_PCAP_WHY];
	struct pcap_pkthdr *head;
	const u_char *p;
	ahoy_pcap_out *out;
	size_t count = 0;
	pcap_t *in;

	(void)state;
	assert_ok(ahoy_pcap_out_open(path, &out, reason));
	put(out, "192.0.2.1:5060", "192.0.2.2:40000", false, AHOY_S("hello"), 0);
	put(out, "[2001:db8::1]:5060", "[2001:db8::2]:5070", false, AHOY_S("ahoy"), 0);
	put(out, "192.0.2.1:5060", "192.0.2.2:41000", true, AHOY_S("hello"), 0);
	put(out, "192.0.2.2:41000", "192.0.2.1:5060", true, AHOY_S("you"), 0);
	put(out, "192.0.2.1:5060", "192.0.2.2:41000", true, AHOY_S("again"), 0);
	put(out, "[2001:db8::1]:5061", "[2001:db8::2]:5070", true, (ahoy_slice){big, sizeof big}, 0);
	put(out, "192.0.2.1:5060", "[2001:db8::2]:5070", false, AHOY_S("no"), AHOY_EINVAL);
	put(out, "192.0.2.1:5060", "192.0.2.2:5060", false, (ahoy_slice){big, 65000}, AHOY_ETOOBIG);
	assert_true(ahoy_pcap_out_close(out));
	in = pcap_open_offline(path, why);
	assert_non_null(in);
	while (pcap_next_ex(in, &head, &p) == 1) {
		size_t ip = p[0] >> 4 == 6 ? 40 : 20;
		const uint8_t *inner = p + ip;

		assert_true(count < ARRAY_LEN(expected));
		assert_int_equal(head->ts.tv_sec, 1767225600);
		assert_int_equal(head->ts.tv_usec, 123456);
		assert_int_equal(head->len, expected[count].head + expected[count].payload);
		assert_checksums(p, head->len);
		assert_int_equal(ip == 40 ? p[6] : p[9], expected[count].protocol);
		assert_int_equal(u16(inner), expected[count].from);
		assert_int_equal(u16(inner + 2), expected[count].to);
		if (expected[count].protocol == 6) {
			assert_int_equal((uint32_t)u16(inner + 4) << 16 | u16(inner + 6), expected[count].seq);
			assert_int_equal((uint32_t)u16(inner + 8) << 16 | u16(inner + 10), expected[count].ack);
		}
		count++;
	}
	assert_int_equal(count, ARRAY_LEN(expected));
	pcap_close(in);
}

static void more_connections_than_are_remembered_are_written_all_the_same(void **state)
{
	char why[AHOY_PCAP_WHY], from[32];
	ahoy_pcap_out *out;

	(void)state;
	assert_ok(ahoy_pcap_out_open(path, &out, why));
	for (int i = 0; i < 500; i++) {
		snprintf(from, sizeof from, "192.0.2.2:%d", 10000 + i);
		put(out, from, "192.0.2.1:5060", true, AHOY_S("x"), 0);
	}
	assert_true(ahoy_pcap_out_close(out));
}

static void a_file_that_cannot_be_made_is_told(void **state)
{
	char why[AHOY_PCAP_WHY];
	ahoy_pcap_out *out;

	(void)state;
	assert_int_equal(ahoy_pcap_out_open("/nowhere/at/all.pcap", &out, why), AHOY_ENETWORK);
	assert_null(out);
	assert_non_null(strstr(why, "/nowhere/at/all.pcap"));
}

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_is_whole_when_it_is_read_again),
		cmocka_unit_test(more_connections_than_are_remembered_are_written_all_the_same),
		cmocka_unit_test(a_file_that_cannot_be_made_is_told),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
