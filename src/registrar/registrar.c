#include "registrar/registrar.h"

#include "registrar/users.h"

static void set_config(ahoy_registrar *reg, const ahoy_registrar_config *config, uint32_t max_bindings)
{
	reg->config = *config;
	reg->config.max_bindings = max_bindings;
	if (reg->config.listener_count > AHOY_REGISTRAR_LISTENERS)
		reg->config.listener_count = AHOY_REGISTRAR_LISTENERS;
}

int ahoy_registrar_new(const ahoy_env *env, ahoy_time now, const ahoy_registrar_config *config, ahoy_registrar **out)
{
	ahoy_registrar *reg = ahoy_new(env, sizeof *reg);

	if (!reg)
		return AHOY_ENOMEM;
	reg->env = env;
	set_config(reg, config, config->max_bindings ? config->max_bindings : AHOY_MAX_BINDINGS);
	ahoy_random(env, reg->key, sizeof reg->key);
	ahoy_random(env, &reg->jitter, sizeof reg->jitter);
	reg->jitter |= 1; /* the generator's one dead state is 0 */
	ahoy_map_init(&reg->users, env);
	ahoy_slots_init(&reg->pending, env, sizeof(ahoy_pending_set), AHOY_MAX_PENDING_SAVES);
	ahoy_timers_init(&reg->timers, now);
	*out = reg;
	return 0;
}

static void drop_visible(ahoy_registrar *reg, ahoy_user_bindings *user)
{
	while (user->visible)
		ahoy_users_hide(reg, user, user->visible);
}

bool ahoy_registrar_trim(ahoy_registrar *reg)
{
	ahoy_map_trim(&reg->users);
	return ahoy_slots_trim(&reg->pending);
}

void ahoy_registrar_del(ahoy_registrar *reg)
{
	if (!reg)
		return;
	for (size_t i = 0; i < reg->users.bucket_count; i++)
		while (reg->users.buckets[i]) {
			ahoy_user_bindings *user = reg->users.buckets[i]->owner;

			drop_visible(reg, user);
			while (user->newest)
				ahoy_users_remove_pending(reg, user->newest);
			ahoy_users_release(reg, user);
		}
	ahoy_slots_fini(&reg->pending);
	ahoy_map_fini(&reg->users);
	ahoy_free(reg->env, reg);
}

void ahoy_registrar_reconfigure(ahoy_registrar *reg, const ahoy_registrar_config *config)
{
	set_config(reg, config, reg->config.max_bindings);
}

/* The visible binding at this Contact, or NULL. */
static ahoy_packed *find_contact(const ahoy_user_bindings *user, const ahoy_uri *uri)
{
	ahoy_packed *packed = user->visible;

	while (packed && !ahoy_packed_contact_is(packed, uri))
		packed = packed->next;
	return packed;
}

static size_t count_visible(const ahoy_user_bindings *user)
{
	size_t count = 0;

	for (const ahoy_packed *packed = user->visible; packed; packed = packed->next)
		count++;
	return count;
}

/* Puts a loaded binding into its user's set, in place of one at the same Contact. */
static int add_loaded(ahoy_registrar *reg, ahoy_time now, ahoy_user_bindings *user, const ahoy_binding *binding, ahoy_time expires_at)
{
	ahoy_packed *packed, *old;
	ahoy_uri uri;
	int err = ahoy_packed_new(reg->env, binding, 0, expires_at, &packed);

	if (err)
		return err;
	old = ahoy_uri_parse(binding->contact, &uri) ? NULL : find_contact(user, &uri);
	if (old)
		ahoy_users_hide(reg, user, old);
	if (reg->counters.bindings >= reg->config.max_bindings || count_visible(user) >= AHOY_MAX_CONTACTS)
		err = AHOY_EFULL;
	else
		ahoy_users_show(reg, now, user, packed, false);
	ahoy_packed_unref(reg->env, packed);
	return err;
}

int ahoy_registrar_load(ahoy_registrar *reg, ahoy_time now, ahoy_slice name, const ahoy_binding *binding)
{
	int64_t utc_us = (int64_t)now + reg->config.utc_offset_us;
	uint64_t utc_ms = utc_us > 0 ? (uint64_t)utc_us / 1000 : 0;
	uint64_t remain_ms = binding->expires_utc_ms > utc_ms ? binding->expires_utc_ms - utc_ms : 0;
	ahoy_user_bindings *user;
	int err;

	if (remain_ms == 0)
		return 0;
	/* No more than a REGISTER can ask for: what the store says beyond that is not ours. */
	if (remain_ms > (uint64_t)UINT32_MAX * 1000)
		return AHOY_ERANGE;
	err = ahoy_users_get(reg, name, &user);
	if (err)
		return err;
	err = add_loaded(reg, now, user, binding, now + AHOY_MS(remain_ms));
	ahoy_users_release(reg, user);
	return err;
}

