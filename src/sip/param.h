/* param: generic parameters, ";name=value" lists (RFC 3261 25.1 generic-param) as slices into the message.
 * Values keep their quotes; ahoy_param_unquote takes them off. Thread kind: pure. */
#ifndef AHOY_SIP_PARAM_H
#define AHOY_SIP_PARAM_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/slice.h"

/* The text ";a=b;c" (or empty), already checked by the parser that produced it; lives as long as the message. */
typedef struct {
	ahoy_slice text;
} ahoy_params;

/* Checks the grammar of a list that begins with ';' or is empty, blanks around separators allowed. AHOY_ESYNTAX;
 * AHOY_ERANGE above AHOY_MAX_PARAMS. */
int ahoy_params_parse(ahoy_slice text, ahoy_params *out);
/* The first parameter of that name (case-insensitive). False where there is none; *value is empty for a flag. value may
 * be NULL. */
bool ahoy_params_get(ahoy_params params, ahoy_slice name, ahoy_slice *value);
/* Walks the list: *rest starts as params.text. False at the end. */
bool ahoy_params_next(ahoy_slice *rest, ahoy_slice *name, ahoy_slice *value);
/* Without the quotes and escapes of a quoted-string; other values as they are. AHOY_EFULL through b->full. */
void ahoy_param_unquote(ahoy_buf *b, ahoy_slice value);

#endif
