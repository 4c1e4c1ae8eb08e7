#include "rtp/srtp.h"

#include "crypto/hash.h"
#include "rtp/srtp_state.h"

/* RFC 3711 4.3.1, 4.3.2: what each derived key is for. */
enum {
	LABEL_RTP = 0,
	LABEL_RTCP = 3,
	CIPHER = 0,
	AUTH = 1,
	SALT = 2
};

static const struct {
	ahoy_cipher_kind cipher, prf;
	bool is_gcm;
	uint8_t rtp_tag, rtcp_tag;
} transforms[AHOY_SRTP_SUITES] = {
	/* RFC 4568 6.2.2: with a short tag on RTP the one of RTCP stays long. */
	[AHOY_SRTP_AES_CM_128_HMAC_SHA1_80] = {AHOY_CIPHER_AES_128_CTR, AHOY_CIPHER_AES_128_CTR, false, 10, 10},
	[AHOY_SRTP_AES_CM_128_HMAC_SHA1_32] = {AHOY_CIPHER_AES_128_CTR, AHOY_CIPHER_AES_128_CTR, false, 4, 10},
	[AHOY_SRTP_AES_256_CM_HMAC_SHA1_80] = {AHOY_CIPHER_AES_256_CTR, AHOY_CIPHER_AES_256_CTR, false, 10, 10},
	[AHOY_SRTP_AES_256_CM_HMAC_SHA1_32] = {AHOY_CIPHER_AES_256_CTR, AHOY_CIPHER_AES_256_CTR, false, 4, 10},
	/* RFC 7714 11: keys are derived by the counter mode of the same key length. */
	[AHOY_SRTP_AEAD_AES_128_GCM] = {AHOY_CIPHER_AES_128_GCM, AHOY_CIPHER_AES_128_CTR, true, 16, 16},
	[AHOY_SRTP_AEAD_AES_256_GCM] = {AHOY_CIPHER_AES_256_GCM, AHOY_CIPHER_AES_256_CTR, true, 16, 16},
};

/* 4.3.3: the key stream of an IV that holds label and master salt. A salt of 12 bytes has two zeros behind it (RFC 7714 11). */
static void derive(const ahoy_srtp *srtp, ahoy_cipher *prf, unsigned label, uint8_t *out, size_t len)
{
	size_t salt_len = ahoy_srtp_suite_salt_len(srtp->key.suite);
	uint8_t iv[AHOY_CIPHER_CTR_IV] = {0};

	memcpy(iv, srtp->key.bytes + ahoy_srtp_suite_key_len(srtp->key.suite) - salt_len, salt_len);
	iv[7] ^= (uint8_t)label;
	memset(out, 0, len);
	ahoy_cipher_ctr(prf, iv, out, len);
	ahoy_secret_wipe(iv, sizeof iv);
}

static int derive_session(ahoy_srtp *srtp, ahoy_cipher *prf, unsigned label, uint8_t tag_len, ahoy_srtp_session *session)
{
	ahoy_cipher_kind kind = transforms[srtp->key.suite].cipher;
	uint8_t key[32];
	int err;

	derive(srtp, prf, label + CIPHER, key, ahoy_cipher_key_len(kind));
	err = ahoy_cipher_init(&session->cipher, kind, key, srtp->protects);
	derive(srtp, prf, label + AUTH, key, AHOY_HMAC_SHA1);
	ahoy_hmac_sha1_init(&session->hmac, key, AHOY_HMAC_SHA1);
	ahoy_secret_wipe(key, sizeof key);
	derive(srtp, prf, label + SALT, session->salt, ahoy_srtp_suite_salt_len(srtp->key.suite));
	session->tag_len = tag_len;
	return err;
}

