#include "os/world.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "os/clock.h"
#include "os/json.h"
#include "os/random.h"

/* A text is at most 512 bytes (ahoy_log) and an id 256 here, each of which may become six. */
#define LINE_BYTES 8192

static const char *const level_names[] = {"error", "warn", "info", "debug"};

const char *ahoy_log_level_name(ahoy_log_level level)
{
	return level_names[level];
}

int ahoy_log_level_of(ahoy_slice name, ahoy_log_level *out)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
		if (ahoy_slice_eq(name, ahoy_slice_of(level_names[i]))) {
			*out = (ahoy_log_level)i;
			return 0;
		}
	}
	return AHOY_ESYNTAX;
}

static void *resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	if (size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, size);
}

/* The allocator keeps a few freed blocks of each small size aside for each thread; after a busy time they lie
 * scattered, each in a page that could go. Fresh blocks, which lie together, take their place. */
static void gather_kept_blocks(void)
{
	enum {
		KEPT = 7,
		LARGEST_KEPT = 1032
	};

	for (size_t size = 24; size <= LARGEST_KEPT; size += 16) {
		void *volatile blocks[2 * KEPT]; /* volatile: the pairs of malloc and free must not be optimised away */

		for (size_t i = 0; i < 2 * KEPT; i++)
			blocks[i] = malloc(size);
		for (size_t i = 2 * KEPT; i-- > 0;)
			free(blocks[i]);
	}
}

void ahoy_world_trim(void)
{
	gather_kept_blocks();
	malloc_trim(0);
}

/* The text was escaped where it came in, so backslashes stay as they are; only what could break the line is escaped
 * here. */
static void put_line_text(ahoy_buf *b, ahoy_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((uint8_t)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
			ahoy_buf_str(b, "\\x");
			ahoy_buf_hex(b, text.ptr + i, 1);
		} else {
			ahoy_buf_char(b, text.ptr[i]);
		}
	}
}

static void put_json_record(ahoy_buf *b, const char *time, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	ahoy_json j = ahoy_json_open(b);

	ahoy_json_string(&j, "time", ahoy_slice_of(time));
	ahoy_json_string(&j, "level", ahoy_slice_of(level_names[level]));
	ahoy_json_string(&j, "area", ahoy_slice_of(area));
	if (id.len)
		ahoy_json_string(&j, "id", id);
	ahoy_json_string(&j, "text", text);
	ahoy_json_close(&j);
}

static void put_text_record(ahoy_buf *b, const char *time, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	ahoy_buf_fmt(b, "%s %-5s %s ", time, level_names[level], area);
	if (id.len) {
		ahoy_buf_char(b, '[');
		put_line_text(b, id);
		ahoy_buf_str(b, "] ");
	}
	put_line_text(b, text);
}

static void log_record(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	const ahoy_log_sink *sink = ctx;
	char line[LINE_BYTES], time[AHOY_CLOCK_TEXT];
	ahoy_buf b = ahoy_buf_over(line, sizeof line - 1);
	size_t sent = 0;

	ahoy_clock_text(ahoy_clock_utc_ms(), time);
	id = ahoy_slice_first(id, 256);
	if (sink->json)
		put_json_record(&b, time, level, area, id, text);
	else
		put_text_record(&b, time, level, area, id, text);
	line[b.len++] = '\n';
	while (sent < b.len) {
		ssize_t n = write(sink->fd, line + sent, b.len - sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody listens: there is nowhere left to say so */
		sent += (size_t)n;
	}
}

void ahoy_world_env(ahoy_log_sink *sink, ahoy_log_level level, ahoy_env *out)
{
	*out = (ahoy_env){.ctx = sink, .resize = resize, .random = ahoy_random_fill, .log = log_record, .log_level = level};
}
