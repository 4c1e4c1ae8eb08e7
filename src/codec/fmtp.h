/* fmtp: format parameters of a codec, "name=value; name=value" (RFC 4855 3), by name in any case. Thread kind: pure. */
#ifndef AHOY_CODEC_FMTP_H
#define AHOY_CODEC_FMTP_H

#include "base/err.h"
#include "base/slice.h"

/* The first parameter of this name: its value without blanks and quotes, empty where there is no '='. False: none. */
bool ahoy_fmtp_find(ahoy_slice fmtp, ahoy_slice name, ahoy_slice *value);
/* The same as a number of 0 .. max; otherwise where there is none, or what is there is no such number. */
uint32_t ahoy_fmtp_number(ahoy_slice fmtp, ahoy_slice name, uint32_t max, uint32_t otherwise);

#endif
