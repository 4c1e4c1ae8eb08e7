/* wire: big-endian integers in packets; the files of src/rtp alone include it. Thread kind: pure. */
#ifndef AHOY_RTP_WIRE_H
#define AHOY_RTP_WIRE_H

#include <stdint.h>

static inline uint16_t ahoy_wire_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t ahoy_wire_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void ahoy_wire_put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void ahoy_wire_put32(uint8_t *p, uint32_t value)
{
	ahoy_wire_put16(p, value >> 16);
	ahoy_wire_put16(p + 2, value);
}

#endif
