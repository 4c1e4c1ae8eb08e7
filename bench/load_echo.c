#include "load_echo.h"

#define STALL_US 500000u

bool load_echo_init(load_echo *echo, const load_wire *wire, const char *sizes, size_t window)
{
	ahoy_slice rest = ahoy_slice_of(sizes), pair, request, answer;
	uint32_t r, a, answers = 0;

	*echo = (load_echo){.wire = wire, .window = window};
	while (rest.len) {
		ahoy_slice_cut(rest, ',', &pair, &rest);
		ahoy_slice_cut(pair, ':', &request, &answer);
		if (echo->count == LOAD_ECHO_MAX || ahoy_slice_u32(request, LOAD_ECHO_BYTES, &r) || r < 2 ||
		    ahoy_slice_u32(answer, LOAD_ECHO_BYTES, &a))
			return false;
		echo->request[echo->count] = (uint16_t)r;
		echo->answer[echo->count++] = (uint16_t)a;
		answers += a;
	}
	return answers > 0; /* without an answer there is nothing to wait for, and no loop to close */
}

void load_echo_fill(load_echo *echo, ahoy_time now)
{
	static char bytes[LOAD_ECHO_BYTES];

	if (echo->on_their_way && now - echo->last_received > STALL_US) {
		echo->stats.failed += echo->on_their_way;
		echo->on_their_way = 0;
	}
	while (echo->on_their_way < echo->window) {
		uint16_t answer = echo->answer[echo->next];

		bytes[0] = (char)(answer >> 8);
		bytes[1] = (char)(answer & 255);
		echo->wire->send(echo->wire->ctx, LOAD_CALLERS, ahoy_slice_make(bytes, echo->request[echo->next]));
		if (answer) {
			if (echo->on_their_way++ == 0)
				echo->last_received = now;
		}
		if (++echo->next == echo->count) {
			echo->next = 0;
			echo->stats.done++;
		}
	}
}

void load_echo_recv(load_echo *echo, ahoy_time now)
{
	echo->last_received = now;
	if (echo->on_their_way)
		echo->on_their_way--;
}
