/* registrar/change: what a REGISTER makes of a user's bindings, and its wait for the store. */
#include "registrar/registrar.h"

#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)
#define PEER "203.0.113.5:40000"

typedef struct {
	test_env te;
	ahoy_registrar *reg;
	ahoy_registrar_change change; /* of the last REGISTER */
	test_request r;
} fixture;

static ahoy_registrar_config config_of(void)
{
	ahoy_registrar_config config = {.min_expires_s = 60, .max_expires_s = 3600, .listener_count = 1};

	config.listeners[0] = addr_of("0.0.0.0:5060");
	return config;
}

static void fixture_init(fixture *f)
{
	ahoy_registrar_config config = config_of();

	test_env_init(&f->te, 1);
	assert_ok(ahoy_registrar_new(&f->te.env, T0, &config, &f->reg));
}

static void fixture_fini(fixture *f)
{
	ahoy_registrar_del(f->reg);
	test_env_fini(&f->te);
}

/* A REGISTER of 115 with these lines; returns its status, f->change has the rest. */
static int prepare(fixture *f, ahoy_time now, const char *call_id, unsigned cseq, const char *peer, const char *lines)
{
	ahoy_flow flow = flow_of(peer);

	request_make(&f->r, "REGISTER", "115", call_id, cseq, lines);
	ahoy_registrar_prepare(f->reg, now, AHOY_S("115"), &f->r.msg, &flow, &f->change);
	/* A refusal changes nothing, and says why unless the status does. */
	assert_true(f->change.status == 200 || !f->change.changed);
	return f->change.status;
}

/* As prepare, and the store saves it. */
static int put(fixture *f, ahoy_time now, const char *call_id, unsigned cseq, const char *lines)
{
	int status = prepare(f, now, call_id, cseq, PEER, lines);

	if (f->change.changed)
		assert_ok(ahoy_registrar_commit(f->reg, now, f->change.id, true, NULL));
	return status;
}

/* The contacts of 115 in the order of look-up with their remaining seconds: "uri=60 uri=30". */
static const char *bound(fixture *f, ahoy_time now)
{
	static char text[8192];
	ahoy_binding found[AHOY_MAX_CONTACTS];
	size_t count = ahoy_registrar_lookup(f->reg, now, AHOY_S("115"), found);
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	for (size_t i = 0; i < count; i++)
		ahoy_buf_fmt(&b, "%s%.*s=%u", i ? " " : "", AHOY_P(found[i].contact),
			     (unsigned)((found[i].expires_utc_ms - now / 1000) / 1000));
	return ahoy_buf_cstr(&b);
}

static void rfc3261_10_3_step_7_expires_of_the_contact_then_of_the_header_then_the_default(void **state)
{
	static const struct {
		const char *lines;
		int status;
		const char *bound;
	} table[] = {
		{"Contact: <sip:a@h>;expires=120\r\nExpires: 240\r\n", 200, "sip:a@h=120"},
		{"Contact: <sip:a@h>\r\nExpires: 240\r\n", 200, "sip:a@h=240"},
		{"Contact: <sip:a@h>\r\n", 200, "sip:a@h=3600"},
		{"Contact: <sip:a@h>\r\nExpires: soon\r\n", 200, "sip:a@h=3600"},
		{"Contact: <sip:a@h>\r\nExpires: -5\r\n", 200, "sip:a@h=3600"},
		{"Contact: <sip:a@h>;expires=-5\r\nExpires: 240\r\n", 200, "sip:a@h=3600"},
		{"Contact: <sip:a@h>\r\nExpires: 99999999999999999999\r\n", 200, "sip:a@h=3600"},
		{"Contact: <sip:a@h>;expires=3601\r\n", 200, "sip:a@h=3600"},
		{"Contact: <sip:a@h>;expires=60\r\n", 200, "sip:a@h=60"},
		{"Contact: <sip:a@h>;expires=59\r\n", 423, ""},
		{"Contact: <sip:a@h>;expires=1\r\n", 423, ""},
		{"Contact: <sip:a@h>\r\nExpires: 10\r\n", 423, ""},
		{"Contact: <sip:a@h>;expires=60\r\nExpires: 10\r\n", 200, "sip:a@h=60"},
		{"Contact: <sip:a@h>;expires=0\r\n", 200, ""},
		{"Contact: <sip:a@h>, <sip:b@h>;expires=120\r\nm: sip:c@h;expires=90\r\nExpires: 240\r\n", 200,
		 "sip:a@h=240 sip:b@h=120 sip:c@h=90"},
	};
	fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		fixture_init(&f);
		assert_row(put(&f, T0, "c", 1, table[i].lines) == table[i].status, table[i].lines);
		assert_slice_row(ahoy_slice_of(bound(&f, T0)), table[i].bound, table[i].lines);
		fixture_fini(&f);
	}
}

