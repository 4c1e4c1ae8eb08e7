/* One datagram as STUN. Beyond "no crash": what is decoded was recognised as STUN; the answer is STUN, carries the
 * transaction, says its own length and gives back the address that it was made for; it is no request itself. */
#include <stdlib.h>

#include "stun/stun.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void check_answer(const ahoy_stun_request *request, const uint8_t *out, size_t len)
{
	ahoy_stun_request again;
	ahoy_slice answer = ahoy_slice_make(out, len);

	CHECK(ahoy_stun_is(answer));
	CHECK((size_t)(out[2] << 8 | out[3]) + 20 == len);
	CHECK(memcmp(out + 8, request->transaction, 12) == 0);
	CHECK(ahoy_stun_decode_request(answer, &again) == AHOY_EUNSUPPORTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_slice datagram = ahoy_slice_make(data, size);
	uint8_t out[AHOY_STUN_MAX_RESPONSE];
	ahoy_addr source = {.family = size & 4 ? 4 : 6, .port = (uint16_t)size};
	size_t ip_len = source.family == 4 ? 4 : 16, len;
	ahoy_stun_request request;

	if (ahoy_stun_decode_request(datagram, &request))
		return 0;
	CHECK(ahoy_stun_is(datagram) && request.unknown_count <= AHOY_STUN_MAX_UNKNOWN);
	memcpy(source.ip, data, ip_len);
	CHECK(ahoy_stun_encode_success(&request, &source, out, sizeof out, &len) == 0);
	check_answer(&request, out, len);
	CHECK((out[26] << 8 | out[27]) == (source.port ^ 0x2112));
	for (size_t i = 0; i < ip_len; i++)
		CHECK((out[28 + i] ^ out[4 + i]) == source.ip[i]);
	CHECK(ahoy_stun_encode_unknown(&request, out, sizeof out, &len) == 0);
	check_answer(&request, out, len);
	return 0;
}
