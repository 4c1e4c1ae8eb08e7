/* srtp_state: the inside of ahoy_srtp, for the files srtp*.c and their tests alone. Thread kind: owned. */
#ifndef AHOY_RTP_SRTP_STATE_H
#define AHOY_RTP_SRTP_STATE_H

#include "crypto/cipher.h"
#include "crypto/hmac_sha1.h"
#include "rtp/srtp.h"
#include "rtp/srtp_window.h"

#define AHOY_SRTP_SALT 14

/* Session keys of SRTP, or those of SRTCP (RFC 3711 4.3). */
typedef struct {
	ahoy_cipher cipher;
	ahoy_hmac_sha1 hmac;	      /* not with GCM */
	uint8_t salt[AHOY_SRTP_SALT]; /* 12 of them with GCM */
	uint8_t tag_len;
	uint64_t used; /* packets */
} ahoy_srtp_session;

typedef struct {
	uint32_t ssrc;
	ahoy_srtp_window rtp, rtcp;
} ahoy_srtp_stream;

struct ahoy_srtp {
	const ahoy_env *env;
	ahoy_srtp_key key;
	bool protects, is_gcm;
	ahoy_srtp_session rtp, rtcp;
	unsigned stream_count, last; /* last: where the stream was found last time */
	ahoy_srtp_stream streams[AHOY_SRTP_MAX_STREAMS];
};

/* The stream, or a new one that is not in the table yet: *spare, cleared. NULL: the table is full. */
ahoy_srtp_stream *ahoy_srtp_stream_of(ahoy_srtp *srtp, uint32_t ssrc, ahoy_srtp_stream *spare);
/* A packet of this stream was taken: it is in the table from now on. */
void ahoy_srtp_stream_keep(ahoy_srtp *srtp, const ahoy_srtp_stream *stream);
/* The key may be used for one more packet. */
bool ahoy_srtp_is_alive(const ahoy_srtp *srtp, const ahoy_srtp_session *session);
/* RFC 3711 4.1.1, RFC 7714 8.1, 9.1: 16 or 12 bytes of IV from salt, SSRC and index. */
void ahoy_srtp_iv(const ahoy_srtp *srtp, const ahoy_srtp_session *session, uint32_t ssrc, uint64_t index, uint8_t iv[16]);
/* The MKI at `at` is ours. */
bool ahoy_srtp_is_our_mki(const ahoy_srtp *srtp, const uint8_t *at);

#endif
