#include "ahoy/base.h"

#define TEXT_OF(n) #n
#define TEXT(n) TEXT_OF(n)

const char *ahoy_version(void)
{
	return TEXT(AHOY_VERSION_MAJOR) "." TEXT(AHOY_VERSION_MINOR) "." TEXT(AHOY_VERSION_PATCH);
}
