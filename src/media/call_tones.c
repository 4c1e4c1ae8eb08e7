#include "media/call_tones.h"

#define LEAST_HZ 20
#define MOST_HZ 4000

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word off `rest`; empty at the end of the line. */
static ahoy_slice next_word(ahoy_slice *rest)
{
	ahoy_slice word;

	while (rest->len && is_blank(rest->ptr[0]))
		*rest = ahoy_slice_make(rest->ptr + 1, rest->len - 1);
	word = ahoy_slice_make(rest->ptr, 0);
	while (rest->len && !is_blank(rest->ptr[0])) {
		word.len++;
		*rest = ahoy_slice_make(rest->ptr + 1, rest->len - 1);
	}
	return word;
}

static int keep_name(ahoy_slice word, char *out, size_t cap)
{
	if (word.len >= cap)
		return AHOY_ERANGE;
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < 'a' || word.ptr[i] > 'z')
			return AHOY_ESYNTAX;
		out[i] = word.ptr[i];
	}
	out[word.len] = '\0';
	return word.len ? 0 : AHOY_ESYNTAX;
}

static int read_number(ahoy_slice word, uint32_t least, uint32_t most, uint16_t *out)
{
	uint32_t value;

	if (word.len == 0)
		return AHOY_ESYNTAX;
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return AHOY_ESYNTAX;
	if (ahoy_slice_u32(word, most, &value) || value < least)
		return AHOY_ERANGE;
	*out = (uint16_t)value;
	return 0;
}

static int read_frequencies(ahoy_slice word, uint16_t hz[2])
{
	const char *plus = word.len ? memchr(word.ptr, '+', word.len) : NULL;
	size_t first = plus ? (size_t)(plus - word.ptr) : word.len;
	int err = read_number(ahoy_slice_make(word.ptr, first), LEAST_HZ, MOST_HZ, &hz[0]);

	if (!err && plus)
		err = read_number(ahoy_slice_make(plus + 1, word.len - first - 1), LEAST_HZ, MOST_HZ, &hz[1]);
	return err;
}

static int read_line(ahoy_slice line, ahoy_call_tone *out)
{
	ahoy_slice word;
	int err;

	memset(out, 0, sizeof *out);
	err = keep_name(next_word(&line), out->country, sizeof out->country);
	if (!err)
		err = keep_name(next_word(&line), out->name, sizeof out->name);
	if (!err)
		err = read_frequencies(next_word(&line), out->hz);
	while (!err && (word = next_word(&line)).len) {
		if (out->step_count == AHOY_CALL_TONE_STEPS)
			return AHOY_ERANGE;
		err = read_number(word, 10, 60000, &out->steps_ms[out->step_count++]);
	}
	/* An ON without its OFF says nothing of when it ends. */
	return !err && out->step_count % 2 ? AHOY_ESYNTAX : err;
}

int ahoy_call_tones_parse(ahoy_slice text, ahoy_call_tones *out, unsigned *line)
{
	out->count = 0;
	for (*line = 1; text.len; ++*line) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len, used = end ? len + 1 : len;
		ahoy_slice rest = ahoy_slice_make(text.ptr, len), peek = rest, word = next_word(&peek);
		ahoy_call_tone tone;
		int err;

		text = ahoy_slice_make(text.ptr + used, text.len - used);
		if (word.len == 0 || word.ptr[0] == '#')
			continue;
		err = read_line(rest, &tone);
		if (err)
			return err;
		if (out->count == AHOY_MAX_CALL_TONES)
			return AHOY_EFULL;
		out->tones[out->count++] = tone;
	}
	return 0;
}

const ahoy_call_tone *ahoy_call_tones_find(const ahoy_call_tones *t, ahoy_slice country, ahoy_slice name)
{
	for (size_t i = 0; i < t->count; i++)
		if (ahoy_slice_ieq(ahoy_slice_of(t->tones[i].country), country) &&
		    ahoy_slice_ieq(ahoy_slice_of(t->tones[i].name), name))
			return &t->tones[i];
	return NULL;
}

static void begin_step(ahoy_call_tone_player *p)
{
	p->left = (uint32_t)((uint64_t)p->what->steps_ms[p->step] * p->rate_hz / 1000);
	if (p->step % 2 == 0)
		ahoy_tone_init(&p->tone, p->rate_hz, p->what->hz[0], p->what->hz[1], AHOY_CALL_TONES_LEVEL_DBOV);
}

void ahoy_call_tone_start(ahoy_call_tone_player *p, const ahoy_call_tone *what, uint32_t rate_hz)
{
	*p = (ahoy_call_tone_player){.what = what, .rate_hz = rate_hz};
	begin_step(p);
}

void ahoy_call_tone_fill(ahoy_call_tone_player *p, int16_t *pcm, size_t samples)
{
	while (samples && p->what->step_count) {
		size_t part = samples < p->left ? samples : p->left;

		if (p->step % 2 == 0)
			ahoy_tone_fill(&p->tone, pcm, part);
		else
			memset(pcm, 0, part * sizeof *pcm);
		pcm += part;
		samples -= part;
		p->left -= (uint32_t)part;
		if (p->left == 0) {
			p->step = (p->step + 1) % p->what->step_count;
			begin_step(p);
		}
	}
	if (samples)
		ahoy_tone_fill(&p->tone, pcm, samples);
}
