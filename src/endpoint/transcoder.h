/* transcoder: two ends of a call that share no codec, with their sound decoded and coded again in between: what one side says in its
 * codec, the other hears in its own. Keys (RFC 4733) are told on as keys, pauses and holds are each side's own. Drives two
 * ahoy_audio. Leaves signalling, sockets and the source of packets to its owner. Order: init, configure each side (again at
 * each offer/answer); recv what comes; pop until 0 whenever the deadline has come; bye; fini.
 * Embedded. Thread kind: owned. Cost: two ahoy_audio (media/session.h), which configure allocates. */
#ifndef AHOY_ENDPOINT_TRANSCODER_H
#define AHOY_ENDPOINT_TRANSCODER_H

#include "media/session.h"

typedef struct {
	const ahoy_env *env;
	ahoy_audio *sides[2]; /* NULL until something was agreed on there */
} ahoy_transcoder;

void ahoy_transcoder_init(ahoy_transcoder *t, const ahoy_env *env);
void ahoy_transcoder_fini(ahoy_transcoder *t);

/* What was agreed on with this side (0 or 1); the rate of its PCM is chosen here. Errors of ahoy_audio_new and
 * ahoy_audio_configure; what was agreed before is still in force then. */
int ahoy_transcoder_configure(ahoy_transcoder *t, unsigned side, const ahoy_audio_config *config, ahoy_time now) AHOY_MUST_USE;

/* One datagram from this side. */
void ahoy_transcoder_recv(ahoy_transcoder *t, unsigned side, ahoy_time now, bool is_rtcp, const void *bytes, size_t len);
ahoy_time ahoy_transcoder_deadline(const ahoy_transcoder *t);
/* The next packet that is due for this side; returns its bytes, 0: none. cap at least AHOY_AUDIO_MAX_PACKET. */
size_t ahoy_transcoder_pop(ahoy_transcoder *t, unsigned side, ahoy_time now, bool *is_rtcp, void *out, size_t cap);
/* This side's last RTCP packet: report and BYE; 0: there was no stream. */
size_t ahoy_transcoder_bye(ahoy_transcoder *t, unsigned side, ahoy_time now, void *out, size_t cap);

#endif
