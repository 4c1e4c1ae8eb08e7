/* A driver that a test moves by hand: it exports the ports of what is open, by direction, NULL where none is. */
#include <stdio.h>

#include "base/err.h"
#include "device/driver.h"

extern AHOY_DEVICE_EXPORT const ahoy_device_port *ahoy_hand_ports[2];
const ahoy_device_port *ahoy_hand_ports[2];

static int hand_list(ahoy_device_found *found, void *ctx, char *why, size_t cap)
{
	(void)found;
	(void)ctx;
	snprintf(why, cap, "hands have no devices");
	return AHOY_EIO;
}

static int hand_open(const ahoy_device_port *port, const char *device, char *why, size_t cap, void **out)
{
	if (device) {
		snprintf(why, cap, "a hand has no device %s", device);
		return AHOY_EINVAL;
	}
	ahoy_hand_ports[port->direction] = port;
	*out = &ahoy_hand_ports[port->direction];
	return 0;
}

static void hand_close(void *device)
{
	*(const ahoy_device_port **)device = NULL;
}

const ahoy_device_driver ahoy_device_driver_export = {
	.abi = AHOY_DEVICE_ABI,
	.name = "hand",
	.title = "moved by hand",
	.list = hand_list,
	.open = hand_open,
	.close = hand_close,
};
