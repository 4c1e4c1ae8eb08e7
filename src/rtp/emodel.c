#include "rtp/emodel.h"

/* ITU-T G.113 appendix I: equipment impairment Ie and packet-loss robustness Bpl. G.711 is with concealment, as we
 * play it. The appendix has no Bpl for GSM and no line for speex and iLBC: theirs are taken from its nearest relative
 * (GSM-EFR's Bpl, G.729A), so that they order right among each other and no more. */
static const struct {
	const char *name;
	double ie, bpl;
} codecs[] = {
	{"PCMU", 0, 25.1},
	{"PCMA", 0, 25.1},
	{"GSM", 20, 10},
	{"G729", 11, 19},
	{"G723", 15, 16.1},
	{"speex", 11, 19},
	{"iLBC", 11, 19},
};

double ahoy_emodel_r(ahoy_slice codec, double delay_ms, double loss_percent)
{
	double ie = 0, bpl = 25.1, id, ie_eff, r;

	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (ahoy_slice_ieq(codec, ahoy_slice_of(codecs[i].name))) {
			ie = codecs[i].ie;
			bpl = codecs[i].bpl;
		}
	loss_percent = loss_percent < 0 ? 0 : (loss_percent > 100 ? 100 : loss_percent);
	delay_ms = delay_ms < 0 ? 0 : delay_ms;
	/* Delay impairment without echo, as two straight lines (Cole and Rosenbluth 2001, an approximation of G.107 7.4). */
	id = 0.024 * delay_ms + (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0);
	/* G.107 7.5, random loss (BurstR = 1). */
	ie_eff = ie + (95 - ie) * loss_percent / (loss_percent + bpl);
	/* 93.2 is R0 - Is at G.107's defaults. */
	r = 93.2 - id - ie_eff;
	return r < 0 ? 0 : r;
}

double ahoy_emodel_mos(double r)
{
	double mos;

	if (r <= 0)
		return 1;
	if (r >= 100)
		return 4.5;
	mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
	return mos < 1 ? 1 : mos; /* The cubic dips below 1 for R under 6.5. */
}
