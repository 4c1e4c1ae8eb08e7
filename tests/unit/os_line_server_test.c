/* os/line_server: the control socket. The client is a plain socket in the same thread, so nothing blocks that is longer
 * than a socket's buffer. */
#include "os/line_server.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "test.h"

typedef struct {
	ahoy_loop *loop;
	ahoy_alarm *tick;
	ahoy_line_server *server;
	char directory[64], path[100];
	char lines[256];
	size_t gone, left;
	ahoy_line_peer *waiting;
	int turns;
} fixture;

static void on_tick(void *ctx)
{
	fixture *f = ctx;

	ahoy_loop_stop(f->loop);
}

/* The loop's turns of a few milliseconds: enough for what a client has just done. */
static void turn(fixture *f)
{
	ahoy_alarm_set(f->tick, ahoy_clock_now() + AHOY_MS(5));
	ahoy_loop_run(f->loop);
}

static void on_line(void *ctx, ahoy_line_peer *peer, ahoy_slice line)
{
	fixture *f = ctx;

	strncat(f->lines, line.ptr, line.len);
	strcat(f->lines, "|");
	if (ahoy_slice_eq(line, AHOY_S("wait"))) {
		f->waiting = peer;
		return;
	}
	if (ahoy_slice_eq(line, AHOY_S("big"))) {
		f->left = 1000000;
		return;
	}
	ahoy_line_set_user(peer, f);
	assert_ptr_equal(ahoy_line_user(peer), f);
	assert_ok(ahoy_line_write(peer, AHOY_S("<")));
	assert_ok(ahoy_line_write(peer, line));
	assert_ok(ahoy_line_write(peer, AHOY_S(">\n")));
	ahoy_line_finish_request(peer);
}

static void on_drained(void *ctx, ahoy_line_peer *peer)
{
	fixture *f = ctx;
	char piece[10000];

	if (f->left == 0)
		return;
	memset(piece, 'x', sizeof piece);
	assert_int_equal(ahoy_line_waiting(peer), 0);
	assert_ok(ahoy_line_write(peer, (ahoy_slice){piece, sizeof piece}));
	f->left -= sizeof piece;
	if (f->left == 0)
		ahoy_line_finish_request(peer);
}

static void on_gone(void *ctx, ahoy_line_peer *peer)
{
	fixture *f = ctx;

	if (f->waiting == peer)
		f->waiting = NULL;
	f->gone++;
}

