/* os/hep_sender: copies leave for a capture server, and one that is not there costs nothing but a count. */
#include "os/hep_sender.h"

#include <sys/socket.h>
#include <unistd.h>

#include "os/socket.h"
#include "test.h"

static ahoy_flow flow;

static ahoy_hep message(void)
{
	assert_ok(ahoy_addr_parse(AHOY_S("192.0.2.1:5060"), &flow.local));
	assert_ok(ahoy_addr_parse(AHOY_S("192.0.2.2:5060"), &flow.peer));
	return (ahoy_hep){.flow = &flow, .message = AHOY_S("OPTIONS sip:a SIP/2.0\r\n\r\n")};
}

static int open_receiver(ahoy_addr *at)
{
	ahoy_socket_options options = {.tos = 0};
	int fd;

	assert_ok(ahoy_addr_parse(AHOY_S("127.0.0.1:0"), at));
	fd = ahoy_socket_open(at, &options);
	assert_true(fd >= 0);
	ahoy_socket_bound(fd, at);
	return fd;
}

static void each_message_is_one_datagram(void **state)
{
	ahoy_hep hep = message();
	ahoy_hep_sender *sender;
	char packet[2048];
	ahoy_addr at;
	int fd = open_receiver(&at);

	(void)state;
	assert_ok(ahoy_hep_sender_new(&at, &sender));
	ahoy_hep_sender_put(sender, &hep);
	ahoy_hep_sender_put(sender, &hep);
	assert_int_equal(ahoy_hep_sender_unsent(sender), 0);
	for (int i = 0; i < 2; i++) {
		ssize_t len = -1;

		for (int tries = 0; len < 0 && tries < 500; tries++) {
			len = recv(fd, packet, sizeof packet, 0);
			if (len < 0)
				usleep(10000);
		}
		assert_true(len > 100);
		assert_memory_equal(packet, "HEP3", 4);
		assert_memory_equal(packet + len - 25, "OPTIONS sip:a SIP/2.0\r\n\r\n", 25);
	}
	ahoy_hep_sender_del(sender);
	close(fd);
}

static void a_server_that_is_not_there_is_counted(void **state)
{
	ahoy_hep hep = message();
	ahoy_hep_sender *sender;
	ahoy_addr at;

	(void)state;
	close(open_receiver(&at));
	assert_ok(ahoy_hep_sender_new(&at, &sender));
	/* The refusal of one comes back with the next. */
	for (int i = 0; i < 500 && ahoy_hep_sender_unsent(sender) == 0; i++) {
		ahoy_hep_sender_put(sender, &hep);
		usleep(1000);
	}
	assert_true(ahoy_hep_sender_unsent(sender) > 0);
	ahoy_hep_sender_del(sender);
	ahoy_hep_sender_del(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_is_one_datagram),
		cmocka_unit_test(a_server_that_is_not_there_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
