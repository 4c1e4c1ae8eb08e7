#include "sip/trace.h"

#include "base/limits.h"

/* A record is this head and the message's bytes, padded to the head's alignment. A record never wraps: where it does
 * not fit behind the last one, the rest of the ring is left unused and `end` remembers where. */
typedef struct {
	ahoy_time at;
	ahoy_flow flow;
	uint32_t full_len, len;
	bool sent;
} record;

#define RECORD_ALIGN 8u

struct ahoy_trace {
	const ahoy_env *env;
	size_t size;
	size_t first, next; /* places of the oldest record and of the one to be written */
	size_t end;	    /* first place behind the last record of the upper run, where next has wrapped (next <= first) */
	uint64_t first_number, next_number;
	_Alignas(RECORD_ALIGN) char ring[];
};

static size_t record_size(size_t len)
{
	return (sizeof(record) + len + RECORD_ALIGN - 1) & ~(size_t)(RECORD_ALIGN - 1);
}

int ahoy_trace_new(const ahoy_env *env, size_t size, ahoy_trace **out)
{
	ahoy_trace *trace;

	*out = NULL;
	if (size < AHOY_TRACE_MIN_BYTES || size > SIZE_MAX / 2)
		return AHOY_EINVAL;
	size &= ~(size_t)(RECORD_ALIGN - 1);
	trace = ahoy_new(env, sizeof *trace + size);
	if (!trace)
		return AHOY_ENOMEM;
	trace->env = env;
	trace->size = size;
	*out = trace;
	return 0;
}

void ahoy_trace_del(ahoy_trace *trace)
{
	if (trace)
		ahoy_free(trace->env, trace);
}

static const record *record_at(const ahoy_trace *trace, size_t at)
{
	return (const record *)(const void *)(trace->ring + at);
}

static bool is_empty(const ahoy_trace *trace)
{
	return trace->first_number == trace->next_number;
}

/* Where the record behind the one at `at` stands. */
static size_t behind(const ahoy_trace *trace, size_t at)
{
	size_t to = at + record_size(record_at(trace, at)->len);

	/* `end` counts only while the records wrap; the upper run then starts at or above `next`. */
	if (trace->next <= trace->first && at >= trace->first && to == trace->end)
		return 0;
	return to;
}

static void drop_oldest(ahoy_trace *trace)
{
	trace->first = behind(trace, trace->first);
	trace->first_number++;
	if (is_empty(trace))
		trace->first = trace->next = trace->end = 0;
}

/* Makes `need` contiguous bytes at `next`. */
static void make_room(ahoy_trace *trace, size_t need)
{
	for (;;) {
		if (is_empty(trace))
			return;
		if (trace->next > trace->first) {
			if (trace->size - trace->next >= need)
				return;
			trace->end = trace->next;
			trace->next = 0;
		}
		if (trace->first - trace->next >= need)
			return;
		drop_oldest(trace);
	}
}

void ahoy_trace_put(ahoy_trace *trace, ahoy_time now, bool sent, const ahoy_flow *flow, ahoy_slice bytes)
{
	size_t len = bytes.len < AHOY_TRACE_MAX_MESSAGE ? bytes.len : AHOY_TRACE_MAX_MESSAGE;
	size_t need = record_size(len);
	record *rec;

	make_room(trace, need);
	rec = (record *)(void *)(trace->ring + trace->next);
	memset(rec, 0, sizeof *rec);
	rec->at = now;
	rec->sent = sent;
	rec->flow = *flow;
	rec->len = (uint32_t)len;
	rec->full_len = bytes.len < UINT32_MAX ? (uint32_t)bytes.len : UINT32_MAX;
	if (len)
		memcpy(trace->ring + trace->next + sizeof *rec, bytes.ptr, len);
	trace->next += need;
	trace->next_number++;
}

bool ahoy_trace_next(const ahoy_trace *trace, ahoy_trace_cursor *cursor, ahoy_trace_message *out)
{
	const record *rec;

	if (is_empty(trace) || cursor->number >= trace->next_number)
		return false;
	if (cursor->number <= trace->first_number) {
		cursor->number = trace->first_number;
		cursor->at = trace->first;
	} else if (trace->next <= trace->first && cursor->at == trace->end) {
		cursor->at = 0; /* it waited behind the last record, and the next one was written at the ring's start */
	}
	rec = record_at(trace, (size_t)cursor->at);
	*out = (ahoy_trace_message){rec->at, rec->sent, rec->flow, rec->full_len, {trace->ring + cursor->at + sizeof *rec, rec->len}};
	cursor->number++;
	cursor->at = behind(trace, (size_t)cursor->at);
	return true;
}

bool ahoy_trace_next_of(const ahoy_trace *trace, ahoy_trace_cursor *cursor, const ahoy_slice *call_ids, size_t count,
			ahoy_trace_message *out)
{
	while (ahoy_trace_next(trace, cursor, out)) {
		ahoy_slice id = ahoy_trace_header(out->bytes, AHOY_S("Call-ID"), 'i');

		for (size_t i = 0; i < count; i++)
			if (id.len && ahoy_slice_eq(id, call_ids[i]))
				return true;
	}
	return false;
}

ahoy_slice ahoy_trace_header(ahoy_slice message, ahoy_slice name, char compact)
{
	ahoy_slice line, rest = message;
	bool first = true;

	while (rest.len) {
		ahoy_slice field, value;

		ahoy_slice_cut(rest, '\n', &line, &rest);
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0 && !first)
			break;
		if (first || line.len == 0) {
			/* RFC 3261 7.5: CRLFs may stand before the start line. */
			first = line.len == 0;
			continue;
		}
		if (line.ptr[0] == ' ' || line.ptr[0] == '\t' || !ahoy_slice_cut(line, ':', &field, &value))
			continue;
		field = ahoy_slice_trim(field);
		if (ahoy_slice_ieq(field, name) || (compact && field.len == 1 && ahoy_lower(field.ptr[0]) == compact))
			return ahoy_slice_trim(value);
	}
	return (ahoy_slice){message.ptr, 0};
}
