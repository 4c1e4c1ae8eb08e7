/* dns_answer: what a name server says, as values: the three kinds of records by which a SIP server is found (NAPTR, RFC
 * 3403; SRV, RFC 2782; A and AAAA together). Asking is src/os/dns, choosing is sip/locate, keeping is sip/dns_cache.
 * Lifetime: a value, copied freely. Thread kind: pure. */
#ifndef AHOY_SIP_DNS_ANSWER_H
#define AHOY_SIP_DNS_ANSWER_H

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"

typedef enum {
	AHOY_DNS_ADDRESS, /* A and AAAA */
	AHOY_DNS_SRV,
	AHOY_DNS_NAPTR
} ahoy_dns_type;

typedef struct {
	uint16_t order, preference;
	char flag;	  /* the first one, in lower case; 0: none */
	char service[16]; /* "SIP+D2U"; longer ones are none of ours and left out */
	char replacement[AHOY_MAX_HOST + 1];
} ahoy_naptr;

typedef struct {
	uint16_t priority, weight, port;
	char target[AHOY_MAX_HOST + 1]; /* "" for ".": the service is decidedly not there (RFC 2782) */
} ahoy_srv;

typedef struct {
	ahoy_dns_type type;
	/* 0: count is not 0. AHOY_ENOTFOUND: no such name, or no such record. AHOY_ETIMEOUT: no server answers.
	 * AHOY_ENETWORK: servers fail, refuse or speak nonsense. */
	int err;
	uint32_t ttl_s; /* the smallest of the records; 0: not to be kept */
	size_t count;
	union {
		ahoy_addr addrs[AHOY_DNS_MAX_ADDRESSES]; /* port 0, the best first (RFC 6724) */
		ahoy_srv srvs[AHOY_DNS_MAX_SRVS];
		ahoy_naptr naptrs[AHOY_DNS_MAX_NAPTRS];
	};
} ahoy_dns_answer;

#endif
