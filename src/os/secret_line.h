/* secret_line: one line that is a password, read from a descriptor, or asked for on a terminal with its echo off.
 * Reads byte by byte, so that neither a copy stays in a buffer of stdio's nor anything behind the line is taken. The
 * bytes are the caller's, who wipes them; on an error they are wiped already. What a password may be is the caller's
 * matter too. Blocks: for programs that have no loop yet. Thread kind: owned. */
#ifndef AHOY_OS_SECRET_LINE_H
#define AHOY_OS_SECRET_LINE_H

#include <stddef.h>

#include "base/err.h"

/* Up to LF, CRLF or the end of the file, without it; at most `max` bytes, and no NUL behind them. Where there is
 * nothing *len is 0. AHOY_EIO (errno says why), AHOY_ETOOBIG. */
AHOY_MUST_USE int ahoy_secret_line_read(int fd, char *text, size_t max, size_t *len);

/* The same from the terminal `in`, after the question was written to `out`. What was typed ahead counts. The echo is
 * on again in any case: Ctrl-C does not end the process but gives AHOY_ESTATE. AHOY_EINVAL: `in` is no terminal, and
 * nothing was asked. */
AHOY_MUST_USE int ahoy_secret_line_ask(int in, int out, const char *question, char *text, size_t max, size_t *len);

#endif
