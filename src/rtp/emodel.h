/* emodel: how a call will have sounded: ITU-T G.107 (E-model) with all but delay, loss and codec at their defaults,
 * and the mean opinion score of its Annex B. Good for comparing calls, not for promising quality. Thread kind: pure. */
#ifndef AHOY_RTP_EMODEL_H
#define AHOY_RTP_EMODEL_H

#include "base/slice.h"

/* What one direction of a call was. */
typedef struct {
	ahoy_slice codec;    /* SDP name in any case; one that is not known counts as G.711 */
	double delay_ms;     /* one way, mouth to ear; below 0 counts as 0 */
	double loss_percent; /* of the packets, what came too late counts too; 0 .. 100 */
	double burst_ratio;  /* mean length of what was lost in a row over that of random loss (7.5); below 1 counts as 1 */
} ahoy_emodel_path;

/* R of 0 .. 93.2. Impairment (Ie) and robustness (Bpl) of a codec: docs/decisions/0004. */
double ahoy_emodel_r(const ahoy_emodel_path *path);
/* MOS-CQE of 1 .. 4.5 for an R (G.107 Annex B). */
double ahoy_emodel_mos(double r);

#endif
