#include "sip/stream.h"

#include "base/limits.h"
#include "sip/frame.h"

/* The least that is allocated for the beginning of a message: most messages fit. */
#define KEPT_LEAST 2048
/* Room for the empty line behind half a head. */
#define EMPTY_LINE 4

void ahoy_stream_init(ahoy_stream *stream, const ahoy_env *env, bool takes_pong)
{
	*stream = (ahoy_stream){.env = env, .takes_pong = takes_pong};
}

static void forget(ahoy_stream *stream)
{
	ahoy_free(stream->env, stream->kept);
	stream->kept = NULL;
	stream->len = stream->cap = stream->whole = stream->looked = 0;
	stream->window = (ahoy_slice){0};
}

void ahoy_stream_fini(ahoy_stream *stream)
{
	forget(stream);
}

/* Room for `more` bytes behind what is kept, and for an empty line. */
static bool make_room(ahoy_stream *stream, size_t more)
{
	size_t need = stream->len + more + EMPTY_LINE;
	size_t cap = stream->cap ? stream->cap : KEPT_LEAST;
	char *kept;

	if (need <= stream->cap)
		return true;
	while (cap < need)
		cap *= 2;
	kept = ahoy_resize(stream->env, stream->kept, cap);
	if (!kept)
		return false;
	stream->kept = kept;
	stream->cap = cap;
	return true;
}

void ahoy_stream_feed(ahoy_stream *stream, ahoy_slice bytes)
{
	if (stream->broken || !bytes.len)
		return;
	AHOY_ASSERT(bytes.len <= AHOY_MAX_MESSAGE && stream->window.len == stream->len);
	if (!stream->len) {
		stream->window = bytes;
		return;
	}
	if (!make_room(stream, bytes.len)) {
		forget(stream);
		stream->broken = true;
		return;
	}
	memcpy(stream->kept + stream->len, bytes.ptr, bytes.len);
	stream->window = ahoy_slice_make(stream->kept, stream->len + bytes.len);
	stream->len += bytes.len;
}

static bool is_kept(const ahoy_stream *stream)
{
	return stream->kept && stream->window.ptr >= stream->kept && stream->window.ptr <= stream->kept + stream->cap;
}

/* What the window still holds becomes what is kept. */
static bool keep_window(ahoy_stream *stream)
{
	ahoy_slice rest = stream->window;

	if (!rest.len) {
		forget(stream);
		return true;
	}
	if (is_kept(stream)) {
		if (rest.ptr != stream->kept)
			memmove(stream->kept, rest.ptr, rest.len);
	} else {
		stream->len = 0;
		if (!make_room(stream, rest.len))
			return false;
		memcpy(stream->kept, rest.ptr, rest.len);
	}
	stream->len = rest.len;
	stream->window = ahoy_slice_make(stream->kept, rest.len);
	return true;
}

/* The whole lines at the front of `kept`, and an empty line behind them. */
static ahoy_slice lines_that_came(ahoy_stream *stream)
{
	size_t end = stream->len < AHOY_MAX_MESSAGE - EMPTY_LINE ? stream->len : AHOY_MAX_MESSAGE - EMPTY_LINE;

	while (end && stream->kept[end - 1] != '\n')
		end--;
	if (!end)
		return (ahoy_slice){0};
	if (end > 1 && stream->kept[end - 2] == '\r')
		stream->kept[end++] = '\r';
	stream->kept[end++] = '\n';
	return ahoy_slice_make(stream->kept, end);
}

static ahoy_stream_kind break_off(ahoy_stream *stream, size_t head_len, ahoy_slice *unit)
{
	stream->broken = true;
	*unit = (ahoy_slice){0};
	if (!head_len)
		ahoy_stream_give_up(stream, unit);
	else
		*unit = ahoy_slice_first(stream->window, head_len);
	return AHOY_STREAM_BROKEN;
}

void ahoy_stream_give_up(ahoy_stream *stream, ahoy_slice *unit)
{
	stream->broken = true;
	*unit = stream->window.len && keep_window(stream) ? lines_that_came(stream) : (ahoy_slice){0};
}

static ahoy_stream_kind take(ahoy_stream *stream, size_t len, ahoy_stream_kind kind, ahoy_slice *unit)
{
	*unit = ahoy_slice_first(stream->window, len);
	stream->window = ahoy_slice_from(stream->window, len);
	stream->whole = stream->looked = 0;
	return kind;
}

/* Would looking (again) find anything? */
static bool worth_a_look(const ahoy_stream *stream)
{
	ahoy_slice window = stream->window, news = ahoy_slice_from(window, stream->looked);
	bool line_ends = ahoy_slice_find(news, '\n') < news.len || ahoy_slice_find(news, '\r') < news.len;

	if (!window.len)
		return false;
	if (stream->whole)
		return window.len >= stream->whole;
	return !stream->looked || line_ends || window.ptr[0] == '\r' || window.len >= AHOY_MAX_MESSAGE;
}

static ahoy_stream_kind kind_of(ahoy_frame_kind kind)
{
	switch (kind) {
	case AHOY_FRAME_MESSAGE:
		return AHOY_STREAM_MESSAGE;
	case AHOY_FRAME_PING:
		return AHOY_STREAM_PING;
	case AHOY_FRAME_PONG:
		break;
	}
	return AHOY_STREAM_PONG;
}

ahoy_stream_kind ahoy_stream_next(ahoy_stream *stream, ahoy_slice *unit, int *err)
{
	ahoy_frame_kind kind;
	size_t len;

	*unit = (ahoy_slice){0};
	*err = stream->broken ? AHOY_ENOMEM : 0;
	if (stream->broken)
		return AHOY_STREAM_BROKEN;
	if (worth_a_look(stream)) {
		*err = ahoy_frame_next(stream->window, &kind, &len);
		if (!*err || (*err == AHOY_EMORE && kind == AHOY_FRAME_PONG && len && stream->takes_pong)) {
			*err = 0;
			return take(stream, len, kind_of(kind), unit);
		}
		if (*err != AHOY_EMORE)
			return break_off(stream, len, unit);
		*err = 0;
		stream->looked = stream->window.len;
		stream->whole = kind == AHOY_FRAME_MESSAGE ? len : 0;
	}
	if (keep_window(stream))
		return AHOY_STREAM_MORE;
	*err = AHOY_ENOMEM;
	forget(stream);
	stream->broken = true;
	return AHOY_STREAM_BROKEN;
}

bool ahoy_stream_waits(const ahoy_stream *stream)
{
	return stream->len && !stream->broken && !ahoy_frame_is_keepalive(ahoy_slice_make(stream->kept, stream->len));
}
