#include "rtp/emodel.h"

/* Equipment impairment Ie and packet-loss robustness Bpl, both with concealment as we play it. G.711, G.729 and G.723.1: ITU-T
 * G.113 appendix I, as GSM's Ie. The rest has no published value; docs/decisions/0004 says whence they come. */
static const struct {
	const char *name;
	double ie, bpl;
} codecs[] = {
	{"PCMU", 0, 25.1},
	{"PCMA", 0, 25.1},
	{"G729", 11, 19},
	{"G723", 15, 16.1},
	{"GSM", 20, 15},
	{"speex", 11, 5},
	{"iLBC", 11, 28},
	{"G722", 0, 25.1},
	{"opus", 0, 127},
};

double ahoy_emodel_r(const ahoy_emodel_path *path)
{
	double loss = path->loss_percent < 0 ? 0 : path->loss_percent > 100 ? 100
									    : path->loss_percent;
	double delay_ms = path->delay_ms < 0 ? 0 : path->delay_ms;
	double burst = path->burst_ratio < 1 ? 1 : path->burst_ratio;
	double ie = 0, bpl = 25.1, id, ie_eff, r;

	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (ahoy_slice_ieq(path->codec, ahoy_slice_of(codecs[i].name))) {
			ie = codecs[i].ie;
			bpl = codecs[i].bpl;
		}
	/* Delay impairment without echo, as two straight lines (Cole and Rosenbluth 2001, an approximation of G.107 7.4). */
	id = 0.024 * delay_ms + (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0);
	/* G.107 7.5. */
	ie_eff = ie + (95 - ie) * loss / (loss / burst + bpl);
	if (ie_eff > 95)
		ie_eff = 95;
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
