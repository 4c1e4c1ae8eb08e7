/* store_contract: what every backend must do, once for all of them. A test includes it and names the tests in
 * CONTRACT_TESTS. */
#ifndef AHOY_STORE_CONTRACT_H
#define AHOY_STORE_CONTRACT_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "store/store.h"
#include "test.h"

/* The backend under test: a fresh store of the realm "ahoy". */
static ahoy_store *contract_open(void);

static ahoy_user_record record_of(char fill)
{
	ahoy_user_record r = {.found = true};

	memset(r.ha1_md5, fill, 32);
	memset(r.ha1_sha256, fill, 64);
	return r;
}

typedef struct {
	char text[8192];
	ahoy_buf b;
	size_t limit; /* ends early after so many; 0: never */
	size_t seen;
} collected;

static void collect_begin(collected *c)
{
	memset(c, 0, sizeof *c);
	c->b = ahoy_buf_over(c->text, sizeof c->text);
}

static bool collect_user(void *ctx, ahoy_slice name)
{
	collected *c = ctx;

	ahoy_buf_put(&c->b, name);
	ahoy_buf_char(&c->b, ' ');
	return ++c->seen != c->limit;
}

static bool collect_bindings(void *ctx, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	collected *c = ctx;

	ahoy_buf_fmt(&c->b, "%.*s:", AHOY_P(user));
	for (size_t i = 0; i < count; i++) {
		const ahoy_binding *x = &bindings[i];

		ahoy_buf_fmt(&c->b, " %.*s %.*s %u %u %llu %d/%u ", AHOY_P(x->contact), AHOY_P(x->call_id), x->cseq, x->q_milli,
			     (unsigned long long)x->expires_utc_ms, (int)x->flow.transport, x->flow.id);
		ahoy_addr_put(&c->b, &x->flow.local);
		ahoy_buf_char(&c->b, ' ');
		ahoy_addr_put(&c->b, &x->flow.peer);
		ahoy_buf_fmt(&c->b, " %.*s %.*s%.*s;", AHOY_P(x->user_agent), AHOY_P(x->instance), AHOY_P(x->path));
		if (x->reg_id)
			ahoy_buf_fmt(&c->b, "reg-id %u", x->reg_id);
	}
	ahoy_buf_char(&c->b, '\n');
	return ++c->seen != c->limit;
}

static void put_leg(ahoy_buf *b, const ahoy_cdr_leg *leg)
{
	ahoy_buf_fmt(b, " [%.*s ", AHOY_P(leg->contact));
	ahoy_addr_put(b, &leg->source);
	ahoy_buf_fmt(b, " %.*s %llu %llu %u]", AHOY_P(leg->call_id), (unsigned long long)leg->packets,
		     (unsigned long long)leg->lost, leg->jitter_us);
}

static bool collect_cdr(void *ctx, const ahoy_cdr *cdr)
{
	collected *c = ctx;

	ahoy_buf_fmt(&c->b, "%.*s %.*s>%.*s %llu %llu %llu %d %d %.*s %d %.*s", AHOY_P(cdr->id), AHOY_P(cdr->from), AHOY_P(cdr->to),
		     (unsigned long long)cdr->started_utc_ms, (unsigned long long)cdr->answered_utc_ms,
		     (unsigned long long)cdr->ended_utc_ms, (int)cdr->ended_by, cdr->code, AHOY_P(cdr->reason), cdr->cut_off,
		     AHOY_P(cdr->codec));
	put_leg(&c->b, &cdr->caller);
	put_leg(&c->b, &cdr->callee);
	ahoy_buf_char(&c->b, '\n');
	return ++c->seen != c->limit;
}

static void assert_users(ahoy_store *store, const char *expected)
{
	collected c;

	collect_begin(&c);
	assert_ok(ahoy_store_user_list(store, collect_user, &c));
	assert_slice(ahoy_buf_slice(&c.b), expected);
}

static void assert_bindings(ahoy_store *store, const char *expected)
{
	collected c;

	collect_begin(&c);
	assert_ok(ahoy_store_bindings_load(store, collect_bindings, &c));
	assert_slice(ahoy_buf_slice(&c.b), expected);
}

