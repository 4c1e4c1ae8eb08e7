/* g711: the two laws of ITU-T G.711, one sample at a time (also for tools and tests). Thread kind: pure. */
#ifndef AHOY_CODEC_G711_H
#define AHOY_CODEC_G711_H

#include <stdint.h>

uint8_t ahoy_ulaw_encode(int16_t sample);
int16_t ahoy_ulaw_decode(uint8_t code);
uint8_t ahoy_alaw_encode(int16_t sample);
int16_t ahoy_alaw_decode(uint8_t code);

#endif
