/* info_key: a DTMF key in the body of an INFO, as gateways send it: application/dtmf-relay ("Signal=5",
 * "Duration=160") or application/dtmf ("5").
 * Thread kind: pure. */
#ifndef AHOY_ENDPOINT_INFO_KEY_H
#define AHOY_ENDPOINT_INFO_KEY_H

#include "base/slice.h"
#include "sip/msg.h"

typedef enum {
	AHOY_INFO_KEY,
	AHOY_INFO_OTHER, /* a content type that is no key's: 415 */
	AHOY_INFO_BAD	 /* a key's content type, and no key in it: 400 */
} ahoy_info_result;

/* duration_ms: 0 where it was not said. */
ahoy_info_result ahoy_info_key(const ahoy_msg *info, char *key, uint32_t *duration_ms);

#endif
