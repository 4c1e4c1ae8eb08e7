/* phone/media_source: whose packets an endpoint takes, and where its own go behind a NAT. */
#include "endpoint/media_source.h"

#include "base/err.h"
#include "test.h"

static ahoy_addr addr(const char *text)
{
	ahoy_addr out;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &out));
	return out;
}

static ahoy_media_source of(const char *described, const char *signalling)
{
	ahoy_media_source s = {0};
	ahoy_addr d = addr(described), g = addr(signalling);

	ahoy_media_source_set(&s, &d, &g);
	return s;
}

static bool takes(ahoy_media_source *s, const char *from)
{
	ahoy_addr a = addr(from);

	return ahoy_media_source_takes(s, &a);
}

#define assert_target(s, text)                                                      \
	do {                                                                        \
		ahoy_addr expected_ = addr(text);                                   \
		assert_true(ahoy_addr_eq(ahoy_media_source_target(s), &expected_)); \
	} while (0)

static void packets_from_where_they_were_announced_are_taken(void **state)
{
	ahoy_media_source s = of("192.0.2.9:4000", "192.0.2.9:5060");

	(void)state;
	assert_true(takes(&s, "192.0.2.9:4000"));
	assert_target(&s, "192.0.2.9:4000");
}

static void strangers_are_refused_and_move_nothing(void **state)
{
	ahoy_media_source s = of("192.0.2.9:4000", "192.0.2.8:5060");

	(void)state;
	assert_false(takes(&s, "198.51.100.1:4000"));
	assert_target(&s, "192.0.2.9:4000");
}

static void behind_a_nat_the_port_that_packets_come_from_is_learned_once(void **state)
{
	ahoy_media_source s = of("10.0.0.5:4000", "192.0.2.8:61000");

	(void)state;
	assert_target(&s, "10.0.0.5:4000");
	assert_true(takes(&s, "192.0.2.8:62000"));
	assert_target(&s, "192.0.2.8:62000");
	assert_true(takes(&s, "192.0.2.8:63000"));
	assert_target(&s, "192.0.2.8:62000");
}

static void another_port_of_an_announced_address_that_is_not_the_signalling_one_is_taken_but_not_followed(void **state)
{
	ahoy_media_source s = of("192.0.2.9:4000", "192.0.2.8:5060");

	(void)state;
	assert_true(takes(&s, "192.0.2.9:4002"));
	assert_target(&s, "192.0.2.9:4000");
}

static void a_new_description_is_learned_anew(void **state)
{
	ahoy_media_source s = of("10.0.0.5:4000", "192.0.2.8:61000");
	ahoy_addr same = addr("10.0.0.5:4000"), other = addr("10.0.0.5:4010"), signalling = addr("192.0.2.8:61000");

	(void)state;
	assert_true(takes(&s, "192.0.2.8:62000"));
	ahoy_media_source_set(&s, &same, &signalling);
	assert_target(&s, "192.0.2.8:62000");
	ahoy_media_source_set(&s, &other, &signalling);
	assert_target(&s, "10.0.0.5:4010");
}

static void rfc3264_8_4_hold_by_0_0_0_0_leaves_nowhere_to_send(void **state)
{
	ahoy_media_source s = {0};
	ahoy_addr nowhere = {0}, signalling = addr("192.0.2.8:61000");

	(void)state;
	ahoy_media_source_set(&s, &nowhere, &signalling);
	assert_true(takes(&s, "192.0.2.8:62000"));
	assert_int_equal(ahoy_media_source_target(&s)->family, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_from_where_they_were_announced_are_taken),
		cmocka_unit_test(strangers_are_refused_and_move_nothing),
		cmocka_unit_test(behind_a_nat_the_port_that_packets_come_from_is_learned_once),
		cmocka_unit_test(another_port_of_an_announced_address_that_is_not_the_signalling_one_is_taken_but_not_followed),
		cmocka_unit_test(a_new_description_is_learned_anew),
		cmocka_unit_test(rfc3264_8_4_hold_by_0_0_0_0_leaves_nowhere_to_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