static void without_limits_every_interval_is_granted(void **state)
{
	ahoy_registrar_config config = {0};
	fixture f;

	(void)state;
	test_env_init(&f.te, 1);
	assert_ok(ahoy_registrar_new(&f.te.env, T0, &config, &f.reg));
	assert_int_equal(put(&f, T0, "c", 1, "Contact: <sip:a@h>;expires=1, <sip:b@h>;expires=4294967295\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:a@h=1 sip:b@h=4294967295");
	fixture_fini(&f);
}

static void rfc3261_10_3_a_query_lists_and_changes_nothing(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(put(&f, T0, "c", 1, ""), 200);
	assert_false(f.change.changed);
	put(&f, T0, "c", 2, "Contact: <sip:a@h>;expires=120\r\n");
	assert_int_equal(put(&f, T0, "c", 1, "Expires: 0\r\n"), 200);
	assert_false(f.change.changed);
	assert_string_equal(bound(&f, T0), "sip:a@h=120");
	fixture_fini(&f);
}

static void rfc3261_10_3_step_6_the_star_removes_all(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 5, "Contact: <sip:a@h>\r\n");
	put(&f, T0, "d", 9, "Contact: <sip:b@h>\r\n");
	/* Another Call-ID may, whatever its CSeq; one of theirs must count up. */
	assert_int_equal(put(&f, T0, "c", 5, "Contact: *\r\nExpires: 0\r\n"), 500);
	assert_int_equal(put(&f, T0, "d", 9, "Contact: *\r\nExpires: 0\r\n"), 500);
	assert_string_equal(bound(&f, T0), "sip:b@h=3600 sip:a@h=3600");
	assert_int_equal(put(&f, T0, "e", 1, "Contact: *\r\nExpires: 0\r\n"), 200);
	assert_true(f.change.changed);
	assert_string_equal(bound(&f, T0), "");
	assert_int_equal(put(&f, T0, "e", 2, "Contact: *\r\nExpires: 0\r\n"), 200);
	assert_false(f.change.changed);
	fixture_fini(&f);
}

static void rfc3261_10_3_step_7_within_a_call_id_cseq_must_rise(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 5, "Contact: <sip:a@h>;expires=120\r\n");
	assert_int_equal(put(&f, T0, "c", 5, "Contact: <sip:a@h>;expires=240\r\n"), 500);
	assert_int_equal(put(&f, T0, "c", 4, "Contact: <sip:a@h>;expires=0\r\n"), 500);
	assert_string_equal(bound(&f, T0), "sip:a@h=120");
	assert_int_equal(put(&f, T0, "c", 6, "Contact: <sip:a@h>;expires=240\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:a@h=240");
	/* Another Call-ID is another sequence. */
	assert_int_equal(put(&f, T0, "d", 1, "Contact: <sip:a@h>;expires=120\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:a@h=120");
	/* A contact that is new has nothing to be out of order with. */
	assert_int_equal(put(&f, T0, "d", 1, "Contact: <sip:b@h>;expires=90\r\n"), 200);
	/* A Call-ID is compared byte by byte (20.8). */
	assert_int_equal(put(&f, T0, "D", 1, "Contact: <sip:a@h>;expires=90\r\n"), 200);
	fixture_fini(&f);
}

static void rfc3261_10_3_all_or_nothing(void **state)
{
	static const struct {
		const char *lines;
		int status;
	} table[] = {
		{"Contact: <sip:new@h>, <sip:old@h>;expires=0, <sip:x@h>;expires=5\r\n", 423},
		{"Contact: <sip:old@h>;expires=0, <sip:seen@h>\r\n", 500},
		{"Contact: <sip:new@h>, <tel:1>\r\n", 400},
		{"Contact: <sip:old@h>;expires=0, <sip:new@224.0.0.1>\r\n", 403},
		{"Contact: <sip:old@h>;expires=0, *\r\nExpires: 0\r\n", 400},
	};
	fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		fixture_init(&f);
		put(&f, T0, "x", 1, "Contact: <sip:old@h>;q=0.5\r\n");
		put(&f, T0, "c", 7, "Contact: <sip:seen@h>\r\n");
		assert_row(put(&f, T0 + 1, "c", 7, table[i].lines) == table[i].status, table[i].lines);
		assert_string_equal(bound(&f, T0), "sip:seen@h=3600 sip:old@h=3600");
		fixture_fini(&f);
	}
}

