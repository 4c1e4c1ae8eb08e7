/* builtin: the drivers that need no library: null (silence in, anything out, in real time) and tone:HZ[,LEVEL] (a sine as
 * microphone, LEVEL in dBov, default -20). Files are no devices: --play and --record are the phone's (phone/sound.h).
 * Static. Thread kind: as driver.h says; both are turned by the phone and have no thread. */
#ifndef AHOY_DEVICE_BUILTIN_H
#define AHOY_DEVICE_BUILTIN_H

#include "device/driver.h"

extern const ahoy_device_driver ahoy_device_null, ahoy_device_tone;

#endif
