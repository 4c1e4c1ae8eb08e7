#include "sip/ladder.h"

#include "base/limits.h"
#include "sip/ladder_label.h"

/* The ladder is 100 columns wide: 12 for the time, the endpoints, and 9 behind the last one for half its head and the
 * word "again". */
#define TIME_WIDTH 12u
#define ENDPOINTS_WIDTH 79u
#define MAX_SPACING 36u
#define MIN_SPACING 14u
#define LINE_WIDTH (TIME_WIDTH + MIN_SPACING * AHOY_LADDER_MAX_ENDPOINTS + ENDPOINTS_WIDTH)

typedef struct {
	ahoy_addr peers[AHOY_LADDER_MAX_ENDPOINTS]; /* by column; the one of `self` is unused */
	ahoy_transport transports[AHOY_LADDER_MAX_ENDPOINTS];
	size_t count, self;
	size_t spacing;
	char line[LINE_WIDTH];
	size_t used; /* characters of the line up to the last that is no blank */
} ladder;

static size_t place(const ladder *l, size_t column)
{
	return TIME_WIDTH + column * l->spacing;
}

/* The column of an endpoint, or l->count where it has none. */
static size_t column_of(const ladder *l, const ahoy_flow *flow)
{
	for (size_t i = 0; i < l->count; i++)
		if (i != l->self && l->transports[i] == flow->transport && ahoy_addr_eq(&l->peers[i], &flow->peer))
			return i;
	return l->count;
}

static void add_endpoint(ladder *l, size_t column, const ahoy_flow *flow)
{
	l->peers[column] = flow->peer;
	l->transports[column] = flow->transport;
}

static void find_endpoints(ladder *l, const ahoy_trace_message *messages, size_t count)
{
	l->self = messages[0].sent ? 0 : 1;
	if (!messages[0].sent)
		add_endpoint(l, 0, &messages[0].flow);
	l->count = l->self + 1;
	for (size_t i = 0; i < count; i++)
		if (column_of(l, &messages[i].flow) == l->count && l->count < AHOY_LADDER_MAX_ENDPOINTS)
			add_endpoint(l, l->count++, &messages[i].flow);
	l->spacing = l->count < 2 ? MAX_SPACING : ENDPOINTS_WIDTH / (l->count - 1);
	if (l->spacing > MAX_SPACING)
		l->spacing = MAX_SPACING;
	if (l->spacing < MIN_SPACING)
		l->spacing = MIN_SPACING;
}

static void line_clear(ladder *l)
{
	memset(l->line, ' ', sizeof l->line);
	l->used = 0;
}

static void line_put(ladder *l, size_t at, ahoy_slice text)
{
	if (text.len == 0 || at >= sizeof l->line)
		return;
	text = ahoy_slice_first(text, sizeof l->line - at);
	memcpy(l->line + at, text.ptr, text.len);
	if (at + text.len > l->used)
		l->used = at + text.len;
}

static void line_write(ladder *l, ahoy_buf *b)
{
	ahoy_buf_put(b, (ahoy_slice){l->line, l->used});
	ahoy_buf_char(b, '\n');
}

static void line_bars(ladder *l)
{
	for (size_t i = 0; i < l->count; i++)
		line_put(l, place(l, i), AHOY_S("|"));
}

/* A text centred over a column; one that would run into its neighbour loses its middle (only IPv6 addresses are that
 * long). */
static void line_head(ladder *l, size_t column, ahoy_slice text)
{
	char cut[MAX_SPACING];
	size_t width = l->spacing - 1;
	size_t at;

	if (column == 0 && width > 2 * TIME_WIDTH)
		width = 2 * TIME_WIDTH;
	if (text.len > width) {
		size_t head = (width - 2) / 2, tail = width - 2 - head;

		memcpy(cut, text.ptr, head);
		memcpy(cut + head, "..", 2);
		memcpy(cut + head + 2, text.ptr + text.len - tail, tail);
		text = (ahoy_slice){cut, width};
	}
	at = place(l, column);
	line_put(l, at > text.len / 2 ? at - text.len / 2 : 0, text);
}

