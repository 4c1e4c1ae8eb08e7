/* call_sdp: an endpoint's side of offer/answer in one call (RFC 3264): what we offer, what we answer, what is agreed
 * on, and what that means for the sound. Keeps our last description, which later ones follow in order and version
 * (RFC 3264 8). Embedded by value. Thread kind: pure. */
#ifndef AHOY_ENDPOINT_CALL_SDP_H
#define AHOY_ENDPOINT_CALL_SDP_H

#include "media/session.h"
#include "sdp/offer_answer.h"

#define AHOY_CALL_SDP_TEXT 4096 /* our own description: a few hundred bytes and a peer's disabled m= lines */
#define AHOY_CALL_SDP_FMTP 128	/* longer format parameters are not taken: none of our codecs has them */

typedef struct {
	/* Set by init. */
	ahoy_addr addr;			 /* IP and RTP port */
	const ahoy_codec *const *codecs; /* in order of preference; outlive the call */
	size_t codec_count;
	uint64_t sess_id, sess_version;
	/* What we want from the next description on: sendrecv after init; sendonly or inactive holds the far end (8.4). */
	ahoy_sdp_dir dir;
	/* RFC 3389: pauses are left out where the peer can fill them, and codecs with a way of their own ask for it; false after init. */
	bool comfort_noise;
	bool no_events; /* telephone-event is neither offered nor taken: keys go another way; set after init */
	/* Our last description. */
	char text[AHOY_CALL_SDP_TEXT];
	size_t text_len;
	/* SRTP, as ahoy_call_sdp_set_srtp said. */
	ahoy_srtp_policy srtp;
	bool offers_keys;
	ahoy_srtp_key keys[AHOY_SRTP_SUITES - 1]; /* ours; the same as long as the call lasts (RFC 4568 7.1.4) */
	int warning;				  /* why the last description was refused: of RFC 3261 20.43; 0: it was not */
	/* What is agreed on. */
	bool has_agreed;
	ahoy_sdp_agreed agreed;
	char fmtp[AHOY_CALL_SDP_FMTP];
	size_t fmtp_len;
} ahoy_call_sdp;

void ahoy_call_sdp_init(ahoy_call_sdp *s, const ahoy_addr *rtp, const ahoy_codec *const *codecs, size_t codec_count,
			uint64_t sess_id);

/* Without it: off. `offers_keys`: an offer under OPTIONAL holds keys. */
void ahoy_call_sdp_set_srtp(ahoy_call_sdp *s, const ahoy_env *env, ahoy_srtp_policy policy, bool offers_keys);
/* Wipes the keys. */
void ahoy_call_sdp_fini(ahoy_call_sdp *s);

/* Each writes a description, whose slice lives until the next call, and may leave the state as it was on an error. */
/* AHOY_EFULL. */
int ahoy_call_sdp_offer(ahoy_call_sdp *s, ahoy_slice *out) AHOY_MUST_USE;
/* AHOY_ESYNTAX, AHOY_ERANGE, AHOY_ETOOBIG (the offer: 400), AHOY_ECODEC (488 with Warning *warning), AHOY_EFULL. */
int ahoy_call_sdp_answer(ahoy_call_sdp *s, ahoy_slice offer, ahoy_slice *out, int *warning) AHOY_MUST_USE;
/* The answer to our last offer. Errors as above. */
int ahoy_call_sdp_accept(ahoy_call_sdp *s, ahoy_slice answer) AHOY_MUST_USE;

/* For the sound, once something is agreed on. The fmtp slice lives in s. */
void ahoy_call_sdp_audio(const ahoy_call_sdp *s, ahoy_audio_config *out);
/* "AES_CM_128_HMAC_SHA1_80", …, or "none" where the sound is not encrypted. Static. */
const char *ahoy_call_sdp_suite(const ahoy_call_sdp *s);
/* Where packets may go: false on hold, or where the peer gave no address. */
bool ahoy_call_sdp_sends(const ahoy_call_sdp *s);

#endif
