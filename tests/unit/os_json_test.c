/* os/json: lines that are valid whatever a peer sent. */
#include "os/json.h"

#include <jansson.h>

#include "test.h"

static void texts_are_quoted_and_made_valid(void **state)
{
	static const struct {
		ahoy_slice text;
		const char *json;
	} table[] = {
		{{"", 0}, "\"\""},
		{{"plain", 5}, "\"plain\""},
		{{"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
		{{"\n\x1b\x7f\0", 4}, "\"\\u000a\\u001b\\u007f\\u0000\""},
		{{"\xc3\xb6\xe4\xbd\xa0\xf0\x9f\x93\x9e", 9}, "\"\xc3\xb6\xe4\xbd\xa0\xf0\x9f\x93\x9e\""},
		{{"\xc2\x9b", 2}, "\"\\u009b\""},
		{{"\xff", 1}, "\"\xef\xbf\xbd\""},
		{{"\xc3", 1}, "\"\xef\xbf\xbd\""},
		{{"\xc0\xaf", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},		   /* overlong */
		{{"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* surrogate */
		{{"\xf4\x90\x80\x80", 4}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char space[128];
		ahoy_buf b = ahoy_buf_over(space, sizeof space);
		ahoy_slice text = test_exact(table[i].text);

		ahoy_json_text(&b, text);
		assert_slice_row(ahoy_buf_slice(&b), table[i].json, table[i].json);
		test_free_exact(text);
	}
}

/* Another's parser must take every pair of bytes that we write. */
static void every_pair_of_bytes_makes_valid_json(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		char bytes[2] = {(char)(pair >> 8), (char)pair}, space[64];
		ahoy_buf b = ahoy_buf_over(space, sizeof space);
		json_t *parsed;

		ahoy_json_text(&b, (ahoy_slice){bytes, 2});
		parsed = json_loadb(b.ptr, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(parsed);
		json_decref(parsed);
	}
}

static void an_object_has_its_members_in_order(void **state)
{
	char space[512];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);
	ahoy_json j = ahoy_json_open(&b), inner;

	(void)state;
	ahoy_json_string(&j, "s", AHOY_S("x"));
	ahoy_json_u64(&j, "n", UINT64_MAX);
	ahoy_json_bool(&j, "b", false);
	ahoy_json_time(&j, "never", 0);
	ahoy_json_time(&j, "t", 1000);
	ahoy_json_ms(&j, "ms", 1005);
	ahoy_json_strings(&j, "a", (ahoy_slice[]){{"1", 1}, {"\"", 1}}, 2);
	ahoy_json_strings(&j, "e", NULL, 0);
	inner = ahoy_json_object(&j, "o");
	ahoy_json_close(&inner);
	inner = ahoy_json_object(&j, "p");
	ahoy_json_u64(&inner, "q", 0);
	ahoy_json_close(&inner);
	ahoy_json_close(&j);
	assert_slice(
		ahoy_buf_slice(&b),
		"{\"s\":\"x\",\"n\":18446744073709551615,\"b\":false,\"never\":null,"
		"\"t\":\"1970-01-01T00:00:01.000Z\",\"ms\":1.005,\"a\":[\"1\",\"\\\"\"],\"e\":[],\"o\":{},\"p\":{\"q\":0}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_quoted_and_made_valid),
		cmocka_unit_test(every_pair_of_bytes_makes_valid_json),
		cmocka_unit_test(an_object_has_its_members_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
