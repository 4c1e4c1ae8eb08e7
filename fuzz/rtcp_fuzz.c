/* rtcp_fuzz: any datagram as a compound RTCP packet. What must hold: what decodes passes the relay's cheap look, with the
 * same SSRC; what it says, encoded and decoded again, is the same. */
#include <stddef.h>
#include <stdint.h>

#include "rtp/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) ((cond) ? (void)0 : __builtin_trap())

static ahoy_rtcp_parts parts_of(const ahoy_rtcp *r)
{
	return (ahoy_rtcp_parts){&r->report, r->cname, r->has_voip_metrics ? &r->voip_metrics : NULL, r->has_bye};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[4096], third[4096];
	ahoy_rtcp first, second;
	ahoy_rtcp_parts parts;
	uint32_t ssrc;
	size_t len, third_len;

	if (ahoy_rtcp_decode(data, size, &first))
		return 0;
	REQUIRE(ahoy_rtcp_peek(data, size, &ssrc) == 0);
	REQUIRE(first.has_report && first.report.ssrc == ssrc);
	for (unsigned i = 0; i < first.report.block_count; i++)
		REQUIRE(ahoy_rtcp_rtt_us(&first.report.blocks[i], AHOY_SECONDS(5)) <= AHOY_SECONDS(32768));
	if (first.cname.len == 0)
		first.cname = AHOY_S("x");
	parts = parts_of(&first);
	REQUIRE(ahoy_rtcp_encode(&parts, again, sizeof again, &len) == 0);
	REQUIRE(ahoy_rtcp_decode(again, len, &second) == 0);
	REQUIRE(second.report.block_count == first.report.block_count && second.has_bye == first.has_bye);
	REQUIRE(second.has_voip_metrics == first.has_voip_metrics);
	parts = parts_of(&second);
	REQUIRE(ahoy_rtcp_encode(&parts, third, sizeof third, &third_len) == 0);
	REQUIRE(third_len == len && memcmp(third, again, len) == 0);
	/* The report's own bytes come back: header, sender info and blocks stand first in both. */
	len = (first.report.type == AHOY_RTCP_SR ? 28u : 8u) + 24u * first.report.block_count;
	REQUIRE(memcmp(again + 4, data + 4, len - 4) == 0);
	return 0;
}
