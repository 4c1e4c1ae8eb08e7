/* single: the commands that are one request out of any dialog and its answer: OPTIONS and MESSAGE. Thread kind:
 * owned. */
#ifndef AHOY_PHONE_SINGLE_H
#define AHOY_PHONE_SINGLE_H

#include "phone/phone.h"

typedef struct {
	ahoy_method method;
	ahoy_slice uri, from, to; /* from, to: name-addr values */
	ahoy_slice headers, type, body;
	/* Fills in what a 2xx says; the rest of the event is there. */
	void (*answered)(const ahoy_ua_event *event, ahoy_phone_event *out);
} ahoy_single;

/* Sends it and runs until its answer; returns the exit code. */
int ahoy_single_run(const ahoy_phone_options *options, const ahoy_phone_password *password, const ahoy_single *single);

#endif
