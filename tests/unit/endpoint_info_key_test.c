/* endpoint/info_key: DTMF in INFO, whole and cut at every byte. */
#include "endpoint/info_key.h"

#include "test.h"

static ahoy_info_result key_of(const char *type, ahoy_slice body, char *key, uint32_t *duration_ms)
{
	static ahoy_msg msg;

	memset(&msg, 0, sizeof msg);
	msg.content_type = ahoy_slice_of(type);
	msg.body = body;
	*key = '?';
	return ahoy_info_key(&msg, key, duration_ms);
}

#define RELAY "application/dtmf-relay"

static const struct {
	const char *type, *body;
	ahoy_info_result result;
	char key;
	uint32_t duration_ms;
} table[] = {
	{RELAY, "Signal=5\r\nDuration=160\r\n", AHOY_INFO_KEY, '5', 160},
	{RELAY, "Signal= #\nDuration= 250", AHOY_INFO_KEY, '#', 250},
	{RELAY, "signal=a", AHOY_INFO_KEY, 'A', 0},
	{RELAY, "Signal=10\r\n", AHOY_INFO_KEY, '*', 0},
	{RELAY ";charset=utf-8", "Duration=100\r\nSignal=0\r\n", AHOY_INFO_KEY, '0', 100},
	{RELAY, "Signal=5\r\nDuration=99999999999\r\n", AHOY_INFO_KEY, '5', 0},
	{RELAY, "Signal=x\r\n", AHOY_INFO_BAD, 0, 0},
	{RELAY, "Signal=99\r\n", AHOY_INFO_BAD, 0, 0},
	{RELAY, "Signal=\r\n", AHOY_INFO_BAD, 0, 0},
	{RELAY, "", AHOY_INFO_BAD, 0, 0},
	{RELAY, "5", AHOY_INFO_BAD, 0, 0},
	{"application/dtmf", "5", AHOY_INFO_KEY, '5', 0},
	{"application/dtmf", " * \r\n", AHOY_INFO_KEY, '*', 0},
	{"application/dtmf", "55555", AHOY_INFO_BAD, 0, 0},
	{"application/media_control+xml", "<x/>", AHOY_INFO_OTHER, 0, 0},
	{"", "5", AHOY_INFO_OTHER, 0, 0},
};

static void a_key_is_read_in_each_of_its_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint32_t duration_ms;
		char key;
		ahoy_info_result result = key_of(table[i].type, ahoy_slice_of(table[i].body), &key, &duration_ms);

		assert_row(result == table[i].result, table[i].body);
		if (result != AHOY_INFO_KEY)
			continue;
		assert_row(key == table[i].key, table[i].body);
		assert_row(duration_ms == table[i].duration_ms, table[i].body);
	}
}

static void a_body_cut_at_any_byte_is_read_within_its_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_slice whole = ahoy_slice_of(table[i].body);

		for (size_t len = 0; len <= whole.len; len++) {
			ahoy_slice part = test_exact(ahoy_slice_first(whole, len));
			uint32_t duration_ms;
			char key;

			if (key_of(table[i].type, part, &key, &duration_ms) == AHOY_INFO_KEY)
				assert_non_null(strchr("0123456789*#ABCDF", key));
			test_free_exact(part);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_read_in_each_of_its_forms),
		cmocka_unit_test(a_body_cut_at_any_byte_is_read_within_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
