#include "codec/speex_frames.h"

/* Bits of a frame by its mode, the mode number included; 0: there is no such mode. */
static const uint16_t narrow_bits[16] = {5, 43, 119, 160, 220, 300, 364, 492, 79};
static const uint16_t wide_bits[8] = {4, 36, 112, 192, 352};

enum {
	NARROW_HEAD = 5, /* the bit that says narrow, and the mode */
	WIDE_HEAD = 4,
	REQUEST = 14,
	TERMINATOR = 15,
	MAX_SKIPPED_LAYERS = 1 /* in front of a narrow band frame: the next higher band's */
};

typedef struct {
	const uint8_t *bytes;
	size_t at, end; /* in bits */
} reader;

static size_t left(const reader *r)
{
	return r->end - r->at;
}

/* The caller has looked at what is left. */
static unsigned peek(const reader *r, unsigned count)
{
	unsigned value = 0;

	for (size_t i = r->at; i < r->at + count; i++)
		value = value << 1 | ((unsigned)r->bytes[i / 8] >> (7 - i % 8) & 1u);
	return value;
}

static bool skip(reader *r, size_t bits)
{
	if (bits > left(r))
		return false;
	r->at += bits;
	return true;
}

/* A higher band's layer, beginning with a one. The silent one (mode 0) is understood by who plays that band alone:
 * libspeex does not find its way past it. */
static bool skip_layer(reader *r, bool is_played)
{
	unsigned mode, bits;

	if (left(r) < WIDE_HEAD)
		return false;
	mode = peek(r, WIDE_HEAD) & 7;
	bits = wide_bits[mode];
	return bits && (mode || is_played) && skip(r, bits);
}

/* An in-band request (mode 14): its number says how long it is. */
static bool skip_request(reader *r)
{
	unsigned number;

	if (!skip(r, NARROW_HEAD) || left(r) < 4)
		return false;
	number = peek(r, 4);
	r->at += 4;
	return skip(r, number < 2 ? 1 : (number < 8 ? 4 : (number < 10 ? 8 : (number < 12 ? 16 : (number < 14 ? 32 : 64)))));
}

typedef enum {
	FRAME,
	END,
	BAD
} found;

/* Up to and with the next narrow band frame. */
static found next_narrow(reader *r)
{
	for (;;) {
		unsigned layers = 0, mode;

		if (left(r) < NARROW_HEAD)
			return END;
		while (peek(r, 1))
			if (++layers > MAX_SKIPPED_LAYERS || !skip_layer(r, false) || left(r) < NARROW_HEAD)
				return BAD;
		mode = peek(r, NARROW_HEAD);
		if (mode == TERMINATOR)
			return END;
		if (mode != REQUEST)
			return narrow_bits[mode] && skip(r, narrow_bits[mode]) ? FRAME : BAD;
		if (!skip_request(r))
			return BAD;
	}
}

size_t ahoy_speex_frames(const uint8_t *payload, size_t len, bool is_wide)
{
	reader r = {.bytes = payload, .end = 8 * len};
	size_t frames = 0;
	found what;

	while ((what = next_narrow(&r)) == FRAME) {
		/* Without a layer of its own the upper band is silent. */
		if (is_wide && left(&r) && peek(&r, 1) && !skip_layer(&r, true))
			return 0;
		frames++;
	}
	return what == END ? frames : 0;
}
