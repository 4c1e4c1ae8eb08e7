/* load_phone: one number of the generator, and the text of what it sends. Messages have the shape and the headers of the seed's softphone.
 * A message is built from its numbers alone, so that building it again is an exact retransmission. Thread kind: owned. */
#ifndef BENCH_LOAD_PHONE_H
#define BENCH_LOAD_PHONE_H

#include "load_wire.h"
#include "sip/digest.h"

#define LOAD_MESSAGE 4096

typedef struct {
	char name[24];
	char ha1[AHOY_DIGEST_HEX];
	char nonce[128];
	char realm[64];
	uint8_t name_len, ha1_len, nonce_len, realm_len;
	bool registered;
	uint32_t nc;	 /* of the last use of the nonce */
	uint32_t cseq;	 /* of REGISTER */
	uint64_t serial; /* of the message now on its way */
} load_phone;

typedef struct {
	load_phone *list;
	size_t count;
	ahoy_slice password;
	ahoy_digest_algorithm algorithm;
	char run[12]; /* differs at each run: Call-IDs and branches of two runs are never the same */
	uint64_t serials;
} load_phones;

/* Numbers prefix0, prefix1, …; 0, or -1 without memory. */
int load_phones_init(load_phones *phones, const char *prefix, size_t count, const char *password, ahoy_digest_algorithm algorithm);
void load_phones_fini(load_phones *phones);

static inline ahoy_slice load_phone_name(const load_phone *phone)
{
	return (ahoy_slice){phone->name, phone->name_len};
}

/* Takes the nonce out of a 401; its next request answers it. False: there is no challenge that we can answer. */
bool load_phone_challenged(load_phones *phones, load_phone *phone, ahoy_slice response);
/* An Authorization line over the phone's nonce, which must be there. */
void load_phone_authorize(ahoy_buf *b, const load_phones *phones, const load_phone *phone, ahoy_slice method, ahoy_slice uri,
			  uint32_t nc, uint64_t serial);

/* The value of the first header of that name ("Call-ID"), found without parsing; empty where there is none. Long names
 * alone: ahoyd writes no others. */
ahoy_slice load_header(ahoy_slice message, const char *name);
/* 200 of a status line, 0 of a request. */
int load_status(ahoy_slice message);
/* The digits from text[*at] on as a number; *at is moved behind them. False where there are none. */
bool load_number(ahoy_slice text, size_t *at, uint64_t *out);

/* A response to a request: its Via, From, To (with our tag), Call-ID and CSeq, then `more` (whole lines), then a body where
 * there is one. */
void load_write_response(ahoy_buf *b, ahoy_slice request, const char *status_line, ahoy_slice more, ahoy_slice body);
/* Content-Type and Content-Length, or the latter alone, and the body. */
void load_write_body(ahoy_buf *b, ahoy_slice body);

#endif
