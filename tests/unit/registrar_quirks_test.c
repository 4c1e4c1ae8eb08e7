/* registrar/quirks: phones known by their User-Agent. */
#include "registrar/quirks.h"

#include "registrar_support.h"

static void phones_that_give_up_at_a_second_challenge_are_known_by_their_name(void **state)
{
	static const struct {
		const char *line;
		bool known;
	} table[] = {
		{"User-Agent: baresip v1.0.0 (x86_64/linux)\r\n", true},
		{"User-Agent: BareSIP v0.6.6\r\n", true},
		{"User-Agent: sipsak 0.9.8.1\r\n", true},
		{"User-Agent: SIPp/Linux\r\n", true},
		{"User-Agent: baresip v3.1.0\r\n", false},
		{"User-Agent: not sipsak\r\n", false},
		{"User-Agent: Zoiper for Windows 2.43 r24984\r\n", false},
		{"User-Agent: \r\n", false},
		{"", false},
	};
	test_request r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		request_make(&r, "REGISTER", "115", "c", 1, table[i].line);
		assert_row(ahoy_quirk_single_challenge(&r.msg) == table[i].known, table[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phones_that_give_up_at_a_second_challenge_are_known_by_their_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
