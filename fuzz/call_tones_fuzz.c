/* A text as the table of country tones (data/tones.conf). Beyond "no crash": what is taken is within the ranges of the header,
 * each tone can be found and played, an odd end in the middle of a frame included; written out again it is read to the same
 * table; a fault names a line of the text. */
#include <stdlib.h>

#include "base/buf.h"
#include "media/call_tones.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ROOM 16384

static void check_tone(const ahoy_call_tones *table, const ahoy_call_tone *tone)
{
	const ahoy_call_tone *found = ahoy_call_tones_find(table, ahoy_slice_of(tone->country), ahoy_slice_of(tone->name));
	static int16_t pcm[777];
	ahoy_call_tone_player player;

	CHECK(tone->hz[0] >= 20 && tone->hz[0] <= 4000 && tone->hz[1] <= 4000);
	CHECK(tone->step_count % 2 == 0 && tone->step_count <= AHOY_CALL_TONE_STEPS);
	/* The first of a pair counts. */
	CHECK(found && found <= tone);
	ahoy_call_tone_start(&player, tone, 8000);
	for (unsigned i = 0; i < 4; i++)
		ahoy_call_tone_fill(&player, pcm, sizeof pcm / sizeof pcm[0]);
}

static void write_tone(ahoy_buf *b, const ahoy_call_tone *tone)
{
	ahoy_buf_fmt(b, "%s %s %u", tone->country, tone->name, tone->hz[0]);
	if (tone->hz[1])
		ahoy_buf_fmt(b, "+%u", tone->hz[1]);
	for (unsigned i = 0; i < tone->step_count; i++)
		ahoy_buf_fmt(b, " %u", tone->steps_ms[i]);
	ahoy_buf_str(b, "\n");
}

static void check_written(const ahoy_call_tones *table)
{
	static char text[65536];
	static ahoy_call_tones again;
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	unsigned line;

	for (size_t i = 0; i < table->count; i++)
		write_tone(&b, &table->tones[i]);
	if (b.full)
		return;
	CHECK(ahoy_call_tones_parse(ahoy_buf_slice(&b), &again, &line) == 0);
	CHECK(again.count == table->count);
	CHECK(memcmp(again.tones, table->tones, table->count * sizeof table->tones[0]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static ahoy_call_tones table;
	unsigned line = 0, lines = 1;

	if (size > ROOM)
		return 0;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (ahoy_call_tones_parse(ahoy_slice_make(data, size), &table, &line)) {
		CHECK(line >= 1 && line <= lines);
		return 0;
	}
	CHECK(table.count <= AHOY_MAX_CALL_TONES);
	for (size_t i = 0; i < table.count; i++)
		check_tone(&table, &table.tones[i]);
	check_written(&table);
	return 0;
}
