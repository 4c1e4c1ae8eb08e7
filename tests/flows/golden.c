/* Golden files: compared line by line, the difference printed as a person wants to read it. */
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

#define MAX_LINES 400
#define TIME_WIDTH 10

/* Without its times: on real sockets those are the machine's. */
static ahoy_slice comparable(ahoy_slice line, bool timed)
{
	return timed || line.len <= TIME_WIDTH || line.ptr[4] != '.' ? line : ahoy_slice_from(line, TIME_WIDTH);
}

static size_t cut_lines(ahoy_slice text, bool timed, ahoy_slice lines[MAX_LINES])
{
	size_t count = 0;

	while (text.len && count < MAX_LINES) {
		ahoy_slice_cut(text, '\n', &lines[count], &text);
		lines[count] = comparable(lines[count], timed);
		count++;
	}
	return count;
}

/* The longest common subsequence of what lies behind each pair of lines; ladders are short. */
static void print_difference(ahoy_slice *a, size_t a_count, ahoy_slice *b, size_t b_count)
{
	static unsigned short common[MAX_LINES + 1][MAX_LINES + 1];
	size_t i, j;

	memset(common, 0, sizeof common);
	for (i = a_count; i-- > 0;)
		for (j = b_count; j-- > 0;)
			common[i][j] = (unsigned short)(ahoy_slice_eq(a[i], b[j])	      ? common[i + 1][j + 1] + 1
							: common[i + 1][j] > common[i][j + 1] ? common[i + 1][j]
											      : common[i][j + 1]);
	for (i = j = 0; i < a_count || j < b_count;) {
		if (i < a_count && j < b_count && ahoy_slice_eq(a[i], b[j])) {
			print_error("  %.*s\n", AHOY_P(a[i]));
			i++, j++;
		} else if (j == b_count || (i < a_count && common[i + 1][j] >= common[i][j + 1])) {
			print_error("- %.*s\n", AHOY_P(a[i]));
			i++;
		} else {
			print_error("+ %.*s\n", AHOY_P(b[j]));
			j++;
		}
	}
}

static void write_file(const char *path, ahoy_slice text)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(text.ptr, 1, text.len, file) != text.len || fclose(file))
		fail_msg("%s cannot be written", path);
}

/* " after 1.2 s" is a time too. */
static size_t duration(ahoy_slice text)
{
	size_t len = 7;

	if (!ahoy_slice_starts(text, AHOY_S(" after ")) || text.len < 8 || !ahoy_is_digit(text.ptr[7]))
		return 0;
	while (len < text.len && (ahoy_is_digit(text.ptr[len]) || text.ptr[len] == '.'))
		len++;
	return len + 2;
}

static ahoy_slice without_durations(flow *f, ahoy_slice text)
{
	ahoy_buf b = ahoy_buf_over(flow_keep(f, text.len), text.len);

	while (text.len) {
		size_t skip = duration(text);

		if (!skip)
			ahoy_buf_char(&b, text.ptr[0]);
		text = ahoy_slice_from(text, skip ? skip : 1);
	}
	return ahoy_buf_slice(&b);
}

void golden_check(flow *f, bool timed)
{
	static ahoy_slice expected_lines[MAX_LINES], got_lines[MAX_LINES];
	char path[512], full[1024];
	size_t expected_count, got_count;
	ahoy_slice file, expected, got = draw_documented(f, ahoy_buf_slice(&f->ladder));
	bool same;

	assert_false(f->ladder.full);
	snprintf(path, sizeof path, "tests/flows/golden/%s.txt", f->which->name);
	snprintf(full, sizeof full, "%s/%s", AHOY_SOURCE_DIR, path);
	if (timed && getenv("AHOY_UPDATE_GOLDEN")) {
		write_file(full, got);
		return;
	}
	file = test_read_file(path);
	expected = timed ? file : without_durations(f, file);
	got = timed ? got : without_durations(f, got);
	expected_count = cut_lines(expected, timed, expected_lines);
	got_count = cut_lines(got, timed, got_lines);
	same = expected_count == got_count;
	for (size_t i = 0; same && i < got_count; i++)
		same = ahoy_slice_eq(expected_lines[i], got_lines[i]);
	if (!same) {
		print_error("%s (-) and what happened (+); AHOY_UPDATE_GOLDEN=1 makes it the new file\n", path);
		print_difference(expected_lines, expected_count, got_lines, got_count);
	}
	test_free_exact(file);
	if (!same)
		fail_msg("the ladder of %s is another", f->which->name);
}
