/* registrar_fuzz: REGISTERs and other requests through digest check and registrar. The input is one or more messages
 * with a 0x1e byte between them; time, source and what the store answers follow from their place and length. Random
 * bytes are the same for every asker, so the corpus can hold credentials that are valid (valid_*): user 115,
 * password 123456, realm ltsip.cn, and the nonce that this world mints first. Oracles: a refusal changes nothing;
 * what is kept can be sent (parses, no control byte); what is answered is whole lines; credentials pass once. */
#include <stdlib.h>

#include "registrar/auth.h"
#include "registrar/rate.h"
#include "registrar/registrar.h"

#define T0 AHOY_SECONDS(1000)

#define CHECK(cond) ((cond) ? (void)0 : abort())

typedef struct {
	ahoy_env env;
	ahoy_auth *auth;
	ahoy_rate *rate;
	ahoy_registrar *reg;
	ahoy_user_record user;
	ahoy_time now;
	ahoy_id waiting; /* the last change whose save is not answered yet */
} world;

static void *world_resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	if (size)
		return realloc(ptr, size);
	free(ptr);
	return NULL;
}

/* The same for every asker, so that the corpus does not depend on who asks first. */
static void world_random(void *ctx, void *out, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = (uint8_t)(0x5a + i);
}

static void world_log(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	(void)ctx, (void)level, (void)area, (void)id, (void)text;
}

/* The challenge whose nonces the corpus answers goes to *challenge. */
static void world_init(world *w, ahoy_buf *challenge)
{
	ahoy_auth_config auth = {.realm = AHOY_S("ltsip.cn"),
				 .start_number = 1,
				 .algorithms = {AHOY_DIGEST_SHA256, AHOY_DIGEST_MD5},
				 .algorithm_count = 2,
				 .max_nonces = 4};
	ahoy_registrar_config reg = {.min_expires_s = 60,
				     .max_expires_s = 3600,
				     .max_bindings = 15,
				     .utc_offset_us = 1700000000000000,
				     .listener_count = 1};
	char hex[AHOY_DIGEST_HEX];

	*w = (world){.now = T0};
	w->env = (ahoy_env){w, world_resize, world_random, world_log, AHOY_LOG_ERROR};
	reg.listeners[0] = (ahoy_addr){.family = 4, .port = 5060};
	CHECK(!ahoy_auth_new(&w->env, T0, &auth, &w->auth));
	CHECK(!ahoy_rate_new(&w->env, false, 4, &w->rate));
	CHECK(!ahoy_registrar_new(&w->env, T0, &reg, &w->reg));
	w->user.found = true;
	memcpy(w->user.ha1_md5, hex, ahoy_digest_ha1(AHOY_DIGEST_MD5, AHOY_S("115"), AHOY_S("ltsip.cn"), AHOY_S("123456"), hex));
	memcpy(w->user.ha1_sha256, hex, ahoy_digest_ha1(AHOY_DIGEST_SHA256, AHOY_S("115"), AHOY_S("ltsip.cn"), AHOY_S("123456"), hex));
	ahoy_auth_write_challenge(w->auth, T0, false, SIZE_MAX, challenge);
}

static void world_fini(world *w)
{
	ahoy_auth_del(w->auth);
	ahoy_rate_del(w->rate);
	ahoy_registrar_del(w->reg);
}

static void check_binding(const ahoy_binding *b)
{
	ahoy_uri uri;

	CHECK(!ahoy_uri_parse(b->contact, &uri) && uri.host.len);
	CHECK(b->contact.len <= AHOY_MAX_CONTACT && b->q_milli <= 1000);
	for (size_t i = 0; i < b->contact.len; i++)
		CHECK((uint8_t)b->contact.ptr[i] > 0x20);
	for (size_t i = 0; i < b->instance.len; i++)
		CHECK((uint8_t)b->instance.ptr[i] >= 0x20);
	for (size_t i = 0; i < b->path.len; i++)
		CHECK((uint8_t)b->path.ptr[i] >= 0x20);
	for (size_t i = 0; i < b->user_agent.len; i++)
		CHECK((uint8_t)b->user_agent.ptr[i] >= 0x20);
}

/* Whole lines, each "Name: value CRLF", no other line end. */
static void check_lines(ahoy_slice lines)
{
	ahoy_slice line;

	while (lines.len) {
		size_t colon;

		CHECK(ahoy_slice_cut(lines, '\n', &line, &lines));
		CHECK(line.len > 1 && line.ptr[line.len - 1] == '\r');
		CHECK(ahoy_slice_find(ahoy_slice_first(line, line.len - 1), '\r') == line.len - 1);
		colon = ahoy_slice_find(line, ':');
		CHECK(colon < line.len && ahoy_header_of(ahoy_slice_first(line, colon)) != AHOY_H_OTHER);
	}
}

static size_t check_visible(world *w)
{
	ahoy_binding found[AHOY_MAX_CONTACTS];
	size_t count = ahoy_registrar_lookup(w->reg, w->now, AHOY_S("115"), found);

	for (size_t i = 0; i < count; i++) {
		check_binding(&found[i]);
		CHECK(i == 0 || found[i - 1].q_milli >= found[i].q_milli);
	}
	return count;
}

