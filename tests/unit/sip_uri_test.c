/* sip/uri: parsing and writing URIs. */
#include "sip/uri.h"

#include "base/err.h"
#include "test.h"

typedef struct {
	const char *text;
	ahoy_uri_kind kind;
	const char *user, *password, *host;
	uint16_t port;
	const char *params, *headers;
} good_uri;

static const good_uri good[] = {
	{"sip:111@127.0.0.1;transport=UDP", AHOY_URI_SIP, "111", "", "127.0.0.1", 0, ";transport=UDP", ""},
	{"sip:127.0.0.1;transport=UDP", AHOY_URI_SIP, "", "", "127.0.0.1", 0, ";transport=UDP", ""},
	{"sip:111@127.0.0.1:5068;rinstance=1ce6;transport=UDP", AHOY_URI_SIP, "111", "", "127.0.0.1", 5068,
	 ";rinstance=1ce6;transport=UDP", ""},
	{"sip:alice:secret@atlanta.com", AHOY_URI_SIP, "alice", "secret", "atlanta.com", 0, "", ""},
	{"sips:bob@biloxi.com:5061", AHOY_URI_SIPS, "bob", "", "biloxi.com", 5061, "", ""},
	{"SIP:bob@[2001:db8::1]:5070;lr", AHOY_URI_SIP, "bob", "", "[2001:db8::1]", 5070, ";lr", ""},
	{"sip:[::1]", AHOY_URI_SIP, "", "", "[::1]", 0, "", ""},
	{"sip:a%40b@c", AHOY_URI_SIP, "a%40b", "", "c", 0, "", ""},
	{"sip:a;b?c@d;e=%66?G=h&i=j", AHOY_URI_SIP, "a;b?c", "", "d", 0, ";e=%66", "G=h&i=j"},
	{"sip:#31#123@host", AHOY_URI_SIP, "#31#123", "", "host", 0, "", ""},
	{"sip:u:@host", AHOY_URI_SIP, "u", "", "host", 0, "", ""},
	{"sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", AHOY_URI_SIP, "", "", "atlanta.com", 0,
	 ";method=REGISTER", "to=alice%40atlanta.com"},
	{"tel:+1-201-555-0123", AHOY_URI_TEL, "+1-201-555-0123", "", "", 0, "", ""},
	{"tel:7042;phone-context=example.com", AHOY_URI_TEL, "7042", "", "", 0, ";phone-context=example.com", ""},
	{"tel:*21#", AHOY_URI_TEL, "*21#", "", "", 0, "", ""},
	{"http://example.com/a?b", AHOY_URI_OTHER, "", "", "", 0, "", ""},
	{"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", AHOY_URI_OTHER, "", "", "", 0, "", ""},
};

static void rfc3261_19_1_1_parts_of_a_uri(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		const good_uri *row = &good[i];
		ahoy_slice exact = test_exact(ahoy_slice_of(row->text));
		ahoy_uri uri;

		assert_err_row(ahoy_uri_parse(exact, &uri), 0, row->text);
		assert_row(uri.kind == row->kind, row->text);
		assert_slice_row(uri.text, row->text, row->text);
		assert_slice_row(uri.user, row->user, row->text);
		assert_row(uri.has_user == (row->user[0] != '\0'), row->text);
		assert_slice_row(uri.password, row->password, row->text);
		assert_slice_row(uri.host, row->host, row->text);
		assert_row(uri.port == row->port, row->text);
		assert_slice_row(uri.params.text, row->params, row->text);
		assert_slice_row(uri.headers, row->headers, row->text);
		test_free_exact(exact);
	}
}

