/* sdp_fuzz: any body as a session description. What must hold beyond not crashing:
 * write(parse(x)) is a fixed point; CRLF and LF mean the same; what is rewritten for another leg parses, has the same
 * m= lines and is rewritten to itself; an answer parses, fits its offer, and is accepted by who offered. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "sdp/offer_answer.h"
#include "sdp/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) ((cond) ? (void)0 : __builtin_trap())
#define CAP 200000

static char texts[4][CAP];
static ahoy_sdp sdps[3];

static ahoy_slice written(const ahoy_sdp *sdp, char *text)
{
	ahoy_buf b = ahoy_buf_over(text, CAP);

	ahoy_sdp_write(sdp, &b);
	REQUIRE(!b.full);
	return ahoy_buf_slice(&b);
}

static void check_line_ends(const uint8_t *data, size_t size, ahoy_slice expected)
{
	size_t len = 0;
	ahoy_slice again;

	for (size_t i = 0; i < size; i++)
		if (data[i] != '\r')
			texts[2][len++] = (char)data[i];
	/* What parsed has CR only before LF or at the very end, so without them it says the same. */
	REQUIRE(ahoy_sdp_parse(ahoy_slice_make(texts[2], len), &sdps[2], NULL) == 0);
	again = written(&sdps[2], texts[3]);
	REQUIRE(ahoy_slice_eq(again, expected));
}

static void check_rewrite(const ahoy_sdp *sdp)
{
	static const ahoy_sdp_ports ports[] = {{10000, 10001}, {10002, 10003}, {10004, 10009}};
	ahoy_sdp_owner owner = {.username = AHOY_S("ahoyd"),
				.sess_id = 1,
				.sess_version = 2,
				.ip = {.family = 4, .ip = {192, 0, 2, 1}},
				.ports = ports,
				.port_count = 3};
	ahoy_buf b = ahoy_buf_over(texts[2], CAP), c = ahoy_buf_over(texts[3], CAP);

	REQUIRE(ahoy_sdp_rewrite(sdp, &owner, &b) == 0);
	REQUIRE(ahoy_sdp_parse(ahoy_buf_slice(&b), &sdps[2], NULL) == 0);
	REQUIRE(ahoy_sdp_answer_fits(sdp, &sdps[2]) == 0);
	for (size_t i = 0; i < sdp->media_count; i++) {
		bool live = ahoy_sdp_is_anchored(&sdp->media[i]) && i < 3;

		REQUIRE(sdps[2].media[i].port == (live ? ports[i].rtp_port : 0));
		REQUIRE(!live || ahoy_sdp_media_dir(&sdps[2].media[i]) == ahoy_sdp_media_dir(&sdp->media[i]));
		REQUIRE(!ahoy_sdp_find_attr(&sdps[2], sdps[2].media[i].attrs, AHOY_S("candidate")));
	}
	REQUIRE(ahoy_sdp_rewrite(&sdps[2], &owner, &c) == 0);
	REQUIRE(ahoy_slice_eq(ahoy_buf_slice(&b), ahoy_buf_slice(&c)));
}

static void check_answer(const ahoy_sdp *offer, ahoy_srtp_policy policy)
{
	static const ahoy_srtp_key keys[] = {{.suite = AHOY_SRTP_AEAD_AES_128_GCM, .bytes = {1}},
					     {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, .bytes = {2}},
					     {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_32, .bytes = {3}}};
	static const ahoy_sdp_codec codecs[] = {
		{.name = AHOY_S("PCMA"), .clock_rate_hz = 8000, .payload = 8, .channels = 1},
		{.name = AHOY_S("PCMU"), .clock_rate_hz = 8000, .payload = 0, .channels = 1},
	};
	ahoy_sdp_local local = {.sess_id = 1,
				.sess_version = 1,
				.addr = {.family = 4, .port = 4000, .ip = {192, 0, 2, 1}},
				.codecs = codecs,
				.codec_count = 2,
				.event_payload = 101,
				.ptime_ms = 20,
				.dir = AHOY_SDP_SENDRECV,
				.srtp = policy,
				.offers_keys = true,
				.keys = keys,
				.key_count = 3,
				.offered_keys = 3};
	ahoy_buf b = ahoy_buf_over(texts[2], CAP);
	ahoy_sdp_agreed agreed, mirrored;
	ahoy_sdp_stream stream;
	int err = ahoy_sdp_answer(&local, offer, &b, &agreed);

	REQUIRE(err == 0 || (err == AHOY_ECODEC && (agreed.warning == 304 || agreed.warning == 305 || agreed.warning == 399)));
	ahoy_sdp_stream_at(offer, 0, &stream);
	if (err)
		return;
	/* Both ways or none, and never a plain one where a plain one is not allowed. */
	REQUIRE(agreed.send.suite == agreed.recv.suite && (agreed.send.suite ? policy != AHOY_SRTP_OFF : policy != AHOY_SRTP_REQUIRED));
	REQUIRE(agreed.send.suite || !ahoy_sdp_is_secure(&offer->media[agreed.media_index]));
	REQUIRE(ahoy_sdp_parse(ahoy_buf_slice(&b), &sdps[2], NULL) == 0);
	REQUIRE(ahoy_sdp_has_crypto(&sdps[2], &sdps[2].media[agreed.media_index]) == (agreed.send.suite != AHOY_SRTP_NONE));
	REQUIRE(ahoy_sdp_answer_fits(offer, &sdps[2]) == 0);
	REQUIRE(agreed.codec_count >= 1 && agreed.media_index < offer->media_count);
	REQUIRE(sdps[2].media[agreed.media_index].dir == agreed.dir);
	/* As the offerer sees it; its own first live audio line may be another one than we took. */
	err = ahoy_sdp_accept(&local, offer, &sdps[2], &mirrored);
	REQUIRE(err == AHOY_ECODEC || (err == 0 && mirrored.codec_count == agreed.codec_count));
	b = ahoy_buf_over(texts[3], CAP);
	err = ahoy_sdp_offer(&local, &sdps[2], &b);
	REQUIRE(err == 0);
	REQUIRE(ahoy_sdp_parse(ahoy_buf_slice(&b), &sdps[1], NULL) == 0);
	REQUIRE(ahoy_sdp_answer_fits(&sdps[2], &sdps[1]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_sdp_fault fault = {0, NULL};
	ahoy_slice first, second;

	if (size > 65535)
		return 0;
	if (ahoy_sdp_parse(ahoy_slice_make(data, size), &sdps[0], &fault)) {
		REQUIRE(fault.rule && fault.offset <= size);
		return 0;
	}
	first = written(&sdps[0], texts[0]);
	REQUIRE(ahoy_sdp_parse(first, &sdps[1], NULL) == 0);
	second = written(&sdps[1], texts[1]);
	REQUIRE(ahoy_slice_eq(first, second));
	check_line_ends(data, size, first);
	check_rewrite(&sdps[0]);
	for (int policy = AHOY_SRTP_OPTIONAL; policy <= AHOY_SRTP_REQUIRED; policy++)
		check_answer(&sdps[0], (ahoy_srtp_policy)policy);
	return 0;
}
