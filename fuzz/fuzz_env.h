/* fuzz_env: what the targets give to the objects that they drive: the C heap, the same random bytes each time, no log. */
#ifndef AHOY_FUZZ_ENV_H
#define AHOY_FUZZ_ENV_H

#include "base/env.h"

extern const ahoy_env fuzz_env;

#endif
