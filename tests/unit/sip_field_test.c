/* sip/field: logical header lines. */
#include "sip/field.h"

#include <stdio.h>

#include "base/err.h"
#include "base/limits.h"
#include "test.h"

static ahoy_field_reader reader;
static ahoy_slice line;
static ahoy_field field;
static const char *rule;

static int start(const char *text)
{
	return ahoy_field_start(&reader, ahoy_slice_of(text), &line);
}

static int next(void)
{
	return ahoy_field_next(&reader, &field, &rule);
}

static void rfc3261_25_1_folded_header_is_one_value(void **state)
{
	(void)state;
	assert_ok(start("S\r\nSubject: I know\r\n you're there,\r\n\tpick up\r\nA:b\r\n\r\n"));
	assert_slice(line, "S");
	assert_ok(next());
	assert_slice(field.name, "Subject");
	assert_slice(field.value, "I know\r\n you're there,\r\n\tpick up");
	assert_ok(next());
	assert_slice(field.name, "A");
	assert_slice(field.value, "b");
	assert_ok(next());
	assert_slice(field.name, "");
	assert_int_equal(reader.at, reader.bytes.len);
}

static void rfc3261_7_3_1_blanks_round_the_colon_do_not_count(void **state)
{
	static const struct {
		const char *text, *name, *value;
	} rows[] = {
		{"S\r\nTo \t:  <sip:a@b> \t\r\nx", "To", "<sip:a@b>"},
		{"S\r\nTO :\r\n sip:a@b\r\nx", "TO", "sip:a@b"},
		{"S\r\nSubject:\r\nx", "Subject", ""},
		{"S\r\nSubject: \t \r\nx", "Subject", ""},
		{"S\r\nA:b:c\r\nx", "A", "b:c"},
		{"S\r\nl:\r\n\t\r\n 1\r\nx", "l", "1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_ok(start(rows[i].text));
		assert_err_row(next(), 0, rows[i].text);
		assert_slice_row(field.name, rows[i].name, rows[i].text);
		assert_slice_row(field.value, rows[i].value, rows[i].text);
	}
}

static void rfc3261_7_5_line_ends_and_blanks_before_the_start_line_are_skipped(void **state)
{
	(void)state;
	assert_ok(start("\r\n\r\n SIP/2.0 200 OK\r\n"));
	assert_slice(line, "SIP/2.0 200 OK");
	assert_err(start("\r\n\r\n"), AHOY_EMORE);
	assert_err(start(""), AHOY_EMORE);
	assert_err(start("no end"), AHOY_EMORE);
}

static void one_message_has_one_kind_of_line_end(void **state)
{
	static const struct {
		const char *text;
		int err; /* of the first field */
	} rows[] = {
		{"S\r\nA: b\r\nx", 0},
		{"S\nA: b\nx", 0},
		{"S\r\nA: b\nVia: x\r\nx", AHOY_ESYNTAX},
		{"S\nA: b\r\nx", AHOY_ESYNTAX},
		{"S\r\nA: b\rc\r\nx", AHOY_ESYNTAX},
		{"S\r\nA: b\r\r\nx", AHOY_ESYNTAX},
		{"S\nA: b\rc\nx", AHOY_ESYNTAX},
		{"S\r\nA: b\r\n c\rd\r\nx", AHOY_ESYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_ok(start(rows[i].text));
		assert_err_row(next(), rows[i].err, rows[i].text);
		assert_row((rule != NULL) == (rows[i].err != 0), rows[i].text);
		assert_row(reader.line_ends_ok == (rows[i].err == 0), rows[i].text);
	}
	assert_err(start("S\rT\r\nA: b\r\n"), AHOY_ESYNTAX);
}

static void a_nul_byte_is_a_fault_of_its_line_alone(void **state)
{
	static const char text[] = "S\r\nA: b\0c\r\nD: e\r\n\r\n";

	(void)state;
	assert_ok(ahoy_field_start(&reader, (ahoy_slice){text, sizeof text - 1}, &line));
	assert_err(next(), AHOY_ESYNTAX);
	assert_ok(next());
	assert_slice(field.name, "D");
	assert_err(ahoy_field_start(&reader, (ahoy_slice){"S\0\r\n", 4}, &line), AHOY_ESYNTAX);
}

static void a_faulty_line_says_why_and_reading_goes_on_behind_it(void **state)
{
	static const struct {
		const char *text, *rule;
	} rows[] = {
		{"S\r\nno colon\r\nB: c\r\n\r\n", "header line without a colon"},
		{"S\r\nTwo words: x\r\nB: c\r\n\r\n", "header name is not a token"},
		{"S\r\n: x\r\nB: c\r\n\r\n", "header without a name"},
		{"S\r\n\t: x\r\nB: c\r\n\r\n", "header without a name"},
		{"S\r\n<x>: y\r\nB: c\r\n\r\n", "header name is not a token"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_ok(start(rows[i].text));
		assert_err_row(next(), AHOY_ESYNTAX, rows[i].text);
		assert_string_equal(rule, rows[i].rule);
		assert_true(reader.line_ends_ok);
		assert_err_row(next(), 0, rows[i].text);
		assert_slice_row(field.name, "B", rows[i].text);
	}
}

static void what_follows_a_line_must_be_seen_to_know_that_it_ends(void **state)
{
	(void)state;
	assert_ok(start("S\r\nA: b\r\n"));
	assert_err(next(), AHOY_EMORE);
	assert_ok(start("S\r\nA: b\r\n c"));
	assert_err(next(), AHOY_EMORE);
	assert_ok(start("S\r\nA: b\r\n c\r"));
	assert_err(next(), AHOY_EMORE);
	assert_ok(start("S\r\n\r"));
	assert_err(next(), AHOY_EMORE);
}

static void more_lines_than_the_bound_end_the_reading(void **state)
{
	static char text[16 + 3 * AHOY_MAX_HEAD_LINES];
	size_t len = 0;

	(void)state;
	len += (size_t)snprintf(text + len, sizeof text - len, "S\nA:b\n");
	for (int i = 0; i < AHOY_MAX_HEAD_LINES - 1; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, " c\n");
	text[len++] = 'x';
	assert_ok(ahoy_field_start(&reader, (ahoy_slice){text, len}, &line));
	assert_err(next(), AHOY_ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_25_1_folded_header_is_one_value),
		cmocka_unit_test(rfc3261_7_3_1_blanks_round_the_colon_do_not_count),
		cmocka_unit_test(rfc3261_7_5_line_ends_and_blanks_before_the_start_line_are_skipped),
		cmocka_unit_test(one_message_has_one_kind_of_line_end),
		cmocka_unit_test(a_nul_byte_is_a_fault_of_its_line_alone),
		cmocka_unit_test(a_faulty_line_says_why_and_reading_goes_on_behind_it),
		cmocka_unit_test(what_follows_a_line_must_be_seen_to_know_that_it_ends),
		cmocka_unit_test(more_lines_than_the_bound_end_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
