/* echo: an echo test as an endpoint's sound: two rising beeps say that it is up, then all that is heard goes back, and each
 * key (RFC 4733) comes back as the same key; # ends it. Drives one ahoy_audio. Leaves signalling, sockets and the source
 * of packets to its owner. Order: init, configure (again at each offer/answer), start when the peer can hear us (its ACK);
 * recv what comes; pop until 0 whenever the deadline has come; fini.
 * Embedded. Thread kind: owned. Cost: ahoy_audio's memory, which configure allocates the first time (media/session.h). */
#ifndef AHOY_ENDPOINT_ECHO_H
#define AHOY_ENDPOINT_ECHO_H

#include "media/session.h"
#include "media/tone.h"

typedef struct {
	const ahoy_env *env;
	ahoy_audio *audio; /* NULL until something was agreed on */
	bool started;
	unsigned step;	/* of the beeps; behind the last: they are through */
	size_t step_at; /* samples of this step that were given to the audio */
	ahoy_tone tone;
	bool over; /* # came */
} ahoy_echo;

void ahoy_echo_init(ahoy_echo *echo, const ahoy_env *env);
void ahoy_echo_fini(ahoy_echo *echo);

/* What was agreed on. Errors of ahoy_audio_new and ahoy_audio_configure; what was agreed before is still in force then. */
int ahoy_echo_configure(ahoy_echo *echo, const ahoy_audio_config *config, ahoy_time now) AHOY_MUST_USE;
/* The peer can hear us: the beeps begin, and behind them the echo. Before that silence is sent. A second call is ignored. */
void ahoy_echo_start(ahoy_echo *echo);

/* One datagram of the peer's. */
void ahoy_echo_recv(ahoy_echo *echo, ahoy_time now, bool is_rtcp, const void *bytes, size_t len);
/* When to pop again; AHOY_NEVER before configure and after #. */
ahoy_time ahoy_echo_deadline(const ahoy_echo *echo);
/* The next packet that is due; returns its bytes, 0: none. cap at least AHOY_AUDIO_MAX_PACKET. */
size_t ahoy_echo_pop(ahoy_echo *echo, ahoy_time now, bool *is_rtcp, void *out, size_t cap);
/* The stream's last RTCP packet: report and BYE; 0: there was no stream. */
size_t ahoy_echo_bye(ahoy_echo *echo, ahoy_time now, void *out, size_t cap);

#endif
