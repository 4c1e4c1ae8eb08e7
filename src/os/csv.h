/* csv: reads a file of records (RFC 4180: fields with or without quotes, LF or CRLF, a doubled quote inside quotes),
 * one at a time and of any length of file. Blank lines are passed over; a byte order mark at the start too. Lifetime:
 * the FILE's. Thread kind: owned. */
#ifndef AHOY_OS_CSV_H
#define AHOY_OS_CSV_H

#include <stdio.h>

#include "base/err.h"
#include "base/slice.h"

#define AHOY_CSV_FIELDS 4
#define AHOY_CSV_RECORD 2048 /* bytes of all fields of a record */

typedef struct {
	FILE *file;
	uint64_t line;			    /* of the file, where the last record began */
	uint64_t next_line;		    /* where the next one begins */
	ahoy_slice fields[AHOY_CSV_FIELDS]; /* of the last record; live until the next */
	size_t count;
	const char *why; /* static; of the last AHOY_ESYNTAX */
	char text[AHOY_CSV_RECORD];
} ahoy_csv;

void ahoy_csv_init(ahoy_csv *csv, FILE *file);
/* AHOY_ENOTFOUND at the end; AHOY_ESYNTAX with why; AHOY_EIO (errno). */
AHOY_MUST_USE int ahoy_csv_next(ahoy_csv *csv);

#endif
