/* option_value: the values behind the phone's options, each parsed whole with its range. On a fault (AHOY_EINVAL) one
 * clause that says what would be right goes to `why`. Thread kind: pure. */
#ifndef AHOY_PHONE_OPTION_VALUE_H
#define AHOY_PHONE_OPTION_VALUE_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/err.h"
#include "codec/codec.h"
#include "endpoint/keys.h"
#include "phone/expect.h"
#include "sdp/crypto.h"

/* 0 .. one day, with up to three decimals: "2", "0.25". */
int ahoy_option_seconds(const char *text, ahoy_time *out, ahoy_buf *why) AHOY_MUST_USE;
int ahoy_option_number(const char *text, uint32_t min, uint32_t max, uint32_t *out, ahoy_buf *why) AHOY_MUST_USE;
/* A final refusal, 400 .. 699. */
int ahoy_option_status(const char *text, int *out, ahoy_buf *why) AHOY_MUST_USE;
/* LO-HI with room for one pair of ports; rounded inwards to the even RTP ports of it. */
int ahoy_option_ports(const char *text, uint16_t *low, uint16_t *high, ahoy_buf *why) AHOY_MUST_USE;
/* ADDR:PORT, or either alone (":5062"). */
int ahoy_option_local(const char *text, ahoy_addr *out, ahoy_buf *why) AHOY_MUST_USE;
/* ADDR or ADDR:PORT of a name server; without a port 53. */
int ahoy_option_dns_server(const char *text, ahoy_addr *out, ahoy_buf *why) AHOY_MUST_USE;
/* SDP names in any case, separated by commas, each once. */
int ahoy_option_codecs(const char *text, const ahoy_codec *out[AHOY_SDP_MAX_CODECS], size_t *count,
		       ahoy_buf *why) AHOY_MUST_USE;
/* off, optional, required. */
int ahoy_option_srtp(const char *value, ahoy_srtp_policy *out, ahoy_buf *why) AHOY_MUST_USE;
/* Keys 0-9 * # A-D and ',' for a pause. */
int ahoy_option_keys(const char *text, ahoy_buf *why) AHOY_MUST_USE;
/* auto, rtp, info or inband. */
int ahoy_option_key_way(const char *text, ahoy_key_way *out, ahoy_buf *why) AHOY_MUST_USE;
/* Keys without pauses, at most AHOY_EXPECT_KEYS. */
int ahoy_option_expected_keys(const char *text, ahoy_buf *why) AHOY_MUST_USE;
/* One more tone in Hz, of AHOY_TONE_EAR_LEAST_HZ on, with up to three decimals; at most AHOY_TONE_EAR_TONES. */
int ahoy_option_tone(const char *text, double tones_hz[AHOY_TONE_EAR_TONES], size_t *count, ahoy_buf *why) AHOY_MUST_USE;
/* 1 .. 4.5. */
int ahoy_option_mos(const char *text, double *out, ahoy_buf *why) AHOY_MUST_USE;
/* DRIVER[:DEVICE], whatever driver that is. */
int ahoy_option_sound(const char *text, ahoy_buf *why) AHOY_MUST_USE;
/* Two letters, or "off". */
int ahoy_option_country(const char *text, ahoy_buf *why) AHOY_MUST_USE;
/* Anything but nothing. */
int ahoy_option_present(const char *text, ahoy_buf *why) AHOY_MUST_USE;

#endif
