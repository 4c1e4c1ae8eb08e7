/* registration: one registration of the phone for as long as a command runs: first answer, refreshes, the end, and
 * what is told about them.
 * Embedded by value. Thread kind: owned. */
#ifndef AHOY_PHONE_REGISTRATION_H
#define AHOY_PHONE_REGISTRATION_H

#include "phone/phone.h"

typedef enum {
	AHOY_REGISTRATION_NONE,
	AHOY_REGISTRATION_ASKED,
	AHOY_REGISTRATION_UP, /* registered, or being tried again */
	AHOY_REGISTRATION_LEAVING,
	AHOY_REGISTRATION_OVER /* `outcome` says how */
} ahoy_registration_state;

typedef struct {
	ahoy_phone *phone;
	const ahoy_phone_identity *identity;
	ahoy_registration_state state;
	ahoy_registration_id id;
	bool once;
	bool patient; /* goes on trying even where the first answer is none: somebody looks on */
	ahoy_outcome outcome;
} ahoy_registration;

/* Asks. On an error it is over, and told. `identity` outlives the registration. */
void ahoy_registration_begin(ahoy_registration *r, ahoy_phone *phone, const ahoy_phone_identity *identity, ahoy_time now,
			     bool once);
/* Takes the event where it is this registration's; false otherwise. */
bool ahoy_registration_event(ahoy_registration *r, const ahoy_ua_event *event);
/* Unregisters; over at once where there is nothing to end. */
void ahoy_registration_end(ahoy_registration *r, ahoy_time now);

#endif