/* None of these may change anything. The reason is there wherever the status alone does not say what is wrong. */
static void hostile_registers(void **state)
{
	static const struct {
		const char *lines;
		int status;
	} table[] = {
		{"Contact: *\r\n", 400},
		{"Contact: *\r\nExpires: 1\r\n", 400},
		{"Contact: *\r\nExpires: nothing\r\n", 400},
		{"Contact: *, <sip:a@h>\r\nExpires: 0\r\n", 400},
		{"Contact: <sip:a@h>\r\nContact: *\r\nExpires: 0\r\n", 400},
		{"Contact: *\r\nContact: *\r\nExpires: 0\r\n", 400},
		{"Contact: *;expires=0\r\nExpires: 0\r\n", 400},
		{"Contact: \r\n", 400},
		{"Contact: ,,,\r\n", 400},
		{"Contact: sip:\r\n", 400},
		{"Contact: <sip:>\r\n", 400},
		{"Contact: <sip:a@>\r\n", 400},
		{"Contact: <sip:a@h\r\n", 400},
		{"Contact: \"a <sip:a@h>\r\n", 400},
		{"Contact: <sip:a@h>;q=7\r\n", 400},
		{"Contact: <sip:a@h>;;;\r\n", 400},
		{"Contact: <sip:a@h:99999>\r\n", 400},
		{"Contact: <sip:a@h> <sip:b@h>\r\n", 400},
		{"Contact: <tel:+4930115>\r\n", 400},
		{"Contact: <javascript:alert(1)>\r\n", 400},
		{"Contact: <sip:a@192.0.2.1:5060>\r\n", 403},
		{"Contact: <sip:a@127.0.0.1>\r\n", 403},
		{"Contact: <sip:a@255.255.255.255>\r\n", 403},
		{"Contact: <sip:a@[ff02::1]>\r\n", 403},
		{"Contact: <sip:1@h>, <sip:2@h>, <sip:3@h>, <sip:4@h>, <sip:5@h>, <sip:6@h>, <sip:7@h>, <sip:8@h>, "
		 "<sip:9@h>, <sip:10@h>\r\n",
		 403},
	};
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:good@h>\r\n");
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_row(put(&f, T0, "d", 1, table[i].lines) == table[i].status, table[i].lines);
		assert_row(f.change.reason != NULL, table[i].lines);
		assert_slice_row(ahoy_slice_of(bound(&f, T0)), "sip:good@h=3600", table[i].lines);
	}
	fixture_fini(&f);
}

static void long_things_are_refused_by_name(void **state)
{
	char lines[4096], id[400];
	fixture f;

	(void)state;
	fixture_init(&f);
	memset(id, 'i', sizeof id);
	id[AHOY_MAX_CALL_ID] = '\0';
	assert_int_equal(put(&f, T0, id, 1, "Contact: <sip:a@h>\r\n"), 200);
	id[AHOY_MAX_CALL_ID] = 'i';
	id[AHOY_MAX_CALL_ID + 1] = '\0';
	assert_int_equal(put(&f, T0, id, 1, "Contact: <sip:a@h>\r\n"), 400);
	snprintf(lines, sizeof lines, "Contact: <sip:%0*d@h>\r\n", AHOY_MAX_CONTACT, 7);
	assert_int_equal(put(&f, T0, "c", 1, lines), 400);
	assert_string_equal(f.change.reason, "Contact Too Long");
	snprintf(lines, sizeof lines, "Contact: <sip:a@h>;+sip.instance=\"%0*d\"\r\n", AHOY_MAX_INSTANCE, 7);
	assert_int_equal(put(&f, T0, "c", 1, lines), 400);
	fixture_fini(&f);
}

