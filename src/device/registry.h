/* registry: finds a driver by name: a built-in one, or a shared object ahoy-NAME.so, which is loaded when it is asked for
 * and not before, and stays loaded. It is looked for in the folders of $AHOY_DRIVER_PATH (separated by colons) where that
 * is set, else beside the program and in the folder that `make install` puts it into. Knows which drivers there are without
 * loading them. Leaves devices to device.h. Thread kind: owned, by the phone's thread. */
#ifndef AHOY_DEVICE_REGISTRY_H
#define AHOY_DEVICE_REGISTRY_H

#include "base/buf.h"
#include "base/err.h"
#include "device/driver.h"

/* Longest name of a driver (a-z 0-9 -), and most drivers that are listed; further ones can still be named. */
#define AHOY_DRIVER_NAME 24
#define AHOY_DRIVER_MAX 32

/* DRIVER[:DEVICE], split at the first colon. name: AHOY_DRIVER_NAME bytes; *device points into spec, or is NULL. AHOY_EINVAL. */
int ahoy_driver_split(const char *spec, char *name, const char **device) AHOY_MUST_USE;
/* AHOY_ENOTFOUND (no such file), AHOY_EIO (it cannot be loaded, a library is missing), AHOY_EVERSION (another ABI); the line in `why` says
 * what to do. */
int ahoy_driver_find(const char *name, const ahoy_device_driver **out, ahoy_buf *why) AHOY_MUST_USE;
/* The names of all drivers there are: built in, then loadable in alphabetical order. Returns how many. */
size_t ahoy_driver_names(char names[AHOY_DRIVER_MAX][AHOY_DRIVER_NAME]);

#endif