static void assert_cdrs(ahoy_store *store, const char *expected)
{
	collected c;
	uint64_t cursor = 0;

	collect_begin(&c);
	assert_ok(ahoy_store_cdr_list(store, &cursor, SIZE_MAX, collect_cdr, &c));
	assert_slice(ahoy_buf_slice(&c.b), expected);
}

static void a_user_is_put_found_overwritten_and_removed(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_user_record one = record_of('1'), two = record_of('2'), got;
	uint64_t count;

	(void)state;
	assert_ok(ahoy_store_user_get(store, AHOY_S("111"), &got));
	assert_false(got.found);
	assert_ok(ahoy_store_user_add(store, AHOY_S("111"), &one));
	assert_err(ahoy_store_user_add(store, AHOY_S("111"), &two), AHOY_ECONFLICT);
	assert_ok(ahoy_store_user_get(store, AHOY_S("111"), &got));
	assert_true(got.found);
	assert_string_equal(got.ha1_md5, one.ha1_md5);
	assert_string_equal(got.ha1_sha256, one.ha1_sha256);
	assert_ok(ahoy_store_user_put(store, AHOY_S("111"), &two));
	assert_ok(ahoy_store_user_get(store, AHOY_S("111"), &got));
	assert_string_equal(got.ha1_md5, two.ha1_md5);
	assert_ok(ahoy_store_user_count(store, &count));
	assert_int_equal(count, 1);
	assert_ok(ahoy_store_user_remove(store, AHOY_S("111")));
	assert_err(ahoy_store_user_remove(store, AHOY_S("111")), AHOY_ENOTFOUND);
	assert_ok(ahoy_store_user_get(store, AHOY_S("111"), &got));
	assert_false(got.found);
	ahoy_store_close(store);
}

static void names_are_bytes_case_sensitive_and_sorted(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_user_record one = record_of('1'), got;
	collected c;

	(void)state;
	assert_ok(ahoy_store_user_put(store, AHOY_S("bob"), &one));
	assert_ok(ahoy_store_user_put(store, AHOY_S("Bob"), &one));
	assert_ok(ahoy_store_user_put(store, AHOY_S("b\xc3\xb6"), &one));
	assert_ok(ahoy_store_user_put(store, AHOY_S("'; DROP TABLE user; --"), &one));
	assert_ok(ahoy_store_user_put(store, AHOY_S("b"), &one));
	assert_users(store, "'; DROP TABLE user; -- Bob b bob b\xc3\xb6 ");
	assert_ok(ahoy_store_user_get(store, AHOY_S("BOB"), &got));
	assert_false(got.found);
	collect_begin(&c);
	c.limit = 2;
	assert_ok(ahoy_store_user_list(store, collect_user, &c));
	assert_int_equal(c.seen, 2);
	ahoy_store_close(store);
}

static void an_import_counts_whole_or_not_at_all(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_user_record one = record_of('1'), two = record_of('2'), three = record_of('3'), got;

	(void)state;
	assert_ok(ahoy_store_user_put(store, AHOY_S("b"), &one));
	assert_ok(ahoy_store_import_begin(store));
	assert_ok(ahoy_store_import_add(store, AHOY_S("a"), &two));
	assert_ok(ahoy_store_import_add(store, AHOY_S("b"), &two));
	assert_ok(ahoy_store_import_end(store, false));
	assert_users(store, "b ");
	assert_ok(ahoy_store_import_begin(store));
	assert_ok(ahoy_store_import_add(store, AHOY_S("c"), &two));
	assert_ok(ahoy_store_import_add(store, AHOY_S("b"), &two));
	assert_ok(ahoy_store_import_add(store, AHOY_S("b"), &three));
	assert_ok(ahoy_store_import_end(store, true));
	assert_users(store, "b c ");
	assert_ok(ahoy_store_user_get(store, AHOY_S("b"), &got));
	assert_string_equal(got.ha1_md5, three.ha1_md5);
	ahoy_store_close(store);
}

