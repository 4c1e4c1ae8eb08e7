/* SRTCP (RFC 3711 3.4; RFC 7714 9): all behind the first eight bytes is encrypted; a word with the index and the flag "encrypted" is
 * appended. */
#include "crypto/hash.h"
#include "rtp/srtp_state.h"
#include "rtp/wire.h"

#define HEAD 8 /* bytes that stay readable: the first packet's header and SSRC */
#define WORD 4
#define ENCRYPTED 0x80000000u
#define LAST_INDEX 0x7fffffffu

static bool is_rtcp(const uint8_t *p, size_t len)
{
	return len >= HEAD && p[0] >> 6 == 2;
}

/* 4.2: over the packet with its word. */
static void make_tag(const ahoy_srtp *srtp, const uint8_t *p, size_t len, uint8_t tag[AHOY_HMAC_SHA1])
{
	ahoy_slice part = ahoy_slice_make(p, len);

	ahoy_hmac_sha1_of(&srtp->rtcp.hmac, &part, 1, tag);
}

/* GCM: header | cipher text | tag | word | MKI. Counter mode: header | cipher text | word | MKI | tag. */
static void seal(ahoy_srtp *srtp, uint8_t *p, size_t len, const uint8_t *iv, uint32_t word)
{
	uint8_t *end = p + len, word_bytes[WORD], tag[AHOY_HMAC_SHA1];
	ahoy_slice aad[] = {ahoy_slice_make(p, HEAD), ahoy_slice_make(word_bytes, WORD)};

	ahoy_wire_put32(word_bytes, word);
	if (srtp->is_gcm) {
		ahoy_cipher_seal(&srtp->rtcp.cipher, iv, aad, 2, p + HEAD, len - HEAD, tag);
		memcpy(end, tag, srtp->rtcp.tag_len);
		memcpy(end + srtp->rtcp.tag_len, word_bytes, WORD);
		memcpy(end + srtp->rtcp.tag_len + WORD, srtp->key.mki, srtp->key.mki_len);
		return;
	}
	ahoy_cipher_ctr(&srtp->rtcp.cipher, iv, p + HEAD, len - HEAD);
	memcpy(end, word_bytes, WORD);
	make_tag(srtp, p, len + WORD, tag);
	memcpy(end + WORD, srtp->key.mki, srtp->key.mki_len);
	memcpy(end + WORD + srtp->key.mki_len, tag, srtp->rtcp.tag_len);
}

int ahoy_srtp_protect_rtcp(ahoy_srtp *srtp, void *packet, size_t *len, size_t cap)
{
	uint8_t *p = packet, iv[16];
	size_t more = (size_t)WORD + srtp->key.mki_len + srtp->rtcp.tag_len;
	ahoy_srtp_stream spare, *stream;
	uint64_t index;

	if (!is_rtcp(p, *len))
		return AHOY_ETRUNCATED;
	stream = ahoy_srtp_stream_of(srtp, ahoy_wire_get32(p + 4), &spare);
	if (!stream || cap < *len || cap - *len < more)
		return AHOY_EFULL;
	/* 3.4: counts each packet; 0 is the first. */
	index = stream->rtcp.started ? stream->rtcp.highest + 1 : 0;
	if (index > LAST_INDEX || !ahoy_srtp_is_alive(srtp, &srtp->rtcp))
		return AHOY_ESTATE;
	ahoy_srtp_iv(srtp, &srtp->rtcp, stream->ssrc, index, iv);
	seal(srtp, p, *len, iv, ENCRYPTED | (uint32_t)index);
	ahoy_srtp_window_note(&stream->rtcp, index);
	ahoy_srtp_stream_keep(srtp, stream);
	srtp->rtcp.used++;
	*len += more;
	return 0;
}

static bool open_gcm(ahoy_srtp *srtp, uint8_t *p, size_t len, const uint8_t *iv)
{
	const uint8_t *tag = p + len, *word = tag + srtp->rtcp.tag_len;
	ahoy_slice aad[] = {ahoy_slice_make(p, HEAD), ahoy_slice_make(word, WORD)};

	return ahoy_srtp_is_our_mki(srtp, word + WORD) && ahoy_cipher_open(&srtp->rtcp.cipher, iv, aad, 2, p + HEAD, len - HEAD, tag);
}

static bool open_cm(ahoy_srtp *srtp, uint8_t *p, size_t len, const uint8_t *iv)
{
	const uint8_t *mki = p + len + WORD;
	uint8_t tag[AHOY_HMAC_SHA1];

	make_tag(srtp, p, len + WORD, tag);
	if (!ahoy_srtp_is_our_mki(srtp, mki) ||
	    !ahoy_secret_eq(ahoy_slice_make(tag, srtp->rtcp.tag_len), ahoy_slice_make(mki + srtp->key.mki_len, srtp->rtcp.tag_len)))
		return false;
	ahoy_cipher_ctr(&srtp->rtcp.cipher, iv, p + HEAD, len - HEAD);
	return true;
}

int ahoy_srtp_unprotect_rtcp(ahoy_srtp *srtp, void *packet, size_t *len)
{
	uint8_t *p = packet, iv[16];
	size_t more = (size_t)WORD + srtp->key.mki_len + srtp->rtcp.tag_len, inner;
	ahoy_srtp_stream spare, *stream;
	uint32_t word;

	if (!is_rtcp(p, *len) || *len - HEAD < more)
		return AHOY_ETRUNCATED;
	inner = *len - more;
	stream = ahoy_srtp_stream_of(srtp, ahoy_wire_get32(p + 4), &spare);
	if (!stream)
		return AHOY_EFULL;
	if (!ahoy_srtp_is_alive(srtp, &srtp->rtcp))
		return AHOY_ESTATE;
	word = ahoy_wire_get32(p + inner + (srtp->is_gcm ? srtp->rtcp.tag_len : 0));
	/* An unencrypted packet was never agreed on (RFC 4568 6.3.2), so it is as good as forged. */
	if (!(word & ENCRYPTED))
		return AHOY_EAUTH;
	if (!ahoy_srtp_window_is_new(&stream->rtcp, word & LAST_INDEX))
		return AHOY_ECONFLICT;
	ahoy_srtp_iv(srtp, &srtp->rtcp, stream->ssrc, word & LAST_INDEX, iv);
	if (srtp->is_gcm ? !open_gcm(srtp, p, inner, iv) : !open_cm(srtp, p, inner, iv))
		return AHOY_EAUTH;
	ahoy_srtp_window_note(&stream->rtcp, word & LAST_INDEX);
	ahoy_srtp_stream_keep(srtp, stream);
	srtp->rtcp.used++;
	*len = inner;
	return 0;
}