static void write_heads(ladder *l, ahoy_buf *b, ahoy_slice self_name)
{
	char text[AHOY_ADDR_TEXT];

	line_clear(l);
	for (size_t i = 0; i < l->count; i++) {
		ahoy_buf ip = ahoy_buf_over(text, sizeof text);

		if (i != l->self)
			ahoy_addr_put_ip(&ip, &l->peers[i], false);
		line_head(l, i, i == l->self ? self_name : ahoy_buf_slice(&ip));
	}
	line_write(l, b);
	line_clear(l);
	for (size_t i = 0; i < l->count; i++) {
		ahoy_buf port = ahoy_buf_over(text, sizeof text);

		/* UDP is what goes without saying. */
		ahoy_buf_fmt(&port, ":%u", l->peers[i].port);
		if (l->transports[i] != AHOY_UDP)
			ahoy_buf_fmt(&port, " %.*s", AHOY_P(ahoy_transport_name(l->transports[i])));
		if (i != l->self)
			line_head(l, i, ahoy_buf_slice(&port));
	}
	line_write(l, b);
	line_clear(l);
	line_bars(l);
	line_write(l, b);
}

static void line_arrow(ladder *l, size_t from, size_t to, ahoy_slice message)
{
	size_t left = place(l, from < to ? from : to) + 1, right = place(l, from < to ? to : from);
	size_t inner = right - left;
	char text[LINE_WIDTH];
	ahoy_buf label = ahoy_buf_over(text, sizeof text);

	memset(l->line + left, '-', inner);
	l->line[from < to ? right - 1 : left] = from < to ? '>' : '<';
	ahoy_ladder_label(&label, message, inner - 4);
	line_put(l, left + (inner - label.len) / 2, ahoy_buf_slice(&label));
}

static bool same_message(const ahoy_trace_message *a, const ahoy_trace_message *b)
{
	return a->sent == b->sent && a->full_len == b->full_len && ahoy_addr_eq(&a->flow.peer, &b->flow.peer) &&
	       ahoy_slice_eq(a->bytes, b->bytes);
}

static bool is_retransmission(const ahoy_trace_message *messages, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_message(&messages[i], &messages[at]))
			return true;
	return false;
}

/* False where the message's endpoint has no column any more. */
static bool write_message(ladder *l, ahoy_buf *b, const ahoy_trace_message *messages, size_t at)
{
	const ahoy_trace_message *m = &messages[at];
	ahoy_time since = m->at > messages[0].at ? m->at - messages[0].at : 0;
	size_t peer = column_of(l, &m->flow);
	char text[32];
	ahoy_buf offset = ahoy_buf_over(text, sizeof text);

	if (peer == l->count)
		return false;
	line_clear(l);
	ahoy_buf_fmt(&offset, "%7llu.%03llu", (unsigned long long)(since / 1000000), (unsigned long long)(since / 1000 % 1000));
	if (offset.len > TIME_WIDTH - 1)
		offset.len = TIME_WIDTH - 1;
	line_put(l, 0, ahoy_buf_slice(&offset));
	line_bars(l);
	line_arrow(l, m->sent ? l->self : peer, m->sent ? peer : l->self, m->bytes);
	if (is_retransmission(messages, at))
		line_put(l, place(l, l->count - 1) + 2, AHOY_S("again"));
	line_write(l, b);
	return true;
}

void ahoy_ladder_write(ahoy_buf *b, ahoy_slice self_name, const ahoy_trace_message *messages, size_t count)
{
	ladder l = {.count = 0};
	size_t drawn = count < AHOY_LADDER_MAX_MESSAGES ? count : AHOY_LADDER_MAX_MESSAGES, left_out = count - drawn;

	if (count == 0)
		return;
	find_endpoints(&l, messages, drawn);
	write_heads(&l, b, self_name);
	for (size_t i = 0; i < drawn; i++)
		if (!write_message(&l, b, messages, i))
			left_out++;
	if (left_out)
		ahoy_buf_fmt(b, "%zu more messages are not drawn\n", left_out);
}
