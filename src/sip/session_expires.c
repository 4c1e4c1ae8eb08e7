#include "sip/session_expires.h"

#include "sip/lex.h"
#include "sip/param.h"

ahoy_slice ahoy_refresher_name(ahoy_refresher refresher)
{
	static const ahoy_slice names[] = {{"", 0}, {"uac", 3}, {"uas", 3}};

	return names[refresher];
}

static int refresher_of(ahoy_slice name, ahoy_refresher *out)
{
	for (int r = AHOY_REFRESHER_UAC; r <= AHOY_REFRESHER_UAS; r++)
		if (ahoy_slice_ieq(name, ahoy_refresher_name((ahoy_refresher)r))) {
			*out = (ahoy_refresher)r;
			return 0;
		}
	return AHOY_ESYNTAX;
}

int ahoy_session_expires_parse(ahoy_slice value, ahoy_session_expires *out)
{
	ahoy_slice number, rest, name;
	ahoy_params params;
	int err;

	*out = (ahoy_session_expires){0, AHOY_REFRESHER_NONE};
	ahoy_slice_cut(value, ';', &number, &rest);
	err = ahoy_slice_u32(ahoy_lex_trim(number), UINT32_MAX, &out->interval_s);
	if (err == AHOY_ERANGE) {
		out->interval_s = UINT32_MAX;
		err = 0;
	}
	if (err || out->interval_s == 0)
		return AHOY_ESYNTAX;
	if (ahoy_params_parse(ahoy_slice_from(value, number.len), &params))
		return AHOY_ESYNTAX;
	return ahoy_params_get(params, AHOY_S("refresher"), &name) ? refresher_of(name, &out->refresher) : 0;
}
