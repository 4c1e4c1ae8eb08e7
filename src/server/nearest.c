#include <string.h>

#include "server/settings.h"

#define NAME_MAX_BYTES 40

/* How many letters must be changed, added, left out, or swapped with their neighbour, to get from one to the other. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NAME_MAX_BYTES + 1], la = strlen(a), lb = strlen(b);
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	if (la > NAME_MAX_BYTES || lb > NAME_MAX_BYTES)
		return NAME_MAX_BYTES;
	for (size_t j = 0; j <= lb; j++)
		above[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *free_row = before;

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		before = above;
		above = row;
		row = free_row;
	}
	return above[lb];
}

const char *ahoy_nearest(const char *typed, const char *const *names)
{
	const char *best = NULL;
	size_t best_distance = 4; /* further away is no slip of the finger */

	for (; *names; names++) {
		size_t d = distance(typed, *names);

		/* One letter of two is not "near". */
		if (d < best_distance && d * 3 <= strlen(*names)) {
			best = *names;
			best_distance = d;
		}
	}
	return best;
}