static ahoy_binding binding_of(const char *contact, uint64_t expires_utc_ms)
{
	ahoy_binding b = {.contact = ahoy_slice_of(contact), .call_id = AHOY_S("cid@x"), .cseq = 4000000000u, .q_milli = 500};

	b.expires_utc_ms = expires_utc_ms;
	b.flow.transport = AHOY_UDP;
	b.flow.id = 1;
	assert_ok(ahoy_addr_parse(AHOY_S("10.0.0.1:5060"), &b.flow.local));
	assert_ok(ahoy_addr_parse(AHOY_S("[2001:db8::1]:40000"), &b.flow.peer));
	b.user_agent = AHOY_S("Zoiper \xff");
	return b;
}

static void a_users_bindings_are_replaced_as_a_set(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_binding set[AHOY_MAX_CONTACTS + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(set); i++)
		set[i] = binding_of("sip:x", 5);
	assert_bindings(store, "");
	set[0] = binding_of("sip:111@10.0.0.9", 2000);
	set[1] = binding_of("sip:111@10.0.0.8;x=\"'\"", 1000);
	set[1].instance = AHOY_S("\"<urn:uuid:1>\"");
	set[1].path = AHOY_S("<sip:p;lr>");
	set[1].reg_id = 7;
	assert_ok(ahoy_store_bindings_replace(store, AHOY_S("111"), set, 2));
	assert_ok(ahoy_store_bindings_replace(store, AHOY_S("222"), set + 1, 1));
	assert_err(ahoy_store_bindings_replace(store, AHOY_S("222"), set, AHOY_MAX_CONTACTS + 1), AHOY_ERANGE);
	assert_bindings(store,
			"111: sip:111@10.0.0.9 cid@x 4000000000 500 2000 0/1 10.0.0.1:5060 [2001:db8::1]:40000 Zoiper \xff ;"
			" sip:111@10.0.0.8;x=\"'\" cid@x 4000000000 500 1000 0/1 10.0.0.1:5060 [2001:db8::1]:40000 Zoiper \xff "
			"\"<urn:uuid:1>\"<sip:p;lr>;reg-id 7\n"
			"222: sip:111@10.0.0.8;x=\"'\" cid@x 4000000000 500 1000 0/1 10.0.0.1:5060 [2001:db8::1]:40000 Zoiper \xff "
			"\"<urn:uuid:1>\"<sip:p;lr>;reg-id 7\n");
	assert_ok(ahoy_store_bindings_remove_expired(store, 1000));
	assert_bindings(
		store,
		"111: sip:111@10.0.0.9 cid@x 4000000000 500 2000 0/1 10.0.0.1:5060 [2001:db8::1]:40000 Zoiper \xff ;\n");
	assert_ok(ahoy_store_bindings_replace(store, AHOY_S("111"), NULL, 0));
	assert_bindings(store, "");
	ahoy_store_close(store);
}

static void a_removed_user_takes_the_bindings_along(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_user_record one = record_of('1');
	ahoy_binding b = binding_of("sip:x", 5);

	(void)state;
	assert_ok(ahoy_store_user_put(store, AHOY_S("111"), &one));
	assert_ok(ahoy_store_bindings_replace(store, AHOY_S("111"), &b, 1));
	assert_ok(ahoy_store_user_remove(store, AHOY_S("111")));
	assert_bindings(store, "");
	ahoy_store_close(store);
}

static void all_contacts_of_many_users_are_loaded_user_by_user(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_binding set[AHOY_MAX_CONTACTS];
	collected c;

	(void)state;
	for (size_t i = 0; i < AHOY_MAX_CONTACTS; i++)
		set[i] = binding_of("sip:x", 5 + i);
	assert_ok(ahoy_store_begin(store));
	for (unsigned i = 0; i < 3; i++) {
		char name[8];

		snprintf(name, sizeof name, "u%u", i);
		assert_ok(ahoy_store_bindings_replace(store, ahoy_slice_of(name), set, AHOY_MAX_CONTACTS));
	}
	assert_ok(ahoy_store_commit(store));
	collect_begin(&c);
	assert_ok(ahoy_store_bindings_load(store, collect_bindings, &c));
	assert_int_equal(c.seen, 3);
	collect_begin(&c);
	c.limit = 1;
	assert_ok(ahoy_store_bindings_load(store, collect_bindings, &c));
	assert_int_equal(c.seen, 1);
	ahoy_store_close(store);
}

