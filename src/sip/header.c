#include "sip/header.h"

#define LONGEST 20    /* P-Preferred-Identity; is_exactly covers 24 */
#define PER_LENGTH 10 /* room for the most names of one length, and a zero behind them */

/* By length, the commonest first: the first letter then rules out nearly all but the right one. The test walks
 * AHOY_HEADER_TABLE and fails for a row that is missing here. */
static const uint8_t by_length[LONGEST + 1][PER_LENGTH] = {
	[2] = {AHOY_H_TO},
	[3] = {AHOY_H_VIA},
	[4] = {AHOY_H_FROM, AHOY_H_CSEQ, AHOY_H_DATE, AHOY_H_RSEQ, AHOY_H_RACK, AHOY_H_PATH},
	[5] = {AHOY_H_ROUTE, AHOY_H_ALLOW, AHOY_H_EVENT},
	[6] = {AHOY_H_ACCEPT, AHOY_H_SERVER, AHOY_H_MIN_SE, AHOY_H_REASON},
	[7] =
		{AHOY_H_CALL_ID, AHOY_H_CONTACT, AHOY_H_EXPIRES, AHOY_H_REQUIRE, AHOY_H_SUBJECT, AHOY_H_WARNING,
		 AHOY_H_PRIVACY},
	[8] = {AHOY_H_PRIORITY, AHOY_H_REPLY_TO, AHOY_H_REFER_TO, AHOY_H_REPLACES, AHOY_H_SIP_ETAG},
	[9] = {AHOY_H_SUPPORTED, AHOY_H_CALL_INFO, AHOY_H_TIMESTAMP, AHOY_H_DIVERSION},
	[10] = {AHOY_H_ALERT_INFO, AHOY_H_ERROR_INFO, AHOY_H_USER_AGENT},
	[11] =
		{AHOY_H_MIN_EXPIRES, AHOY_H_UNSUPPORTED, AHOY_H_IN_REPLY_TO, AHOY_H_RETRY_AFTER, AHOY_H_REFERRED_BY,
		 AHOY_H_MAX_BREADTH},
	[12] =
		{AHOY_H_MAX_FORWARDS, AHOY_H_CONTENT_TYPE, AHOY_H_RECORD_ROUTE, AHOY_H_MIME_VERSION, AHOY_H_ORGANIZATION,
		 AHOY_H_ALLOW_EVENTS, AHOY_H_HISTORY_INFO, AHOY_H_USER_TO_USER, AHOY_H_SIP_IF_MATCH},
	[13] = {AHOY_H_AUTHORIZATION, AHOY_H_PROXY_REQUIRE, AHOY_H_SERVICE_ROUTE},
	[14] = {AHOY_H_CONTENT_LENGTH},
	[15] = {AHOY_H_ACCEPT_ENCODING, AHOY_H_ACCEPT_LANGUAGE, AHOY_H_SESSION_EXPIRES, AHOY_H_REMOTE_PARTY_ID},
	[16] = {AHOY_H_WWW_AUTHENTICATE, AHOY_H_CONTENT_ENCODING, AHOY_H_CONTENT_LANGUAGE},
	[18] = {AHOY_H_PROXY_AUTHENTICATE, AHOY_H_SUBSCRIPTION_STATE},
	[19] =
		{AHOY_H_PROXY_AUTHORIZATION, AHOY_H_AUTHENTICATION_INFO, AHOY_H_CONTENT_DISPOSITION,
		 AHOY_H_P_ASSERTED_IDENTITY},
	[20] = {AHOY_H_P_PREFERRED_IDENTITY},
};

static const struct {
	ahoy_slice name;
	bool single;
} table[AHOY_HEADERS] = {
#define ROW(id, text, compact, once, rfc) [AHOY_H_##id] = {{text, sizeof text - 1}, once},
	AHOY_HEADER_TABLE(ROW)
#undef ROW
};

/* 7.3.3: one letter, any case. */
static ahoy_header of_compact(char letter)
{
	switch (ahoy_lower(letter)) {
	case 'v':
		return AHOY_H_VIA;
	case 'f':
		return AHOY_H_FROM;
	case 't':
		return AHOY_H_TO;
	case 'i':
		return AHOY_H_CALL_ID;
	case 'l':
		return AHOY_H_CONTENT_LENGTH;
	case 'c':
		return AHOY_H_CONTENT_TYPE;
	case 'm':
		return AHOY_H_CONTACT;
	case 'k':
		return AHOY_H_SUPPORTED;
	case 'e':
		return AHOY_H_CONTENT_ENCODING;
	case 's':
		return AHOY_H_SUBJECT;
	case 'o':
		return AHOY_H_EVENT;
	case 'u':
		return AHOY_H_ALLOW_EVENTS;
	case 'r':
		return AHOY_H_REFER_TO;
	case 'b':
		return AHOY_H_REFERRED_BY;
	case 'x':
		return AHOY_H_SESSION_EXPIRES;
	default:
		return AHOY_H_OTHER;
	}
}

static uint64_t load8(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return word;
}

static uint32_t load4(const char *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof word);
	return word;
}

/* Byte for byte, as nearly every phone writes it; the words of a longer name overlap. A call of memcmp costs more. */
static bool is_exactly(const char *known, const char *name, size_t len)
{
	if (len >= 8)
		return load8(known) == load8(name) && load8(known + len - 8) == load8(name + len - 8) &&
		       (len <= 16 || load8(known + 8) == load8(name + 8));
	if (len >= 4)
		return load4(known) == load4(name) && load4(known + len - 4) == load4(name + len - 4);
	return known[0] == name[0] && known[1] == name[1] && known[len - 1] == name[len - 1];
}

ahoy_header ahoy_header_of(ahoy_slice name)
{
	if (name.len == 1)
		return of_compact(name.ptr[0]);
	if (name.len == 0 || name.len > LONGEST)
		return AHOY_H_OTHER;
	for (const uint8_t *id = by_length[name.len]; *id; id++) {
		ahoy_slice known = table[*id].name;

		if ((known.ptr[0] | 0x20) != (name.ptr[0] | 0x20))
			continue;
		if (is_exactly(known.ptr, name.ptr, name.len) || ahoy_slice_ieq(known, name))
			return (ahoy_header)*id;
	}
	return AHOY_H_OTHER;
}

ahoy_slice ahoy_header_name(ahoy_header id)
{
	if ((unsigned)id >= AHOY_HEADERS || id == AHOY_H_OTHER)
		return (ahoy_slice){"", 0};
	return table[id].name;
}

bool ahoy_header_is_single(ahoy_header id)
{
	return (unsigned)id < AHOY_HEADERS && table[id].single;
}
