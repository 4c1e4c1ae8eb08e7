/* Reads one SIP message on stdin, shows its parts, and answers a request on stdout as a server would.
 *
 *	parse_message < tests/seed/02_invite.sip */
#include <ahoy/ahoy.h>

#include <stdio.h>

static void show(const char *what, ahoy_slice value)
{
	printf("%-12s %.*s\n", what, AHOY_P(value));
}

static int answer(const ahoy_reader *request)
{
	char text[4096];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	int err = ahoy_message_put_answer(&b, request, 486, ahoy_slice_of(""), ahoy_slice_of("a6c85cf"), NULL);

	if (err)
		return err;
	ahoy_message_put_header(&b, ahoy_slice_of("Retry-After"), ahoy_slice_of("60"));
	ahoy_message_put_end(&b, ahoy_slice_of(""), ahoy_slice_of(""));
	if (b.full)
		return AHOY_EFULL;
	printf("\n%.*s", AHOY_P(ahoy_buf_slice(&b)));
	return 0;
}

static void show_from(const ahoy_reader *message)
{
	ahoy_address from;
	ahoy_slice tag;

	if (ahoy_address_parse(ahoy_message_header(message, ahoy_slice_of("From"), 0), &from))
		return;
	show("from", from.uri);
	show("user", from.user);
	show("host", from.host);
	if (ahoy_address_param(from.params, ahoy_slice_of("tag"), &tag))
		show("tag", tag);
}

int main(void)
{
	static char bytes[65536];
	ahoy_env env = ahoy_sockets_env();
	ahoy_reader_fault fault;
	ahoy_slice text, value;
	ahoy_reader *message;
	int err;

	text.ptr = bytes;
	text.len = fread(bytes, 1, sizeof bytes, stdin);
	err = ahoy_reader_new(&env, &message);
	if (err) {
		fprintf(stderr, "parse_message: %s\n", ahoy_err_text(err));
		return 1;
	}
	err = ahoy_reader_parse(message, text, &fault);
	if (err) {
		fprintf(stderr, "parse_message: byte %zu: %s (answer: %d)\n", fault.offset, fault.rule, fault.status);
		ahoy_reader_del(message);
		return 1;
	}
	show("method", ahoy_message_method(message));
	if (ahoy_message_is_request(message))
		show("uri", ahoy_message_uri(message));
	else
		printf("%-12s %d\n", "status", ahoy_message_status(message));
	show("call-id", ahoy_message_call_id(message));
	printf("%-12s %u\n", "cseq", (unsigned)ahoy_message_cseq(message));
	show_from(message);
	for (size_t i = 0; (value = ahoy_message_header(message, ahoy_slice_of("Via"), i)).ptr; i++)
		show("via", value);
	printf("%-12s %zu bytes\n", "body", ahoy_message_body(message).len);
	if (ahoy_message_is_request(message))
		err = answer(message);
	ahoy_reader_del(message);
	return err ? 1 : 0;
}
