/* sip/uri_eq: RFC 3261 19.1.4 and RFC 3966 5. The first rows of each table are the RFC's own examples. */
#include "sip/uri.h"

#include "test.h"

typedef struct {
	const char *a, *b;
} pair;

static bool eq(const char *a, const char *b)
{
	ahoy_uri x, y;
	bool forwards, backwards;

	assert_err_row(ahoy_uri_parse(ahoy_slice_of(a), &x), 0, a);
	assert_err_row(ahoy_uri_parse(ahoy_slice_of(b), &y), 0, b);
	forwards = ahoy_uri_eq(&x, &y);
	backwards = ahoy_uri_eq(&y, &x);
	if (forwards != backwards)
		fail_msg("%s and %s are equal in one direction only", a, b);
	assert_row(ahoy_uri_eq(&x, &x), a);
	return forwards;
}

static void rfc3261_19_1_4_these_are_equal(void **state)
{
	static const pair rows[] = {
		{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;security=on"},
		{"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
		 "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
		{"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
		 "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
		{"sip:a@[::1]", "sip:a@[0:0::0001]"},
		{"sip:a:one@b", "sip:a:two@b"},
		{"SIP:a@b;%74ransport=udp", "sip:a@b;transport=UDP"},
		{"sip:a@b;x=%4a", "sip:a@b;x=J"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_row(eq(rows[i].a, rows[i].b), rows[i].a);
}

static void rfc3261_19_1_4_these_differ(void **state)
{
	static const pair rows[] = {
		{"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
		{"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
		{"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
		{"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"},
		{"sip:a@b", "sips:a@b"},
		{"sip:b", "sip:a@b"},
		{"sip:a@b;user=phone", "sip:a@b"},
		{"sip:a@b;ttl=1", "sip:a@b"},
		{"sip:a@b;maddr=1.2.3.4", "sip:a@b"},
		{"sip:a@b;method=INVITE", "sip:a@b"},
		{"sip:a@b?x=1&y=2", "sip:a@b?x=1"},
		{"sip:a@b?x=1", "sip:a@b?x=2"},
		{"sip:a%3bb@c", "sip:a;b@c"},
		{"sip:a@b;x=1;x=2", "sip:a@b;x=1"},
		{"tel:123", "sip:123@host"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_row(!eq(rows[i].a, rows[i].b), rows[i].a);
}

static void rfc3966_5_telephone_numbers_without_their_separators(void **state)
{
	(void)state;
	assert_true(eq("tel:+1-201-555-0123", "tel:+1(201)555.0123"));
	assert_true(eq("tel:7042;phone-context=Example.com;ext=1", "TEL:7042;ext=1;phone-context=example.com"));
	assert_false(eq("tel:+12015550123", "tel:12015550123"));
	assert_false(eq("tel:7042;phone-context=example.com", "tel:7042"));
	assert_false(eq("tel:70420", "tel:7042"));
	assert_true(eq("tel:1a", "tel:1A"));
}

static void other_schemes_are_equal_byte_for_byte(void **state)
{
	(void)state;
	assert_true(eq("urn:x:1", "urn:x:1"));
	assert_false(eq("urn:x:1", "URN:x:1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_19_1_4_these_are_equal),
		cmocka_unit_test(rfc3261_19_1_4_these_differ),
		cmocka_unit_test(rfc3966_5_telephone_numbers_without_their_separators),
		cmocka_unit_test(other_schemes_are_equal_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
