/* copy: call records and bindings as one heap block each, strings included, freed with free(). For queues and the
 * memory backend. Thread kind: pure but for malloc. */
#ifndef AHOY_STORE_COPY_H
#define AHOY_STORE_COPY_H

#include "b2b/cdr.h"
#include "registrar/binding.h"

/* NULL: out of memory. */
ahoy_cdr *ahoy_cdr_copy(const ahoy_cdr *cdr);
/* As ahoy_cdr_copy; what came from the wire is escaped for people (ahoy_buf_escaped), as records are kept so. */
ahoy_cdr *ahoy_cdr_copy_escaped(const ahoy_cdr *cdr);
/* For count 0 a block is made too. NULL: out of memory. */
ahoy_binding *ahoy_bindings_copy(const ahoy_binding *bindings, size_t count);

#endif
