#include "registrar/users.h"

#include "crypto/siphash.h"

ahoy_user_bindings *ahoy_users_find(const ahoy_registrar *reg, ahoy_slice name)
{
	ahoy_map_node *node = ahoy_map_first(&reg->users, ahoy_siphash(reg->key, name));

	for (; node; node = ahoy_map_next(node))
		if (ahoy_slice_eq(ahoy_user_name(node->owner), name))
			return node->owner;
	return NULL;
}

int ahoy_users_get(ahoy_registrar *reg, ahoy_slice name, ahoy_user_bindings **out)
{
	ahoy_user_bindings *user = ahoy_users_find(reg, name);

	*out = user;
	if (user)
		return 0;
	if (name.len == 0 || name.len > AHOY_MAX_USER)
		return AHOY_ERANGE;
	user = ahoy_new(reg->env, offsetof(ahoy_user_bindings, name) + name.len);
	if (!user)
		return AHOY_ENOMEM;
	user->name_len = (uint8_t)name.len;
	memcpy(user->name, name.ptr, name.len);
	if (ahoy_map_add(&reg->users, &user->node, ahoy_siphash(reg->key, name), user)) {
		ahoy_free(reg->env, user);
		return AHOY_ENOMEM;
	}
	*out = user;
	return 0;
}

void ahoy_users_release(ahoy_registrar *reg, ahoy_user_bindings *user)
{
	if (user->visible || user->newest)
		return;
	ahoy_map_remove(&reg->users, &user->node);
	ahoy_free(reg->env, user);
}

/* xorshift64*: a number below `below`. */
static ahoy_time spread(ahoy_registrar *reg, ahoy_time below)
{
	reg->jitter ^= reg->jitter >> 12;
	reg->jitter ^= reg->jitter << 25;
	reg->jitter ^= reg->jitter >> 27;
	return reg->jitter * 0x2545f4914f6cdd1du % below;
}

void ahoy_users_arm(ahoy_registrar *reg, ahoy_packed *packed, ahoy_time keepalive_at)
{
	ahoy_time at = packed->expires_at;

	if (packed->behind_nat && keepalive_at < at)
		at = keepalive_at;
	ahoy_timer_arm(&reg->timers, &packed->timer, at);
}

void ahoy_users_show(ahoy_registrar *reg, ahoy_time now, ahoy_user_bindings *user, ahoy_packed *packed, bool fresh)
{
	ahoy_time whole = AHOY_SECONDS(AHOY_KEEPALIVE_S);

	if (!user->visible)
		reg->counters.users++;
	reg->counters.bindings++;
	packed->refs++;
	packed->visible = true;
	packed->user = user;
	packed->next = user->visible;
	user->visible = packed;
	/* All bindings of a restarted server, and all phones that came back at the same moment, would otherwise ask
	 * for their keep-alive together. */
	ahoy_users_arm(reg, packed, fresh ? now + whole / 2 + spread(reg, whole / 2) : now + spread(reg, whole));
}

void ahoy_users_hide(ahoy_registrar *reg, ahoy_user_bindings *user, ahoy_packed *packed)
{
	ahoy_packed **at = &user->visible;

	while (*at != packed)
		at = &(*at)->next;
	*at = packed->next;
	packed->next = NULL;
	packed->visible = false;
	ahoy_timer_stop(&reg->timers, &packed->timer);
	reg->counters.bindings--;
	if (!user->visible)
		reg->counters.users--;
	ahoy_packed_unref(reg->env, packed);
}

ahoy_pending_set *ahoy_users_add_pending(ahoy_registrar *reg, ahoy_user_bindings *user, ahoy_packed *const *set, size_t count, bool *full)
{
	ahoy_pending_set *pending;
	ahoy_id id;

	*full = user->pending_count >= AHOY_MAX_USER_PENDING_SAVES;
	if (*full)
		return NULL;
	pending = ahoy_slots_add(&reg->pending, &id, full);
	if (!pending)
		return NULL;
	pending->id = id;
	pending->user = user;
	pending->count = (uint8_t)count;
	for (size_t i = 0; i < count; i++)
		pending->set[i] = set[i];
	pending->older = user->newest;
	user->newest = pending;
	user->pending_count++;
	return pending;
}

void ahoy_users_remove_pending(ahoy_registrar *reg, ahoy_pending_set *pending)
{
	ahoy_user_bindings *user = pending->user;
	ahoy_pending_set **at = &user->newest;

	while (*at != pending)
		at = &(*at)->older;
	*at = pending->older;
	user->pending_count--;
	for (size_t i = 0; i < pending->count; i++)
		ahoy_packed_unref(reg->env, pending->set[i]);
	ahoy_slots_remove(&reg->pending, pending->id);
}
