#include "base/err.h"

const char *ahoy_err_name(int err)
{
	switch (err) {
	case 0:
		return "ok";
#define X(name, value, status, sentence) \
	case value:                      \
		return #name;
		AHOY_ERRORS(X)
#undef X
	default:
		return "AHOY_E?";
	}
}

const char *ahoy_err_text(int err)
{
	switch (err) {
	case 0:
		return "no error";
#define X(name, value, status, sentence) \
	case value:                      \
		return sentence;
		AHOY_ERRORS(X)
#undef X
	default:
		return "unknown error";
	}
}

int ahoy_err_sip_status(int err)
{
	switch (err) {
#define X(name, value, status, sentence) \
	case value:                      \
		return (status) ? (status) : 500;
		AHOY_ERRORS(X)
#undef X
	default:
		return 500;
	}
}