static void a_users_contacts_are_bounded_but_all_may_move_at_once(void **state)
{
	char lines[4096], many[4096];
	ahoy_buf all = ahoy_buf_over(lines, sizeof lines), flood = ahoy_buf_over(many, sizeof many);
	ahoy_binding found[AHOY_MAX_CONTACTS];
	fixture f;

	(void)state;
	fixture_init(&f);
	for (int i = 0; i < AHOY_MAX_CONTACTS; i++) {
		snprintf(lines, sizeof lines, "Contact: <sip:old%d@h>\r\n", i);
		assert_int_equal(put(&f, T0, "c", (unsigned)i + 1, lines), 200);
	}
	assert_int_equal(put(&f, T0, "c", 50, "Contact: <sip:one-more@h>\r\n"), 403);
	assert_string_equal(f.change.reason, "Too Many Contacts");
	assert_int_equal(put(&f, T0, "c", 51, "Contact: <sip:one-more@h>, <sip:old3@h>;expires=0\r\n"), 200);
	for (int i = 0; i < AHOY_MAX_CONTACTS; i++)
		ahoy_buf_fmt(&all, "Contact: <sip:new%d@h>\r\n", i);
	for (int i = 0; i < AHOY_MAX_CONTACTS; i++)
		if (i != 3)
			ahoy_buf_fmt(&all, "Contact: <sip:old%d@h>;expires=0\r\n", i);
	ahoy_buf_fmt(&all, "Contact: <sip:one-more@h>;expires=0\r\n");
	assert_int_equal(put(&f, T0, "c", 52, ahoy_buf_cstr(&all)), 200);
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), AHOY_MAX_CONTACTS);
	for (size_t i = 0; i < AHOY_MAX_CONTACTS; i++)
		assert_true(ahoy_slice_starts(found[i].contact, AHOY_S("sip:new")));
	for (int i = 0; i < 100; i++)
		ahoy_buf_fmt(&flood, "Contact: <sip:x%d@h>;expires=0\r\n", i);
	assert_int_equal(put(&f, T0, "c", 53, ahoy_buf_cstr(&flood)), 403);
	fixture_fini(&f);
}

static void the_same_contact_twice_in_one_request_is_taken_in_order(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(put(&f, T0, "c", 1, "Contact: <sip:a@h>;expires=100, <sip:a@h>;expires=200\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:a@h=200");
	assert_int_equal(put(&f, T0, "c", 2, "Contact: <sip:b@h>, <sip:b@h>;expires=0\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:a@h=200");
	fixture_fini(&f);
}

/* The same Contact from another port: a NAT that forgot. A new Contact: a phone that restarted, until its old binding expires. */
static void a_phone_behind_nat_replaces_its_binding_and_a_restarted_one_adds_its_own(void **state)
{
	ahoy_binding found[AHOY_MAX_CONTACTS];
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:115@10.0.0.7:5060;rinstance=1>\r\nUser-Agent: first\r\n");
	assert_int_equal(prepare(&f, T0, "c", 2, "203.0.113.5:61000",
				 "Contact: <sip:115@10.0.0.7:5060;rinstance=1>\r\nUser-Agent: second\r\n"),
			 200);
	assert_ok(ahoy_registrar_commit(f.reg, T0, f.change.id, true, NULL));
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 1);
	assert_int_equal(found[0].flow.peer.port, 61000);
	assert_int_equal(found[0].cseq, 2);
	assert_slice(found[0].user_agent, "second");
	put(&f, T0, "d", 1, "Contact: <sip:115@10.0.0.7:5060;rinstance=2>\r\n");
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 2);
	fixture_fini(&f);
}

