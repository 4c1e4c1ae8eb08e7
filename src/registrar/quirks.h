/* quirks: phones that cannot live with what an RFC allows, known by their User-Agent, and what is done for them.
 * To add one: a line in the table, with what was seen. Thread kind: pure. */
#ifndef AHOY_REGISTRAR_QUIRKS_H
#define AHOY_REGISTRAR_QUIRKS_H

#include "sip/msg.h"

/* Does this phone give up where a 401 carries more than one challenge (RFC 8760 2.4 allows several)? It is then offered MD5 alone, which it
 * would have chosen anyway. */
bool ahoy_quirk_single_challenge(const ahoy_msg *req);

#endif
