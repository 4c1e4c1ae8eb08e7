/* Two texts, one on a line, as URIs and as the value of a Contact. Beyond "no crash": what is written parses to an
 * equal URI and is written the same again; equality is symmetric and reflexive; unescaping an escaped user part gives
 * the user part. */
#include <stdlib.h>

#include "base/err.h"
#include "sip/name_addr.h"
#include "sip/target.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ROOM 4096

static void check_written(const ahoy_uri *uri)
{
	static char first[ROOM], second[ROOM];
	ahoy_buf one = ahoy_buf_over(first, sizeof first), two = ahoy_buf_over(second, sizeof second);
	ahoy_uri again;

	ahoy_uri_write(&one, uri);
	if (one.full)
		return;
	CHECK(ahoy_uri_parse(ahoy_buf_slice(&one), &again) == 0);
	CHECK(ahoy_uri_eq(uri, &again) && ahoy_uri_eq(&again, uri));
	ahoy_uri_write(&two, &again);
	CHECK(ahoy_slice_eq(ahoy_buf_slice(&one), ahoy_buf_slice(&two)));
}

static void check_escape(ahoy_slice user)
{
	static char first[3 * ROOM], second[3 * ROOM];
	ahoy_buf escaped = ahoy_buf_over(first, sizeof first), plain = ahoy_buf_over(second, sizeof second);

	ahoy_uri_escape_user(&escaped, user);
	ahoy_uri_unescape(&plain, ahoy_buf_slice(&escaped));
	CHECK(escaped.full || ahoy_slice_eq(ahoy_buf_slice(&plain), user));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_slice a, b, rest;
	ahoy_uri x, y;
	ahoy_name_addr addr;
	ahoy_target target;
	bool has_x, has_y;

	if (size > ROOM)
		return 0;
	ahoy_slice_cut(ahoy_slice_make(data, size), '\n', &a, &b);
	check_escape(a);
	has_x = ahoy_uri_parse(a, &x) == 0;
	has_y = ahoy_uri_parse(b, &y) == 0;
	if (has_x) {
		CHECK(x.kind != AHOY_URI_NONE && ahoy_uri_eq(&x, &x));
		check_written(&x);
		CHECK(ahoy_target_of_uri(&x, &target) <= 0);
	}
	if (has_x && has_y)
		CHECK(ahoy_uri_eq(&x, &y) == ahoy_uri_eq(&y, &x));
	if (ahoy_name_addr_parse(ahoy_slice_make(data, size), &addr, &rest) == 0 && !addr.star)
		CHECK(addr.uri.kind != AHOY_URI_NONE && addr.text.len <= size && rest.len < size + 1);
	return 0;
}
