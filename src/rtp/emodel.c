#include "rtp/emodel.h"

#include <math.h>

#define R0 94.77       /* 7.2: room, circuit and receiver at their defaults */
#define IS 1.42	       /* 7.3: loudness, sidetone and quantising at theirs */
#define NOISE (-61.18) /* 7.2: all noise at the 0 dBr point, dBm0p */
#define RLR 2.0	       /* receive loudness, dB */
#define TELR 65.0      /* talker echo loudness, dB: an echo canceller that works */
#define WEPL 110.0     /* weighted echo path loss, dB */
#define NOTICED_MS 100 /* mT of table 2: delay that nobody notices */

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

/* 7.4: what Idte and Idle have in common: next to nothing below zero, the difference above, and a soft knee between. */
static double impairment(double difference, double floor)
{
	return difference / 2 + sqrt(difference * difference / 4 + floor);
}

/* G.107 7.4: Idte, Idle and Idd, with T, Ta and half of Tr the same delay. */
static double delay_impairment(double ms)
{
	double terv = TELR - 40 * log10((1 + ms / 10) / (1 + ms / 150)) + 6 * exp(-0.3 * ms * ms);
	double re = 80 + 2.5 * (terv - 14), roe = -1.5 * (NOISE - RLR);
	double rle = 10.5 * (WEPL + 7) * pow(2 * ms + 1, -0.25);
	double idte = (impairment(roe - re, 100) - 1) * (1 - exp(-ms));
	double idle = impairment(R0 - rle, 169), idd = 0;

	if (ms > NOTICED_MS) {
		double x = log2(ms / NOTICED_MS);

		idd = 25 * (pow(1 + pow(x, 6), 1.0 / 6) - 3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
	}
	/* Below a few milliseconds the talker's echo is his sidetone, and would improve the call. */
	return (idte > 0 ? idte : 0) + idle + idd;
}

double ahoy_emodel_r(const ahoy_emodel_path *path)
{
	double loss = path->loss_percent < 0 ? 0 : path->loss_percent > 100 ? 100
									    : path->loss_percent;
	double delay_ms = path->delay_ms < 0 ? 0 : path->delay_ms;
	double burst = path->burst_ratio < 1 ? 1 : path->burst_ratio;
	double ie = 0, bpl = 25.1, ie_eff, r;

	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (ahoy_slice_ieq(path->codec, ahoy_slice_of(codecs[i].name))) {
			ie = codecs[i].ie;
			bpl = codecs[i].bpl;
		}
	/* G.107 7.5. */
	ie_eff = ie + (95 - ie) * loss / (loss / burst + bpl);
	if (ie_eff > 95)
		ie_eff = 95;
	r = R0 - IS - delay_impairment(delay_ms) - ie_eff;
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
