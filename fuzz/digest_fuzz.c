/* The value of an authentication header. Beyond "no crash": what is written parses, and is then written the same; the
 * response that ahoy computes for credentials verifies, and no longer does with another secret. */
#include <stdlib.h>

#include "sip/digest.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ROOM 16384

static char first[ROOM], second[ROOM];

static void check_challenge(const ahoy_digest_challenge *challenge)
{
	ahoy_buf one = ahoy_buf_over(first, sizeof first), two = ahoy_buf_over(second, sizeof second);
	ahoy_digest_challenge again;

	ahoy_digest_write_challenge(&one, challenge);
	CHECK(!one.full);
	CHECK(ahoy_digest_parse_challenge(ahoy_buf_slice(&one), &again) == 0);
	CHECK(again.qop == challenge->qop && again.stale == challenge->stale);
	ahoy_digest_write_challenge(&two, &again);
	CHECK(ahoy_slice_eq(ahoy_buf_slice(&one), ahoy_buf_slice(&two)));
}

static void check_credentials(const ahoy_digest_credentials *credentials)
{
	ahoy_buf one = ahoy_buf_over(first, sizeof first), two = ahoy_buf_over(second, sizeof second);
	ahoy_digest_credentials again;

	ahoy_digest_write_credentials(&one, credentials);
	CHECK(!one.full);
	CHECK(ahoy_digest_parse_credentials(ahoy_buf_slice(&one), &again) == 0);
	CHECK(again.qop == credentials->qop && (!again.qop || again.nc == credentials->nc));
	ahoy_digest_write_credentials(&two, &again);
	CHECK(ahoy_slice_eq(ahoy_buf_slice(&one), ahoy_buf_slice(&two)));
}

static void check_response(ahoy_digest_credentials credentials, ahoy_slice body)
{
	char hex[AHOY_DIGEST_HEX];

	(void)ahoy_digest_verify(&credentials, AHOY_S("secret"), AHOY_S("INVITE"), body);
	if (credentials.algorithm == AHOY_DIGEST_UNKNOWN || credentials.qop_unknown)
		return;
	credentials.response =
		(ahoy_slice){hex, ahoy_digest_response(&credentials, AHOY_S("secret"), AHOY_S("INVITE"), body, hex)};
	CHECK(ahoy_digest_verify(&credentials, AHOY_S("secret"), AHOY_S("INVITE"), body));
	CHECK(!ahoy_digest_verify(&credentials, AHOY_S("Secret"), AHOY_S("INVITE"), body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_slice value = ahoy_slice_make(data, size);
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;

	if (size > ROOM / 4)
		return 0;
	if (ahoy_digest_parse_challenge(value, &challenge) == 0)
		check_challenge(&challenge);
	if (ahoy_digest_parse_credentials(value, &credentials) == 0) {
		check_credentials(&credentials);
		check_response(credentials, value);
	}
	return 0;
}
