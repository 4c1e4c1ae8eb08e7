/* registrar/path: the proxies between a phone and us (RFC 3327). */
#include "registrar/path.h"

#include <stdio.h>

#include "registrar_support.h"

static void rfc3327_5_3_the_path_is_kept_as_the_route_of_requests_to_come(void **state)
{
	static const struct {
		const char *lines;
		int status;
		const char *path;
	} rows[] = {
		{"", 0, ""},
		{"Path: <sip:p1.example.com;lr>\r\n", 0, "<sip:p1.example.com;lr>"},
		{"Path: <sip:p3;lr>,<sip:p2;lr>\r\nPath: <sips:p1:5071;lr>\r\n", 0, "<sip:p3;lr>, <sip:p2;lr>, <sips:p1:5071;lr>"},
		{"Path: \"edge\" <sip:x@192.0.2.1;lr;received=sip:192.0.2.2:40000;ob>;a=b\r\n", 0,
		 "<sip:x@192.0.2.1;lr;received=sip:192.0.2.2:40000;ob>"},
		{"Path: <sip:p1;lr>,\r\n <sip:p2;lr>\r\n", 0, "<sip:p1;lr>, <sip:p2;lr>"},
		{"Path: *\r\n", 400, NULL},
		{"Path: <tel:112>\r\n", 400, NULL},
		{"Path: <sip:p1;lr?Route=x>\r\n", 400, NULL},
		{"Path: <sip:p1;lr\r\n", 400, NULL},
		{"Path: <sip:p1;lr>, nonsense\r\n", 400, NULL},
		{"Path:\r\n", 400, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[AHOY_MAX_PATH];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		test_request r;
		int status;

		request_make(&r, "REGISTER", "115", "c", 1, rows[i].lines);
		status = ahoy_path_read(&r.msg, &b).status;
		assert_row(status == rows[i].status, rows[i].lines);
		if (!status)
			assert_slice_row(ahoy_buf_slice(&b), rows[i].path, rows[i].lines);
	}
}

static void a_path_over_the_bound_is_refused(void **state)
{
	char lines[AHOY_MAX_PATH + 64], text[AHOY_MAX_PATH];
	ahoy_buf b;
	test_request r;

	(void)state;
	for (int over = 0; over <= 1; over++) {
		/* "<sip:" and "@h>" are eight bytes. */
		snprintf(lines, sizeof lines, "Path: <sip:%0*d@h>\r\n", AHOY_MAX_PATH - 8 + over, 7);
		request_make(&r, "REGISTER", "115", "c", 1, lines);
		b = ahoy_buf_over(text, sizeof text);
		assert_int_equal(ahoy_path_read(&r.msg, &b).status, over ? 400 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3327_5_3_the_path_is_kept_as_the_route_of_requests_to_come),
		cmocka_unit_test(a_path_over_the_bound_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