/* Higher q first, then the more recent (RFC 3261 16.6 leaves the order within a q to us). */
static bool goes_before(const ahoy_packed *a, const ahoy_packed *b)
{
	return a->q_milli != b->q_milli ? a->q_milli > b->q_milli : a->registered_at > b->registered_at;
}

/* The live ones of the visible set, in the order of look-up. */
static size_t sorted(const ahoy_user_bindings *user, ahoy_time now, const ahoy_packed *out[AHOY_MAX_CONTACTS])
{
	size_t count = 0, at;

	for (const ahoy_packed *packed = user ? user->visible : NULL; packed; packed = packed->next) {
		if (packed->expires_at <= now)
			continue;
		for (at = count++; at > 0 && goes_before(packed, out[at - 1]); at--)
			out[at] = out[at - 1];
		out[at] = packed;
	}
	return count;
}

size_t ahoy_registrar_lookup(const ahoy_registrar *reg, ahoy_time now, ahoy_slice user, ahoy_binding out[AHOY_MAX_CONTACTS])
{
	const ahoy_packed *found[AHOY_MAX_CONTACTS];
	size_t count = sorted(ahoy_users_find(reg, user), now, found);

	for (size_t i = 0; i < count; i++)
		ahoy_packed_view(found[i], reg->config.utc_offset_us, &out[i]);
	return count;
}

bool ahoy_registrar_seen(ahoy_registrar *reg, ahoy_time now, ahoy_slice name, const ahoy_uri *contact, const ahoy_flow *flow)
{
	ahoy_user_bindings *user = ahoy_users_find(reg, name);
	ahoy_packed *packed = user ? find_contact(user, contact) : NULL;

	if (!packed || packed->expires_at <= now || !ahoy_packed_set_flow(packed, flow))
		return false;
	ahoy_users_arm(reg, packed, now + AHOY_SECONDS(AHOY_KEEPALIVE_S));
	return true;
}

void ahoy_registrar_drop_user(ahoy_registrar *reg, ahoy_slice name)
{
	ahoy_user_bindings *user = ahoy_users_find(reg, name);

	if (!user)
		return;
	drop_visible(reg, user);
	for (ahoy_pending_set *pending = user->newest; pending; pending = pending->older)
		pending->superseded = true;
	ahoy_users_release(reg, user);
}

ahoy_time ahoy_registrar_next(const ahoy_registrar *reg)
{
	return ahoy_timers_next(&reg->timers);
}

static void expire(ahoy_registrar *reg, ahoy_packed *packed)
{
	ahoy_user_bindings *user = packed->user;

	reg->counters.expired++;
	ahoy_users_hide(reg, user, packed);
	ahoy_users_release(reg, user);
}

bool ahoy_registrar_next_keepalive(ahoy_registrar *reg, ahoy_time now, ahoy_slice *user, ahoy_binding *binding)
{
	for (int i = 0; i < AHOY_REGISTRAR_SWEEP; i++) {
		ahoy_timer *timer = ahoy_timers_pop(&reg->timers, now);
		ahoy_packed *packed = timer ? timer->owner : NULL;

		if (!packed)
			return false;
		if (packed->expires_at <= now) {
			expire(reg, packed);
			continue;
		}
		ahoy_users_arm(reg, packed, now + AHOY_SECONDS(AHOY_KEEPALIVE_S));
		if (packed->behind_nat) {
			*user = ahoy_user_name(packed->user);
			ahoy_packed_view(packed, reg->config.utc_offset_us, binding);
			return true;
		}
	}
	return false;
}

void ahoy_registrar_count(const ahoy_registrar *reg, ahoy_registrar_counters *out)
{
	*out = reg->counters;
	out->pending = reg->pending.count;
}

/* cursor->sub counts the bindings of the bucket. */
bool ahoy_registrar_list(const ahoy_registrar *reg, ahoy_time now, ahoy_registrar_cursor *cursor, ahoy_slice *user, ahoy_binding *binding)
{
	for (; cursor->slot < reg->users.bucket_count; cursor->slot++, cursor->sub = 0) {
		uint64_t at = 0;

		for (const ahoy_map_node *node = reg->users.buckets[cursor->slot]; node; node = node->next) {
			const ahoy_user_bindings *owner = node->owner;

			for (const ahoy_packed *packed = owner->visible; packed; packed = packed->next) {
				if (at++ < cursor->sub || packed->expires_at <= now)
					continue;
				cursor->sub = at;
				*user = ahoy_user_name(owner);
				ahoy_packed_view(packed, reg->config.utc_offset_us, binding);
				return true;
			}
		}
	}
	return false;
}
