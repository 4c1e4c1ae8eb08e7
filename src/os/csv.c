#include "os/csv.h"

void ahoy_csv_init(ahoy_csv *csv, FILE *file)
{
	memset(csv, 0, sizeof *csv);
	csv->file = file;
	csv->next_line = 1;
}

static int fail(ahoy_csv *csv, const char *why)
{
	csv->why = why;
	return AHOY_ESYNTAX;
}

static int next_byte(ahoy_csv *csv)
{
	int c = getc_unlocked(csv->file);

	if (c == '\n')
		csv->next_line++;
	return c;
}

/* A byte of a field. False: the record is longer than its room. */
static bool put(ahoy_csv *csv, size_t *used, int c)
{
	if (*used == sizeof csv->text)
		return false;
	csv->text[(*used)++] = (char)c;
	csv->fields[csv->count].len++;
	return true;
}

/* Behind the opening quote, up to what follows the closing one, which is left in *after. */
static int read_quoted(ahoy_csv *csv, size_t *used, int *after)
{
	for (;;) {
		int c = next_byte(csv);

		if (c == EOF)
			return fail(csv, "a quote is not closed");
		if (c == '"') {
			c = next_byte(csv);
			if (c != '"') {
				*after = c;
				return 0;
			}
		}
		if (!put(csv, used, c))
			return fail(csv, "it is too long");
	}
}

/* A field from its first byte on; what ended it (comma, line end, EOF) is left in *after. */
static int read_field(ahoy_csv *csv, size_t *used, int c, int *after)
{
	csv->fields[csv->count] = (ahoy_slice){csv->text + *used, 0};
	if (c == '"') {
		int err = read_quoted(csv, used, &c);

		if (err)
			return err;
		if (c == '\r')
			c = next_byte(csv);
		if (c != ',' && c != '\n' && c != EOF)
			return fail(csv, "something stands behind a closing quote");
		*after = c;
		return 0;
	}
	while (c != ',' && c != '\n' && c != EOF) {
		if (c == '"')
			return fail(csv, "a quote stands inside a field that does not begin with one");
		if (!put(csv, used, c))
			return fail(csv, "it is too long");
		c = next_byte(csv);
	}
	/* CRLF: the CR belongs to the line's end. */
	if (c != ',' && csv->fields[csv->count].len && csv->text[*used - 1] == '\r') {
		(*used)--;
		csv->fields[csv->count].len--;
	}
	*after = c;
	return 0;
}

static int read_record(ahoy_csv *csv, int c)
{
	size_t used = 0;

	for (csv->count = 0; csv->count < AHOY_CSV_FIELDS; c = next_byte(csv)) {
		int err = read_field(csv, &used, c, &c);

		if (err)
			return err;
		csv->count++;
		if (c != ',')
			return 0;
	}
	return fail(csv, "it has too many fields");
}

int ahoy_csv_next(ahoy_csv *csv)
{
	for (;;) {
		int c, err;

		csv->line = csv->next_line;
		c = next_byte(csv);
		if (csv->line == 1 && c == 0xef) {
			if (next_byte(csv) != 0xbb || next_byte(csv) != 0xbf)
				return fail(csv, "it is no UTF-8");
			c = next_byte(csv);
		}
		if (c == EOF)
			return ferror(csv->file) ? AHOY_EIO : AHOY_ENOTFOUND;
		err = read_record(csv, c);
		if (err)
			return ferror(csv->file) ? AHOY_EIO : err;
		if (csv->count > 1 || csv->fields[0].len)
			return ferror(csv->file) ? AHOY_EIO : 0;
	}
}
