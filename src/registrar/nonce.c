#include "registrar/nonce.h"

#include "crypto/hash.h"

#define MAC_BYTES 12
#define NONCE_BYTES (8 + MAC_BYTES)
#define BASE32_CHARS (NONCE_BYTES * 8 / 5)

_Static_assert(1 + BASE32_CHARS == AHOY_NONCE_TEXT, "the text is the worker's digit and the bytes in base 32");

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *in)
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

int ahoy_nonces_init(ahoy_nonces *nonces, const ahoy_env *env, ahoy_time now, uint8_t worker, uint64_t start_number,
		     uint32_t life_s, uint32_t max)
{
	uint32_t chains = 1;

	*nonces = (ahoy_nonces){.env = env,
				.start_number = start_number,
				.born = now,
				.worker = digits[worker],
				.life_s = life_s ? life_s : AHOY_NONCE_LIFE_S,
				.max = max ? max : AHOY_MAX_NONCES};
	while (chains < nonces->max)
		chains *= 2;
	nonces->mask = chains - 1;
	ahoy_random(env, nonces->key, sizeof nonces->key);
	nonces->counts = ahoy_new(env, nonces->max * sizeof *nonces->counts);
	nonces->chains = ahoy_new(env, chains * sizeof *nonces->chains);
	if (nonces->counts && nonces->chains)
		return 0;
	ahoy_nonces_fini(nonces);
	return AHOY_ENOMEM;
}

void ahoy_nonces_fini(ahoy_nonces *nonces)
{
	ahoy_free(nonces->env, nonces->counts);
	ahoy_free(nonces->env, nonces->chains);
	ahoy_secret_wipe(nonces->key, sizeof nonces->key);
	nonces->counts = NULL;
	nonces->chains = NULL;
}

/* Over the eight bytes of second and number, and what makes them this server's since this start. */
static void mac_of(const ahoy_nonces *nonces, const uint8_t stamp[8], uint8_t out[MAC_BYTES])
{
	uint8_t scope[9] = {0}, hash[AHOY_HASH_MAX];
	ahoy_slice parts[2] = {ahoy_slice_make(scope, sizeof scope), ahoy_slice_make(stamp, 8)};

	scope[0] = (uint8_t)nonces->worker;
	put_u32(scope + 1, (uint32_t)(nonces->start_number >> 32));
	put_u32(scope + 5, (uint32_t)nonces->start_number);
	ahoy_hmac_of(AHOY_HASH_SHA256, ahoy_slice_make(nonces->key, sizeof nonces->key), parts, 2, hash);
	memcpy(out, hash, MAC_BYTES);
}

static uint32_t second_of(const ahoy_nonces *nonces, ahoy_time now)
{
	return now > nonces->born ? (uint32_t)((now - nonces->born) / AHOY_SECONDS(1)) : 0;
}

static void encode(const uint8_t bytes[NONCE_BYTES], char out[BASE32_CHARS])
{
	uint64_t bits = 0;
	unsigned held = 0;
	size_t at = 0;

	for (size_t i = 0; i < NONCE_BYTES; i++) {
		bits = bits << 8 | bytes[i];
		for (held += 8; held >= 5; held -= 5)
			out[at++] = digits[bits >> (held - 5) & 31u];
	}
}

/* 0 .. 35, or -1. */
static int digit_value(char c)
{
	return ahoy_is_digit(c) ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10
								 : -1;
}

static bool decode(ahoy_slice text, uint8_t out[NONCE_BYTES])
{
	uint64_t bits = 0;
	unsigned held = 0;
	size_t at = 0;

	for (size_t i = 0; i < text.len; i++) {
		int value = digit_value(text.ptr[i]);

		if (value < 0 || value > 31)
			return false;
		bits = bits << 5 | (unsigned)value;
		held += 5;
		if (held >= 8) {
			held -= 8;
			out[at++] = (uint8_t)(bits >> held);
		}
	}
	return true;
}

void ahoy_nonces_mint(ahoy_nonces *nonces, ahoy_time now, char out[AHOY_NONCE_TEXT])
{
	uint8_t bytes[NONCE_BYTES];

	/* Never 0, so that an id is never 0; it wraps after four thousand million in one second at the earliest. */
	if (++nonces->number == 0)
		nonces->number = 1;
	put_u32(bytes, second_of(nonces, now));
	put_u32(bytes + 4, nonces->number);
	mac_of(nonces, bytes, bytes + 8);
	out[0] = nonces->worker;
	encode(bytes, out + 1);
}

int ahoy_nonces_worker(ahoy_slice text)
{
	uint8_t bytes[NONCE_BYTES];

	if (text.len != AHOY_NONCE_TEXT || !decode(ahoy_slice_from(text, 1), bytes))
		return -1;
	return digit_value(text.ptr[0]);
}

uint64_t ahoy_nonces_read(const ahoy_nonces *nonces, ahoy_time now, ahoy_slice text)
{
	uint8_t bytes[NONCE_BYTES], mac[MAC_BYTES];
	uint32_t second = second_of(nonces, now), minted;

	if (text.len != AHOY_NONCE_TEXT || text.ptr[0] != nonces->worker || !decode(ahoy_slice_from(text, 1), bytes))
		return 0;
	mac_of(nonces, bytes, mac);
	if (!ahoy_secret_eq(ahoy_slice_make(mac, sizeof mac), ahoy_slice_make(bytes + 8, MAC_BYTES)))
		return 0;
	minted = get_u32(bytes);
	if (minted > second || second - minted > nonces->life_s)
		return 0;
	return (uint64_t)minted << 32 | get_u32(bytes + 4);
}

static ahoy_nonce_count *find(const ahoy_nonces *nonces, uint64_t id)
{
	uint32_t at = nonces->chains[(uint32_t)id & nonces->mask];

	while (at && nonces->counts[at - 1].id != id)
		at = nonces->counts[at - 1].next;
	return at ? &nonces->counts[at - 1] : NULL;
}

bool ahoy_nonces_usable(const ahoy_nonces *nonces, uint64_t id, uint32_t nc)
{
	const ahoy_nonce_count *count = find(nonces, id);

	return id != 0 && (count ? nc > count->nc : id > nonces->forgotten);
}

static void forget(ahoy_nonces *nonces, uint32_t index)
{
	ahoy_nonce_count *count = &nonces->counts[index];
	uint32_t *at = &nonces->chains[(uint32_t)count->id & nonces->mask];

	while (*at != index + 1)
		at = &nonces->counts[*at - 1].next;
	*at = count->next;
	if (count->id > nonces->forgotten)
		nonces->forgotten = count->id;
}

void ahoy_nonces_use(ahoy_nonces *nonces, uint64_t id, uint32_t nc)
{
	ahoy_nonce_count *count = find(nonces, id);
	uint32_t *chain = &nonces->chains[(uint32_t)id & nonces->mask];

	if (!count) {
		count = &nonces->counts[nonces->ring];
		if (count->id)
			forget(nonces, nonces->ring);
		*count = (ahoy_nonce_count){.id = id, .next = *chain};
		*chain = nonces->ring + 1;
		nonces->ring = (nonces->ring + 1) % nonces->max;
	}
	count->nc = nc;
}