static void rfc5626_4_1_the_same_instance_replaces_its_binding(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:115@10.0.0.7:5060>;+sip.instance=\"<urn:uuid:1>\"\r\n");
	put(&f, T0, "x", 1, "Contact: <sip:115@10.0.0.9:5060>;+sip.instance=\"<urn:uuid:2>\"\r\n");
	assert_int_equal(put(&f, T0 + 1, "d", 1, "Contact: <sip:115@10.0.0.8:5060>;+sip.instance=\"<urn:uuid:1>\"\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:115@10.0.0.8:5060=3600 sip:115@10.0.0.9:5060=3600");
	/* An old request of the same phone that comes late is out of order all the same. */
	assert_int_equal(put(&f, T0, "d", 1, "Contact: <sip:115@10.0.0.7:5060>;+sip.instance=\"<urn:uuid:1>\"\r\n"), 500);
	/* One phone that names two ways in one request keeps both. */
	assert_int_equal(put(&f, T0, "d", 2,
			     "Contact: <sip:115@a>;+sip.instance=\"<urn:uuid:1>\", "
			     "<sip:115@b>;+sip.instance=\"<urn:uuid:1>\"\r\n"),
			 200);
	assert_string_equal(bound(&f, T0), "sip:115@a=3600 sip:115@b=3600 sip:115@10.0.0.9:5060=3600");
	fixture_fini(&f);
}

static void rfc3327_5_3_the_path_is_kept_with_the_binding_and_a_bad_one_refused(void **state)
{
	ahoy_binding found[AHOY_MAX_CONTACTS];
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:115@10.0.0.7:5060>\r\nPath: <sip:edge;lr>, <sip:inner;lr>\r\n");
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 1);
	assert_slice(found[0].path, "<sip:edge;lr>, <sip:inner;lr>");
	assert_int_equal(put(&f, T0, "c", 2, "Contact: <sip:115@10.0.0.7:5060>\r\nPath: nonsense\r\n"), 400);
	/* The proxies keep the way to a phone open: no probes. */
	assert_true(ahoy_registrar_next(f.reg) > T0 + AHOY_SECONDS(AHOY_KEEPALIVE_S));
	put(&f, T0, "c", 3, "Contact: <sip:115@10.0.0.7:5060>\r\n");
	assert_int_equal(ahoy_registrar_lookup(f.reg, T0, AHOY_S("115"), found), 1);
	assert_slice(found[0].path, "");
	fixture_fini(&f);
}

#define FLOW(uri, reg_id) "Contact: <sip:115@" uri ">;+sip.instance=\"<urn:uuid:1>\";reg-id=" reg_id "\r\nSupported: path, outbound\r\n"

static void rfc5626_6_each_flow_of_a_phone_is_a_binding_of_its_own(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:115@10.0.0.7>;+sip.instance=\"<urn:uuid:1>\"\r\n");
	assert_false(f.change.outbound);
	assert_int_equal(put(&f, T0, "d", 1, FLOW("10.0.0.7", "1")), 200);
	assert_true(f.change.outbound);
	/* The same URI by another flow; another URI by the first. */
	assert_int_equal(put(&f, T0, "e", 1, FLOW("10.0.0.7", "2")), 200);
	assert_string_equal(bound(&f, T0), "sip:115@10.0.0.7=3600 sip:115@10.0.0.7=3600");
	assert_int_equal(put(&f, T0 + 1, "d", 2, FLOW("10.0.0.8", "1")), 200);
	assert_string_equal(bound(&f, T0), "sip:115@10.0.0.8=3600 sip:115@10.0.0.7=3600");
	/* One flow leaves; a REGISTER without a number takes the place of all. */
	assert_int_equal(put(&f, T0, "e", 2, FLOW("10.0.0.7", "2") "Expires: 0\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:115@10.0.0.8=3600");
	put(&f, T0, "e", 3, FLOW("10.0.0.7", "2"));
	assert_int_equal(put(&f, T0, "g", 1, "Contact: <sip:115@10.0.0.9>;+sip.instance=\"<urn:uuid:1>\"\r\n"), 200);
	assert_string_equal(bound(&f, T0), "sip:115@10.0.0.9=3600");
	fixture_fini(&f);
}

