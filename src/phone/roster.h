/* roster: the accounts of one process, with their passwords and registrations: the command line's one, or those of a file
 * (--accounts). One account is the case of N = 1. Registers one a millisecond, so that neither we nor the registrar drown.
 * Leaves calls to the commands. Order: load; begin; event, due at its deadline; end; until over; fini.
 * Thread kind: owned. */
#ifndef AHOY_PHONE_ROSTER_H
#define AHOY_PHONE_ROSTER_H

#include "phone/registration.h"

#define AHOY_ROSTER_MOST 1000 /* accounts; more are a usage error */

typedef struct {
	ahoy_account account;
	ahoy_phone_password password;
	ahoy_phone_identity identity;
	ahoy_registration registration;
} ahoy_roster_line;

typedef struct {
	ahoy_phone *phone; /* NULL before begin */
	ahoy_roster_line *lines;
	size_t count, begun, ended;
	bool once, leaving;
	ahoy_time next_at; /* the next one to begin or to end; AHOY_NEVER */
	ahoy_outcome outcome;
} ahoy_roster;

/* AHOY_EIO, AHOY_ESYNTAX, AHOY_ENOMEM; one line for people in `why`. */
int ahoy_roster_load(ahoy_roster *roster, const ahoy_phone_options *options, const ahoy_phone_password *password,
		     ahoy_buf *why) AHOY_MUST_USE;
void ahoy_roster_fini(ahoy_roster *roster); /* passwords are wiped */
void ahoy_roster_begin(ahoy_roster *roster, ahoy_phone *phone, ahoy_time now, bool once);
/* Takes the event where it is one of these registrations'. */
bool ahoy_roster_event(ahoy_roster *roster, const ahoy_ua_event *event);
ahoy_time ahoy_roster_deadline(const ahoy_roster *roster);
void ahoy_roster_due(ahoy_roster *roster, ahoy_time now);
/* Unregisters all. */
void ahoy_roster_end(ahoy_roster *roster, ahoy_time now);
/* No registration is left, or none ever was; `outcome` is that of the first that did not go well. */
bool ahoy_roster_over(const ahoy_roster *roster);
/* Whom this request is for, by the user in its Request-URI, then in To; of one account always that; count: nobody. */
size_t ahoy_roster_find(const ahoy_roster *roster, const ahoy_msg *request);

#endif
