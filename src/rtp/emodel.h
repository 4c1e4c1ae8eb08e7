/* emodel: how a call will have sounded: ITU-T G.107 (E-model) with all but delay, loss and codec at their defaults,
 * and the mean opinion score of its Annex B. Good for comparing calls, not for promising quality. Thread kind: pure. */
#ifndef AHOY_RTP_EMODEL_H
#define AHOY_RTP_EMODEL_H

#include "base/slice.h"

/* R of 0 .. 93.2: codec by its SDP name (unknown ones count as G.711), one-way delay mouth to ear, loss of 0 .. 100 per cent. */
double ahoy_emodel_r(ahoy_slice codec, double delay_ms, double loss_percent);
/* MOS-CQE of 1 .. 4.5 for an R (G.107 Annex B). */
double ahoy_emodel_mos(double r);

#endif
