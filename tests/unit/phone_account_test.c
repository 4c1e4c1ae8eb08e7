/* phone/account: ACCOUNT, TARGET and --proxy as people type them. */
#include "phone/account.h"

#include "test.h"

static const struct {
	const char *text, *aor, *registrar, *username;
} accounts[] = {
	{"sip:115@192.0.2.1", "sip:115@192.0.2.1", "sip:192.0.2.1", "115"},
	{"sip:115@192.0.2.1:5070", "sip:115@192.0.2.1:5070", "sip:192.0.2.1:5070", "115"},
	{"sip:115@example.com;transport=udp", "sip:115@example.com", "sip:example.com", "115"},
	{"sip:115@example.com:5070;transport=TCP", "sip:115@example.com:5070", "sip:example.com:5070;transport=tcp", "115"},
	{"sip:115@example.com;transport=TLS", "sip:115@example.com", "sip:example.com;transport=tls", "115"},
	{"sips:115@example.com:5070", "sips:115@example.com:5070", "sips:example.com:5070", "115"},
	{"sips:115@example.com;transport=tcp", "sips:115@example.com", "sips:example.com", "115"},
	{"SIP:115@example.com;transport=UDP", "sip:115@example.com", "sip:example.com", "115"},
	{"115@example.com", "sip:115@example.com", "sip:example.com", "115"},
	{"115@example.com:5070", "sip:115@example.com:5070", "sip:example.com:5070", "115"},
	{"sip:bob%20b@[::1]:5060", "sip:bob%20b@[::1]:5060", "sip:[::1]:5060", "bob b"},
};

static const struct {
	const char *text;
	int err;
} bad_accounts[] = {
	{"", AHOY_ESYNTAX},
	{"sip:", AHOY_ESYNTAX},
	{"sip:example.com", AHOY_ESYNTAX},
	{"sip:115@", AHOY_ESYNTAX},
	{"sip:115@host:0x", AHOY_ESYNTAX},
	{"sip:115:secret@host", AHOY_ESYNTAX},
	{"sips:115@host;transport=udp", AHOY_EUNSUPPORTED},
	{"tel:+4930123", AHOY_EUNSUPPORTED},
	{"sip:115@host;transport=ws", AHOY_EUNSUPPORTED},
	{"sip:115@host;transport=sctp", AHOY_EUNSUPPORTED},
	{"sip:115@host\r\nVia: x", AHOY_ESYNTAX},
};

static void an_account_gives_aor_registrar_and_user(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
		char mem[200];
		ahoy_buf why = ahoy_buf_over(mem, sizeof mem);
		ahoy_account account;

		assert_err_row(ahoy_account_parse(accounts[i].text, &account, &why), 0, accounts[i].text);
		assert_string_equal(account.aor, accounts[i].aor);
		assert_string_equal(account.registrar, accounts[i].registrar);
		assert_string_equal(account.username, accounts[i].username);
	}
}

static void a_bad_account_is_refused_with_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_accounts); i++) {
		char mem[200];
		ahoy_buf why = ahoy_buf_over(mem, sizeof mem);
		ahoy_account account;
		int err = ahoy_account_parse(bad_accounts[i].text, &account, &why);

		/* The port's range is another code than its syntax; both are a refusal. */
		assert_err_row(err == AHOY_ERANGE ? AHOY_ESYNTAX : err, bad_accounts[i].err, bad_accounts[i].text);
		assert_row(why.len > 10, bad_accounts[i].text);
	}
}

static void a_user_longer_than_the_bound_is_refused(void **state)
{
	char text[400], mem[200];
	ahoy_buf b = ahoy_buf_over(text, sizeof text), why = ahoy_buf_over(mem, sizeof mem);
	ahoy_account account;

	(void)state;
	ahoy_buf_str(&b, "sip:");
	for (int i = 0; i < AHOY_MAX_USER + 1; i++)
		ahoy_buf_char(&b, '1');
	ahoy_buf_str(&b, "@host");
	assert_err(ahoy_account_parse(ahoy_buf_cstr(&b), &account, &why), AHOY_ETOOBIG);
}

static void a_bare_number_is_asked_for_at_the_accounts_host(void **state)
{
	static const struct {
		const char *text, *uri;
	} rows[] = {
		{"112", "sip:112@h.example:5070"},
		{"bob", "sip:bob@h.example:5070"},
		{"+4930123", "sip:+4930123@h.example:5070"},
		{"a b", "sip:a%20b@h.example:5070"},
		{"sip:112@other", "sip:112@other"},
		{"112@other:5061", "sip:112@other:5061"},
		{"sip:192.0.2.9", "sip:192.0.2.9"},
	};
	char mem[200], uri[AHOY_PHONE_URI];
	ahoy_buf why = ahoy_buf_over(mem, sizeof mem);
	ahoy_account account;

	(void)state;
	assert_ok(ahoy_account_parse("sip:115@h.example:5070", &account, &why));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_err_row(ahoy_target_parse(rows[i].text, &account, uri, &why), 0, rows[i].text);
		assert_string_equal(uri, rows[i].uri);
	}
}

static void without_an_account_a_bare_word_is_a_host(void **state)
{
	char mem[200], uri[AHOY_PHONE_URI];
	ahoy_buf why = ahoy_buf_over(mem, sizeof mem);

	(void)state;
	assert_ok(ahoy_target_parse("127.0.0.1:5070", NULL, uri, &why));
	assert_string_equal(uri, "sip:127.0.0.1:5070");
	assert_err(ahoy_target_parse("", NULL, uri, &why), AHOY_ESYNTAX);
}

static void rfc3261_19_1_1_a_request_uri_has_no_headers(void **state)
{
	char mem[200], uri[AHOY_PHONE_URI];
	ahoy_buf why = ahoy_buf_over(mem, sizeof mem);

	(void)state;
	assert_err(ahoy_target_parse("sip:112@host?Subject=x", NULL, uri, &why), AHOY_ESYNTAX);
}

static void a_proxy_may_be_typed_in_any_form(void **state)
{
	static const struct {
		const char *text, *uri;
	} rows[] = {
		{"192.0.2.1", "sip:192.0.2.1"},
		{"192.0.2.1:5070", "sip:192.0.2.1:5070"},
		{"proxy.example", "sip:proxy.example"},
		{"sip:proxy.example:5080;lr", "sip:proxy.example:5080"},
		{"::1", "sip:[::1]"},
		{"[::1]:5070", "sip:[::1]:5070"},
		{"sips:proxy.example", "sips:proxy.example"},
		{"proxy.example;transport=tls", "sip:proxy.example;transport=tls"},
	};
	char mem[200], uri[AHOY_PHONE_URI];
	ahoy_buf why = ahoy_buf_over(mem, sizeof mem);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_err_row(ahoy_proxy_parse(rows[i].text, uri, &why), 0, rows[i].text);
		assert_string_equal(uri, rows[i].uri);
	}
	assert_err(ahoy_proxy_parse("sips:proxy.example;transport=udp", uri, &why), AHOY_EUNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_gives_aor_registrar_and_user),
		cmocka_unit_test(a_bad_account_is_refused_with_a_sentence),
		cmocka_unit_test(a_user_longer_than_the_bound_is_refused),
		cmocka_unit_test(a_bare_number_is_asked_for_at_the_accounts_host),
		cmocka_unit_test(without_an_account_a_bare_word_is_a_host),
		cmocka_unit_test(rfc3261_19_1_1_a_request_uri_has_no_headers),
		cmocka_unit_test(a_proxy_may_be_typed_in_any_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
