/* commands: the phone's commands. Each takes the parsed options and the password, runs to its end and returns the
 * process's exit code (exit_code.h). What it finds wrong with its files before anything was sent is one line on
 * stderr. Thread kind: owned. */
#ifndef AHOY_PHONE_COMMANDS_H
#define AHOY_PHONE_COMMANDS_H

#include "phone/options.h"
#include "phone/password.h"

int ahoy_cmd_register(const ahoy_phone_options *options, const ahoy_phone_password *password);
int ahoy_cmd_call(const ahoy_phone_options *options, const ahoy_phone_password *password);
int ahoy_cmd_answer(const ahoy_phone_options *options, const ahoy_phone_password *password);
int ahoy_cmd_options(const ahoy_phone_options *options, const ahoy_phone_password *password);
/* Takes its passwords itself: one for each account. */
int ahoy_cmd_phone(const ahoy_phone_options *options);
int ahoy_cmd_send(const ahoy_phone_options *options, const ahoy_phone_password *password);
int ahoy_cmd_message(const ahoy_phone_options *options, const ahoy_phone_password *password);
/* Nothing is sent; what a driver cannot say is a line of the list. */
int ahoy_cmd_devices(const ahoy_phone_options *options);

#endif