static void rfc5626_6_and_9_what_makes_a_flow_and_what_does_not(void **state)
{
#define VIA "Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKy\r\n"
	static const struct {
		const char *lines;
		int status;
		bool outbound;
	} rows[] = {
		{FLOW("h", "1"), 200, true},
		{FLOW("h", "2147483647"), 200, true},
		{FLOW("h", "0"), 400, false},
		{FLOW("h", "2147483648"), 400, false},
		{FLOW("h", "x"), 400, false},
		/* not said that it knows outbound; no instance */
		{"Contact: <sip:115@h>;+sip.instance=\"<urn:uuid:1>\";reg-id=1\r\n", 200, false},
		{"Contact: <sip:115@h>;reg-id=1\r\nSupported: outbound\r\n", 200, false},
		/* by a proxy, which has to keep flows too: the last of the Path stands first before the phone */
		{FLOW("h", "1") VIA, 439, false},
		{FLOW("h", "1") VIA "Path: <sip:edge;lr>\r\n", 439, false},
		{FLOW("h", "1") VIA "Path: <sip:inner;lr;ob>, <sip:edge;lr>\r\n", 439, false},
		{FLOW("h", "1") VIA "Path: <sip:inner;lr>, <sip:token@edge;lr;ob>\r\n", 200, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fixture f;

		fixture_init(&f);
		assert_row(put(&f, T0, "c", 1, rows[i].lines) == rows[i].status, rows[i].lines);
		assert_row(f.change.outbound == rows[i].outbound, rows[i].lines);
		fixture_fini(&f);
	}
}

static void a_refused_contact_can_still_be_removed(void **state)
{
	ahoy_registrar_config config = config_of();
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:a@192.0.2.1:7000>\r\n");
	config.listeners[0].port = 7000;
	ahoy_registrar_reconfigure(f.reg, &config);
	assert_int_equal(put(&f, T0, "c", 2, "Contact: <sip:a@192.0.2.1:7000>\r\n"), 403);
	assert_int_equal(put(&f, T0, "c", 3, "Contact: <sip:a@192.0.2.1:7000>;expires=0\r\n"), 200);
	assert_string_equal(bound(&f, T0), "");
	fixture_fini(&f);
}

/* ---- the wait for the store ---- */

static void nothing_is_visible_before_it_is_saved(void **state)
{
	ahoy_binding set[AHOY_MAX_CONTACTS];
	ahoy_slice user;
	size_t count;
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(prepare(&f, T0, "c", 1, PEER, "Contact: <sip:a@h>;q=0.3\r\n"), 200);
	assert_true(f.change.changed);
	assert_string_equal(bound(&f, T0), "");
	assert_true(ahoy_registrar_pending(f.reg, f.change.id, &user, set, &count));
	assert_slice(user, "115");
	assert_int_equal(count, 1);
	assert_slice(set[0].contact, "sip:a@h");
	assert_slice(set[0].call_id, "c");
	assert_int_equal(set[0].q_milli, 300);
	assert_true(set[0].expires_utc_ms == (T0 + AHOY_SECONDS(3600)) / 1000);
	assert_ok(ahoy_registrar_commit(f.reg, T0, f.change.id, true, &user));
	assert_slice(user, "115");
	assert_string_equal(bound(&f, T0), "sip:a@h=3600");
	/* The id is used up. */
	assert_false(ahoy_registrar_pending(f.reg, f.change.id, &user, set, &count));
	assert_err(ahoy_registrar_commit(f.reg, T0, f.change.id, true, NULL), AHOY_ESTALE);
	assert_err(ahoy_registrar_commit(f.reg, T0, 0, true, NULL), AHOY_ESTALE);
	fixture_fini(&f);
}

static void what_the_store_could_not_save_is_dropped(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:a@h>\r\n");
	prepare(&f, T0, "c", 2, PEER, "Contact: <sip:a@h>;expires=0, <sip:b@h>\r\n");
	assert_ok(ahoy_registrar_commit(f.reg, T0, f.change.id, false, NULL));
	assert_string_equal(bound(&f, T0), "sip:a@h=3600");
	prepare(&f, T0, "c", 2, PEER, "Contact: *\r\nExpires: 0\r\n");
	assert_ok(ahoy_registrar_commit(f.reg, T0, f.change.id, false, NULL));
	assert_string_equal(bound(&f, T0), "sip:a@h=3600");
	/* The same request again, with the CSeq that was not used up. */
	assert_int_equal(put(&f, T0, "c", 2, "Contact: <sip:b@h>\r\n"), 200);
	fixture_fini(&f);
}

/* Three REGISTERs wait; the answers come in each order, saved or not. What is shown in the end is what the store has. */
static void a_register_builds_on_those_that_wait(void **state)
{
	static const struct {
		const char *order; /* 1 .. 3 saved; a .. c: the same failed */
		const char *bound;
	} table[] = {
		{"123", "sip:3@h=300 sip:2@h=200"},
		{"12c", "sip:2@h=200 sip:1@h=100"},
		{"1bc", "sip:1@h=100"},
		{"abc", ""},
		{"1b3", "sip:3@h=300 sip:2@h=200"}, /* the third set has the second's binding in it, and it was saved */
		{"a23", "sip:3@h=300 sip:2@h=200"},
		{"321", "sip:3@h=300 sip:2@h=200"}, /* what is older than the visible set is not shown any more */
		{"213", "sip:3@h=300 sip:2@h=200"},
		{"c21", "sip:2@h=200 sip:1@h=100"},
		{"3ba", "sip:3@h=300 sip:2@h=200"},
	};
	fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_id ids[3];
		ahoy_registrar_counters counters;

		fixture_init(&f);
		prepare(&f, T0, "1", 1, PEER, "Contact: <sip:1@h>;expires=100\r\n");
		ids[0] = f.change.id;
		prepare(&f, T0 + 1, "2", 1, PEER, "Contact: <sip:2@h>;expires=200\r\n");
		ids[1] = f.change.id;
		/* Removes what was never visible. */
		prepare(&f, T0 + 2, "3", 1, PEER, "Contact: <sip:3@h>;expires=300, <sip:1@h>;expires=0\r\n");
		ids[2] = f.change.id;
		for (const char *c = table[i].order; *c; c++) {
			bool saved = ahoy_is_digit(*c);

			assert_ok(ahoy_registrar_commit(f.reg, T0 + 2, ids[saved ? *c - '1' : *c - 'a'], saved, NULL));
		}
		assert_slice_row(ahoy_slice_of(bound(&f, T0)), table[i].bound, table[i].order);
		ahoy_registrar_count(f.reg, &counters);
		assert_int_equal(counters.pending, 0);
		fixture_fini(&f);
	}
}

