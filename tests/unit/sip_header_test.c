/* sip/header: the table of header fields. */
#include "sip/header.h"

#include "test.h"

static const struct {
	ahoy_header id;
	const char *name;
	char compact;
	bool single;
} table[] = {
#define ROW(id, name, compact, single, rfc) {AHOY_H_##id, name, compact, single},
	AHOY_HEADER_TABLE(ROW)
#undef ROW
};

static void change_case(char *text, bool upper)
{
	for (; *text; text++)
		if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z'))
			*text = (char)(upper ? *text & ~0x20 : *text | 0x20);
}

static void rfc3261_7_3_1_every_header_is_found_by_its_name_in_any_case(void **state)
{
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_row(ahoy_header_of(ahoy_slice_of(table[i].name)) == table[i].id, table[i].name);
		assert_slice_row(ahoy_header_name(table[i].id), table[i].name, table[i].name);
		assert_row(ahoy_header_is_single(table[i].id) == table[i].single, table[i].name);
		for (int upper = 0; upper < 2; upper++) {
			assert_ok(ahoy_slice_cstr(ahoy_slice_of(table[i].name), text, sizeof text));
			change_case(text, upper);
			assert_row(ahoy_header_of(ahoy_slice_of(text)) == table[i].id, text);
		}
	}
}

static void rfc3261_7_3_3_every_compact_form_names_its_header(void **state)
{
	int compact = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char upper = (char)(table[i].compact & ~0x20);

		if (!table[i].compact)
			continue;
		compact++;
		assert_row(ahoy_header_of((ahoy_slice){&table[i].compact, 1}) == table[i].id, table[i].name);
		assert_row(ahoy_header_of((ahoy_slice){&upper, 1}) == table[i].id, table[i].name);
	}
	for (int c = 0; c < 256; c++) {
		char letter = (char)c;

		compact -= ahoy_header_of((ahoy_slice){&letter, 1}) != AHOY_H_OTHER && (c | 0x20) == c;
	}
	assert_int_equal(compact, 0);
}

static void other_names_are_no_header_of_ours(void **state)
{
	static const char *const names[] = {
		"", "X-Unknown", "Vi", "Viax", "Vib",
		"CSeg", "Content-Lengt_", "Fro\x0d", "@rom", "A-header-with-a-name-longer-than-any-that-is-known"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_row(ahoy_header_of(ahoy_slice_of(names[i])) == AHOY_H_OTHER, names[i]);
	assert_slice(ahoy_header_name(AHOY_H_OTHER), "");
	assert_slice(ahoy_header_name((ahoy_header)AHOY_HEADERS), "");
	assert_false(ahoy_header_is_single(AHOY_H_OTHER));
	assert_false(ahoy_header_is_single((ahoy_header)AHOY_HEADERS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_7_3_1_every_header_is_found_by_its_name_in_any_case),
		cmocka_unit_test(rfc3261_7_3_3_every_compact_form_names_its_header),
		cmocka_unit_test(other_names_are_no_header_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
