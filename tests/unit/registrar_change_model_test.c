/* registrar/change against a model: random REGISTERs, saves and expiries must do what a few lines of obvious code do. */
#include "registrar/registrar.h"

#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)
#define PEER "203.0.113.5:40000"

typedef struct {
	test_env te;
	ahoy_registrar *reg;
	ahoy_registrar_change change; /* of the last REGISTER */
	test_request r;
} fixture;

static void fixture_init(fixture *f)
{
	ahoy_registrar_config config = {.min_expires_s = 60, .max_expires_s = 3600, .listener_count = 1};

	config.listeners[0] = addr_of("0.0.0.0:5060");
	test_env_init(&f->te, 1);
	assert_ok(ahoy_registrar_new(&f->te.env, T0, &config, &f->reg));
}

static void fixture_fini(fixture *f)
{
	ahoy_registrar_del(f->reg);
	test_env_fini(&f->te);
}

enum {
	MODEL_USERS = 3,
	MODEL_URIS = 6,
	MODEL_CALLS = 3,
	MODEL_STEPS = 20000
};

typedef struct {
	bool bound;
	unsigned call, cseq;
	uint32_t expires_s; /* as granted */
	ahoy_time expires_at;
} model_binding;

typedef struct {
	model_binding at[MODEL_URIS];
} model_set;

typedef struct {
	ahoy_id id;
	unsigned user, number; /* number: in the order of preparing */
	model_set set;
} model_wait;

typedef struct {
	uint64_t random;
	ahoy_time now;
	model_set shown[MODEL_USERS];
	unsigned shown_number[MODEL_USERS];
	model_wait waits[64];
	size_t wait_count;
	unsigned number;
	unsigned refused, changed, committed;
} model;

static unsigned pick(model *m, unsigned below)
{
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(m->random >> 33) % below;
}

/* The youngest set, visible or not. */
static const model_set *model_base(const model *m, unsigned user, unsigned *waiting)
{
	const model_set *base = &m->shown[user];

	*waiting = 0;
	for (size_t i = 0; i < m->wait_count; i++)
		if (m->waits[i].user == user) {
			if (m->waits[i].number > m->shown_number[user])
				base = &m->waits[i].set;
			(*waiting)++;
		}
	return base;
}

/* What RFC 3261 10.3 makes of one contact; the status. */
static int model_apply(model_set *set, ahoy_time now, unsigned uri, unsigned call, unsigned cseq, uint32_t expires_s,
		       const bool fresh[MODEL_URIS])
{
	model_binding *b = &set->at[uri];

	if (expires_s > 0 && expires_s < 60)
		return 423;
	if (b->bound && !fresh[uri] && b->expires_at > now && b->call == call && cseq <= b->cseq)
		return 500;
	if (expires_s > 3600)
		expires_s = 3600;
	*b = (model_binding){expires_s > 0, call, cseq, expires_s, now + AHOY_SECONDS(expires_s)};
	return 200;
}

static int model_star(model_set *set, ahoy_time now, unsigned call, unsigned cseq)
{
	for (unsigned i = 0; i < MODEL_URIS; i++)
		if (set->at[i].bound && set->at[i].expires_at > now && set->at[i].call == call && cseq <= set->at[i].cseq)
			return 500;
	*set = (model_set){0};
	return 200;
}

static bool any_live(const model_set *set, ahoy_time now)
{
	for (unsigned i = 0; i < MODEL_URIS; i++)
		if (set->at[i].bound && set->at[i].expires_at > now)
			return true;
	return false;
}

