/* ahoy/ahoy.h: all of libahoy: a SIP user agent and its parts for other people's programs. `man libahoy` and
 * docs/library.md walk through one call; examples/ has whole programs.
 *
 *	cc phone.c $(pkg-config --cflags --libs ahoy) */
#ifndef AHOY_AHOY_H
#define AHOY_AHOY_H

#include "ahoy/agent.h"
#include "ahoy/audio.h"
#include "ahoy/base.h"
#include "ahoy/message.h"
#include "ahoy/sockets.h"

#endif
