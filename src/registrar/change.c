/* What one REGISTER makes of a user's set of bindings (RFC 3261 10.3 steps 6 and 7), all or nothing; and the two
 * ends of its wait for the store. */
#include "registrar/contact.h"
#include "registrar/path.h"
#include "registrar/users.h"

/* RFC 3261 10.3 step 7: an interval of an hour or more is never too brief. */
#define BRIEF_S 3600u
#define DEFAULT_EXPIRES_S 3600u
/* Contact values of one REGISTER: all of a user's may move at once. */
#define MAX_VALUES (2 * AHOY_MAX_CONTACTS)
#define MAX_WORK (AHOY_MAX_CONTACTS + MAX_VALUES)

typedef struct {
	ahoy_packed *packed; /* a reference of our own */
	bool fresh;	     /* made by this request */
} work_item;

typedef struct {
	ahoy_registrar *reg;
	ahoy_time now;
	const ahoy_msg *req;
	const ahoy_flow *flow;
	ahoy_slice user_agent;
	ahoy_slice path;
	uint32_t header_expires_s; /* what a Contact without the parameter asks for */
	work_item items[MAX_WORK];
	size_t count;
	size_t values;
	bool changed;
	bool outbound;
	int status; /* 200 so far, or the refusal */
	const char *reason;
} work;

static bool refuse(work *w, int status, const char *reason)
{
	w->status = status;
	w->reason = reason;
	return false;
}

/* The set that this request builds on: what waits for the store if anything does, else what is visible. */
static void begin(work *w, const ahoy_user_bindings *user)
{
	const ahoy_pending_set *base = user && user->newest && !user->newest->superseded ? user->newest : NULL;
	ahoy_packed *packed = user && !base ? user->visible : NULL;

	for (size_t i = 0; base && i < base->count; i++)
		if (base->set[i]->expires_at > w->now)
			w->items[w->count++].packed = base->set[i];
	for (; packed; packed = packed->next)
		if (packed->expires_at > w->now)
			w->items[w->count++].packed = packed;
	for (size_t i = 0; i < w->count; i++)
		w->items[i].packed->refs++;
}

static void remove_item(work *w, size_t at)
{
	ahoy_packed_unref(w->reg->env, w->items[at].packed);
	w->count--;
	memmove(&w->items[at], &w->items[at + 1], (w->count - at) * sizeof w->items[0]);
	w->changed = true;
}

static void discard(work *w)
{
	while (w->count)
		remove_item(w, w->count - 1);
}

/* Step 7: within a Call-ID requests count up; one that does not is out of order, and then nothing at all is done. */
static bool in_order(work *w, const work_item *item)
{
	if (item->fresh || !ahoy_slice_eq(ahoy_packed_call_id(item->packed), w->req->call_id) || w->req->cseq > item->packed->cseq)
		return true;
	return refuse(w, 500, "CSeq Is Not Above That Of The Binding");
}

/* A binding that this Contact replaces: the same URI, or the same phone (RFC 5626 4.1) under a new one. Of a phone's flows
 * (RFC 5626 6) only the one of this number, whatever their URIs, and what the phone registered before it numbered them. */
static bool is_replaced(const work_item *item, const ahoy_contact *contact)
{
	uint32_t reg_id = item->packed->reg_id;

	if (contact->reg_id && reg_id && reg_id != contact->reg_id &&
	    ahoy_slice_eq(ahoy_packed_instance(item->packed), contact->instance))
		return false;
	return ahoy_packed_contact_is(item->packed, &contact->uri) ||
	       (!item->fresh && contact->instance.len && ahoy_slice_eq(ahoy_packed_instance(item->packed), contact->instance));
}

/* RFC 5626 6: does the proxy that stands first before the phone, if any does, keep flows? It is the last of the Path. */
static bool first_hop_keeps_flows(const work *w)
{
	ahoy_value_cursor vias = {0};
	ahoy_slice value, rest = w->path, unused;
	ahoy_name_addr last = {.star = false};
	size_t hops = 0;

	while (hops < 2 && ahoy_msg_next_value(w->req, AHOY_H_VIA, &vias, &value))
		hops++;
	while (rest.len)
		if (ahoy_name_addr_parse(rest, &last, &rest))
			return false;
	return hops < 2 || ahoy_params_get(last.uri.params, AHOY_S("ob"), &unused);
}

/* Removes what the contact replaces; *at is where the first of it stood, or the end. */
static bool remove_replaced(work *w, const ahoy_contact *contact, size_t *at)
{
	size_t i = 0;

	*at = SIZE_MAX;
	while (i < w->count) {
		if (!is_replaced(&w->items[i], contact)) {
			i++;
			continue;
		}
		if (!in_order(w, &w->items[i]))
			return false;
		if (*at == SIZE_MAX)
			*at = i;
		remove_item(w, i);
	}
	if (*at == SIZE_MAX)
		*at = w->count;
	return true;
}

