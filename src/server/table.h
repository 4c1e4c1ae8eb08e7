/* table: JSON objects as lines of a table for people: a head, then a row each. Everything that came from the wire is
 * escaped. Columns are as wide as their head says; a longer value pushes the rest of its row. Thread kind: owned. */
#ifndef AHOY_SERVER_TABLE_H
#define AHOY_SERVER_TABLE_H

#include <jansson.h>
#include <stddef.h>

typedef struct {
	const char *head;
	const char *key; /* "codec", or "caller.lost" for a member of a member */
	int width;
} ahoy_column;

void ahoy_table_head(const ahoy_column *columns, size_t count);
void ahoy_table_row(const ahoy_column *columns, size_t count, json_t *object);
/* One "key  value" line for each member; members of members as key.key. */
void ahoy_table_list(json_t *object);

#endif
