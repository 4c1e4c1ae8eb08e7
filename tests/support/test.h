/* test: cmocka with the headers that it needs before it, and typed assertions for ahoy's own types, which print
 * both sides. Include it first of all but the header under test. */
#ifndef AHOY_TEST_H
#define AHOY_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The slice holds exactly this text. */
#define assert_slice(slice, text) test_assert_slice((slice), (text), #slice, __FILE__, __LINE__)
/* As assert_slice, for a row of a table: `row` is named in the failure. */
#define assert_slice_row(slice, text, row) test_assert_slice((slice), (text), (row), __FILE__, __LINE__)
/* The code is this one; both are printed by name. */
#define assert_err(err, expected) test_assert_err((err), (expected), #err, __FILE__, __LINE__)
#define assert_err_row(err, expected, row) test_assert_err((err), (expected), (row), __FILE__, __LINE__)
#define assert_ok(err) assert_err((err), 0)
/* For tables: the condition holds, else `row` is printed with it. */
#define assert_row(condition, row) test_assert_row((condition), #condition, (row), __FILE__, __LINE__)

void test_assert_slice(ahoy_slice got, const char *expected, const char *what, const char *file, int line);
void test_assert_err(int got, int expected, const char *what, const char *file, int line);
void test_assert_row(bool holds, const char *condition, const char *row, const char *file, int line);

/* The bytes in a heap block of exactly that size, so that a sanitizer sees a read past them. Freed with test_free_exact. */
ahoy_slice test_exact(ahoy_slice s);
void test_free_exact(ahoy_slice s);

/* The content of a file below the repository's root ("tests/seed/01_register.sip"); fails the test where it cannot be read.
 * Freed with test_free_exact. */
ahoy_slice test_read_file(const char *path);

#endif
