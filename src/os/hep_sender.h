/* hep_sender: a datagram socket to a capture server, which gets a copy of each SIP message (sip/hep). It never waits: what the
 * kernel does not take, or nobody listens to, is counted and forgotten. Thread kind: owned. Cost: one system call a message. */
#ifndef AHOY_OS_HEP_SENDER_H
#define AHOY_OS_HEP_SENDER_H

#include "base/err.h"
#include "sip/hep.h"

typedef struct ahoy_hep_sender ahoy_hep_sender;

/* AHOY_ENOMEM; AHOY_ENETWORK: there is no way to that address. */
AHOY_MUST_USE int ahoy_hep_sender_new(const ahoy_addr *to, ahoy_hep_sender **out);
void ahoy_hep_sender_del(ahoy_hep_sender *sender); /* NULL is allowed */
void ahoy_hep_sender_put(ahoy_hep_sender *sender, const ahoy_hep *hep);
uint64_t ahoy_hep_sender_unsent(const ahoy_hep_sender *sender);

#endif
