/* SRTP (RFC 3711 3.1, 3.3; RFC 7714 8): the payload is encrypted, header and payload are authenticated. */
#include "crypto/hash.h"
#include "rtp/rtp.h"
#include "rtp/srtp_state.h"
#include "rtp/wire.h"

/* Bytes of fixed header, CSRC list and header extension; 0: this is no RTP packet. Padding is inside of what is encrypted. */
static size_t header_len(const uint8_t *p, size_t len)
{
	size_t need = AHOY_RTP_HEADER;

	if (len < need || p[0] >> 6 != 2)
		return 0;
	need += 4u * (p[0] & 15);
	if (p[0] & 0x10) {
		if (len < need + 4)
			return 0;
		need += 4 + 4 * (size_t)ahoy_wire_get16(p + need + 2);
	}
	return need <= len ? need : 0;
}

/* 4.2: over the packet and the roll-over counter that is not in it. */
static void make_tag(const ahoy_srtp *srtp, const uint8_t *p, size_t len, uint64_t index, uint8_t tag[AHOY_HMAC_SHA1])
{
	uint8_t turns[4];
	ahoy_slice parts[] = {ahoy_slice_make(p, len), ahoy_slice_make(turns, sizeof turns)};

	ahoy_wire_put32(turns, (uint32_t)(index >> 16));
	ahoy_hmac_sha1_of(&srtp->rtp.hmac, parts, 2, tag);
}

int ahoy_srtp_protect(ahoy_srtp *srtp, void *packet, size_t *len, size_t cap)
{
	uint8_t *p = packet, *end = p + *len, iv[16], tag[AHOY_HMAC_SHA1];
	size_t head = header_len(p, *len), mki_len = srtp->key.mki_len, more = mki_len + srtp->rtp.tag_len;
	ahoy_srtp_stream spare, *stream;
	ahoy_slice aad;
	uint64_t index;

	if (!head)
		return AHOY_ETRUNCATED;
	stream = ahoy_srtp_stream_of(srtp, ahoy_wire_get32(p + 8), &spare);
	if (!stream || cap < *len || cap - *len < more)
		return AHOY_EFULL;
	if (!ahoy_srtp_is_alive(srtp, &srtp->rtp))
		return AHOY_ESTATE;
	if (!ahoy_srtp_window_guess(&stream->rtp, ahoy_wire_get16(p + 2), &index) || !ahoy_srtp_window_is_new(&stream->rtp, index))
		return AHOY_ECONFLICT;
	ahoy_srtp_iv(srtp, &srtp->rtp, stream->ssrc, index, iv);
	if (srtp->is_gcm) {
		aad = ahoy_slice_make(p, head);
		ahoy_cipher_seal(&srtp->rtp.cipher, iv, &aad, 1, p + head, *len - head, tag);
		memcpy(end, tag, srtp->rtp.tag_len);
		memcpy(end + srtp->rtp.tag_len, srtp->key.mki, mki_len);
	} else {
		ahoy_cipher_ctr(&srtp->rtp.cipher, iv, p + head, *len - head);
		make_tag(srtp, p, *len, index, tag);
		memcpy(end, srtp->key.mki, mki_len);
		memcpy(end + mki_len, tag, srtp->rtp.tag_len);
	}
	ahoy_srtp_window_note(&stream->rtp, index);
	ahoy_srtp_stream_keep(srtp, stream);
	srtp->rtp.used++;
	*len += more;
	return 0;
}

/* Tag and MKI stand behind the `len` bytes. */
static bool open_gcm(ahoy_srtp *srtp, uint8_t *p, size_t head, size_t len, const uint8_t *iv)
{
	ahoy_slice aad = ahoy_slice_make(p, head);

	return ahoy_srtp_is_our_mki(srtp, p + len + srtp->rtp.tag_len) &&
	       ahoy_cipher_open(&srtp->rtp.cipher, iv, &aad, 1, p + head, len - head, p + len);
}

static bool open_cm(ahoy_srtp *srtp, uint8_t *p, size_t head, size_t len, const uint8_t *iv, uint64_t index)
{
	uint8_t tag[AHOY_HMAC_SHA1];

	make_tag(srtp, p, len, index, tag);
	if (!ahoy_srtp_is_our_mki(srtp, p + len) ||
	    !ahoy_secret_eq(ahoy_slice_make(tag, srtp->rtp.tag_len), ahoy_slice_make(p + len + srtp->key.mki_len, srtp->rtp.tag_len)))
		return false;
	ahoy_cipher_ctr(&srtp->rtp.cipher, iv, p + head, len - head);
	return true;
}

int ahoy_srtp_unprotect(ahoy_srtp *srtp, void *packet, size_t *len)
{
	uint8_t *p = packet, iv[16];
	size_t head = header_len(p, *len), more = (size_t)srtp->key.mki_len + srtp->rtp.tag_len, inner;
	ahoy_srtp_stream spare, *stream;
	uint64_t index;

	if (!head || *len - head < more)
		return AHOY_ETRUNCATED;
	inner = *len - more;
	stream = ahoy_srtp_stream_of(srtp, ahoy_wire_get32(p + 8), &spare);
	if (!stream)
		return AHOY_EFULL;
	if (!ahoy_srtp_is_alive(srtp, &srtp->rtp))
		return AHOY_ESTATE;
	if (!ahoy_srtp_window_guess(&stream->rtp, ahoy_wire_get16(p + 2), &index) || !ahoy_srtp_window_is_new(&stream->rtp, index))
		return AHOY_ECONFLICT;
	ahoy_srtp_iv(srtp, &srtp->rtp, stream->ssrc, index, iv);
	if (srtp->is_gcm ? !open_gcm(srtp, p, head, inner, iv) : !open_cm(srtp, p, head, inner, iv, index))
		return AHOY_EAUTH;
	ahoy_srtp_window_note(&stream->rtp, index);
	ahoy_srtp_stream_keep(srtp, stream);
	srtp->rtp.used++;
	*len = inner;
	return 0;
}