/* One random REGISTER, to both. */
static void model_register(model *m, fixture *f)
{
	static const uint32_t intervals[] = {0, 0, 30, 60, 90, 400, 3600, 99999};
	unsigned user = pick(m, MODEL_USERS), call = pick(m, MODEL_CALLS), cseq = pick(m, 30), waiting, values = pick(m, 4);
	model_set set = *model_base(m, user, &waiting);
	bool fresh[MODEL_URIS] = {false}, changes = false, star = pick(m, 12) == 0;
	char lines[1024] = "", name[8], id[8];
	ahoy_buf b = ahoy_buf_over(lines, sizeof lines);
	ahoy_flow flow = flow_of(PEER);
	int status = 200;

	if (star) {
		ahoy_buf_str(&b, "Contact: *\r\nExpires: 0\r\n");
		changes = any_live(&set, m->now);
		status = model_star(&set, m->now, call, cseq);
		values = 0;
	}
	for (unsigned i = 0; i < values; i++) {
		unsigned uri = pick(m, MODEL_URIS);
		uint32_t expires_s = intervals[pick(m, ARRAY_LEN(intervals))];
		const model_binding *old = &set.at[uri];

		ahoy_buf_fmt(&b, "Contact: <sip:%u@h>;expires=%u\r\n", uri, expires_s);
		changes |= expires_s > 0 || (old->bound && old->expires_at > m->now);
		if (status == 200)
			status = model_apply(&set, m->now, uri, call, cseq, expires_s, fresh);
		fresh[uri] = expires_s > 0;
	}
	if (status == 200 && changes && waiting >= AHOY_MAX_USER_PENDING_SAVES)
		status = 503;
	snprintf(name, sizeof name, "u%u", user);
	snprintf(id, sizeof id, "c%u", call);
	request_make(&f->r, "REGISTER", name, id, cseq, ahoy_buf_cstr(&b));
	ahoy_registrar_prepare(f->reg, m->now, ahoy_slice_of(name), &f->r.msg, &flow, &f->change);
	assert_row(f->change.status == status, f->r.bytes);
	assert_row(f->change.changed == (status == 200 && changes), f->r.bytes);
	m->refused += status != 200;
	if (f->change.changed) {
		m->waits[m->wait_count++] = (model_wait){f->change.id, user, ++m->number, set};
		m->changed++;
	}
}

/* The store answers one of those that wait, mostly the oldest. */
static void model_answer(model *m, fixture *f)
{
	size_t at = m->wait_count && pick(m, 8) == 0 ? pick(m, (unsigned)m->wait_count) : 0;
	bool saved = pick(m, 6) != 0;
	model_wait wait;

	if (!m->wait_count)
		return;
	wait = m->waits[at];
	memmove(&m->waits[at], &m->waits[at + 1], (--m->wait_count - at) * sizeof wait);
	assert_ok(ahoy_registrar_commit(f->reg, m->now, wait.id, saved, NULL));
	m->committed += saved;
	if (saved && wait.number > m->shown_number[wait.user]) {
		m->shown[wait.user] = wait.set;
		m->shown_number[wait.user] = wait.number;
	}
}

static void model_compare(const model *m, fixture *f)
{
	ahoy_binding found[AHOY_MAX_CONTACTS], binding;
	ahoy_registrar_counters counters;
	uint64_t total = 0;
	ahoy_slice name;

	while (ahoy_registrar_next_keepalive(f->reg, m->now, &name, &binding))
		;
	for (unsigned user = 0; user < MODEL_USERS; user++) {
		char text[8];
		size_t count, live = 0;

		snprintf(text, sizeof text, "u%u", user);
		count = ahoy_registrar_lookup(f->reg, m->now, ahoy_slice_of(text), found);
		for (unsigned uri = 0; uri < MODEL_URIS; uri++) {
			const model_binding *b = &m->shown[user].at[uri];

			live += b->bound && b->expires_at > m->now;
		}
		assert_int_equal(count, live);
		for (size_t i = 0; i < count; i++) {
			const model_binding *b = &m->shown[user].at[(found[i].contact.ptr[4] - '0') % MODEL_URIS];

			assert_true(b->bound && b->cseq == found[i].cseq && found[i].call_id.ptr[1] == (char)('0' + b->call));
			assert_true(found[i].expires_utc_ms == b->expires_at / 1000);
		}
		total += count;
	}
	ahoy_registrar_count(f->reg, &counters);
	assert_int_equal(counters.bindings, total);
	assert_int_equal(counters.pending, m->wait_count);
}

static void random_registers_do_what_a_simple_model_does(void **state)
{
	model m = {.random = 20101113, .now = T0};
	fixture f;

	(void)state;
	fixture_init(&f);
	for (int step = 0; step < MODEL_STEPS; step++) {
		switch (pick(&m, 5)) {
		case 0:
		case 1:
			if (m.wait_count < ARRAY_LEN(m.waits))
				model_register(&m, &f);
			break;
		case 2:
		case 3:
			model_answer(&m, &f);
			break;
		default:
			m.now += AHOY_SECONDS(pick(&m, 40));
			break;
		}
		model_compare(&m, &f);
	}
	/* The walk went everywhere. */
	assert_true(m.refused > 500 && m.changed > 2000 && m.committed > 2000);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_registers_do_what_a_simple_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
