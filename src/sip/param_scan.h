/* param_scan: the step that param, via and name_addr share, private to src/sip. Thread kind: pure. */
#ifndef AHOY_SIP_PARAM_SCAN_H
#define AHOY_SIP_PARAM_SCAN_H

#include "base/slice.h"

/* text.ptr[*at] is ';'. Reads one parameter; *at is then behind it and the blanks that follow: at ';', at what ends
 * the list (a comma), or at the end. *value is empty for a flag. AHOY_ESYNTAX: no name, or an open quote. */
int ahoy_param_scan(ahoy_slice text, size_t *at, ahoy_slice *name, ahoy_slice *value);

#endif
