/* server: `ahoyd run` as a process of its own on the loopback, asked over its sockets and its control socket. */
#include "server_program.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "os/line_server.h"
#include "os/route.h"
#include "os/sockaddr.h"
#include "os/socket.h"

/* The server's own files, beside those of the commands that ask it. */
static char server_out[65536];

static void nap(void)
{
	nanosleep(&(struct timespec){0, 20000000}, NULL);
}

/* Starts it with the files of its own and waits for `ready`. Returns its port. */
static unsigned start_server(const char *args, pid_t *child)
{
	char line[512];
	const char *at;
	unsigned port = 0;

	snprintf(line, sizeof line, "run --listen udp:127.0.0.1:0 --listen tcp:127.0.0.1:0 --rtp-ports 28000-28199 %s", args);
	*child = program_start(line, NULL);
	for (int i = 0; i < 500; i++) {
		read_file("out", server_out, sizeof server_out);
		if (strstr(server_out, "\nready\n") || strncmp(server_out, "ready\n", 6) == 0)
			break;
		nap();
	}
	at = strstr(server_out, "listening udp 127.0.0.1:");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "listening udp 127.0.0.1:%u", &port), 1);
	/* What the commands print must not land in the server's files. */
	for (int i = 0; i < 2; i++) {
		char from[300], to[300];

		snprintf(from, sizeof from, "%s/%s", program_directory, i ? "err" : "out");
		snprintf(to, sizeof to, "%s/server-%s", program_directory, i ? "err" : "out");
		assert_int_equal(rename(from, to), 0);
	}
	return port;
}

static void end_server(pid_t child, int signum, int expected)
{
	struct timespec begin, end;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(kill(child, signum), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (expected >= 0) {
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), expected);
		assert_true(end.tv_sec - begin.tv_sec < 5);
	}
}

static bool server_logged(const char *text)
{
	static char log[65536];

	for (int i = 0; i < 250; i++) {
		read_file("server-err", log, sizeof log);
		if (strstr(log, text))
			return true;
		nap();
	}
	return false;
}

/* One datagram to the server; its answer, or "" where none comes in a second. */
static const char *exchange(unsigned port, const char *message)
{
	static char answer[4096];
	ahoy_socket_options options = {.shared = false};
	ahoy_addr addr = {.family = 4, .ip = {127, 0, 0, 1}};
	struct timeval patience = {.tv_sec = 1};
	struct sockaddr_storage sa;
	socklen_t len;
	ssize_t got;
	int fd = ahoy_socket_open(&addr, &options);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	addr.port = (uint16_t)port;
	len = ahoy_sockaddr_from(&addr, &sa);
	assert_int_equal(sendto(fd, message, strlen(message), 0, (struct sockaddr *)&sa, len), strlen(message));
	got = recv(fd, answer, sizeof answer - 1, 0);
	close(fd);
	answer[got > 0 ? got : 0] = '\0';
	return answer;
}

static const char options_request[] = "OPTIONS sip:127.0.0.1 SIP/2.0\r\n"
				      "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKt1;rport\r\n"
				      "From: <sip:a@127.0.0.1>;tag=1\r\n"
				      "To: <sip:127.0.0.1>\r\n"
				      "Call-ID: run-test\r\n"
				      "CSeq: 1 OPTIONS\r\n"
				      "Max-Forwards: 70\r\n"
				      "Content-Length: 0\r\n\r\n";

static void it_makes_users_serves_and_ends(void **state)
{
	program_result *r;
	unsigned port;
	pid_t child;
	struct stat st;
	char path[300];

	(void)state;
	port = start_server("", &child);
	assert_non_null(strstr(server_out, "user 111  password "));
	assert_non_null(strstr(server_out, "user 112  password "));
	assert_non_null(strstr(server_out, "user 115  password "));
	assert_int_equal(strncmp(exchange(port, options_request), "SIP/2.0 200 ", 12), 0);
	assert_string_equal(exchange(port, "\x01garbage"), "");
	snprintf(path, sizeof path, "%s/ahoy.sock", program_directory);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	r = program_run("status --json", NULL);
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "\"users\":3,"));
	assert_non_null(strstr(r->out, "\"unparsable\":1"));
	r = program_run("status", NULL);
	assert_non_null(strstr(r->out, "dropped.unparsable           1\n"));
	assert_int_equal(program_run("registrations", NULL)->status, 0);
	assert_int_equal(program_run("calls", NULL)->status, 0);
	assert_int_equal(program_run("cdr --json", NULL)->status, 0);
	r = program_run("hangup nobody", NULL);
	assert_int_equal(r->status, 1);
	assert_string_equal(r->err, "ahoyd: there is no live call nobody\n");
	r = program_run("trace last", NULL);
	assert_int_equal(r->status, 1);
	assert_string_equal(r->err, "ahoyd: there is no recent call\n");
	end_server(child, SIGTERM, 0);
	assert_false(file_exists("ahoy.sock"));
	assert_false(file_exists("ahoy.db-wal"));
	/* The passwords are shown once. */
	start_server("", &child);
	assert_null(strstr(server_out, "  password "));
	assert_non_null(strstr(server_out, "111, 112, 115"));
	assert_non_null(strstr(server_out, "ahoyd user passwd"));
	end_server(child, SIGINT, 0);
}

