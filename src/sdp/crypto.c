#include "sdp/crypto.h"

#include "crypto/hash.h"
#include "sdp/base64.h"
#include "sdp/text.h"

#define MAX_LIFETIME (UINT64_C(1) << 48) /* RFC 3711 9.2 */
#define MAX_TAG 999999999

static const char *const policies[] = {
	[AHOY_SRTP_OPTIONAL] = "optional",
	[AHOY_SRTP_OFF] = "off",
	[AHOY_SRTP_REQUIRED] = "required",
};

const char *ahoy_srtp_policy_name(ahoy_srtp_policy policy)
{
	return policies[policy];
}

bool ahoy_srtp_policy_of(ahoy_slice name, ahoy_srtp_policy *out)
{
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
		if (ahoy_slice_eq(name, ahoy_slice_of(policies[i]))) {
			*out = (ahoy_srtp_policy)i;
			return true;
		}
	return false;
}

/* 6.1: "2^20" or a number of packets. */
static int parse_lifetime(ahoy_slice text, uint64_t *out)
{
	uint32_t power;
	int err;

	if (!ahoy_slice_starts(text, AHOY_S("2^"))) {
		err = ahoy_slice_u64(text, MAX_LIFETIME, out);
		return !err && *out == 0 ? AHOY_ERANGE : err;
	}
	err = ahoy_slice_u32(ahoy_slice_from(text, 2), 48, &power);
	if (err || power == 0)
		return err ? err : AHOY_ERANGE;
	*out = UINT64_C(1) << power;
	return 0;
}

/* "value:length": a number in so many bytes (RFC 3711 3.1). */
static int parse_mki(ahoy_slice text, ahoy_srtp_key *key)
{
	ahoy_slice number, length;
	uint64_t value;
	uint32_t len;
	int err;

	if (!ahoy_slice_cut(text, ':', &number, &length))
		return AHOY_ESYNTAX;
	err = ahoy_slice_u32(length, 128, &len);
	if (err || len == 0)
		return err ? err : AHOY_ERANGE;
	if (len > AHOY_SRTP_MAX_MKI)
		return AHOY_EUNSUPPORTED;
	err = ahoy_slice_u64(number, len < 8 ? (UINT64_C(1) << 8 * len) - 1 : UINT64_MAX, &value);
	if (err)
		return err;
	key->mki_len = (uint8_t)len;
	for (uint32_t i = 0; i < len; i++)
		key->mki[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	return 0;
}

/* "inline:" key||salt ["|" lifetime] ["|" MKI ":" length] */
static int parse_key(ahoy_slice text, ahoy_srtp_key *key)
{
	ahoy_slice rest, part;
	int err;

	if (ahoy_slice_find(text, ';') < text.len || !ahoy_slice_istarts(text, AHOY_S("inline:")))
		return ahoy_slice_find(text, ':') < text.len ? AHOY_EUNSUPPORTED : AHOY_ESYNTAX;
	ahoy_slice_cut(ahoy_slice_from(text, 7), '|', &part, &rest);
	err = ahoy_base64_read(part, key->bytes, ahoy_srtp_suite_key_len(key->suite));
	if (!err && rest.len) {
		ahoy_slice_cut(rest, '|', &part, &rest);
		if (ahoy_slice_find(part, ':') < part.len) /* no lifetime: it is the MKI already */
			return rest.len ? AHOY_ESYNTAX : parse_mki(part, key);
		err = parse_lifetime(part, &key->lifetime);
	}
	return err || !rest.len ? err : parse_mki(rest, key);
}

/* 6.3: what we must know and do not makes the line useless; a '-' in front of one says that it may be left out (6.3.7). A window
 * is a hint: ours is larger than the least that may be asked for. */
static bool knows_parameters(ahoy_slice rest)
{
	ahoy_slice part;

	while ((part = ahoy_sdp_next_token(&rest)).len)
		if (part.ptr[0] != '-' && !ahoy_slice_istarts(part, AHOY_S("WSH=")))
			return false;
	return true;
}

static int parse(ahoy_slice value, ahoy_sdp_crypto *out)
{
	ahoy_slice rest = value, tag = ahoy_sdp_next_token(&rest), suite = ahoy_sdp_next_token(&rest), key = ahoy_sdp_next_token(&rest);
	int err = ahoy_slice_u32(tag, MAX_TAG, &out->tag);

	if (err)
		return err;
	if (!suite.len || !key.len)
		return AHOY_ESYNTAX;
	out->key.suite = ahoy_srtp_suite_of(suite);
	if (out->key.suite == AHOY_SRTP_NONE)
		return AHOY_EUNSUPPORTED;
	err = parse_key(key, &out->key);
	return !err && !knows_parameters(rest) ? AHOY_EUNSUPPORTED : err;
}

int ahoy_sdp_crypto_parse(ahoy_slice value, ahoy_sdp_crypto *out)
{
	int err;

	*out = (ahoy_sdp_crypto){0};
	err = parse(value, out);
	if (err)
		ahoy_secret_wipe(out, sizeof *out);
	return err;
}

void ahoy_sdp_crypto_write(const ahoy_sdp_crypto *crypto, ahoy_buf *b)
{
	const ahoy_srtp_key *key = &crypto->key;
	uint64_t mki = 0;

	ahoy_buf_fmt(b, "a=crypto:%u %s inline:", crypto->tag, ahoy_srtp_suite_name(key->suite));
	ahoy_base64_write(b, key->bytes, ahoy_srtp_suite_key_len(key->suite));
	if (key->lifetime) {
		ahoy_buf_char(b, '|');
		ahoy_buf_u64(b, key->lifetime);
	}
	if (key->mki_len) {
		for (unsigned i = 0; i < key->mki_len; i++)
			mki = mki << 8 | key->mki[i];
		ahoy_buf_char(b, '|');
		ahoy_buf_u64(b, mki);
		ahoy_buf_fmt(b, ":%u", key->mki_len);
	}
	ahoy_buf_str(b, "\r\n");
}

size_t ahoy_sdp_cryptos_of(const ahoy_sdp *sdp, const ahoy_sdp_media *m, ahoy_sdp_crypto out[AHOY_SDP_MAX_CRYPTO])
{
	size_t count = 0;

	for (size_t i = m->attrs.first; i < (size_t)m->attrs.first + m->attrs.count && count < AHOY_SDP_MAX_CRYPTO; i++) {
		bool twice = false;

		if (!ahoy_slice_eq(sdp->attr[i].name, AHOY_S("crypto")) || ahoy_sdp_crypto_parse(sdp->attr[i].value, &out[count]))
			continue;
		for (size_t k = 0; k < count; k++)
			twice = twice || out[k].tag == out[count].tag;
		if (!twice)
			count++;
	}
	return count;
}

bool ahoy_sdp_is_secure(const ahoy_sdp_media *m)
{
	return ahoy_slice_ieq(m->proto, AHOY_S("RTP/SAVP")) || ahoy_slice_ieq(m->proto, AHOY_S("RTP/SAVPF"));
}

bool ahoy_sdp_has_crypto(const ahoy_sdp *sdp, const ahoy_sdp_media *m)
{
	return ahoy_sdp_find_attr(sdp, m->attrs, AHOY_S("crypto")) != NULL;
}
