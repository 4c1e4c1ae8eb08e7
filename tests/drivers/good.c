/* The smallest driver that can be loaded: one microphone that is never there. */
#include "base/err.h"
#include "device/driver.h"

static int good_list(ahoy_device_found *found, void *ctx, char *why, size_t cap)
{
	(void)why;
	(void)cap;
	found(ctx, &(ahoy_device_info){AHOY_DEVICE_CAPTURE, "one", "the only one", true});
	return 0;
}

static int good_open(const ahoy_device_port *port, const char *device, char *why, size_t cap, void **out)
{
	(void)device;
	(void)why;
	(void)cap;
	port->state(port->host, AHOY_DEVICE_LOST, "it never was there");
	*out = NULL;
	return 0;
}

static void good_close(void *device)
{
	(void)device;
}

const ahoy_device_driver ahoy_device_driver_export = {
	.abi = AHOY_DEVICE_ABI,
	.name = "good",
	.title = "a driver for tests",
	.list = good_list,
	.open = good_open,
	.close = good_close,
};
