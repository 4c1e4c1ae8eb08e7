#include "server/table.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define CELL_BYTES 4096

static void put_value(ahoy_buf *b, const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		ahoy_buf_escaped(b, ahoy_slice_make(json_string_value(value), json_string_length(value)));
		break;
	case JSON_INTEGER:
		ahoy_buf_fmt(b, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_REAL:
		ahoy_buf_fmt(b, "%.1f", json_real_value(value));
		break;
	case JSON_TRUE:
		ahoy_buf_str(b, "yes");
		break;
	case JSON_FALSE:
		ahoy_buf_str(b, "no");
		break;
	case JSON_ARRAY:
		for (size_t i = 0; i < json_array_size(value); i++) {
			if (i)
				ahoy_buf_char(b, ' ');
			put_value(b, json_array_get(value, i));
		}
		break;
	case JSON_NULL:
	case JSON_OBJECT:
		ahoy_buf_char(b, '-');
		break;
	}
}

void ahoy_table_head(const ahoy_column *columns, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++)
		printf("%-*s ", columns[i].width, columns[i].head);
	puts(columns[count - 1].head);
}

static const json_t *member(const json_t *object, const char *key)
{
	const char *dot = strchr(key, '.');
	char outer[32];

	if (!dot)
		return json_object_get(object, key);
	snprintf(outer, sizeof outer, "%.*s", (int)(dot - key), key);
	return json_object_get(json_object_get(object, outer), dot + 1);
}

void ahoy_table_row(const ahoy_column *columns, size_t count, json_t *object)
{
	for (size_t i = 0; i < count; i++) {
		char text[CELL_BYTES];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		put_value(&b, member(object, columns[i].key));
		if (b.len == 0)
			ahoy_buf_char(&b, '-');
		printf("%s", ahoy_buf_cstr(&b));
		if (i + 1 < count)
			printf("%*s ", b.len < (size_t)columns[i].width ? columns[i].width - (int)b.len : 0, "");
	}
	putchar('\n');
}

static void print_list(const char *prefix, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		char name[64], text[CELL_BYTES];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(value)) {
			print_list(name, value);
			continue;
		}
		put_value(&b, value);
		printf("%-28s %s\n", name, ahoy_buf_cstr(&b));
	}
}

void ahoy_table_list(json_t *object)
{
	print_list("", object);
}
