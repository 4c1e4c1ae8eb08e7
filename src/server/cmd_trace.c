/* `ahoyd trace`: a recent call as a ladder with what came of its media, as JSON, or as a capture file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/client.h"
#include "server/commands.h"
#include "server/pcap_out.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* One direction: what came to the server from that leg. */
static void print_direction(const char *from, const char *to, json_t *side)
{
	json_t *mos = json_object_get(side, "mos");

	printf("  %s to %s: %lld packets, %lld lost (%.1f %%), jitter %.1f ms", from, to,
	       (long long)json_integer_value(json_object_get(side, "packets")),
	       (long long)json_integer_value(json_object_get(side, "lost")),
	       json_number_value(json_object_get(side, "loss_percent")), json_number_value(json_object_get(side, "jitter_ms")));
	if (json_is_number(mos))
		printf(", MOS %.1f", json_number_value(mos));
	putchar('\n');
}

static void print_ladder(void *ctx, json_t *object)
{
	json_t *media = json_object_get(object, "media");

	(void)ctx;
	if (media) {
		printf("\nmedia, %s, as it came here:\n", text_of(media, "codec"));
		print_direction("caller", "callee", json_object_get(media, "caller"));
		print_direction("callee", "caller", json_object_get(media, "callee"));
	} else {
		printf("Call-ID %s, from %s on\n\n%s", text_of(object, "call_id"), text_of(object, "started"), text_of(object, "ladder"));
	}
}

typedef struct {
	const char *path;
	ahoy_pcap_out *pcap;	 /* made with the first message, so that a call that is not found leaves no file */
	char why[AHOY_PCAP_WHY]; /* where it cannot be made */
	unsigned written, left_out;
	bool cut; /* a message of which the server kept only the beginning */
} capture;

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
								     : -1;
}

/* In place: hexadecimal digits to bytes. Whatever is no pair of digits ends it. */
static size_t unhex(char *text)
{
	size_t len = 0;

	for (const char *at = text; at[0] && at[1] && digit_of(at[0]) >= 0 && digit_of(at[1]) >= 0; at += 2)
		text[len++] = (char)(digit_of(at[0]) << 4 | digit_of(at[1]));
	return len;
}

static void write_message(void *ctx, json_t *object)
{
	capture *c = ctx;
	const char *transport = text_of(object, "transport");
	bool is_sent = strcmp(text_of(object, "direction"), "out") == 0;
	char *bytes = strdup(text_of(object, "bytes"));
	ahoy_addr local, peer;
	ahoy_pcap_message m;

	if (!*transport || !bytes || c->why[0]) {
		free(bytes);
		return;
	}
	if (!c->pcap && ahoy_pcap_out_open(c->path, &c->pcap, c->why)) {
		free(bytes);
		return;
	}
	if (ahoy_addr_parse(ahoy_slice_of(text_of(object, "local")), &local) ||
	    ahoy_addr_parse(ahoy_slice_of(text_of(object, "peer")), &peer)) {
		c->left_out++;
		free(bytes);
		return;
	}
	m = (ahoy_pcap_message){.at_utc_us = (uint64_t)json_integer_value(json_object_get(object, "time_us")),
				.from = is_sent ? local : peer,
				.to = is_sent ? peer : local,
				.is_stream = strcmp(transport, "UDP") != 0,
				.bytes = {bytes, unhex(bytes)}};
	c->cut |= (size_t)json_integer_value(json_object_get(object, "size")) > m.bytes.len;
	if (ahoy_pcap_out_put(c->pcap, &m))
		c->left_out++;
	else
		c->written++;
	free(bytes);
}

static int write_capture(const ahoy_client_options *o, const char *id)
{
	capture c = {.path = o->pcap};
	int status;

	if (o->json)
		return ahoy_complain(AHOY_EXIT_USAGE, "--json prints the messages and --pcap writes them: give one of the two");
	status = ahoy_client_ask(o, &(ahoy_question){.command = "trace", .id = id, .messages = true, .bytes = true}, write_message, &c);
	if (c.why[0])
		return ahoy_complain(AHOY_EXIT_FAILED, "the capture file cannot be written: %s", c.why);
	if (!ahoy_pcap_out_close(c.pcap))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s could not be written whole; is the disk full?", o->pcap);
	if (status == AHOY_EXIT_OK && strcmp(o->pcap, "-") != 0)
		printf("%s: %u messages\n", o->pcap, c.written);
	if (c.left_out)
		ahoy_complain(status, "%u messages without usable addresses are left out", c.left_out);
	if (c.cut)
		ahoy_complain(status, "of long messages only the beginning was kept");
	return status;
}

int ahoy_command_trace(int argc, char **argv)
{
	static const ahoy_option options[] = {
		{"pcap", 0, "FILE",
		 "Write the messages into a capture file for Wireshark or sngrep, in the clear those that went over TLS too; - is "
		 "standard output."},
		AHOY_CLIENT_OPTIONS};
	static const ahoy_command_line line = {
		"ahoyd trace",
		"ID|last",
		"Draws the messages of a recent call as a ladder, from the server's memory of the last few thousand "
		"messages, and says what came of its media. ID is the one that `ahoyd calls` "
		"and `ahoyd cdr` show, or a Call-ID of either leg. With --json: the messages themselves.",
		options,
		COUNT(options),
		false,
		1,
		1,
		"  ahoyd trace last\n  ahoyd trace last --pcap - | tshark -r - -Y sip\n"};
	ahoy_client_options o;
	const char *id;
	int status = ahoy_client_parse(&line, argc, argv, &o, &id);

	if (status >= 0)
		return status;
	if (o.pcap)
		return write_capture(&o, id);
	return ahoy_client_ask(&o, &(ahoy_question){.command = "trace", .id = id, .messages = o.json}, print_ladder, NULL);
}
