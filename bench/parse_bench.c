/* What one message costs: parsing the seed's INVITE (976 bytes) with the mandatory headers typed, and with every header
 * typed that has a type; building the 200 that answers it. One line each: name, nanoseconds a message. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sip/msg.h"
#include "sip/write.h"

/* Each measurement runs about this long. */
#define MEASURE_NS 300000000u

static ahoy_msg msg;
static uint64_t sink; /* what was computed counts, so that nothing is optimised away */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void parse(ahoy_slice bytes)
{
	if (ahoy_msg_parse(bytes, &msg, NULL))
		exit(1);
	sink += msg.cseq;
}

static void parse_all(ahoy_slice bytes)
{
	static const ahoy_header lists[] = {AHOY_H_ALLOW, AHOY_H_SUPPORTED, AHOY_H_ALLOW_EVENTS};
	ahoy_name_addr contact;
	ahoy_slice value;

	parse(bytes);
	if (ahoy_msg_name_addr(&msg, AHOY_H_CONTACT, &contact))
		exit(1);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		ahoy_value_cursor cursor = {0};

		while (ahoy_msg_next_value(&msg, lists[i], &cursor, &value))
			sink += value.len;
	}
	sink += ahoy_msg_is_type(&msg, AHOY_S("application/sdp")) + ahoy_msg_value(&msg, AHOY_H_USER_AGENT).len;
}

static void build(ahoy_slice bytes)
{
	char text[2048];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)bytes;
	ahoy_write_response_head(&b, &msg, 200, AHOY_S(""), AHOY_S("950071782"), AHOY_S("11.0.0.88"), 5068);
	ahoy_write_header(&b, AHOY_H_CONTACT, AHOY_S("<sip:112@11.0.0.3:5060>"));
	ahoy_write_header(&b, AHOY_H_ALLOW, AHOY_S("INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE"));
	ahoy_write_end(&b, AHOY_S("application/sdp"), msg.body);
	sink += b.len + b.full;
}

static void measure(const char *name, void (*step)(ahoy_slice), ahoy_slice bytes)
{
	uint64_t start = now_ns(), taken, count = 0;

	do {
		for (int i = 0; i < 1000; i++)
			step(bytes);
		count += 1000;
		taken = now_ns() - start;
	} while (taken < MEASURE_NS);
	printf("%-24s %8.1f ns\n", name, (double)taken / (double)count);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "tests/seed/02_invite.sip";
	static char text[AHOY_MAX_MESSAGE];
	FILE *file = fopen(path, "rb");
	ahoy_slice bytes;

	if (!file) {
		perror(path);
		return 1;
	}
	bytes = ahoy_slice_make(text, fread(text, 1, sizeof text, file));
	fclose(file);
	measure("sip parse mandatory", parse, bytes);
	measure("sip parse all headers", parse_all, bytes);
	measure("sip build response", build, bytes);
	return sink == 0;
}