static ahoy_cdr cdr_of(const char *id, uint64_t started_utc_ms)
{
	ahoy_cdr cdr = {.id = ahoy_slice_of(id), .from = AHOY_S("111"), .to = AHOY_S("112"), .started_utc_ms = started_utc_ms};

	cdr.caller.contact = AHOY_S("sip:111@10.0.0.9");
	cdr.caller.call_id = AHOY_S("leg-a");
	assert_ok(ahoy_addr_parse(AHOY_S("10.0.0.9:5060"), &cdr.caller.source));
	return cdr;
}

static void a_record_is_opened_answered_and_closed(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_cdr cdr = cdr_of("1-a", 1000);

	(void)state;
	assert_ok(ahoy_store_cdr_open(store, &cdr));
	assert_err(ahoy_store_cdr_open(store, &cdr), AHOY_ECONFLICT);
	assert_cdrs(store, "1-a 111>112 1000 0 0 0 0  0  [sip:111@10.0.0.9 10.0.0.9:5060 leg-a 0 0 0] [ none:0  0 0 0]\n");
	cdr.answered_utc_ms = 2000;
	cdr.code = 200;
	cdr.codec = AHOY_S("PCMA");
	cdr.callee.call_id = AHOY_S("leg-b");
	assert_ok(ahoy_store_cdr_update(store, &cdr));
	cdr.ended_utc_ms = 9000;
	cdr.ended_by = AHOY_ENDED_BY_CALLEE;
	cdr.reason = AHOY_S("bye");
	cdr.caller.packets = UINT64_C(5000000000);
	cdr.callee.lost = 3;
	cdr.callee.jitter_us = 1500;
	assert_ok(ahoy_store_cdr_update(store, &cdr));
	assert_cdrs(store, "1-a 111>112 1000 2000 9000 2 200 bye 0 PCMA [sip:111@10.0.0.9 10.0.0.9:5060 leg-a 5000000000 0 0] "
			   "[ none:0 leg-b 0 3 1500]\n");
	ahoy_store_close(store);
}

static void an_update_of_an_unknown_record_inserts_it(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_cdr cdr = cdr_of("9", 7);

	(void)state;
	assert_ok(ahoy_store_cdr_update(store, &cdr));
	assert_cdrs(store, "9 111>112 7 0 0 0 0  0  [sip:111@10.0.0.9 10.0.0.9:5060 leg-a 0 0 0] [ none:0  0 0 0]\n");
	ahoy_store_close(store);
}

static void records_are_listed_newest_first_in_pages(void **state)
{
	ahoy_store *store = contract_open();
	uint64_t cursor = 0;
	char text[128] = "";
	size_t pages = 0, seen;

	(void)state;
	for (unsigned i = 1; i <= 7; i++) {
		char id[4];
		ahoy_cdr cdr;

		snprintf(id, sizeof id, "c%u", i);
		cdr = cdr_of(id, 1000 * i);
		assert_ok(ahoy_store_cdr_open(store, &cdr));
	}
	do {
		collected c;
		ahoy_slice rest, line;

		collect_begin(&c);
		assert_ok(ahoy_store_cdr_list(store, &cursor, 3, collect_cdr, &c));
		rest = ahoy_buf_slice(&c.b);
		while (rest.len) {
			ahoy_slice_cut(rest, '\n', &line, &rest);
			strncat(text, line.ptr, 2);
		}
		strcat(text, "|");
		seen = c.seen;
		assert_true(++pages < 10);
	} while (seen == 3);
	assert_string_equal(text, "c7c6c5|c4c3c2|c1|");
	ahoy_store_close(store);
}

