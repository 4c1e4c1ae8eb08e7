/* clock: the machine's two clocks. Timers run on ahoy_clock_now, which never jumps; the wall clock is for people and
 * records. Thread kind: shared. Cost: no system call (vDSO). */
#ifndef AHOY_OS_CLOCK_H
#define AHOY_OS_CLOCK_H

#include "base/env.h"

ahoy_time ahoy_clock_now(void); /* microseconds since some start; never 0 */
uint64_t ahoy_clock_utc_ms(void);
/* What to add to ahoy_clock_now, microseconds, to get the wall clock's time since 1970. */
int64_t ahoy_clock_utc_offset_us(void);

#define AHOY_CLOCK_TEXT 25
/* ISO 8601 in UTC with milliseconds and a NUL: 2026-01-31T12:00:00.000Z. Years beyond 9999 are shown as 9999. */
void ahoy_clock_text(uint64_t utc_ms, char out[AHOY_CLOCK_TEXT]);

#endif
