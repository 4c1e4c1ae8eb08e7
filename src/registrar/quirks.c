#include "registrar/quirks.h"

static const struct {
	const char *user_agent; /* begins so, any case */
	const char *seen;
} single_challenge[] = {
	{"baresip v0.", "fails with \"Function not implemented\" at the first algorithm that is not MD5"},
	{"baresip v1.", "1.0.0 fails with the same words"},
	{"sipsak", "0.9.8.1 answers the first challenge only, and only where that is MD5"},
	{"SIPp", "3.6.1 ends the scenario at a challenge that is not MD5"},
};

bool ahoy_quirk_single_challenge(const ahoy_msg *req)
{
	ahoy_slice agent = ahoy_msg_value(req, AHOY_H_USER_AGENT);

	for (size_t i = 0; i < sizeof single_challenge / sizeof single_challenge[0]; i++)
		if (ahoy_slice_istarts(agent, ahoy_slice_of(single_challenge[i].user_agent)))
			return true;
	return false;
}
