#include "sip/method.h"

static const ahoy_slice names[AHOY_METHODS] = {
	[AHOY_METHOD_OTHER] = {"", 0},
#define ROW(id, text) [id] = {text, sizeof text - 1}
	ROW(AHOY_INVITE, "INVITE"),
	ROW(AHOY_ACK, "ACK"),
	ROW(AHOY_BYE, "BYE"),
	ROW(AHOY_CANCEL, "CANCEL"),
	ROW(AHOY_REGISTER, "REGISTER"),
	ROW(AHOY_OPTIONS, "OPTIONS"),
	ROW(AHOY_INFO, "INFO"),
	ROW(AHOY_MESSAGE, "MESSAGE"),
	ROW(AHOY_SUBSCRIBE, "SUBSCRIBE"),
	ROW(AHOY_NOTIFY, "NOTIFY"),
	ROW(AHOY_PUBLISH, "PUBLISH"),
	ROW(AHOY_REFER, "REFER"),
	ROW(AHOY_PRACK, "PRACK"),
	ROW(AHOY_UPDATE, "UPDATE"),
#undef ROW
};

ahoy_method ahoy_method_of(ahoy_slice name)
{
	for (int m = AHOY_INVITE; m < AHOY_METHODS; m++)
		if (names[m].len == name.len && names[m].ptr[0] == name.ptr[0] && ahoy_slice_eq(names[m], name))
			return (ahoy_method)m;
	return AHOY_METHOD_OTHER;
}

ahoy_slice ahoy_method_name(ahoy_method method)
{
	return (unsigned)method < AHOY_METHODS ? names[method] : names[AHOY_METHOD_OTHER];
}