static void a_second_one_on_the_same_database_is_refused(void **state)
{
	program_result *r;
	pid_t child;

	(void)state;
	start_server("--no-starter-users", &child);
	assert_non_null(strstr(server_out, "ahoyd user add NAME"));
	r = program_run("run --listen udp:127.0.0.1:0 --control other.sock", NULL);
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "another ahoyd runs with the database ahoy.db"));
	r = program_run("run --listen udp:127.0.0.1:0 --db other.db --control ahoy.sock", NULL);
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "another ahoyd runs with this database"));
	assert_int_equal(program_run("status", NULL)->status, 0);
	/* After kill -9 the socket's file is still there, and in nobody's way. */
	end_server(child, SIGKILL, -1);
	assert_true(file_exists("ahoy.sock"));
	r = program_run("status", NULL);
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "no ahoyd answers at ahoy.sock"));
	start_server("", &child);
	assert_int_equal(program_run("status", NULL)->status, 0);
	end_server(child, SIGTERM, 0);
}

static void a_port_that_is_taken_is_said_and_nothing_is_made(void **state)
{
	ahoy_socket_options options = {.shared = false};
	ahoy_addr addr = {.family = 4, .ip = {127, 0, 0, 1}};
	int fd = ahoy_socket_open(&addr, &options);
	program_result *r;
	char args[128];

	(void)state;
	assert_true(fd >= 0);
	ahoy_socket_bound(fd, &addr);
	snprintf(args, sizeof args, "run --listen udp:127.0.0.1:%u", addr.port);
	r = program_run(args, NULL);
	close(fd);
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "is taken by another program"));
	assert_string_equal(r->out, "");
	assert_false(file_exists("ahoy.db"));
	assert_false(file_exists("ahoy.sock"));
	/* An address that is none of ours. */
	r = program_run("run --listen udp:192.0.2.1:5060", NULL);
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "no address of this machine"));
}

static void sighup_takes_over_what_can_change_and_keeps_the_rest(void **state)
{
	pid_t child;

	(void)state;
	write_file("ahoyd.conf", "log-level = info\nring-timeout = 30\n");
	start_server("-c ahoyd.conf --media-timeout 5", &child);
	write_file("ahoyd.conf", "log-level = debug\nring-timeout = 40\nmedia-timeout = 9\nrealm = other\n");
	assert_int_equal(kill(child, SIGHUP), 0);
	assert_true(server_logged("the change of realm needs a restart"));
	assert_true(server_logged("the configuration is read again"));
	write_file("ahoyd.conf", "ring-timeout = soon\n");
	assert_int_equal(kill(child, SIGHUP), 0);
	assert_true(server_logged("ahoyd.conf:1: ring-timeout"));
	assert_true(server_logged("the old configuration stays in force"));
	assert_int_equal(program_run("status", NULL)->status, 0);
	end_server(child, SIGTERM, 0);
}

/* What a program other than ours may send to the control socket. */
static void the_control_socket_survives_what_is_said_to_it(void **state)
{
	static const struct {
		const char *line, *answer;
	} table[] = {
		{"{\"command\":\"calls\"}\n", "{\"end\":true}\n"},
		{"\n", "\"error\""},
		{"{}\n", "\"error\""},
		{"[1,2]\n", "\"error\""},
		{"{\"command\":7}\n", "\"error\""},
		{"{\"command\":\"fly\"}\n", "\"error\""},
		{"{\"command\":\"hangup\"}\n", "\"error\""},
		{"{\"command\":\"hangup\",\"id\":\"\\u001b[2J\"}\n", "\\\\x1b[2J"},
		{"{\"command\":\"cdr\",\"limit\":0}\n", "{\"end\":true}\n"},
		{"{\"command\":\"cdr\",\"limit\":-5}\n", "{\"end\":true}\n"},
		{"{\"command\":\"trace\",\"id\":\"last\",\"messages\":true}\n", "\"error\""},
		{"{\"command\":\"status\"}\n", "\"uptime_s\""},
	};
	char path[300];
	pid_t child;

	(void)state;
	start_server("", &child);
	snprintf(path, sizeof path, "%s/ahoy.sock", program_directory);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct timeval patience = {.tv_sec = 5};
		char answer[8192];
		size_t len = 0;
		ssize_t got;
		int fd = ahoy_line_connect(path);

		assert_true(fd >= 0);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		assert_int_equal(send(fd, table[i].line, strlen(table[i].line), MSG_NOSIGNAL), strlen(table[i].line));
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		while (len < sizeof answer - 1 && (got = recv(fd, answer + len, sizeof answer - 1 - len, 0)) > 0)
			len += (size_t)got;
		answer[len] = '\0';
		assert_row(strstr(answer, table[i].answer) != NULL, answer);
		close(fd);
	}
	/* Some that hang up at once. */
	for (int i = 0; i < 50; i++) {
		int fd = ahoy_line_connect(path);

		assert_true(fd >= 0);
		if (i % 2)
			assert_true(send(fd, "{\"command\":\"status\"}\n", 21, MSG_NOSIGNAL) == 21);
		close(fd);
	}
	assert_int_equal(program_run("status", NULL)->status, 0);
	end_server(child, SIGTERM, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, program_set_up, program_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_makes_users_serves_and_ends),
		TEST(a_second_one_on_the_same_database_is_refused),
		TEST(a_port_that_is_taken_is_said_and_nothing_is_made),
		TEST(sighup_takes_over_what_can_change_and_keeps_the_rest),
		TEST(the_control_socket_survives_what_is_said_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
