#include "rtp/srtp_window.h"

#define LAST_INDEX ((UINT64_C(1) << 48) - 1)
#define TURN UINT64_C(65536)

/* RFC 3711 appendix A. */
bool ahoy_srtp_window_guess(const ahoy_srtp_window *window, uint16_t seq, uint64_t *index)
{
	uint64_t turn = window->highest & ~(TURN - 1);
	uint16_t highest = (uint16_t)window->highest;

	*index = turn | seq;
	if (!window->started)
		return true;
	if (highest < TURN / 2 && seq > highest + TURN / 2) {
		if (turn == 0)
			return false;
		*index -= TURN;
	} else if (highest >= TURN / 2 && seq < highest - TURN / 2) {
		*index += TURN;
	}
	return *index <= LAST_INDEX;
}

bool ahoy_srtp_window_is_new(const ahoy_srtp_window *window, uint64_t index)
{
	uint64_t behind;

	if (!window->started || index > window->highest)
		return true;
	behind = window->highest - index;
	return behind < AHOY_SRTP_WINDOW && !(window->seen[behind / 64] >> behind % 64 & 1);
}

static void shift(ahoy_srtp_window *window, uint64_t by)
{
	if (by >= AHOY_SRTP_WINDOW) {
		window->seen[0] = window->seen[1] = 0;
	} else if (by >= 64) {
		window->seen[1] = window->seen[0] << (by - 64);
		window->seen[0] = 0;
	} else if (by) {
		window->seen[1] = window->seen[1] << by | window->seen[0] >> (64 - by);
		window->seen[0] <<= by;
	}
}

void ahoy_srtp_window_note(ahoy_srtp_window *window, uint64_t index)
{
	uint64_t behind;

	if (!window->started)
		*window = (ahoy_srtp_window){.started = true, .highest = index};
	if (index > window->highest) {
		shift(window, index - window->highest);
		window->highest = index;
	}
	behind = window->highest - index;
	if (behind < AHOY_SRTP_WINDOW)
		window->seen[behind / 64] |= UINT64_C(1) << behind % 64;
}
