/* world: the ahoy_env of a real program: malloc, the random pool, log lines on a file descriptor.
 * Each record is one line and one write, so that lines of several threads do not mix. What peers sent is escaped before
 * it comes here; line ends and control bytes in a text are escaped once more. Thread kind: shared, once it is set
 * up. */
#ifndef AHOY_OS_WORLD_H
#define AHOY_OS_WORLD_H

#include "base/env.h"

typedef struct {
	int fd;	   /* 2: standard error */
	bool json; /* {"time","level","area","id","text"} a line, else "TIME level area [id] text" */
} ahoy_log_sink;

/* sink must outlive the env. */
void ahoy_world_env(ahoy_log_sink *sink, ahoy_log_level level, ahoy_env *out);
/* Gives free memory back to the system (glibc keeps it otherwise). Costs milliseconds where much is free. */
void ahoy_world_trim(void);
/* "error", "warn", "info", "debug". Static. */
const char *ahoy_log_level_name(ahoy_log_level level);
/* AHOY_ESYNTAX. */
int ahoy_log_level_of(ahoy_slice name, ahoy_log_level *out);

#endif