static void a_record_is_found_by_its_id_or_either_call_id(void **state)
{
	static const struct {
		const char *id, *found;
	} table[] = {{"x1", "x1"}, {"leg-a", "x2"}, {"b1", "x1"}, {"b2", "x2"}, {"", NULL}, {"none", NULL}};
	ahoy_store *store = contract_open();
	ahoy_cdr one = cdr_of("x1", 1), two = cdr_of("x2", 2);

	(void)state;
	one.callee.call_id = AHOY_S("b1");
	two.callee.call_id = AHOY_S("b2");
	assert_ok(ahoy_store_cdr_open(store, &one));
	assert_ok(ahoy_store_cdr_open(store, &two));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		collected c;

		collect_begin(&c);
		assert_err_row(ahoy_store_cdr_find(store, ahoy_slice_of(table[i].id), collect_cdr, &c),
			       table[i].found ? 0 : AHOY_ENOTFOUND, table[i].id);
		assert_row(table[i].found ? memcmp(c.text, table[i].found, 2) == 0 : c.seen == 0, table[i].id);
	}
	ahoy_store_close(store);
}

static void what_a_dead_server_left_open_is_cut_off_at_its_last_sign_of_life(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_cdr one = cdr_of("r1", 1000), two = cdr_of("r2", 2000), three = cdr_of("r3", 9000);
	uint64_t count;

	(void)state;
	one.answered_utc_ms = 1500;
	assert_ok(ahoy_store_cdr_open(store, &one));
	two.ended_utc_ms = 2500;
	assert_ok(ahoy_store_cdr_open(store, &two));
	assert_ok(ahoy_store_alive(store, 4000));
	assert_ok(ahoy_store_alive(store, 5000));
	assert_ok(ahoy_store_cdr_open(store, &three));
	assert_ok(ahoy_store_cdr_cut_off(store, &count));
	assert_int_equal(count, 2);
	assert_cdrs(store, "r3 111>112 9000 0 9000 3 0  1  [sip:111@10.0.0.9 10.0.0.9:5060 leg-a 0 0 0] [ none:0  0 0 0]\n"
			   "r2 111>112 2000 0 2500 0 0  0  [sip:111@10.0.0.9 10.0.0.9:5060 leg-a 0 0 0] [ none:0  0 0 0]\n"
			   "r1 111>112 1000 1500 5000 3 0  1  [sip:111@10.0.0.9 10.0.0.9:5060 leg-a 0 0 0] [ none:0  0 0 0]\n");
	assert_ok(ahoy_store_cdr_cut_off(store, &count));
	assert_int_equal(count, 0);
	ahoy_store_close(store);
}

static void a_store_that_gave_its_cache_back_has_all_that_was_written(void **state)
{
	ahoy_store *store = contract_open();
	ahoy_user_record one = record_of('1');

	(void)state;
	ahoy_store_shrink(store);
	assert_ok(ahoy_store_user_add(store, AHOY_S("111"), &one));
	ahoy_store_shrink(store);
	assert_users(store, "111 ");
	assert_ok(ahoy_store_user_add(store, AHOY_S("112"), &one));
	assert_users(store, "111 112 ");
	ahoy_store_close(store);
}

static void the_realm_is_the_one_asked_for(void **state)
{
	ahoy_store *store = contract_open();

	(void)state;
	assert_string_equal(ahoy_store_realm(store), "ahoy");
	ahoy_store_close(store);
}

#define CONTRACT_TESTS                                                                              \
	cmocka_unit_test(a_user_is_put_found_overwritten_and_removed),                              \
		cmocka_unit_test(names_are_bytes_case_sensitive_and_sorted),                        \
		cmocka_unit_test(an_import_counts_whole_or_not_at_all),                             \
		cmocka_unit_test(a_users_bindings_are_replaced_as_a_set),                           \
		cmocka_unit_test(a_removed_user_takes_the_bindings_along),                          \
		cmocka_unit_test(all_contacts_of_many_users_are_loaded_user_by_user),               \
		cmocka_unit_test(a_record_is_opened_answered_and_closed),                           \
		cmocka_unit_test(an_update_of_an_unknown_record_inserts_it),                        \
		cmocka_unit_test(records_are_listed_newest_first_in_pages),                         \
		cmocka_unit_test(a_record_is_found_by_its_id_or_either_call_id),                    \
		cmocka_unit_test(what_a_dead_server_left_open_is_cut_off_at_its_last_sign_of_life), \
		cmocka_unit_test(a_store_that_gave_its_cache_back_has_all_that_was_written),        \
		cmocka_unit_test(the_realm_is_the_one_asked_for)

#endif