static ahoy_line_handler handler_of(fixture *f)
{
	return (ahoy_line_handler){f, on_line, on_drained, on_gone};
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	ahoy_line_handler handler;
	char why[AHOY_LINE_WHY];

	assert_non_null(f);
	handler = handler_of(f);
	strcpy(f->directory, "/tmp/ahoy_line_test.XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof f->path, "%s/ahoy.sock", f->directory);
	assert_ok(ahoy_loop_new(&f->loop));
	assert_ok(ahoy_alarm_new(f->loop, on_tick, f, &f->tick));
	assert_ok(ahoy_line_server_new(f->loop, f->path, &handler, &f->server, why));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	ahoy_line_server_del(f->server);
	ahoy_alarm_del(f->tick);
	ahoy_loop_del(f->loop);
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

static int connected(fixture *f)
{
	int fd = ahoy_line_connect(f->path);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	turn(f);
	return fd;
}

static void say(fixture *f, int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	turn(f);
}

static void assert_heard(int fd, const char *expected)
{
	char text[256];
	ssize_t len = recv(fd, text, sizeof text - 1, 0);

	assert_true(len >= 0);
	text[len] = '\0';
	assert_string_equal(text, expected);
}

static void lines_come_one_by_one_however_they_are_cut(void **state)
{
	fixture *f = *state;
	int fd = connected(f);

	say(f, fd, "on");
	say(f, fd, "e\ntwo\nthr");
	say(f, fd, "ee\n");
	assert_heard(fd, "<one>\n<two>\n<three>\n");
	assert_string_equal(f->lines, "one|two|three|");
	close(fd);
	turn(f);
	assert_int_equal(f->gone, 1);
}

static void the_next_request_waits_for_the_answer_of_the_last(void **state)
{
	fixture *f = *state;
	int fd = connected(f);

	say(f, fd, "wait\nnext\n");
	assert_string_equal(f->lines, "wait|");
	assert_non_null(f->waiting);
	assert_ok(ahoy_line_write(f->waiting, AHOY_S("late\n")));
	ahoy_line_finish_request(f->waiting);
	turn(f);
	assert_heard(fd, "late\n<next>\n");
	close(fd);
}

static void a_client_that_only_half_closes_gets_its_answer(void **state)
{
	fixture *f = *state;
	int fd = connected(f);
	char byte;

	say(f, fd, "wait\n");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	turn(f);
	assert_non_null(f->waiting);
	assert_ok(ahoy_line_write(f->waiting, AHOY_S("late\n")));
	ahoy_line_finish_request(f->waiting);
	turn(f);
	assert_heard(fd, "late\n");
	turn(f);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	assert_int_equal(f->gone, 1);
	close(fd);
}

static void a_long_answer_is_written_as_it_is_read(void **state)
{
	fixture *f = *state;
	int fd = connected(f);
	static char space[65536];
	size_t total = 0;

	say(f, fd, "big\n");
	for (int i = 0; i < 1000 && total < 1000000; i++) {
		ssize_t len = recv(fd, space, sizeof space, 0);

		if (len > 0)
			total += (size_t)len;
		turn(f);
	}
	assert_int_equal(total, 1000000);
	close(fd);
}

static void a_client_that_goes_in_the_middle_is_forgotten(void **state)
{
	fixture *f = *state;
	int fd = connected(f);

	say(f, fd, "big\n");
	close(fd);
	turn(f);
	turn(f);
	assert_int_equal(f->gone, 1);
	f->left = 0;
	fd = connected(f);
	say(f, fd, "again\n");
	assert_heard(fd, "<again>\n");
	close(fd);
}

static void a_line_without_end_closes_the_connection(void **state)
{
	fixture *f = *state;
	int fd = connected(f);
	char text[AHOY_LINE_MAX_REQUEST + 1], byte;

	memset(text, 'x', sizeof text);
	text[AHOY_LINE_MAX_REQUEST] = '\0';
	say(f, fd, text);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static void more_clients_than_the_bound_are_turned_away(void **state)
{
	fixture *f = *state;
	int fds[AHOY_LINE_MAX_PEERS], fd;
	char byte;

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = connected(f);
	fd = connected(f);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
	say(f, fds[0], "x\n");
	assert_heard(fds[0], "<x>\n");
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	turn(f);
}

static void the_socket_is_for_its_owner_and_of_one_server(void **state)
{
	fixture *f = *state;
	ahoy_line_handler handler = handler_of(f);
	ahoy_line_server *second;
	char why[AHOY_LINE_WHY];
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_err(ahoy_line_server_new(f->loop, f->path, &handler, &second, why), AHOY_ECONFLICT);
	assert_non_null(strstr(why, "another ahoyd runs with this database"));
}

static void the_socket_of_a_dead_server_is_replaced_but_no_file(void **state)
{
	fixture *f = *state;
	ahoy_line_handler handler = handler_of(f);
	char why[AHOY_LINE_WHY], stale[120];
	ahoy_line_server *second;
	int fd;

	/* What kill -9 leaves: a socket file that nobody listens on. */
	snprintf(stale, sizeof stale, "%s/stale.sock", f->directory);
	assert_int_equal(link(f->path, stale), 0);
	ahoy_line_server_del(f->server);
	f->server = NULL;
	assert_ok(ahoy_line_server_new(f->loop, stale, &handler, &second, why));
	ahoy_line_server_del(second);
	assert_int_equal(access(stale, F_OK), -1);
	fd = open(stale, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_err(ahoy_line_server_new(f->loop, stale, &handler, &second, why), AHOY_EIO);
	assert_int_equal(access(stale, F_OK), 0);
	unlink(stale);
}

static void a_path_longer_than_a_sockets_address_works_too(void **state)
{
	fixture *f = *state;
	ahoy_line_handler handler = handler_of(f);
	char why[AHOY_LINE_WHY], directory[300], path[400], name[150];
	ahoy_line_server *server;
	int fd;

	memset(name, 'd', 120);
	name[120] = '\0';
	snprintf(directory, sizeof directory, "%s/%s", f->directory, name);
	assert_int_equal(mkdir(directory, 0700), 0);
	snprintf(path, sizeof path, "%s/ahoy.sock", directory);
	assert_ok(ahoy_line_server_new(f->loop, path, &handler, &server, why));
	fd = ahoy_line_connect(path);
	assert_true(fd >= 0);
	close(fd);
	ahoy_line_server_del(server);
	assert_int_equal(rmdir(directory), 0);
	/* A name alone that is too long cannot be helped. */
	snprintf(path, sizeof path, "%s/%s", f->directory, name);
	assert_err(ahoy_line_server_new(f->loop, path, &handler, &server, why), AHOY_EIO);
	assert_non_null(strstr(why, "--control"));
	snprintf(path, sizeof path, "%s/none/ahoy.sock", f->directory);
	assert_err(ahoy_line_server_new(f->loop, path, &handler, &server, why), AHOY_EIO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(lines_come_one_by_one_however_they_are_cut),
		TEST(the_next_request_waits_for_the_answer_of_the_last),
		TEST(a_client_that_only_half_closes_gets_its_answer),
		TEST(a_long_answer_is_written_as_it_is_read),
		TEST(a_client_that_goes_in_the_middle_is_forgotten),
		TEST(a_line_without_end_closes_the_connection),
		TEST(more_clients_than_the_bound_are_turned_away),
		TEST(the_socket_is_for_its_owner_and_of_one_server),
		TEST(the_socket_of_a_dead_server_is_replaced_but_no_file),
		TEST(a_path_longer_than_a_sockets_address_works_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