static bool insert(work *w, const ahoy_contact *contact, uint32_t expires_s, size_t at)
{
	ahoy_binding binding = {.contact = contact->uri.text,
				.call_id = w->req->call_id,
				.cseq = w->req->cseq,
				.q_milli = contact->q_milli,
				.flow = *w->flow,
				.user_agent = w->user_agent,
				.instance = contact->instance,
				.reg_id = contact->reg_id,
				.path = w->path};
	ahoy_packed *packed;
	int err = ahoy_packed_new(w->reg->env, &binding, w->now, w->now + AHOY_SECONDS(expires_s), &packed);

	if (err)
		return refuse(w, ahoy_err_sip_status(err), err == AHOY_ENOMEM ? NULL : "Malformed Contact");
	memmove(&w->items[at + 1], &w->items[at], (w->count - at) * sizeof w->items[0]);
	w->items[at] = (work_item){packed, true};
	w->count++;
	w->changed = true;
	return true;
}

/* What is granted of the asked seconds (10.3 steps 6 and 7); 0: removal. False: too brief. */
static bool grant(work *w, uint32_t asked_s, uint32_t *granted_s)
{
	const ahoy_registrar_config *config = &w->reg->config;

	if (asked_s > 0 && asked_s < BRIEF_S && asked_s < config->min_expires_s)
		return refuse(w, 423, NULL);
	*granted_s = config->max_expires_s && asked_s > config->max_expires_s ? config->max_expires_s : asked_s;
	return true;
}

static bool apply_contact(work *w, const ahoy_name_addr *value)
{
	ahoy_contact contact;
	ahoy_contact_fault fault = ahoy_contact_read(value, w->header_expires_s, &contact);
	uint32_t expires_s;
	size_t at;

	if (!fault.status && contact.expires_s > 0)
		fault = ahoy_contact_allowed(&w->reg->config, &contact.uri, w->flow);
	if (fault.status)
		return refuse(w, fault.status, fault.reason);
	if (!ahoy_msg_lists(w->req, AHOY_H_SUPPORTED, AHOY_S("outbound")))
		contact.reg_id = 0;
	if (contact.reg_id && !first_hop_keeps_flows(w))
		return refuse(w, 439, NULL);
	w->outbound |= contact.reg_id != 0;
	if (!grant(w, contact.expires_s, &expires_s) || !remove_replaced(w, &contact, &at))
		return false;
	return expires_s == 0 || insert(w, &contact, expires_s, at);
}

/* Step 6: the star removes everything, and stands alone with Expires: 0. */
static bool apply_star(work *w)
{
	uint32_t expires_s;

	if (ahoy_msg_seconds(w->req, AHOY_H_EXPIRES, &expires_s) || expires_s != 0)
		return refuse(w, 400, "Contact * Needs Expires: 0");
	for (size_t i = 0; i < w->count; i++)
		if (!in_order(w, &w->items[i]))
			return false;
	while (w->count)
		remove_item(w, 0);
	return true;
}

static bool apply_value(work *w, ahoy_slice text, bool *star)
{
	ahoy_name_addr value;
	ahoy_slice rest;

	if (ahoy_name_addr_parse(text, &value, &rest) || rest.len)
		return refuse(w, 400, "Malformed Contact");
	if (++w->values > MAX_VALUES)
		return refuse(w, 403, "Too Many Contacts");
	*star |= value.star;
	if (*star && (w->values > 1 || value.params.text.len))
		return refuse(w, 400, "Contact * Must Stand Alone");
	return value.star ? apply_star(w) : apply_contact(w, &value);
}

static void apply(work *w)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice text;
	bool star = false;

	while (ahoy_msg_next_value(w->req, AHOY_H_CONTACT, &cursor, &text))
		if (!apply_value(w, text, &star))
			return;
	if (w->values == 0 && ahoy_msg_has(w->req, AHOY_H_CONTACT))
		refuse(w, 400, "Malformed Contact");
	else if (w->count > AHOY_MAX_CONTACTS)
		refuse(w, 403, "Too Many Contacts");
}

/* Without Expires a binding gets an hour, within the limits; a malformed one counts as an hour too (20.19). */
static uint32_t header_expires_s(const ahoy_registrar *reg, const ahoy_msg *req)
{
	const ahoy_registrar_config *config = &reg->config;
	uint32_t seconds = DEFAULT_EXPIRES_S;

	if (!ahoy_msg_has(req, AHOY_H_EXPIRES)) {
		if (config->max_expires_s && seconds > config->max_expires_s)
			seconds = config->max_expires_s;
		return seconds < config->min_expires_s ? config->min_expires_s : seconds;
	}
	return ahoy_msg_seconds(req, AHOY_H_EXPIRES, &seconds) ? DEFAULT_EXPIRES_S : seconds;
}

