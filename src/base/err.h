/* err: the core's way with error codes; the one table of them (name, sentence, SIP status that answers it) is public: ahoy/base.h.
 * A function that can fail returns 0 or one of these, always negative, and hands results out through
 * its last parameters. The sentence is for people; the name is for programs and logs. Thread kind: pure. */
#ifndef AHOY_BASE_ERR_H
#define AHOY_BASE_ERR_H

#include "ahoy/base.h"

/* The SIP status that answers a request which failed so: 400 .. 699; 500 where the table has none. */
int ahoy_err_sip_status(int err);

#endif
