#include "registrar/date.h"

#include <stdio.h>
#include <string.h>

#define SECONDS_A_DAY 86400u
#define LAST_SECOND 253402300799u /* 9999-12-31 23:59:59 */

typedef struct {
	unsigned year, month, day; /* month: 0 .. 11, day: 1 .. 31 */
} civil_date;

static unsigned is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* At most 8,030 years of turning, in whole 400-year cycles first, which all have 146,097 days. */
static civil_date civil_of(uint64_t days)
{
	static const uint8_t lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	civil_date date = {.year = 1970 + 400 * (unsigned)(days / 146097u)};
	unsigned left = (unsigned)(days % 146097u);

	while (left >= 365u + is_leap(date.year))
		left -= 365u + is_leap(date.year++);
	while (left >= lengths[date.month] + (date.month == 1 ? is_leap(date.year) : 0u)) {
		left -= lengths[date.month] + (date.month == 1 ? is_leap(date.year) : 0u);
		date.month++;
	}
	date.day = left + 1;
	return date;
}

void ahoy_date_write(uint64_t utc_ms, char out[AHOY_DATE_TEXT])
{
	static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	uint64_t seconds = utc_ms / 1000 < LAST_SECOND ? utc_ms / 1000 : LAST_SECOND;
	uint64_t day = seconds / SECONDS_A_DAY;
	unsigned second = (unsigned)(seconds % SECONDS_A_DAY);
	civil_date date = civil_of(day);
	char text[64];

	snprintf(text, sizeof text, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[day % 7], date.day, months[date.month], date.year,
		 second / 3600, second / 60 % 60, second % 60);
	memcpy(out, text, AHOY_DATE_TEXT);
}
