/* srtp_window: which packet indices of one SRTP or SRTCP stream were seen (RFC 3711 3.3.2), and which index a 16-bit sequence number
 * stands for (3.3.1). Embedded by value. Thread kind: pure. */
#ifndef AHOY_RTP_SRTP_WINDOW_H
#define AHOY_RTP_SRTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define AHOY_SRTP_WINDOW 128 /* indices, the highest included; 3.3.2 wants 64 at least */

typedef struct {
	bool started;
	uint64_t highest;
	uint64_t seen[2]; /* bit 0 of seen[0] is `highest`, bit 0 of seen[1] the index 64 below */
} ahoy_srtp_window;

/* The index (roll-over counter and sequence number) that is meant: the nearest to the highest. False: it would lie before the
 * stream's first turn, or beyond the last. The first packet's roll-over counter is 0. */
bool ahoy_srtp_window_guess(const ahoy_srtp_window *window, uint16_t seq, uint64_t *index);
/* Whether a packet with this index may be taken: not seen, and not older than the window. */
bool ahoy_srtp_window_is_new(const ahoy_srtp_window *window, uint64_t index);
/* It was taken (its tag is right). */
void ahoy_srtp_window_note(ahoy_srtp_window *window, uint64_t index);

#endif
