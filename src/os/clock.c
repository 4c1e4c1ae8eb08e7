#include "os/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t microseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

ahoy_time ahoy_clock_now(void)
{
	/* One more, because 0 means "never" where a time is stored; the clock starts with the machine. */
	return microseconds(CLOCK_MONOTONIC) + 1;
}

uint64_t ahoy_clock_utc_ms(void)
{
	return microseconds(CLOCK_REALTIME) / 1000;
}

int64_t ahoy_clock_utc_offset_us(void)
{
	return (int64_t)microseconds(CLOCK_REALTIME) - (int64_t)ahoy_clock_now();
}

void ahoy_clock_text(uint64_t utc_ms, char out[AHOY_CLOCK_TEXT])
{
	const uint64_t last_ms = UINT64_C(253402300799999); /* the end of the year 9999 */
	uint64_t shown_ms = utc_ms < last_ms ? utc_ms : last_ms;
	time_t seconds = (time_t)(shown_ms / 1000);
	struct tm tm;
	char text[64];

	gmtime_r(&seconds, &tm);
	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec, (unsigned)(shown_ms % 1000));
	memcpy(out, text, AHOY_CLOCK_TEXT - 1);
	out[AHOY_CLOCK_TEXT - 1] = '\0';
}
