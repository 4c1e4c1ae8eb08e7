/* A driver of an interface that is not this one's. */
#include "device/driver.h"

const ahoy_device_driver ahoy_device_driver_export = {.abi = AHOY_DEVICE_ABI + 1, .name = "old"};