static void commit(world *w, bool saved)
{
	size_t before = check_visible(w), after;

	CHECK(!ahoy_registrar_commit(w->reg, w->now, w->waiting, saved, NULL));
	w->waiting = 0;
	after = check_visible(w);
	CHECK(saved || before == after);
}

/* The registrar has no part in the digest: it is fed whatever the verdict was. */
static void feed_registrar(world *w, const ahoy_msg *req, const ahoy_flow *flow, bool delay, bool saved)
{
	char text[AHOY_REGISTRAR_LINES];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_binding set[AHOY_MAX_CONTACTS];
	ahoy_registrar_change change;
	ahoy_slice user;
	size_t count, before = check_visible(w);

	ahoy_registrar_prepare(w->reg, w->now, AHOY_S("115"), req, flow, &change);
	CHECK(check_visible(w) == before);
	switch (change.status) {
	case 400:
	case 403:
		CHECK(change.reason);
		break;
	case 200:
	case 423:
	case 500:
	case 503:
		break;
	default:
		abort();
	}
	CHECK(change.status == 200 || !change.changed);
	if (change.changed) {
		if (w->waiting)
			commit(w, saved);
		w->waiting = change.id;
		CHECK(ahoy_registrar_pending(w->reg, change.id, &user, set, &count) && count <= AHOY_MAX_CONTACTS);
		for (size_t i = 0; i < count; i++)
			check_binding(&set[i]);
		if (!delay)
			commit(w, saved);
	}
	ahoy_registrar_write_answer(w->reg, w->now, AHOY_S("115"), change.status, &b);
	CHECK(!b.full);
	check_lines(ahoy_buf_slice(&b));
}

static void feed_auth(world *w, const ahoy_msg *req, const ahoy_addr *source)
{
	char text[1024];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_auth_verdict verdict, again;
	ahoy_auth_claim claim;
	int err = ahoy_auth_extract(w->auth, req, &claim);

	ahoy_rate_take(w->rate, w->now, err ? AHOY_RATE_UNAUTHENTICATED : AHOY_RATE_FAILURE, source);
	ahoy_auth_check(w->auth, w->now, req, &w->user, &verdict);
	CHECK(!err || verdict.outcome == (err == AHOY_ESYNTAX ? AHOY_AUTH_REFUSED : AHOY_AUTH_CHALLENGE));
	CHECK((verdict.outcome == AHOY_AUTH_REFUSED) == (verdict.status == 400 || verdict.status == 403));
	if (verdict.outcome == AHOY_AUTH_OK) {
		CHECK(ahoy_auth_uri_names(&req->from.uri, ahoy_auth_claim_user(&claim)));
		ahoy_auth_check(w->auth, w->now, req, &w->user, &again);
		CHECK(again.outcome == AHOY_AUTH_STALE);
	}
	ahoy_auth_check(w->auth, w->now, req, NULL, &again);
	CHECK(again.outcome == AHOY_AUTH_CHALLENGE || again.outcome == AHOY_AUTH_REFUSED);
	ahoy_auth_write_challenge(w->auth, w->now, verdict.outcome == AHOY_AUTH_STALE, req->raw.len, &b);
	CHECK(!b.full);
	check_lines(ahoy_buf_slice(&b));
}

static void drive(world *w)
{
	ahoy_binding binding;
	ahoy_slice user;

	while (ahoy_registrar_next_keepalive(w->reg, w->now, &user, &binding))
		check_binding(&binding);
}

static void feed(world *w, ahoy_slice message, unsigned turn)
{
	static ahoy_msg msg;
	ahoy_flow flow = {
		.transport = AHOY_UDP,
		.local = {.family = 4, .port = 5060, .ip = {192, 0, 2, 1}},
		.peer = {.family = 4, .port = (uint16_t)(5060 + turn), .ip = {11, 0, 0, (uint8_t)(88 + turn % 3)}}};

	if (ahoy_msg_parse(message, &msg, NULL) || !msg.is_request)
		return;
	feed_auth(w, &msg, &flow.peer);
	feed_registrar(w, &msg, &flow, message.len % 3 == 0, message.len % 7 != 0);
	ahoy_registrar_seen(w->reg, w->now, AHOY_S("115"), &msg.uri, &flow);
	w->now += AHOY_SECONDS(message.len % 64);
	drive(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_slice rest = ahoy_slice_make(data, size), message;
	char text[1024];
	ahoy_buf challenge = ahoy_buf_over(text, sizeof text);
	ahoy_registrar_counters counters;
	world w;

	world_init(&w, &challenge);
	for (unsigned turn = 0; turn < 16 && rest.len; turn++) {
		ahoy_slice_cut(rest, 0x1e, &message, &rest);
		feed(&w, message, turn);
	}
	if (w.waiting)
		commit(&w, true);
	w.now += AHOY_SECONDS(4000);
	drive(&w);
	ahoy_registrar_count(w.reg, &counters);
	CHECK(counters.bindings == 0 && counters.users == 0 && counters.pending == 0);
	CHECK(ahoy_registrar_next(w.reg) == AHOY_NEVER);
	world_fini(&w);
	return 0;
}
