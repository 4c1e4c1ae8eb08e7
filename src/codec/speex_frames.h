/* speex_frames: how many frames a Speex payload holds (RFC 5574 3, and the manual's bit allocation), found without
 * decoding. libspeex is given nothing that did not pass here: what it dislikes it prints. Thread kind: pure. */
#ifndef AHOY_CODEC_SPEEX_FRAMES_H
#define AHOY_CODEC_SPEEX_FRAMES_H

#include "base/slice.h"

/* 0: a mode that does not exist, a frame that is cut off, or none. */
size_t ahoy_speex_frames(const uint8_t *payload, size_t len, bool is_wide);

#endif
