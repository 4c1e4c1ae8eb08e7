#include "phone/exit_code.h"

#include "base/err.h"
#include "phone/expect.h"

static int of_status(int status, bool from_peer)
{
	/* What our own stack says when nobody answered or nothing could be sent. */
	if (!from_peer && (status == 408 || status == 503))
		return AHOY_EXIT_NETWORK;
	switch (status) {
	case 408:
	case 480:
	case 487:
		return AHOY_EXIT_NO_ANSWER;
	case 486:
	case 600:
		return AHOY_EXIT_BUSY;
	case 401:
	case 407:
		/* It got this far, so it could not be answered. */
		return AHOY_EXIT_AUTH;
	default:
		return status >= 300 ? AHOY_EXIT_REFUSED : AHOY_EXIT_OK;
	}
}

static int of_err(int err)
{
	switch (err) {
	case 0:
		return AHOY_EXIT_OK;
	case AHOY_ETIMEOUT:
	case AHOY_ENETWORK:
	case AHOY_ENOTFOUND:
		return AHOY_EXIT_NETWORK;
	case AHOY_EAUTH:
		return AHOY_EXIT_AUTH;
	case AHOY_ECODEC:
		return AHOY_EXIT_REFUSED;
	default:
		return AHOY_EXIT_OTHER;
	}
}

/* Of several the first: without sound there is no tone either. */
static int of_unmet(unsigned unmet)
{
	static const struct {
		ahoy_expect_kind kind;
		int code;
	} codes[] = {
		{AHOY_EXPECT_AUDIO, AHOY_EXIT_NO_AUDIO},
		{AHOY_EXPECT_TONE, AHOY_EXIT_NO_TONE},
		{AHOY_EXPECT_DTMF, AHOY_EXIT_OTHER_DTMF},
		{AHOY_EXPECT_MOS, AHOY_EXIT_LOW_MOS},
	};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (unmet & 1u << codes[i].kind)
			return codes[i].code;
	return AHOY_EXIT_OK;
}

int ahoy_exit_code(const ahoy_outcome *outcome)
{
	int code;

	if (outcome->auth_failed || (outcome->is_register && outcome->status == 403))
		return AHOY_EXIT_AUTH;
	if (outcome->wait_ran_out)
		return AHOY_EXIT_NO_ANSWER;
	/* A status says more than the error that it came with. */
	code = of_status(outcome->status, outcome->from_peer);
	if (code == AHOY_EXIT_OK)
		code = of_err(outcome->err);
	return code == AHOY_EXIT_OK ? of_unmet(outcome->unmet) : code;
}