static void rfc3261_25_1_what_is_no_uri_is_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{"", AHOY_ESYNTAX},
		{"sip", AHOY_ESYNTAX},
		{"sip:", AHOY_ESYNTAX},
		{":host", AHOY_ESYNTAX},
		{"1sip:host", AHOY_ESYNTAX},
		{"<sip:user@host>", AHOY_ESYNTAX},
		{"sip:user@", AHOY_ESYNTAX},
		{"sip:@host", AHOY_ESYNTAX},
		{"sip:us er@host", AHOY_ESYNTAX},
		{"sip:user@ho st", AHOY_ESYNTAX},
		{"sip:a@b@c", AHOY_ESYNTAX},
		{"sip:user@host:", AHOY_ESYNTAX},
		{"sip:user@host:x", AHOY_ESYNTAX},
		{"sip:user@host:65536", AHOY_ERANGE},
		{"sip:user@host:99999999999999999999999", AHOY_ERANGE},
		{"sip:user@host:0", AHOY_ERANGE},
		{"sip:user@host;", AHOY_ESYNTAX},
		{"sip:user@host;;a", AHOY_ESYNTAX},
		{"sip:user@host;a=b c", AHOY_ESYNTAX},
		{"sip:user@host;a=\"b\"", AHOY_ESYNTAX},
		{"sip:user@host?", AHOY_ESYNTAX},
		{"sip:user@host?a=<b>", AHOY_ESYNTAX},
		{"sip:user@[::1", AHOY_ESYNTAX},
		{"sip:user@[zz]", AHOY_ESYNTAX},
		{"sip:user@host,next", AHOY_ESYNTAX},
		{"tel:", AHOY_ESYNTAX},
		{"tel:alice", AHOY_ESYNTAX},
		{"tel:123?x=y", AHOY_ESYNTAX},
		{"http:", AHOY_ESYNTAX},
		{"http://a b", AHOY_ESYNTAX},
		{"http://a\r\n", AHOY_ESYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		ahoy_uri uri;

		assert_err_row(ahoy_uri_parse(exact, &uri), rows[i].err, rows[i].text);
		test_free_exact(exact);
	}
}

static void more_parameters_or_headers_than_the_bound_are_out_of_range(void **state)
{
	static const struct {
		const char *first, *each;
	} kinds[] = {{"sip:h", ";p"}, {"sip:h?a=b", "&a=b"}, {"tel:1", ";p"}};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		char text[8 * AHOY_MAX_PARAMS];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		ahoy_uri uri;

		ahoy_buf_str(&b, kinds[k].first);
		for (int i = k == 1; i < AHOY_MAX_PARAMS; i++)
			ahoy_buf_str(&b, kinds[k].each);
		assert_err_row(ahoy_uri_parse(ahoy_buf_slice(&b), &uri), 0, kinds[k].first);
		ahoy_buf_str(&b, kinds[k].each);
		assert_err_row(ahoy_uri_parse(ahoy_buf_slice(&b), &uri), AHOY_ERANGE, kinds[k].first);
	}
}

static void what_is_written_parses_to_the_same_and_is_written_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char text[2][128];
		ahoy_buf first = ahoy_buf_over(text[0], 128), second = ahoy_buf_over(text[1], 128);
		ahoy_uri uri, again;

		assert_ok(ahoy_uri_parse(ahoy_slice_of(good[i].text), &uri));
		ahoy_uri_write(&first, &uri);
		assert_err_row(ahoy_uri_parse(ahoy_buf_slice(&first), &again), 0, good[i].text);
		assert_row(ahoy_uri_eq(&uri, &again), good[i].text);
		ahoy_uri_write(&second, &again);
		assert_row(ahoy_slice_eq(ahoy_buf_slice(&first), ahoy_buf_slice(&second)), good[i].text);
	}
}

static void rfc3261_19_1_1_a_password_is_not_written(void **state)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_uri uri;

	(void)state;
	assert_ok(ahoy_uri_parse(AHOY_S("sip:alice:secret@atlanta.com"), &uri));
	ahoy_uri_write(&b, &uri);
	assert_slice(ahoy_buf_slice(&b), "sip:alice@atlanta.com");
}