static void cseq_counts_against_the_sets_that_wait(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	prepare(&f, T0, "c", 5, PEER, "Contact: <sip:a@h>\r\n");
	assert_int_equal(prepare(&f, T0, "c", 5, PEER, "Contact: <sip:a@h>;expires=0\r\n"), 500);
	assert_int_equal(prepare(&f, T0, "c", 6, PEER, "Contact: <sip:a@h>;expires=0\r\n"), 200);
	fixture_fini(&f);
}

static void what_expires_while_it_waits_is_not_shown(void **state)
{
	ahoy_binding binding;
	ahoy_slice user;
	ahoy_time late = T0 + AHOY_SECONDS(100);
	fixture f;

	(void)state;
	fixture_init(&f);
	put(&f, T0, "c", 1, "Contact: <sip:a@203.0.113.5:40000>;expires=60\r\n");
	prepare(&f, T0, "d", 1, PEER, "Contact: <sip:b@203.0.113.5:40000>;expires=90, <sip:c@h>;expires=120\r\n");
	while (ahoy_registrar_next_keepalive(f.reg, late, &user, &binding))
		;
	assert_string_equal(bound(&f, late), "");
	assert_ok(ahoy_registrar_commit(f.reg, late, f.change.id, true, NULL));
	assert_string_equal(bound(&f, late), "sip:c@h=20");
	fixture_fini(&f);
}

static void too_many_waiting_saves_are_503(void **state)
{
	char lines[64];
	fixture f;

	(void)state;
	fixture_init(&f);
	for (unsigned i = 0; i < AHOY_MAX_USER_PENDING_SAVES; i++) {
		snprintf(lines, sizeof lines, "Contact: <sip:%u@h>\r\n", i);
		assert_int_equal(prepare(&f, T0, "c", i, PEER, lines), 200);
	}
	assert_int_equal(prepare(&f, T0, "x", 1, PEER, "Contact: <sip:x@h>\r\n"), 503);
	assert_int_equal(prepare(&f, T0, "x", 1, PEER, ""), 200); /* a query waits for nobody */
	fixture_fini(&f);
}

