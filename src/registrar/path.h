/* path: the Path of a REGISTER (RFC 3327): the proxies between a phone and us, which every request to that phone takes
 * as its Route. Rebuilt from what was understood: the URIs alone. Private to src/registrar and the switch.
 * Lifetime: the buffer's. Thread kind: pure. */
#ifndef AHOY_REGISTRAR_PATH_H
#define AHOY_REGISTRAR_PATH_H

#include "base/limits.h"
#include "registrar/contact.h"

/* "<sip:a;lr>, <sip:b;lr>", or nothing where there is none; `out` has AHOY_MAX_PATH bytes. A value that is no SIP URI, or
 * more than fits: 400. */
ahoy_contact_fault ahoy_path_read(const ahoy_msg *req, ahoy_buf *out);

#endif