int ahoy_srtp_new(const ahoy_env *env, const ahoy_srtp_key *key, bool protects, ahoy_srtp **out)
{
	ahoy_cipher prf = {NULL};
	ahoy_srtp *srtp;
	int err;

	*out = NULL;
	if (key->suite <= AHOY_SRTP_NONE || key->suite >= AHOY_SRTP_SUITES || key->mki_len > AHOY_SRTP_MAX_MKI)
		return AHOY_EINVAL;
	srtp = ahoy_new(env, sizeof *srtp);
	if (!srtp)
		return AHOY_ENOMEM;
	srtp->env = env;
	srtp->key = *key;
	srtp->protects = protects;
	srtp->is_gcm = transforms[key->suite].is_gcm;
	err = ahoy_cipher_init(&prf, transforms[key->suite].prf, key->bytes, true);
	if (!err)
		err = derive_session(srtp, &prf, LABEL_RTP, transforms[key->suite].rtp_tag, &srtp->rtp);
	if (!err)
		err = derive_session(srtp, &prf, LABEL_RTCP, transforms[key->suite].rtcp_tag, &srtp->rtcp);
	ahoy_cipher_fini(&prf);
	if (err) {
		ahoy_srtp_del(srtp);
		return err;
	}
	*out = srtp;
	return 0;
}

void ahoy_srtp_del(ahoy_srtp *srtp)
{
	const ahoy_env *env;

	if (!srtp)
		return;
	env = srtp->env;
	ahoy_cipher_fini(&srtp->rtp.cipher);
	ahoy_cipher_fini(&srtp->rtcp.cipher);
	ahoy_secret_wipe(srtp, sizeof *srtp);
	ahoy_free(env, srtp);
}

const ahoy_srtp_key *ahoy_srtp_key_of(const ahoy_srtp *srtp)
{
	return &srtp->key;
}

/* ---- what both kinds of packets need ---- */

ahoy_srtp_stream *ahoy_srtp_stream_of(ahoy_srtp *srtp, uint32_t ssrc, ahoy_srtp_stream *spare)
{
	for (unsigned i = 0; i < srtp->stream_count; i++) {
		unsigned at = (srtp->last + i) % srtp->stream_count;

		if (srtp->streams[at].ssrc == ssrc) {
			srtp->last = at;
			return &srtp->streams[at];
		}
	}
	if (srtp->stream_count == AHOY_SRTP_MAX_STREAMS)
		return NULL;
	*spare = (ahoy_srtp_stream){.ssrc = ssrc};
	return spare;
}

void ahoy_srtp_stream_keep(ahoy_srtp *srtp, const ahoy_srtp_stream *stream)
{
	if (stream >= srtp->streams && stream < srtp->streams + AHOY_SRTP_MAX_STREAMS)
		return;
	AHOY_ASSERT(srtp->stream_count < AHOY_SRTP_MAX_STREAMS);
	srtp->last = srtp->stream_count;
	srtp->streams[srtp->stream_count++] = *stream;
}

bool ahoy_srtp_is_alive(const ahoy_srtp *srtp, const ahoy_srtp_session *session)
{
	return !srtp->key.lifetime || session->used < srtp->key.lifetime;
}

void ahoy_srtp_iv(const ahoy_srtp *srtp, const ahoy_srtp_session *session, uint32_t ssrc, uint64_t index, uint8_t iv[16])
{
	/* Both forms hold the SSRC and, right behind it, 48 bits of index; GCM's begins two bytes earlier. */
	size_t at = srtp->is_gcm ? 2 : 4;

	memset(iv, 0, 16);
	memcpy(iv, session->salt, srtp->is_gcm ? 12 : 14);
	for (unsigned i = 0; i < 4; i++)
		iv[at + i] ^= (uint8_t)(ssrc >> (24 - 8 * i));
	for (unsigned i = 0; i < 6; i++)
		iv[at + 4 + i] ^= (uint8_t)(index >> (40 - 8 * i));
}

bool ahoy_srtp_is_our_mki(const ahoy_srtp *srtp, const uint8_t *at)
{
	return memcmp(at, srtp->key.mki, srtp->key.mki_len) == 0;
}