static void a_uri_made_from_parts_needs_no_text(void **state)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_uri uri = {
		.kind = AHOY_URI_SIP, .user = AHOY_S("112"), .has_user = true, .host = AHOY_S("[::1]"), .port = 5060};

	(void)state;
	ahoy_uri_write(&b, &uri);
	assert_slice(ahoy_buf_slice(&b), "sip:112@[::1]:5060");
}

static void rfc3986_2_1_escapes_are_decoded_and_others_kept(void **state)
{
	static const struct {
		const char *text, *plain;
	} rows[] = {{"a%40b", "a@b"}, {"%41%6a", "Aj"}, {"100%", "100%"}, {"%4", "%4"}, {"%zz", "%zz"}, {"%%41", "%A"}, {"", ""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[16];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));

		ahoy_uri_unescape(&b, exact);
		assert_slice_row(ahoy_buf_slice(&b), rows[i].plain, rows[i].text);
		test_free_exact(exact);
	}
}

static void an_escaped_user_part_parses_and_unescapes_to_the_same_bytes(void **state)
{
	char all[256], escaped[1024], plain[1024];
	ahoy_buf user = ahoy_buf_over(escaped, sizeof escaped), back = ahoy_buf_over(plain, sizeof plain);
	ahoy_uri uri;

	(void)state;
	for (int c = 0; c < 256; c++)
		all[c] = (char)c;
	ahoy_buf_str(&user, "sip:");
	ahoy_uri_escape_user(&user, (ahoy_slice){all, sizeof all});
	ahoy_buf_str(&user, "@host");
	assert_ok(ahoy_uri_parse(ahoy_buf_slice(&user), &uri));
	ahoy_uri_unescape(&back, uri.user);
	assert_int_equal(back.len, sizeof all);
	assert_memory_equal(plain, all, sizeof all);
}

static void the_host_is_an_address_or_a_name(void **state)
{
	ahoy_addr addr;
	ahoy_uri uri;
	char text[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_uri_parse(AHOY_S("sip:a@[2001:db8::1]:5070"), &uri));
	assert_ok(ahoy_uri_addr(&uri, &addr));
	ahoy_addr_put(&b, &addr);
	assert_slice(ahoy_buf_slice(&b), "[2001:db8::1]:5070");
	assert_ok(ahoy_uri_parse(AHOY_S("sip:192.0.2.1"), &uri));
	assert_ok(ahoy_uri_addr(&uri, &addr));
	assert_int_equal(addr.port, 0);
	assert_ok(ahoy_uri_parse(AHOY_S("sip:example.com"), &uri));
	assert_err(ahoy_uri_addr(&uri, &addr), AHOY_ENOTFOUND);
	assert_ok(ahoy_uri_parse(AHOY_S("tel:123"), &uri));
	assert_err(ahoy_uri_addr(&uri, &addr), AHOY_ENOTFOUND);
}

static void a_uri_cut_anywhere_is_read_within_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		for (size_t len = 0; len < strlen(good[i].text); len++) {
			ahoy_slice exact = test_exact((ahoy_slice){good[i].text, len});
			ahoy_uri uri;

			if (!ahoy_uri_parse(exact, &uri))
				assert_true(uri.kind != AHOY_URI_NONE);
			test_free_exact(exact);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_19_1_1_parts_of_a_uri),
		cmocka_unit_test(rfc3261_25_1_what_is_no_uri_is_refused),
		cmocka_unit_test(more_parameters_or_headers_than_the_bound_are_out_of_range),
		cmocka_unit_test(what_is_written_parses_to_the_same_and_is_written_the_same),
		cmocka_unit_test(rfc3261_19_1_1_a_password_is_not_written),
		cmocka_unit_test(a_uri_made_from_parts_needs_no_text),
		cmocka_unit_test(rfc3986_2_1_escapes_are_decoded_and_others_kept),
		cmocka_unit_test(an_escaped_user_part_parses_and_unescapes_to_the_same_bytes),
		cmocka_unit_test(the_host_is_an_address_or_a_name),
		cmocka_unit_test(a_uri_cut_anywhere_is_read_within_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
