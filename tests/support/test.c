#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"

static void fail_at(const char *file, int line, const char *what, const char *got, const char *expected)
{
	print_error("%s\n  got:      %s\n  expected: %s\n", what, got, expected);
	_fail(file, line);
}

void test_assert_slice(ahoy_slice got, const char *expected, const char *what, const char *file, int line)
{
	char got_text[4096], expected_text[4096];
	ahoy_buf g = ahoy_buf_over(got_text, sizeof got_text - 1);
	ahoy_buf e = ahoy_buf_over(expected_text, sizeof expected_text - 1);

	if (ahoy_slice_eq(got, ahoy_slice_of(expected)))
		return;
	ahoy_buf_fmt(&g, "(%zu bytes) ", got.len);
	ahoy_buf_fmt(&e, "(%zu bytes) ", strlen(expected));
	ahoy_buf_escaped(&g, got);
	ahoy_buf_escaped(&e, ahoy_slice_of(expected));
	fail_at(file, line, what, ahoy_buf_cstr(&g), ahoy_buf_cstr(&e));
}

void test_assert_err(int got, int expected, const char *what, const char *file, int line)
{
	char got_text[64], expected_text[64];

	if (got == expected)
		return;
	snprintf(got_text, sizeof got_text, "%s (%d)", ahoy_err_name(got), got);
	snprintf(expected_text, sizeof expected_text, "%s (%d)", ahoy_err_name(expected), expected);
	fail_at(file, line, what, got_text, expected_text);
}

void test_assert_row(bool holds, const char *condition, const char *row, const char *file, int line)
{
	if (!holds)
		fail_at(file, line, row, "false", condition);
}

/* An empty slice gets a block of its own too: a pointer that no byte may be read from. */
ahoy_slice test_exact(ahoy_slice s)
{
	char *copy = malloc(s.len);

	if (!copy && s.len) {
		print_error("test_exact: out of memory\n");
		abort();
	}
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	return (ahoy_slice){copy, s.len};
}

void test_free_exact(ahoy_slice s)
{
	free((void *)(uintptr_t)s.ptr);
}

ahoy_slice test_read_file(const char *path)
{
	char full[4096];
	char *data = NULL;
	size_t len = 0, got;
	FILE *file;

	snprintf(full, sizeof full, "%s/%s", AHOY_SOURCE_DIR, path);
	file = fopen(full, "rb");
	if (!file)
		fail_msg("%s cannot be opened", path);
	do {
		char *more = realloc(data, len + 4096);

		if (!more)
			abort();
		data = more;
		got = fread(data + len, 1, 4096, file);
		len += got;
	} while (got);
	fclose(file);
	data = realloc(data, len ? len : 1);
	return (ahoy_slice){data, len};
}
