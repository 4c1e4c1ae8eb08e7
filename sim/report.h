/* report: what a run tells people: progress, a broken invariant with all that is known of it, one call, the summary.
 * Thread kind: owned. */
#ifndef AHOY_SIM_REPORT_H
#define AHOY_SIM_REPORT_H

#include "sim/world.h"

/* The invariant, the virtual time, the call's ladder, the command that shows it again. */
void sim_report_fault(sim_world *world, unsigned attempt, const char *what);
void sim_report_attempt(sim_world *world, unsigned attempt);
void sim_report_progress(const sim_world *world);
void sim_report_summary(const sim_world *world);

#endif
