#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "device/registry.h"
#include "phone/commands.h"
#include "phone/exit_code.h"

typedef struct {
	const char *driver;
	bool json;
	unsigned count;
} listing;

static const char *end_name(ahoy_device_direction direction)
{
	return direction == AHOY_DEVICE_CAPTURE ? "microphone" : "speaker";
}

/* One line of JSON; takes the object. */
static void print_json(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	if (text)
		puts(text);
	free(text);
	json_decref(object);
}

/* What a server or a driver calls its devices is not ours: control bytes are escaped. */
static void print_escaped(const char *text)
{
	char mem[2048];
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);

	ahoy_buf_escaped(&b, ahoy_slice_first(ahoy_slice_of(text), sizeof mem / 4));
	fwrite(b.ptr, 1, b.len, stdout);
}

static void on_device(void *ctx, const ahoy_device_info *info)
{
	listing *l = ctx;

	l->count++;
	if (l->json) {
		print_json(json_pack("{s:s, s:s, s:s, s:s, s:b}", "driver", l->driver, "name", info->name, "end",
				     end_name(info->direction), "description", info->description, "default", info->is_default));
		return;
	}
	printf("  %c %-10s  %s:", info->is_default ? '*' : ' ', end_name(info->direction), l->driver);
	print_escaped(info->name);
	fputs("  ", stdout);
	print_escaped(info->description);
	putchar('\n');
}

static void print_fault(const listing *l, const char *why)
{
	if (l->json) {
		print_json(json_pack("{s:s, s:s}", "driver", l->driver, "error", why));
		return;
	}
	fputs("    ", stdout);
	print_escaped(why);
	putchar('\n');
}

static void list_driver(listing *l)
{
	char text[1024], line[512] = "";
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	const ahoy_device_driver *driver;

	if (ahoy_driver_find(l->driver, &driver, &why)) {
		if (!l->json)
			printf("%s\n", l->driver);
		print_fault(l, ahoy_buf_cstr(&why));
		return;
	}
	if (!l->json)
		printf("%s: %s\n", l->driver, driver->title);
	if (driver->list(on_device, l, line, sizeof line))
		print_fault(l, *line ? line : "its devices cannot be listed");
	else if (!l->count && !l->json)
		puts("    no device");
}

int ahoy_cmd_devices(const ahoy_phone_options *options)
{
	char names[AHOY_DRIVER_MAX][AHOY_DRIVER_NAME];
	size_t count = ahoy_driver_names(names);

	for (size_t i = 0; i < count; i++)
		list_driver(&(listing){.driver = names[i], .json = options->json});
	return AHOY_EXIT_OK;
}
