/* requests: what others ask of the phone outside of any call, and what every command answers alike: OPTIONS (200 with
 * what we can do), MESSAGE (told, 200), an INVITE that no command wants, and all that a user agent must refuse (RFC
 * 3261 8.2). Thread kind: owned. */
#ifndef AHOY_PHONE_REQUESTS_H
#define AHOY_PHONE_REQUESTS_H

#include "phone/phone.h"

/* Answers the REQUEST event, but for an INVITE where `takes_calls`: false then, and it is the caller's to answer.
 * Otherwise an INVITE gets 480. */
bool ahoy_phone_serve(ahoy_phone *phone, ahoy_time now, const ahoy_ua_event *event, bool takes_calls);
/* Refuses the INVITE of a REQUEST event, with a transaction, so that a lost answer is sent again. */
void ahoy_phone_refuse_call(ahoy_phone *phone, ahoy_time now, const ahoy_ua_event *event, int status);

#endif
