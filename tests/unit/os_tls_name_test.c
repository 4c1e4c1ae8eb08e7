/* os/tls_name: whom a certificate names (RFC 5922 7). */
#include "os/tls_name.h"

#include <openssl/x509v3.h>

#include "test.h"

/* An unsigned certificate with this common name and this subjectAltName, as openssl writes it; NULL: none. */
static X509 *certificate(const char *common, const char *san)
{
	X509 *made = X509_new();

	assert_non_null(made);
	if (common)
		assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
							    (const unsigned char *)common, -1, -1, 0),
				 1);
	if (san) {
		X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);

		assert_non_null(extension);
		assert_int_equal(X509_add_ext(made, extension, -1), 1);
		X509_EXTENSION_free(extension);
	}
	return made;
}

static const struct {
	const char *common, *san, *name;
	bool matches;
} rows[] = {
	{NULL, "URI:sip:example.com", "example.com", true},
	{NULL, "URI:sip:example.com", "EXAMPLE.com.", true},
	{NULL, "URI:sip:alice@example.com", "example.com", false}, /* a person's, 7.1 */
	{NULL, "URI:sips:example.com", "example.com", false},
	{NULL, "URI:https://example.com", "example.com", false},
	{NULL, "URI:sip:example.com,DNS:other.example", "other.example", false}, /* 7.1: DNS only where there is no sip: */
	{NULL, "URI:https://x.example,DNS:other.example", "other.example", true},
	{NULL, "URI:sip:a.example,URI:sip:b.example", "b.example", true},
	{NULL, "DNS:example.com", "example.com", true},
	{NULL, "DNS:example.com", "sip.example.com", false},
	{NULL, "DNS:*.example.com", "sip.example.com", false}, /* 7.2 */
	{NULL, "DNS:*.example.com", "*.example.com", true},
	{"example.com", NULL, "example.com", true},
	{"example.com", "DNS:other.example", "example.com", false}, /* 7.1: no common name beside a subjectAltName */
	{"example.com", "email:a@example.com", "example.com", false},
	{"192.0.2.1", NULL, "192.0.2.1", false},
	{NULL, "IP:192.0.2.1", "192.0.2.1", true},
	{NULL, "IP:192.0.2.1", "192.0.2.2", false},
	{NULL, "DNS:192.0.2.1", "192.0.2.1", false},
	{NULL, "IP:2001:db8::1", "[2001:db8::1]", true},
	{NULL, "IP:2001:db8::1", "2001:DB8:0::1", true},
	{NULL, "DNS:example.com", "", false},
	{NULL, NULL, "example.com", false},
};

static void rfc5922_7_names_are_found_where_they_may_stand(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		X509 *made = certificate(rows[i].common, rows[i].san);

		if (ahoy_tls_name_matches(made, ahoy_slice_of(rows[i].name)) != rows[i].matches)
			fail_msg("row %zu: %s for %s", i, rows[i].san, rows[i].name);
		X509_free(made);
	}
}

static void rfc5922_7_a_name_with_a_nul_in_it_is_no_shorter_one(void **state)
{
	X509 *made = certificate(NULL, NULL);
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	(void)state;
	assert_int_equal(ASN1_STRING_set(text, "example.com\0.evil.example", 24), 1);
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	sk_GENERAL_NAME_push(names, name);
	assert_int_equal(X509_add1_ext_i2d(made, NID_subject_alt_name, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
	assert_false(ahoy_tls_name_matches(made, AHOY_S("example.com")));
	X509_free(made);
}

static void the_names_are_listed_for_people(void **state)
{
	static const struct {
		const char *common, *san, *text;
	} lists[] = {
		{"x", "URI:sip:a.example,DNS:b.example,IP:192.0.2.1,email:a@b", "sip:a.example, b.example, 192.0.2.1"},
		{"x.example", NULL, "x.example"},
		{NULL, NULL, "nobody"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		X509 *made = certificate(lists[i].common, lists[i].san);
		char text[100];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_tls_name_list(made, &b);
		assert_slice(ahoy_buf_slice(&b), lists[i].text);
		X509_free(made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc5922_7_names_are_found_where_they_may_stand),
		cmocka_unit_test(rfc5922_7_a_name_with_a_nul_in_it_is_no_shorter_one),
		cmocka_unit_test(the_names_are_listed_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
