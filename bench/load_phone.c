#include "load_phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

ahoy_time load_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (ahoy_time)t.tv_sec * 1000000u + (ahoy_time)t.tv_nsec / 1000u;
}

int load_phones_init(load_phones *phones, const char *prefix, size_t count, const char *password, ahoy_digest_algorithm algorithm)
{
	struct timespec t;

	*phones = (load_phones){.count = count, .password = ahoy_slice_of(password), .algorithm = algorithm};
	clock_gettime(CLOCK_REALTIME, &t);
	snprintf(phones->run, sizeof phones->run, "%x", (unsigned)t.tv_sec ^ (unsigned)t.tv_nsec);
	phones->list = calloc(count ? count : 1, sizeof *phones->list);
	if (!phones->list)
		return -1;
	for (size_t i = 0; i < count; i++) {
		load_phone *phone = &phones->list[i];

		phone->name_len = (uint8_t)snprintf(phone->name, sizeof phone->name, "%s%zu", prefix, i);
	}
	return 0;
}

void load_phones_fini(load_phones *phones)
{
	free(phones->list);
	phones->list = NULL;
}

ahoy_slice load_header(ahoy_slice message, const char *name)
{
	char needle[40];
	int len = snprintf(needle, sizeof needle, "\r\n%s:", name);
	const char *at = memmem(message.ptr, message.len, needle, (size_t)len);
	const char *end;

	if (!at)
		return (ahoy_slice){0};
	at += len;
	end = memchr(at, '\r', message.len - (size_t)(at - message.ptr));
	return end ? ahoy_slice_trim(ahoy_slice_make(at, (size_t)(end - at))) : (ahoy_slice){0};
}

int load_status(ahoy_slice message)
{
	if (message.len < 12 || memcmp(message.ptr, "SIP/2.0 ", 8) != 0)
		return 0;
	return (message.ptr[8] - '0') * 100 + (message.ptr[9] - '0') * 10 + (message.ptr[10] - '0');
}

bool load_number(ahoy_slice text, size_t *at, uint64_t *out)
{
	uint64_t value = 0;
	size_t i = *at;

	while (i < text.len && ahoy_is_digit(text.ptr[i]) && i - *at < 18)
		value = value * 10 + (uint64_t)(text.ptr[i++] - '0');
	if (i == *at)
		return false;
	*at = i;
	*out = value;
	return true;
}

static void keep_challenge(load_phones *phones, load_phone *phone, const ahoy_digest_challenge *challenge)
{
	memcpy(phone->nonce, challenge->nonce.ptr, challenge->nonce.len);
	phone->nonce_len = (uint8_t)challenge->nonce.len;
	phone->nc = 0;
	if (phone->realm_len == challenge->realm.len && memcmp(phone->realm, challenge->realm.ptr, challenge->realm.len) == 0)
		return;
	memcpy(phone->realm, challenge->realm.ptr, challenge->realm.len);
	phone->realm_len = (uint8_t)challenge->realm.len;
	phone->ha1_len = (uint8_t)ahoy_digest_ha1(phones->algorithm, load_phone_name(phone), challenge->realm, phones->password,
						  phone->ha1);
}

bool load_phone_challenged(load_phones *phones, load_phone *phone, ahoy_slice response)
{
	ahoy_slice rest = response, value;
	ahoy_digest_challenge challenge;

	for (;;) {
		value = load_header(rest, "WWW-Authenticate");
		if (!value.len)
			return false;
		if (!ahoy_digest_parse_challenge(value, &challenge) && challenge.algorithm == phones->algorithm &&
		    challenge.nonce.len <= sizeof phone->nonce && challenge.realm.len <= sizeof phone->realm)
			break;
		rest = ahoy_slice_make(value.ptr, (size_t)(response.ptr + response.len - value.ptr));
	}
	keep_challenge(phones, phone, &challenge);
	return true;
}

void load_phone_authorize(ahoy_buf *b, const load_phones *phones, const load_phone *phone, ahoy_slice method, ahoy_slice uri,
			  uint32_t nc, uint64_t serial)
{
	char hex[AHOY_DIGEST_HEX], cnonce[16];
	ahoy_buf c = ahoy_buf_over(cnonce, sizeof cnonce);
	ahoy_digest_credentials credentials = {
		.username = load_phone_name(phone),
		.realm = {phone->realm, phone->realm_len},
		.nonce = {phone->nonce, phone->nonce_len},
		.uri = uri,
		.algorithm = phones->algorithm,
		.has_algorithm = true,
		.qop = AHOY_DIGEST_QOP_AUTH,
		.nc = nc,
	};

	ahoy_buf_hex_u64(&c, serial, 16);
	credentials.cnonce = ahoy_buf_slice(&c);
	credentials.response = (ahoy_slice){
		hex, ahoy_digest_response(&credentials, (ahoy_slice){phone->ha1, phone->ha1_len}, method, (ahoy_slice){0}, hex)};
	ahoy_buf_str(b, "Authorization: ");
	ahoy_digest_write_credentials(b, &credentials);
	ahoy_buf_str(b, "\r\n");
}

void load_write_body(ahoy_buf *b, ahoy_slice body)
{
	if (body.len)
		ahoy_buf_str(b, "Content-Type: application/sdp\r\n");
	ahoy_buf_str(b, "Content-Length: ");
	ahoy_buf_u64(b, body.len);
	ahoy_buf_str(b, "\r\n\r\n");
	ahoy_buf_put(b, body);
}

static void copy_header(ahoy_buf *b, ahoy_slice request, const char *name, const char *tag)
{
	ahoy_slice value = load_header(request, name);

	ahoy_buf_str(b, name);
	ahoy_buf_str(b, ": ");
	ahoy_buf_put(b, value);
	if (tag && ahoy_slice_search(value, AHOY_S(";tag=")) == value.len)
		ahoy_buf_str(b, tag);
	ahoy_buf_str(b, "\r\n");
}

void load_write_response(ahoy_buf *b, ahoy_slice request, const char *status_line, ahoy_slice more, ahoy_slice body)
{
	ahoy_buf_str(b, status_line);
	ahoy_buf_str(b, "\r\n");
	copy_header(b, request, "Via", NULL);
	copy_header(b, request, "From", NULL);
	copy_header(b, request, "To", ";tag=8f3a1c77");
	copy_header(b, request, "Call-ID", NULL);
	copy_header(b, request, "CSeq", NULL);
	ahoy_buf_put(b, more);
	ahoy_buf_str(b, "User-Agent: ahoy load 1.0\r\n");
	load_write_body(b, body);
}
