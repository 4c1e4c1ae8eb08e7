/* user_import: `ahoyd user import`: a CSV file of names and passwords into the store, all or nothing. Thread kind:
 * owned. */
#ifndef AHOY_SERVER_USER_IMPORT_H
#define AHOY_SERVER_USER_IMPORT_H

#include "store/store.h"

/* False: said on standard error why not. */
bool ahoy_user_import_readable(const char *file);
/* Returns what to exit with; progress and errors go to standard error, the count to standard output. `db` is for
 * messages. */
int ahoy_user_import(ahoy_store *store, const char *file, const char *db);

#endif