static bool has_room(const ahoy_registrar *reg, const work *w, size_t before)
{
	size_t max = reg->config.max_bindings;

	return w->count <= before || reg->counters.bindings + (w->count - before) <= max;
}

/* Hands the finished set over to the user's queue. */
static void queue(work *w, ahoy_slice name, ahoy_registrar_change *change)
{
	ahoy_packed *set[AHOY_MAX_CONTACTS];
	ahoy_user_bindings *user;
	ahoy_pending_set *pending;
	bool full = false;
	int err = ahoy_users_get(w->reg, name, &user);

	if (err) {
		refuse(w, err == AHOY_ERANGE ? 404 : 500, NULL);
		return;
	}
	for (size_t i = 0; i < w->count; i++)
		set[i] = w->items[i].packed;
	pending = ahoy_users_add_pending(w->reg, user, set, w->count, &full);
	if (!pending) {
		refuse(w, full ? 503 : 500, NULL);
		ahoy_users_release(w->reg, user);
		return;
	}
	w->count = 0; /* the references are the set's now */
	change->changed = true;
	change->id = pending->id;
}

void ahoy_registrar_prepare(ahoy_registrar *reg, ahoy_time now, ahoy_slice user, const ahoy_msg *req, const ahoy_flow *flow,
			    ahoy_registrar_change *change)
{
	work w = {.reg = reg, .now = now, .req = req, .flow = flow, .status = 200};
	char path_text[AHOY_MAX_PATH];
	ahoy_buf path = ahoy_buf_over(path_text, sizeof path_text);
	ahoy_contact_fault fault = ahoy_path_read(req, &path);
	size_t before;

	*change = (ahoy_registrar_change){0};
	w.user_agent = ahoy_msg_value(req, AHOY_H_USER_AGENT);
	w.header_expires_s = header_expires_s(reg, req);
	begin(&w, ahoy_users_find(reg, user));
	before = w.count;
	w.path = ahoy_buf_slice(&path);
	if (req->call_id.len > AHOY_MAX_CALL_ID)
		refuse(&w, 400, "Call-ID Too Long");
	else if (fault.status)
		refuse(&w, fault.status, fault.reason);
	else
		apply(&w);
	if (w.status == 200 && !has_room(reg, &w, before))
		refuse(&w, 503, NULL);
	if (w.status == 200 && w.changed)
		queue(&w, user, change);
	discard(&w);
	change->status = w.status;
	change->reason = w.reason;
	change->outbound = w.status == 200 && w.outbound;
	reg->counters.refused += w.status != 200;
}

bool ahoy_registrar_pending(const ahoy_registrar *reg, ahoy_id id, ahoy_slice *user, ahoy_binding set[AHOY_MAX_CONTACTS], size_t *count)
{
	const ahoy_pending_set *pending = ahoy_slots_get(&reg->pending, id);

	if (!pending)
		return false;
	*user = ahoy_user_name(pending->user);
	*count = pending->count;
	for (size_t i = 0; i < pending->count; i++)
		ahoy_packed_view(pending->set[i], reg->config.utc_offset_us, &set[i]);
	return true;
}

/* Makes the set the visible one. What is in both stays as it is, with its timer. */
static void show(ahoy_registrar *reg, ahoy_time now, ahoy_pending_set *pending)
{
	ahoy_user_bindings *user = pending->user;
	ahoy_packed *next;

	for (size_t i = 0; i < pending->count; i++)
		pending->set[i]->mark = true;
	for (ahoy_packed *packed = user->visible; packed; packed = next) {
		next = packed->next;
		if (!packed->mark)
			ahoy_users_hide(reg, user, packed);
	}
	/* Backwards, because each goes to the front. */
	for (size_t i = pending->count; i-- > 0;) {
		ahoy_packed *packed = pending->set[i];

		packed->mark = false;
		if (!packed->visible && packed->expires_at > now)
			ahoy_users_show(reg, now, user, packed, true);
	}
	for (ahoy_pending_set *older = pending->older; older; older = older->older)
		older->superseded = true;
}

int ahoy_registrar_commit(ahoy_registrar *reg, ahoy_time now, ahoy_id id, bool saved, ahoy_slice *user_out)
{
	ahoy_pending_set *pending = ahoy_slots_get(&reg->pending, id);
	ahoy_user_bindings *user;

	if (!pending)
		return AHOY_ESTALE;
	user = pending->user;
	memcpy(reg->last_user, user->name, user->name_len);
	if (user_out)
		*user_out = ahoy_slice_make(reg->last_user, user->name_len);
	if (saved && !pending->superseded)
		show(reg, now, pending);
	ahoy_users_remove_pending(reg, pending);
	ahoy_users_release(reg, user);
	return 0;
}
