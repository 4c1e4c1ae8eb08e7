#include "server/user_import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "server/account.h"
#include "server/cmdline.h"
#include "os/csv.h"

#define PROGRESS_EVERY 100000

typedef struct {
	ahoy_store *store;
	const char *file;
	ahoy_csv csv;
	uint64_t count;
} import;

static bool is_stdin(const char *file)
{
	return strcmp(file, "-") == 0;
}

bool ahoy_user_import_readable(const char *file)
{
	struct stat st;

	if (is_stdin(file))
		return true;
	if (access(file, R_OK) != 0 || stat(file, &st) != 0) {
		ahoy_complain(AHOY_EXIT_FAILED, "%s: %s; name a CSV file that can be read", file, strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		ahoy_complain(AHOY_EXIT_FAILED, "%s is a directory; name a CSV file", file);
		return false;
	}
	return true;
}

static int complain_line(const import *in, const char *what)
{
	return ahoy_complain(AHOY_EXIT_FAILED, "%s:%llu: %s; nothing was imported", in->file,
			     (unsigned long long)in->csv.line, what);
}

/* Whatever precedes the records: a heading is one that says what the columns are. */
static bool is_heading(const ahoy_csv *csv)
{
	return csv->line == 1 && csv->count == 2 && ahoy_slice_ieq(csv->fields[0], AHOY_S("name")) &&
	       ahoy_slice_ieq(csv->fields[1], AHOY_S("password"));
}

static int add_record(import *in)
{
	char why[AHOY_ACCOUNT_WHY], text[2 * AHOY_ACCOUNT_WHY];
	ahoy_user_record record;

	if (in->csv.count != 2)
		return complain_line(in, "a line is name,password, and this one has another number of fields");
	if (ahoy_account_check_name(in->csv.fields[0], why)) {
		snprintf(text, sizeof text, "the name %s", why);
		return complain_line(in, text);
	}
	if (ahoy_account_check_password(in->csv.fields[1], why))
		return complain_line(in, why);
	ahoy_account_record(in->csv.fields[0], ahoy_store_realm(in->store), in->csv.fields[1], &record);
	if (ahoy_store_import_add(in->store, in->csv.fields[0], &record))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s; nothing was imported", ahoy_store_why(in->store));
	if (++in->count % PROGRESS_EVERY == 0)
		fprintf(stderr, "ahoyd: %llu users read\n", (unsigned long long)in->count);
	return 0;
}

static int add_all(import *in)
{
	for (;;) {
		int err = ahoy_csv_next(&in->csv), status;

		if (err == AHOY_ENOTFOUND)
			return 0;
		if (err == AHOY_EIO)
			return ahoy_complain(AHOY_EXIT_FAILED, "%s: %s; nothing was imported", in->file, strerror(errno));
		if (err)
			return complain_line(in, in->csv.why);
		if (is_heading(&in->csv))
			continue;
		status = add_record(in);
		if (status)
			return status;
	}
}

int ahoy_user_import(ahoy_store *store, const char *file, const char *db)
{
	FILE *input = is_stdin(file) ? stdin : fopen(file, "re");
	import *in;
	int status;

	if (!input)
		return ahoy_complain(AHOY_EXIT_FAILED, "%s: %s; name a CSV file that can be read", file, strerror(errno));
	in = calloc(1, sizeof *in);
	if (!in || ahoy_store_import_begin(store)) {
		status = ahoy_complain(AHOY_EXIT_FAILED, "%s", in ? ahoy_store_why(store) : "out of memory");
	} else {
		in->store = store;
		in->file = is_stdin(file) ? "standard input" : file;
		ahoy_csv_init(&in->csv, input);
		status = add_all(in);
		if (ahoy_store_import_end(store, status == 0) && status == 0)
			status = ahoy_complain(AHOY_EXIT_FAILED, "%s; nothing was imported", ahoy_store_why(store));
		if (status == 0)
			printf("%llu user%s imported into %s\n", (unsigned long long)in->count, in->count == 1 ? "" : "s", db);
		ahoy_secret_wipe(in, sizeof *in);
	}
	free(in);
	if (input != stdin)
		fclose(input);
	return status;
}
