/* sip/via: one Via value. */
#include "sip/via.h"

#include "base/err.h"
#include "test.h"

typedef struct {
	const char *text;
	ahoy_transport transport;
	const char *host;
	uint16_t port;
	const char *branch;
	bool has_rport;
	const char *value, *rest;
} good_via;

static const good_via good[] = {
	{"SIP/2.0/UDP 127.0.0.1:5068;branch=z9hG4bK-d8754z-1---d8754z-", AHOY_UDP, "127.0.0.1", 5068,
	 "z9hG4bK-d8754z-1---d8754z-", false, "SIP/2.0/UDP 127.0.0.1:5068;branch=z9hG4bK-d8754z-1---d8754z-", ""},
	/* The seed's message 3: a small k, and received twice. */
	{"SIP/2.0/UDP 0.0.0.0:12345;branch=z9hG4bk-jkfl;received=11.0.0.88;received=11.0.0.88", AHOY_UDP, "0.0.0.0",
	 12345, "z9hG4bk-jkfl", false,
	 "SIP/2.0/UDP 0.0.0.0:12345;branch=z9hG4bk-jkfl;received=11.0.0.88;received=11.0.0.88", ""},
	{"SIP/2.0/UDP 11.0.0.3:5060;rport;branch=z9hG4bK1046087094", AHOY_UDP, "11.0.0.3", 5060, "z9hG4bK1046087094",
	 true, "SIP/2.0/UDP 11.0.0.3:5060;rport;branch=z9hG4bK1046087094", ""},
	/* RFC 4475 3.1.1.1 */
	{"SIP  / 2.0  / TCP     spindle.example.com   ;\r\n branch  =   z9hG4bK9ikj8  ,\r\n"
	 " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239",
	 AHOY_TCP, "spindle.example.com", 0, "z9hG4bK9ikj8", false,
	 "SIP  / 2.0  / TCP     spindle.example.com   ;\r\n branch  =   z9hG4bK9ikj8",
	 "SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239"},
	{"sip/2.0/tls [2001:db8::9:1] : 5061", AHOY_TLS, "[2001:db8::9:1]", 5061, "", false,
	 "sip/2.0/tls [2001:db8::9:1] : 5061", ""},
	{"SIP/2.0/ws df7jal23ls0d.invalid;branch=z9hG4bK56sdasks", AHOY_WS, "df7jal23ls0d.invalid", 0,
	 "z9hG4bK56sdasks", false, "SIP/2.0/ws df7jal23ls0d.invalid;branch=z9hG4bK56sdasks", ""},
	{"SIP/2.0/WSS a", AHOY_WSS, "a", 0, "", false, "SIP/2.0/WSS a", ""},
	{"SIP/2.0/UNKNOWN a;branch=1;branch=1", AHOY_TRANSPORT_OTHER, "a", 0, "1", false,
	 "SIP/2.0/UNKNOWN a;branch=1;branch=1", ""},
};

static void rfc3261_20_42_parts_of_a_via(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		const good_via *row = &good[i];
		ahoy_slice exact = test_exact(ahoy_slice_of(row->text)), rest;
		ahoy_via via;

		assert_err_row(ahoy_via_parse(exact, &via, &rest), 0, row->text);
		assert_row(via.transport == row->transport, row->text);
		assert_slice_row(via.host, row->host, row->text);
		assert_row(via.port == row->port, row->text);
		assert_slice_row(via.branch, row->branch, row->text);
		assert_row(via.has_rport == row->has_rport, row->text);
		assert_slice_row(via.text, row->value, row->text);
		assert_slice_row(rest, row->rest, row->text);
		test_free_exact(exact);
	}
}

