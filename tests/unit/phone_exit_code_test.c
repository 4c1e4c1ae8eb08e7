/* phone/exit_code: what scripts rely on. */
#include "phone/exit_code.h"

#include "base/err.h"
#include "phone/expect.h"
#include "test.h"

static const struct {
	const char *row;
	int expected;
	ahoy_outcome outcome;
} table[] = {
	{"all as asked", 0, {0}},
	{"a 200 is no failure", 0, {.status = 200, .from_peer = true}},
	{"408 from the far end", 10, {.status = 408, .from_peer = true}},
	{"408 of our own: nobody answered at all", 14, {.status = 408}},
	{"480", 10, {.status = 480, .from_peer = true}},
	{"487", 10, {.status = 487, .from_peer = true}},
	{"487 of our own, after a hang-up", 10, {.status = 487}},
	{"--wait ran out", 10, {.status = 487, .wait_ran_out = true}},
	{"--wait ran out, whatever else came", 10, {.err = AHOY_ETIMEOUT, .wait_ran_out = true}},
	{"486", 11, {.status = 486, .from_peer = true}},
	{"600", 11, {.status = 600, .from_peer = true}},
	{"301", 12, {.status = 301, .from_peer = true}},
	{"403 to a call", 12, {.status = 403, .from_peer = true}},
	{"404", 12, {.status = 404, .from_peer = true}},
	{"488", 12, {.status = 488, .from_peer = true}},
	{"503 from the far end", 12, {.status = 503, .from_peer = true}},
	{"503 of our own: nothing could be sent", 14, {.status = 503}},
	{"603", 12, {.status = 603, .from_peer = true}},
	{"no common codec in an answer", 12, {.err = AHOY_ECODEC}},
	{"a second challenge", 13, {.status = 401, .from_peer = true, .auth_failed = true}},
	{"a challenge and no password", 13, {.status = 407, .from_peer = true}},
	{"403 to REGISTER", 13, {.status = 403, .from_peer = true, .is_register = true}},
	{"404 to REGISTER", 12, {.status = 404, .from_peer = true, .is_register = true}},
	{"name not found", 14, {.err = AHOY_ENOTFOUND}},
	{"ICMP", 14, {.err = AHOY_ENETWORK}},
	{"no response", 14, {.err = AHOY_ETIMEOUT}},
	{"481 in the call", 1, {.err = AHOY_ESTALE}},
	{"a file", 1, {.err = AHOY_EIO}},
	{"no sound", 20, {.unmet = 1 << AHOY_EXPECT_AUDIO}},
	{"no tone", 21, {.unmet = 1 << AHOY_EXPECT_TONE}},
	{"other keys", 22, {.unmet = 1 << AHOY_EXPECT_DTMF}},
	{"a low MOS", 23, {.unmet = 1 << AHOY_EXPECT_MOS}},
	{"nothing that was expected: the first says why", 20, {.unmet = 15}},
	{"other keys and a low MOS", 22, {.unmet = 1 << AHOY_EXPECT_DTMF | 1 << AHOY_EXPECT_MOS}},
	{"an error says more than what was missed", 1, {.err = AHOY_EIO, .unmet = 15}},
	{"no sound, since busy", 11, {.status = 486, .from_peer = true, .unmet = 15}},
};

static void each_outcome_has_the_code_of_the_manual(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int code = ahoy_exit_code(&table[i].outcome);

		if (code != table[i].expected)
			fail_msg("%s: %d, expected %d", table[i].row, code, table[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_outcome_has_the_code_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
