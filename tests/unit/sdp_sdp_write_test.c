#include "sdp/sdp.h"

#include "test.h"

#include "sdp_golden.h"

static golden g;

static void expect_written(const char *text, const char *expected)
{
	char out[8192];
	ahoy_buf b = ahoy_buf_over(out, sizeof out);
	golden again;

	ahoy_sdp_write(golden_parse(&g, text), &b);
	assert_false(b.full);
	golden_expect(&b, expected);
	/* Writing what was written changes nothing any more. */
	assert_ok(ahoy_sdp_parse(ahoy_buf_slice(&b), &again.sdp, NULL));
	b = ahoy_buf_over(again.text, sizeof again.text);
	ahoy_sdp_write(&again.sdp, &b);
	golden_expect(&b, expected);
}

static void the_seeds_bodies_are_written_byte_for_byte(void **state)
{
	(void)state;
	expect_written(SEED_OFFER, SEED_OFFER);
	expect_written(SEED_ANSWER, SEED_ANSWER);
}

static void rfc8866_5_lines_come_in_the_order_of_the_grammar(void **state)
{
	(void)state;
	expect_written("v=0\n"
		       "t=1 2\n"
		       "a=group:BUNDLE 0\n"
		       "c=IN IP6 2001:DB8::1\n"
		       "b=CT:128\n"
		       "o=J. Doe 1 2 IN IP6 ::1\n"
		       "m=video 06/2 RTP/AVP 31  32\n"
		       "a=recvonly\n"
		       "b=AS:64\n"
		       "c=IN IP4 224.2.1.1/127\n"
		       "a=x: y \n",
		       "v=0\n"
		       "o=J. Doe 1 2 IN IP6 ::1\n"
		       "s=-\n"
		       "c=IN IP6 2001:DB8::1\n"
		       "b=CT:128\n"
		       "t=1 2\n"
		       "a=group:BUNDLE 0\n"
		       "m=video 6/2 RTP/AVP 31 32\n"
		       "c=IN IP4 224.2.1.1/127\n"
		       "b=AS:64\n"
		       "a=recvonly\n"
		       "a=x:y\n");
}

static void a_buffer_too_small_says_so(void **state)
{
	char out[100];
	ahoy_buf b = ahoy_buf_over(out, sizeof out);

	(void)state;
	ahoy_sdp_write(golden_parse(&g, SEED_OFFER), &b);
	assert_true(b.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seeds_bodies_are_written_byte_for_byte),
		cmocka_unit_test(rfc8866_5_lines_come_in_the_order_of_the_grammar),
		cmocka_unit_test(a_buffer_too_small_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