static void a_full_table_takes_no_new_binding_but_refreshes_and_removals(void **state)
{
	ahoy_registrar_config config = config_of();
	fixture f;

	(void)state;
	config.max_bindings = 2;
	test_env_init(&f.te, 1);
	assert_ok(ahoy_registrar_new(&f.te.env, T0, &config, &f.reg));
	assert_int_equal(put(&f, T0, "c", 1, "Contact: <sip:a@h>, <sip:b@h>\r\n"), 200);
	assert_int_equal(put(&f, T0, "c", 2, "Contact: <sip:c@h>\r\n"), 503);
	assert_int_equal(put(&f, T0, "c", 3, "Contact: <sip:a@h>;expires=90\r\n"), 200);
	assert_int_equal(put(&f, T0, "c", 4, "Contact: <sip:c@h>, <sip:a@h>;expires=0\r\n"), 200);
	fixture_fini(&f);
}

static void every_failing_allocation_is_answered_and_changes_nothing(void **state)
{
	ahoy_registrar_config config = config_of();
	ahoy_flow flow = flow_of(PEER);
	test_request first, second;
	test_env te;

	(void)state;
	request_make(&first, "REGISTER", "115", "c", 1, "Contact: <sip:a@h>;expires=100\r\n");
	request_make(&second, "REGISTER", "115", "c", 2, "Contact: <sip:a@h>;expires=0, <sip:b@h>, <sip:c@h>\r\n");
	TEST_EACH_OOM (&te, 1) {
		ahoy_binding found[AHOY_MAX_CONTACTS];
		ahoy_registrar_change change;
		ahoy_registrar *reg = NULL;

		if (!ahoy_registrar_new(&te.env, T0, &config, &reg)) {
			size_t expected = 0;

			ahoy_registrar_prepare(reg, T0, AHOY_S("115"), &first.msg, &flow, &change);
			assert_int_equal(change.status, TEST_OOM_HIT(&te) ? 500 : 200);
			if (change.changed) {
				/* From here on nothing may fail: it is saved already. */
				assert_ok(ahoy_registrar_commit(reg, T0, change.id, true, NULL));
				expected = 1;
			}
			ahoy_registrar_prepare(reg, T0, AHOY_S("115"), &second.msg, &flow, &change);
			if (change.changed) {
				assert_ok(ahoy_registrar_commit(reg, T0, change.id, true, NULL));
				expected = 2;
			} else {
				assert_int_equal(change.status, 500);
				assert_true(TEST_OOM_HIT(&te));
			}
			assert_int_equal(ahoy_registrar_lookup(reg, T0, AHOY_S("115"), found), expected);
			ahoy_registrar_del(reg);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_10_3_step_7_expires_of_the_contact_then_of_the_header_then_the_default),
		cmocka_unit_test(without_limits_every_interval_is_granted),
		cmocka_unit_test(rfc3261_10_3_a_query_lists_and_changes_nothing),
		cmocka_unit_test(rfc3261_10_3_step_6_the_star_removes_all),
		cmocka_unit_test(rfc3261_10_3_step_7_within_a_call_id_cseq_must_rise),
		cmocka_unit_test(rfc3261_10_3_all_or_nothing),
		cmocka_unit_test(hostile_registers),
		cmocka_unit_test(long_things_are_refused_by_name),
		cmocka_unit_test(a_users_contacts_are_bounded_but_all_may_move_at_once),
		cmocka_unit_test(the_same_contact_twice_in_one_request_is_taken_in_order),
		cmocka_unit_test(a_phone_behind_nat_replaces_its_binding_and_a_restarted_one_adds_its_own),
		cmocka_unit_test(rfc5626_4_1_the_same_instance_replaces_its_binding),
		cmocka_unit_test(rfc3327_5_3_the_path_is_kept_with_the_binding_and_a_bad_one_refused),
		cmocka_unit_test(rfc5626_6_each_flow_of_a_phone_is_a_binding_of_its_own),
		cmocka_unit_test(rfc5626_6_and_9_what_makes_a_flow_and_what_does_not),
		cmocka_unit_test(a_refused_contact_can_still_be_removed),
		cmocka_unit_test(nothing_is_visible_before_it_is_saved),
		cmocka_unit_test(what_the_store_could_not_save_is_dropped),
		cmocka_unit_test(a_register_builds_on_those_that_wait),
		cmocka_unit_test(cseq_counts_against_the_sets_that_wait),
		cmocka_unit_test(what_expires_while_it_waits_is_not_shown),
		cmocka_unit_test(too_many_waiting_saves_are_503),
		cmocka_unit_test(a_full_table_takes_no_new_binding_but_refreshes_and_removals),
		cmocka_unit_test(every_failing_allocation_is_answered_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