static void what_is_no_via_is_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{"", AHOY_ESYNTAX},
		{"SIP/2.0/UDP", AHOY_ESYNTAX},
		{"SIP/2.0/UDP ", AHOY_ESYNTAX},
		{"SIP/2.0 UDP host", AHOY_ESYNTAX},
		{"/2.0/UDP host", AHOY_ESYNTAX},
		{"SIP/2.0/UDP ;branch=1", AHOY_ESYNTAX},
		{"SIP/2.0/UDP host:", AHOY_ESYNTAX},
		{"SIP/2.0/UDP host:port", AHOY_ESYNTAX},
		{"SIP/2.0/UDP host:65536", AHOY_ERANGE},
		{"SIP/2.0/UDP host:0", AHOY_ERANGE},
		{"SIP/2.0/UDP 192.0.2.15;;,;,,", AHOY_ESYNTAX}, /* RFC 4475 3.1.2.1 */
		{"SIP/2.0/UDP host;branch=1;branch=2", AHOY_ESYNTAX},
		{"SIP/2.0/UDP host trailing", AHOY_ESYNTAX},
		{"SIP/2.0/UDP [::1;branch=1", AHOY_ESYNTAX},
		{"SIP/2.0/UDP host;a=\"open", AHOY_ESYNTAX},
		{"SIP/7.0/UDP host", AHOY_EVERSION},
		{"HTTP/2.0/UDP host", AHOY_EVERSION},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text)), rest;
		ahoy_via via;

		assert_err_row(ahoy_via_parse(exact, &via, &rest), rows[i].err, rows[i].text);
		test_free_exact(exact);
	}
}

static void a_via_of_another_version_can_be_used_to_answer_it(void **state)
{
	ahoy_via via;
	ahoy_slice rest;

	(void)state;
	assert_err(ahoy_via_parse(AHOY_S("SIP/7.0/UDP c.example.com:5070;branch=z9hG4bKkdjuw"), &via, &rest),
		   AHOY_EVERSION);
	assert_slice(via.host, "c.example.com");
	assert_int_equal(via.port, 5070);
	assert_slice(via.branch, "z9hG4bKkdjuw");
}

static void more_parameters_than_the_bound_are_out_of_range(void **state)
{
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_slice rest;
	ahoy_via via;

	(void)state;
	ahoy_buf_str(&b, "SIP/2.0/UDP h");
	for (int i = 0; i < AHOY_MAX_PARAMS; i++)
		ahoy_buf_str(&b, ";p");
	assert_ok(ahoy_via_parse(ahoy_buf_slice(&b), &via, &rest));
	ahoy_buf_str(&b, ";p");
	assert_err(ahoy_via_parse(ahoy_buf_slice(&b), &via, &rest), AHOY_ERANGE);
}

static void transports_have_names_in_any_case(void **state)
{
	(void)state;
	for (int t = AHOY_UDP; t < AHOY_TRANSPORT_OTHER; t++)
		assert_int_equal(ahoy_transport_of(ahoy_transport_name((ahoy_transport)t)), t);
	assert_int_equal(ahoy_transport_of(AHOY_S("Tls")), AHOY_TLS);
	assert_int_equal(ahoy_transport_of(AHOY_S("SCTP")), AHOY_TRANSPORT_OTHER);
	assert_int_equal(ahoy_transport_of(AHOY_S("")), AHOY_TRANSPORT_OTHER);
	assert_slice(ahoy_transport_name(AHOY_TRANSPORT_OTHER), "");
	assert_slice(ahoy_transport_name((ahoy_transport)77), "");
}

static void a_via_cut_anywhere_is_read_within_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		for (size_t len = 0; len < strlen(good[i].text); len++) {
			ahoy_slice exact = test_exact((ahoy_slice){good[i].text, len}), rest;
			ahoy_via via;

			if (!ahoy_via_parse(exact, &via, &rest))
				assert_true(via.host.len > 0);
			test_free_exact(exact);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_20_42_parts_of_a_via),
		cmocka_unit_test(what_is_no_via_is_refused),
		cmocka_unit_test(a_via_of_another_version_can_be_used_to_answer_it),
		cmocka_unit_test(more_parameters_than_the_bound_are_out_of_range),
		cmocka_unit_test(transports_have_names_in_any_case),
		cmocka_unit_test(a_via_cut_anywhere_is_read_within_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
