/* commands: what stands behind `ahoyd COMMAND`. Each takes argv from its own name on and returns what to exit with:
 * 0 done, 1 it failed (one line on standard error says why and what to do), 2 used wrongly. */
#ifndef AHOY_SERVER_COMMANDS_H
#define AHOY_SERVER_COMMANDS_H

/* The whole program: argv as main gets it. */
int ahoy_server_main(int argc, char **argv);

int ahoy_command_run(int argc, char **argv);
int ahoy_command_check(int argc, char **argv);
int ahoy_command_user(int argc, char **argv);

/* Those that ask a running server. */
int ahoy_command_status(int argc, char **argv);
int ahoy_command_registrations(int argc, char **argv);
int ahoy_command_calls(int argc, char **argv);
int ahoy_command_cdr(int argc, char **argv);
int ahoy_command_hangup(int argc, char **argv);
int ahoy_command_trace(int argc, char **argv);

#endif
