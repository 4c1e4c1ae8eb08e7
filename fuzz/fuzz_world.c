#include "fuzz_world.h"

#include <string.h>

#include "stun/stun.h"

static void *resize(void *ctx, void *ptr, size_t size)
{
	fuzz_world *w = ctx;

	if (size == 0) {
		w->live -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (w->fail_in && --w->fail_in == 0) {
		w->failed = true;
		return NULL;
	}
	w->live += ptr == NULL;
	return realloc(ptr, size);
}

/* splitmix64: tags and Call-IDs must differ, or everything would be a merged request. */
static void fill_random(void *ctx, void *out, size_t len)
{
	fuzz_world *w = ctx;

	for (size_t i = 0; i < len; i++) {
		uint64_t z = (w->random_state += 0x9e3779b97f4a7c15u);

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		((uint8_t *)out)[i] = (uint8_t)(z ^ (z >> 31));
	}
}

static void no_log(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	(void)ctx, (void)level, (void)area, (void)id, (void)text;
}

void fuzz_world_init(fuzz_world *w)
{
	memset(w, 0, offsetof(fuzz_world, text));
	w->env = (ahoy_env){w, resize, fill_random, no_log, AHOY_LOG_DEBUG};
	w->now = FUZZ_START;
}

bool fuzz_next(ahoy_slice *rest, ahoy_slice *step)
{
	if (rest->len == 0)
		return false;
	ahoy_slice_cut(*rest, 0x1e, step, rest);
	return true;
}

bool fuzz_is_time(ahoy_slice step, ahoy_time *by)
{
	uint64_t ms;

	if (step.len < 2 || step.len > 8 || step.ptr[0] != '>' || ahoy_slice_u64(ahoy_slice_from(step, 1), 100000, &ms))
		return false;
	*by = AHOY_MS(ms);
	return true;
}

bool fuzz_is_failure(fuzz_world *w, ahoy_slice step)
{
	uint64_t n;

	if (step.len < 2 || step.len > 6 || step.ptr[0] != '%' || ahoy_slice_u64(ahoy_slice_from(step, 1), 10000, &n))
		return false;
	w->fail_in = n;
	return true;
}

void fuzz_ha1(ahoy_slice user, char md5[33], char sha256[65])
{
	char hex[AHOY_DIGEST_HEX];

	memcpy(md5, hex, ahoy_digest_ha1(AHOY_DIGEST_MD5, user, AHOY_S(FUZZ_REALM), AHOY_S(FUZZ_PASSWORD), hex));
	md5[32] = '\0';
	memcpy(sha256, hex, ahoy_digest_ha1(AHOY_DIGEST_SHA256, user, AHOY_S(FUZZ_REALM), AHOY_S(FUZZ_PASSWORD), hex));
	sha256[64] = '\0';
}

static void put_credentials(fuzz_world *w, ahoy_buf *b, ahoy_slice datagram, char digit)
{
	char name[4] = {'1', '1', digit, '\0'}, ha1[AHOY_DIGEST_HEX], response[AHOY_DIGEST_HEX], text[1024];
	ahoy_buf value = ahoy_buf_over(text, sizeof text);
	ahoy_slice line, method, uri, rest;
	ahoy_digest_credentials c = {
		.username = ahoy_slice_of(name),
		.realm = AHOY_S(FUZZ_REALM),
		.nonce = ahoy_slice_of(w->nonce),
		.algorithm = AHOY_DIGEST_SHA256,
		.has_algorithm = true,
		.qop = AHOY_DIGEST_QOP_AUTH,
		.nc = ++w->nc,
		.cnonce = AHOY_S("c0ffee"),
	};
	size_t len;

	ahoy_slice_cut(datagram, '\r', &line, &rest);
	ahoy_slice_cut(line, ' ', &method, &rest);
	ahoy_slice_cut(rest, ' ', &uri, &rest);
	c.uri = uri;
	len = ahoy_digest_ha1(AHOY_DIGEST_SHA256, c.username, c.realm, AHOY_S(FUZZ_PASSWORD), ha1);
	c.response = ahoy_slice_make(response, ahoy_digest_response(&c, ahoy_slice_make(ha1, len), method, (ahoy_slice){0}, response));
	ahoy_digest_write_credentials(&value, &c);
	ahoy_buf_str(b, "Authorization: ");
	ahoy_buf_put(b, ahoy_buf_slice(&value));
	ahoy_buf_str(b, "\r\n");
}

ahoy_slice fuzz_fill(fuzz_world *w, ahoy_slice datagram)
{
	ahoy_buf b = ahoy_buf_over(w->text, sizeof w->text);

	for (size_t i = 0; i < datagram.len; i++) {
		char what = datagram.ptr[i] == 0x01 && i + 1 < datagram.len ? datagram.ptr[i + 1] : '\0';

		if (what == 'B')
			ahoy_buf_str(&b, w->branch);
		else if (what == 'T')
			ahoy_buf_str(&b, w->tag);
		else if (what == 'I')
			ahoy_buf_str(&b, w->call_id);
		else if (what == 'A' && i + 2 < datagram.len)
			put_credentials(w, &b, datagram, datagram.ptr[++i + 1]);
		else
			what = '\0';
		if (what)
			i++;
		else
			ahoy_buf_char(&b, datagram.ptr[i]);
	}
	return ahoy_buf_slice(&b);
}

static void note(char *to, size_t cap, ahoy_slice value)
{
	if (value.len && value.len < cap)
		(void)!ahoy_slice_cstr(value, to, cap);
}

void fuzz_sent(fuzz_world *w, ahoy_slice bytes, bool readable)
{
	static ahoy_msg msg;
	ahoy_digest_challenge challenge;
	int err;

	CHECK(bytes.len > 0 && bytes.len <= AHOY_MAX_MESSAGE);
	if (ahoy_stun_is(bytes))
		return;
	err = ahoy_msg_parse(bytes, &msg, NULL);
	CHECK(!err || !readable);
	if (err)
		return;
	if (msg.is_request) {
		note(w->branch, sizeof w->branch, msg.via.branch);
		note(w->tag, sizeof w->tag, msg.from.tag);
		note(w->call_id, sizeof w->call_id, msg.call_id);
		return;
	}
	note(w->tag, sizeof w->tag, msg.to.tag);
	if (msg.status == 401 && !ahoy_digest_parse_challenge(ahoy_msg_value(&msg, AHOY_H_WWW_AUTHENTICATE), &challenge)) {
		note(w->nonce, sizeof w->nonce, challenge.nonce);
		w->nc = 0;
	}
}
