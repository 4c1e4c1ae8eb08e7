/* server/store_thread and server/cdr_json. */
#include "server/store_thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/world.h"
#include "server/cdr_json.h"
#include "test.h"

typedef struct {
	ahoy_loop *loop;
	ahoy_alarm *guard;
	ahoy_log_sink sink;
	ahoy_env env;
	char directory[64], path[100];
	ahoy_store *store;
	ahoy_store_thread *thread;
	uint64_t answered[4096];
	bool failed[4096];
	size_t count, until;
	bool found;
	char lines[65536];
	size_t rows;
	uint64_t cursor, users;
	int err;
	bool timed_out;
} fixture;

static void answer(fixture *f, uint64_t id, bool failed)
{
	f->answered[f->count] = id;
	f->failed[f->count] = failed;
	if (++f->count == f->until)
		ahoy_loop_stop(f->loop);
}

static void on_user(void *ctx, uint64_t id, const ahoy_user_record *record, bool failed)
{
	fixture *f = ctx;

	f->found = record->found;
	answer(f, id, failed);
}

static void on_saved(void *ctx, uint64_t id, bool failed)
{
	answer(ctx, id, failed);
}

static void on_guard(void *ctx)
{
	fixture *f = ctx;

	f->timed_out = true;
	ahoy_loop_stop(f->loop);
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	ahoy_store_thread_handler handler = {f, on_user, on_saved};
	char why[AHOY_STORE_WHY];

	assert_non_null(f);
	strcpy(f->directory, "/tmp/ahoy_thread_test.XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof f->path, "%s/ahoy.db", f->directory);
	f->sink.fd = -1;
	ahoy_world_env(&f->sink, AHOY_LOG_ERROR, &f->env);
	assert_ok(ahoy_loop_new(&f->loop));
	assert_ok(ahoy_alarm_new(f->loop, on_guard, f, &f->guard));
	ahoy_alarm_set(f->guard, ahoy_clock_now() + AHOY_SECONDS(20));
	assert_ok(ahoy_store_open(f->path, AHOY_STORE_CREATE, NULL, &f->store, why));
	assert_ok(ahoy_store_thread_new(f->loop, f->store, &f->env, &handler, &f->thread));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	fixture *f = *state;

	ahoy_store_thread_del(f->thread);
	ahoy_store_close(f->store);
	ahoy_alarm_del(f->guard);
	ahoy_loop_del(f->loop);
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		char path[120];

		snprintf(path, sizeof path, "%s%s", f->path, tails[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

static void run_until(fixture *f, size_t count)
{
	f->until = count;
	if (f->count < count)
		ahoy_loop_run(f->loop);
	assert_false(f->timed_out);
}

static ahoy_store *second_connection(const fixture *f)
{
	char why[AHOY_STORE_WHY];
	ahoy_store *store;

	assert_ok(ahoy_store_open(f->path, AHOY_STORE_MUST_EXIST, NULL, &store, why));
	return store;
}

static void questions_and_writes_are_each_answered_once(void **state)
{
	fixture *f = *state;
	ahoy_user_record record = {.found = true};
	ahoy_store *other = second_connection(f);
	ahoy_binding binding = {.contact = AHOY_S("sip:111@10.0.0.1")};
	ahoy_cdr cdr = {.id = AHOY_S("c1"), .reason = AHOY_S("\x1b")};
	bool seen[8] = {false};

	assert_ok(ahoy_store_user_put(other, AHOY_S("111"), &record));
	assert_ok(ahoy_store_thread_user(f->thread, 1, AHOY_S("111")));
	run_until(f, 1);
	assert_true(f->found);
	assert_ok(ahoy_store_thread_user(f->thread, 2, AHOY_S("112")));
	run_until(f, 2);
	assert_false(f->found);
	assert_ok(ahoy_store_thread_save(f->thread, 3, AHOY_S("111"), &binding, 1));
	assert_ok(ahoy_store_thread_record(f->thread, 4, &cdr));
	assert_ok(ahoy_store_thread_record(f->thread, 0, &cdr)); /* nobody waits for this one */
	assert_ok(ahoy_store_thread_alive(f->thread, 1000));
	assert_ok(ahoy_store_thread_save(f->thread, 5, AHOY_S("111"), NULL, 0));
	run_until(f, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_false(f->failed[i]);
		assert_false(seen[f->answered[i]]);
		seen[f->answered[i]] = true;
	}
	ahoy_store_close(other);
}

static bool count_one(void *ctx, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	(void)user;
	(void)bindings;
	*(size_t *)ctx += count;
	return true;
}

static void what_is_answered_is_on_disk(void **state)
{
	fixture *f = *state;
	ahoy_binding binding = {.contact = AHOY_S("sip:x")};
	ahoy_store *other = second_connection(f);
	size_t found = 0;

	for (uint64_t i = 1; i <= 3000; i++) {
		char name[16];

		snprintf(name, sizeof name, "u%04u", (unsigned)i);
		assert_ok(ahoy_store_thread_save(f->thread, i, ahoy_slice_of(name), &binding, 1));
	}
	run_until(f, 3000);
	/* In order, each once. */
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(f->answered[i], i + 1);
	assert_ok(ahoy_store_bindings_load(other, count_one, &found));
	assert_int_equal(found, 3000);
	assert_int_equal(ahoy_store_thread_waiting(f->thread), 0);
	ahoy_store_close(other);
}

static void questions_are_answered_while_another_process_writes(void **state)
{
	fixture *f = *state;
	ahoy_store *other = second_connection(f);
	ahoy_binding binding = {.contact = AHOY_S("sip:x")};

	assert_ok(ahoy_store_begin(other));
	assert_ok(ahoy_store_thread_save(f->thread, 1, AHOY_S("111"), &binding, 1));
	for (uint64_t i = 2; i <= 20; i++)
		assert_ok(ahoy_store_thread_user(f->thread, i, AHOY_S("111")));
	run_until(f, 19);
	for (size_t i = 0; i < 19; i++)
		assert_int_equal(f->answered[i], i + 2);
	assert_int_equal(ahoy_store_thread_waiting(f->thread), 1);
	assert_ok(ahoy_store_commit(other));
	run_until(f, 20);
	assert_int_equal(f->answered[19], 1);
	assert_false(f->failed[19]);
	ahoy_store_close(other);
}

static void what_waits_at_the_end_is_written(void **state)
{
	fixture *f = *state;
	ahoy_cdr cdr = {.id = AHOY_S("last")};
	ahoy_store *other = second_connection(f);
	assert_ok(ahoy_store_thread_record(f->thread, 7, &cdr));
	ahoy_store_thread_del(f->thread);
	f->thread = NULL;
	assert_int_equal(f->count, 1);
	assert_int_equal(f->answered[0], 7);
	assert_err(ahoy_store_cdr_open(other, &cdr), AHOY_ECONFLICT);
	ahoy_store_close(other);
}

static void on_page(void *ctx, int err, ahoy_slice lines, size_t count, uint64_t cursor)
{
	fixture *f = ctx;

	f->err = err;
	f->rows = count;
	f->cursor = cursor;
	assert_ok(ahoy_slice_cstr(lines, f->lines, sizeof f->lines));
	answer(f, 0, false);
}

static void on_count(void *ctx, int err, uint64_t count)
{
	fixture *f = ctx;

	f->err = err;
	f->users = count;
	answer(f, 0, false);
}

static void records_come_in_pages_behind_the_writes_before_them(void **state)
{
	fixture *f = *state;
	size_t before;

	for (unsigned i = 1; i <= 5; i++) {
		char id[8];
		ahoy_cdr cdr = {.started_utc_ms = i};

		snprintf(id, sizeof id, "c%u", i);
		cdr.id = ahoy_slice_of(id);
		assert_ok(ahoy_store_thread_record(f->thread, 0, &cdr));
	}
	assert_ok(ahoy_store_thread_page(f->thread, 0, 3, AHOY_S(""), on_page, f));
	run_until(f, 1);
	assert_ok(f->err);
	assert_int_equal(f->rows, 3);
	assert_non_null(strstr(f->lines, "\"id\":\"c5\""));
	assert_null(strstr(f->lines, "\"id\":\"c2\""));
	before = f->count;
	assert_ok(ahoy_store_thread_page(f->thread, f->cursor, 3, AHOY_S(""), on_page, f));
	run_until(f, before + 1);
	assert_int_equal(f->rows, 2);
	assert_non_null(strstr(f->lines, "\"id\":\"c1\""));
	assert_ok(ahoy_store_thread_page(f->thread, 0, 3, AHOY_S("c4"), on_page, f));
	run_until(f, before + 2);
	assert_int_equal(f->rows, 1);
	assert_ok(ahoy_store_thread_page(f->thread, 0, 3, AHOY_S("none"), on_page, f));
	run_until(f, before + 3);
	assert_ok(f->err);
	assert_int_equal(f->rows, 0);
	assert_ok(ahoy_store_thread_users(f->thread, on_count, f));
	run_until(f, before + 4);
	assert_ok(f->err);
	assert_int_equal(f->users, 0);
}

static void a_record_is_a_json_object_with_the_promised_fields(void **state)
{
	static char space[AHOY_CDR_JSON_BYTES];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);
	ahoy_cdr cdr = {.id = AHOY_S("1"),
			.from = AHOY_S("111"),
			.to = AHOY_S("112"),
			.started_utc_ms = 1000,
			.answered_utc_ms = 2000,
			.ended_utc_ms = 5500,
			.ended_by = AHOY_ENDED_BY_CALLEE,
			.code = 200,
			.reason = AHOY_S("OK"),
			.codec = AHOY_S("PCMA")};

	(void)state;
	cdr.caller = (ahoy_cdr_leg){
		.contact = AHOY_S("sip:111@h"), .call_id = AHOY_S("a"), .packets = 5, .lost = 1, .jitter_us = 1234};
	assert_ok(ahoy_addr_parse(AHOY_S("[::1]:5060"), &cdr.caller.source));
	ahoy_cdr_json(&b, &cdr);
	assert_slice(
		ahoy_buf_slice(&b),
		"{\"id\":\"1\",\"from\":\"111\",\"to\":\"112\",\"started\":\"1970-01-01T00:00:01.000Z\","
		"\"answered\":\"1970-01-01T00:00:02.000Z\",\"ended\":\"1970-01-01T00:00:05.500Z\",\"duration_ms\":3500,"
		"\"ended_by\":\"callee\",\"code\":200,\"reason\":\"OK\",\"cut_off\":false,\"codec\":\"PCMA\","
		"\"caller\":{\"contact\":\"sip:111@h\",\"source\":\"[::1]:5060\",\"call_id\":\"a\",\"packets\":5,\"lost\":1,"
		"\"jitter_ms\":1.234},"
		"\"callee\":{\"contact\":null,\"source\":null,\"call_id\":null,\"packets\":0,\"lost\":0,\"jitter_ms\":0.000}}");
	b.len = 0;
	cdr = (ahoy_cdr){.id = AHOY_S("2"), .started_utc_ms = 1000};
	ahoy_cdr_json(&b, &cdr);
	assert_non_null(
		strstr(ahoy_buf_cstr(&b),
		       "\"answered\":null,\"ended\":null,\"duration_ms\":null,\"ended_by\":null,\"code\":null,"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(questions_and_writes_are_each_answered_once),
		TEST(what_is_answered_is_on_disk),
		TEST(questions_are_answered_while_another_process_writes),
		TEST(what_waits_at_the_end_is_written),
		TEST(records_come_in_pages_behind_the_writes_before_them),
		cmocka_unit_test(a_record_is_a_json_object_with_the_promised_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
